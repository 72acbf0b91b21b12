"""What every step of a report starts from, and what it adds to the report. LocalView."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.model.attack import AttackResult, DistanceCurves
from core.model.comparison import (
    ClassDistance,
    FoldChanges,
    GeneRow,
    PathwayRow,
    Remark,
    TopGenes,
)
from core.model.measures import Direction, Group, Interval, Measure, Reason, Yardstick
from core.model.quality import (
    ClassScore,
    CorrelationMaps,
    Depth,
    GeneCurve,
    PcaOverlay,
    UtilityScore,
)
from core.quality.attacks.likelihood import ReleasedStage
from core.quality.pathways import GeneSet
from core.quality.tables import Trio
from core.quality.utility import Classifier

LEAST_REAL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Setting:
    """The tables of one report. LocalView.

    Attributes:
        whole: All genes, on the scale of the files.
        few: At most 1,000 genes of them.
        genes: Names of the genes of ``whole``.
        few_genes: Names of the genes of ``few``.
        classes: Of the plan.
        depth: What is computed.
        gene_sets: From a GMT file; none without one.
        released: The opened stages; none where they are not known.
        levels: Of training and held-out patients of ``whole``, each of shape (n, 2); None where
            nothing needs them.
        pause: Called between long pieces of work; raises if the report is to stop.
    """

    whole: Trio
    few: Trio
    genes: tuple[str, ...]
    few_genes: tuple[str, ...]
    classes: tuple[str, ...]
    depth: Depth
    gene_sets: tuple[GeneSet, ...]
    released: tuple[ReleasedStage, ...]
    levels: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    pause: Callable[[], None]

    def missing(self) -> Reason | None:
        """Return why synthetic and training patients cannot be compared; None if they can."""
        if len(self.whole.train) < LEAST_REAL:
            return Reason.FEW_PATIENTS
        return Reason.FEW_SYNTHETIC if len(self.whole.synthetic) < LEAST_REAL else None

    def has_reference(self) -> bool:
        """Tell whether held-out patients can be compared with training patients."""
        return min(len(self.whole.train), len(self.whole.holdout)) >= LEAST_REAL


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What one step adds to a report; see ``QualityReport``. Empty where it adds nothing.

    Attributes:
        on_synthetic: The logistic regression trained on synthetic patients, for the attack.
    """

    measures: tuple[Measure, ...] = ()
    pca: PcaOverlay | None = None
    curves: tuple[GeneCurve, ...] = ()
    correlations: CorrelationMaps | None = None
    utility: tuple[UtilityScore, ...] = ()
    class_scores: tuple[ClassScore, ...] = ()
    more_curves: tuple[GeneCurve, ...] = ()
    genes: tuple[GeneRow, ...] = ()
    fold_changes: tuple[FoldChanges, ...] = ()
    top_genes: tuple[TopGenes, ...] = ()
    class_distances: tuple[ClassDistance, ...] = ()
    pathways: tuple[PathwayRow, ...] = ()
    attacks: tuple[AttackResult, ...] = ()
    distances: DistanceCurves | None = None
    remarks: tuple[Remark, ...] = ()
    on_synthetic: Classifier | None = None

    def and_also(self, other: Part) -> Part:
        """Return both parts as one; what is no list is taken from where it is."""
        joined: dict[str, Any] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, tuple):
                joined[field.name] = (*mine, *theirs)
            else:
                joined[field.name] = theirs if mine is None else mine
        return Part(**joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a measure reads.

    Attributes:
        group: What it is about.
        better: Which values are good.
        yardstick: What its reference is.
        high: Upper end of its scale.
    """

    group: Group
    better: Direction
    yardstick: Yardstick = Yardstick.HELD_OUT
    high: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a measure; None where one cannot be computed.

    Attributes:
        value: For all synthetic patients.
        reference: For held-out patients.
        matched: For as many synthetic patients as there are held-out ones.
        interval: Of the value.
    """

    value: float | None
    reference: float | None = None
    matched: float | None = None
    interval: Interval | None = None


def measure(
    key: str, how: How, numbers: Numbers, missing: Reason | None = Reason.FEW_PATIENTS
) -> Measure:
    """Return a measure; ``missing`` says why if it has no value."""
    return Measure(
        key=key,
        group=how.group,
        value=numbers.value,
        interval=numbers.interval,
        reference=numbers.reference,
        matched=numbers.matched if numbers.reference is not None else None,
        yardstick=how.yardstick,
        better=how.better,
        low=0.0,
        high=how.high,
        reason=(missing or Reason.FEW_PATIENTS) if numbers.value is None else None,
    )
