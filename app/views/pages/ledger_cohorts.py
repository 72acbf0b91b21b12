"""Caps and cohorts: what each may still use, and the decisions about it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.desk import Desk
from app.presenters.ledger import LedgerState
from app.presenters.wording import odds_sentence, say, units
from app.presenters.wording.ledger import composed_words, standing_words
from app.theme import current_theme
from app.views.dialogs.cap import CapDialog
from app.views.dialogs.cohort_ends import ForgetDialog, WithdrawDialog
from app.views.widgets import (
    CapBar,
    Light,
    Swatch,
    button,
    card,
    col,
    empty,
    legend,
    para,
    row,
    text,
)
from app.views.widgets.layout import Item
from core.model.budget import DEFAULT_DELTA, odds_in_100
from core.model.ledger import CohortStanding


class CohortsPart:
    """One card per cohort of the ledger."""

    def __init__(self, page: QWidget, desk: Desk) -> None:
        """Belong to a page, which throws the widgets away and asks again."""
        self._page = page
        self._desk = desk

    def items(self, state: LedgerState) -> list[Item]:
        """Return the widgets, from top to bottom."""
        if not state.cohorts:
            words = say("A cohort comes into the ledger when its file is read for the first time.")
            return [empty("cohorts", say("No cohorts yet"), words)]
        return [self._card(cohort) for cohort in state.cohorts]

    def _card(self, cohort: CohortStanding) -> QFrame:
        cap = cohort.cap
        keys = [(Swatch("real"), say("Spent {n}", n=f"{cap.spent:g}"))]
        if cap.reserved:
            keys.append((Swatch("high", hatch=True), say("Reserved {n}", n=f"{cap.reserved:g}")))
        keys.append((Swatch("sunken", hollow=True), say("Left {n}", n=f"{cap.left:g}")))
        used = cap.spent + cap.reserved
        odds = odds_in_100(cap.total_epsilon, DEFAULT_DELTA) if used else 50
        total = text(
            say("{odds}, all releases together", odds=odds_sentence(odds)), "caption", wrap=True
        )
        stacked = current_theme().tokens.stacked
        line: Item = col(legend(*keys), total) if stacked else row((legend(*keys), 1), total)
        total.setWordWrap(stacked)
        light, words = standing_words(cohort.standing)
        head = row(
            (text(cohort.name, "h2", wrap=True), 1),
            text(
                say("{left} of {cap} left", left=f"{cap.left:g}", cap=units(cap.cap)),
                "label",
                "text",
            ),
        )
        actions = self._actions(cohort)
        return card(
            None,
            head,
            CapBar(cap.spent, cap.reserved, cap.cap),
            line,
            *([para(composed, "caption")] if (composed := composed_words(cohort)) else []),
            Light(light, words, "label", wrap=True),
            col(*actions) if stacked else row(*actions, None),
            gap="s",
        )

    def _actions(self, cohort: CohortStanding) -> list[Item]:
        gone = "withdrawn" in cohort.standing and not cohort.standing.endswith("in part")
        change = button(
            say("Change the cap"), name=say("Change the cap of {name}", name=cohort.name)
        )
        change.set_blocked(say("The cohort is withdrawn for ever") if gone else None)
        change.clicked.connect(lambda: self._change(cohort))
        withdraw = button(say("Withdraw"), "danger", name=say("Withdraw {name}", name=cohort.name))
        withdraw.set_blocked(say("The cohort is withdrawn already") if gone else None)
        withdraw.clicked.connect(lambda: self._withdraw(cohort))
        forget = button(
            say("Delete identifiers"),
            "danger",
            name=say("Delete the identifiers of {name}", name=cohort.name),
        )
        deleted = "identifiers deleted" in cohort.standing
        forget.set_blocked(say("They are deleted already") if deleted else None)
        forget.clicked.connect(lambda: self._forget(cohort))
        return [change, withdraw, forget]

    def _change(self, cohort: CohortStanding) -> None:
        CapDialog(self._page, self._desk, cohort).open()

    def _withdraw(self, cohort: CohortStanding) -> None:
        WithdrawDialog(self._page, self._desk, cohort).open()

    def _forget(self, cohort: CohortStanding) -> None:
        ForgetDialog(self._page, self._desk, cohort).open()
