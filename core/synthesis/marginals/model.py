"""The fitted star: a class, then every gene by itself given the class.

References:
    generators.md, recipe ``marginals``; formats.md (values drawn from the truncated normal within
    the bin).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.release import SyntheticCohort
from core.randomness import SamplingSource
from core.synthesis.marginals.bins import bins_of
from core.synthesis.marginals.normals import inside, moments

#: A record whose genes all agree would have no scale.
_LEAST_SPREAD: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StarModel:
    """p(class) prod p(bin | class, gene), values continuous within bins. Public.

    Attributes:
        label_name: Heading of the label column.
        classes: The plan's classes.
        genes: The plan's panel.
        counts: Noisy class counts, shape (n_classes,), positive.
        tables: p(bin | class, gene), shape (n_classes, n_genes, bins).
        shift: Mean of the normal nearest to each table, centred and scaled, shape (n_classes,
            n_genes): where values lie inside their bins.
        spread: Its standard deviation, same shape, positive.
        contraction: By which factor values move towards their class's mean; see ``fit``.
        centre: Shape (n_genes,), normalised scale.
        scale: Shape (n_genes,), positive.
    """

    label_name: str
    classes: tuple[str, ...]
    genes: tuple[str, ...]
    counts: NDArray[np.float64]
    tables: NDArray[np.float64]
    shift: NDArray[np.float64]
    spread: NDArray[np.float64]
    contraction: float
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuse tables that are not probabilities.

        Raises:
            InternalError: IN901.
        """
        sums = self.tables.sum(axis=2)
        ok = bool((self.tables >= 0).all() and np.allclose(sums, 1) and (self.counts > 0).all())
        positive = bool((self.scale > 0).all() and (self.spread > 0).all())
        if not ok or not positive or not self.contraction > 0:
            raise InternalError(
                "IN901", rule="a fitted model holds probabilities and positive scales"
            )

    def sample(self, n_records: int, source: SamplingSource) -> SyntheticCohort:
        """Draw records: classes in the noisy proportions, in random order, then gene by gene.

        Each record is brought to mean 0 and mean square 1 at the end, as every real one is.

        Reveals:
            Nothing beyond the measurements, at no further spend.

        Raises:
            InternalError: IN901 if ``n_records`` is not positive.
        """
        if n_records < 1:
            raise InternalError("IN901", rule="a synthetic cohort has at least one record")
        class_index = np.repeat(np.arange(len(self.classes)), self._allocation(n_records))
        class_index = source.stream("classes").generator.permutation(class_index)
        values = np.empty((n_records, len(self.genes)))
        for j, gene in enumerate(self.genes):
            uniform = source.stream(f"gene {gene}").generator.random((2, n_records))
            values[:, j] = self._gene(j, class_index, uniform)
        return SyntheticCohort(
            label_name=self.label_name,
            classes=self.classes,
            genes=self.genes,
            class_index=class_index,
            values=_normalised(values),
        )

    def _allocation(self, n_records: int) -> NDArray[np.int64]:
        """Return how many records each class gets: proportions, largest remainders first."""
        wanted = self.counts / self.counts.sum() * n_records
        given: NDArray[np.int64] = np.floor(wanted).astype(np.int64)
        remainders = np.argsort(-(wanted - given), kind="stable")
        given[remainders[: n_records - int(given.sum())]] += 1
        return given

    def _gene(
        self, j: int, class_index: NDArray[np.int64], uniform: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Draw a bin, then a value inside it; shape (n_records,), normalised scale."""
        steps = np.cumsum(self.tables[:, j, :-1], axis=1)[class_index]
        bins = (uniform[0][:, None] > steps).sum(axis=1)
        standard = inside(
            bins_of(self.tables.shape[2]),
            bins,
            uniform[1],
            self.shift[class_index, j],
            self.spread[class_index, j],
        )
        mean, _ = moments(self.tables[:, j], self.shift[:, j], self.spread[:, j])
        contracted = mean[class_index] + self.contraction * (standard - mean[class_index])
        drawn: NDArray[np.float64] = self.centre[j] + self.scale[j] * contracted
        return drawn


def _normalised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return records with mean 0 and mean square 1, as every real record has."""
    centred = values - values.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    scaled: NDArray[np.float64] = centred / np.maximum(spread, _LEAST_SPREAD)
    return scaled
