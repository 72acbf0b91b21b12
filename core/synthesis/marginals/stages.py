"""What one patient adds to each of the four stages.

References:
    privacy.md section 3, rows (a), (b2) and (c) of the table of sensitivities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.plan import StagePlan
from core.statistics.encoding import encode_patient
from core.statistics.statistic import Contribution, PatientRecord
from core.synthesis.marginals.bins import Bins

CLASS_COUNTS: Final = "class-counts"
CENTRE: Final = "centre"
SCALE: Final = "scale"
TABLES: Final = "tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCounts:
    """One cell per class; a patient adds one count to one cell."""

    stage: StagePlan

    @property
    def length(self) -> int:
        """Number of classes."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the one cell of this patient's class."""
        return Contribution(
            cells=np.array([record.class_index]), amounts=np.array([self.stage.linf])
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Sum of the z-scored records. Each has norm sqrt(genes), so the bound costs nothing."""

    stage: StagePlan

    @property
    def length(self) -> int:
        """Number of genes."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded record."""
        return _encoded(self.stage, record.values)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """Sum of min(((z - m) / s)^2, clip) - 1 per gene: zero on average when s is right.

    Attributes:
        stage: The planned stage.
        centre: m, shape (n_genes,), from opened measurements.
        scale: s, one number, from opened measurements.
        clip: Largest square that counts.
    """

    stage: StagePlan
    centre: NDArray[np.float64]
    scale: float
    clip: float

    @property
    def length(self) -> int:
        """Number of genes."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded squares."""
        standard = (record.values - self.centre) / self.scale
        return _encoded(self.stage, np.minimum(standard * standard, self.clip) - 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """Label x gene x bin counts; a patient falls into one bin of each gene, in its class's block.

    Attributes:
        stage: The planned stage; values are ordered class, gene, bin.
        centre: Shape (n_genes,), from opened measurements.
        scale: Shape (n_genes,), positive, from opened measurements.
        bins: Of every gene.
    """

    stage: StagePlan
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]
    bins: Bins

    @property
    def length(self) -> int:
        """Classes x genes x bins."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return one count per gene."""
        n_genes = len(self.centre)
        bins = np.searchsorted(self.bins.edges, (record.values - self.centre) / self.scale)
        genes = record.class_index * n_genes + np.arange(n_genes)
        return Contribution(
            cells=genes * self.bins.n + bins,
            amounts=np.full(n_genes, self.stage.linf, dtype=np.int64),
        )


def _encoded(stage: StagePlan, real: NDArray[np.float64]) -> Contribution:
    amounts = encode_patient(real, stage.units, stage.l2_sq, stage.linf)
    return Contribution(cells=np.arange(len(amounts)), amounts=amounts)
