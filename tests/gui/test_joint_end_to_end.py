"""Three hospitals, each with its own window, home and worker, begin, join, sign and run a study.

Nothing is scripted: buttons are pressed in three windows, three workers talk to each other.
"""

from __future__ import annotations

import csv
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.link import WorkerLink
from app.plots import register_plot_fonts
from app.presenters.desk import Desk, WorkerState
from app.presenters.preferences import PreferencesPresenter
from app.presenters.run import RunPhase
from app.settings import Settings
from app.views.pages.run import RunPage
from app.views.router import Router
from app.views.shell import MainWindow
from app.views.widgets import Button, Check, Dialog
from core.model.lobby import LobbyView
from core.model.plan import Attestation
from tests.gui import checks

pytest.importorskip("core.worker.studies.studies_desk")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(420),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]
NAMES = ("North", "River", "Lake")
N_PATIENTS = 60
PASSPHRASE = "four words and one"


def write_cohort(path: Path, name: str) -> None:
    """Sixty patients, two diagnoses, six genes; every value follows from its place."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["patient", "diagnosis", *[f"GENE{g}" for g in range(6)]])
        for i in range(N_PATIENTS):
            kind = i % 2
            values = [round(5 + kind + ((7 * i + 3 * g) % 11) / 5, 3) for g in range(6)]
            table.writerow([f"{name}-{i}", "AB"[kind], *values])


class Hospital:
    """One installation: its window over its own worker."""

    def __init__(self, folder: Path, name: str, qtbot) -> None:
        self.name = name
        self._qtbot = qtbot
        home = folder / name
        home.mkdir()
        self.file = folder / f"{name}.csv"
        write_cohort(self.file, name)
        self.settings = Settings(home)
        self.settings.hospital_name = name
        self.settings.steward_name = f"Steward of {name}"
        self.link = WorkerLink(home, self._introduction, grace_ms=20_000)
        self._preferences = PreferencesPresenter(self.settings, self.link, "0.1.0")
        self.desk = Desk(self.link, time.time)
        self.window = MainWindow(self.settings)
        self.router = Router(self.window, self.desk, self.settings, self._preferences)
        self.window.show()
        self.desk.start()

    def _introduction(self) -> object:
        return self._preferences.introduction()

    @property
    def lobby(self) -> LobbyView:
        """The study that is open."""
        view = self.desk.study.lobby
        assert view is not None
        return view

    def wait(self, done: Callable[[], object], seconds: float = 60) -> None:
        """Let all windows live until something is true."""

        def met() -> bool:
            assert self.desk.state.worker is not WorkerState.GONE, self.link.logs
            return bool(done())

        try:
            self._qtbot.waitUntil(met, timeout=int(seconds * 1000))
        except Exception as late:
            study = self.desk.study
            problems = (study.lobbies.state.problem, study.invited.state.problem)
            raise AssertionError(f"{late}\n{self.name}: {problems}\n{self.link.logs}") from late

    def press(self, words: str, where: QWidget | None = None) -> None:
        """Press the one visible button with these words or this name, once it may be pressed."""

        def found() -> list[Button]:
            place = where or self.window.page
            visible = [b for b in place.findChildren(Button) if b.isVisible()]
            return [b for b in visible if b.accessibleName() == words] or [
                b for b in visible if b.text().strip("\u2005\u2002 ") == words
            ]

        self.wait(lambda: len(found()) == 1 and found()[0].isEnabled(), 30)
        QTest.mouseClick(found()[0], Qt.MouseButton.LeftButton)

    def dialog(self) -> Dialog:
        """The dialog on the screen."""
        return next(d for d in self.window.findChildren(Dialog) if d.isVisible())

    def quiet(self) -> None:
        """Wait until no dialog is on the screen."""
        self.wait(lambda: not any(d.isVisible() for d in self.window.findChildren(Dialog)), 10)

    def tick_all(self) -> None:
        """Confirm everything on the page."""
        self.wait(lambda: any(c.isVisible() for c in self.window.page.findChildren(Check)), 10)
        for tick in self.window.page.findChildren(Check):
            tick.setChecked(True)

    def choose_cohort(self) -> None:
        """Choose the own file and wait for the checks."""
        self.window.page.take_file(str(self.file))
        self.wait(lambda: self.desk.study.cohort.state.valid)

    def compare(self, other: str) -> None:
        """Compare the six words of another hospital, as after a telephone call."""
        self.press(f"Compare words, {other}")
        asked = self.dialog()
        asked._sure.setChecked(True)
        self.press("All six match", asked)
        self.quiet()

    def unlock(self) -> None:
        """Open the identity, where there is no keyring, with a passphrase in the settings."""
        identity = self.desk.identity
        self.wait(lambda: identity.state.shown or identity.state.locked)
        if identity.state.locked:
            identity.unlock(f"the passphrase of {self.name}")
        self.wait(lambda: identity.state.shown)

    def second_person(self) -> None:
        """Set up the second person and let them approve."""
        self.press("Set up the second person", self.window.page.action_bar)
        asked = self.dialog()
        asked._name.setText(f"Second of {self.name}")
        asked._one.setText(PASSPHRASE)
        asked._two.setText(PASSPHRASE)
        self.press("Set up", asked)
        self.quiet()
        self.press("Approve as second person", self.window.page.action_bar)
        asked = self.dialog()
        asked._pass.setText(PASSPHRASE)
        self.press("Approve and reserve 1 unit", asked)
        self.wait(lambda: self.lobby.own_approved)
        self.quiet()

    def close(self) -> None:
        """Close the window and let the worker go."""
        self.window.hold_open(held=False)
        self.window.close()
        self.link.stop()
        self._qtbot.waitUntil(lambda: not self.link.running, timeout=40_000)
        self.window.deleteLater()


@pytest.fixture
def hospitals(tmp_path: Path, qtbot, monkeypatch) -> Iterator[tuple[Hospital, ...]]:
    monkeypatch.setitem(os.environ, "PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    register_plot_fonts()
    made = tuple(Hospital(tmp_path, name, qtbot) for name in NAMES)
    for one in made:
        one.wait(lambda one=one: one.desk.state.worker is WorkerState.READY)
        one.unlock()
    yield made
    for one in made:
        one.close()


def begin(north: Hospital) -> None:
    """Create the study; the hospitals meet at this computer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    north.press("New study")
    north.choose_cohort()
    north.press("Continue to Privacy")
    north.press("Continue to Join")
    draft = north.desk.study.draft
    north.wait(lambda: draft.state.own_genes)
    draft.write(title="Two kinds", purpose="To tell them apart", relay=False)
    draft.write(host="127.0.0.1", port=port)
    for statement in Attestation:
        draft.attest(statement, stated=True)
    north.press("Create the study")
    north.wait(lambda: north.desk.study.lobby is not None)


