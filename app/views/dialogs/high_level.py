"""Above the level Most detail: say why, for the own ledger, before the plan is signed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.wording import odds_sentence, say, units
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import Dialog, Pairs, button, comment, field, well
from core.model.budget import DEFAULT_DELTA, Budget, charged_units, odds_in_100


class HighLevelDialog(Dialog):
    """The odds in full, and one sentence that stays in the ledger."""

    given = Signal(str)

    def __init__(self, parent: QWidget, epsilon: float, *, written: str = "") -> None:
        """Ask.

        Args:
            parent: A widget of the window.
            epsilon: Of the plan.
            written: What was written for this level before.
        """
        note = say(
            "This study says more about each patient than the level Most detail. The ledger of "
            "this hospital keeps the reason."
        )
        super().__init__(parent, say("Why this level?"), note=note, width=580)
        odds = odds_sentence(odds_in_100(epsilon, DEFAULT_DELTA))
        self._box = comment(say("One sentence"), lines=3)
        self._box.setPlainText(written)
        self._go = button(say("Sign with this reason"), "primary")
        keep = button(say("Do not sign yet"), "ghost")
        self.add(
            well(
                Pairs(
                    (say("Promise"), odds),
                    (say("Takes of the cap"), units(charged_units(Budget(epsilon=epsilon)))),
                    (say("Undo"), say("Not possible once the first total is opened.")),
                )
            ),
            field(say("Reason"), self._box, say("Your privacy officer reads it.")),
        )
        self.set_actions(keep, None, self._go, default=self._go)
        keep.clicked.connect(self.reject)
        self._go.clicked.connect(self._accept)
        self._box.textChanged.connect(self._show)
        self._show()

    @property
    def reason(self) -> str:
        """What was written, in one line."""
        return " ".join(self._box.toPlainText().split())[:REASON_MAX]

    def _show(self) -> None:
        self._go.set_blocked(None if self.reason else say("Write the reason first"))

    def _accept(self) -> None:
        self.given.emit(self.reason)
        self.accept()
