"""Noise of the parties' own against other people's code and forty-digit arithmetic.

The accountant charges one factor, 1.0005, for every shift and no tail. Here the exact sum of two
discrete Gaussians of the smallest standard deviation that a plan may have is compared with it.
"""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from core.model.plan import LocalGaussian
from core.privacy.accountant import compose, theorem_a
from core.privacy.conversion import ORDERS, renyi_epsilon
from core.privacy.local_noise import SUM_KAPPA
from core.privacy.noise import DiscreteGaussian, certified_ladder, noise_table
from tests.statistics.test_accounting_oracles import MOST, distribution, distribution_of, table

#: The least that a plan may have: two honest parties with a standard deviation of 16 each.
LEAST = LocalGaussian(sigma_sq=2 * 256, contributors=3, colluders=1)


def pmf_of_the_honest() -> np.ndarray:
    """The exact distribution of what two parties add together."""
    one = noise_table(DiscreteGaussian(sigma_sq=float(LEAST.own_variance))).pmf
    return np.convolve(one, one)


def exact(shift: int, copies: int, *, pessimistic: bool):
    """dp-accounting's distribution of ``copies`` values that each move by ``shift``."""
    return distribution_of(pmf_of_the_honest(), shift, copies, pessimistic=pessimistic)


@pytest.mark.parametrize(
    ("shift", "cells", "delta"), [(1, 200, 1e-5), (2, 400, 1e-5), (5, 20, 1e-6), (40, 1, 1e-5)]
)
def test_the_charge_is_never_below_what_dp_accounting_computes(
    shift: int, cells: int, delta: float
) -> None:
    found = compose([table(LEAST, shift, cells)], delta).epsilon
    low = exact(shift, cells, pessimistic=False).get_epsilon_for_delta(delta)
    high = exact(shift, cells, pessimistic=True).get_epsilon_for_delta(delta)
    assert low * (1 - 1e-6) <= found <= 1.01 * high


def test_with_a_ladder_beside_it() -> None:
    ladder = certified_ladder(6)
    stages = [table(LEAST, 2, 100, "own"), table(ladder, 40, 50, "joint")]
    found = compose(stages, 1e-5).epsilon
    low, high = (
        exact(2, 100, pessimistic=end)
        .compose(distribution(ladder, 40, 50, pessimistic=end))
        .get_epsilon_for_delta(1e-5)
        for end in (False, True)
    )
    assert low * (1 - 1e-6) <= found <= MOST * high


def test_the_renyi_divergence_of_the_sum_is_within_the_charge() -> None:
    """Every order of ours, by sums over the exact distribution."""
    p = pmf_of_the_honest()
    kept = np.flatnonzero(p > 1e-250)
    inner = p[kept[0] : kept[-1] + 1]
    for shift in (1, 2, 7):
        moved, still = np.log(inner[:-shift]), np.log(inner[shift:])
        for order in (o for o in ORDERS if o * shift < 100):
            exponent = still + order * (moved - still)
            largest = exponent.max()
            total = largest + math.log(np.exp(exponent - largest).sum())
            seen = total / (order - 1)
            assert seen <= SUM_KAPPA * order * shift**2 / (2 * LEAST.variance)
    every = [renyi_epsilon(SUM_KAPPA * o * 400 / (2 * 512), o, 1e-5) for o in ORDERS]
    assert theorem_a([table(LEAST, 2, 100)], 1e-5)[0] == pytest.approx(min(every))


# ---------------------------------------------------------------- theorem B, step by step


def tail(start: int, sigma_sq: int):
    """Sum of exp(-k^2 / 2 sigma^2) from ``start`` on, to 35 digits of it."""
    total, k = mpmath.mpf(0), start
    while True:
        term = mpmath.e ** (-mpmath.mpf(k) * k / (2 * sigma_sq))
        total += term
        if term < total * mpmath.mpf(10) ** -35:
            return total
        k += 1


def quantile(p):
    """Return x with P(N > x) = p."""
    wanted = mpmath.log(p)
    start = mpmath.sqrt(-2 * wanted) if p < 0.4 else mpmath.mpf("0.01")
    return mpmath.findroot(
        lambda x: mpmath.log(mpmath.erfc(x / mpmath.sqrt(2)) / 2) - wanted,
        (start, start * mpmath.mpf("0.99") - mpmath.mpf("0.01")),
        tol=1e-40,
        maxsteps=200,
    )


def test_no_step_of_the_noise_is_wider_than_is_charged() -> None:
    """The largest step is the one next to 0, and it falls out to 181 standard deviations."""
    sigma_sq = int(LEAST.variance)
    with mpmath.workdps(40):
        whole = 1 + 2 * tail(1, sigma_sq)
        sigma = mpmath.sqrt(sigma_sq)
        places = [1, 2, 8, 22, 45, 113, 362, sigma_sq, 4 * sigma_sq, 8 * sigma_sq]
        steps = []
        for y in places:
            here, there = (quantile(tail(v, sigma_sq) / whole) for v in (y, y + 1))
            steps.append((there - here) * sigma)
        middle = 2 * quantile(tail(1, sigma_sq) / whole) * sigma  # from 0 to 1, by symmetry
        excess = float((middle - 1) * sigma_sq)
    assert excess == pytest.approx(1 / 24, rel=0.001)
    assert [middle, *steps] == sorted([middle, *steps], reverse=True)
    assert steps[-1] > 1
    assert middle**2 < 1.00017 < SUM_KAPPA
