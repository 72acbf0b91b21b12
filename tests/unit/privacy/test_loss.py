"""core.privacy.loss: both bounds hold against exact enumeration, for every shift."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from core.errors import BudgetError
from core.model.plan import NoiseLadder
from core.privacy import loss as losses
from core.privacy.accountant import Exposure, compose, theorem_a
from core.privacy.conversion import gaussian_delta
from core.privacy.loss import gaussian_shift, kappa_gaussian, kappa_renyi, renyi_shift
from core.privacy.noise import (
    DiscreteGaussian,
    Noise,
    certified_ladder,
    cut_for,
    noise_table,
    tail_mass,
)

EMPTY = mpmath.mpf("1e-400")
TINY = NoiseLadder(levels=((1, 4), (2, 20)))
SMALL = NoiseLadder(levels=((1, 4), (2, 30)))
MEDIUM = NoiseLadder(levels=((1, 4), (2, 4), (4, 4), (8, 155)))
GAUSSIAN = DiscreteGaussian(sigma_sq=2500.0)


def exact_counts(noise: NoiseLadder) -> list[int]:
    counts = [1]
    for weight, n in noise.levels:
        for _ in range(n):
            longer = [0] * (len(counts) + weight)
            for i, count in enumerate(counts):
                longer[i] += count
                longer[i + weight] += count
            counts = longer
    return counts


def pair(noise: Noise, shift: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p = noise_table(noise).pmf
    return np.concatenate([np.zeros(shift), p]), np.concatenate([p, np.zeros(shift)])


def hockey_stick(p: NDArray[np.float64], q: NDArray[np.float64], epsilon: float) -> float:
    return float(np.maximum(p - math.exp(epsilon) * q, 0).sum())


@pytest.mark.parametrize(("shift", "order", "cut"), [(1, 2.0, 20), (3, 7.5, 25), (5, 33.0, 20)])
def test_renyi_against_fifty_digits(shift: int, order: float, cut: int) -> None:
    with mpmath.workdps(50):
        counts = exact_counts(SMALL)
        h, total = SMALL.half_width, mpmath.mpf(2) ** SMALL.bits
        moment = mpmath.fsum(
            (counts[z + h] / total) ** mpmath.mpf(order)
            * (counts[z + shift + h] / total) ** (1 - mpmath.mpf(order))
            for z in range(-h, cut + 1)
        )
        expected = float(mpmath.log(moment) / (mpmath.mpf(order) - 1))
    assert renyi_shift(SMALL, shift, order, cut) == pytest.approx(expected, rel=1e-10)


def mu_with_fifty_digits(noise: NoiseLadder, shift: int, cut: int) -> float:
    """The definition of section 4.2, literally."""
    with mpmath.workdps(50):
        total = mpmath.mpf(2) ** noise.bits
        mass = {z - noise.half_width: c / total for z, c in enumerate(exact_counts(noise))}
        inside = range(-cut, cut + shift + 1)
        low = mass[-cut - shift] / mass[-cut]
        high = mass[cut] / mass[cut + shift]
        q = [(high, mpmath.fsum(m for z, m in mass.items() if z > cut + shift) or EMPTY)]
        q += [(mass[y - shift] / mass[y], mass[y]) for y in inside]
        q += [(low, mpmath.fsum(m for z, m in mass.items() if z < -cut))]
        norm = mpmath.fsum(ratio * m for ratio, m in q)
        q.sort(reverse=True)
        root2 = mpmath.sqrt(2)

        def quantile(x: mpmath.mpf) -> mpmath.mpf:
            return root2 * mpmath.erfinv(2 * x - 1)

        best, p_sum, q_sum = mpmath.mpf("-inf"), mpmath.mpf(0), mpmath.mpf(0)
        for ratio, m in q[:-1]:
            p_sum, q_sum = p_sum + ratio * m / norm, q_sum + m
            best = max(best, quantile(p_sum) - quantile(q_sum))
        return float(best)


@pytest.mark.parametrize(("shift", "cut"), [(1, 12), (2, 15), (5, 10), (9, 9)])
def test_mu_against_fifty_digits(shift: int, cut: int) -> None:
    expected = mu_with_fifty_digits(TINY, shift, cut)
    assert gaussian_shift(TINY, shift, cut) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("noise", "shift"),
    [
        *[(SMALL, s) for s in (1, 3)],
        *[(MEDIUM, s) for s in (1, 8, 37)],
        *[(GAUSSIAN, s) for s in (1, 20)],
        (certified_ladder(6), 60),
    ],
)
def test_mu_dominates_the_exact_delta_at_every_epsilon(noise: Noise, shift: int) -> None:
    cut = cut_for(noise, 1e-7)
    mu, tail = gaussian_shift(noise, shift, cut), tail_mass(noise, cut)
    p, q = pair(noise, shift)
    tightness = []
    for epsilon in np.linspace(0, 8, 60) * mu:
        exact, bound = hockey_stick(p, q, epsilon), gaussian_delta(mu, epsilon)
        assert exact <= bound + tail + 1e-15
        tightness.append(exact / bound if bound > 0 else 0)
    assert max(tightness) > 0.9  # an oracle that accepts anything would pass the line above


@pytest.mark.parametrize("noise", [certified_ladder(6), certified_ladder(8), GAUSSIAN])
@pytest.mark.parametrize("shift", [1, 2, 63, 64, 200])
def test_the_quick_order_finds_what_sorting_finds(noise: Noise, shift: int) -> None:
    cut = cut_for(noise, 1e-9)
    table = noise_table(noise)
    h = table.half_width
    moved = table.pmf[h - cut - shift : h + cut + 1]
    still = table.pmf[h - cut : h + cut + shift + 1]
    ratio = moved / still
    assert np.all(ratio[1:] >= ratio[:-1])
    low, high = float(ratio[0]), float(ratio[-1])
    left = float(table.survival[h + cut + 1])
    right = float(table.survival[h + cut + shift + 1])
    p = np.concatenate([[low * left], moved, [high * right]])
    q = np.concatenate([[left], still, [right]])
    expected = losses._mu_sorted(p, q, np.concatenate([[low], ratio, [high]]))
    assert gaussian_shift(noise, shift, cut) == pytest.approx(expected, rel=1e-9)


def test_noise_with_ripples_is_sorted_first() -> None:
    rippled = NoiseLadder(levels=((1, 2), (2, 2), (4, 40)))
    table = noise_table(rippled)
    h, cut = table.half_width, 40
    ratio = table.pmf[h - cut - 1 : h + cut + 1] / table.pmf[h - cut : h + cut + 2]
    assert np.any(ratio[1:] < ratio[:-1])
    p, q = pair(rippled, 1)
    mu, tail = gaussian_shift(rippled, 1, cut), tail_mass(rippled, cut)
    for epsilon in np.linspace(0, 8, 60) * mu:
        assert hockey_stick(p, q, epsilon) <= gaussian_delta(mu, epsilon) + tail + 1e-15


def test_kappa_covers_every_shift_although_it_is_not_monotone() -> None:
    """The family that made the rule: two low bits leave ripples that small shifts feel most."""
    levels = tuple((1 << j, 2) for j in range(5))
    noise = NoiseLadder(levels=(*levels, (32, 155)))
    cut = 1201  # a tail of 1e-9

    def alone(shift: int) -> float:
        return kappa_gaussian(noise, shift, cut, exact_shift=True)

    assert alone(1) > 1.5 * alone(20)
    assert kappa_gaussian(noise, 20, cut) == max(alone(s) for s in range(1, 21))
    renyi = [kappa_renyi(noise, s, cut, 8.0, exact_shift=True) for s in range(1, 21)]
    assert kappa_renyi(noise, 20, cut, 8.0) == max(renyi)


def test_kappa_never_falls_with_the_bound() -> None:
    cut = cut_for(MEDIUM, 1e-9)
    values = [kappa_gaussian(MEDIUM, s, cut) for s in range(1, 40)]
    assert all(a <= b for a, b in pairwise(values))
    assert 1.0 < values[0] < values[-1] < 1.2


def test_the_rule_of_thumb_of_the_renyi_bound() -> None:
    """kappa is near 1 + x^2/(2N) at x = order shift / sigma (privacy.md 4.3)."""
    noise = certified_ladder(6)
    sigma = noise.variance**0.5
    cut = cut_for(noise, 1e-11)
    for x in (1.0, 2.0, 3.0):
        found = kappa_renyi(noise, 4, cut, x * sigma / 4, exact_shift=True)
        assert found == pytest.approx(1 + x * x / 800, abs=0.002)


def test_a_discrete_gaussian_needs_no_kappa_in_the_renyi_bound() -> None:
    assert kappa_renyi(GAUSSIAN, 44, 300, 7.0) == 1.0


@pytest.mark.parametrize("vector", [(1, 1, 1), (3, 1, 0), (2, 2, 2), (5, 0, 0), (3, 2, 1)])
@pytest.mark.parametrize("delta", [1e-2, 1e-3])
def test_three_coordinates_by_brute_force(vector: tuple[int, ...], delta: float) -> None:
    """The exact delta of all outcomes, tails included, is below what both theorems certify."""
    exposure = Exposure(
        name="x",
        noise=TINY,
        l2_sq=max(sum(v * v for v in vector), max(vector) ** 2),
        linf=max(vector),
        touched=sum(v > 0 for v in vector),
    )
    theorem_b = compose([exposure], delta, with_renyi=False, tail_proportion=0.3).epsilon
    theorem_a_, _ = theorem_a([exposure], delta, tail_proportion=0.3)
    p, q = np.ones(1), np.ones(1)
    for shift in filter(None, vector):
        moved, still = pair(TINY, shift)
        p, q = np.multiply.outer(p, moved).ravel(), np.multiply.outer(q, still).ravel()
    for epsilon in (theorem_b, theorem_a_):
        assert hockey_stick(p, q, epsilon) <= delta
        assert hockey_stick(q, p, epsilon) <= delta
        assert hockey_stick(p, q, 0.8 * epsilon) > 0.1 * delta  # and is not far below


@pytest.mark.parametrize("bound", [gaussian_shift, lambda n, s, c: renyi_shift(n, s, 2.0, c)])
def test_shifts_outside_the_certified_noise_are_refused(bound: object) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        bound(SMALL, 10, 30)  # type: ignore[operator]


def test_a_clamped_tail_that_is_too_heavy_is_refused() -> None:
    """On a ripple the ratio at the cut says too much about what lies beyond."""
    rippled = NoiseLadder(levels=((1, 2), (2, 2), (4, 40)))
    with pytest.raises(BudgetError, match="clamped tail"):
        gaussian_shift(rippled, 1, 27)


def test_the_cut_may_be_nothing_or_all() -> None:
    """Without a middle, and without a tail to the right."""
    h = TINY.half_width
    for shift, cut in ((1, 0), (3, h - 3)):
        expected = mu_with_fifty_digits(TINY, shift, cut)
        assert gaussian_shift(TINY, shift, cut) == pytest.approx(expected, rel=1e-10)


def test_a_loss_that_is_no_number_is_refused() -> None:
    with pytest.raises(BudgetError, match="finite"):
        losses._require_finite(math.nan)
