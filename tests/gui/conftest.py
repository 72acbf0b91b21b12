"""A dressed application for every test of the shell: bundled fonts, light, text at 100 %."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.plots import register_plot_fonts
from app.presenters.desk import Desk
from app.settings import ThemeMode
from app.theme import Theme, register_fonts
from app.views.widgets import Dialog
from tests.gui import script, shots
from tests.gui.joint_hospital import NAMES, Hospital, Meeting, relay_process
from tests.gui.stand import Stand


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    """The one theme of the test run."""
    register_fonts()
    return Theme(qapp, mode=ThemeMode.LIGHT)


@pytest.fixture(autouse=True)
def theme(dressed: Theme) -> Iterator[Theme]:
    """The theme, put back to light and 100 % after each test."""
    yield dressed
    # Without an event loop Qt never deletes what was given up, and each look would dress it anew.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    dressed.set_mode(ThemeMode.LIGHT)
    dressed.set_text_size(100)
    dressed.set_reduce_motion(wanted=False)


@pytest.fixture(scope="session")
def plot_fonts(dressed: Theme) -> None:
    """The fonts of pictures, after those of the window."""
    del dressed
    register_plot_fonts()


@pytest.fixture
def reach(tmp_path: Path, plot_fonts: None) -> Iterator[Callable[[str], Stand]]:
    """Bring a window over a script into a state of the gallery; it is closed afterwards."""
    del plot_fonts
    stands: list[Stand] = []

    def build(name: str) -> Stand:
        stands.append(shots.reach(tmp_path, name))
        return stands[-1]

    yield build
    for made in stands:
        for dialog in made.window.findChildren(Dialog):
            dialog.close()
        made.window.hold_open(held=False)
        made.window.hide()
        made.window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Meeting]:
    """A relay in a process of its own."""
    with relay_process(tmp_path / "relay") as meeting:
        yield meeting


@pytest.fixture
def n_genes() -> int:
    """Genes of the hospitals' files; more of them make a run last longer."""
    return 6


@pytest.fixture
def hospitals(tmp_path: Path, qtbot: QtBot, n_genes: int) -> Iterator[tuple[Hospital, ...]]:
    """Three installations with homes, cohorts and workers of their own."""
    made: list[Hospital] = []
    try:
        for name in NAMES:
            made.append(Hospital(tmp_path, name, qtbot, n_genes))
        yield tuple(made)
    finally:
        for one in made:
            one.close()


@pytest.fixture
def link(qapp: QCoreApplication) -> script.ScriptLink:
    """A worker that says what the test says."""
    del qapp
    return script.ScriptLink()


@pytest.fixture
def desk(link: script.ScriptLink) -> Desk:
    """The presenters over that worker, without a window."""
    made = Desk(link, lambda: script.NOW)
    made.study.privacy._timer.setInterval(0)
    return made
