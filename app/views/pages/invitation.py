"""An invitation in plain words: what is asked, what would leave, how to answer."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame

from app.presenters.study import StudyPresenter
from app.presenters.wording import day, say, units
from app.views.page import ActionBar
from app.views.pages.joint_terms import level_of_terms, study_card
from app.views.pages.step import StepPage, check_button
from app.views.widgets import Banner, Button, IconArray, Pairs, button, card, col, para, row
from app.views.widgets.layout import Item
from core.model.invitation import InvitationView

_SENT: Final = (
    ("Now", "nothing; the coordinator does not know that you have read this"),
    (
        "When you ask to join",
        "name and certificate of this hospital, and what you state; no number of a patient",
    ),
    (
        "While counting",
        "your totals, split into random-looking shares, after two people here have agreed",
    ),
    ("At the end", "noisy totals and synthetic patients, known to all hospitals of the study"),
)


class InvitationPage(StepPage):
    """Read first, then choose: with patients, without patients, or not at all."""

    def __init__(self, study: StudyPresenter) -> None:
        self._later = button(say("Not now"), "ghost")
        self._compute = button(say("Take part without patients"))
        self._on = button(say("Choose your cohort"), "primary")
        bar = ActionBar("", self._later, self._compute, self._on)
        super().__init__(study, bar, help_topic="join")
        self._later.clicked.connect(self._leave)
        self._compute.clicked.connect(self._without)
        self._on.clicked.connect(self._with)
        study.invited.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        view = self.study.invited.state.view
        if view is None:
            return
        self.refill(*self._picture(view))
        if view.expired:
            reason = say("The invitation has expired. Ask the coordinator for a new one.")
            self.bar.block(reason, "fail")
            self._compute.set_blocked(reason)
        else:
            self.bar.allow(say("Choosing shares nothing. You are asked again before anything is."))
            self._compute.set_blocked(None)

    def _picture(self, view: InvitationView) -> tuple[Item, ...]:
        items: list[Item] = []
        if view.expired:
            items.append(
                Banner(
                    "warn",
                    say("This invitation has expired"),
                    (
                        say("What you can do."),
                        say("Ask {name} for a new one. Nothing is lost.", name=view.coordinator),
                    ),
                )
            )
        return (
            *items,
            self._who(view, check_button(self)),
            study_card(view.terms, view.meeting),
            self._costs(view),
            card(
                say("What would leave this computer"), Pairs(*[(say(a), say(b)) for a, b in _SENT])
            ),
        )

    @staticmethod
    def _who(view: InvitationView, check: Button) -> QFrame:
        words = " · ".join(view.coordinator_words.split())
        return card(
            say("{name} invites you", name=view.coordinator),
            Pairs(
                (say("Invitation ends"), day(view.expires)),
                (say("Their six words"), words),
            ),
            row(check, None),
            note=say(
                "Anybody can write a name into an invitation. Before you take part you compare "
                "these six words with them by telephone."
            ),
        )

    @staticmethod
    def _costs(view: InvitationView) -> QFrame:
        sentence = para(
            say(
                "With patients of yours, the study uses **{units}** of their lifetime cap. Worst "
                "case: an attacker who knows everything else would be right about one patient’s "
                "part at most **{odds} in 100** times instead of 50.",
                units=units(view.units),
                odds=view.odds,
            ),
            tone="text",
        )
        return card(
            say("What it costs"),
            row((col(sentence, para(level_of_terms(view.terms)), None), 1),
                IconArray(view.odds), gap="l"),
        )  # fmt: skip

    def _with(self) -> None:
        self.study.answer_invitation(compute=False)

    def _without(self) -> None:
        self.study.answer_invitation(compute=True)
