"""core.study.session: nothing runs that not everybody signed and approved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import PlanError, StudyError
from core.messages import codec
from core.model.budget import Budget
from core.model.lobby import Phase, SeatState
from core.model.plan import Plan
from core.study.rules import plan_id
from core.study.session import StudySession
from tests.unit.study.joint_study import (
    NO_PATIENTS,
    approval,
    drafted,
    invited,
    joiner,
    key_of,
    lobby,
    plan_for,
    secret_of,
    signature,
    verify,
)

NAMES = ("North", "River", "Lake")


def refuses(code: str, step, *arguments, **named) -> None:
    with pytest.raises((StudyError, PlanError)) as caught:
        step(*arguments, **named)
    assert caught.value.code == code


def test_a_study_goes_from_the_draft_to_the_end(approved: StudySession) -> None:
    session = drafted()
    assert session.stage is Phase.DRAFTED
    session = session.invited(invited("River"))
    assert session.stage is Phase.INVITING
    session = session.asked(joiner("River"), 5.0)
    assert session.stage is Phase.LOBBY
    assert lobby().closed().stage is Phase.ROSTER_CLOSED
    assert approved.own_number == 0
    running = approved.running()
    assert running.stage is Phase.RUNNING
    assert running.ran(code="", spent=True).stage is Phase.FINISHED
    failed = running.ran(code="PR509", spent=True)
    assert (failed.stage, failed.code, failed.spent, failed.over) == (
        Phase.FAILED,
        "PR509",
        True,
        True,
    )
    refuses("ST705", failed.running)


@pytest.mark.parametrize("spent", [False, True])
def test_an_interrupted_run_goes_on_with_the_same_plan_and_signatures(
    approved: StudySession, spent: bool
) -> None:
    stopped = approved.running().ran(code="SE406", spent=spent)
    assert (stopped.stage, stopped.code, stopped.spent) == (Phase.INTERRUPTED, "SE406", spent)
    assert (stopped.over, stopped.released) == (False, False)
    assert stopped.require_runnable() == approved.plan
    assert (stopped.signatures, stopped.approvals) == (approved.signatures, approved.approvals)
    refuses("ST705", stopped.proposed, plan_for(stopped))
    finished = stopped.running().ran(code="", spent=True)
    assert (finished.stage, finished.code, finished.released) == (Phase.FINISHED, "", True)


def test_a_hospital_that_left_makes_another_plan_that_is_signed_again(
    approved: StudySession,
) -> None:
    stopped = approved.running().ran(code="SE406", spent=True)
    fewer = stopped.removed(stopped.seated[-1].key, "It left.")
    assert (fewer.phase, fewer.plan, fewer.signatures, fewer.approvals) == (
        Phase.LOBBY,
        None,
        (),
        (),
    )
    assert fewer.spent, "what was spent stays spent"
    assert plan_id(fewer.study_id, fewer.attempt) != approved.plan.study_id
    assert stopped.ended("No.").phase is Phase.ENDED


def test_who_has_the_release_stays_at_the_others_disposal(approved: StudySession) -> None:
    waiting = approved.running().ran(code="", spent=True, others=["", "WO603"])
    assert (waiting.phase, waiting.code, waiting.released) == (Phase.INTERRUPTED, "WO603", True)
    assert waiting.completed().phase is Phase.FINISHED
    again = waiting.running().ran(code="SE406", spent=True, others=["SE406", ""])
    assert (again.phase, again.released) == (Phase.INTERRUPTED, True)
    guest = approved.running().ran(code="", spent=True)
    helping = guest.running().ran(code="SE401", spent=True)
    assert (helping.phase, helping.code) == (Phase.FINISHED, "")
    without = approved.running().ran(code="SE401", spent=True)
    assert without.completed() is without


def test_the_stage_says_who_is_missing(proposed: StudySession) -> None:
    assert proposed.stage is Phase.PLAN_PROPOSED
    session = proposed
    for name in NAMES:
        assert name in session.missing("sign")
        session = session.signed(signature(name, proposed.plan), verify)
    assert session.stage is Phase.SIGNED
    assert session.missing("approve") == NAMES
    refuses("ST708", session.running)


# ---------------------------------------------------------------- joining


def test_an_invitation_serves_one_installation_once() -> None:
    session = drafted().invited(invited("River")).asked(joiner("River"), 5.0)
    assert session.asked(joiner("River"), 5000.0) is session  # the same again, even later
    thief = joiner("Thief", secret_id=joiner("River").secret_id)
    refuses("ST703", session.asked, thief, 6.0)
    assert session.misused("x").misused("x").warnings == (("secret-used-twice", "x"),)
    refuses("ST704", session.asked, joiner("River", has_cohort=False), 6.0)


def test_invitations_expire_and_strangers_have_none() -> None:
    session = drafted().invited(invited("River", expires=10))
    refuses("ST702", session.asked, joiner("River"), 10.0)
    refuses("ST704", session.asked, joiner("Lake"), 5.0)
    refuses("ST704", session.asked, replace(joiner("River"), name="North"), 5.0)


def test_a_study_has_ten_seats_at_most() -> None:
    session = lobby([f"H{i}" for i in range(9)]).invited(invited("More"))
    refuses("ST704", session.asked, joiner("More"), 5.0)


def test_nobody_joins_a_closed_roster() -> None:
    session = lobby().invited(invited("Late")).closed()
    refuses("ST705", session.asked, joiner("Late"), 5.0)
    refuses("ST705", session.invited, invited("Later"))
    refuses("ST705", session.accepted, key_of("River"))
    refuses("ST713", session.participant, "0" * 64)


@pytest.mark.parametrize("names", [(), ("River",)])
def test_two_parties_never_close_a_roster(names: tuple[str, ...]) -> None:
    session = lobby(names)
    refuses("PL203" if names else "ST705", session.closed)


def test_closing_needs_comparison_acceptance_and_attestations() -> None:
    asked = lobby().invited(invited("Hill")).asked(joiner("Hill"), 5.0)
    refuses("ST705", asked.closed)
    accepted = asked.accepted(key_of("Hill"))
    refuses("ST714", accepted.closed)
    accepted.compared(key_of("Hill"), same=True).closed()
    for name, changes in (
        ("no statement", {"attestations": ()}),
        ("patients elsewhere", {"attestations": NO_PATIENTS}),
    ):
        session = lobby().invited(invited(name)).asked(joiner(name, **changes), 5.0)
        session = session.accepted(key_of(name)).compared(key_of(name), same=True)
        refuses("ST712", session.closed)
    partner = joiner("Partner", has_cohort=False, attestations=NO_PATIENTS)
    session = lobby().invited(invited("Partner")).asked(partner, 5.0)
    session.accepted(key_of("Partner")).compared(key_of("Partner"), same=True).closed()


def test_words_that_differ_take_the_installation_out() -> None:
    session = lobby().compared(key_of("Lake"), same=False)
    assert session.participant(key_of("Lake")).state is SeatState.REMOVED
    assert session.warnings == (("words-differ", "Lake"),)
    refuses("PL203", session.closed)
    refuses("ST704", session.asked, joiner("Lake"), 5.0)
    refuses("ST705", session.accepted, key_of("Lake"))


# ---------------------------------------------------------------- agreeing

DIFFERENT = {
    "title": {"title": "Another"},
    "label": {"label_name": "subtype"},
    "classes": {"classes": ("ALL", "AML")},
    "genes": {"genes": ("TP53", "MPO")},
    "order": {"genes": ("MPO", "TP53", "CD19")},
    "recipe": {"recipe": "moments"},
    "parameters": {"recipe_parameters": (("bins", 5),)},
    "budget": {"budget": Budget(epsilon=2.0)},
    "n_max": {"n_max": 99},
    "holdout": {"holdout_share": 0.1},
    "records": {"n_records": 7},
    "study": {"study_id": "0" * 32},
    "rehearsal": {"rehearsal": True},
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_plan_that_differs_in_one_field_is_refused(name: str) -> None:
    session = lobby().closed()
    refuses("ST715", session.proposed, plan_for(session, **DIFFERENT[name]))


def test_a_plan_with_other_parties_is_refused() -> None:
    session = lobby(("River", "Lake", "Hill")).closed()
    fewer = lobby().closed()
    refuses("ST715", session.proposed, plan_for(fewer))
    whole = plan_for(session)
    swapped = (whole.parties[0], *(
        replace(p, number=i)
        for i, p in enumerate((whole.parties[2], whole.parties[1], whole.parties[3]), start=1)
    ))  # fmt: skip
    refuses("ST715", session.proposed, replace(whole, parties=swapped))
    silent = tuple(replace(p, attestations=()) for p in whole.parties)
    refuses("ST715", session.proposed, replace(whole, parties=silent))


def test_signatures_are_of_this_plan_purpose_key_and_kind(proposed: StudySession) -> None:
    plan: Plan = proposed.plan
    good = signature("River", plan)
    for bad in (
        replace(good, signature=b"x" * 32),
        replace(good, signature=signature("Lake", plan).signature),
        signature("River", plan, purpose="Something else"),
        replace(approval("River", plan), person=""),
    ):
        refuses("ST707", proposed.signed, bad, verify)
    refuses("ST705", proposed.signed, replace(good, digest="0" * 64), verify)
    refuses("ST713", proposed.signed, signature("Thief", plan), verify)
    signed = proposed.signed(good, verify)
    assert signed.signed(good, verify).signatures == signed.signatures
    refuses("ST708", signed.approved, approval("Lake", plan), verify)
    refuses("ST711", signed.approved, replace(approval("River", plan), person=""), verify)
    wrong = replace(approval("River", plan), person="Somebody")
    refuses("ST707", signed.approved, wrong, verify)


def test_a_refusal_needs_a_reason_and_voids_every_signature(approved: StudySession) -> None:
    digest = approved.plan.digest
    for empty in ("", "  \n ", "x" * 400):
        refuses("ST706", approved.refused, key_of("River"), digest, empty)
    refuses("ST705", approved.refused, key_of("River"), "0" * 64, "no")
    refused = approved.refused(key_of("River"), digest, " The cap  is needed elsewhere. ")
    assert refused.stage is Phase.ROSTER_CLOSED
    assert (refused.plan, refused.signatures, refused.approvals) == (None, (), ())
    assert refused.participant(key_of("River")).reason == "The cap is needed elsewhere."
    assert refused.warnings[-1] == ("refused", "River")
    again = refused.proposed(plan_for(refused))
    assert again.missing("sign") == NAMES
    refuses("ST705", refused.running)


def test_removing_somebody_voids_every_signature(approved: StudySession) -> None:
    refuses("ST706", approved.removed, key_of("Lake"), "")
    refuses("ST705", approved.removed, key_of("North"), "why not")
    fewer = approved.removed(key_of("Lake"), "it moved away")
    assert (fewer.plan, fewer.signatures, fewer.approvals) == (None, (), ())
    assert fewer.stage is Phase.LOBBY
    refuses("PL203", fewer.closed)


def test_another_plan_voids_and_the_same_keeps(approved: StudySession) -> None:
    assert approved.proposed(approved.plan) is approved
    other = approved.proposed(replace(approved.plan, epsilon_accounted=0.98))
    assert other.stage is Phase.PLAN_PROPOSED
    assert (other.signatures, other.approvals) == ((), ())


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda s: s.removed(key_of("Lake"), "Left."), "Lake is not in the study any more"),
        (lambda s: s.refused(key_of("River"), s.plan.digest, "No."), "River refused the plan"),
        (
            lambda s: s.proposed(plan_for(replace(s, attempt=1))),
            "the plan changed",
        ),
        (
            lambda s: s.running().ran(code="SE401", spent=True).removed(key_of("Lake"), "Gone."),
            "Lake is not in the study any more",
        ),
    ],
)
def test_what_became_void_here_is_remembered_until_it_is_given_again(
    approved: StudySession, change, cause: str
) -> None:
    void = change(approved)
    told = [w for w in void.warnings if w[0].startswith("void")]
    assert told == [("void-signature", cause), ("void-approval", "Grace")]
    kept = codec.decode(codec.encode(void)[4:], codec.language(StudySession))
    assert kept.warnings == void.warnings
    if void.phase is Phase.ROSTER_CLOSED:
        void = void.proposed(plan_for(void))
    if void.plan is not None:
        void = void.signed(signature("North", void.plan), verify)
        assert [w for w in void.warnings if w[0].startswith("void")] == told[1:]
        void = void.approved(approval("North", void.plan), verify)
    assert not [w for w in void.ended("Over.").warnings if w[0].startswith("void")]


def test_who_had_given_nothing_is_told_nothing(proposed: StudySession) -> None:
    signed = proposed.signed(signature("River", proposed.plan), verify)
    assert signed.removed(key_of("Lake"), "Left.").warnings == ()


def test_ending_needs_a_reason_and_is_final(approved: StudySession) -> None:
    refuses("ST706", approved.ended, "")
    ended = approved.ended("The grant was refused.")
    assert ended.over
    for step in (lambda: ended.ended("again"), ended.running, ended.closed):
        refuses("ST705", step)
    running = approved.running()
    refuses("ST705", running.ended, "now")
    refuses("ST705", running.removed, key_of("Lake"), "now")


# ---------------------------------------------------------------- at a participant


def participant_of(session: StudySession) -> StudySession:
    own = key_of("River")
    return replace(
        session,
        coordinating=False,
        own_key=own,
        invitations=(),
        participants=tuple(
            replace(p, compared=p.key == session.coordinator_key) for p in session.participants
        ),
    )


def test_a_participant_follows_the_roster_and_keeps_what_it_compared() -> None:
    host = lobby()
    here = participant_of(host)
    closed = here.shown(host.closed().participants, closed=True, plan_digest="")
    assert closed.stage is Phase.ROSTER_CLOSED
    assert [p.compared for p in closed.participants] == [True, False, False]
    proposed = closed.proposed(plan_for(closed))
    signed = proposed.signed(signature("River", proposed.plan), verify)
    digest = proposed.plan.digest
    same = signed.shown(host.participants, closed=True, plan_digest=digest)
    assert same.signatures == signed.signatures
    fewer = [p for p in host.participants if p.name != "Lake"]
    assert signed.shown(fewer, closed=True, plan_digest=digest).signatures == ()
    assert signed.shown(host.participants, closed=False, plan_digest=digest).plan is None
    assert signed.shown(host.participants, closed=True, plan_digest="").signatures == ()


def test_a_participant_refuses_a_roster_that_misstates_it() -> None:
    here = participant_of(lobby())
    for wrong in (
        [p for p in here.participants if p.name != "River"],
        [replace(p, has_cohort=False) for p in here.participants],
        [replace(p, state=SeatState.REMOVED) for p in here.participants],
    ):
        refuses("ST704", here.shown, wrong, closed=False, plan_digest="")


def test_a_session_survives_its_file(approved: StudySession) -> None:
    session = approved.misused("ab" * 16)
    body = codec.encode(session)[4:]
    assert codec.decode(body, codec.language(StudySession)) == session
    assert secret_of("River") not in repr(session)
    assert session.token not in repr(session)
