"""What is said about usefulness: expected before a study, measured after. Plain values.

``Usefulness`` follows from public numbers. Everything in ``QualityReport`` is computed on the
hospital's own real
patients: it is a LocalView, shown on that hospital's screen and never logged, stored elsewhere or
sent to a peer.

References:
    generators.md "Usefulness before spending"; quality.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InternalError
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


class Advice(StrEnum):
    """Which sentence goes with an expected usefulness."""

    GOOD = "good"
    FEWER_GENES = "fewer-genes"
    AGAINST = "against"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usefulness:
    """What a study can be expected to give, from public numbers only.

    Attributes:
        ratio: Expected score of a classifier trained on synthetic patients over one trained on
            real ones, 0 to 1.
        low: Lower end of the range seen on cohorts that the rule was not made with.
        high: Upper end.
        signal: J = n_min mu / sqrt(genes); below .5 the advice is not to run.
        genes_for_good: Most genes with which a ratio of .9 is expected; 0 if none.
        advice: Key of the advice sentence.
        patients_for_good: Patients in the smallest class with which .9 is expected, all else
            equal; 0 where it was not asked.
        epsilon_for_good: Epsilon with which .9 is expected, all else equal; 0 where it was not
            asked.
    """

    ratio: float
    low: float
    high: float
    signal: float
    genes_for_good: int
    advice: Advice
    patients_for_good: int = 0
    epsilon_for_good: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an expectation that is not one.

        Raises:
            InternalError: IN901.
        """
        if not 0 <= self.low <= self.ratio <= self.high <= 1 or not math.isfinite(self.signal):
            raise InternalError("IN901", rule="an expected usefulness lies within its range")


