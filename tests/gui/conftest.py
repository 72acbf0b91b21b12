"""A dressed application for every test of the shell: bundled fonts, light, text at 100 %."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.settings import ThemeMode
from app.theme import Theme, register_fonts


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
