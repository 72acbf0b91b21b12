"""Compare six words by telephone: the one check that no program can do for people."""

from __future__ import annotations

from typing import Final, assert_never

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from app.presenters.comparing import Hearing, asked_places, hearing
from app.presenters.wording import say
from app.views.widgets import Check, Dialog, Light, button, col, edit, para, row, text, well
from core.model.lobby import ParticipantView

_ACROSS: Final = 3
_LONGEST: Final = 20


class CompareDialog(Dialog):
    """They read, we check and write two of the words; then we read and they check.

    Nothing is marked before both words were heard and the call is confirmed.
    `done_comparing(True)` means that all six match, `done_comparing(False)` that they differ.
    """

    done_comparing = Signal(bool)

    def __init__(self, parent: QWidget, who: ParticipantView, own_words: str) -> None:
        super().__init__(
            parent,
            say("Compare six words with {name}", name=who.name),
            note=say(
                "Call **{name}** on a number you already have, not on one from an e-mail or the "
                "invitation. If all six words agree, the connection is really between your two "
                "computers.",
                name=who.name,
            ),
        )
        self._name = who.name
        self._words = who.words.split()
        places = sorted(asked_places(who.key, len(self._words)))
        self._numbers = say("{one} and {other}", one=places[0] + 1, other=places[1] + 1)
        self._heard: dict[int, QLineEdit] = {}
        self._told = Light("idle", "", "caption", wrap=True)
        self._sure = Check(say("We spoke to each other and I know the person I spoke to"))
        later = button(say("Compare later"), "ghost")
        differ = button(say("They differ"), "danger")
        self._match = button(say("All six match"), "primary")
        read = para(
            say(
                "**1. They read, you check.** Let them read their six words aloud. Do not read "
                "them out yourself. Write words {numbers} as you hear them.",
                numbers=self._numbers,
            )
        )
        self.add(col(read, self._grid(places), self._told, gap="s"))
        if own_words:
            yours = para(
                say("**2. You read, they check.** These are your six words. Read them in order.")
            )
            self.add(col(yours, _spoken(own_words.split()), gap="s"))
        self.add(self._sure)
        later.clicked.connect(self.reject)
        differ.clicked.connect(self._differ)
        self._match.clicked.connect(self._same)
        self._sure.toggled.connect(self._show)
        self.set_actions(later, None, differ, self._match, default=self._match)
        self._show()

    def _grid(self, places: list[int]) -> QFrame:
        """The words in wells, numbered; a field where a word is to be heard."""
        cells = []
        for place, word in enumerate(self._words):
            number = text(str(place + 1), "caption")
            if place not in places:
                cells.append(well(number, text(word, "h2"), None, gap="xxs", pad=(14, 10)))
                continue
            line = edit(longest=_LONGEST)
            line.setAccessibleName(say("Word {n}, as they read it", n=place + 1))
            line.setProperty("number", place + 1)
            number.setBuddy(line)
            line.textChanged.connect(self._show)
            self._heard[place] = line
            cells.append(well(number, line, gap="xxs", pad=(14, 10)))
        lines = [
            row(*[(cell, 1) for cell in cells[at : at + _ACROSS]])
            for at in range(0, len(cells), _ACROSS)
        ]
        frame = QFrame()
        frame.setLayout(col(*lines))
        frame.setAccessibleName(say("Six words of the other hospital"))
        return frame

    def _show(self) -> None:
        """Say what is missing, or which word is another one here."""
        heard = {place: line.text() for place, line in self._heard.items()}
        found, place = hearing(heard, self._words)
        match found:
            case Hearing.SAME:
                self._told.set_state("ok", say("These words are the same here."))
                blocked = None if self._sure.isChecked() else say("Confirm whom you spoke to")
            case Hearing.OTHER:
                told = say(
                    "Word {n} is another one on this computer. Let them spell it. If it stays "
                    "different, choose “They differ”: {name} is then kept out.",
                    n=place + 1,
                    name=self._name,
                )
                self._told.set_state("warn", told)
                blocked = say("Word {n} is another one here", n=place + 1)
            case Hearing.MISSING:
                told = say("Words {n} are still to be heard.", n=self._numbers)
                self._told.set_state("idle", told)
                blocked = say("Write words {n} as they read them", n=self._numbers)
            case _:
                assert_never(found)
        self._match.set_blocked(blocked)

    def _same(self) -> None:
        self.done_comparing.emit(True)
        self.accept()

    def _differ(self) -> None:
        self.done_comparing.emit(False)
        self.accept()


def _spoken(words: list[str]) -> QFrame:
    """The own words, numbered, to be read aloud."""
    lines = [
        row(*[(text(f"{at + n}  {word}", "strong"), 1)
              for n, word in enumerate(words[at : at + _ACROSS], 1)])
        for at in range(0, len(words), _ACROSS)
    ]  # fmt: skip
    frame = well(col(*lines, gap="xs"), pad=(14, 10))
    frame.setAccessibleName(say("Your six words: {words}", words=" ".join(words)))
    return frame
