"""Share out over the stages what a study spends."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.proposals import stage_title
from app.presenters.wording import say
from app.views.widgets import Dialog, Light, button, field, side, spin
from core.model.study import StageShare

_LEAST: Final = 1
_MOST: Final = 90
#: With less, what tells diagnoses apart would be noise.
_LEAST_REST: Final = 10
_HUNDRED: Final = 100


class SplitDialog(Dialog):
    """Hundredths for every stage but one, which gets the rest."""

    chosen = Signal(tuple)
    """(stage, share) of each stage; empty for what is proposed."""

    def __init__(self, parent: QWidget, split: tuple[StageShare, ...]) -> None:
        super().__init__(
            parent,
            say("Share out what is spent"),
            note=say(
                "A stage that gets more is measured more exactly, at the cost of the others. The "
                "protection of each patient stays the same. The proposal suits most studies."
            ),
        )
        self._rest = next((s.stage for s in split if not s.own), "")
        self._boxes = {s.stage: spin(_LEAST, _MOST, _hundredths(s)) for s in split if s.own}
        fields = [
            (field(say("{stage}, of 100", stage=_capital(stage)), box), 1)
            for stage, box in self._boxes.items()
        ]
        for at in range(0, len(fields), 2):
            pair: list[tuple[QWidget, int]] = [*fields[at : at + 2]]
            pair += [(QWidget(), 1)] * (2 - len(pair))
            self.add(side(*pair))
        self._light = Light("idle", "", "label", wrap=True)
        self.add(self._light)
        self._take = button(say("Use this split"), "primary")
        proposed = button(say("As proposed"), "secondary")
        stop = button(say("Close"), "ghost")
        stop.clicked.connect(self.reject)
        proposed.clicked.connect(self._propose)
        self._take.clicked.connect(self._accept)
        self.set_actions(stop, None, proposed, self._take, default=self._take)
        for box in self._boxes.values():
            box.valueChanged.connect(self._show)
        self._show()

    @property
    def left(self) -> int:
        """Hundredths that are left for the stage that gets the rest."""
        return _HUNDRED - sum(box.value() for box in self._boxes.values())

    def _show(self) -> None:
        rest = stage_title(self._rest) if self._rest else say("the other stages")
        if self.left < _LEAST_REST:
            words = say(
                "At least {n} of 100 must be left for: {stage}.", n=_LEAST_REST, stage=rest
            )
            self._light.set_state("fail", words)
            self._take.set_blocked(words)
        else:
            words = say("{n} of 100 are left for: {stage}.", n=self.left, stage=rest)
            self._light.set_state("ok", words)
            self._take.set_blocked(None)

    def _accept(self) -> None:
        self.chosen.emit(tuple((s, box.value() / _HUNDRED) for s, box in self._boxes.items()))
        self.accept()

    def _propose(self) -> None:
        self.chosen.emit(())
        self.accept()


def _hundredths(part: StageShare) -> int:
    return min(_MOST, max(_LEAST, round(_HUNDRED * part.share)))


def _capital(stage: str) -> str:
    title = stage_title(stage)
    return title[0].upper() + title[1:]
