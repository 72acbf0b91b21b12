"""A study that was interrupted: what is said, what is offered, and that nothing is paid twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.presenters.flow import Step
from app.presenters.interrupted import interruption
from app.presenters.run import RunPhase
from app.views.dialogs.reason import ReasonDialog
from app.views.pages.joint_run import JointRunPage
from app.views.pages.lobby import LobbyPage
from app.views.pages.results import ResultsPage
from app.views.widgets import Button
from core.messages import events as said
from core.messages import study_commands as wish
from core.model.lobby import Phase
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.hands import banners, dialog, press

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LOST = script.HOSPITALS[3]


def offered(page) -> set[str]:
    return {b.accessibleName() for b in page.findChildren(Button) if b.isVisible()}


def test_a_study_that_runs_is_not_interrupted() -> None:
    assert interruption(joint.planned(signed=4, approved=4), None) is None


def test_what_is_spent_is_said_once_and_for_all() -> None:
    found = interruption(joint.interrupted(), None)
    assert "once" in found.cap
    assert "nothing more" in found.cap
    unspent = interruption(joint.interrupted(spent=False), None)
    assert "None of the cap was used" in unspent.cap
    compute = interruption(joint.interrupted(cohort_id="", spent=False), None)
    assert "nothing is spent here" in compute.cap


def test_the_coordinator_continues_when_everybody_is_there() -> None:
    away = joint.interrupted(joint.who(3, online=False))
    assert not interruption(away, None).ready
    assert interruption(away, None).missing == (LOST,)
    assert interruption(joint.interrupted(), None).ready
    assert not interruption(joint.as_participant(joint.interrupted()), None).ready
    assert not interruption(joint.interrupted(), joint.awaited()).ready, "it does so by itself"
    assert interruption(joint.interrupted(), joint.awaited(seconds=0.0)).ready


def test_only_the_coordinator_plans_again_and_three_computers_must_stay() -> None:
    away = joint.interrupted(joint.who(3, online=False))
    assert [p.name for p in interruption(away, None).absent] == [LOST]
    assert interruption(away, None).why_not == ""
    assert interruption(joint.as_participant(away), None).absent == ()
    three = replace(away, participants=away.participants[1:])
    assert "At least 3" in interruption(three, None).why_not


def test_lost_hospital_is_named_and_the_study_continues_by_a_click(reach) -> None:
    made = reach("run_joint_lost")
    page = made.window.page
    assert isinstance(page, JointRunPage)
    assert "can go on where it stopped" in banners(made.window)
    assert LOST in page.bar.sentence
    assert not page._continue.isEnabled()
    assert {f"Plan again without {LOST}", "End the study"} <= offered(page)
    made.link.play(joint.changed(joint.interrupted()))
    press(page, "Continue the study")
    assert made.link.last(wish.RunStudy).study_id == joint.STUDY


def test_it_continues_by_itself_and_says_so(reach) -> None:
    made = reach("run_joint_by_itself")
    page = made.window.page
    assert "by itself" in banners(made.window)
    assert page.bar.sentence == f"Continues by itself as soon as {LOST} is back."
    assert not page._continue.isEnabled()
    made.link.play(joint.awaited(LOST, seconds=0.0))
    assert "by itself" not in banners(made.window), "it waited in vain"


def test_a_continued_run_shows_what_is_kept_and_charges_nothing(reach) -> None:
    made = reach("run_joint_continued")
    state = made.desk.study.run.state
    assert (state.phase, state.stages[0].kept) == (RunPhase.RUNNING, True)
    assert "1 of 4 stages were opened before and are kept." in banners(made.window)
    assert "uses nothing more" in made.window.page.bar.sentence
    assert made.window.page._rows[3][0].words.startswith("Computes stage 2 of 4")


def test_planning_again_says_that_it_costs_again(reach) -> None:
    made = reach("lobby_interrupted")
    assert isinstance(made.window.page, LobbyPage)
    press(made.window.page, f"Plan again without {LOST}")
    asked = dialog(made.window, ReasonDialog)
    assert "costs the units again" in text_of(asked)
    asked._box.setPlainText("Its computer is broken.")
    press(asked, "Plan again")
    sent = made.link.last(wish.RemoveParticipant)
    assert (sent.key, sent.reason) == (joint.who(3).key, "Its computer is broken.")


def test_after_planning_again_the_hospitals_gather_once_more(reach) -> None:
    made = reach("run_joint_lost")
    made.link.play(joint.changed(joint.lobby(*[joint.who(n) for n in range(3)])))
    assert made.desk.study.flow.reached is Step.JOIN
    assert isinstance(made.window.page, LobbyPage)
    assert made.window.page.bar.primary.text().strip() == "Close the list and make the plan"


def test_ending_an_interrupted_study_says_that_the_spend_stays(reach) -> None:
    made = reach("run_joint_lost")
    press(made.window.page, "End the study")
    asked = dialog(made.window, ReasonDialog)
    assert "what was spent stays spent" in text_of(asked)
    asked._box.setPlainText("No time.")
    press(asked, "End the study")
    assert made.link.last(wish.LeaveStudy).reason == "No time."
    ended = joint.interrupted(phase=Phase.ENDED, reason="No time.")
    made.link.play(joint.changed(ended))
    assert isinstance(made.window.page, LobbyPage)
    assert "This study has ended" in banners(made.window)


def test_a_participant_keeps_the_application_open(reach) -> None:
    made = reach("lobby_interrupted_participant")
    assert "Keep this application open" in banners(made.window)
    assert not made.window.page.bar.primary.isEnabled()
    assert "Leave the study" in offered(made.window.page)


def test_a_hospital_that_has_its_release_opens_it_and_helps_the_other(reach) -> None:
    made = reach("run_joint_released")
    assert "Your synthetic patients are on this computer" in banners(made.window)
    assert not made.window.page._continue.isEnabled()
    made.link.play(joint.changed(joint.interrupted(released=True)))
    assert made.window.page._continue.isEnabled()
    press(made.window.page, "Open results")
    assert isinstance(made.window.page, ResultsPage)


def test_the_list_offers_to_continue_and_shows_the_study_once(reach) -> None:
    made = reach("run_joint_lost")
    made.link.play(joint.changed(joint.interrupted()), said.StudiesListed(studies=()))
    made.window.section_chosen.emit("studies")
    assert f"Continue, {joint.TERMS.title}" in offered(made.window.page)


def text_of(asked) -> str:
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in asked.findChildren(QLabel))
