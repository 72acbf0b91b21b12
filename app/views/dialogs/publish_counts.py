"""Publish class counts with noise: the price first, then the second person."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.presenters.lobbies import LobbiesPresenter
from app.presenters.wording import say, units
from app.presenters.wording.counts import price_words
from app.views.dialogs.decision import NAME_MAX
from app.views.widgets import (
    ChoiceCard,
    ChoiceCards,
    Dialog,
    Pairs,
    button,
    edit,
    field,
    side,
    text,
    well,
)
from core.model.budget import CapState
from core.model.counts import SCALES, epsilon_of, units_of
from core.model.lobby import LobbyView


class PublishCountsDialog(Dialog):
    """Closes when the worker published; else says why not, in place. Default: not now."""

    def __init__(
        self,
        parent: QWidget,
        lobbies: LobbiesPresenter,
        view: LobbyView,
        *,
        approver: str,
        cap: CapState | None,
    ) -> None:
        note = say(
            "A release about your patients, before the study: it uses the cap at once, and each "
            "further time again. The second person approves it."
        )
        super().__init__(parent, say("Publish class counts with noise?"), note=note, width=700)
        self._lobbies, self._study_id, self._cap = lobbies, view.study_id, cap
        self._own = view.counts.own_epsilon if view.counts is not None else 0.0
        self._sent = False
        n_classes = len(view.terms.classes)
        self._scale = SCALES[0]
        self._cards = ChoiceCards(
            say("How exact, at which price"), *(_offer(s, n_classes, cap) for s in SCALES)
        )
        self._cards.choose(str(self._scale))
        self._facts = Pairs(
            (say("Who learns it"), ""), (say("What is protected"), ""), (say("Cap"), "")
        )
        self._facts.set_value(
            say("Who learns it"),
            say("you, for the plan that the others read and sign")
            if view.coordinating
            else say("the coordinator: how many training patients of each diagnosis, roughly"),
        )
        self._facts.set_value(
            say("What is protected"),
            say("each patient; roughly how large your hospital is becomes known"),
        )
        self._who = edit(approver, longest=NAME_MAX)
        self._pass = edit(secret=True)
        self._pass_field = field(say("Passphrase of the second person"), self._pass)
        stay = button(say("Not now"), "ghost")
        self._go = button(say("Publish"), "primary")
        self.add(
            self._cards,
            well(self._facts),
            side((field(say("Second person"), self._who), 1), (self._pass_field, 1)),
        )
        self.set_actions(stay, None, self._go, default=stay)
        stay.clicked.connect(self.reject)
        self._go.clicked.connect(self._publish)
        self._cards.chosen.connect(self._choose)
        for box in (self._who, self._pass):
            box.textChanged.connect(self._show)
        lobbies.changed.connect(self._follow)
        self._show()

    def _choose(self, key: str) -> None:
        self._scale = int(key)
        self._show()

    def _show(self) -> None:
        if self._cap is not None:
            left = max(0.0, round(self._cap.left - units_of(self._scale), 9))
            words = say("{n} left after it", n=units(left))
            self._facts.set_value(say("Cap"), words)
        self._go.set_words(say("Publish and use {n}", n=units(units_of(self._scale))))
        if self._sent:
            self._go.set_blocked(say("It is being checked and written"))
        elif _over(self._scale, self._cap):
            self._go.set_blocked(say("Not enough left under the cap"))
        elif not self._who.text().strip() or not self._pass.text():
            self._go.set_blocked(say("The second person types name and passphrase"))
        else:
            self._go.set_blocked(None)

    def _publish(self) -> None:
        self._sent = True
        self._pass_field.set_error(None)
        self._show()
        self._lobbies.publish_counts(
            self._study_id, self._scale, self._who.text().strip(), self._pass.text()
        )

    def _follow(self) -> None:
        """Close when it is published, or when a plan came; else say what is wrong."""
        state = self._lobbies.state
        view = state.of(self._study_id)
        if not self._sent or view is None:
            return
        problem = state.approval_problem
        if problem is not None:
            self._sent = False
            self._pass.clear()
            self._pass_field.set_error(f"{problem.text} {problem.remedy}")
            self._show()
            self.refit()
        elif not state.asked:
            self.accept()

    def done(self, result: int) -> None:
        """Leave no passphrase and no old refusal behind."""
        self._lobbies.changed.disconnect(self._follow)
        self._pass.clear()
        self._lobbies.forget_problem()
        super().done(result)


def _over(scale: int, cap: CapState | None) -> bool:
    return cap is not None and units_of(scale) > cap.left + 1e-9


def _offer(scale: int, n_classes: int, cap: CapState | None) -> ChoiceCard:
    cost, exact, odds = price_words(scale, n_classes)
    blocked = say("Not enough left under the cap") if _over(scale, cap) else None
    return ChoiceCard(
        str(scale),
        cost,
        text(exact, "caption", "text", wrap=True),
        text(odds, "caption", wrap=True),
        text(say("ε {n}", n=f"{epsilon_of(scale):g}"), "caption"),
        says=f"{cost}; {exact}; {odds}",
        blocked=blocked,
    )
