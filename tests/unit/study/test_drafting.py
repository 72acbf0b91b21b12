"""Plans are drafted from public facts, and sessions that MPC cannot protect are refused first."""

import dataclasses

import pytest

from core.errors import PlanError
from core.model.budget import Budget
from core.model.plan import NoiseLadder, Plan, StagePlan
from core.study.drafting import Agreement, Seat, draft_plan, require_enough_parties
from core.study.panel import common_classes, common_panel, first_genes

STAGE = StagePlan(
    name="class-counts",
    values=2,
    share=1.0,
    units=3.0,
    l2_sq=9,
    linf=3,
    touched=1,
    exact_shift=True,
    noise=NoiseLadder(levels=((1, 4), (2, 400))),
)
AGREEMENT = Agreement(
    study_id="0" * 32,
    title="Subtypes",
    rehearsal=True,
    recipe="marginals",
    recipe_parameters=(("bins", 4),),
    genes=("A", "B"),
    label_name="diagnosis",
    classes=("x", "y"),
    budget=Budget(epsilon=1.0),
)


def seats(*cohorts):
    return [Seat(name=f"h{i}", has_cohort=c) for i, c in enumerate(cohorts)]


def drafted(*cohorts):
    s = seats(*cohorts)
    return draft_plan(AGREEMENT, s, [f"{i:064x}" for i in range(len(s))], (STAGE,), 0.9)


def test_a_drafted_plan_reads_back_as_the_same_plan():
    plan = drafted(False, True, True, True, True)
    assert plan.threshold == 2
    assert plan.sampler == 1
    assert Plan.from_bytes(plan.canonical_bytes()).digest == plan.digest


def test_two_parties_are_refused_with_the_way_out():
    with pytest.raises(PlanError) as caught:
        require_enough_parties(seats(True, True))
    assert caught.value.code == "PL203"
    assert "compute partner" in caught.value.remedy
    require_enough_parties(seats(True, True, False))


@pytest.mark.parametrize("n", [0, 1, 11])
def test_too_few_or_too_many_are_refused(n):
    with pytest.raises(PlanError) as caught:
        require_enough_parties(seats(*[True] * n))
    assert caught.value.code == "PL204"


def test_equal_names_are_refused():
    with pytest.raises(PlanError) as caught:
        require_enough_parties([Seat(name="same", has_cohort=True)] * 3)
    assert caught.value.code == "PL205"


def test_nobody_with_patients_is_refused():
    with pytest.raises(PlanError):
        drafted(False, False, False)


def test_the_panel_keeps_the_first_files_order():
    assert common_panel([["c", "a", "b"], ["b", "c", "x"]]) == ("c", "b")
    assert first_genes(("c", "b"), None) == ("c", "b")
    assert first_genes(("c", "b", "a"), 2) == ("c", "b")


@pytest.mark.parametrize("wanted", [0, 1, 4])
def test_impossible_numbers_of_genes_are_refused(wanted):
    with pytest.raises(PlanError) as caught:
        first_genes(("c", "b", "a"), wanted)
    assert caught.value.code == "PL207"


def test_no_common_gene_or_class_is_refused():
    for lists in ([], [["a"], ["b"]]):
        with pytest.raises(PlanError) as caught:
            common_panel(lists)
        assert caught.value.code == "PL206"
    assert common_classes([["b"], ["a", "b"]]) == ("a", "b")
    with pytest.raises(PlanError):
        common_classes([["b"], ["b"]])


def test_the_agreement_is_a_value():
    with pytest.raises(dataclasses.FrozenInstanceError):
        AGREEMENT.title = "other"
