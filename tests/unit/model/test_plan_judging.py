"""A plan that is judged before it is released: groups of patients, policies, strict reading."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import PlanError
from core.model.judging import Ballot, Judging, VotePolicy
from core.model.plan import Plan
from tests.unit.model.judged import judged

Make = Callable[..., Any]


def test_each_group_of_patients_has_the_whole_budget(plan: Make) -> None:
    found = judged(plan)
    assert found.recipe_stages == plan().stages
    assert [s.name for s in found.evaluation_stages] == ["joint-confusion"]
    assert sum(s.share for s in found.stages) == 2.0
    assert found.vote is VotePolicy.MINIMUM
    assert plan().vote is VotePolicy.NONE


def test_a_plan_that_judges_nothing_has_no_word_about_it(plan: Make) -> None:
    tree = json.loads(plan().canonical_bytes())
    assert "judging" not in tree
    assert all("patients" not in stage for stage in tree["stages"])


def test_a_vote_needs_no_evaluation_but_a_minimum_does(plan: Make) -> None:
    only_vote = plan(judging=Judging(vote=VotePolicy.YES_NO))
    assert Plan.from_bytes(only_vote.canonical_bytes()) == only_vote
    for wrong in (
        {"vote": VotePolicy.MINIMUM},
        {},
        {"evaluation": "auroc-9"},
        {"evaluation": "confusion-1", "vote": "yes-no"},
    ):
        with pytest.raises(PlanError, match="judging"):
            Judging(**wrong)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"judging": None}, "judging"),
        ({"judging": Judging(vote=VotePolicy.YES_NO)}, "judging"),
        ({"holdout_share": 0.0}, "holdout_share"),
        ({"format_version": 2}, "judging"),
    ],
    ids=["stage without evaluation", "vote only", "nobody held out", "too old a format"],
)
def test_an_evaluation_that_does_not_fit_its_plan(
    plan: Make, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(PlanError, match=field):
        dataclasses.replace(judged(plan), **change)


def test_stages_on_held_out_patients_come_last_and_share_their_own_budget(plan: Make) -> None:
    counts, sums, held = judged(plan).stages
    for stages in (
        (held, counts, sums),
        (counts, held, sums),
        (counts, sums, dataclasses.replace(held, share=0.5)),
        (held,),
    ):
        with pytest.raises(PlanError, match="stages"):
            dataclasses.replace(judged(plan), stages=stages)
    with pytest.raises(PlanError, match="judging"):
        dataclasses.replace(judged(plan), stages=(counts, sums))


@pytest.mark.parametrize(
    ("find", "put"),
    [
        (b'"patients":"holdout"', b'"patients":"training"'),
        (b'"patients":"holdout"', b'"patients":"everybody"'),
        (b'"vote":"minimum"', b'"vote":"maximum"'),
        (b'"vote":"minimum"', b'"veto":"minimum"'),
        (b'"judging":{"evaluation":"confusion-1","vote":"minimum"}', b'"judging":null'),
    ],
)
def test_judging_is_read_strictly(plan: Make, find: bytes, put: bytes) -> None:
    content = judged(plan).canonical_bytes()
    assert find in content
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(content.replace(find, put))


def test_one_plan_has_one_spelling(plan: Make) -> None:
    """A training stage that says so would be the same plan with another digest."""
    tree = json.loads(plan().canonical_bytes())
    tree["stages"][0]["patients"] = "training"
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(json.dumps(tree).encode())


def test_a_ballot_hides_itself_and_counts(plan: Make) -> None:
    no = Ballot(agrees=False)
    assert "False" not in repr(no)
    assert no.refuses(None)
    assert no.refuses(1.0)
    careful = Ballot(agrees=True, minimum=0.6)
    assert [careful.refuses(s) for s in (None, 0.59, 0.6)] == [False, True, False]
    for wrong in (
        {"agrees": 1},
        {"agrees": True, "minimum": 1.5},
        {"agrees": True, "minimum": -1},
    ):
        with pytest.raises(PlanError, match="ballot"):
            Ballot(**wrong)
