"""Site centring between hospitals: what is joined is what is signed, for all who joined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import PlanError, StudyError
from core.messages.study_commands import CreateStudy
from core.model.candidate import CandidateWish
from core.model.invitation import StudyTerms
from core.model.judging import CONFUSION, Judging
from core.privacy.calibration import DEFAULT_FAMILY
from core.study.drafting import draft_plan
from core.study.rules import require_same_study
from core.study.session import StudySession
from core.study.site_centring import centres_sites
from core.worker.calibrating import calibrated, checked_claim
from core.worker.commands.study_words import invitation_words
from core.worker.studies.study_setup import agreement_of, invitation_view, panel_of, terms_of
from tests.unit.study.joint_study import ALL, GENES, MEETING, key_of, lobby
from tests.unit.study.test_public_reference import REFERENCE, invitation

WISH = CreateStudy(
    title="Two laboratories",
    purpose="To see what they share.",
    cohort_id="c1",
    genes=GENES,
    label_name="diagnosis",
    classes=("AML", "ALL"),
    recipe="moments",
    epsilon=4.0,
    delta=1e-6,
    n_max=10_000,
    n_records=None,
    meeting=MEETING,
    attestations=ALL,
    centre_sites=True,
)


def terms(**changes) -> StudyTerms:
    wish = replace(WISH, **changes)
    return terms_of(wish, panel_of(wish, ()))


def planned(session: StudySession):
    agreement = agreement_of(session)
    calibration = calibrated(agreement, len(session.seated), DEFAULT_FAMILY)
    keys = [p.key for p in session.seated]
    return draft_plan(
        agreement, session.seats(), keys, calibration.stages, calibration.account.epsilon
    )


def test_the_terms_ask_for_it_and_the_plan_has_a_block_for_each_party() -> None:
    asked = terms()
    assert centres_sites(asked.recipe_parameters)
    assert dict(asked.recipe_parameters)["site_blocks"] == 1, "nobody knows how many will join"
    session = replace(lobby(), terms=asked).closed()
    plan = planned(session)
    assert dict(plan.recipe_parameters)["site_blocks"] == 3
    assert plan.stage("sites").values == 3 * (len(GENES) + 1)
    checked_claim(plan)
    require_same_study(plan, session.study_id, asked, session.seated)
    words = "\n".join(invitation_words(invitation_view(invitation(asked), 0.0)))
    assert "pipeline adds is taken out" in words
    assert "pipeline" not in "\n".join(
        invitation_words(invitation_view(invitation(terms(centre_sites=False)), 0.0))
    )


@pytest.mark.parametrize("asked", [True, False])
def test_nobody_signs_a_plan_that_centres_otherwise_than_was_joined(asked) -> None:
    session = replace(lobby(), terms=terms(centre_sites=asked)).closed()
    other = planned(replace(session, terms=terms(centre_sites=not asked)))
    with pytest.raises(StudyError, match="recipe parameters"):
        require_same_study(other, session.study_id, session.terms, session.seated)


def test_a_study_planned_again_without_who_left_keeps_reference_and_centring() -> None:
    with_reference = replace(terms(), reference=REFERENCE.note)
    four = replace(lobby(("River", "Lake", "Sea")), terms=with_reference, reference=REFERENCE)
    assert dict(planned_parameters(four.closed()))["site_blocks"] == 4
    three = four.closed().removed(key_of("Lake"), "it left").closed()
    agreement = agreement_of(three)
    assert agreement.reference == REFERENCE
    assert dict(planned_parameters(three))["site_blocks"] == 3


def planned_parameters(session: StudySession):
    return agreement_of(session).recipe_parameters


def test_a_recipe_that_cannot_is_not_asked_in_silence() -> None:
    with pytest.raises(PlanError, match="marginals cannot take out"):
        terms(recipe="marginals")


def test_candidates_are_centred_too_where_their_recipe_can() -> None:
    wishes = (
        CandidateWish(recipe="moments"),
        CandidateWish(recipe="moments", n_genes=2),
        CandidateWish(recipe="marginals"),
    )
    asked = terms(candidates=wishes, judging=Judging(evaluation=CONFUSION))
    assert centres_sites(asked.recipe_parameters, asked.candidates)
    session = replace(lobby(), terms=asked).closed()
    plan = planned(session)
    blocks = [dict(c.recipe_parameters).get("site_blocks") for c in plan.candidates]
    assert blocks == [3, 3, None]
    checked_claim(plan)
    require_same_study(plan, session.study_id, asked, session.seated)
    with pytest.raises(PlanError, match="cannot take out"):
        terms(candidates=(wishes[2],) * 2, judging=Judging(evaluation=CONFUSION))
