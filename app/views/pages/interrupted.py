"""A run that was interrupted: what happened, what it cost and what to do, on two pages."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.interrupted import Interruption
from app.presenters.wording import say
from app.views.widgets import Banner, Button, button, col

_MOST_ACTIONS: Final = 3


class InterruptedBanner(QWidget):
    """Its buttons ask only; continuing and ending stand in the bar of the page."""

    remove_wanted = Signal(str)
    """Plan the study again without the hospital of this key."""
    results_wanted = Signal()
    """See the synthetic patients that are here already."""

    def __init__(self, found: Interruption, *more: Button) -> None:
        """Make it.

        Args:
            found: What is to be said.
            more: Further buttons, where there is room for them.
        """
        super().__init__()
        lines = [
            (say("What happened."), found.happened),
            (say("Privacy cap."), found.cap),
            (say("What you can do."), found.remedy),
        ]
        actions: list[Button] = []
        if found.released:
            results = button(say("Open results"))
            results.clicked.connect(self.results_wanted)
            actions.append(results)
        for who in found.absent:
            without = button(say("Plan again without {name}", name=who.name))
            without.setProperty("key", who.key)
            without.clicked.connect(self._remove)
            actions.append(without)
        if found.absent:
            again = say(
                "makes a **new plan**: every hospital signs and approves again, and it **costs "
                "the units again**. What was spent stays spent."
            )
            lines.append((say("Planning again"), again))
        if found.why_not:
            lines.append(("", found.why_not))
        shown = tuple([*actions, *more][:_MOST_ACTIONS])
        banner = Banner("warn", found.title, *lines, actions=shown, details=found.code)
        self.setLayout(col(banner, gap="none"))

    def _remove(self) -> None:
        self.remove_wanted.emit(str(self.sender().property("key")))
