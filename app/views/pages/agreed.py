"""Step 2 of a study that others began: the level stands in the invitation, the cap bears it."""

from __future__ import annotations

from app.presenters.study import StudyPresenter
from app.presenters.wording import odds_sentence, say, units
from app.theme import current_theme
from app.views.page import ActionBar
from app.views.pages.step import StepPage
from app.views.widgets import CapBar, IconArray, Swatch, button, card, col, legend, para, row, text
from app.views.widgets.layout import Item
from core.model.budget import odds_in_100
from core.model.invitation import InvitationView
from core.model.study import CohortView


class AgreedPage(StepPage):
    """Nothing to choose: what it means and what is left afterwards."""

    def __init__(self, study: StudyPresenter) -> None:
        back = button(say("Back"), "ghost")
        on = button(say("Continue to Join"), "primary")
        super().__init__(study, ActionBar("", back, on), help_topic="privacy")
        back.clicked.connect(self._to_cohort)
        on.clicked.connect(study.forward)
        view, cohort = study.invited.state.view, study.cohort.state.cohort
        if view is not None and cohort is not None:
            self.refill(*self._picture(view, cohort))
        self.bar.allow(say("Nothing is spent yet. You see the whole plan before anything starts."))

    def _picture(self, view: InvitationView, cohort: CohortView) -> tuple[Item, ...]:
        question = text(
            say("How sure could an attacker become that one patient took part?"), "h2", wrap=True
        )
        worst = para(
            say(
                "Worst case: the attacker already knows all of the patient’s gene values and "
                "everyone else in the cohort. A fair guess is right 50 times in 100."
            )
        )
        key = legend(
            (Swatch("real", disc=True), say("right by a fair guess")),
            (Swatch("high"), say("added by the release, at most")),
            (Swatch("edge", disc=True, hollow=True), say("still wrong")),
        )
        promise = text(odds_sentence(view.odds), "h2", wrap=True)
        level = card(
            say("Level of this study"),
            row(IconArray(view.odds), (promise, 1), gap="l"),
            key,
            note=say("{name} chose it for all hospitals; it cannot be changed here.",
                     name=view.coordinator),
        )  # fmt: skip
        return col(question, worst, gap="xs"), level, _cap_card(view, cohort)

    def _to_cohort(self) -> None:
        self._show_step(0)


def _cap_card(view: InvitationView, cohort: CohortView) -> Item:
    cap = cohort.cap
    used = cap.spent + cap.reserved
    left = max(0.0, round(cap.cap - used - view.units, 9))
    total = odds_in_100(used + view.terms.budget.epsilon, view.terms.budget.delta)
    keys = row(
        Swatch("real"), text(say("Spent {n}", n=f"{used:g}"), "caption", "text"), 10,
        Swatch("high", hatch=True),
        text(say("This study {n}", n=f"{view.units:g}"), "caption", "text"), 10,
        Swatch("sunken", hollow=True),
        text(say("Left after it {n}", n=f"{left:g}"), "caption", "text"),
        None, gap="xs",
    )  # fmt: skip
    whole = text(say("Cap {units}", units=units(cap.cap)), "caption")
    stacked = current_theme().tokens.stacked
    return card(
        say("Lifetime cap of “{name}”", name=cohort.name),
        CapBar(used, view.units, cap.cap),
        col(keys, whole) if stacked else row((keys, 1), whole),
        para(
            say(
                "Everything ever released from this cohort, this study included: at most "
                "**{odds} in 100** instead of 50. Spending cannot be undone.",
                odds=total,
            )
        ),
        gap="s",
    )
