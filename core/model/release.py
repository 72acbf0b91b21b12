"""The synthetic cohort and what is written beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.evaluation import JointScores
from core.model.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SyntheticCohort:
    """Records drawn from a released model: pure post-processing of measurements.

    Attributes:
        label_name: Heading of the label column.
        classes: The plan's classes.
        genes: The plan's panel.
        class_index: Shape (n_records,), int64, index into ``classes``; read-only.
        values: Shape (n_records, n_genes), float64, normalised scale; read-only.
        levels: Shape (n_records, 2), float64, log2 units: each record's mean and standard
            deviation over the panel on the log2 scale; None where the recipe does not model them;
            read-only.
    """

    label_name: str
    classes: tuple[str, ...]
    genes: tuple[str, ...]
    class_index: NDArray[np.int64]
    values: NDArray[np.float64]
    levels: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Refuse shapes and values that no model may produce.

        Raises:
            InternalError: IN901.
        """
        n = len(self.class_index)
        ok = self.values.shape == (n, len(self.genes)) and bool(np.isfinite(self.values).all())
        inside = n == 0 or (
            self.class_index.min() >= 0 and self.class_index.max() < len(self.classes)
        )
        levels = self.levels
        levelled = levels is None or (
            levels.shape == (n, 2)
            and bool(np.isfinite(levels).all())
            and bool((levels[:, 1] > 0).all())
        )
        if not ok or not inside or not levelled:
            raise InternalError(
                "IN901", rule="a synthetic cohort has the plan's shape and finite values"
            )
        names = ("class_index", "values") + (() if levels is None else ("levels",))
        for name in names:
            frozen = getattr(self, name).copy()
            frozen.setflags(write=False)
            object.__setattr__(self, name, frozen)

    def log2(self) -> NDArray[np.float64]:
        """Return the values on the log2 scale, shape (n_records, n_genes), float64.

        Raises:
            InternalError: IN901 if the recipe does not model levels.
        """
        if self.levels is None:
            raise InternalError("IN901", rule="log2 expression needs a recipe that models levels")
        expression: NDArray[np.float64] = self.levels[:, :1] + self.values * self.levels[:, 1:]
        return expression

    @property
    def n_records(self) -> int:
        """Number of synthetic records."""
        return len(self.class_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageAccount:
    """What one stage cost, for the manifest, the ledger and the screen (all public)."""

    name: str
    values: int
    seconds: float
    bytes_sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The written release of one study, as every party records it.

    Attributes:
        plan_digest: SHA-256 of the plan.
        measurements_digest: SHA-256 of what was opened.
        synthetic_sha256: SHA-256 of ``synthetic.csv``.
        n_records: Records in it.
        n_genes: Genes in it.
        seed_sha256: Hash that seeded the sampling, derived from plan and measurements (privacy.md
            8.3).
        stages: Cost of each stage at this hospital.
        seconds_total: From start to written release, reports apart.
        log2: Whether log2 expression was written beside the normalised scale.
        joint: What the joint evaluation released about the table; None where the plan has none.
        selection: What it released about every candidate setting; None where the plan has none.
    """

    plan_digest: str
    measurements_digest: str
    synthetic_sha256: str
    n_records: int
    n_genes: int
    seed_sha256: str
    stages: tuple[StageAccount, ...]
    seconds_total: float
    log2: bool = False
    joint: JointScores | None = None
    selection: Selection | None = None
