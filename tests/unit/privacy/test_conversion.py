"""core.privacy.conversion: exact, and every root on its safe side."""

from __future__ import annotations

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BudgetError
from core.privacy.conversion import (
    ORDERS,
    gaussian_delta,
    gaussian_epsilon,
    gaussian_mu,
    renyi_epsilon,
)


@pytest.mark.parametrize("mu", [0.05, 0.3, 1, 3, 6])
@pytest.mark.parametrize("epsilon", [0, 0.1, 1, 5, 20])
def test_gaussian_delta_against_forty_digits(mu: float, epsilon: float) -> None:
    with mpmath.workdps(40):
        m, e = mpmath.mpf(mu), mpmath.mpf(epsilon)
        exact = mpmath.ncdf(-e / m + m / 2) - mpmath.exp(e) * mpmath.ncdf(-e / m - m / 2)
    if exact > 1e-200:
        assert gaussian_delta(mu, epsilon) == pytest.approx(float(exact), rel=1e-9)


def test_no_loss_no_delta() -> None:
    assert gaussian_delta(0.0, 1.0) == 0.0
    assert gaussian_delta(0.01, 700.0) == 0.0
    assert gaussian_epsilon(0.0, 1e-5) == 0.0
    assert gaussian_epsilon(1e-6, 1e-5) == 0.0


@given(st.floats(0.01, 12.0), st.floats(1e-12, 1e-2))
def test_epsilon_is_on_the_safe_side(mu: float, delta: float) -> None:
    epsilon = gaussian_epsilon(mu, delta)
    assert gaussian_delta(mu, epsilon) <= delta
    if epsilon > 1e-6:
        assert gaussian_delta(mu, epsilon * (1 - 1e-6)) > delta


@given(st.floats(0.01, 50.0), st.floats(1e-12, 1e-5))
def test_mu_is_on_the_safe_side(epsilon: float, delta: float) -> None:
    mu = gaussian_mu(epsilon, delta)
    assert gaussian_delta(mu, epsilon) <= delta
    assert gaussian_delta(mu * (1 + 1e-6), epsilon) > delta


def test_the_published_noise_multipliers() -> None:
    """privacy.md section 6: 1/mu at delta 1e-5."""
    published = {0.5: 7.032, 1: 3.731, 2: 1.994, 3: 1.391, 4: 1.081, 5: 0.892, 10: 0.500}
    for epsilon, multiplier in published.items():
        assert 1 / gaussian_mu(epsilon, 1e-5) == pytest.approx(multiplier, abs=6e-4)


@pytest.mark.parametrize("delta", [0.0, 1.0, -1e-5, math.nan, math.inf])
def test_what_is_no_delta(delta: float) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        gaussian_epsilon(1.0, delta)
    with pytest.raises(BudgetError, match="BU302"):
        gaussian_mu(1.0, delta)


@pytest.mark.parametrize("epsilon", [0.0, -1.0, math.nan, math.inf, 1e9])
def test_what_is_no_epsilon(epsilon: float) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        gaussian_mu(epsilon, 1e-5)


@pytest.mark.parametrize("mu", [-1.0, math.nan, math.inf])
def test_what_is_no_mu(mu: float) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        gaussian_epsilon(mu, 1e-5)


def test_renyi_conversion_of_a_gaussian_is_above_the_exact_one_and_near() -> None:
    for mu in (0.2, 1.0, 3.0):
        best = min(renyi_epsilon(a * mu * mu / 2, a, 1e-5) for a in ORDERS)
        exact = gaussian_epsilon(mu, 1e-5)
        assert exact < best < 1.15 * exact


def test_renyi_conversion_of_nonsense() -> None:
    assert renyi_epsilon(math.nan, 2.0, 1e-5) == math.inf
    assert renyi_epsilon(math.inf, 2.0, 1e-5) == math.inf
    assert renyi_epsilon(0.0, 500.0, 0.5) == 0.0
