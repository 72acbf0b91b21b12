"""What lies behind a report's measures: gene by gene, pair by pair, set by set. LocalView.

References:
    quality.md "Resemblance" and "Biology".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.errors import InternalError
from core.model.measures import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneRow:
    """One gene of the table behind the pictures. LocalView.

    Attributes:
        gene: Name.
        mean_real: Of the real training patients, on the scale that was compared.
        mean_synthetic: Of the synthetic patients.
        sd_real: Standard deviation of the real training patients.
        sd_synthetic: Of the synthetic patients.
        wasserstein: Distance in SD units of the real patients.
        kolmogorov_smirnov: Largest gap of the distribution functions.
        kullback_leibler: KL(real || synthetic) in nats, 49 equal bins.
    """

    gene: str
    mean_real: float
    mean_synthetic: float
    sd_real: float
    sd_synthetic: float
    wasserstein: float
    kolmogorov_smirnov: float
    kullback_leibler: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldChanges:
    """Differences between two classes, gene by gene, real beside synthetic. LocalView.

    Invariant: one value per gene in each tuple.

    Attributes:
        first: Class; a positive difference is higher here.
        second: Class it is compared with.
        genes: Names.
        real: Difference of means between real training patients of the two classes.
        synthetic: The same among synthetic patients.
        differs_real: Whether the gene differs by Wilcoxon and Benjamini-Hochberg at 5 %, with the
            sign of its direction: -1, 0 or 1.
        differs_synthetic: The same among synthetic patients.
    """

    first: str
    second: str
    genes: tuple[str, ...]
    real: tuple[float, ...]
    synthetic: tuple[float, ...]
    differs_real: tuple[int, ...]
    differs_synthetic: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse lengths that do not agree.

        Raises:
            InternalError: IN901.
        """
        rest = (self.real, self.synthetic, self.differs_real, self.differs_synthetic)
        if any(len(values) != len(self.genes) for values in rest):
            raise InternalError("IN901", rule="fold changes have one value per gene")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopGenes:
    """The genes on which a logistic regression recognises a class. LocalView.

    Attributes:
        label: The class.
        real: At most ten, largest coefficient first, trained on real patients.
        synthetic: The same trained on synthetic patients.
    """

    label: str
    real: tuple[str, ...]
    synthetic: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathwayRow:
    """How alike one set of genes is scored in real and in synthetic patients. LocalView.

    Attributes:
        name: Of the set.
        n_genes: Genes of the set that are in the panel.
        kolmogorov_smirnov: Between synthetic and real training patients' scores.
        reference: Between real held-out and real training patients' scores; None if too few.
    """

    name: str
    n_genes: int
    kolmogorov_smirnov: float
    reference: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDistance:
    """How far the synthetic patients of one class are from the real ones, all genes. LocalView.

    Attributes:
        label: The class.
        n_real: Real training patients of the class: exact, stays at the hospital.
        n_synthetic: Synthetic patients of the class.
        mmd_squared: Unbiased squared maximum mean discrepancy; None with too few of either.
        interval: Of it.
        reference: Of held-out against training patients; None with too few.
    """

    label: str
    n_real: int
    n_synthetic: int
    mmd_squared: float | None
    reference: float | None
    interval: Interval | None = None


class RemarkKey(StrEnum):
    """What a reader has to know about how a report was made."""

    SMALL_CLASSES = "small-classes"
    CONSTANT_GENES = "constant-genes"
    CONSTANT_SYNTHETIC_GENES = "constant-synthetic-genes"
    SOME_PATIENTS = "some-patients"
    SOME_GENES = "some-genes"
    MISSING_GENES = "missing-genes"
    EXTRA_COLUMNS = "extra-columns"
    MISSING_CLASSES = "missing-classes"
    ALIGNED_SCALE = "aligned-scale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One fact about how a report was made. LocalView.

    Attributes:
        key: Which; the wording table explains it.
        count: How many genes, classes or patients it concerns.
        names: Of at most 20 of them; empty for patients.
    """

    key: RemarkKey
    count: int
    names: tuple[str, ...] = ()
