"""Every page and dialog in every state: nothing cut, nothing unnamed, nothing illegible."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.settings import ThemeMode
from app.views.shell import SIZE_MIN
from app.views.widgets import Dialog
from tests.gui import checks, shots

OVER_EVERYTHING = ("drawer",)  # its scrim is meant to make the page behind it illegible


@pytest.fixture(params=sorted(set(shots.STATES) - set(OVER_EVERYTHING)))
def state(request) -> str:
    return request.param


def shown(made: shots.Stand) -> list:
    return [d for d in made.window.findChildren(Dialog) if d.isVisible()] or [made.window]


# Frameless dialogs on the offscreen platform: Qt cannot tell a window manager about sizes.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.mark.long
def test_sound_in_light_and_dark_and_in_the_smallest_window(reach, theme, state: str) -> None:
    """One window for the three: to bring it into its state takes longer than to look at it.

    The smallest window stays dark; what only it shows is seen in light at large text.
    """
    made = reach(state)
    found = [fault for one in shown(made) for fault in checks.faults(one)]
    theme.set_mode(ThemeMode.DARK)
    QApplication.processEvents()
    found += [f"dark: {f}" for one in shown(made) for f in checks.low_contrast(one)]
    made.window.resize(SIZE_MIN)
    for _ in range(6):
        QApplication.processEvents()
    found += [f"smallest: {fault}" for one in shown(made) for fault in checks.faults(one)]
    assert found == []


@pytest.mark.long
def test_sound_at_large_text(reach, theme, state: str) -> None:
    theme.set_text_size(150)
    made = reach(state)
    assert [fault for one in shown(made) for fault in checks.faults(one)] == []


@pytest.mark.parametrize("name", ["run_running", "results_overview", "privacy"])
def test_page_is_built_again_when_the_text_size_changes(reach, theme, name: str) -> None:
    made = reach(name)
    before = made.window.page
    theme.set_text_size(150)
    for _ in range(4):
        QApplication.processEvents()
    assert made.window.page is not before
    assert type(made.window.page) is type(before)
    assert [fault for one in shown(made) for fault in checks.faults(one)] == []
