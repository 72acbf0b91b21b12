"""Are the same genes found to differ between classes? LocalView.

References:
    quality.md "Biology"; Benjamini & Hochberg 1995.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.quality.tables import Table

FALSE_DISCOVERY: Final = 0.05
_LEAST_PER_CLASS: Final = 5


def benjamini_hochberg(
    p: NDArray[np.float64], level: float = FALSE_DISCOVERY
) -> NDArray[np.bool_]:
    """Return which hypotheses are rejected with false discovery rate ``level``.

    The largest k with p_(k) <= k level / n, and all p up to p_(k).

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.9])).tolist()
    [True, False, False, False]
    """
    ordered = np.sort(p)
    passes = np.flatnonzero(ordered <= level * np.arange(1, len(p) + 1) / len(p))
    if len(passes) == 0:
        return np.zeros(len(p), dtype=np.bool_)
    rejected: NDArray[np.bool_] = p <= ordered[passes[-1]]
    return rejected


def differing(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which genes are higher, and which are lower, in ``one``: Wilcoxon rank sum, BH 5 %.

    Args:
        one: Shape (n, n_genes).
        other: Shape (m, n_genes).

    Returns:
        Shape (2, n_genes): higher, lower.
    """
    from scipy.stats import mannwhitneyu  # noqa: PLC0415 (heavy, reports only)

    found = [
        mannwhitneyu(one, other, alternative=side, method="asymptotic", axis=0).pvalue
        for side in ("greater", "less")
    ]
    # A gene that is constant in both has no p-value: it does not differ.
    return np.stack([benjamini_hochberg(np.nan_to_num(p, nan=1.0)) for p in found])


def differential_expression(
    real: Table, other: Table, n_classes: int
) -> tuple[float | None, float | None]:
    """Return TPR and FPR of the genes that differ, over all class pairs and both directions.

    TPR = #(S and R) / #R, FPR = #(S minus R) / (p - #R), R found in the real records and S in
    the others. Of each class as many records are compared as the rarer of the two tables has, so
    that both tests have the same power. Classes with fewer than five are left out.

    Returns:
        Two proportions; None where nothing can be counted.
    """
    sizes = np.minimum(
        np.bincount(real.labels, minlength=n_classes),
        np.bincount(other.labels, minlength=n_classes),
    )
    usable = [c for c in range(n_classes) if sizes[c] >= _LEAST_PER_CLASS]
    hits = truths = falses = nulls = 0
    for a, b in combinations(usable, 2):
        r = differing(real.of_class(a)[: sizes[a]], real.of_class(b)[: sizes[b]])
        s = differing(other.of_class(a)[: sizes[a]], other.of_class(b)[: sizes[b]])
        hits += int((r & s).sum())
        truths += int(r.sum())
        falses += int((s & ~r).sum())
        nulls += int((~r).sum())
    return (hits / truths if truths else None), (falses / nulls if nulls else None)
