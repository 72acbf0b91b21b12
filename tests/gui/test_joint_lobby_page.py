"""What happens in the lobby when somebody presses and types."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit

from app.presenters.kinds import Kind
from app.views.dialogs.approve import ApproveDialog, ApproverDialog
from app.views.dialogs.reason import ReasonDialog
from app.views.dialogs.words import CompareDialog
from app.views.pages.lobby import LobbyPage
from app.views.pages.run import RunPage
from app.views.widgets import Button, Check
from core.messages import events as said
from core.messages import study_commands as wish
from core.model.judging import Ballot
from core.model.lobby import Phase
from tests.gui import joint_script as joint
from tests.gui import script
from tests.gui.hands import banners, dialog, named, press, write

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_words_match_only_after_two_were_heard_and_the_call_is_confirmed(reach) -> None:
    made = reach("lobby_gathering")
    name = script.HOSPITALS[2]
    press(made.window.page, f"Compare words, {name}")
    asked = dialog(made.window, CompareDialog)
    spoken = joint.WORDS[2].split()
    hidden = {int(line.property("number")): line for line in asked.findChildren(QLineEdit)}
    assert len(hidden) == 2
    shown = {label.text() for label in asked.findChildren(QLabel)}
    assert not shown & {spoken[n - 1] for n in hidden}, "nobody can read them along"
    first, second = sorted(hidden)
    asked._sure.click()
    write(asked, f"Word {first}, as they read it", "lantern")
    assert asked._match.accessibleDescription() == f"Word {first} is another one here"
    assert asked._told.state == "warn"
    write(asked, f"Word {first}, as they read it", spoken[first - 1].upper())
    assert not asked._match.isEnabled()
    write(asked, f"Word {second}, as they read it", f" {spoken[second - 1]}")
    asked._sure.click()
    assert asked._match.accessibleDescription() == "Confirm whom you spoke to"
    asked._sure.click()
    QTest.keyClick(hidden[second], Qt.Key.Key_Return)
    sent = made.link.last(wish.MarkCompared)
    assert (sent.key, sent.same) == (joint.who(2).key, True)


def test_enter_marks_nothing_while_a_word_is_missing(reach) -> None:
    made = reach("dialog_words")
    asked = dialog(made.window, CompareDialog)
    QTest.keyClick(asked.findChildren(QLineEdit)[0], Qt.Key.Key_Return)
    assert asked.isVisible()
    assert "MarkCompared" not in made.link.names()


def test_words_that_differ_need_no_tick(reach) -> None:
    made = reach("dialog_words")
    press(dialog(made.window, CompareDialog), "They differ")
    assert made.link.last(wish.MarkCompared).same is False


def test_escape_from_the_words_marks_nothing(reach) -> None:
    made = reach("dialog_words")
    QTest.keyClick(dialog(made.window, CompareDialog), Qt.Key.Key_Escape)
    assert "MarkCompared" not in made.link.names()


def test_nobody_unchecked_is_offered_for_acceptance(reach) -> None:
    made = reach("lobby_gathering")
    names = [b.accessibleName() for b in made.window.page.findChildren(Button)]
    assert not any(n.startswith("Accept") for n in names)
    made.link.play(joint.changed(joint.lobby(*joint.gathering().participants[:2])))
    assert isinstance(made.window.page, LobbyPage)


def test_accepting_and_taking_out_name_the_hospital(reach) -> None:
    made = reach("lobby_asked")
    name = script.HOSPITALS[3]
    press(made.window.page, f"Accept, {name}")
    assert made.link.last(wish.AcceptParticipant).key == joint.who(3).key
    made.link.play(joint.changed(made.desk.study.lobby))
    press(made.window.page, f"Take out, {name}")
    asked = dialog(made.window, ReasonDialog)
    assert not asked._go.isEnabled()
    asked._box.setPlainText("Wrong\nhospital")
    press(asked, "Take out")
    sent = made.link.last(wish.RemoveParticipant)
    assert (sent.key, sent.reason) == (joint.who(3).key, "Wrong hospital")


def test_closing_the_list_needs_everybody(reach) -> None:
    made = reach("lobby_ready_to_close")
    press(made.window.page, "Close the list and make the plan")
    assert made.link.last(wish.CloseRoster).study_id == joint.STUDY
    made.link.play(joint.changed(joint.lobby(phase=Phase.ROSTER_CLOSED)))
    assert not made.window.page.bar.primary.isEnabled()
    assert made.window.page.bar.sentence == "The plan is being made and checked."


def test_signing_needs_every_tick_and_keeps_them_over_a_heartbeat(reach) -> None:
    made = reach("lobby_plan")
    page = made.window.page
    assert not page.bar.primary.isEnabled()
    first = page.findChildren(Check)[0]
    first.setChecked(True)
    people = [joint.who(n, online=n != 3) for n in range(4)]
    made.link.play(
        joint.changed(joint.lobby(*people, phase=Phase.PLAN_PROPOSED, plan_digest=joint.PLAN))
    )
    QApplication.processEvents()
    ticks = [t for t in page.findChildren(Check) if t.isVisible()]
    assert [t.isChecked() for t in ticks] == [True, False, False]
    for tick in ticks:
        tick.setChecked(True)
    press(page, "Sign the plan")
    assert made.link.last(wish.SignPlan).digest == joint.PLAN


def test_ticks_belong_to_one_plan(reach) -> None:
    made = reach("lobby_plan")
    page = made.window.page
    for tick in page.findChildren(Check):
        tick.setChecked(True)
    assert page.bar.primary.isEnabled()
    other = "e" * 64
    made.link.play(joint.changed(joint.planned(plan_digest=other)))
    assert not page.bar.primary.isEnabled()
    assert made.window.page.bar.sentence == "The plan is on its way to this computer."


def test_a_plan_is_refused_with_a_reason(reach) -> None:
    made = reach("lobby_plan")
    press(made.window.page, "Refuse the plan")
    asked = dialog(made.window, ReasonDialog)
    asked._box.setPlainText("The level is too high.")
    press(asked, "Refuse the plan")
    sent = made.link.last(wish.RefusePlan)
    assert (sent.digest, sent.reason) == (joint.PLAN, "The level is too high.")


def test_second_person_approves_and_the_dialog_closes(reach) -> None:
    made = reach("lobby_signed")
    press(made.window.page, "Approve as second person")
    asked = dialog(made.window, ApproveDialog)
    assert not asked._go.isEnabled()
    asked._pass.setText("wrong passphrase")
    press(asked, "Approve and reserve 1 unit")
    made.link.play(said.Refused(command="ApprovePlan", code="ST709", fields=(("left", "4"),)))
    assert "4 tries" in asked._pass_field.error
    assert asked._pass.text() == ""
    asked._pass.setText("the right passphrase")
    press(asked, "Approve and reserve 1 unit")
    sent = made.link.last(wish.ApprovePlan)
    assert (sent.approver, sent.digest) == ("Maria Albers", joint.PLAN)
    made.link.play(joint.changed(joint.planned(signed=2, approved=1)))
    assert not asked.isVisible()


def test_a_vote_is_asked_for_and_goes_with_the_approval(reach) -> None:
    made = reach("dialog_approve_vote")
    asked = dialog(made.window, ApproveDialog)
    asked._pass.setText("the right passphrase")
    asked._vote._minimum.setValue(72)
    press(asked, "Approve and reserve 1 unit")
    assert made.link.last(wish.ApprovePlan).ballot == Ballot(agrees=True, minimum=0.72)


def test_nothing_is_approved_before_the_vote_is_cast(reach) -> None:
    made = reach("dialog_approve_vote")
    asked = dialog(made.window, ApproveDialog)
    asked._pass.setText("the right passphrase")
    asked._vote._chosen = ""
    asked._show()
    assert asked._go.accessibleDescription() == "Vote on the release: yes or no"
    asked._vote._take("no")
    press(asked, "Approve and reserve 1 unit")
    assert made.link.last(wish.ApprovePlan).ballot == Ballot(agrees=False)


def test_a_plan_without_a_vote_asks_for_none(reach) -> None:
    made = reach("dialog_approve")
    asked = dialog(made.window, ApproveDialog)
    assert asked._vote is None
    asked._pass.setText("the right passphrase")
    press(asked, "Approve and reserve 1 unit")
    assert made.link.last(wish.ApprovePlan).ballot is None


def test_the_steward_cannot_approve(reach) -> None:
    made = reach("dialog_approve")
    asked = dialog(made.window, ApproveDialog)
    asked._who.setText("Steward")
    asked._pass.setText("x" * 12)
    assert asked._go.accessibleDescription() == "The steward signed and cannot approve"


def test_an_approval_dialog_closes_when_the_plan_changes(reach) -> None:
    made = reach("dialog_approve")
    asked = dialog(made.window, ApproveDialog)
    void = (("void-signature", "the plan changed"),)
    made.link.play(joint.changed(joint.lobby(warnings=void)))
    assert not asked.isVisible()
    assert "The plan changed. Your signature no longer counts." in banners(made.window)


def test_rejecting_as_second_person_needs_a_reason(reach) -> None:
    made = reach("dialog_approve")
    asked = dialog(made.window, ApproveDialog)
    assert not asked._reject.isEnabled()
    asked._why.setPlainText("Not before Monday.")
    press(asked, "Reject")
    assert made.link.last(wish.RefusePlan).reason == "Not before Monday."


def test_setting_up_the_second_person_checks_names_and_passphrases(reach) -> None:
    made = reach("dialog_approver")
    asked = dialog(made.window, ApproverDialog)
    asked._name.setText("steward")
    assert asked._name_field.error is not None
    asked._name.setText("Maria Albers")
    asked._one.setText("too short")
    assert "12" in asked._go.accessibleDescription()
    asked._one.setText("four words and one")
    asked._two.setText("four words and two")
    assert asked._two_field.error is not None
    asked._two.setText("four words and one")
    press(asked, "Set up")
    sent = made.link.last(wish.SetUpApprover)
    assert (sent.name, sent.steward) == ("Maria Albers", "steward")
    made.link.play(said.ApproverSetUp(name="Maria Albers"), joint.IDENTITY)
    assert not asked.isVisible()
    press(made.window.page, "Approve as second person")
    assert dialog(made.window, ApproveDialog)


def test_a_refused_plan_can_be_asked_again(reach) -> None:
    made = reach("lobby_refused")
    assert "The ethics board decides on Monday." in banners(made.window)
    assert script.HOSPITALS[2] in made.window.page.bar.sentence
    press(made.window.page, "Ask again with the same plan")
    assert made.link.last(wish.CloseRoster).study_id == joint.STUDY
    assert made.window.page.bar.sentence == "The plan is being made and checked."
    again = joint.planned()
    refusing = replace(again.participants[2], refusal="The ethics board decides on Monday.")
    people = (*again.participants[:2], refusing, again.participants[3])
    made.link.play(joint.changed(replace(again, participants=people)), joint.to_sign())
    assert f"{script.HOSPITALS[2]} refused the plan before" in banners(made.window)
    assert "Ask again" not in made.window.page.bar.primary.text()


def test_a_refusing_hospital_is_left_out_with_a_reason(reach) -> None:
    made = reach("lobby_refused")
    press(made.window.page, f"Go on without {script.HOSPITALS[2]}")
    asked = dialog(made.window, ReasonDialog)
    asked._box.setPlainText("We cannot wait.")
    press(asked, "Take out")
    sent = made.link.last(wish.RemoveParticipant)
    assert (sent.key, sent.reason) == (joint.who(2).key, "We cannot wait.")


def test_a_changed_study_starts_with_what_was_written(reach) -> None:
    made = reach("lobby_refused")
    press(made.window.page, "Begin a changed study")
    asked = dialog(made.window, ReasonDialog)
    assert not asked._go.isEnabled()
    asked._box.setPlainText("Fewer genes.")
    press(asked, "End it and begin again")
    assert made.link.last(wish.LeaveStudy).reason == "Fewer genes."
    study = made.desk.study
    assert (study.kind, study.cohort.state.valid) == (Kind.CREATE, True)
    study.forward()
    made.link.play(script.levels())
    study.forward()
    made.link.play(joint.PANEL)
    page, state = made.window.page, study.draft.state
    assert named(page, QLineEdit, "Name of the study").text() == joint.TERMS.title
    assert named(page, QPlainTextEdit, "Diagnoses").toPlainText().split("\n") == [*script.CLASSES]
    assert (state.genes, state.meeting) == (script.GENES, joint.RELAY)
    assert state.attested == (), "statements are made for each study anew"


def test_a_participant_reads_its_own_refusal_and_waits(reach) -> None:
    made = reach("lobby_refused_here")
    assert "You refused the plan" in banners(made.window)
    assert "decides how to go on" in made.window.page.bar.sentence
    assert not made.window.page.bar.primary.isEnabled()
    names = {b.accessibleName() for b in made.window.page.findChildren(Button)}
    assert "Begin a changed study" not in names


def test_leaving_tells_the_others_why(reach) -> None:
    made = reach("lobby_participant")
    press(made.window.page, "Leave the study")
    asked = dialog(made.window, ReasonDialog)
    asked._box.setPlainText("No approval.")
    press(asked, "Leave the study")
    assert made.link.last(wish.LeaveStudy).reason == "No approval."


def test_a_lost_line_is_dialled_again_by_hand(reach) -> None:
    made = reach("lobby_offline")
    before = made.link.names().count("OpenLobby")
    assert f"Not connected to {script.HOSPITALS[0]}" in banners(made.window)
    press(made.window.page, "Try again")
    assert made.link.names().count("OpenLobby") == before + 1


def test_coordinator_starts_and_the_run_page_opens(reach) -> None:
    made = reach("lobby_approved")
    press(made.window.page, "Start secure counting")
    assert made.link.last(wish.RunStudy).study_id == joint.STUDY
    made.link.play(said.RunStarted(digest=joint.PLAN, stages=script.STAGES, time=script.NOW))
    assert isinstance(made.window.page, RunPage)
