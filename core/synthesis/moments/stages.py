"""What one patient adds to each stage of the recipe ``moments``.

References:
    privacy.md section 3, rows (b1), (b2), (b3) and (c) of the table of sensitivities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.plan import StagePlan
from core.statistics.encoding import encode_patient
from core.statistics.statistic import Contribution, PatientRecord

CLASS_COUNTS: Final = "class-counts"
CENTRE: Final = "centre"
SCALE: Final = "scale"
CLASS_SUMS: Final = "class-sums"
CLASS_SCORES: Final = "class-scores"
CROSS: Final = "cross"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standard:
    """Where each gene lies and how far it spreads, on the normalised scale. Public.

    Attributes:
        centre: Shape (n_genes,).
        scale: Shape (n_genes,), positive.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return one record centred and scaled, shape (n_genes,)."""
        standardised: NDArray[np.float64] = (values - self.centre) / self.scale
        return standardised


def clipped(x: NDArray[np.float64], l2: float, linf: float) -> NDArray[np.float64]:
    """Return one record's vector within +-``linf`` and shrunk to norm ``l2``.

    >>> clipped(np.array([3.0, 4.0]), 1.0, 9.0).tolist()
    [0.6, 0.8]
    """
    inside: NDArray[np.float64] = np.clip(x, -linf, linf)
    norm = float(np.sqrt(np.square(inside).sum()))
    return inside * (l2 / norm) if norm > l2 else inside


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Centre:
    """Sum of the records minus what the plan expects: zero, or the public reference's means.

    Attributes:
        stage: The planned stage.
        expected: Shape (n_genes,), public.
    """

    stage: StagePlan
    expected: NDArray[np.float64]

    @property
    def length(self) -> int:
        """Number of genes."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded difference."""
        return _encoded(self.stage, record.values - self.expected)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scale:
    """Sum of min(((z - m) / s)^2, clip) - 1 per gene: zero on average when s is right.

    Attributes:
        stage: The planned stage.
        standard: m and s as far as they are known.
        clip: Largest square that counts.
    """

    stage: StagePlan
    standard: Standard
    clip: float

    @property
    def length(self) -> int:
        """Number of genes."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded squares."""
        squares = np.square(self.standard.of(record.values))
        return _encoded(self.stage, np.minimum(squares, self.clip) - 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassSums:
    """Per class the sum of the standardised records; a patient adds to its own class's block.

    Attributes:
        stage: The planned stage; values are ordered class, gene.
        standard: From opened measurements.
    """

    stage: StagePlan
    standard: Standard

    @property
    def length(self) -> int:
        """Classes x genes."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded record in the block of its class."""
        return _encoded(self.stage, self.standard.of(record.values), record.class_index)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassScores:
    """Per class the sum of the records' scores on public factors, each score of unit variance.

    Attributes:
        stage: The planned stage; values are ordered class, factor.
        standard: From opened measurements.
        weights: Shape (n_genes, n_factors), public: a record times these is its scores.
    """

    stage: StagePlan
    standard: Standard
    weights: NDArray[np.float64]

    @property
    def length(self) -> int:
        """Classes x factors."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded scores in the block of the record's class."""
        return _encoded(
            self.stage, self.standard.of(record.values) @ self.weights, record.class_index
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cross:
    """Sum of v t^T: v the clipped standardised record, t its clipped scores on public factors.

    Attributes:
        stage: The planned stage; values are ordered gene, factor.
        standard: From opened measurements.
        weights: Shape (n_genes, n_factors), public.
        record_clip: Largest norm and largest entry of v.
        score_clip: Largest norm and largest entry of t.
    """

    stage: StagePlan
    standard: Standard
    weights: NDArray[np.float64]
    record_clip: tuple[float, float]
    score_clip: tuple[float, float]

    @property
    def length(self) -> int:
        """Genes x factors."""
        return self.stage.values

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return the encoded products."""
        standard = self.standard.of(record.values)
        genes = clipped(standard, *self.record_clip)
        scores = clipped(standard @ self.weights, *self.score_clip)
        return _encoded(self.stage, np.outer(genes, scores).reshape(-1))


def _encoded(stage: StagePlan, real: NDArray[np.float64], block: int = 0) -> Contribution:
    """Encode one record's vector into the block of values that is its own."""
    amounts = encode_patient(real, stage.units, stage.l2_sq, stage.linf)
    return Contribution(cells=block * len(amounts) + np.arange(len(amounts)), amounts=amounts)
