"""Which genes differ between classes, tested on the measurements and not on synthetic records.

A test on synthetic records takes the noise of the release for biology: at small epsilon most of
what it finds is false. Here the privacy noise stands in the standard error.

References:
    generators.md "Measured" (differential expression); Benjamini & Hochberg 1995.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr


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
        adjusted_p: Two-sided, Benjamini-Hochberg within each pair, same shape.
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
) -> Differences:
    """Test all pairs of classes.

    Args:
        classes: Names.
        genes: Names.
        means: Unbiased noisy class means, shape (n_classes, n_genes).
        variances: Of these means, all sources together, same shape, positive.
        unit: What one unit of the means is on the normalised scale, shape (n_genes,).
    """
    pairs = tuple(combinations(range(len(classes)), 2))
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    effect = means[first] - means[second]
    error = np.sqrt(variances[first] + variances[second])
    p = 2 * ndtr(-np.abs(effect) / error)
    return Differences(
        classes=classes,
        genes=genes,
        pairs=pairs,
        effect=effect * unit,
        standard_error=error * unit,
        adjusted_p=np.stack([adjusted(row) for row in p]),
    )


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
