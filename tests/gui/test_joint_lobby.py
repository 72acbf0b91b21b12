"""The lobby and the run without a window: what is sent, what holds, what is void."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.presenters.boundary import Crossing
from app.presenters.crossing import leaves_elsewhere, leaves_of_study
from app.presenters.desk import Desk
from app.presenters.flow import Step
from app.presenters.lobbies import Act, act_of
from app.presenters.run import RunPhase
from app.presenters.wording import (
    presence_words,
    title_of,
    void_words,
    waiting_sentence,
    warning_words,
)
from core.messages import commands as ask
from core.messages import events as said
from core.messages import study_commands as wish
from core.messages.identity_commands import AskIdentity
from core.model.lobby import Phase, SeatState
from core.model.study import HospitalState, StudyState
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.joint_desk import (
    acquainted,
    create,
    refused,
)


@pytest.fixture
def desk(desk: Desk, link: script.ScriptLink) -> Desk:
    return acquainted(desk, link)


def test_what_has_to_be_done_next() -> None:
    alone = joint.lobby(joint.who(0), phase=Phase.INVITING, waiting_for=(("parties", ""),))
    assert act_of(alone) is Act.INVITE
    assert act_of(joint.gathering()) is Act.COMPARE
    asked = joint.lobby(joint.who(0), joint.who(1, state=SeatState.ASKED))
    assert act_of(asked) is Act.ACCEPT
    assert act_of(joint.lobby()) is Act.CLOSE
    assert act_of(joint.lobby(waiting_for=(("online", "X"),))) is Act.WAIT
    assert act_of(joint.planned()) is Act.SIGN
    assert act_of(joint.planned(signed=1)) is Act.APPROVE
    assert act_of(joint.planned(signed=1, approved=1)) is Act.WAIT
    assert act_of(joint.planned(signed=4, approved=4)) is Act.RUN
    late = joint.planned(signed=4, approved=4, waiting_for=(("online", script.HOSPITALS[2]),))
    assert act_of(late) is Act.WAIT
    refused_one = joint.lobby(
        joint.who(0), joint.who(1, refusal="no"), joint.who(2), phase=Phase.ROSTER_CLOSED
    )
    assert act_of(refused_one) is Act.REPLAN
    assert act_of(joint.lobby(phase=Phase.RUNNING)) is Act.WAIT
    assert act_of(joint.lobby(phase=Phase.ENDED)) is Act.NOTHING


def test_a_participant_compares_the_coordinator_and_starts_nothing() -> None:
    view = joint.lobby(joint.who(0, compared=False), joint.who(1), joint.who(2, compared=False))
    assert act_of(joint.as_participant(view)) is Act.COMPARE
    checked = joint.as_participant(joint.lobby(joint.who(0), joint.who(1), joint.who(2)))
    assert act_of(checked) is Act.WAIT
    assert act_of(joint.as_participant(joint.planned(signed=4, approved=4))) is Act.WAIT


def test_what_is_signed_approved_and_refused_is_the_plan_on_the_screen(desk, link) -> None:
    create(desk, link, joint.planned())
    lobbies = desk.study.lobbies
    lobbies.sign(joint.STUDY)
    assert "SignPlan" not in link.names(), "a plan that was not shown is not signed"
    link.play(joint.to_sign())
    lobbies.sign(joint.STUDY)
    assert link.last(wish.SignPlan).digest == joint.PLAN
    lobbies.approve(joint.STUDY, "Maria Albers", "a passphrase")
    assert link.last(wish.ApprovePlan).digest == joint.PLAN
    lobbies.refuse_plan(joint.STUDY, "no")
    assert link.last(wish.RefusePlan).digest == joint.PLAN
    link.play(joint.changed(joint.planned(plan_digest="e" * 64)))
    assert lobbies.state.plan(desk.study.lobby) is None, (
        "an older plan is not the one on the table"
    )


def test_what_became_void_is_said_also_by_a_window_that_was_closed(desk, link) -> None:
    view = joint.lobby(
        warnings=(
            ("void-signature", "the hospitals of the study changed"),
            ("void-approval", "Maria Albers"),
        )
    )
    link.play(said.LobbiesListed(lobbies=(view,)))
    assert desk.study.lobbies.state.voided == {joint.STUDY}
    assert void_words(view) == (
        "The hospitals of the study changed.",
        "Your signature and the approval by Maria Albers no longer count.",
    )
    assert warning_words(view) == ()
    link.play(joint.changed(replace(view, warnings=())))
    assert not desk.study.lobbies.state.voided


def test_an_ended_study_is_not_called_changed(desk, link) -> None:
    void = (("void-approval", "Maria Albers"),)
    ended = joint.lobby(phase=Phase.ENDED, reason="Left.", warnings=void)
    create(desk, link, ended)
    assert not desk.study.lobbies.state.voided
    assert void_words(ended)[1] == "The approval by Maria Albers no longer counts."


def test_wrong_passphrase_stays_with_the_approval_and_is_kept_nowhere(desk, link) -> None:
    create(desk, link, joint.planned(signed=1))
    desk.study.lobbies.approve(joint.STUDY, "Maria Albers", "hunter2hunter2")
    link.play(refused("ApprovePlan", "ST709", left="4"))
    state = desk.study.lobbies.state
    assert "4 tries" in state.approval_problem.text
    assert state.problem is None
    assert "hunter2" not in repr(state)
    assert "hunter2" not in repr(link.last(wish.ApprovePlan))


def test_a_kept_study_goes_online_once_when_it_is_opened(desk, link) -> None:
    offline = joint.as_participant(joint.lobby(online=False))
    link.play(said.LobbiesListed(lobbies=(offline,)))
    assert "OpenLobby" not in link.names(), "nobody is dialled before the reader opens it"
    desk.study.open_lobby(joint.STUDY)
    desk.study.close()
    desk.study.open_lobby(joint.STUDY)
    assert link.names().count("OpenLobby") == 1
    desk.study.lobbies.go_online(joint.STUDY, again=True)
    assert link.names().count("OpenLobby") == 2


def test_a_refused_wish_is_shown_in_its_study_until_the_next_wish(desk, link) -> None:
    create(desk, link, joint.lobby())
    desk.study.lobbies.close_roster(joint.STUDY)
    link.play(refused("CloseRoster", "PL203"))
    state = desk.study.lobbies.state
    assert (state.problem.code, state.problem_in, state.asked) == ("PL203", joint.STUDY, "")
    link.play(joint.changed(joint.gathering()))
    assert desk.study.lobbies.state.problem is not None, "a heartbeat does not hide it"
    desk.study.lobbies.invite(joint.STUDY)
    assert desk.study.lobbies.state.problem is None


def test_a_dead_worker_closes_the_lobby_and_lists_it_again(desk, link) -> None:
    create(desk, link, joint.lobby())
    link.die()
    assert desk.study.flow is None
    assert desk.study.lobbies.state.lobbies is None
    link.play(script.READY)
    assert link.names().count("ListLobbies") == 2


def started(desk: Desk, link: script.ScriptLink) -> None:
    link.play(said.RunStarted(digest=joint.PLAN, stages=script.STAGES, time=script.NOW))


@pytest.mark.parametrize("coordinating", [True, False])
def test_a_run_is_followed_at_every_hospital(desk, link, coordinating) -> None:
    view = joint.planned(signed=4, approved=4)
    create(desk, link, view if coordinating else joint.as_participant(view))
    link.play(joint.to_sign())
    if coordinating:
        desk.study.lobbies.run(joint.STUDY)
        assert link.last(wish.RunStudy).study_id == joint.STUDY
    link.play(
        joint.changed(replace(desk.study.lobby, phase=Phase.RUNNING)),
        script.hospital(2, HospitalState.CONNECTED),
    )
    started(desk, link)
    run = desk.study.run.state
    assert run.phase is RunPhase.RUNNING
    assert [h.own for h in run.hospitals].index(True) == (0 if coordinating else 1)
    assert run.hospitals[2].state is HospitalState.CONNECTED
    assert desk.study.flow.shown is Step.RUN
    assert leaves_of_study(desk.study).state is Crossing.TALKING
    link.play(said.StageStarted(digest=joint.PLAN, stage="class-counts", values=5))
    assert leaves_of_study(desk.study).state is Crossing.SENDING
    end = said.RunEnded(
        digest=joint.PLAN, state=StudyState.FINISHED, spent=True, code="", fields=()
    )
    link.play(end)
    assert desk.study.flow.reached is Step.RESULTS
    assert link.last(ask.AskReport).digest == joint.PLAN


def test_a_run_that_starts_while_another_page_is_open_opens_its_study(desk, link) -> None:
    view = joint.as_participant(joint.planned(signed=4, approved=4))
    link.play(said.LobbiesListed(lobbies=(view,)), joint.to_sign())
    assert desk.study.flow is None
    started(desk, link)
    assert desk.study.lobby.study_id == joint.STUDY
    assert desk.study.busy
    assert leaves_elsewhere(desk).state is Crossing.TALKING
    link.play(said.StageStarted(digest=joint.PLAN, stage="class-counts", values=5))
    assert leaves_elsewhere(desk).state is Crossing.SENDING


def test_run_of_an_unknown_plan_changes_nothing(desk, link) -> None:
    create(desk, link, joint.planned(signed=4, approved=4))
    link.play(said.RunStarted(digest="f" * 64, stages=script.STAGES, time=script.NOW))
    assert not desk.study.run.state.active


def test_the_boundary_tells_of_a_line_that_is_open(desk, link) -> None:
    create(desk, link, joint.lobby())
    assert leaves_of_study(desk.study).state is Crossing.TALKING
    assert leaves_elsewhere(desk).state is Crossing.TALKING
    desk.study.show(Step.COHORT)
    assert leaves_of_study(desk.study).state is Crossing.TALKING
    link.play(joint.changed(joint.lobby(online=False)))
    assert leaves_of_study(desk.study).state is Crossing.QUIET
    assert leaves_elsewhere(desk).state is Crossing.QUIET


def test_a_locked_identity_asks_for_its_passphrase_and_keeps_none(desk, link) -> None:
    link.play(refused("AskIdentity", "WO612", reason="no keyring"))
    assert desk.identity.state.locked
    desk.identity.unlock("four words and one")
    assert link.last(AskIdentity).passphrase == "four words and one"
    assert "four words" not in repr(desk.identity.state) + repr(link.sent)
    link.play(joint.IDENTITY)
    assert not desk.identity.state.locked
    assert desk.identity.state.words == tuple(joint.WORDS[0].split())


def test_second_person_is_set_up_once_the_worker_says_so(desk, link) -> None:
    link.play(joint.NO_APPROVER)
    desk.identity.set_approver(name=" Maria ", steward="S", passphrase="x" * 12, old="")
    assert link.last(wish.SetUpApprover).name == "Maria"
    assert desk.identity.state.saving
    link.play(refused("SetUpApprover", "ST710"))
    assert (desk.identity.state.approver, desk.identity.state.saving) == ("", False)
    assert desk.identity.state.approver_problem.code == "ST710"
    link.play(said.ApproverSetUp(name="Maria"))
    assert desk.identity.state.approver == "Maria"


def test_who_is_missing_is_said_by_name_and_own_parts_as_own() -> None:
    view = joint.planned(signed=1)
    assert waiting_sentence(view) == (
        "Waiting for: signature of Aldermere General, signature of Centre Hospitalier "
        "Sainte-Marguerite and 2 more"
    )
    own = replace(view, waiting_for=(("approve", script.HOSPITALS[0]),))
    assert waiting_sentence(own) == "Waiting for: your second person"
    unknown = replace(view, waiting_for=(("moon", "full"),))
    assert waiting_sentence(unknown) == "Waiting for: moon full"


def test_a_participant_does_not_guess_who_else_is_connected() -> None:
    view = joint.as_participant(joint.gathering())
    assert presence_words(view, view.participants[3]) == ("ok", "accepted")
    assert presence_words(joint.gathering(), joint.gathering().participants[3]) == (
        "warn",
        "Not connected · accepted",
    )


def test_every_warning_has_words_and_a_refusal_its_reason() -> None:
    name = script.HOSPITALS[2]
    view = joint.lobby(
        joint.who(0),
        joint.who(2, refusal="No board."),
        warnings=(("secret-used-twice", "ab"), ("words-differ", name), ("refused", name)),
    )
    words = warning_words(view)
    assert [kind for kind, _title, _said in words] == [
        "secret-used-twice",
        "words-differ",
        "refused",
    ]
    assert "No board." in words[2][2]
    assert all("{" not in title + sentence for _kind, title, sentence in words)


@pytest.mark.parametrize(
    "code", [f"ST{n}" for n in range(701, 720)] + [f"WO{n}" for n in range(611, 617)]
)
def test_every_error_of_a_study_between_hospitals_has_a_title(code: str) -> None:
    assert title_of(code) != "Something went wrong"
