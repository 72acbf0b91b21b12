"""core.model.budget: levels in odds, units, and what is no privacy level."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BudgetError
from core.model.budget import (
    DEFAULT_DELTA,
    MAX_DELTA,
    MAX_EPSILON,
    PRESET_UNITS,
    PRESETS,
    Budget,
    CapState,
    Level,
    charged_units,
    odds_in_100,
)

NOT_NUMBERS = [math.nan, math.inf, -math.inf, True, "1", None]


@pytest.mark.parametrize("epsilon", [0, 0.0, -1.0, 50.01, *NOT_NUMBERS])
def test_what_is_no_epsilon(epsilon: Any) -> None:
    with pytest.raises(BudgetError, match="BU302") as refused:
        Budget(epsilon=epsilon)
    assert dict(refused.value.fields)["field"] == "epsilon"


@pytest.mark.parametrize("delta", [0.0, -1e-6, 1.1e-5, *NOT_NUMBERS])
def test_what_is_no_delta(delta: Any) -> None:
    with pytest.raises(BudgetError, match="BU302") as refused:
        Budget(epsilon=1.0, delta=delta)
    assert dict(refused.value.fields)["field"] == "delta"


def test_the_largest_level_is_one() -> None:
    assert Budget(epsilon=MAX_EPSILON, delta=MAX_DELTA).units == 50.0
    assert Budget(epsilon=4).delta == DEFAULT_DELTA == 1e-6


def test_the_published_odds_of_the_presets() -> None:
    """62, 73 and 88 in 100 (ui.md section 5)."""
    found = {level: odds_in_100(epsilon) for level, epsilon in PRESETS}
    assert found == {Level.STRICTEST: 62, Level.BALANCED: 73, Level.MOST_DETAIL: 88}
    assert odds_in_100(0.0) == 50
    assert odds_in_100(700.0) == 100
    assert odds_in_100(1e6) == 100


def test_presets_are_charged_their_round_figure() -> None:
    for level, epsilon in PRESETS:
        assert charged_units(Budget(epsilon=epsilon)) == PRESET_UNITS[level] >= epsilon


@given(st.floats(0.001, 50.0))
def test_units_never_charge_less_than_epsilon(epsilon: float) -> None:
    units = charged_units(Budget(epsilon=epsilon))
    assert epsilon <= units + 1e-9
    assert units <= epsilon + 0.0110
    assert round(units * 100) == pytest.approx(units * 100)


@given(st.floats(0, 60), st.floats(0, 1e-5))
def test_odds_are_at_most_what_is_said(epsilon: float, delta: float) -> None:
    exact = (math.exp(epsilon) + delta) / (1 + math.exp(epsilon))
    said = odds_in_100(epsilon, delta)
    assert 50 <= said <= 100
    assert said >= min(100.0, 100 * exact) - 1e-6
    assert said - 1 < 100 * exact + 1e-6


@given(st.floats(0, 60), st.floats(0, 60))
def test_more_epsilon_never_lowers_the_odds(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert odds_in_100(low) <= odds_in_100(high)


@pytest.mark.parametrize(
    ("epsilon", "delta"), [(-0.1, 0), (math.nan, 0), (math.inf, 0), (1, -1e-9), (1, 1.0)]
)
def test_odds_of_what_is_no_level(epsilon: float, delta: float) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        odds_in_100(epsilon, delta)


def test_what_is_left_of_a_cap() -> None:
    assert CapState(cap=4.0, spent=1.5, reserved=1.0).left == 1.5
    assert CapState(cap=1.2, spent=0.1 + 0.2 + 0.9).left == 0.0
    assert CapState(cap=1.0, spent=3.0).left == 0.0


@pytest.mark.parametrize("value", [-0.01, math.nan, math.inf])
@pytest.mark.parametrize("field", ["cap", "spent", "reserved"])
def test_what_is_no_cap_state(field: str, value: float) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        CapState(**{"cap": 4.0, "spent": 0.0, "reserved": 0.0, field: value})


def test_a_cap_of_nothing_is_none() -> None:
    with pytest.raises(BudgetError, match="BU302"):
        CapState(cap=0.0, spent=0.0)


def test_a_cap_state_never_claims_more_epsilon_than_units() -> None:
    assert CapState(cap=4.0, spent=1.0, reserved=1.0, epsilon=1.5).total_epsilon == 1.5
    assert CapState(cap=4.0, spent=1.0, reserved=1.0).total_epsilon == 2.0
    for wrong in (-0.1, 2.1, float("nan")):
        with pytest.raises(BudgetError):
            CapState(cap=4.0, spent=1.0, reserved=1.0, epsilon=wrong)
