"""The Privacy ledger page over the real worker: every decision, its refusal, a broken file.

Nothing is scripted here: the window's buttons are pressed and the worker writes a real ledger.
"""

from __future__ import annotations

import html
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QTabBar

from app.views.dialogs.cap import CapDialog
from app.views.dialogs.cohort_ends import ForgetDialog, WithdrawDialog
from app.views.dialogs.ledger_export import LedgerExportDialog
from app.views.dialogs.ledger_people import LostPassphraseDialog, RequesterDialog
from app.views.dialogs.ledger_restore import RestoreDialog
from app.views.pages.ledger import COHORTS, ENTRIES, SAFETY
from tests.gui.joint_hospital import ROOT, Hospital

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]
ADA, GRACE = "horse battery staple", "correct horse battery"
REASON = "The board agreed to a second study."


class Steward(Hospital):
    """One hospital at its privacy ledger, with one cohort and two people."""

    def __init__(self, folder: Path, qtbot) -> None:
        super().__init__(folder, "North", qtbot)
        self.open_cohort()
        self.desk.identity.set_approver(name="Grace", steward="Ada", passphrase=GRACE, old="")
        self.wait(lambda: self.desk.identity.state.approver == "Grace")
        self.ledger_page()

    def open_cohort(self) -> None:
        """Read the own file, so that it is a cohort of the ledger."""
        self.router.new_study()
        cohort = self.desk.study.cohort
        cohort.choose_file(str(self.file))
        self.wait(lambda: cohort.state.valid or cohort.state.problem is not None)
        assert cohort.state.valid, cohort.state.problem
        self.desk.study.close()

    def ledger_page(self, tab: int = ENTRIES) -> None:
        """Open the page and wait for the verdict."""
        self.window.section_chosen.emit("ledger")
        self.settle()
        self.window.page._tabs.setCurrentIndex(tab)

    def tab(self, number: int) -> None:
        """Go to another part of the page."""
        self.settle()
        self.window.page._tabs.setCurrentIndex(number)

    def settle(self) -> None:
        """Wait until nothing is awaited."""
        ledger = self.desk.ledger
        self.wait(lambda: not (ledger.state.checking or ledger.state.doing))

    @property
    def said(self) -> str:
        """All words on the page."""
        QApplication.processEvents()  # what was built a moment ago becomes visible
        shown = [w.text() for w in self.window.page.findChildren(QLabel) if w.isVisible()]
        return html.unescape("\n".join(shown))

    def requester(self) -> None:
        """Name Ada as the one who asks."""
        self.tab(SAFETY)
        self.press("Name who asks")
        dialog = self.dialog(RequesterDialog)
        dialog._name.setText("Ada")
        for box in (dialog._new.one, dialog._new.two):
            box.setText(ADA)
        self.press("Set up", dialog)
        self.quiet()
        self.settle()

    def consent(self, dialog: object, *, ada: str = ADA, grace: str = GRACE) -> None:
        """Fill both people and the reason in."""
        people = dialog._people
        for box, words in zip(people._names, ("Ada", "Grace"), strict=True):
            box.setText(words)
        for box, words in zip(people._passes, (ada, grace), strict=True):
            box.setText(words)
        people._why.setPlainText(REASON)

    def break_ledger(self) -> None:
        """Change one entry of the file, as somebody with an editor could."""
        with closing(sqlite3.connect(self.home / "ledger.sqlite")) as file, file:
            guards = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            kept = guards.fetchall()
            for name, _sql in kept:
                file.execute(f'DROP TRIGGER "{name}"')
            file.execute("UPDATE entries SET units = 9.0 WHERE number = 1")
            for _name, sql in kept:
                file.execute(sql)


@pytest.fixture
def steward(tmp_path: Path, qtbot) -> Iterator[Steward]:
    made = Steward(tmp_path, qtbot)
    yield made
    made.close()


def test_a_cap_is_raised_and_the_entry_says_by_whom_and_why(steward: Steward) -> None:
    assert "Chain verified" in steward.said
    steward.requester()
    assert "Ada may ask for decisions" in steward.said
    steward.tab(COHORTS)
    (cohort,) = steward.desk.ledger.state.cohorts
    steward.press(f"Change the cap of {cohort.name}")
    dialog = steward.dialog(CapDialog)
    assert dialog._people._names[0].text() == "Ada", "the page knows who asks"
    steward.consent(dialog, grace="a wrong passphrase")
    dialog._cap.setValue(6.0)
    steward.press("Change the cap", dialog)
    steward.wait(lambda: "passphrase" in dialog._wrong.words)
    assert steward.desk.ledger.state.cohorts[0].cap.cap == 4.0, "nothing was changed"
    dialog._people._passes[1].setText(GRACE)
    steward.press("Change the cap", dialog)
    steward.quiet()
    steward.settle()
    assert steward.desk.ledger.state.cohorts[0].cap.cap == 6.0
    assert "is now 6 units" in steward.said
    steward.tab(ENTRIES)
    assert "Ada and Grace set the cohort's cap to 6 units." in steward.said
    assert REASON in steward.said
    assert steward.faults() == []
    year = steward.window.page._tools.year
    year.activated.emit(1)
    steward.settle()
    assert len(steward.desk.ledger.state.entries) == 4
    steward.desk.ledger.show_cohort(cohort.cohort_id)
    steward.settle()
    assert {e.cohort_id for e in steward.desk.ledger.state.entries} == {cohort.cohort_id}


