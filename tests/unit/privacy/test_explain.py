"""core.privacy.explain: every number in the words is the plan's."""

from __future__ import annotations

import dataclasses

import pytest

from core.errors import InternalError
from core.model.plan import LocalGaussian, Plan
from core.privacy.accountant import account
from core.privacy.calibration import FIELD_MODULUS, Calibration
from core.privacy.explain import explain, explain_claim, explain_release


def test_every_stage_is_explained(plan: Plan, calibration: Calibration) -> None:
    found = explain(plan, calibration.account)
    assert [e.name for e in found] == ["counts", "sums", "tables"]
    assert sum(e.proportion for e in found) == pytest.approx(1.0)
    for words, stage, loss in zip(found, plan.stages, calibration.account.stages, strict=True):
        assert f"{stage.values:,} noisy total" in words.opened
        assert "Adding or removing one patient changes" in words.sensitivity, "the adjacency"
        assert f"{stage.linf:,} integer units" in words.sensitivity
        assert f"{stage.l2_sq:,}" in words.sensitivity
        assert ("exactly" in words.sensitivity) is stage.exact_shift
        assert f"{stage.sigma_real:.4g}" in words.noise
        assert f"{stage.noise.bits} secret bits" in words.noise
        assert f"{loss.kappa:.4f}" in words.inequality
        recomputed = loss.kappa * stage.l2_sq / stage.noise.variance
        assert f"{recomputed:.4g}" in words.inequality
        largest = plan.n_max * len(plan.parties) * stage.linf + stage.noise.half_width
        assert f"{largest:,}" in words.span
        assert 2 * largest < FIELD_MODULUS


def test_noise_of_the_parties_own_is_explained_with_who_knows_what(plan: Plan) -> None:
    counts, sums, tables = plan.stages
    noise = LocalGaussian(sigma_sq=2 * 2048**2, contributors=3, colluders=1)
    mixed = dataclasses.replace(
        plan, stages=(counts, dataclasses.replace(sums, noise=noise), tables)
    )
    found = account(mixed.stages, plan.budget.delta)
    ladder, words, _ = explain(mixed, found)
    assert "secret bits" in ladder.noise
    assert "secret bits" not in words.noise
    for said in (
        "each of the 3 parties, with patients or without, adds discrete Gaussian noise",
        "standard deviation 2,048 units",
        "t = 1 of them at most, can subtract theirs",
        f"2 x {2048**2:,} = {noise.sigma_sq:,}",
        "meet 1.225 times its standard deviation",
        f"{mixed.stages[1].sigma_real:.4g} in the unit of the statistic",
        f"{2048 * 3**0.5:.5g} integer units",
    ):
        assert said in words.noise, said
    assert f"1.0005 x {sums.l2_sq:,} / {2 * 2048**2:.7g} = " in words.inequality
    assert f"{1.0005 * sums.l2_sq / noise.variance:.4g}" in words.inequality
    assert "up to t = 1 of the parties together" in words.inequality
    assert "Nothing is charged to delta" in words.inequality
    largest = plan.n_max * 3 * sums.linf + noise.half_width
    assert f"{largest:,}" in words.span
    assert "below 2^-270" in words.span


def test_the_claim_says_whom_it_protects_and_against_whom(plan: Plan) -> None:
    words = explain_claim(plan)
    assert "up to 1 of the 3 computing parties" in words
    assert plan.adjacency.value in words
    assert "by adding or removing it" in words


def test_the_release_names_the_theorem_that_won(calibration: Calibration) -> None:
    account = calibration.account
    assert "theorem B" in explain_release(account)
    assert f"epsilon = {account.epsilon:.4f}" in explain_release(account)
    renyi = dataclasses.replace(account, epsilon_renyi=account.epsilon, order=7.5)
    assert "theorem A) at order 7.5" in explain_release(renyi)


def test_an_account_of_another_plan_is_not_explained(plan: Plan, calibration: Calibration) -> None:
    other = dataclasses.replace(calibration.account, stages=calibration.account.stages[1:])
    with pytest.raises(InternalError, match="IN901"):
        explain(plan, other)
