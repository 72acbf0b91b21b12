"""The lobby of a study between hospitals, and its run, in every state, for pictures and checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app.views.pages.lobby_counts import CountsCard
from core.messages import events as said
from core.model.lobby import Phase, SeatState
from core.model.study import HospitalState, StudyState
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.shots_joint import begun, draft, joining_asked, states_of
from tests.gui.stand import Stand


def lobby_new(s: Stand) -> None:
    draft(s)
    s.desk.study.draft.create()
    alone = joint.lobby(
        joint.who(0),
        phase=Phase.DRAFTED,
        waiting_for=(("parties", ""),),
    )
    s.link.play(joint.changed(alone))


def dialog_invitation(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.MADE)


def lobby_gathering(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.changed(joint.gathering()))


def lobby_asked(s: Stand) -> None:
    lobby_new(s)
    people = [joint.who(n) for n in range(3)] + [joint.who(3, state=SeatState.ASKED)]
    s.link.play(
        joint.changed(joint.lobby(*people, waiting_for=(("accept", script.HOSPITALS[3]),)))
    )


def lobby_ready_to_close(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.changed(joint.lobby()))


def lobby_warned(s: Stand) -> None:
    lobby_new(s)
    people = [joint.who(n) for n in range(3)]
    people.append(joint.who(3, state=SeatState.REMOVED, refusal="the six words differ"))
    warned = joint.lobby(
        *people,
        warnings=(("secret-used-twice", "ab12"), ("words-differ", script.HOSPITALS[3])),
    )
    s.link.play(joint.changed(warned))


def lobby_counted(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.changed(joint.lobby(counts=joint.counted())))
    for _ in range(2):
        QApplication.processEvents()  # its length is known when it is laid out
    shown = s.window.page.findChildren(CountsCard)[-1]
    top = shown.mapTo(s.window.page.body.widget(), QPoint(0, 0)).y()
    s.window.page.body.verticalScrollBar().setValue(top - 10)


def lobby_participant_counted(s: Stand) -> None:
    joining_asked(s)
    view = joint.lobby(counts=joint.counted(), waiting_for=(("coordinator", script.HOSPITALS[0]),))
    s.link.play(joint.changed(joint.as_participant(view)))


def dialog_publish_counts(s: Stand) -> None:
    lobby_ready_to_close(s)
    s.window.page.asks.publish_counts()


def lobby_plan(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.changed(joint.planned()), joint.to_sign())


def lobby_signed(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.changed(joint.planned(signed=2, approved=0)), joint.to_sign())


def lobby_no_approver(s: Stand) -> None:
    lobby_signed(s)
    s.link.play(joint.NO_APPROVER)


def lobby_voided(s: Stand) -> None:
    lobby_signed(s)
    void = (
        ("void-signature", "the hospitals of the study changed"),
        ("void-approval", "Maria Albers"),
    )
    missing = (("compare", script.HOSPITALS[2]),)
    s.link.play(joint.changed(joint.lobby(waiting_for=missing, warnings=void)))


def lobby_refused(s: Stand) -> None:
    lobby_signed(s)
    people = [joint.who(n) for n in range(4)]
    people[2] = joint.who(2, refusal="The ethics board decides on Monday.")
    view = joint.lobby(
        *people, phase=Phase.ROSTER_CLOSED, warnings=(("refused", script.HOSPITALS[2]),)
    )
    s.link.play(joint.changed(view))


def lobby_refused_before(s: Stand) -> None:
    lobby_refused(s)
    people = [joint.who(n) for n in range(4)]
    people[2] = joint.who(2, refusal="The ethics board decides on Monday.")
    again = replace(joint.planned(), participants=tuple(people))
    s.link.play(joint.changed(again), joint.to_sign())


def lobby_refused_here(s: Stand) -> None:
    joining_asked(s)
    people = [joint.who(n) for n in range(4)]
    people[1] = joint.who(1, refusal="The ethics board decides on Monday.")
    view = joint.lobby(
        *people, phase=Phase.ROSTER_CLOSED, waiting_for=(("coordinator", script.HOSPITALS[0]),)
    )
    s.link.play(joint.changed(joint.as_participant(view)))


def dialog_changed_study(s: Stand) -> None:
    lobby_refused(s)
    s.window.page.asks.begin_changed()


def lobby_approved(s: Stand) -> None:
    lobby_new(s)
    s.link.play(joint.changed(joint.planned(signed=4, approved=4)), joint.to_sign())


def lobby_participant(s: Stand) -> None:
    joining_asked(s)
    s.link.play(joint.changed(joint.as_participant(joint.gathering())))


def lobby_participant_compare(s: Stand) -> None:
    joining_asked(s)
    people = [joint.who(0, compared=False), joint.who(1), joint.who(2)]
    view = joint.lobby(*people, waiting_for=(("compare", script.HOSPITALS[0]),))
    s.link.play(joint.changed(joint.as_participant(view)))


def lobby_offline(s: Stand) -> None:
    begun(s)
    view = joint.as_participant(joint.lobby(online=False))
    view = replace(view, waiting_for=(("coordinator", script.HOSPITALS[0]),))
    s.link.play(said.LobbiesListed(lobbies=(view,)))
    s.router.open_lobby(joint.STUDY)


def lobby_ended(s: Stand) -> None:
    lobby_signed(s)
    ended = joint.lobby(phase=Phase.ENDED, reason="Klinikum Ostufer: no ethics approval.")
    s.link.play(joint.changed(ended))


def lobby_failed(s: Stand) -> None:
    lobby_signed(s)
    failed = joint.planned(
        signed=4, approved=4, phase=Phase.FAILED, code="SE401", spent=True,
        reason="Klinikum Ostufer stopped answering.", waiting_for=(),
    )  # fmt: skip
    s.link.play(joint.changed(failed))


def lobby_problem(s: Stand) -> None:
    lobby_ready_to_close(s)
    s.desk.study.lobbies.close_roster(joint.STUDY)
    s.link.play(said.Refused(command="CloseRoster", code="PL203", fields=()))


def dialog_words(s: Stand) -> None:
    lobby_gathering(s)
    s.window.page.asks.compare(joint.who(2).key)


def dialog_words_other(s: Stand) -> None:
    from PySide6.QtWidgets import QLineEdit

    from app.views.dialogs.words import CompareDialog

    dialog_words(s)
    asked = next(d for d in s.window.findChildren(CompareDialog) if d.isVisible())
    asked.findChildren(QLineEdit)[0].setText("orchard")


def dialog_approve(s: Stand) -> None:
    lobby_signed(s)
    s.window.page.asks.approve()


def dialog_approve_vote(s: Stand) -> None:
    """The plan asks for everybody's secret minimum: nothing is chosen beforehand."""
    from app.views.dialogs.approve import ApproveDialog
    from app.views.dialogs.ballot import BallotBox
    from app.views.widgets import ChoiceCards

    lobby_signed(s)
    s.link.play(joint.to_sign_and_vote())
    s.window.page.asks.approve()
    asked = next(d for d in s.window.findChildren(ApproveDialog) if d.isVisible())
    asked.findChild(BallotBox).findChild(ChoiceCards).card("yes").radio.click()


