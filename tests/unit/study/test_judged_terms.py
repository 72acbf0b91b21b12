"""A study whose table is judged: in the invitation, in the plan, and with the approval."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.errors import PlanError, StudyError
from core.model.judging import CONFUSION, Ballot, Judging, VotePolicy
from core.study.invitation import invite, read_invitation, to_file, to_text
from core.study.rules import require_ballot
from tests.unit.study.joint_study import lobby, plan_for
from tests.unit.study.test_invitation import INVITATION

JUDGING = Judging(evaluation=CONFUSION, vote=VotePolicy.MINIMUM)
YES_NO = Judging(vote=VotePolicy.YES_NO)
FACTS = ("study_id", "token", "secret", "meeting", "coordinator", "coordinator_sha256", "expires")


def invited(judging: Judging | None):
    facts = {name: getattr(INVITATION, name) for name in FACTS}
    terms = replace(INVITATION.terms, judging=judging)
    return invite(**facts, terms=terms, genes=INVITATION.genes)


def test_an_invitation_says_how_the_table_is_judged() -> None:
    made = invited(JUDGING)
    assert made.version == 3
    for form in (to_file, to_text):
        assert read_invitation(form(made)) == made
    assert invited(None) == INVITATION
    assert "judging" not in to_file(INVITATION)


def test_an_invitation_without_it_has_no_word_about_it() -> None:
    tree = json.loads(json.loads(to_file(invited(JUDGING)))["invitation"])
    assert "reference" not in tree["fields"]["terms"]
    with pytest.raises(PlanError, match="version"):
        replace(INVITATION, terms=replace(INVITATION.terms, judging=JUDGING))


@pytest.mark.parametrize(
    ("judging", "ballot", "has_cohort", "fits"),
    [
        (YES_NO, Ballot(agrees=True), True, True),
        (YES_NO, Ballot(agrees=False), True, True),
        (YES_NO, None, True, False),
        (YES_NO, None, False, True),
        (YES_NO, Ballot(agrees=True), False, False),
        (YES_NO, Ballot(agrees=True, minimum=0.5), True, False),
        (JUDGING, Ballot(agrees=True, minimum=0.5), True, True),
        (Judging(evaluation=CONFUSION), None, True, True),
        (Judging(evaluation=CONFUSION), Ballot(agrees=True), True, False),
    ],
)
def test_an_approval_brings_the_vote_that_the_plan_asks_for(
    judging: Judging, ballot: Ballot | None, has_cohort: bool, fits: bool
) -> None:
    class Plan:
        vote = judging.vote

    if fits:
        require_ballot(Plan, ballot, has_cohort=has_cohort)
    else:
        with pytest.raises(PlanError, match="ballot"):
            require_ballot(Plan, ballot, has_cohort=has_cohort)


def test_a_plan_that_judges_otherwise_than_was_joined_is_refused() -> None:
    session = lobby().closed()
    plan = plan_for(session)
    assert session.proposed(plan).plan == plan
    with pytest.raises(StudyError, match="judging"):
        session.proposed(replace(plan, judging=YES_NO))