def test_a_cohort_is_withdrawn_and_then_forgotten(steward: Steward) -> None:
    steward.requester()
    steward.tab(COHORTS)
    name = steward.desk.ledger.state.cohorts[0].name
    steward.press(f"Withdraw {name}")
    dialog = steward.dialog(WithdrawDialog)
    dialog._who.setText("Ada")
    dialog._why.setPlainText("Consent was taken back.")
    steward.press("Withdraw for ever", dialog)
    steward.quiet()
    steward.settle()
    assert steward.desk.ledger.state.cohorts[0].standing == "withdrawn"
    assert "takes part in no study any more" in steward.said
    steward.press(f"Delete the identifiers of {name}")
    dialog = steward.dialog(ForgetDialog)
    steward.consent(dialog)
    dialog._sure.setChecked(True)
    steward.press("Delete for ever", dialog)
    steward.quiet()
    steward.settle()
    assert "the marks of its patients are deleted" in steward.said
    assert steward.faults() == []
    steward.close()
    with closing(sqlite3.connect(steward.home / "ledger.sqlite")) as file:
        assert file.execute("SELECT count(*) FROM marks").fetchone() == (0,)


def test_a_lost_passphrase_is_replaced_after_a_waiting_time(steward: Steward) -> None:
    steward.requester()
    steward.press("The second person’s passphrase is lost")
    dialog = steward.dialog(LostPassphraseDialog)
    for box in (dialog._new.one, dialog._new.two):
        box.setText("another long passphrase")
    dialog._theirs.setText(ADA)
    dialog._why.setPlainText("Grace forgot it.")
    steward.press("Arrange a new passphrase", dialog)
    steward.quiet()
    steward.settle()
    assert "The new passphrase of Grace is arranged" in steward.said
    steward.tab(COHORTS)
    name = steward.desk.ledger.state.cohorts[0].name
    steward.press(f"Change the cap of {name}")
    dialog = steward.dialog(CapDialog)
    steward.consent(dialog, grace="another long passphrase")
    dialog._cap.setValue(6.0)
    steward.press("Change the cap", dialog)
    steward.wait(lambda: dialog._wrong.words)
    assert steward.desk.ledger.state.refused.code == "ST732", "it does not count yet"
    dialog.reject()
    assert steward.desk.ledger.state.cohorts[0].cap.cap == 4.0


def test_a_broken_ledger_is_loud_and_a_backup_brings_it_back(
    steward: Steward, tmp_path: Path, monkeypatch, qtbot
) -> None:
    steward.requester()
    copy = tmp_path / "kept" / "monday.sqlite"
    copy.parent.mkdir()
    monkeypatch.setattr(
        "app.views.pages.ledger_safety.QFileDialog.getSaveFileName", lambda *_: (str(copy), "")
    )
    steward.press("Back up now")
    steward.wait(copy.exists)
    steward.settle()
    assert "monday.sqlite" in steward.said
    steward.close()
    steward.break_ledger()
    again = Hospital(tmp_path, "North", qtbot)
    try:
        _restored(again, copy)
    finally:
        again.close()


def _restored(again: Hospital, copy: Path) -> None:
    assert again.desk.records.state.ledger_is_broken
    assert not again.window.page.findChildren(QTabBar)
    again.press("Open the privacy ledger")
    ledger = again.desk.ledger
    again.wait(lambda: ledger.state.alarm is not None and not ledger.state.checking)
    assert ledger.state.alarm.code == "BU304"
    assert again.faults() == []
    again.router.new_study()
    assert again.desk.study.flow is None, "nothing can be spent"
    again.press("Bring back a backup")
    dialog = again.dialog(RestoreDialog)
    Steward.consent(again, dialog)
    dialog.take_file(str(copy))
    again.press("Bring it back", dialog)
    again.quiet()
    again.wait(lambda: not (ledger.state.checking or ledger.state.doing))
    assert ledger.state.alarm is None
    assert not again.desk.records.state.ledger_is_broken
    assert Steward.said.fget(again).count("It lacks no entry") == 1
    assert [e.topic for e in ledger.state.entries][-1] == "ledger-restored"
    assert len(list(again.home.glob("ledger-set-aside-*.sqlite"))) == 1


def test_the_export_is_verified_and_a_changed_one_is_refused(
    steward: Steward, tmp_path: Path
) -> None:
    steward.press("Export ledger")
    dialog = steward.dialog(LedgerExportDialog)
    out = tmp_path / "officer"
    out.mkdir()
    dialog.set_folder(str(out))
    steward.press("Export", dialog)
    steward.quiet()
    steward.settle()
    assert {p.name for p in out.iterdir()} == {
        "privacy-ledger.json",
        "privacy-ledger.csv",
        "privacy-ledger.pdf",
    }
    assert (out / "privacy-ledger.pdf").read_bytes().startswith(b"%PDF")
    assert "syncohort-cli ledger verify privacy-ledger.json" in steward.said
    signed = out / "privacy-ledger.json"
    key = steward.desk.identity.state.shown.certificate_sha256
    command = [sys.executable, "-m", "core.cli", "ledger", "verify", str(signed), "--key", key]
    good = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    signed.write_bytes(signed.read_bytes().replace(b"North", b"South"))
    bad = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert bad.returncode != 0
    assert b"BU317" in bad.stderr
