"""The fitted model: normal within classes with factor covariance; continuous values.

References:
    generators.md "The recipe moments", step 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.release import SyntheticCohort
from core.randomness import SamplingSource
from core.synthesis.moments.classes import ClassMeans
from core.synthesis.moments.levels import LevelModel
from core.synthesis.moments.stages import Standard

#: Variance within classes, in units of the whole (1): never none, never much more.
_WITHIN_RANGE: Final = (0.1, 1.2)
#: Factors carry at most this part of a gene's variance within classes; some is always its own.
_MOST_COMMON: Final = 0.95
_LEAST_OWN: Final = 0.04
_MOST_LOST: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorModel:
    """p(class) N(mean of the class, L L^T + own variances) per record. Public.

    Attributes:
        label_name: Heading of the label column.
        classes: The plan's classes.
        genes: The plan's panel.
        means: Class counts and means, standardised.
        common: Loadings L, shape (n_genes, n_factors), standardised.
        own: Standard deviation of each gene's own part, shape (n_genes,), standardised.
        standard: Back to the normalised scale.
        levels: Each record's own mean and spread on the log2 scale; None for a model of public
            data alone.
    """

    label_name: str
    classes: tuple[str, ...]
    genes: tuple[str, ...]
    means: ClassMeans
    common: NDArray[np.float64]
    own: NDArray[np.float64]
    standard: Standard
    levels: LevelModel | None = None

    def __post_init__(self) -> None:
        """Refuse scales that are not positive.

        Raises:
            InternalError: IN901.
        """
        positive = (self.own > 0).all() and (self.standard.scale > 0).all()
        if not bool(positive and (self.means.counts > 0).all()):
            raise InternalError("IN901", rule="a fitted model holds positive counts and scales")

    def sample(self, n_records: int, source: SamplingSource) -> SyntheticCohort:
        """Draw records: classes in the noisy proportions, in random order.

        Within each class the drawn deviations average 0, so that the synthetic class means are
        those of the model: the sampling adds no error of its own to what was paid for.

        Reveals:
            Nothing beyond the measurements, at no further spend.

        Raises:
            InternalError: IN901 if ``n_records`` is not positive.
        """
        if n_records < 1:
            raise InternalError("IN901", rule="a synthetic cohort has at least one record")
        class_index = np.repeat(np.arange(len(self.classes)), self._allocation(n_records))
        class_index = source.stream("classes").generator.permutation(class_index)
        n_factors = self.common.shape[1]
        factors = source.stream("factors").generator.standard_normal((n_records, n_factors))
        around = factors @ self.common.T
        own = source.stream("own").generator.standard_normal((n_records, len(self.genes)))
        around += own * self.own
        for c in range(len(self.classes)):
            _balance(around, class_index == c)
        values = self.standard.centre + self.standard.scale * (
            self.means.shrunk[class_index] + around
        )
        levels = self.levels
        return SyntheticCohort(
            label_name=self.label_name,
            classes=self.classes,
            genes=self.genes,
            class_index=class_index,
            values=values,
            levels=None if levels is None else levels.sample(class_index, source, factors),
        )

    def _allocation(self, n_records: int) -> NDArray[np.int64]:
        """Return how many records each class gets: proportions, largest remainders first."""
        wanted = self.means.weights * n_records
        given: NDArray[np.int64] = np.floor(wanted).astype(np.int64)
        remainders = np.argsort(-(wanted - given), kind="stable")
        given[remainders[: n_records - int(given.sum())]] += 1
        return given


def _balance(around: NDArray[np.float64], mine: NDArray[np.bool_]) -> None:
    """Let one class's deviations average 0, at the same expected variance; in place."""
    n = int(mine.sum())
    if n > 1:
        rows = around[mine]
        around[mine] = (rows - rows.mean(axis=0)) * np.sqrt(n / (n - 1))


def variances(
    means: ClassMeans, loadings: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split each gene's variance: what classes leave of 1 goes to factors, the rest is its own.

    What classes leave is reckoned from the variance between the true class means, not between the
    shrunk ones: shrinking must not turn differences between classes into spread within them.

    Args:
        means: Class means, standardised.
        loadings: Shape (n_genes, n_factors).

    Returns:
        Loadings scaled down where they would explain too much, and the own standard deviations.
    """
    centred = means.shrunk - means.weights @ means.shrunk
    between = means.weights @ np.square(centred) * _lost_to_shrinkage(means)
    within = np.clip(1 - between - means.offset, *_WITHIN_RANGE)
    common = np.square(loadings).sum(axis=1)
    most = _MOST_COMMON * within
    down = np.sqrt(np.minimum(1.0, most / np.maximum(common, 1e-12)))
    own = np.maximum(within - common * down**2, _LEAST_OWN * within)
    return loadings * down[:, None], np.sqrt(own)


def _lost_to_shrinkage(means: ClassMeans) -> float:
    """Return the variance between true class means over that between shrunk ones, 1 to 3.

    The first is known without bias on average over the genes: between noisy means, less the noise.
    """
    weights, noise = means.weights, np.square(means.noise)
    noisy = means.noisy - weights @ means.noisy
    seen = float((weights @ np.square(noisy)).mean())
    pooled = float((weights**2 * noise).sum())
    true = seen - float(weights @ (noise * (1 - 2 * weights) + pooled))
    kept = means.shrunk - weights @ means.shrunk
    left = float((weights @ np.square(kept)).mean())
    return float(np.clip(true / left, 1.0, _MOST_LOST)) if left > 0 else 1.0
