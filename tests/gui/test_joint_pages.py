"""What happens on the pages of studies between hospitals when somebody presses and types."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QWidget

from app.presenters.flow import Step
from app.views.dialogs.approve import ApproverDialog
from app.views.dialogs.invitation import InvitationDialog, JoinDialog
from app.views.pages.draft import DraftPage
from app.views.pages.invitation import InvitationPage
from app.views.pages.lobby import LobbyPage
from app.views.pages.settings import SettingsPage
from app.views.widgets import Button, Check
from core.messages import events as said
from core.messages import study_commands as wish
from core.messages.identity_commands import AskIdentity
from core.model.lobby import Phase
from core.model.study import StudyState
from tests.gui import joint_script as joint
from tests.gui import script_lists
from tests.gui.hands import banners, dialog, drop, named, press

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


# ---- creating


def test_typing_keeps_the_fields_and_creates_what_was_typed(reach) -> None:
    made = reach("draft_empty")
    made.link.play(joint.PANEL)
    page = made.window.page
    assert isinstance(page, DraftPage)
    title = named(page, QLineEdit, "Name of the study")
    QTest.keyClicks(title, "Leukaemia")
    assert page.title.text() == "Leukaemia"
    assert named(page, QLineEdit, "Name of the study") is title
    named(page, QPlainTextEdit, "Purpose in plain words").setPlainText("To find genes")
    assert made.window.page.bar.sentence == "Confirm both statements of this hospital."
    for tick in page.findChildren(Check):
        if tick.accessibleName().startswith(("None of our", "We do not")):
            tick.setChecked(True)
    press(page, "Create the study")
    sent = made.link.last(wish.CreateStudy)
    assert (sent.title, sent.purpose) == ("Leukaemia", "To find genes")
    assert sent.meeting.host == "relay.cohort-net.example"
    made.link.play(joint.changed(joint.lobby(joint.who(0), waiting_for=(("parties", ""),))))
    assert isinstance(made.window.page, LobbyPage)
    assert made.window.page.bar.sentence == "Waiting for: at least three computers"


def test_missing_diagnosis_is_said_beside_the_box(reach) -> None:
    made = reach("draft_problems")
    box = named(made.window.page, QPlainTextEdit, "Diagnoses")
    assert "CLL" in box.accessibleDescription()
    assert not made.window.page.bar.primary.isEnabled()


def test_rehearsing_is_one_press_away(reach) -> None:
    made = reach("draft")
    press(made.window.page, "Rehearse here instead")
    banner = banners(made.window)
    assert "separate programs on this computer" in banner
    titles = [label.text() for label in made.window.page.findChildren(QLabel)]
    assert "Taken over from your study" in titles


# ---- inviting and joining


def test_invitation_is_copied_and_saved_and_shown_once(reach, tmp_path: Path) -> None:
    made = reach("lobby_new")
    press(made.window.page, "Make an invitation")
    assert made.link.last(wish.MakeInvitation).study_id == joint.STUDY
    made.link.play(joint.MADE)
    shown = dialog(made.window, InvitationDialog)
    press(shown, "Copy text")
    assert QGuiApplication.clipboard().text() == joint.MADE.text
    shown.save_to(str(tmp_path / "for-lake"))
    assert (tmp_path / "for-lake.syncohort-invitation").read_text() == joint.MADE.content
    shown.save_to(str(tmp_path / "none" / "x"))
    assert shown._said.state == "fail"
    shown.accept()
    made.link.play(joint.changed(joint.gathering()))
    assert joint.MADE.text not in repr(made.desk.study.lobbies.state)


def test_pasted_invitation_opens_its_page(reach) -> None:
    made = reach("dialog_join")
    asked = dialog(made.window, JoinDialog)
    assert not asked._go.isEnabled()
    asked._text.setPlainText("  INVITATION\n")
    press(asked, "Open invitation")
    assert made.link.last(wish.OpenInvitation).content == "INVITATION"
    made.link.play(joint.invitation())
    assert not asked.isVisible()
    assert isinstance(made.window.page, InvitationPage)
    press(made.window.page, "Take part without patients")
    assert made.desk.study.flow.shown is Step.JOIN


def test_invitation_dropped_anywhere_on_the_window_is_opened(reach, tmp_path: Path) -> None:
    made = reach("studies_joint")
    file = tmp_path / "x.syncohort-invitation"
    file.write_text("INVITATION", encoding="utf-8")
    drop(made.window, str(tmp_path / "cohort.csv"))
    assert "OpenInvitation" not in made.link.names()
    drop(made.window, str(file))
    assert made.link.last(wish.OpenInvitation).content == "INVITATION"
    made.link.play(joint.invitation())
    assert isinstance(made.window.page, InvitationPage)


def test_damaged_invitation_says_what_is_wrong_in_the_dialog(reach) -> None:
    made = reach("dialog_join_wrong")
    asked = dialog(made.window, JoinDialog)
    assert "cut off" in asked._field.error


def test_misfit_keeps_the_hospital_on_the_cohort_step(reach) -> None:
    made = reach("joining_misfit")
    assert made.window.page.bar.sentence == "1 problem to solve before you can continue"
    assert not made.window.page.bar.primary.isEnabled()
    press(made.window.page, "Back")
    assert isinstance(made.window.page, InvitationPage)


def test_asking_needs_both_ticks(reach) -> None:
    made = reach("joining_ask")
    page = made.window.page
    assert not page.bar.primary.isEnabled()
    for tick in page.findChildren(Check):
        tick.setChecked(True)
    press(page, "Ask to join")
    assert made.link.last(wish.JoinStudy).attestations == joint.ALL
    assert "Dialling" in made.window.page.bar.sentence


# ---- the list and the settings


def test_list_groups_by_who_has_to_act(reach) -> None:
    made = reach("studies_joint")
    page = made.window.page
    words = [w.text() for w in page.findChildren(QWidget) if hasattr(w, "text") and w.isVisible()]
    for heading in ("Needs you", "Waits for others", "Finished", "Ended early"):
        assert heading in words
    press(page, "Review approval, Acute leukaemia subtypes")
    assert isinstance(made.window.page, LobbyPage)


def test_finished_study_stands_in_the_list_once(reach) -> None:
    made = reach("studies_joint")
    listed = script_lists.studies(StudyState.FINISHED)
    finished = joint.planned(phase=Phase.FINISHED, plan_digest=listed.studies[0].digest)
    made.link.play(said.LobbiesListed(lobbies=(finished,)), listed)
    QApplication.processEvents()
    names = [b.accessibleName() for b in made.window.page.findChildren(Button) if b.isVisible()]
    assert sum("Open results" in n for n in names) == 1
    assert not any(n.startswith("Open, ") for n in names)


def test_settings_keep_what_is_typed_when_the_identity_comes(reach) -> None:
    made = reach("settings_locked")
    page = made.window.page
    assert isinstance(page, SettingsPage)
    page._hospital.setText("Half a na")
    box = named(page, QLineEdit, "Passphrase of this hospital")
    box.setText("four words and one")
    press(page, "Open the identity")
    assert made.link.last(AskIdentity).passphrase == "four words and one"
    made.link.play(joint.NO_APPROVER)
    QApplication.processEvents()
    assert page._hospital.text() == "Half a na"
    assert page._hospital.isVisible()
    press(page, "Set up the second person")
    assert dialog(made.window, ApproverDialog)


def test_relay_of_the_settings_stands_in_the_next_study(reach) -> None:
    made = reach("settings_locked")
    host = named(made.window.page, QLineEdit, "Address")
    host.setText("relay.example.org")
    host.editingFinished.emit()
    assert made.settings.relay_host == "relay.example.org"
    assert made.desk.study.draft.state.host == "relay.example.org"
