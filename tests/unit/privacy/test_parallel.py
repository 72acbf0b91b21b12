"""Two groups of patients, one charge: the larger, and never the sum."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest

from core.errors import BudgetError, PlanError
from core.model.budget import Budget
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.model.plan import Patients, Plan
from core.model.request import StageRequest
from core.privacy.accountant import Account, account, larger
from core.privacy.calibration import Calibration, calibrate, verify
from core.privacy.explain import explain, explain_release, explain_vote
from core.privacy.ledger.charges import charge_of

HELD = StageRequest(
    name="joint-confusion",
    values=18,
    share=1.0,
    l2=math.sqrt(2),
    linf=1,
    touched=2,
    counts=True,
    patients=Patients.HOLDOUT,
)
BUDGET = Budget(epsilon=0.9946)


@pytest.fixture(scope="module")
def both(requests_for) -> Calibration:
    return calibrate((*requests_for(), HELD), BUDGET, n_max=10_000, n_parties=3)


@pytest.fixture(scope="module")
def judged(plan: Plan, both: Calibration) -> Plan:
    return dataclasses.replace(
        plan,
        stages=both.stages,
        epsilon_accounted=both.account.epsilon,
        judging=Judging(evaluation=CONFUSION),
    )


def test_each_group_has_the_whole_budget(both: Calibration, calibration: Calibration) -> None:
    """Judging the table takes nothing from making it: the recipe's noise is what it was."""
    assert both.stages[:3] == calibration.stages
    held = both.account.of(Patients.HOLDOUT)
    assert held is not None
    assert 0.99 * BUDGET.epsilon < held.epsilon <= BUDGET.epsilon
    assert [s.name for s in held.stages] == ["joint-confusion"]


def test_the_larger_of_both_counts(both: Calibration) -> None:
    found = account(both.stages, BUDGET.delta)
    alone = [account([s for s in both.stages if s.patients is p], BUDGET.delta) for p in Patients]
    assert found.epsilon == max(a.epsilon for a in alone)
    assert {g.epsilon for g in found.groups} == {a.epsilon for a in alone}
    assert found == both.account
    assert found.delta == BUDGET.delta
    small = dataclasses.replace(alone[0], epsilon=0.1)
    assert larger([small, alone[1]]).patients is Patients.HOLDOUT
    assert both.account.of(Patients.TRAINING) is not None
    assert alone[0].of(Patients.HOLDOUT) is None


def test_the_ledger_charges_the_larger_of_everything(judged: Plan, both: Calibration) -> None:
    charge = charge_of(judged)
    assert charge.epsilon == both.account.epsilon
    assert charge.mu_sq == max(a.mu_sq for a in both.account.groups)
    assert charge.delta_tail == max(a.delta_tail for a in both.account.groups)


def test_a_plan_that_claims_less_for_either_group_is_refused(judged: Plan) -> None:
    verify(judged)
    for group in Patients:
        weaker = tuple(
            dataclasses.replace(s, units=s.units * 2, linf=s.linf * 2, l2_sq=s.l2_sq * 4)
            if s.patients is group
            else s
            for s in judged.stages
        )
        with pytest.raises(PlanError, match="less than the plan costs"):
            verify(dataclasses.replace(judged, stages=weaker))


def test_the_words_name_both_groups(judged: Plan, both: Calibration) -> None:
    words = explain(judged, both.account)
    assert [w.name for w in words] == [s.name for s in judged.stages]
    assert "held-out patients" in words[-1].opened
    assert "training patients" in words[0].opened
    assert words[-1].proportion == pytest.approx(1.0)
    assert sum(w.proportion for w in words[:-1]) == pytest.approx(1.0)
    told = explain_release(both.account)
    assert "one patient is in one of the groups only" in told
    assert f"The larger, {both.account.epsilon:.4f}" in told


def test_the_words_say_what_a_vote_opens(judged: Plan) -> None:
    assert explain_vote(judged) == ()
    for vote, words in ((VotePolicy.YES_NO, "yes or no"), (VotePolicy.MINIMUM, "minimum")):
        judging = Judging(evaluation=CONFUSION, vote=vote)
        (told,) = explain_vote(dataclasses.replace(judged, judging=judging))
        assert words in told
        assert "costs nothing" in told


# ---------------------------------------------------------------- the proof, by exact numbers

BITS = 12
NOISE = {k - BITS // 2: math.comb(BITS, k) / 2**BITS for k in range(BITS + 1)}


def transcript(training: int, held: int, *, leaky: bool = False) -> dict[tuple[int, int], float]:
    """The exact law of (y1, y2): y1 sums the training group; what y2 asks of the held-out group
    follows from y1, as a classifier follows from a table. The planted bug asks the training group.
    """
    law: dict[tuple[int, int], float] = {}
    for (z1, p1), (z2, p2) in itertools.product(NOISE.items(), NOISE.items()):
        y1 = training + z1
        asked = training if leaky else held
        y2 = (asked if y1 % 2 else 0) + z2
        law[y1, y2] = law.get((y1, y2), 0.0) + p1 * p2
    return law


def delta_of(one: dict[tuple[int, int], float], other: dict[tuple[int, int], float]) -> float:
    """Return the exact delta at epsilon 1, the larger of both directions."""
    factor, outcomes = math.exp(1.0), set(one) | set(other)
    return max(
        sum(max(0.0, p.get(y, 0.0) - factor * q.get(y, 0.0)) for y in outcomes)
        for p, q in ((one, other), (other, one))
    )


def alone() -> float:
    shifted = {(z + 1, 0): p for z, p in NOISE.items()}
    return delta_of({(z, 0): p for z, p in NOISE.items()}, shifted)


def test_a_patient_of_either_group_loses_what_one_stage_costs() -> None:
    here = transcript(3, 4)
    assert delta_of(here, transcript(4, 4)) == pytest.approx(alone(), rel=1e-9)
    assert delta_of(here, transcript(3, 5)) <= alone() + 1e-12


def test_judging_on_training_patients_costs_more_than_the_larger() -> None:
    here = transcript(3, 4, leaky=True)
    assert delta_of(here, transcript(4, 4, leaky=True)) > 1.2 * alone()


def test_a_plan_without_stages_has_no_account() -> None:
    with pytest.raises(BudgetError, match="BU310"):
        account([], BUDGET.delta)


def test_an_account_knows_its_groups(both: Calibration) -> None:
    assert isinstance(both.account, Account)
    assert {g.patients for g in both.account.groups} == set(Patients)
