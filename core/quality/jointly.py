"""Does the synthetic cohort look like the real one, all genes at once? LocalView.

Records are compared in SD units of the training patients (``Trio.in_units_of``).

References:
    quality.md "Resemblance".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.quality.jackknife import LEAST_RECORDS, N_GROUPS, group_sums, reach

NEIGHBOURS: Final = 5


def squared_distances(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return squared Euclidean distances, shape (n_points, n_others)."""
    squares = (
        (points**2).sum(axis=1)[:, None]
        + (others**2).sum(axis=1)[None, :]
        - 2.0 * points @ others.T
    )
    found: NDArray[np.float64] = np.maximum(squares, 0.0)
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Distances:
    """Squared distances between two cohorts and within each.

    Attributes:
        within: Shape (n, n), of the real cohort.
        within_other: Shape (m, m).
        between: Shape (n, m).
    """

    within: NDArray[np.float64]
    within_other: NDArray[np.float64]
    between: NDArray[np.float64]

    @classmethod
    def of(cls, real: NDArray[np.float64], other: NDArray[np.float64]) -> Distances:
        """Measure all pairs."""
        return cls(
            within=squared_distances(real, real),
            within_other=squared_distances(other, other),
            between=squared_distances(real, other),
        )

    def some(self, real: NDArray[np.bool_], other: NDArray[np.bool_]) -> Distances:
        """Return the distances among the chosen records."""
        return Distances(
            within=self.within[np.ix_(real, real)],
            within_other=self.within_other[np.ix_(other, other)],
            between=self.between[np.ix_(real, other)],
        )

    def first(self, n_other: int) -> Distances:
        """Return the distances to the first records of the other cohort only."""
        return Distances(
            within=self.within,
            within_other=self.within_other[:n_other, :n_other],
            between=self.between[:, :n_other],
        )


def mmd_squared(distances: Distances, n_genes: int) -> float | None:
    """Return the unbiased squared maximum mean discrepancy; None below two records of either.

    Kernel exp(-gamma d^2) with gamma = 1 / number of genes. Around 0 when both cohorts come from
    one distribution, and then as often below 0 as above.

    References:
        Gretton et al. 2012, lemma 6, equation 3.
    """
    if min(distances.between.shape) < 2:
        return None
    same, same_other, cross = _kernels(distances, n_genes)
    sums = (same.sum() - np.trace(same), same_other.sum() - np.trace(same_other), cross.sum())
    return float(_discrepancy(*sums, *distances.between.shape))


def mmd_reach(distances: Distances, n_genes: int) -> float | None:
    """Return how far the interval of ``mmd_squared`` reaches to either side.

    Sums of the kernel over pairs of groups: what is left without a group follows from them.

    Returns:
        None below 20 records of either cohort.
    """
    n, m = distances.between.shape
    if min(n, m) < LEAST_RECORDS:
        return None
    groups, others = group_sums(n), group_sums(m)
    same, same_other, cross = _kernels(distances, n_genes)
    blocks = groups @ same @ groups.T, others @ same_other @ others.T, groups @ cross @ others.T
    diagonal = groups @ np.diagonal(same), others @ np.diagonal(same_other)
    found = []
    for g in range(N_GROUPS):
        kept = np.arange(N_GROUPS) != g
        left = [block[np.ix_(kept, kept)].sum() for block in blocks]
        left[0] -= diagonal[0][kept].sum()
        left[1] -= diagonal[1][kept].sum()
        sizes = int(groups[kept].sum()), int(others[kept].sum())
        found.append(float(_discrepancy(left[0], left[1], left[2], *sizes)))
    return reach(found)


def _kernels(distances: Distances, n_genes: int) -> list[NDArray[np.float64]]:
    return [
        np.exp(-squares / n_genes)
        for squares in (distances.within, distances.within_other, distances.between)
    ]


def _discrepancy(own: float, theirs: float, cross: float, n: int, m: int) -> float:
    """Return the estimate from sums of the kernel over pairs, a record with itself left out."""
    return own / (n * (n - 1)) + theirs / (m * (m - 1)) - 2.0 * cross / (n * m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How the clouds of two cohorts cover each other.

    Attributes:
        precision: Proportion of the others within the reach of a real record.
        recall: Proportion of real records within the reach of another.
        density: Real reaches that an other record lies in, over k; 1 for the same distribution.
        coverage: Proportion of real records that have an other record within their reach.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def overlap(distances: Distances, k: int = NEIGHBOURS) -> Overlap | None:
    """Return precision, recall, density and coverage; None with k records or fewer of either.

    The reach of a record is the distance to its k-th nearest neighbour of its own cohort.

    References:
        Kynkaanniemi et al. 2019 (precision, recall); Naeem et al. 2020 (density, coverage), whose
        strict inequality is kept.
    """
    n, m = distances.between.shape
    if min(n, m) <= k:
        return None
    # Place 0 of a record's sorted distances is itself.
    reach = np.partition(distances.within, k, axis=1)[:, k]
    reach_other = np.partition(distances.within_other, k, axis=1)[:, k]
    inside = distances.between < reach[:, None]
    return Overlap(
        precision=float(inside.any(axis=0).mean()),
        recall=float((distances.between < reach_other[None, :]).any(axis=1).mean()),
        density=float(inside.sum() / (k * m)),
        coverage=float((distances.between.min(axis=1) < reach).mean()),
    )
