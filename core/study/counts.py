"""Adding up noisy class counts: post-processing of what hospitals published, at no further cost.

    total of a class        sum of the hospitals' noisy counts, not below 0
    margin                  q such that all K totals are within q of the truth with probability .95

The margin is exact: the noises' distributions are convolved, and the K classes share the .05. The
smallest class is within the margin, too: if every total is, so is the smallest of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.counts import HospitalCounts

SURE: Final = 0.95
#: Noise beyond this many scales is less likely than 1e-12.
_REACH: Final = 28


def totals_of(hospitals: Sequence[HospitalCounts], n_classes: int) -> tuple[int, ...]:
    """Return the noisy sum of each class.

    >>> one = HospitalCounts(key="a" * 64, counts=(40, -3), scale=20)
    >>> totals_of([one, one], 2)
    (80, 0)
    """
    return tuple(max(0, sum(h.counts[k] for h in hospitals)) for k in range(n_classes))


def margin_of(scales: Sequence[int], n_classes: int) -> int:
    """Return how far every sum may be from the truth, with probability .95.

    >>> margin_of([20], 1), margin_of([20, 20, 20], 4) > margin_of([20], 4)
    (60, True)
    """
    tail = (1 - SURE) / max(1, n_classes)
    mass = np.array([1.0])
    for scale in scales:
        mass = np.convolve(mass, _noise_mass(scale))
    middle = len(mass) // 2
    outside = 1.0 - (np.cumsum(mass[middle:]) * 2 - mass[middle])
    return int(np.argmax(outside <= tail))


def _noise_mass(scale: int) -> NDArray[np.float64]:
    """Return P(Z = z) for z = -r ... r: proportional to exp(-|z| / scale)."""
    reach = np.arange(-_REACH * scale, _REACH * scale + 1)
    mass: NDArray[np.float64] = np.exp(-np.abs(reach) / scale)
    return mass * (-math.expm1(-1 / scale) / (1 + math.exp(-1 / scale)))
