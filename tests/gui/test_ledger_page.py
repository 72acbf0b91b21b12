"""The Privacy ledger page: filters, entries in words, alarms, decisions, many lines."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.plots import PlotCanvas
from app.views.dialogs.cap import CapDialog
from app.views.dialogs.cohort_ends import ForgetDialog, WithdrawDialog
from app.views.dialogs.ledger_export import LedgerExportDialog
from app.views.dialogs.ledger_people import (
    LostPassphraseDialog,
    LostRequesterDialog,
    RequesterDialog,
)
from app.views.dialogs.ledger_restore import RestoreDialog
from app.views.widgets import Banner, Button, Dialog, Table
from core.messages import events as said
from core.messages import ledger_commands as ask
from core.messages import ledger_events as told
from core.messages.codec import FrameReader, decode, encode
from core.model.budget import CapState
from tests.gui import script_ledger, shots, states_ledger

CODE = "7K3M-9QWX-02FD-HN6T-5RAB"
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def words_of(where: QWidget) -> str:
    QApplication.processEvents()
    return "\n".join(w.text() for w in where.findChildren(QLabel) if w.isVisible())


def button(where: QWidget, name: str) -> Button:
    QApplication.processEvents()
    found = [b for b in where.findChildren(Button) if b.accessibleName() == name]
    (one,) = [b for b in found if b.isVisible()]
    return one


def press(where: QWidget, name: str) -> None:
    one = button(where, name)
    assert one.isEnabled(), one.accessibleDescription()
    QTest.mouseClick(one, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def dialog(made: shots.Stand, kind: type) -> Dialog:
    QApplication.processEvents()
    (one,) = [d for d in made.window.findChildren(kind) if d.isVisible()]
    return one


# ---- the page


def test_opening_the_page_checks_the_chain_and_says_so(reach) -> None:
    made = reach("ledger_loading")
    assert made.link.names()[-1] == "ListLedger"
    made.link.play(script_ledger.ledger())
    found = words_of(made.window.page)
    assert "Chain verified" in found
    assert "13 of 13 entries unchanged, 12 of them signed so far" in found
    assert "Entry 9 is also held by Aldermere General" in found


def test_filters_and_search_ask_the_worker(reach) -> None:
    made = reach("ledger")
    page = made.window.page
    cohorts, years = page._tools.cohort, page._tools.year
    assert [cohorts.itemText(n) for n in range(cohorts.count())][1:] == [
        script_ledger.LEUKAEMIA,
        script_ledger.BREAST,
    ]
    cohorts.setCurrentIndex(1)
    cohorts.activated.emit(1)
    assert made.link.last(ask.ListLedger).cohort_id == "c-1"
    years.activated.emit(1)
    assert made.link.last(ask.ListLedger) == ask.ListLedger(cohort_id="c-1", year=2026)
    page.go_to_search()
    QTest.keyClicks(page._tools.study, "pilot")
    QTest.qWait(600)
    assert made.link.last(ask.ListLedger).study == "pilot"


def test_each_entry_is_read_by_keyboard_in_one_sentence(reach) -> None:
    made = reach("ledger")
    page = made.window.page
    table = page._entries.table
    table.setFocus()
    for _ in range(3):
        QTest.keyClick(table, Qt.Key.Key_Down)
    found = words_of(page)
    assert "Entry 10: Cap changed" in found
    assert "Dana Alvarez and Mira Okafor set the cohort’s cap to 4 units." in found
    assert "Took nothing. The cap is 4 units from here on." in found
    assert "The ethics board agreed" in found
    QTest.keyClick(table, Qt.Key.Key_Down)
    found = words_of(page)
    assert "Used 2 units of the cap" in found
    assert "By Aldermere General, Centre Hospitalier Sainte-Marguerite." in found


def test_the_open_entry_stays_open_when_the_ledger_grows(reach) -> None:
    made = reach("ledger")
    page = made.window.page
    page._entries.table.choose_row(3)
    made.link.play(script_ledger.ledger(omitted=7))
    assert "Entry 10: Cap changed" in words_of(made.window.page)
    assert page._entries.table.currentIndex().row() == 3


def test_the_table_behind_the_chart_has_the_same_numbers(reach) -> None:
    made = reach("ledger")
    page = made.window.page
    (plot,) = page.findChildren(PlotCanvas)
    assert "1.5 of 4 units" in plot.accessibleName()
    press(page, "Show the running total as a table")
    assert not plot.isVisible()
    (table,) = [t for t in page.findChildren(Table) if "Running total" in t.accessibleName()]
    assert table.isVisible()
    assert [row[4] for row in table.rows if row[2] == script_ledger.LEUKAEMIA] == [
        "1.5", "1.5", "1", "0",
    ]  # fmt: skip


def test_a_broken_chain_is_loud_and_only_a_restore_is_offered(reach) -> None:
    made = reach("ledger_broken")
    page = made.window.page
    (banner,) = [b for b in page.findChildren(Banner) if b.isVisible()]
    assert "Nothing can be spent" in banner.accessibleName()
    assert "entry 4" in banner.accessibleName()
    assert "Tell your privacy officer" in banner.accessibleName()
    assert not button(page, "Export ledger").isEnabled()
    assert not page.findChildren(Table)
    page._tabs.setCurrentIndex(1)
    assert "Change the cap" not in words_of(page)
    press(page, "Check again")
    assert made.link.last(ask.ListLedger).signatures
    press(page, "Bring back a backup")
    assert dialog(made, RestoreDialog)


def test_a_broken_ledger_is_named_on_the_studies_page_and_leads_here(reach) -> None:
    made = reach("studies_ledger_broken")
    press(made.window.page, "Open the privacy ledger")
    assert made.window.page.title.text() == "Privacy ledger"
    assert made.link.names()[-1] == "ListLedger"


# ---- decisions


def fill(made: shots.Stand, one: Dialog) -> None:
    states_ledger.fill_consent(one._people)
    QApplication.processEvents()


def test_a_cap_is_raised_by_two_people_with_a_reason(reach) -> None:
    made = reach("dialog_cap")
    one = dialog(made, CapDialog)
    go = one._go
    assert go.accessibleDescription() == "Name both people"
    one._people._names[0].setText("mira  okafor")
    assert go.accessibleDescription() == "Two different people are needed"
    fill(made, one)
    one._people._passes[1].setText(states_ledger.PASSPHRASES[0])
    assert go.accessibleDescription() == "The two passphrases must differ"
    one._people._passes[1].setText(states_ledger.PASSPHRASES[1])
    one._people._why.setPlainText("  \n ")
    assert go.accessibleDescription() == "Write the reason first"
    one._people._why.setPlainText("The board\nagreed.")
    one._cap.setValue(6.0)
    assert "After: 6 units" in words_of(one)
    assert "1.5 before, 3.5 units after" in words_of(one)
    press(one, "Change the cap")
    sent = made.link.last(ask.ChangeCap)
    assert (sent.cohort_id, sent.cap, sent.consent.reason) == ("c-1", 6.0, "The board agreed.")
    assert not go.isEnabled(), "once"
    made.link.play(told.CapChanged(cohort_id="c-1", cap=CapState(cap=6.0, spent=1.5)))
    assert not one.isVisible()
    assert "The cap of “Leukaemia 2019–2025” is now 6 units" in words_of(made.window.page)
    press(made.window.page, "Understood")
    assert "is now 6 units" not in words_of(made.window.page)


def test_a_wrong_passphrase_is_said_in_place_and_leaves_nothing_behind(reach) -> None:
    made = reach("dialog_cap_refused")
    one = dialog(made, CapDialog)
    assert "4 tries are left" in words_of(one)
    assert one._go.isEnabled()
    boxes = one.secrets()
    QTest.keyClick(one, Qt.Key.Key_Escape)
    assert [box.text() for box in boxes] == ["", ""]
    assert made.desk.ledger.state.refused is None


def test_the_same_cap_is_no_change_unless_the_cohort_is_held(reach) -> None:
    one = dialog(reach("dialog_cap"), CapDialog)
    one._cap.setValue(4.0)
    assert one.missing() == "Choose another cap than the present one"


def test_deciding_on_a_held_cohort_keeps_its_cap(reach) -> None:
    made = reach("dialog_held")
    one = dialog(made, CapDialog)
    fill(made, one)
    assert one.missing() == ""
    press(one, "Change the cap")
    assert made.link.last(ask.ChangeCap).cap == 4.0


def test_withdrawing_needs_one_person_and_a_reason_and_enter_keeps(reach) -> None:
    made = reach("dialog_withdraw")
    one = dialog(made, WithdrawDialog)
    one._who.setText("Dana Alvarez")
    one._why.setPlainText("Consent was taken back.")
    assert "Synthetic patients that other hospitals have cannot be called back." in words_of(one)
    press(one, "Withdraw for ever")
    assert made.link.last(ask.WithdrawCohort) == ask.WithdrawCohort(
        cohort_id="c-1", person="Dana Alvarez", reason="Consent was taken back."
    )
    made.link.play(told.CohortWithdrawn(cohort_id="c-1"))
    assert not one.isVisible()


def test_enter_in_a_question_that_cannot_be_undone_keeps_everything(reach) -> None:
    made = reach("dialog_forget")
    one = dialog(made, ForgetDialog)
    fill(made, one)
    assert one.missing() == "Tick that it cannot be undone"
    one._sure.setChecked(True)
    QTest.keyClick(one, Qt.Key.Key_Return)
    assert "ForgetIdentifiers" not in made.link.names()
    assert not one.isVisible()


def test_identifiers_are_deleted_by_two_people(reach) -> None:
    made = reach("dialog_forget")
    one = dialog(made, ForgetDialog)
    fill(made, one)
    one._sure.setChecked(True)
    press(one, "Delete for ever")
    assert made.link.last(ask.ForgetIdentifiers).consent.approver == "Mira Okafor"
    made.link.play(told.IdentifiersForgotten(cohort_id="c-1"))
    assert "Backups made before still hold them" in words_of(made.window.page)


def test_the_requester_is_somebody_else_than_the_second_person(reach) -> None:
    made = reach("dialog_requester")
    one = dialog(made, RequesterDialog)
    made.desk.ledger.set_up_requester("Dana", "x" * 12, "")
    made.link.play(said.Refused(command="SetUpRequester", code="ST710", fields=()))
    assert "Two different people" not in words_of(made.window.page), "the dialog says it"
    one._name.setText("mira okafor")
    assert one.missing() == "The second person cannot ask as well"
    one._name.setText("Dana Alvarez")
    one._new.one.setText("short")
    assert one.missing() == "The passphrase needs at least 12 characters"
    for box in (one._new.one, one._new.two):
        box.setText("correct horse battery")
    press(one, "Set up")
    assert made.link.last(ask.SetUpRequester).name == "Dana Alvarez"
    made.link.play(told.RequesterSetUp(name="Dana Alvarez", recovery_code=CODE))
    assert "Dana Alvarez may ask for decisions" in words_of(made.window.page)


def test_a_lost_passphrase_waits_and_says_until_when(reach) -> None:
    made = reach("dialog_lost_passphrase")
    one = dialog(made, LostPassphraseDialog)
    assert "No plan and no cap can be approved here." in words_of(one)
    one._asks.setText("Dana Alvarez")
    one._theirs.setText("correct horse battery")
    for box in (one._new.one, one._new.two):
        box.setText("seven quiet harbours")
    one._why.setPlainText("Mira forgot it.")
    press(one, "Arrange a new passphrase")
    assert made.link.last(ask.ReplaceApprover).name == "Mira Okafor"
    made.link.play(told.ApproverReplaced(name="Mira Okafor", waits_until=1_795_449_600.0))
    assert "It counts from 23 Nov 2026" in words_of(made.window.page)


def test_a_lost_passphrase_of_who_asks_needs_code_and_second_person(reach) -> None:
    made = reach("dialog_lost_requester")
    one = dialog(made, LostRequesterDialog)
    one._asks.setText("Mira Okafor")
    assert one.missing() == "Two different people are needed"
    one._asks.setText("Dana Alvarez")
    for box in (one._new.one, one._new.two):
        box.setText("seven quiet harbours")
    assert one.missing() == "Type the recovery code"
    one._code.setText(CODE)
    one._theirs.setText("correct horse")
    one._why.setPlainText("Forgotten.")
    press(one, "Arrange a new passphrase")
    assert made.link.last(ask.ReplaceRequester).approver == "Mira Okafor"
    made.link.play(
        told.RequesterReplaced(
            name="Dana Alvarez", waits_until=1_795_449_600.0, recovery_code=CODE
        )
    )
    found = words_of(made.window.page)
    assert "It counts from 23 Nov 2026" in found
    assert f"Recovery code, for a lost passphrase: {CODE}" in found


def test_a_backup_is_chosen_and_brought_back(reach, tmp_path: Path) -> None:
    made = reach("dialog_restore")
    one = dialog(made, RestoreDialog)
    fill(made, one)
    assert one.missing() == "Choose the backup first"
    one.take_file(str(tmp_path / "monday.sqlite"))
    assert "monday.sqlite" in words_of(one)
    assert str(tmp_path) not in words_of(one)
    press(one, "Bring it back")
    assert made.link.last(ask.RestoreLedger).path == str(tmp_path / "monday.sqlite")
    made.link.play(told.LedgerRestored(entries=12, missing=3, set_aside="ledger-set-aside.sqlite"))
    found = words_of(made.window.page)
    assert "lacks 3 entries or more" in found
    assert "ledger-set-aside.sqlite" in found


def test_without_a_backup_the_older_copy_may_go_on(reach) -> None:
    made = reach("dialog_restore")
    one = dialog(made, RestoreDialog)
    fill(made, one)
    one._none.setChecked(True)
    press(one, "Bring it back")
    assert made.link.last(ask.RestoreLedger).path == ""


def test_a_backup_is_written_where_the_steward_says(reach, tmp_path, monkeypatch) -> None:
    made = reach("ledger_safety")
    path = str(tmp_path / "copy.sqlite")
    monkeypatch.setattr(
        "app.views.pages.ledger_safety.QFileDialog.getSaveFileName", lambda *_: (path, "")
    )
    press(made.window.page, "Back up now")
    assert made.link.last(ask.BackUpLedger).path == path
    assert not button(made.window.page, "Back up now").isEnabled()
    fields = (("reason", "disk full"),)
    made.link.play(said.Refused(command="BackUpLedger", code="BU306", fields=fields))
    assert "disk full" in words_of(made.window.page)


def test_the_export_says_what_it_holds_and_how_to_verify_it(reach, tmp_path: Path) -> None:
    made = reach("dialog_ledger_export")
    one = dialog(made, LedgerExportDialog)
    one.set_folder(str(tmp_path))
    press(one, "Export")
    assert made.link.last(ask.ExportLedger) == ask.ExportLedger(
        folder=str(tmp_path), formats=("pdf", "csv", "json")
    )
    files = ("privacy-ledger.pdf", "privacy-ledger.csv", "privacy-ledger.json")
    made.link.play(told.LedgerExported(files=files))
    found = words_of(made.window.page)
    assert "no patients, no marks, no secret keys" in found
    assert "syncohort-cli ledger verify privacy-ledger.json" in found


def test_an_export_without_formats_is_none(reach) -> None:
    one = dialog(reach("dialog_ledger_export"), LedgerExportDialog)
    for _key, tick in one._ticks:
        tick.setChecked(False)
    assert not one._go.isEnabled()
    assert one._go.accessibleDescription() == "Choose at least one format"


# ---- many entries


def test_ten_thousand_entries_stay_fluid(reach) -> None:
    made = reach("ledger")
    frame = next(FrameReader().feed(encode(script_ledger.many(10_000))))
    start = time.process_time()
    listed = decode(frame, said.EVENTS)
    decoded = time.process_time() - start
    made.desk.ledger.refresh()
    start = time.process_time()
    made.desk.ledger.receive(listed)
    QApplication.processEvents()
    shown = time.process_time() - start
    table = made.window.page._entries.table
    start = time.process_time()
    for row in range(0, 10_000, 100):
        table.choose_row(row)
        table.viewport().repaint()
    moved = (time.process_time() - start) / 100
    print(f"decode {decoded:.3f} s, show {shown:.3f} s, one step {1000 * moved:.1f} ms")
    assert len(table.rows) == 10_000
    # Seconds of a core, and generous: rows in widgets would take minutes.
    assert decoded < 5
    assert shown < 5
    assert moved < 0.2
