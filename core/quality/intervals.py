"""Intervals of proportions, and of scores by repeated draws of patients. LocalView.

References:
    Wilson 1927; Efron 1979.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measures import CONFIDENCE, Interval
from core.randomness import SamplingSource

Z: Final = 1.959963984540054
N_DRAWS: Final = 500
_SEED: Final = 20_261_128
_TAIL: Final = 50.0 * (1.0 - CONFIDENCE)


def wilson(proportion: float, n: int) -> Interval | None:
    """Return Wilson's interval of a proportion of ``n`` records; None of none.

    >>> found = wilson(0.5, 100)
    >>> round(found.low, 3), round(found.high, 3)
    (0.404, 0.596)
    """
    if n == 0:
        return None
    middle = (proportion + Z * Z / (2 * n)) / (1 + Z * Z / n)
    reach = Z / (1 + Z * Z / n) * np.sqrt(proportion * (1 - proportion) / n + (Z / (2 * n)) ** 2)
    # Rounding may leave 0 or 1 just outside of its own interval.
    return Interval(
        low=float(min(proportion, max(0.0, middle - reach))),
        high=float(max(proportion, min(1.0, middle + reach))),
    )


def draws(n: int) -> NDArray[np.float64]:
    """Return how often each of ``n`` patients is in each of 500 draws with replacement.

    Row 0 has every patient once: the score itself comes from the same code as its draws.

    Returns:
        Shape (501, n), float64; every row sums to n.
    """
    generator = SamplingSource(_SEED).generator
    counts = generator.multinomial(n, np.full(n, 1.0 / n), size=N_DRAWS)
    return np.concatenate((np.ones((1, n)), counts.astype(np.float64)))


def percentile(drawn: NDArray[np.float64]) -> Interval | None:
    """Return where the middle 95 % of the draws lie, row 0 included; None without a number.

    Args:
        drawn: Shape (501,), the score itself first; a draw that has none is not a number.
    """
    value, rest = float(drawn[0]), drawn[1:][np.isfinite(drawn[1:])]
    if not np.isfinite(value) or len(rest) < N_DRAWS // 2:
        return None
    low, high = np.percentile(rest, (_TAIL, 100.0 - _TAIL))
    return Interval(low=min(value, float(low)), high=max(value, float(high)))
