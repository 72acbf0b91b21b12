"""core.privacy.noise: exact probabilities, certified families, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BudgetError, PlanError
from core.model.plan import NoiseLadder
from core.privacy.noise import (
    LADDER_STEPS,
    TOP_BITS,
    DiscreteGaussian,
    certified_ladder,
    cut_for,
    is_certified,
    noise_table,
    require_window,
    tail_mass,
)

SMALL = NoiseLadder(levels=((1, 4), (2, 4), (4, 40)))


def exact_counts(noise: NoiseLadder) -> list[int]:
    """Coin sequences per value, in whole numbers."""
    counts = [1]
    for weight, n in noise.levels:
        for _ in range(n):
            longer = [0] * (len(counts) + weight)
            for i, count in enumerate(counts):
                longer[i] += count
                longer[i + weight] += count
            counts = longer
    return counts


def test_every_probability_is_exact_out_to_the_last_value() -> None:
    counts, total = exact_counts(SMALL), 2**SMALL.bits
    found = noise_table(SMALL).pmf
    assert len(found) == len(counts) == 2 * SMALL.half_width + 1
    worst = max(
        abs(Fraction(float(p)) / Fraction(c, total) - 1)
        for p, c in zip(found, counts, strict=True)
    )
    assert worst < 1e-12
    assert min(counts) > 0


def test_survival_is_exact_in_the_tail() -> None:
    counts, total = exact_counts(SMALL), 2**SMALL.bits
    table = noise_table(SMALL)
    for cut in (0, 17, 60, SMALL.half_width - 1):
        beyond = Fraction(2 * sum(counts[SMALL.half_width + cut + 1 :]), total)
        assert abs(Fraction(tail_mass(SMALL, cut)) / beyond - 1) < 1e-12
    assert tail_mass(SMALL, SMALL.half_width) == 0.0
    assert float(table.survival[0]) == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("step", LADDER_STEPS)
@pytest.mark.parametrize("top_bits", TOP_BITS)
def test_certified_ladders(step: int, top_bits: int) -> None:
    noise = certified_ladder(step, top_bits)
    assert is_certified(noise)
    assert noise.bits == 4 * step + top_bits
    table = noise_table(noise)
    z = np.arange(-noise.half_width, noise.half_width + 1, dtype=float)
    assert float(table.pmf.sum()) == pytest.approx(1.0, abs=1e-12)
    assert float((table.pmf * z * z).sum()) == pytest.approx(noise.variance, rel=1e-11)
    assert np.array_equal(table.pmf, table.pmf[::-1])
    assert (table.pmf > 0).all()
    for array in (table.pmf, table.survival, table.quantile):
        assert not array.flags.writeable


def test_the_ladders_have_the_published_widths() -> None:
    widths = [certified_ladder(s).variance ** 0.5 for s in LADDER_STEPS]
    assert widths == pytest.approx([641.07, 2564.26, 10257.05], abs=0.01)


@pytest.mark.parametrize(("step", "top_bits"), [(7, 400), (6, 399), (6, 1000), (0, 155)])
def test_other_ladders_are_not_certified(step: int, top_bits: int) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        certified_ladder(step, top_bits)


def test_a_ladder_with_fewer_low_bits_is_not_certified() -> None:
    levels = tuple((1 << j, 2) for j in range(6))
    assert not is_certified(NoiseLadder(levels=(*levels, (64, 400))))


def test_noise_off_centre_is_refused() -> None:
    with pytest.raises(PlanError, match="centred"):
        NoiseLadder(levels=((1, 3), (2, 3), (4, 3), (8, 156)))


def test_many_bits_of_one_weight() -> None:
    noise = NoiseLadder(levels=((1, 2000),))
    pmf = noise_table(noise).pmf
    assert float(pmf.sum()) == pytest.approx(1.0, abs=1e-9)
    z = np.arange(-1000, 1001, dtype=float)
    assert float((pmf * z * z).sum()) == pytest.approx(500.0, rel=1e-9)


def test_discrete_gaussian_is_exp_of_minus_a_square() -> None:
    noise = DiscreteGaussian(sigma_sq=9.0)
    pmf = noise_table(noise).pmf
    h = len(pmf) // 2
    assert h == noise.half_width == 49
    for z in (1, 5, 20, 48):
        assert pmf[h + z] / pmf[h] == pytest.approx(np.exp(-z * z / 18.0), rel=1e-12)
    assert float(pmf.sum()) == pytest.approx(1.0, abs=1e-14)
    assert noise.variance == 9.0


@pytest.mark.parametrize("sigma_sq", [0.0, -1.0, float("nan"), float("inf")])
def test_a_variance_that_is_none(sigma_sq: float) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        DiscreteGaussian(sigma_sq=sigma_sq)


@given(st.floats(min_value=1e-14, max_value=0.9))
def test_the_cut_is_the_smallest_one(tau: float) -> None:
    cut = cut_for(SMALL, tau)
    assert tail_mass(SMALL, cut) <= tau
    assert cut == 0 or tail_mass(SMALL, cut - 1) > tau


def test_a_cut_below_zero_is_refused() -> None:
    with pytest.raises(BudgetError, match="BU310"):
        tail_mass(SMALL, -1)


@pytest.mark.parametrize(("shift", "cut"), [(0, 5), (-1, 5), (1, -1), (50, 50), (1, 86)])
def test_a_shift_outside_the_noise_is_refused(shift: int, cut: int) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        require_window(SMALL, shift, cut)
    assert require_window(SMALL, 1, 85) is noise_table(SMALL)


def test_noise_with_holes_is_refused() -> None:
    coarse = NoiseLadder(levels=((4, 100),))  # only every fourth integer can occur
    with pytest.raises(BudgetError, match="holes"):
        require_window(coarse, 1, 40)


def test_probabilities_that_underflow_are_refused() -> None:
    long = NoiseLadder(levels=((1, 1000),))  # 2**-1000 at its ends
    require_window(long, 1, 300)
    with pytest.raises(BudgetError, match="vanishing"):
        require_window(long, 1, 499)
