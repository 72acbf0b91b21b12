"""The identity in the window, with a real worker and no key store: chosen, opened, saved, brought
back, renewed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.link import WorkerLink
from app.plots import register_plot_fonts
from app.presenters.desk import Desk, WorkerState
from app.presenters.identity import Need
from app.presenters.preferences import PreferencesPresenter
from app.settings import Settings
from app.views.dialogs.identity import BackUpDialog, RenewDialog, RestoreDialog
from app.views.pages.settings_identity import IdentityCard
from app.views.router import Router
from app.views.shell import MainWindow
from app.views.widgets import Banner, Dialog

pytestmark = [pytest.mark.timeout(120), pytest.mark.qt_log_ignore("propagateSizeHints")]
PASSPHRASE = "four words and one"
BACKUP = "words of the backup"


@pytest.fixture(scope="module", autouse=True)
def plot_fonts(dressed) -> None:
    register_plot_fonts()


class Window:
    """One installation's window over its own worker."""

    def __init__(self, home: Path, qtbot) -> None:
        self._qtbot = qtbot
        self.closed = False
        home.mkdir(exist_ok=True)
        settings = Settings(home)
        settings.hospital_name = "North"
        self.link = WorkerLink(home, lambda: preferences.introduction(), grace_ms=20_000)  # noqa: PLW0108
        preferences = PreferencesPresenter(settings, self.link, "0.1.0")
        self.desk = Desk(self.link, time.time)
        self.window = MainWindow(settings)
        self.router = Router(self.window, self.desk, settings, preferences)
        for part in (preferences, self.desk, self.link):
            part.setParent(self.window)
        self.window.show()
        self.desk.start()
        self.wait(lambda: self.desk.state.worker is WorkerState.READY)

    @property
    def identity(self):
        return self.desk.identity.state

    def wait(self, met: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(met()), timeout=30_000)

    def settings(self) -> IdentityCard:
        self.window.section_chosen.emit("settings")
        QApplication.processEvents()
        return self.card()

    def card(self) -> IdentityCard:
        def cards() -> list[IdentityCard]:
            return [c for c in self.window.page.findChildren(IdentityCard) if c.isVisible()]

        self.wait(lambda: len(cards()) == 1)
        return cards()[0]

    def dialog(self, kind: type):
        (found,) = [d for d in self.window.findChildren(kind) if d.isVisible()]
        return found

    def close(self) -> None:
        for dialog in self.window.findChildren(Dialog):
            dialog.close()
        self.window.hide()
        self.link.stop()
        self._qtbot.waitUntil(lambda: not self.link.running, timeout=20_000)
        self.closed = True
        QTest.qWait(10)


@pytest.fixture
def opened(tmp_path: Path, qtbot) -> Iterator[Callable[[str], Window]]:
    made: list[Window] = []

    def at(name: str) -> Window:
        made.append(Window(tmp_path / name, qtbot))
        return made[-1]

    yield at
    for window in made:
        if not window.closed:
            window.close()
        window.window.deleteLater()


def titles(window: Window) -> str:
    return " ".join(b.accessibleName() for b in window.window.page.findChildren(Banner))


def choose(window: Window) -> None:
    """Choose the passphrase at the first start."""
    window.wait(lambda: window.identity.need is Need.CHOOSE)
    card = window.settings()
    card._pass.setText(PASSPHRASE)
    card._again.setText("four words and two")
    assert not card._go.isEnabled() or card._missing
    card._unlock()
    assert window.identity.shown is None
    card._again.setText(PASSPHRASE)
    card._go.click()
    window.wait(lambda: window.identity.shown is not None)


def test_first_start_locked_start_and_renewal(opened, tmp_path: Path) -> None:
    north = opened("north")
    north.wait(lambda: "Choose a passphrase" in titles(north))
    choose(north)
    words = north.identity.shown.words
    assert not north.identity.shown.in_keyring
    assert "key store" in north.identity.shown.kept_reason
    north.router.show_studies()
    assert "passphrase" not in titles(north)
    north.close()

    north = opened("north")
    north.wait(lambda: "locked" in titles(north))
    assert north.identity.need is Need.UNLOCK
    card = north.settings()
    card._pass.setText("another passphrase")
    card._go.click()
    north.wait(lambda: north.identity.problem and north.identity.problem.code == "WO613")
    QApplication.processEvents()
    card = north.card()
    card._pass.setText(PASSPHRASE)
    card._go.click()
    north.wait(lambda: north.identity.shown is not None)
    assert north.identity.shown.words == words

    north.card().renew_wanted.emit()
    dialog = north.dialog(RenewDialog)
    dialog._pass.setText("another passphrase")
    dialog._go.click()
    north.wait(lambda: north.identity.change_problem is not None)
    assert dialog._pass_field.error
    dialog._pass.setText(PASSPHRASE)
    dialog._go.click()
    north.wait(lambda: north.identity.replaced is not None)
    assert not dialog._go.isVisible()
    dialog._close.click()
    north.wait(lambda: north.identity.shown.renewed)
    assert north.identity.shown.words != words
    assert north.identity.replaced is None
    kept = json.loads((tmp_path / "north" / "joint" / "identity.json").read_text())
    assert kept["former"] == []  # no study needs the former key


def test_a_backup_moves_to_another_computer(opened, tmp_path: Path) -> None:
    north = opened("north")
    choose(north)
    north.card().backup_wanted.emit()
    dialog = north.dialog(BackUpDialog)
    assert "Save" in dialog._go.text()
    dialog._one.setText(BACKUP)
    dialog._two.setText(BACKUP)
    dialog.save_to(str(tmp_path / "north"))
    north.wait(lambda: north.identity.backed_up == "north.syncohort-identity")
    words = north.identity.shown.words
    north.close()

    lake = opened("lake")
    choose(lake)
    lake.card().restore_wanted.emit()
    dialog = lake.dialog(RestoreDialog)
    dialog._path.setText(str(tmp_path / "north.syncohort-identity"))
    dialog._pass.setText("not the words")
    dialog._go.click()
    lake.wait(lambda: dialog._pass_field.error)
    dialog._pass.setText(BACKUP)
    dialog._go.click()
    lake.wait(lambda: lake.identity.present)
    assert dialog._replace.isVisible()
    assert lake.identity.shown.words != words
    dialog._pass.setText("something else")  # the question was about another passphrase
    assert not dialog._replace.isVisible()
    dialog._pass.setText(BACKUP)
    dialog._go.click()
    lake.wait(dialog._replace.isVisible)
    dialog._replace.click()
    lake.wait(lambda: lake.identity.replaced is not None)
    lake.wait(lambda: lake.identity.shown.words == words)
