"""One measure of two synthetic cohorts: what lies between them. Plain values, LocalView.

References:
    Zou, G. Y. and Donner, A. (2008). Construction of confidence limits about effect measures: a
    general approach. Statistics in Medicine 27, 1693-1702 (MOVER, equation 3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.model.measures import Direction, Interval, Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a measure of a second cohort has more than that of a first. LocalView.

    Attributes:
        value: Second less first; None if either has no value.
        interval: Of it; None if either has none.
        nearer: Whether the second is better by the measure's own direction: True or False only
            where the interval leaves no doubt, None otherwise.
    """

    value: float | None
    interval: Interval | None
    nearer: bool | None


def difference(first: Measure, second: Measure) -> Difference:
    """Return how far two cohorts are apart in one measure.

    The ends of the interval treat both numbers as independent. Where they were found on the same
    real patients it is too wide rather than too narrow.

    >>> from core.model.measures import Group
    >>> a, b = (
    ...     Measure(
    ...         key="x", group=Group.BIOLOGY, value=v, reference=None, better=Direction.HIGHER,
    ...         low=0.0, high=1.0, interval=Interval(low=v - 0.03, high=v + 0.04),
    ...     )
    ...     for v in (0.5, 0.6)
    ... )
    >>> found = difference(a, b)
    >>> round(found.value, 3), round(found.interval.low, 3), round(found.interval.high, 3)
    (0.1, 0.05, 0.15)
    >>> found.nearer
    True
    """
    if first.value is None or second.value is None:
        return Difference(value=None, interval=None, nearer=None)
    apart = second.value - first.value
    if first.interval is None or second.interval is None:
        return Difference(value=apart, interval=None, nearer=None)
    below = math.hypot(second.value - second.interval.low, first.interval.high - first.value)
    above = math.hypot(second.interval.high - second.value, first.value - first.interval.low)
    interval = Interval(low=apart - below, high=apart + above)
    return Difference(
        value=apart, interval=interval, nearer=_nearer(first, second, interval=interval)
    )


def _nearer(first: Measure, second: Measure, *, interval: Interval) -> bool | None:
    """Judge by direction; a measure that should be near its reference is judged by its gap."""
    if interval.holds(0.0):
        return None
    if second.better is Direction.HIGHER:
        return interval.low > 0
    if second.better is Direction.LOWER:
        return interval.high < 0
    gaps = [
        m.value - m.reference
        for m in (first, second)
        if m.value is not None and m.reference is not None
    ]
    if len(gaps) < 2 or gaps[0] * gaps[1] < 0:  # on both sides of the reference
        return None
    return abs(gaps[1]) < abs(gaps[0])
