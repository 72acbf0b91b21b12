"""What happens on the pages when somebody presses, types, drops and closes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.presenters.boundary import Crossing
from app.presenters.cohort import CohortPhase
from app.presenters.flow import Step
from app.presenters.run import RunPhase
from app.views.dialogs.help import HelpDialog, help_text
from app.views.dialogs.release import ReleaseApprovalDialog, ReleaseDialog
from app.views.pages.cohort import CohortPage
from app.views.pages.cohort_form import LayoutForm
from app.views.pages.results import ResultsPage
from app.views.pages.run import RunPage
from app.views.pages.studies import StudiesPage
from app.views.widgets import Banner, Button, Table
from core.messages import commands as ask
from core.messages import events as said
from core.messages.release_commands import ApproveRelease, DropRelease, PrepareRelease
from core.model.study import StudyState
from tests.gui import hands, script, script_ledger, script_lists, shots, states_release
from tests.gui.hands import dialog, drop, press

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
DIGEST = shots.DIGEST


def test_practice_study_starts_from_the_empty_list(reach) -> None:
    made = reach("studies_empty")
    press(made.window.page, "Start the practice study")
    assert isinstance(made.link.sent[-1], ask.OpenExample)
    assert isinstance(made.window.page, CohortPage)


def test_dropped_file_is_read(reach) -> None:
    made = reach("cohort_empty")
    drop(made.window.page, "/data/hospital.csv")
    assert made.link.last(ask.InspectFile).path == "/data/hospital.csv"


def test_corrected_layout_is_what_the_worker_reads(reach) -> None:
    made = reach("cohort_refused")
    press(made.window.page, "Change how the file is read")
    form = made.window.page.findChild(LayoutForm)
    form._label.setCurrentIndex(form._label.findData("stage"))
    form._orientation.setCurrentIndex(1)
    form._scale.setCurrentIndex(1)
    next(b for b in form._ignored._boxes if b.accessibleName() == "age").setChecked(True)
    press(made.window.page, "Read the file like this")
    layout = made.link.last(ask.OpenCohort).layout
    assert (layout.label, layout.transposed, layout.scale.value) == ("stage", True, "counts")
    assert layout.ignored == ("age",)


def test_form_without_a_diagnosis_column_says_what_is_missing(reach) -> None:
    made = reach("cohort_describing")
    form = made.window.page.findChild(LayoutForm)
    form._label.setCurrentIndex(0)
    before = len(made.link.sent)
    press(made.window.page, "Read the file like this")
    assert form._label_field.error == "Choose the column with the diagnosis."
    assert len(made.link.sent) == before


def test_reading_shows_counted_progress_without_rebuilding(reach) -> None:
    made = reach("cohort_loading")
    bar = made.window.page._progress
    made.link.play(said.ReadingProgressed(file_name="x", records_read=300, records_total=312))
    assert made.window.page._progress is bar
    assert bar.fraction == pytest.approx(300 / 312)
    press(made.window.page, "Stop reading")
    assert made.desk.study.cohort.state.phase is CohortPhase.EMPTY


def test_presets_are_one_tab_stop_and_move_by_arrows(reach) -> None:
    made = reach("privacy")
    cards = made.window.page._cards
    radio = cards.card("balanced").radio
    radio.setFocus()
    QTest.keyClick(radio, Qt.Key.Key_Right)
    assert made.desk.study.privacy.state.chosen == "most-detail"
    assert cards.current == "most-detail"


def test_typing_genes_keeps_the_focus_and_asks_again(reach, qtbot) -> None:
    made = reach("privacy")
    box = made.window.page._parts.genes
    box.setFocus()
    box.setValue(120)
    qtbot.waitUntil(lambda: made.link.last(ask.AskLevels).n_genes == 120, timeout=3_000)
    made.link.play(script.levels())
    assert made.window.page._parts.genes is box
    assert box.value() == 120


def test_advised_number_of_genes_is_one_press_away(reach, qtbot) -> None:
    made = reach("privacy")
    press(made.window.page, "Use 480 genes")
    qtbot.waitUntil(lambda: made.link.last(ask.AskLevels).n_genes == 480, timeout=3_000)


def test_exact_value_dialog_refuses_what_the_cap_refuses(reach) -> None:
    made = reach("dialog_exact")
    asked = dialog(made.window)
    asked._odds.setValue(95)  # epsilon 2.94 of 2.5 units left
    assert not asked._take.isEnabled()
    assert "left" in asked._take.accessibleDescription()
    asked._odds.setValue(80)
    asked._take.click()
    assert made.desk.study.privacy.state.exact == pytest.approx(1.3862)


def test_join_says_openly_that_partners_are_programs_on_this_computer(reach) -> None:
    made = reach("join_choosing")
    banners = [b.accessibleName() for b in made.window.page.findChildren(Banner)]
    assert any("separate programs on this computer" in b for b in banners)
    press(made.window.page, "Remove hospital_lake.csv")
    assert made.desk.study.join.state.file_names == ("hospital_river.csv",)
    assert not made.window.page._on.isEnabled()
    assert "Two hospitals alone are refused" in made.window.page.bar.sentence


def test_typing_the_name_changes_the_header_and_keeps_the_field(reach) -> None:
    made = reach("join_choosing")
    field = QApplication.focusWidget()
    made.desk.study.join.set_title("Another name")
    assert made.window.page.title.text() == "Another name"
    del field


def test_plan_names_who_could_break_it(reach) -> None:
    made = reach("join_proposed")
    words = " ".join(
        w.text()
        for w in made.window.page.findChildren(QWidget)
        if hasattr(w, "text") and callable(w.text)
    )
    assert (
        "Two other hospitals who pooled their shares could decode yours. One alone cannot."
        in words
    )


def test_start_moves_to_the_run_and_the_boundary_says_sending(reach) -> None:
    made = reach("join_proposed")
    press(made.window.page, "Start secure counting")
    assert made.link.sent[-1] == ask.StartStudy(digest=DIGEST)
    made.link.play(said.RunStarted(digest=DIGEST, stages=script.STAGES, time=script.NOW))
    assert isinstance(made.window.page, RunPage)
    assert made.window.boundary.leaves.state is Crossing.TALKING
    made.link.play(said.StageStarted(digest=DIGEST, stage="class-counts", values=5))
    assert made.window.boundary.leaves.state is Crossing.SENDING, "before the first share leaves"


def test_run_page_is_not_rebuilt_by_progress(reach) -> None:
    made = reach("run_running")
    line = made.window.page._line
    made.link.play(script.progressed(DIGEST, "tables", "open", 19_160, 19_160, 3.0))
    assert made.window.page._line is line
    assert made.window.page._hero.text() == "Less than a minute left"


def test_escape_keeps_the_run_and_the_danger_button_stops_it(reach) -> None:
    made = reach("dialog_cancel")
    QTest.keyClick(dialog(made.window), Qt.Key.Key_Escape)
    assert made.desk.study.run.state.phase is RunPhase.RUNNING
    press(made.window.page, "Cancel run")
    press(dialog(made.window), "Cancel run")
    assert made.desk.study.run.state.phase is RunPhase.CANCELLING
    assert isinstance(made.link.sent[-1], ask.CancelRun)


def test_closing_while_a_study_runs_asks_first(reach) -> None:
    made = reach("run_running")
    made.window.close()
    QApplication.processEvents()
    assert made.window.isVisible()
    press(dialog(made.window), "Keep running")
    assert made.window.isVisible()
    made.window.close()
    QApplication.processEvents()
    press(dialog(made.window), "Cancel run and close")
    assert not made.window.isVisible()
    assert "CancelRun" in made.link.names()


def test_window_closes_at_once_when_the_run_is_over(reach) -> None:
    made = reach("run_done")
    made.window.close()
    assert not made.window.isVisible()


def test_running_study_can_be_left_and_found_again(reach) -> None:
    made = reach("run_running")
    press(made.window.page, "Back to all studies")
    assert isinstance(made.window.page, StudiesPage)
    assert made.window.boundary.leaves.state is Crossing.SENDING
    press(made.window.page, "Continue, Acute leukaemia subtypes")
    assert isinstance(made.window.page, RunPage)


def test_done_steps_can_be_read_but_not_changed(reach) -> None:
    made = reach("run_running")
    for step in (Step.COHORT, Step.PRIVACY, Step.JOIN):
        made.desk.study.show(step)
        assert made.desk.study.flow.read_only
        assert [b.text() for b in made.window.page.bar.findChildren(Button)] == ["Go on"]
    assert made.desk.study.flow.reached is Step.RUN


def test_every_tab_of_the_results_has_something_to_say(reach, qtbot) -> None:
    made = reach("results_overview")
    page = made.window.page
    assert isinstance(page, ResultsPage)
    for number in range(6):
        page._tabs.setCurrentIndex(number)
        assert page.body.widget().layout().count() > 1
    page._tabs.setCurrentIndex(1)
    press(page, "Show as table, Gene distributions")
    tables = {t.accessibleName(): t for t in page.findChildren(Table) if t.isVisible()}
    assert tables["Gene distributions"].rows[0][0] == "CD19"
    assert "Patients on two axes" not in tables


def test_report_with_too_few_patients_says_so_instead_of_failing(reach) -> None:
    made = reach("results_loading")
    made.link.play(script_lists.report(DIGEST, few=True))
    page = made.window.page
    for number in range(6):
        page._tabs.setCurrentIndex(number)
        QApplication.processEvents()
        made.window.grab()


def test_outside_needs_a_name_and_leaves_the_own_report_out(reach, tmp_path: Path) -> None:
    made = reach("dialog_release")
    asked = dialog(made.window)
    assert isinstance(asked, ReleaseDialog)
    asked._local.setChecked(True)
    asked._beyond.setChecked(True)
    assert not asked._local.isChecked()
    assert not asked._local.isEnabled()
    assert not asked._go.isEnabled()
    asked._to.setText("The public archive")
    asked._forms[1][1].setChecked(True)
    asked.set_folder(str(tmp_path))
    press(asked, "Put it together")
    command = made.link.last(PrepareRelease)
    assert (command.folder, command.recipient, command.to) == (
        str(tmp_path), "outside", "The public archive",
    )  # fmt: skip
    assert (command.forms, command.report, command.local_report) == (("h5ad",), True, False)
    asked._within.setChecked(True)
    assert asked._local.isEnabled()


def test_two_people_agree_to_what_was_put_together(reach) -> None:
    made = reach("dialog_release_approve")
    asked = dialog(made.window)
    assert isinstance(asked, ReleaseApprovalDialog)
    asked._asks.setText("Dana Alvarez")
    for who, password, why in (("dana  alvarez", "x", "y"), ("Ines", "", "y"), ("Ines", "x", "")):
        asked._who.setText(who)
        asked._pass.setText(password)
        asked._why.setText(why)
        assert not asked._go.isEnabled()
    asked._why.setText("For the paper")
    press(asked, "Approve and write")
    command = made.link.last(ApproveRelease)
    assert command.contents == states_release.PREPARED.contents
    assert (command.requester, command.approver) == ("Dana Alvarez", "Ines")
    made.link.play(said.Refused(command="ApproveRelease", code="ST709", fields=(("left", "3"),)))
    assert asked._pass.text() == ""
    assert "3 tries are left" in asked._pass.accessibleDescription()
    press(asked, "Do not release")
    assert made.link.last(DropRelease)
    assert made.desk.study.release.state.prepared is None


def test_a_prepared_release_that_changed_cannot_be_approved(reach) -> None:
    made = reach("dialog_release_approve")
    asked = dialog(made.window)
    release = made.desk.study.release
    release.prepare(replace(release.state.wish, to="Somebody else"))
    assert not asked.isVisible()
    assert release.state.prepared is None


def test_dead_worker_shows_a_banner_on_every_page_and_starts_again(reach) -> None:
    made = reach("worker_gone")
    made.window.section_chosen.emit("settings")
    press(made.window.page, "Start it again")
    assert made.link.starts == 1
    made.link.play(script.READY)
    assert not [b for b in made.window.page.findChildren(Banner) if b.isVisible()]


def test_broken_ledger_blocks_new_studies(reach) -> None:
    made = reach("ledger_broken")
    made.window.section_chosen.emit("studies")
    banners = [b.accessibleName() for b in made.window.page.findChildren(Banner)]
    assert any("entry 4 does not match its fingerprint" in b for b in banners)
    made.router.new_study()
    assert made.desk.study.flow is None


@pytest.mark.parametrize("section", ["cohorts", "activity", "settings"])
def test_a_broken_ledger_is_told_on_every_page(reach, section: str) -> None:
    made = reach("ledger_broken")
    made.window.section_chosen.emit(section)
    assert "Nothing can be spent" in hands.banners(made.window)
    hands.press(made.window.page, "Open the privacy ledger")
    made.link.play(script_ledger.ledger())
    made.window.section_chosen.emit(section)
    assert "Nothing can be spent" not in hands.banners(made.window)


def test_settings_hold_at_once(reach, tmp_path: Path) -> None:
    made = reach("settings")
    page = made.window.page
    page._hospital.setText("Southgate")
    page._hospital.editingFinished.emit()
    assert made.settings.hospital_name == "Southgate"
    assert made.link.sent[-1] == ask.Introduce(
        hospital="Southgate", app_version="0.1.0", person="steward"
    )


@pytest.mark.parametrize(
    "topic",
    [
        "studies",
        "cohort",
        "privacy",
        "join",
        "run",
        "results",
        "cohorts",
        "ledger",
        "activity",
        "settings",
    ],
)
def test_every_page_has_help(reach, topic: str) -> None:
    words = help_text(topic)
    assert words.startswith("# ")
    assert len(words) > 400
    made = reach("studies_empty")
    made.window.help_wanted.emit(topic)
    assert isinstance(dialog(made.window), HelpDialog)


def test_no_study_state_is_forgotten_by_the_list(reach) -> None:
    made = reach("studies_empty")
    made.link.play(script_lists.studies(*StudyState))
    words = {
        w.text()
        for w in made.window.page.findChildren(QWidget)
        if hasattr(w, "text") and callable(w.text)
    }
    assert {"Breast tumour subtypes, pilot", "Lymphoma markers", "Sepsis host response"} <= words
