"""How well a score tells one group from another: AUROC, its interval, the curve. LocalView.

References:
    DeLong, DeLong & Clarke-Pearson 1988 (variance); Sun & Xu 2014 (the same from midranks);
    Clopper & Pearson 1934 (interval where the groups are wholly apart).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measures import CONFIDENCE, Interval
from core.quality.intervals import Z

_CURVE_POINTS: Final = 101
_TINY: Final = 1e-12


def auroc(own: NDArray[np.float64], other: NDArray[np.float64]) -> tuple[float, Interval]:
    """Return the probability that one of ``own`` scores higher, ties half, and DeLong's interval.

    Where no pair is out of order DeLong's variance is zero although the groups are finite. Then
    the interval ends where min(n, m) disjoint pairs, all in order, would put it (Clopper-Pearson).

    Args:
        own: Scores of the group that should score higher, shape (n,), n > 0.
        other: Scores of the others, shape (m,), m > 0.
    """
    from scipy.stats import rankdata  # noqa: PLC0415 (heavy, reports only)

    n, m = len(own), len(other)
    together = rankdata(np.concatenate((own, other)))
    above = (together[:n] - rankdata(own)) / m
    below = 1.0 - (together[n:] - rankdata(other)) / n
    area = float(above.mean())
    variance = (above.var(ddof=1) / n if n > 1 else 0.25) + (
        below.var(ddof=1) / m if m > 1 else 0.25
    )
    reach = Z * float(np.sqrt(variance))
    if reach < _TINY and area in {0.0, 1.0}:
        reach = 1.0 - ((1.0 - CONFIDENCE) / 2) ** (1.0 / min(n, m))
    return area, Interval(low=max(0.0, area - reach), high=min(1.0, area + reach))


def curve(
    own: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ROC curve: proportions of the others, and of ``own``, above falling thresholds.

    Returns:
        False and true positives, both from 0 to 1, one point per distinct score and one at 0.
    """
    thresholds = np.unique(np.concatenate((own, other)))[::-1]
    false = np.searchsorted(np.sort(-other), -thresholds, side="right") / len(other)
    true = np.searchsorted(np.sort(-own), -thresholds, side="right") / len(own)
    return np.concatenate(([0.0], false)), np.concatenate(([0.0], true))


def true_positives_at(
    own: NDArray[np.float64], other: NDArray[np.float64], most_false: float
) -> float | None:
    """Return the largest proportion of ``own`` above a threshold few others pass.

    None if ``most_false`` is below one of ``other``: then there is nothing to count.
    """
    if most_false * len(other) < 1 - _TINY:
        return None
    false, true = curve(own, other)
    return float(true[false <= most_false + _TINY].max())


def thinned(
    false: NDArray[np.float64], true: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return at most 101 points of a curve, for a picture."""
    chosen = np.unique(np.linspace(0, len(false) - 1, _CURVE_POINTS).round().astype(np.int64))
    return tuple(np.round(false[chosen], 5).tolist()), tuple(np.round(true[chosen], 5).tolist())