def dialog_approve_wrong(s: Stand) -> None:
    from app.views.dialogs.approve import ApproveDialog

    dialog_approve(s)
    asked = next(d for d in s.window.findChildren(ApproveDialog) if d.isVisible())
    asked._pass.setText("1234")
    asked._approve()
    s.link.play(said.Refused(command="ApprovePlan", code="ST709", fields=(("left", "4"),)))


def dialog_approver(s: Stand) -> None:
    lobby_no_approver(s)
    s.window.page.asks.approve()


def dialog_take_out(s: Stand) -> None:
    lobby_gathering(s)
    s.window.page.asks.remove(joint.who(2).key)


def dialog_leave(s: Stand) -> None:
    lobby_participant(s)
    s.window.page.asks.leave()


def _runs(s: Stand, *events: said.Event) -> None:
    lobby_approved(s)
    s.desk.study.lobbies.run(joint.STUDY)
    s.link.play(
        joint.changed(joint.planned(signed=4, approved=4, phase=Phase.RUNNING)),
        said.RunStarted(digest=joint.PLAN, stages=script.STAGES, time=script.NOW - 100),
        *events,
    )


def run_joint_connecting(s: Stand) -> None:
    _runs(s, script.hospital(1, HospitalState.CONNECTED))


def run_joint(s: Stand) -> None:
    _runs(
        s,
        *[script.hospital(n, HospitalState.CONNECTED) for n in range(1, 4)],
        *[script.hospital(n, HospitalState.IN_STEP, stages=1) for n in range(1, 4)],
        script.finished(joint.PLAN, "class-counts", 5, 2.0),
        said.StageStarted(digest=joint.PLAN, stage="centre", values=958),
        script.progressed(joint.PLAN, "centre", "noise", 300, 958, 300.0),
        script.hospital(2, HospitalState.IN_STEP, stages=2),
    )


