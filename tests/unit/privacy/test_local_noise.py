"""core.privacy.local_noise: what noise of the parties' own costs, against any t of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.errors import BudgetError, PlanError
from core.model.budget import Budget
from core.model.drawing import MOST_JOINT_VALUES, NoiseChoice
from core.model.plan import LocalGaussian, NoiseLadder, Plan, StagePlan, largest_threshold
from core.model.request import StageRequest
from core.privacy.accountant import Exposure, account, compose, theorem_a
from core.privacy.calibration import Calibration, NoiseFamily, calibrate, verify
from core.privacy.conversion import ORDERS, gaussian_epsilon, gaussian_mu, renyi_epsilon
from core.privacy.local_noise import LOCAL_STEPS, SUM_KAPPA, local_noise
from core.privacy.loss import kappa_gaussian, kappa_renyi
from core.privacy.noise import DiscreteGaussian, certified_ladder, is_certified, noise_table

LOCAL = NoiseFamily(choice=NoiseChoice.LOCAL)
NOISE = local_noise(9, 3, 1)

Requests = Callable[..., tuple[StageRequest, ...]]


def exposure(**changes: Any) -> Exposure:
    fields = {"name": "x", "noise": NOISE, "l2_sq": 300**2, "linf": 60, "touched": 1000}
    return Exposure(**{**fields, **changes})


@pytest.mark.parametrize("honest", [2, 3, 6])
def test_the_sum_of_the_honest_is_a_discrete_gaussian(honest: int) -> None:
    """With the smallest own noise that a plan may have, as far as doubles can tell."""
    one = noise_table(DiscreteGaussian(sigma_sq=256.0)).pmf
    whole = noise_table(DiscreteGaussian(sigma_sq=256.0 * honest))
    found = one
    for _ in range(honest - 1):
        found = np.convolve(found, one)
    reach = int(8 * math.sqrt(256.0 * honest))
    middle, h = len(found) // 2, whole.half_width
    ours = whole.pmf[h - reach : h + reach + 1]
    error = np.abs(found[middle - reach : middle + reach + 1] / ours - 1).max()
    assert error < 1e-9 < SUM_KAPPA - 1


@pytest.mark.parametrize("sigma_sq", [512.0, 2.0 * 512**2])
def test_the_factor_covers_every_shift_of_the_tabulated_noise(sigma_sq: float) -> None:
    """The table's own, measured, factor stays below the one that is charged."""
    table = DiscreteGaussian(sigma_sq=sigma_sq)
    cut = int(7 * math.sqrt(sigma_sq))
    for shift in (1, 2, 5, int(math.sqrt(sigma_sq)), 3 * int(math.sqrt(sigma_sq))):
        measured = kappa_gaussian(table, shift, cut, exact_shift=True)
        assert measured < SUM_KAPPA
    assert kappa_gaussian(NOISE, 10**6, 0) == kappa_renyi(NOISE, 10**6, 0, 3.5) == SUM_KAPPA


def test_what_it_costs_alone() -> None:
    found = compose([exposure()], 1e-6)
    (loss,) = found.stages
    mu_sq = SUM_KAPPA * 300**2 / NOISE.sigma_sq
    assert (loss.cut, loss.kappa, loss.delta_tail) == (0, SUM_KAPPA, 0.0)
    assert loss.mu_sq == pytest.approx(mu_sq)
    assert found.delta_tail == 0.0
    assert found.epsilon_gaussian == pytest.approx(gaussian_epsilon(math.sqrt(mu_sq), 1e-6))
    every = [renyi_epsilon(order * mu_sq / 2, order, 1e-6) for order in ORDERS]
    assert theorem_a([exposure()], 1e-6)[0] == pytest.approx(min(every))


def test_the_coalition_is_counted_not_the_outsider() -> None:
    """What protects is the variance that is left, so m does not matter, m - t does."""
    five = local_noise(9, 5, 2)
    assert five.sigma_sq == 3 * 512**2
    alone, three = (compose([exposure(noise=n)], 1e-6) for n in (NOISE, five))
    assert three.mu_sq == pytest.approx(alone.mu_sq * 2 / 3)
    for noise in (NOISE, five):
        outside = math.sqrt(noise.opened_variance / noise.variance)
        assert outside == pytest.approx(
            math.sqrt(noise.contributors / (noise.contributors - noise.colluders))
        )


def test_joint_and_local_noise_compose_in_one_account() -> None:
    ladder = exposure(name="joint", noise=certified_ladder(8, 155), l2_sq=400**2, linf=80)
    both = compose([ladder, exposure()], 1e-5)
    joint, local = (compose([e], 1e-5) for e in (ladder, exposure()))
    assert both.mu_sq == pytest.approx(joint.mu_sq + local.mu_sq)
    assert both.delta_tail == pytest.approx(joint.delta_tail), "the tails are the ladder's alone"
    assert both.epsilon > max(joint.epsilon, local.epsilon)
    assert both.epsilon == min(both.epsilon_gaussian, theorem_a([ladder, exposure()], 1e-5)[0])


# ---------------------------------------------------------------- calibration


def overhead(stage: StagePlan, budget: Budget) -> float:
    """Noise that protects, against an exact continuous Gaussian with the same share."""
    ratio = math.sqrt(stage.noise.variance / stage.l2_sq)
    return ratio * math.sqrt(stage.share) * gaussian_mu(budget.epsilon, budget.delta)


