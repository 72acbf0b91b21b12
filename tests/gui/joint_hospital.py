"""Three hospitals that begin, join, sign and run a study by pressing what their windows offer."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QLineEdit

from app.presenters.desk import WorkerState
from app.presenters.wording import attestation_words
from app.views.dialogs.approve import ApproveDialog, ApproverDialog
from app.views.dialogs.invitation import InvitationDialog, JoinDialog
from app.views.dialogs.words import CompareDialog
from app.views.widgets import Button, Check
from core.model.lobby import LobbyView
from core.model.plan import Attestation
from tests.gui import hands
from tests.gui.application import Application
from tests.gui.hands import write

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("North", "River", "Lake")
N_PATIENTS = 60
PASSPHRASE = "four words and one"


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """Where the hospitals meet, as a steward types it."""

    host: str
    port: int
    relay: bool
    fingerprint: str = ""


def write_cohort(path: Path, name: str, n_genes: int) -> None:
    """Sixty patients, two diagnoses; every value follows from its place."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["patient", "diagnosis", *[f"GENE{g}" for g in range(n_genes)]])
        for i in range(N_PATIENTS):
            kind = i % 2
            values = [round(5 + kind + ((7 * i + 3 * g) % 11) / 5, 3) for g in range(n_genes)]
            table.writerow([f"{name}-{i}", "AB"[kind], *values])


