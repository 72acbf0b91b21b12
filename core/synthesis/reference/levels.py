"""A record's level and spread over a panel, told from the factors of an open cohort.

Z-scoring takes both out of a record. Whole records lie higher where many genes of the panel rise
together, so their level and spread follow the same factors as their genes, in any cohort that is
prepared alike. To first order.

References:
    resources/decisions/022-levels-follow-the-factors.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublicLevels:
    """How a record's level and its spread over the panel follow the factors. Public, log2 units.

    Attributes:
        along: Shape (n_factors, 2): per unit of each factor.
        sd: Shape (2,): of both between records, all factors and the rest together.
        usual: Shape (2,): what they usually are.
    """

    along: NDArray[np.float64]
    sd: NDArray[np.float64]
    usual: NDArray[np.float64]

    def log2_moments(
        self, mean: NDArray[np.float64], sd: NDArray[np.float64], loadings: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Bring genes back to the log2 scale of the open cohort, to first order.

        Args:
            mean: Shape (n_genes,), normalised scale.
            sd: The same.
            loadings: Shape (n_genes, n_factors), normalised scale.

        Returns:
            The three on the log2 scale.
        """
        level, spread = self.usual
        found = self.along[:, 0] + spread * loadings + np.outer(mean, self.along[:, 1])
        own = np.maximum(np.square(sd) - np.square(loadings).sum(axis=1), 0.0)
        around = np.sqrt(np.square(found).sum(axis=1) + spread**2 * own)
        return level + spread * mean, around, found


def levels_along(
    mean: NDArray[np.float64], sd: NDArray[np.float64], loadings: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return how a record's level and spread over the genes follow the factors, to first order.

    The level is the mean over the genes. The spread grows where genes that lie high go up and
    those that lie low go down.

    Args:
        mean: Shape (n_genes,), log2 units.
        sd: Shape (n_genes,), log2 units.
        loadings: Shape (n_genes, n_factors), log2 units per unit of a factor.

    Returns:
        Level and spread: per unit of each factor, shape (n_factors, 2); the standard deviation of
        both between records, and what they usually are, each of shape (2,). Log2 units.
    """
    n = len(mean)
    own = np.maximum(np.square(sd) - np.square(loadings).sum(axis=1), 0.0)
    profile = mean - mean.mean()
    centred = loadings - loadings.mean(axis=0)
    square = np.square(profile) + np.square(centred).sum(axis=1) + own
    spread = np.sqrt(float(square.mean()))
    along = np.column_stack([loadings.mean(axis=0), profile @ centred / (n * spread)])
    rest = np.array([own.sum(), np.square(profile / spread) @ own]) / n**2
    sd_both = np.sqrt(np.square(along).sum(axis=0) + rest)
    return along, sd_both, np.array([float(mean.mean()), float(spread)])