def run_joint_waits(s: Stand) -> None:
    run_joint(s)
    s.link.play(script.progressed(joint.PLAN, "centre", "noise", 958, 958, 240.0))


def _ended(code: str = "SE401", party: int = 3) -> said.RunEnded:
    return said.RunEnded(
        digest=joint.PLAN,
        state=StudyState.CANCELLED if code == "SE403" else StudyState.FAILED,
        spent=True,
        code=code,
        fields=(
            ("party", script.HOSPITALS[party]),
            ("spent", "The units of this study count as spent."),
        ),
        continues=True,
    )


def run_joint_lost(s: Stand) -> None:
    run_joint_waits(s)
    away = joint.interrupted(joint.who(3, online=False))
    s.link.play(joint.changed(away), _ended())


def run_joint_by_itself(s: Stand) -> None:
    run_joint_lost(s)
    s.link.play(joint.awaited(script.HOSPITALS[3]))


def run_joint_cancelled(s: Stand) -> None:
    run_joint_waits(s)
    s.link.play(joint.changed(joint.interrupted(code="SE403")), _ended("SE403", 0))


def run_joint_released(s: Stand) -> None:
    run_joint_waits(s)
    s.link.play(
        joint.changed(joint.interrupted(joint.who(3, online=False), released=True)),
        replace(_ended(), state=StudyState.FINISHED, code="", fields=(), continues=False),
    )


def run_joint_continued(s: Stand) -> None:
    run_joint_lost(s)
    s.desk.study.lobbies.run(joint.STUDY)
    s.link.play(
        joint.changed(joint.planned(signed=4, approved=4, phase=Phase.RUNNING)),
        said.RunStarted(digest=joint.PLAN, stages=script.STAGES, time=script.NOW - 9),
        *[script.hospital(n, HospitalState.CONNECTED) for n in range(1, 4)],
        said.RunContinued(digest=joint.PLAN, kept=1, again=0, stages=4),
        replace(script.finished(joint.PLAN, "class-counts", 5, 0.0), kept=True),
        said.StageStarted(digest=joint.PLAN, stage="centre", values=958),
        script.progressed(joint.PLAN, "centre", "noise", 120, 958),
    )


def lobby_interrupted(s: Stand) -> None:
    begun(s)
    away = joint.interrupted(joint.who(3, online=False))
    s.link.play(said.LobbiesListed(lobbies=(away,)))
    s.router.open_lobby(joint.STUDY)


def lobby_interrupted_participant(s: Stand) -> None:
    begun(s)
    view = joint.as_participant(joint.interrupted())
    s.link.play(said.LobbiesListed(lobbies=(view,)))
    s.router.open_lobby(joint.STUDY)


def dialog_plan_again(s: Stand) -> None:
    lobby_interrupted(s)
    s.window.page.asks.remove(joint.who(3).key)


def past_joint_privacy(s: Stand) -> None:
    from app.presenters.flow import Step

    lobby_gathering(s)
    s.desk.study.show(Step.PRIVACY)


STATES: dict[str, Callable[[Stand], None]] = states_of(globals(), __name__)
