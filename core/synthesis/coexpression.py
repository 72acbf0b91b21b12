"""Which genes rise and fall together across classes, told from the measurements.

Correlations among synthetic records hold the noise of the release, and factors that were taken
from public data. What the private patients themselves say of two genes is in the class means: the
covariance of the means of both, over classes. It is the part of their correlation that diagnoses
explain; in cohorts of different diseases most of it. Here it is estimated without shrinking, with
a standard error that holds the sampling of patients and the privacy noise.

References:
    Berger 1982, "Multiparameter hypothesis testing" (intersection-union test); Benjamini &
    Hochberg 1995; Storey 2002.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.privacy.normal import chi_square_tail, probability
from core.synthesis.differences import adjusted, proportion_equal

#: Pairs of more genes than these would fill memory: then those of the first genes are told.
MOST_GENES: Final = 2_000
#: At this false discovery rate a pair is told.
LEVEL: Final = 0.05
MOST_PAIRS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoExpression:
    """Pairs of genes that the measurements show to be co-expressed. Public.

    Attributes:
        genes: The plan's panel.
        pairs: Index pairs, shape (n_pairs, 2), the first below the second; the most certain and
            among those the strongest first.
        correlation: The part that differences between classes explain, shape (n_pairs,).
        standard_error: Of it, sampling of patients and privacy noise together.
        adjusted_p: Benjamini-Hochberg over all pairs, at most ``LEVEL``.
    """

    genes: tuple[str, ...]
    pairs: NDArray[np.int64]
    correlation: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    adjusted_p: NDArray[np.float64]


def co_expression(
    genes: tuple[str, ...],
    means: NDArray[np.float64],
    variances: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> CoExpression:
    """Test all pairs of genes.

    A pair counts only where each of its genes differs between classes by itself and the product
    stands clear of its error: its p-value is the largest of the three.

    Args:
        genes: Names.
        means: Unbiased noisy class means, standardised: variance 1 over all records; shape
            (n_classes, n_genes).
        variances: Of these means, all sources together, same shape, positive.
        weights: Proportion of each class, shape (n_classes,).
    """
    n = min(len(genes), MOST_GENES)
    means, variances = means[:, :n], variances[:, :n]
    about = np.eye(len(weights)) - weights
    form = about.T @ np.diag(weights) @ about
    first, second = np.triu_indices(n, 1)
    found = (means.T @ form @ means)[first, second]
    spread = variances.mean(axis=1)
    moved = form @ (spread[:, None] * form)
    least = float(np.trace(moved @ np.diag(spread)))
    own = np.einsum("cg,cd,dg->g", means, moved, means)
    error = np.sqrt(np.maximum(own[first] + own[second] - least, least))
    alone = _differs(means, variances)
    p = np.maximum(
        2 * probability(-np.abs(found) / error), np.maximum(alone[first], alone[second])
    )
    q = adjusted(p) * proportion_equal(p)
    kept = np.flatnonzero(q < LEVEL)
    kept = kept[np.lexsort((-np.abs(found[kept]), q[kept]))][:MOST_PAIRS]
    return CoExpression(
        genes=genes,
        pairs=np.stack([first[kept], second[kept]], axis=1),
        correlation=np.clip(found[kept], -1.0, 1.0),
        standard_error=error[kept],
        adjusted_p=q[kept],
    )


def _differs(means: NDArray[np.float64], variances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each gene's p-value of "all classes are alike", shape (n_genes,)."""
    precision = 1 / variances
    middle = (precision * means).sum(axis=0) / precision.sum(axis=0)
    square = (precision * np.square(means - middle)).sum(axis=0)
    p: NDArray[np.float64] = chi_square_tail(len(means) - 1, square)
    return p
