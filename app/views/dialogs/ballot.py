"""This hospital's secret vote on the release, cast while the plan is approved."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.presenters.judging import ballot_note
from app.presenters.wording import say
from app.views.widgets import ChoiceCard, ChoiceCards, col, field, para, spin, text
from core.model.judging import Ballot, VotePolicy

_YES: Final = "yes"
_NO: Final = "no"
_WHOLE: Final = 100
_USUAL_MINIMUM: Final = 60


class BallotBox(QFrame):
    """Nothing is chosen beforehand: a vote is somebody's own."""

    changed = Signal()
    """The second person chose."""

    def __init__(self, policy: VotePolicy) -> None:
        """Ask for yes or no; under MINIMUM for the least score as well."""
        super().__init__()
        self._chosen = ""
        self._asks_minimum = policy is VotePolicy.MINIMUM
        self._minimum = spin(0, _WHOLE, _USUAL_MINIMUM)
        title = say("May the synthetic patients be released?")
        agreed = (
            say("if the joint score reaches our minimum")
            if self._asks_minimum
            else say("if everybody else agrees")
        )
        way = ChoiceCards(
            title,
            ChoiceCard(_YES, say("Yes"), para(agreed)),
            ChoiceCard(_NO, say("No"), para(say("nothing is released; the units stay used"))),
        )
        way.chosen.connect(self._take)
        self._least = field(
            say("Our minimum for the joint score, of 100"),
            self._minimum,
            say("Mean macro-F1 of both programs: 100 is faultless. Nobody else sees it."),
        )
        self._least.setVisible(False)
        items = col(text(title, "label", "text"), way, self._least, para(ballot_note()), gap="s")
        items.setContentsMargins(0, 0, 0, 0)
        self.setLayout(items)

    @property
    def ballot(self) -> Ballot | None:
        """The vote; None while nothing is chosen."""
        if not self._chosen:
            return None
        agrees = self._chosen == _YES
        asked = self._asks_minimum and agrees
        return Ballot(agrees=agrees, minimum=self._minimum.value() / _WHOLE if asked else 0.0)

    def _take(self, key: str) -> None:
        self._chosen = key
        self._least.setVisible(self._asks_minimum and key == _YES)
        self.changed.emit()