@contextlib.contextmanager
def relay_process(home: Path) -> Iterator[Meeting]:
    """A blind relay in a process of its own; its operator reads the fingerprint out."""
    child = subprocess.Popen(
        [
            *(sys.executable, "-m", "core.worker.commands.relay", "--hosted"),
            *("--listen", "127.0.0.1:0", "--home", str(home)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child:
        try:
            facts = json.loads(child.stdout.readline())
            yield Meeting(
                host="127.0.0.1",
                port=facts["port"],
                relay=True,
                fingerprint=facts["certificate_sha256"],
            )
        finally:
            child.kill()


class Hospital(Application):
    """One installation of a study between hospitals."""

    def __init__(self, folder: Path, name: str, qtbot, n_genes: int = 6) -> None:
        super().__init__(folder / name, qtbot, name)
        self.file = folder / f"{name}.csv"
        write_cohort(self.file, name, n_genes)
        self._unlock()

    def _unlock(self) -> None:
        """Open the identity, where there is no keyring, with a passphrase in the settings."""
        identity = self.desk.identity
        self.wait(lambda: identity.state.shown or identity.state.locked)
        if identity.state.locked:
            identity.unlock(f"the passphrase of {self.name}")
        self.wait(lambda: identity.state.shown)

    @property
    def lobby(self) -> LobbyView:
        """The study that is open."""
        view = self.desk.study.lobby
        assert view is not None
        return view

    @property
    def words(self) -> str:
        """Its own six words, as it reads them out."""
        shown = self.desk.identity.state.shown
        assert shown is not None
        return shown.words

    def write(self, name: str, words: str) -> None:
        """Write into a field of the page."""
        write(self.window.page, name, words)

    def tick_all(self) -> None:
        """Confirm everything on the page."""
        self.wait(lambda: any(c.isVisible() for c in self.window.page.findChildren(Check)), 10)
        for tick in self.window.page.findChildren(Check):
            if not tick.isChecked():
                tick.click()

    def attest(self) -> None:
        """Tick both statements of the page."""
        for statement in Attestation:
            self.tick(attestation_words(statement)[0])

    def tick(self, name: str) -> None:
        """Tick one box of the page."""
        hands.named(self.window.page, Check, name).click()

    def choose_cohort(self) -> None:
        """Choose the own file and wait for the checks."""
        self.window.page.take_file(str(self.file))
        self.wait(lambda: self.desk.study.cohort.state.valid)

    def restart(self) -> None:
        """The background program is gone: start it again, as the banner offers."""
        self._qtbot.waitUntil(lambda: self.desk.state.worker is WorkerState.GONE, timeout=20_000)
        hands.press(self.window, "Start it again")
        self.wait(lambda: self.desk.state.worker is WorkerState.READY)
        identity = self.desk.identity
        self.wait(lambda: identity.state.locked)  # the new program holds no passphrase
        identity.unlock(f"the passphrase of {self.name}")
        self.wait(lambda: not identity.state.locked)
        self.wait(lambda: self.desk.study.lobbies.state.lobbies)

    # ---- a study begins

    def begin(self, meeting: Meeting, *, settings: bool = False) -> None:
        """Write a study down and create it, perhaps with two settings of which one is released."""
        self.press("New study")
        self.choose_cohort()
        self.press("Continue to Privacy")
        self.press("Continue to Join")
        self.wait(lambda: self.desk.study.draft.state.own_genes)
        if not meeting.relay:
            self.press("Meeting point: Directly")
        self.write("Name of the study", "Two kinds")
        self.write("Purpose in plain words", "To tell them apart")
        self.write("Relay" if meeting.relay else "Address of this computer", meeting.host)
        self.write("Port", str(meeting.port))
        if meeting.relay:
            self.write("Fingerprint of the relay (SHA-256)", meeting.fingerprint)
        self.attest()
        if settings:
            self.tick("Try two or three, and let patients kept aside choose")
        self.press("Create the study")
        self.wait(lambda: self.desk.study.lobby is not None)

    def invite(self, other: Hospital) -> None:
        """Hand an invitation over as text; the other asks to join with its own cohort."""
        self.press("Make an invitation")
        made = self.dialog(InvitationDialog)
        text = made._text.toPlainText()
        self.press("Done", made)
        other.press("Join with invitation")
        other.dialog(JoinDialog)._text.setPlainText(text)
        other.press("Open invitation", other.dialog(JoinDialog))
        other.press("Choose your cohort")
        other.choose_cohort()
        other.press("Continue to Privacy")
        other.press("Continue to Join")
        other.tick_all()
        other.press("Ask to join")
        other.wait(lambda: other.desk.study.lobby is not None)

    def compare(self, other: Hospital) -> None:
        """Compare the six words of another hospital, which reads its own out over the phone."""
        self.press(f"Compare words, {other.name}")
        asked = self.dialog(CompareDialog)
        spoken = other.words.split()
        for line in asked.findChildren(QLineEdit):
            write(asked, line.accessibleName(), spoken[int(line.property("number")) - 1])
        asked._sure.click()
        self.press("All six match", asked)
        self.quiet()

    def join_all(self, *others: Hospital) -> None:
        """Invite, compare on both sides, accept, and make the plan."""
        for other in others:
            self.invite(other)
            self.compare(other)
            self.press(f"Accept, {other.name}")
            other.compare(self)
        self.press("Close the list and make the plan")

    # ---- the plan

    def sign(self) -> None:
        """Read the plan, confirm, sign."""
        self.wait(lambda: self.window.page.plan is not None, 120)
        self.tick_all()
        self.press("Sign the plan")
        self.wait(lambda: self.lobby.own_signed)

    def second_person(self) -> None:
        """The second person approves; the first time, one is set up."""
        bar = self.window.page.action_bar
        if not self.desk.identity.state.approver:
            self.press("Set up the second person", bar)
            asked = self.dialog(ApproverDialog)
            asked._name.setText(f"Second of {self.name}")
            asked._one.setText(PASSPHRASE)
            asked._two.setText(PASSPHRASE)
            self.press("Set up", asked)
            self.quiet()
        self.press("Approve as second person", bar)
        asked = self.dialog(ApproveDialog)
        asked._pass.setText(PASSPHRASE)
        self.press("Approve and reserve 1 unit", asked)
        self.wait(lambda: self.lobby.own_approved)
        self.quiet()

    def charges(self) -> list[str]:
        """What the own ledger says about the study, oldest first."""
        ledger = self.desk.ledger
        ledger.open()
        self.wait(lambda: not ledger.state.checking, 30)
        entries = sorted(ledger.state.entries, key=lambda e: e.number)
        return [e.kind for e in entries if e.kind != "decision"]

    def offered(self) -> set[str]:
        """Words of the buttons that can be pressed on the page."""
        found = self.window.page.findChildren(Button)
        return {b.accessibleName() for b in found if b.isVisible() and b.isEnabled()}


def agree(hospitals: tuple[Hospital, ...]) -> None:
    """Everybody reads and signs the plan, then every second person approves it."""
    for one in hospitals:
        one.sign()
        one.wait(lambda one=one: one.faults() == [], 10)  # once its layout rests
    for one in hospitals:
        one.second_person()
