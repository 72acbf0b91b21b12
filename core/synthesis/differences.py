"""Which genes differ between classes, tested on the measurements and not on synthetic records.

A test on synthetic records takes the noise of the release for biology: at small epsilon most of
what it finds is false. Here the privacy noise stands in the standard error.

References:
    generators.md "Measured" (differential expression); Benjamini & Hochberg 1995; Storey 2002,
    "A direct approach to false discovery rates"; Storey, Taylor & Siegmund 2004, equation 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.privacy.normal import probability

#: p-values above this come from genes that do not differ, all but few of them.
_NULLS_ABOVE: Final = 0.5
#: A panel of chosen genes may have no gene without a difference; so much is still allowed for.
_LEAST_NULLS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Differences:
    """Every gene in every pair of classes. Public: post-processing of measurements.

    Attributes:
        classes: The plan's classes.
        genes: The plan's panel.
        pairs: Index pairs of classes.
        effect: Mean of the first minus mean of the second class, normalised units, shape
            (n_pairs, n_genes).
        standard_error: Of the effect, sampling of patients and privacy noise together.
        adjusted_p: Two-sided, Benjamini-Hochberg within each pair, same shape; see
            ``differences`` for the part of the genes that it takes for equal.
    """

    classes: tuple[str, ...]
    genes: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    effect: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    adjusted_p: NDArray[np.float64]


def differences(
    classes: tuple[str, ...],
    genes: tuple[str, ...],
    means: NDArray[np.float64],
    variances: NDArray[np.float64],
    unit: NDArray[np.float64],
    *,
    adaptive: bool,
) -> Differences:
    """Test all pairs of classes.

    Benjamini-Hochberg alone holds the false discovery rate at 5 % times the part of the genes that
    do not differ. Panels are chosen for their genes: often fewer than half do not. With
    ``adaptive`` that part is estimated in each pair from the p-values, never too small on
    average, and the false discovery rate is what the reader takes it for.

    Args:
        classes: Names.
        genes: Names.
        means: Unbiased noisy class means, shape (n_classes, n_genes).
        variances: Of these means, all sources together, same shape, positive.
        unit: What one unit of the means is on the normalised scale, shape (n_genes,).
        adaptive: Whether the part of genes that do not differ is estimated, not taken to be all.
    """
    pairs = tuple(combinations(range(len(classes)), 2))
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    effect = means[first] - means[second]
    error = np.sqrt(variances[first] + variances[second])
    p = 2 * probability(-np.abs(effect) / error)
    return Differences(
        classes=classes,
        genes=genes,
        pairs=pairs,
        effect=effect * unit,
        standard_error=error * unit,
        adjusted_p=np.stack(
            [adjusted(row) * (proportion_equal(row) if adaptive else 1.0) for row in p]
        ),
    )


def proportion_equal(p: NDArray[np.float64]) -> float:
    """Return which part of the hypotheses is true, from the p-values above one half; at most 1.

    The one that is added keeps the false discovery rate with few genes, too (Storey, Taylor &
    Siegmund 2004). Noise that hides every difference makes p-values uniform: then it is 1.

    >>> proportion_equal(np.array([0.001, 0.002, 0.001, 0.003, 0.004, 0.01, 0.7, 0.4]))
    0.5
    """
    above = int((p > _NULLS_ABOVE).sum())
    return min(1.0, max(_LEAST_NULLS, (1 + above) / (len(p) * (1 - _NULLS_ABOVE))))


def adjusted(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Benjamini-Hochberg adjusted p-values.

    >>> adjusted(np.array([0.01, 0.04, 0.03, 0.9])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.9]
    """
    order = np.argsort(-p, kind="stable")
    ranks = np.arange(len(p), 0, -1)
    stepped = np.minimum.accumulate(np.minimum(1.0, p[order] * len(p) / ranks))
    found = np.empty_like(p)
    found[order] = stepped
    return found