def invite(north: Hospital, other: Hospital) -> None:
    """Hand an invitation over as text; the other asks to join with its own cohort."""
    made: list[str] = []
    north.desk.study.lobbies.invitation_made.connect(lambda event: made.append(event.text))
    north.press("Make an invitation")
    north.wait(lambda: made)
    north.press("Done", north.dialog())
    other.press("Join with invitation")
    other.dialog()._text.setPlainText(made[0])
    other.press("Open invitation", other.dialog())
    other.press("Choose your cohort")
    other.choose_cohort()
    other.press("Continue to Privacy")
    other.press("Continue to Join")
    other.tick_all()
    other.press("Ask to join")
    other.wait(lambda: other.desk.study.lobby is not None)


def test_three_windows_begin_join_agree_and_run(hospitals: tuple[Hospital, ...]) -> None:
    north, *others = hospitals
    begin(north)
    for other in others:
        invite(north, other)
        north.compare(other.name)
        north.press(f"Accept, {other.name}")
        other.compare(north.name)
    north.press("Close the list and make the plan")
    for one in hospitals:
        one.wait(lambda one=one: one.window.page.plan is not None, 120)
        one.tick_all()
        one.press("Sign the plan")
        one.wait(lambda one=one: one.lobby.own_signed)
        one.wait(lambda one=one: checks.faults(one.window) == [], 10)  # once its layout rests
    for one in hospitals:
        one.second_person()
    north.press("Start secure counting")
    for one in hospitals:
        one.wait(lambda one=one: one.desk.study.run.state.over, 180)
        run = one.desk.study.run.state
        assert (run.phase, run.spent) == (RunPhase.FINISHED, True), run.problem
        assert isinstance(one.window.page, RunPage)
    for one in hospitals:
        one.wait(lambda one=one: one.desk.study.results.state.ready, 120)
    released = {one.desk.study.results.state.ready.release.synthetic_sha256 for one in hospitals}
    assert len(released) == 1, "all hold the same synthetic patients"
    assert all(one.desk.records.state.broken_entry == 0 for one in hospitals)
