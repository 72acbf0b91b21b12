"""Change a cohort's cap: before and after, two people, a reason."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QWidget

from app.presenters.desk import Desk
from app.presenters.wording import odds_sentence, say, units
from app.views.dialogs.decision import ConsentFields, DecisionDialog
from app.views.widgets import CapBar, Pairs, col, field, row, side, text, well
from core.model.budget import DEFAULT_DELTA, odds_in_100
from core.model.ledger import CohortStanding

CAP_MAX: Final = 50.0
_STEP: Final = 0.5
_STEPS: Final = 1000
_SURE: Final = 99


class CapDialog(DecisionDialog):
    """The new cap counts as soon as both passphrases are right."""

    def __init__(self, parent: QWidget, desk: Desk, cohort: CohortStanding) -> None:
        held = cohort.standing == "held"
        note = (
            say(
                "“{name}” is held back, because its patients may have been used in studies that "
                "this ledger does not know. Deciding on its cap sets it free again.",
                name=cohort.name,
            )
            if held
            else say(
                "The cap protects the patients of “{name}”: a higher one lets studies say more "
                "about each of them. What is used then cannot be taken back.",
                name=cohort.name,
            )
        )
        super().__init__(parent, desk.ledger, say("Change the cap"), note=note)
        self._cohort = cohort
        self._held = held
        self._cap = QDoubleSpinBox()
        self._cap.setLocale(QLocale(QLocale.Language.English))
        self._cap.setDecimals(2)
        self._cap.setSingleStep(_STEP)
        self._cap.setRange(0.01, CAP_MAX)
        # NB: QSpinBox.NoButtons leaves the inner field one pixel wide under a style sheet.
        self._cap.lineEdit().setTextMargins(10, 0, 10, 0)
        self._cap.setValue(cohort.cap.cap if held else min(CAP_MAX, cohort.cap.cap + 1))
        cap = cohort.cap
        self._before = CapBar(cap.spent, cap.reserved, cap.cap)
        self._after = CapBar(cap.spent, cap.reserved, cap.cap)
        self._facts = Pairs(
            (say("Used so far"), units(round(cap.spent + cap.reserved, 9))),
            (say("Left"), ""),
            (say("When all of it is used"), ""),
            key_width=170,
        )
        state = desk.ledger.state
        self._people = ConsentFields(state.requester, desk.identity.state.approver)
        self._now = text("", "label", "text")
        new = field(
            say("New cap, in units"),
            self._cap,
            say("It was {cap}. 1 unit is ε 1.", cap=units(cap.cap)),
        )
        before = say("Before: {cap}", cap=units(cap.cap))
        self.add(side((new, 2), (self._bars(before), 3)), well(self._facts), self._people)
        self._cap.valueChanged.connect(self._show)
        self._people.changed.connect(self.follow_fields)
        self._show()
        self.finish(say("Change the cap"), say("Keep it as it is"))

    @property
    def cap(self) -> float:
        """What stands in the field, units."""
        return round(self._cap.value(), 2)

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases."""
        return self._people.passes

    def missing(self) -> str:
        """Return what is missing."""
        if not self._held and self.cap == self._cohort.cap.cap:
            return say("Choose another cap than the present one")
        return self._people.missing

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.change_cap(self._cohort.cohort_id, self.cap, self._people.consent())

    def _bars(self, before: str) -> QWidget:
        """Both bars on one scale, so that a higher cap is a longer bar."""
        box = QWidget()
        self._scales = (row((self._before, 1), None, gap="none"), row((self._after, 1), None))
        head = text(before, "label", "text")
        box.setLayout(col(head, self._scales[0], self._now, self._scales[1], gap="xs"))
        return box

    def _show(self) -> None:
        cap, used = self._cohort.cap, self._cohort.cap.spent + self._cohort.cap.reserved
        now = self.cap
        self._now.setText(say("After: {cap}", cap=units(now)))
        self._after.set_values(cap.spent, cap.reserved, now)
        longest = max(cap.cap, now)
        for line, amount in zip(self._scales, (cap.cap, now), strict=True):
            line.setStretch(0, round(_STEPS * amount / longest))
            line.setStretch(1, _STEPS - round(_STEPS * amount / longest))
        left = round(max(0.0, now - used), 9)
        self._facts.set_value(
            say("Left"),
            say("{before} before, {after} after", before=f"{cap.left:g}", after=units(left)),
        )
        was, will = (odds_in_100(c, DEFAULT_DELTA) for c in (cap.cap, max(now, used)))
        self._facts.set_value(
            say("When all of it is used"),
            _worst(will, was),
        )
        self.follow_fields()


def _worst(will: int, was: int) -> str:
    """The worst case for one patient when the whole cap is used."""
    words = say("{odds}; with the present cap {was} in 100", odds=odds_sentence(will), was=was)
    if will >= _SURE:
        return say("{words}. Then hardly any protection is left.", words=words)
    return words
