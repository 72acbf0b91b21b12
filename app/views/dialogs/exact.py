"""Set an exact privacy level: the odds first, epsilon and delta derived."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox, QWidget

from app.presenters.privacy import epsilon_for_odds, needs_reason
from app.presenters.wording import odds_sentence, say, units
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import (
    Dialog,
    IconArray,
    Light,
    Pairs,
    button,
    comment,
    field,
    row,
    side,
    well,
)
from core.model.budget import (
    DEFAULT_DELTA,
    MAX_EPSILON,
    Budget,
    CapState,
    charged_units,
    odds_in_100,
)

ODDS_MIN: Final = 51
ODDS_MAX: Final = 99
_EPSILON_MIN: Final = 0.01


class ExactDialog(Dialog):
    """Two fields that follow each other; what the cap does not allow cannot be taken."""

    chosen = Signal(float, str)
    """Epsilon, and the reason for a level above Most detail."""

    def __init__(
        self, parent: QWidget, epsilon: float, cap: CapState | None, reason: str = ""
    ) -> None:
        super().__init__(
            parent,
            say("Set an exact value"),
            note=say(
                "Choose how often, of 100 guesses, an attacker may at most be right about one "
                "patient’s part. The privacy loss ε follows from it."
            ),
        )
        self._cap = cap
        self._odds = QSpinBox()
        self._odds.setRange(ODDS_MIN, ODDS_MAX)
        self._odds.setSuffix(say(" in 100"))
        self._epsilon = QDoubleSpinBox()
        self._epsilon.setLocale(QLocale(QLocale.Language.English))
        self._epsilon.setDecimals(4)
        self._epsilon.setRange(_EPSILON_MIN, MAX_EPSILON)
        self._epsilon.setSingleStep(0.1)
        for box in (self._odds, self._epsilon):
            # NB: QSpinBox.NoButtons leaves the inner field one pixel wide under a style sheet.
            box.lineEdit().setTextMargins(10, 0, 10, 0)
        self._array = IconArray(50)
        self._facts = Pairs(
            (say("Promise"), ""),
            (say("Privacy loss δ"), ""),
            (say("Takes of the cap"), ""),
            key_width=170,
        )
        self._light = Light("idle", "", "label", wrap=True)
        self._why = comment(say("One sentence"), lines=2)
        self._why.setPlainText(reason)
        self._why_field = field(
            say("Reason for a level above Most detail"),
            self._why,
            say("It stays in the privacy ledger, and your privacy officer reads it."),
        )
        self._take = button(say("Use this value"), "primary")
        stop = button(say("Keep the presets"), "ghost")
        stop.clicked.connect(self.reject)
        self._take.clicked.connect(self._accept)
        odds = field(say("Right at most"), self._odds, say("50 is a fair guess."))
        loss = field(say("Privacy loss ε"), self._epsilon, say("1 unit of the cap is ε 1."))
        self.add(side((odds, 1), (loss, 1)), row(self._array, None), well(self._facts))
        self.add(self._light, self._why_field)
        self.set_actions(stop, None, self._take, default=self._take)
        self._epsilon.setValue(epsilon)
        self._from_epsilon(epsilon)
        self._odds.valueChanged.connect(self._from_odds)
        self._epsilon.valueChanged.connect(self._from_epsilon)
        self._why.textChanged.connect(self._show)

    @property
    def epsilon(self) -> float:
        """What stands in the field."""
        return round(self._epsilon.value(), 4)

    @property
    def reason(self) -> str:
        """Why, in one line; empty where none is needed."""
        if not needs_reason(self.epsilon):
            return ""
        return " ".join(self._why.toPlainText().split())[:REASON_MAX]

    def _from_odds(self, odds: int) -> None:
        self._epsilon.blockSignals(True)
        self._epsilon.setValue(epsilon_for_odds(odds))
        self._epsilon.blockSignals(False)
        self._show()

    def _from_epsilon(self, epsilon: float) -> None:
        odds = min(ODDS_MAX, max(ODDS_MIN, odds_in_100(round(epsilon, 4))))
        self._odds.blockSignals(True)
        self._odds.setValue(odds)
        self._odds.blockSignals(False)
        self._show()

    def _show(self) -> None:
        epsilon = self.epsilon
        odds = odds_in_100(epsilon, DEFAULT_DELTA)
        takes = charged_units(Budget(epsilon=epsilon))
        self._why_field.setVisible(needs_reason(epsilon))
        self._array.set_odds(odds)
        self._facts.set_value(say("Promise"), odds_sentence(odds))
        delta = say("1 in 1,000,000: it adds at most that much to the chance above")
        self._facts.set_value(say("Privacy loss δ"), delta)
        self._facts.set_value(say("Takes of the cap"), units(takes))
        if self._cap is not None and takes > self._cap.left + 1e-9:
            words = say(
                "Needs {needs}, {left} left", needs=units(takes), left=units(self._cap.left)
            )
            self._light.set_state("fail", words)
            self._take.set_blocked(words)
        else:
            self._light.set_state("ok", say("The cap allows it."))
            lacks = needs_reason(epsilon) and not self.reason
            self._take.set_blocked(say("Write the reason first") if lacks else None)

    def _accept(self) -> None:
        self.chosen.emit(self.epsilon, self.reason)
        self.accept()
