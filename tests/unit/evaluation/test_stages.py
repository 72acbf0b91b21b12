"""Which stages a joint evaluation has, and that another's plan must have exactly these."""

import dataclasses

import pytest

from core.errors import PlanError
from core.evaluation.stages import STAGE, check_plan, is_evaluation, requests
from core.model.judging import Judging, VotePolicy
from core.model.plan import Patients
from tests.unit.evaluation.conftest import JUDGING, plan_for


def test_one_patient_falls_into_one_cell_of_each_table(plan):
    (stage,) = plan.evaluation_stages
    assert (stage.name, stage.values, stage.touched) == (STAGE, 2 * 3 * 3, 2)
    assert stage.exact_shift
    assert stage.l2_sq == 2 * stage.linf**2
    assert is_evaluation(stage)
    assert not is_evaluation(plan.stages[0])
    check_plan(plan)


def test_nothing_is_asked_where_nothing_is_evaluated():
    assert requests(None, 3) == ()
    assert requests(Judging(vote=VotePolicy.YES_NO), 3) == ()
    check_plan(plan_for(judging=Judging(vote=VotePolicy.YES_NO)))


@pytest.mark.parametrize(
    "change",
    [
        {"values": 27},
        {"touched": 1, "l2_sq": 1},
        {"linf": 1, "l2_sq": 2, "units": 1.5},
        {"name": "joint-other"},
    ],
    ids=str,
)
def test_a_plan_with_another_evaluation_is_refused(plan, change):
    stage = plan.evaluation_stages[0]
    if "linf" not in change:
        change = {**change, "l2_sq": change.get("l2_sq", 2) and stage.linf**2}
        change["l2_sq"] *= change.get("touched", 2)
    wrong = dataclasses.replace(stage, **change)
    other = dataclasses.replace(plan, stages=(*plan.recipe_stages, wrong))
    with pytest.raises(PlanError, match="PL201"):
        check_plan(other)


def test_the_planted_bug_of_judging_on_training_patients_is_refused(plan):
    """Counted with the recipe's stages, the evaluation would have to fit one budget with them."""
    on_training = dataclasses.replace(plan.evaluation_stages[0], patients=Patients.TRAINING)
    with pytest.raises(PlanError, match="shares do not sum to 1"):
        dataclasses.replace(plan, stages=(*plan.recipe_stages, on_training))
    halves = tuple(dataclasses.replace(s, share=0.5) for s in (*plan.recipe_stages, on_training))
    with pytest.raises(PlanError, match="judging"):
        dataclasses.replace(plan, stages=halves, judging=JUDGING)
    unsaid = dataclasses.replace(plan, stages=halves, judging=None)
    from core.privacy.calibration import verify

    with pytest.raises(PlanError, match="less than the plan costs"):
        verify(unsaid)
