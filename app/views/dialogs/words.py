"""Compare six words by telephone: the one check that no program can do for people."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.wording import say
from app.views.widgets import Check, Dialog, button, col, para, row, text, well
from core.model.lobby import ParticipantView

_ACROSS: Final = 3


class CompareDialog(Dialog):
    """Six words, three steps, one tick; nothing is marked before the telephone call is confirmed.

    `done_comparing(True)` means that all six match, `done_comparing(False)` that they differ.
    """

    done_comparing = Signal(bool)

    def __init__(self, parent: QWidget, who: ParticipantView, own_words: str) -> None:
        super().__init__(
            parent,
            say("Compare six words with {name}", name=who.name),
            note=say(
                "Each hospital has six words of its own. If {name} reads out exactly these, the "
                "connection is really between your two computers.",
                name=who.name,
            ),
        )
        steps = (
            say(
                "Call **{name}** on a number you already have, not on one from an e-mail or the "
                "invitation.",
                name=who.name,
            ),
            say("Let them read their six words aloud first. Compare them in order."),
            say("If a single word differs, somebody may be between you. Choose “They differ”."),
        )
        lines = [
            row(col(text(f"{n}.", "muted", "text"), None, gap="none"), (para(words), 1))
            for n, words in enumerate(steps, 1)
        ]
        self._sure = Check(say("We spoke by phone and I know the person I spoke to"))
        later = button(say("Not now"), "ghost")
        differ = button(say("They differ"), "danger")
        self._match = button(say("All six match"), "primary")
        self._match.set_blocked(say("Confirm the phone call first"))
        own = say("Then read out yours: {words}", words=" · ".join(own_words.split()))
        self.add(
            col(*lines, gap="xs"),
            word_grid(who.words),
            *((text(own, "caption", wrap=True),) if own_words else ()),
            self._sure,
        )
        later.clicked.connect(self.reject)
        differ.clicked.connect(self._differ)
        self._match.clicked.connect(self._same)
        self._sure.toggled.connect(self._confirm)
        self.set_actions(later, None, differ, self._match, default=later)

    def _confirm(self, spoken: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._match.set_blocked(None if spoken else say("Confirm the phone call first"))

    def _same(self) -> None:
        self.done_comparing.emit(True)
        self.accept()

    def _differ(self) -> None:
        self.done_comparing.emit(False)
        self.accept()


def word_grid(words: str) -> QFrame:
    """Six words in wells, numbered, as large as headings."""
    cells = [
        well(text(str(n), "caption"), text(word, "h1"), gap="xxs", pad=(14, 10))
        for n, word in enumerate(words.split(), 1)
    ]
    lines = [
        row(*[(cell, 1) for cell in cells[at : at + _ACROSS]])
        for at in range(0, len(cells), _ACROSS)
    ]
    frame = QFrame()
    frame.setLayout(col(*lines))
    frame.setAccessibleName(say("Six words: {words}", words=words))
    return frame
