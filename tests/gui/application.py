"""One installation: the window over its own real worker, as `app.main` builds it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.link import WorkerLink
from app.plots import register_plot_fonts
from app.presenters.desk import Desk, WorkerState
from app.presenters.preferences import PreferencesPresenter
from app.settings import Settings
from app.views.router import Router
from app.views.shell import MainWindow
from app.views.widgets import Dialog
from tests.gui import checks, hands


class Application:
    """Presses what a person would press, and waits as a person would wait."""

    def __init__(self, home: Path, qtbot, hospital: str = "Northgate") -> None:
        self._qtbot = qtbot
        self._closed = False
        register_plot_fonts()
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.name = hospital
        self.settings = Settings(home)
        self.settings.hospital_name = hospital
        self.settings.steward_name = f"Steward of {hospital}"
        self.link = WorkerLink(home, self._introduction, grace_ms=20_000)
        self._preferences = PreferencesPresenter(self.settings, self.link, "0.1.0")
        self.desk = Desk(self.link, time.time)
        self.window = MainWindow(self.settings)
        self.router = Router(self.window, self.desk, self.settings, self._preferences)
        self.window.show()
        self.desk.start()
        self.wait(lambda: self.desk.state.worker is WorkerState.READY)
        self.wait(lambda: self.desk.records.state.activity is not None)

    def _introduction(self) -> object:
        return self._preferences.introduction()

    def wait(self, done: Callable[[], object], seconds: float = 60) -> None:
        """Let all windows live until something is true; a worker that dies fails at once."""
        gone = self.desk.state.worker is WorkerState.GONE

        def met() -> bool:
            assert gone or self.desk.state.worker is not WorkerState.GONE, self.link.logs
            return bool(done())

        try:
            self._qtbot.waitUntil(met, timeout=int(seconds * 1000))
        except Exception as late:
            study = self.desk.study
            states = (study.join, study.lobbies, study.invited, study.run)
            problems = [p.state.problem for p in states if p.state.problem is not None]
            logs = "\n".join(self.link.logs[-20:])
            raise AssertionError(f"{late}\n{self.name}: {problems}\n{logs}") from late

    def press(self, words: str, where: QWidget | None = None, seconds: float = 30) -> None:
        """Press the one visible button with these words or this name, once it may be pressed."""

        def pressed() -> bool:
            found = hands.buttons(where or self.window.page, words)
            return len(found) == 1 and found[0].isEnabled()

        self.wait(pressed, seconds)
        QTest.mouseClick(
            hands.buttons(where or self.window.page, words)[0], Qt.MouseButton.LeftButton
        )
        QApplication.processEvents()

    def dialog(self, kind: type = Dialog) -> Any:
        """The dialog on the screen, once it is there."""
        self.wait(lambda: any(d.isVisible() for d in self.window.findChildren(kind)), 10)
        return hands.dialog(self.window, kind)

    def quiet(self) -> None:
        """Wait until no dialog is on the screen."""
        self.wait(lambda: not any(d.isVisible() for d in self.window.findChildren(Dialog)), 10)

    def faults(self) -> list[str]:
        """What is wrong with the page on the screen, once its layout rests."""
        for _ in range(4):
            QApplication.processEvents()
        return checks.faults(self.window)

    def close(self) -> None:
        """Close the window and let the worker go; once."""
        if self._closed:
            return
        self._closed = True
        self.window.hold_open(held=False)
        self.window.close()
        self.link.stop()
        self._qtbot.waitUntil(lambda: not self.link.running, timeout=40_000)
        self.window.deleteLater()
        QApplication.processEvents()
