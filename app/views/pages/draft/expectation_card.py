"""What the study that is written down can be expected to give, and how its budget is split."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.draft_state import NEUTRAL_PATIENTS, RECIPES, DraftState
from app.presenters.proposals import Planned, proposal_words, proposed_of, split_words
from app.presenters.study import StudyPresenter
from app.presenters.wording import advice_words, count, say
from app.presenters.wording.candidates import setting_words
from app.views.dialogs.split import SplitDialog
from app.views.pages.expected import expected_key, measured, set_range
from app.views.widgets import (
    Light,
    RangeBar,
    button,
    card,
    col,
    field,
    para,
    row,
    side,
    spin,
    text,
)
from app.views.widgets.layout import Item
from core.messages.forecast_messages import ForecastShown
from core.model.candidate import CandidateWish

_SMALLEST_MAX: Final = 100_000


class ExpectationCard:
    """Builds the card for the draft page and follows the forecast while it is on the screen."""

    def __init__(self, page: QWidget, study: StudyPresenter) -> None:
        """Build for ``page``."""
        self._page = page
        self._study = study
        self._built = False

    def card(self, state: DraftState) -> QFrame:
        """The card as things stand."""
        self._bar, self._said = RangeBar(0, 0, 100), text("", "caption", "text")
        self._alone, self._alone_said = RangeBar(0, 0, 100), text("", "caption", "text")
        self._light = Light("idle", "", "label", wrap=True)
        self._advice, self._genes = para(""), para("")
        self._split = text("", "caption", wrap=True)
        self._fewer = button(say("Use fewer genes"))
        self._fewer.clicked.connect(self._take_proposed)
        self._change = button(say("Change the split"), "ghost", "settings")
        self._change.clicked.connect(self._ask_split)
        several = bool(state.candidates)
        name = (
            say("One setting alone, for comparison")
            if several
            else say("Diagnosis right, compared with real data")
        )
        lines = [measured(name, self._bar, self._said)]
        if state.reference:
            name = say("The same without the public reference")
            lines.append(measured(name, self._alone, self._alone_said))
        self._again = button(say("Take the proposed split"))
        self._again.clicked.connect(lambda: self._take_shares(()))
        self._known = QWidget()
        one: list[Item] = [
            self._advice,
            row((self._genes, 1), self._fewer),
            row((self._split, 1), self._change),
        ]
        if several:  # each setting has its own number of genes, and its split as proposed
            held = [self._advice, self._genes, self._split, self._fewer, self._change]
            alone = CandidateWish(recipe=state.recipe, n_genes=state.alone_genes)
            one = [_put_away(*held), text(_several(alone), "caption", wrap=True)]
        self._known.setLayout(col(*lines, *one, gap="s"))
        items = [self._smallest(state)] if state.without_patients else []
        self._built = True
        self.show(state)
        return card(
            say("What to expect of this study"),
            *items,
            self._light,
            row(self._again, None),
            self._known,
            aside=expected_key(),
            gap="s",
        )

    def show(self, state: DraftState) -> None:
        """Follow the forecast."""
        if not self._built:
            return
        found = self._study.draft.forecast.state
        if found.problem is not None:
            said = f"{found.problem.text} {found.problem.remedy}"
            self._light.set_state("fail", f"{found.problem.title}. {said}")
        elif found.asked is None:
            self._light.set_state("idle", say("Known as soon as genes and diagnoses are."))
        else:
            self._light.set_state("busy", say("It is being predicted, from the plan alone."))
        self._light.setVisible(found.shown is None)
        self._again.setVisible(found.problem is not None and bool(state.shares))
        self._known.setVisible(found.shown is not None)
        if found.shown is not None:
            self._show_found(state, found.shown)

    def _show_found(self, state: DraftState, found: ForecastShown) -> None:
        smallest = state.smallest or NEUTRAL_PATIENTS
        useful, own = found.usefulness, bool(state.shares)
        if useful is not None:
            set_range(self._bar, self._said, useful)
            self._advice.set_words(advice_words(useful.advice.value))
            most = len(state.file_genes) if state.gene_file else len(state.own_genes)
            words = proposal_words(useful, most=most, smallest=smallest)
            self._genes.set_words(f"{words} {_which(state)}".strip())
            proposed = proposed_of(useful, most)
            self._fewer.set_words(say("Use {n} genes", n=count(proposed)))
            fits = proposed in {0, found.n_genes} or bool(state.gene_file)
            self._fewer.setVisible(not fits)
        if found.alone is not None:
            set_range(self._alone, self._alone_said, found.alone)
        planned = Planned(
            n_genes=found.n_genes,
            n_classes=len(state.class_names),
            smallest=smallest,
            fitted=state.recipe == RECIPES[0],
        )
        self._split.setText(split_words(found.split, planned, own=own))

    def _smallest(self, state: DraftState) -> QWidget:
        """Without patients no step before asked for it."""
        box = spin(1, _SMALLEST_MAX, state.smallest or NEUTRAL_PATIENTS)
        box.valueChanged.connect(lambda n: self._study.draft.write(smallest=n))
        hint = say("All hospitals together, as you expect it. Type it; it is never counted.")
        asked = field(say("Planned patients with the rarest diagnosis"), box, hint)
        holder = QWidget()
        holder.setLayout(side((asked, 1), (QWidget(), 1)))
        return holder

    def _take_proposed(self) -> None:
        found = self._study.draft.forecast.state.shown
        if found is not None and found.usefulness is not None:
            most = len(self._study.draft.state.own_genes)
            self._study.take_genes(proposed_of(found.usefulness, most))

    def _ask_split(self) -> None:
        found = self._study.draft.forecast.state.shown
        if found is not None:
            dialog = SplitDialog(self._page, found.split)
            dialog.chosen.connect(self._take_shares)
            dialog.open()

    def _take_shares(self, shares: tuple[tuple[str, float], ...]) -> None:
        self._study.draft.write(shares=shares)


def _put_away(*parts: QWidget) -> QWidget:
    """Hold what has no place on the card."""
    holder = QWidget()
    holder.setLayout(col(*parts))
    holder.hide()
    return holder


def _several(alone: CandidateWish) -> str:
    return say(
        "Alone: {what}. What each of the settings may give stands beside it; each shares out its "
        "own part of what is spent over its stages as proposed for it.",
        what=setting_words(alone),
    )


def _which(state: DraftState) -> str:
    """Say which of the own columns so many are; a list says it itself."""
    if state.gene_file:
        return ""
    if state.reference:
        return say("They are those that vary most in the public reference.")
    return say(
        "They are the first of your file: without a public reference nothing public says which "
        "vary most."
    )