@pytest.mark.parametrize("n_parties", [3, 5, 10])
@pytest.mark.parametrize("epsilon", [0.5, 1, 2, 4, 10])
def test_its_noise_is_that_of_an_exact_gaussian(
    epsilon: float, n_parties: int, requests_for: Requests
) -> None:
    budget = Budget(epsilon=epsilon, delta=1e-5)
    found = calibrate(requests_for(d=200), budget, n_max=10_000, n_parties=n_parties, family=LOCAL)
    assert 0.999 * epsilon < found.account.epsilon <= epsilon
    m, t = n_parties, largest_threshold(n_parties)
    for stage in found.stages:
        assert isinstance(stage.noise, LocalGaussian)
        assert (stage.noise.contributors, stage.noise.colluders) == (m, t)
        most = 1.012 if stage.exact_shift else 1.001
        assert 0.99 < overhead(stage, budget) < most, stage.name
        seen = stage.noise.opened_variance / stage.noise.variance
        assert seen == pytest.approx(m / (m - t))


def test_each_stage_gets_what_its_length_asks_for(requests_for: Requests) -> None:
    counts, sums, tables = requests_for(d=1000)
    assert tables.values == 12_000
    long = dataclasses.replace(sums, values=MOST_JOINT_VALUES + 1)
    just = dataclasses.replace(tables, values=MOST_JOINT_VALUES)
    wanted = (counts, long, just)
    budget = Budget(epsilon=1.0)

    def kinds(choice: NoiseChoice) -> list[type]:
        family = NoiseFamily(choice=choice)
        found = calibrate(wanted, budget, n_max=10_000, n_parties=3, family=family)
        assert found.account.epsilon <= 1.0
        assert found.account == account(found.stages, budget.delta)
        return [type(s.noise) for s in found.stages]

    assert kinds(NoiseChoice.AUTO) == [NoiseLadder, LocalGaussian, NoiseLadder]
    assert kinds(NoiseChoice.JOINT) == [NoiseLadder] * 3
    assert kinds(NoiseChoice.LOCAL) == [LocalGaussian] * 3


def test_the_grid_is_fine_enough(requests_for: Requests) -> None:
    found = calibrate(
        requests_for(d=5000), Budget(epsilon=0.5), n_max=100_000, n_parties=5, family=LOCAL
    )
    for stage in found.stages:
        finest = stage.noise == local_noise(LOCAL_STEPS[-1], 5, 2)
        if stage.exact_shift:
            assert stage.linf >= 100 or finest
        else:
            assert math.sqrt(stage.l2_sq / stage.touched) >= 4
            assert 0.01 * stage.noise.variance >= 500_000 / 12


# ---------------------------------------------------------------- another's plan


@pytest.fixture(scope="session")
def local(plan: Plan, requests_for: Requests) -> Plan:
    """The plan of the other tests, with local noise in its second stage."""
    counts, sums, tables = requests_for()
    mixed = calibrate(
        (counts, dataclasses.replace(sums, values=30_000), tables),
        plan.budget,
        n_max=plan.n_max,
        n_parties=3,
    )
    return dataclasses.replace(plan, stages=mixed.stages, epsilon_accounted=mixed.account.epsilon)


def test_a_plan_with_both_is_certified(local: Plan) -> None:
    assert [type(s.noise) for s in local.stages] == [NoiseLadder, LocalGaussian, NoiseLadder]
    assert all(is_certified(s.noise) for s in local.stages)
    assert verify(local).epsilon == local.epsilon_accounted
    assert verify(Plan.from_bytes(local.canonical_bytes())) == verify(local)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"l2_sq": 2}, "epsilon_accounted"),
        ({"sigma": 0.25}, "epsilon_accounted"),
        ({"linf": 2**40}, "field"),
    ],
    ids=["a larger patient", "less noise", "wraps around"],
)
def test_a_plan_that_promises_too_much_is_refused(
    local: Plan, change: dict[str, float], refusal: str
) -> None:
    first, second, third = local.stages
    noise = second.noise
    if "sigma" in change:
        noise = dataclasses.replace(noise, sigma_sq=int(noise.variance * change["sigma"]))
    wider = int(second.linf * change.get("linf", 1))
    l2_sq = max(int(second.l2_sq * change.get("l2_sq", 1)), wider**2)
    poor = dataclasses.replace(second, noise=noise, linf=wider, l2_sq=l2_sq)
    with pytest.raises((PlanError, BudgetError), match=refusal):
        verify(dataclasses.replace(local, stages=(first, poor, third)))


def test_more_parties_than_the_noise_was_sized_for_are_no_plan(local: Plan) -> None:
    more = dataclasses.replace(local.parties[2], number=3, name="Another")
    with pytest.raises(PlanError, match=r"stages\.sums\.noise"):
        dataclasses.replace(local, parties=(*local.parties, more))


def test_a_ladder_and_the_same_plan_with_local_noise_cost_alike(
    calibration: Calibration, requests_for: Requests, plan: Plan
) -> None:
    """Against a coalition; recipients see more noise than with joint noise."""
    found = calibrate(requests_for(), plan.budget, n_max=10_000, n_parties=3, family=LOCAL)
    for ladder, own in zip(calibration.stages, found.stages, strict=True):
        protecting = math.sqrt(own.noise.variance) / own.units
        assert 0.95 < protecting / ladder.sigma_real < 1.02
        assert own.sigma_real == pytest.approx(protecting * math.sqrt(1.5))
