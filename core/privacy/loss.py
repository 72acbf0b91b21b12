"""Privacy loss of one released integer when one patient moves it: two bounds, shift by shift.

P is the law of the noise moved by s, Q the law of the noise. Both bounds give up the values of P
whose noise lies beyond a cut; their probability is charged to delta by the accountant.

    Renyi (Theorem A)       log of the moment of P/Q without those values
    Gaussian (Theorem B)    the smallest mu such that telling P from Q is no easier than telling
                            N(mu, 1) from N(0, 1), by the vertices of the Neyman-Pearson trade-off

``kappa`` compares either with a Gaussian of the same variance; it is the maximum over every
integer shift up to the bound, because neither is monotone in the shift. For noise that the parties
add themselves both are bounded once for every shift (core/privacy/local_noise.py).

References:
    privacy.md sections 4.1 and 4.2 (both proofs).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BudgetError
from core.model.plan import LocalGaussian
from core.privacy.local_noise import SUM_KAPPA
from core.privacy.noise import DiscreteGaussian, Noise, NoiseTable, Tabled, require_window
from core.privacy.normal import quantile

#: Room for the rounding of the sums below; measured against 50 digits it is under 1e-11.
_ROUNDING: Final = 1 + 1e-9


@lru_cache(maxsize=65536)
def renyi_shift(noise: Tabled, shift: int, order: float, cut: int) -> float:
    """Return log(sum of P^order Q^(1-order) over noise up to ``cut``) / (order - 1).

    Values left of -cut stay in the sum: there P is far below Q and nothing diverges.

    >>> from core.model.plan import NoiseLadder
    >>> round(renyi_shift(NoiseLadder(levels=((1, 4), (2, 99))), 1, 2.0, 60), 9)
    0.010001887

    Raises:
        BudgetError: BU310 if the shift leaves the certified part of the noise.
    """
    table = require_window(noise, shift, cut)
    h = table.half_width
    moved = table.pmf[: cut + h + 1]
    still = table.pmf[shift : cut + shift + h + 1]
    # At the far left of a very long ladder P underflows to zero; its terms are below 1e-290.
    first = int(np.argmax(moved > 0))
    log_still = np.log(still[first:])
    exponent = log_still + order * (np.log(moved[first:]) - log_still)
    largest = float(exponent.max())
    value = (largest + math.log(float(np.exp(exponent - largest).sum()))) / (order - 1)
    return _require_finite(value)


@lru_cache(maxsize=65536)
def gaussian_shift(noise: Tabled, shift: int, cut: int) -> float:
    """Return the smallest mu with trade-off(P~, Q) >= that of N(mu, 1) and N(0, 1).

    P~ is P with its likelihood ratio held at the value of the edges outside [-cut, cut + shift],
    then renormalised; its total variation from P is at most P(|Z| > cut).

    >>> from core.model.plan import NoiseLadder
    >>> round(gaussian_shift(NoiseLadder(levels=((1, 4), (2, 99))), 1, 60), 6)
    0.110174

    Raises:
        BudgetError: BU310 if the shift leaves the certified part of the noise.
    """
    table = require_window(noise, shift, cut)
    h = table.half_width
    moved = table.pmf[h - cut - shift : h + cut + 1]
    still = table.pmf[h - cut : h + cut + shift + 1]
    ratio = moved / still
    low, high = float(ratio[0]), float(ratio[-1])
    q_right, q_left = _beyond(table, cut + shift), _beyond(table, cut)
    if high * q_right > _beyond(table, cut) * _ROUNDING or low > 1:
        raise BudgetError("BU310", reason="the clamped tail is heavier than the true one")
    if bool(np.all(ratio[1:] >= ratio[:-1])):
        value = _mu_in_order(table, shift, cut, (low * q_left, high * q_right))
    else:
        p = np.concatenate([[low * q_left], moved, [high * q_right]])
        q = np.concatenate([[q_left], still, [q_right]])
        value = _mu_sorted(p, q, np.concatenate([[low], ratio, [high]]))
    return _require_finite(value)


def _beyond(table: NoiseTable, cut: int) -> float:
    """Return P(Z > cut), one side."""
    index = table.half_width + cut + 1
    return float(table.survival[index]) if index < len(table.survival) else 0.0


def _mu_in_order(table: NoiseTable, shift: int, cut: int, edges: tuple[float, float]) -> float:
    """Evaluate every vertex when the ratio only grows: the best tests are "y or more".

    All sums are then differences of the tabulated survival function, and Q's quantiles are
    tabulated too, so that a shift costs one normal quantile per value.
    """
    h = table.half_width
    survival = table.survival
    left, right = edges
    lost_left, lost_right = _beyond(table, cut + shift), _beyond(table, cut)
    norm = left + right + (1.0 - lost_left - lost_right)
    # y = 1 .. cut + shift: P~(Y >= y) against Q(Y >= y)
    p_up = (survival[h + 1 - shift : h + cut + 1] + (right - lost_right)) / norm
    best = np.max(quantile(np.minimum(p_up, 1.0)) - table.quantile[h + 1 : h + cut + shift + 1])
    # y = -cut + 1 .. 0: Q(Y < y) against P~(Y < y)
    p_down = (survival[h + shift + 1 : h + cut + shift + 1] + (left - lost_left)) / norm
    if len(p_down):
        best = max(best, np.max(table.quantile[h + 1 : h + cut + 1] - quantile(p_down)))
    # The two clamped tails alone.
    best = max(best, table.quantile[h + cut + 1] - quantile(left / norm))
    if right > 0:
        best = max(best, quantile(right / norm) - table.quantile[h + cut + shift + 1])
    return float(best)


def _mu_sorted(
    p: NDArray[np.float64], q: NDArray[np.float64], ratio: NDArray[np.float64]
) -> float:
    """Evaluate every vertex after sorting by likelihood ratio, for a noise with ripples."""
    order = np.argsort(-ratio, kind="stable")
    p, q = p[order] / p.sum(), q[order] / q.sum()
    p_up, q_up = np.cumsum(p)[:-1], np.cumsum(q)[:-1]
    p_down, q_down = np.cumsum(p[:0:-1])[::-1], np.cumsum(q[:0:-1])[::-1]
    up = (q_up < 0.5) & (q_up > 0)
    down = (q_up >= 0.5) & (p_down > 0) & (q_down > 0)
    gains = np.concatenate(
        [
            quantile(np.minimum(p_up[up], 1.0)) - quantile(q_up[up]),
            quantile(np.minimum(q_down[down], 1.0)) - quantile(np.minimum(p_down[down], 1.0)),
        ]
    )
    return float(gains.max())


def _require_finite(value: float) -> float:
    if not math.isfinite(value):
        raise BudgetError("BU310", reason="the privacy loss is not a finite number")
    return value


def kappa_gaussian(noise: Noise, linf: int, cut: int, *, exact_shift: bool = False) -> float:
    """Return max over shifts 1..linf of (mu_s sigma / s)^2, or that of ``linf`` alone.

    >>> from core.privacy.noise import certified_ladder
    >>> 1.02 < kappa_gaussian(certified_ladder(6), 40, 4300) < 1.07
    True
    """
    if isinstance(noise, LocalGaussian):
        return SUM_KAPPA
    require_window(noise, linf, cut)  # refuse at once, not after a thousand smaller shifts
    first = linf if exact_shift else 1
    worst = max(gaussian_shift(noise, s, cut) / s for s in range(first, linf + 1))
    return worst * worst * noise.variance * _ROUNDING


def kappa_renyi(
    noise: Noise, linf: int, cut: int, order: float, *, exact_shift: bool = False
) -> float:
    """Return max over shifts 1..linf of D_order(s) 2 sigma^2 / (order s^2), at least 0.

    >>> from core.privacy.noise import certified_ladder
    >>> 0.99 < kappa_renyi(certified_ladder(6), 40, 4300, 3.5) < 1.01
    True
    """
    if isinstance(noise, LocalGaussian):
        return SUM_KAPPA
    if isinstance(noise, DiscreteGaussian):
        return 1.0  # a theorem for every shift (Canonne, Kamath and Steinke 2020)
    first = linf if exact_shift else 1
    worst = max(renyi_shift(noise, s, order, cut) / (s * s) for s in range(first, linf + 1))
    return max(worst, 0.0) * 2.0 * noise.variance / order * _ROUNDING