class Depth(StrEnum):
    """How much a report computes: all of it, or what a hospital needs within seconds."""

    FULL = "full"
    QUICK = "quick"


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSet:
    """Points of one cohort in the plane. LocalView when they are real patients.

    Attributes:
        x: First coordinate, one per patient.
        y: Second coordinate.
        class_index: Index into the report's classes.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    class_index: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PcaOverlay:
    """Real held-out and synthetic patients on the two main axes of the real training patients.

    Attributes:
        explained: Proportion of the real variance along each of the two axes.
        real: Held-out patients.
        synthetic: Synthetic patients, at most as many as are drawn.
    """

    explained: tuple[float, float]
    real: PointSet
    synthetic: PointSet


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneCurve:
    """The distribution of one gene, real and synthetic. LocalView.

    Attributes:
        gene: Name.
        grid: Values on the normalised scale, increasing.
        real: Density of the real patients on the grid.
        synthetic: Density of the synthetic patients on the grid.
        wasserstein: Distance in SD units of the real patients.
    """

    gene: str
    grid: tuple[float, ...]
    real: tuple[float, ...]
    synthetic: tuple[float, ...]
    wasserstein: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationMaps:
    """Gene-gene correlations, real and synthetic, in one order that groups related genes.

    Attributes:
        genes: At most 40.
        real: One row per gene, values -1 to 1.
        synthetic: The same for the synthetic cohort.
    """

    genes: tuple[str, ...]
    real: tuple[tuple[float, ...], ...]
    synthetic: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityScore:
    """One classifier judged on real held-out patients, trained on synthetic or on real ones.

    Attributes:
        classifier: ``logistic-regression`` or ``random-forest``.
        score: ``accuracy``, ``macro-f1``, ``weighted-f1``, ``auroc`` or ``aupr``.
        synthetic: Trained on synthetic patients; None when it cannot be computed.
        real: Trained on the hospital's real training patients; None when it cannot be computed.
        chance: What guessing reaches.
        interval: Of ``synthetic``, from repeated draws of the held-out patients.
        real_interval: Of ``real``, from the same draws.
        ratio_interval: Of ``ratio``, from the same draws.
        reason: Why ``synthetic`` is None; None where it is there.
    """

    classifier: str
    score: str
    synthetic: float | None
    real: float | None
    chance: float
    interval: Interval | None = None
    real_interval: Interval | None = None
    ratio_interval: Interval | None = None
    reason: Reason | None = None

    @property
    def ratio(self) -> float | None:
        """Synthetic over real; None if either is not computable or real is zero."""
        if self.synthetic is None or not self.real:
            return None
        return self.synthetic / self.real

    def as_measure(self) -> Measure:
        """Return it as a measure, called by classifier and score."""
        return Measure(
            key=f"{self.classifier}-{self.score}",
            group=Group.USEFULNESS,
            value=self.synthetic,
            interval=self.interval,
            reference=self.real,
            yardstick=Yardstick.TRAINED_ON_REAL,
            better=Direction.HIGHER,
            low=0.0,
            high=1.0,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """How well one class is recognised among the real held-out patients. LocalView.

    Attributes:
        label: The class.
        n_test: Held-out patients of the class: exact, so it stays at the hospital.
        synthetic: F1 after training on synthetic patients; None below 10 held-out patients.
        real: F1 after training on real patients; None below 10 held-out patients.
    """

    label: str
    n_test: int
    synthetic: float | None
    real: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """A synthetic cohort judged against one hospital's own real patients. LocalView.

    A decision to publish that is made after reading it is not covered by the privacy guarantee
    (privacy.md 8.3).

    Attributes:
        depth: What was computed.
        n_train: Real training patients here: exact, stays at the hospital.
        n_holdout: Real held-out patients here: exact, stays at the hospital.
        n_synthetic: Synthetic patients.
        classes: The plan's classes.
        measures: The single numbers that are neither a classifier's score nor an attack's.
        pca: Overlay; None when there are fewer than three real patients.
        curves: Up to six genes that tell the classes apart, to show first.
        correlations: None when there are fewer than three real patients.
        utility: Train-on-synthetic scores beside train-on-real scores.
        class_scores: One per class.
        more_curves: The other genes of ``genes``, for the search.
        genes: The table of genes, at most 1,000 of the panel.
        fold_changes: One per pair of classes that can be compared, at most 15.
        top_genes: One per class.
        class_distances: One per class.
        pathways: One per gene set of the GMT file that was given.
        attacks: One per membership attack.
        distances: Nearest distances; None with too few patients.
        remarks: What to know about how the report was made.
        public_alone: What the plan's public reference alone would reach, with no patient of the
            study: macro-F1 as ``synthetic``; empty without a reference that names diagnoses.
    """

    depth: Depth
    n_train: int
    n_holdout: int
    n_synthetic: int
    classes: tuple[str, ...]
    measures: tuple[Measure, ...]
    pca: PcaOverlay | None
    curves: tuple[GeneCurve, ...]
    correlations: CorrelationMaps | None
    utility: tuple[UtilityScore, ...]
    class_scores: tuple[ClassScore, ...]
    more_curves: tuple[GeneCurve, ...] = ()
    genes: tuple[GeneRow, ...] = ()
    fold_changes: tuple[FoldChanges, ...] = ()
    top_genes: tuple[TopGenes, ...] = ()
    class_distances: tuple[ClassDistance, ...] = ()
    pathways: tuple[PathwayRow, ...] = ()
    attacks: tuple[AttackResult, ...] = ()
    distances: DistanceCurves | None = None
    remarks: tuple[Remark, ...] = ()
    public_alone: tuple[UtilityScore, ...] = ()

    def all_measures(self) -> tuple[Measure, ...]:
        """Return every number of the report as a measure: classifiers and attacks included."""
        return (
            *(s.as_measure() for s in self.utility),
            *self.measures,
            *(a.as_measure() for a in self.attacks),
        )

    def of_group(self, group: Group) -> tuple[Measure, ...]:
        """Return the measures of one group, in the report's order."""
        return tuple(m for m in self.all_measures() if m.group is group)

    def measure(self, key: str) -> Measure | None:
        """Return the measure called ``key``, or None if this depth does not compute it."""
        return next((m for m in self.all_measures() if m.key == key), None)

    def curve(self, gene: str) -> GeneCurve | None:
        """Return the distribution of a gene, or None if it was not compared."""
        return next((c for c in (*self.curves, *self.more_curves) if c.gene == gene), None)
