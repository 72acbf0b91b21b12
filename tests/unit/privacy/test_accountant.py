"""core.privacy.accountant: composition, the smaller theorem, refusals."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from core.errors import BudgetError
from core.model.plan import NoiseLadder, StagePlan
from core.privacy import accountant
from core.privacy.accountant import Exposure, account, compose, theorem_a
from core.privacy.conversion import ORDERS, gaussian_epsilon, renyi_epsilon
from core.privacy.loss import kappa_renyi
from core.privacy.noise import DiscreteGaussian, certified_ladder

MEDIUM = NoiseLadder(levels=((1, 4), (2, 4), (4, 4), (8, 155)))
ECONOMY = certified_ladder(6, 155)


def exposure(**changes: Any) -> Exposure:
    fields = {"name": "x", "noise": MEDIUM, "l2_sq": 100, "linf": 3, "touched": 1000}
    return Exposure(**{**fields, **changes})


@pytest.mark.parametrize(
    "bounds",
    [
        {"l2_sq": 0},
        {"linf": 0},
        {"touched": 0},
        {"l2_sq": 4.0},
        {"l2_sq": True, "linf": 1},
        {"l2_sq": 4, "linf": 3},
        {"l2_sq": 100, "linf": 2, "touched": 5},
        {"l2_sq": 8, "linf": 3, "touched": 1, "exact_shift": True},
        {"l2_sq": 17, "linf": 3, "touched": 2, "exact_shift": True},
    ],
)
def test_bounds_that_contradict_each_other(bounds: dict[str, Any]) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        exposure(**bounds)


@pytest.mark.parametrize("delta", [0.0, 1.0, -1e-5, math.nan])
def test_what_is_no_delta(delta: float) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        compose([exposure()], delta)


@pytest.mark.parametrize("slack", [1e-5, 2e-5, -1e-9, math.nan, math.inf])
def test_slack_that_leaves_no_delta(slack: float) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        compose([exposure()], 1e-5, slack)


def test_nothing_to_account_for() -> None:
    with pytest.raises(BudgetError, match="BU310"):
        compose([], 1e-5)


def test_a_shift_outside_the_noise_refuses_the_release() -> None:
    with pytest.raises(BudgetError, match="BU310"):
        compose([exposure(noise=ECONOMY, l2_sq=10**8, linf=5000)], 1e-5)


def test_more_sensitivity_costs_more_and_more_delta_costs_less() -> None:
    def epsilon(l2_sq: int, delta: float) -> float:
        return compose([exposure(l2_sq=l2_sq)], delta).epsilon

    assert epsilon(9, 1e-5) < epsilon(100, 1e-5) < epsilon(1000, 1e-5)
    assert epsilon(100, 1e-5) < epsilon(100, 1e-7)
    assert compose([exposure()], 1e-5).epsilon < compose([exposure()], 1e-5, 5e-6).epsilon


def test_two_stages_cost_more_than_one_and_less_than_twice() -> None:
    one = compose([exposure()], 1e-5)
    two = compose([exposure(), exposure(name="y")], 1e-5)
    assert one.epsilon < two.epsilon < 2 * one.epsilon
    assert two.mu_sq == pytest.approx(2 * one.mu_sq, rel=0.01)
    assert two.mu == pytest.approx(math.sqrt(two.mu_sq))
    assert [s.name for s in two.stages] == ["x", "y"]


def test_the_tails_are_charged_and_stay_within_their_part() -> None:
    found = compose([exposure(), exposure(name="y", touched=20, l2_sq=50)], 1e-5)
    assert 0 < found.delta_tail <= accountant.TAIL_PROPORTION * 1e-5
    assert found.delta_tail == pytest.approx(sum(s.delta_tail for s in found.stages))
    left = found.delta - found.delta_tail
    assert found.epsilon_gaussian == pytest.approx(gaussian_epsilon(found.mu, left))


RELEASES = {
    "table": [exposure(l2_sq=1000, linf=1, exact_shift=True)],
    "economy near ten": [exposure(noise=ECONOMY, l2_sq=1000**2, linf=120)],
    "scatter": [exposure(noise=certified_ladder(6), l2_sq=640**2, linf=11, touched=500_500)],
    "two families": [
        exposure(noise=certified_ladder(8), l2_sq=300**2, linf=40),
        exposure(name="n", noise=ECONOMY, l2_sq=50**2, linf=50, touched=1, exact_shift=True),
    ],
    "local": [exposure(noise=DiscreteGaussian(sigma_sq=1e4), l2_sq=100**2, linf=12)],
}


@pytest.mark.parametrize("release", RELEASES)
def test_the_smaller_theorem_is_reported_although_most_orders_are_skipped(release: str) -> None:
    exposures = RELEASES[release]
    found = compose(exposures, 1e-5)
    left = found.delta - found.delta_tail
    every_order = []
    for order in ORDERS:
        total = 0.0
        for e, loss in zip(exposures, found.stages, strict=True):
            kappa = kappa_renyi(e.noise, e.linf, loss.cut, order, exact_shift=e.exact_shift)
            total += kappa * order * e.l2_sq / (2 * e.noise.variance)
        every_order.append(renyi_epsilon(total, order, left))
    assert found.epsilon == min(found.epsilon_gaussian, *every_order)
    alone, order = theorem_a(exposures, 1e-5)
    assert alone == min(every_order)
    assert order == ORDERS[every_order.index(alone)]
    if found.epsilon_renyi is None:
        assert alone >= found.epsilon_gaussian
    else:
        assert found.epsilon == found.epsilon_renyi == alone
        assert found.order == order


def test_orders_whose_quick_bound_is_too_low() -> None:
    """Ripples make small shifts the worst, which the quick bound (the largest one) misses."""
    noise = NoiseLadder(levels=(*((1 << j, 2) for j in range(5)), (32, 155)))
    exposures = [exposure(noise=noise, l2_sq=60**2, linf=20)]
    left = 3e-6 - compose(exposures, 3e-6, with_renyi=False).delta_tail
    (loss,) = compose(exposures, 3e-6, with_renyi=False).stages
    every_order = [
        renyi_epsilon(
            kappa_renyi(noise, 20, loss.cut, order) * order * 3600 / (2 * noise.variance),
            order,
            left,
        )
        for order in ORDERS
    ]
    assert theorem_a(exposures, 3e-6)[0] == min(every_order)


@pytest.mark.parametrize("release", ["table", "economy near ten"])
def test_the_quick_bound_only_saves_time(release: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bound that says nothing, every order is computed, and the answer is the same."""
    quick = compose(RELEASES[release], 1e-5)
    real = accountant._divergence
    monkeypatch.setattr(
        accountant,
        "_divergence",
        lambda *given, bound: 0.0 if bound else real(*given, bound=False),
    )
    assert compose(RELEASES[release], 1e-5) == quick


def test_both_theorems_get_to_win() -> None:
    won = {name: compose(e, 1e-5).epsilon_renyi is not None for name, e in RELEASES.items()}
    assert won["economy near ten"]
    assert not won["two families"]


def test_no_finite_order_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accountant, "kappa_renyi", lambda *_, **__: math.inf)
    with pytest.raises(BudgetError, match="BU310"):
        theorem_a([exposure()], 1e-5)


def test_a_plans_stages_are_accounted_as_their_exposures() -> None:
    stage = StagePlan(
        name="x",
        values=2000,
        share=1.0,
        units=3.5,
        l2_sq=100,
        linf=3,
        touched=1000,
        exact_shift=False,
        noise=MEDIUM,
    )
    assert account([stage], 1e-5) == compose([exposure()], 1e-5)
    more = dataclasses.replace(stage, l2_sq=101)
    assert account([more], 1e-5).epsilon > account([stage], 1e-5).epsilon
