"""Step 2, Privacy: three presets with odds, the lifetime cap, the expected usefulness."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.privacy import MIN_GENES, PrivacyState
from app.presenters.proposals import Planned, proposal_words, split_words
from app.presenters.study import StudyPresenter
from app.presenters.wording import advice_words, count, level_words, say, units
from app.settings import Settings
from app.theme import current_theme
from app.views.dialogs.exact import ExactDialog
from app.views.dialogs.split import SplitDialog
from app.views.page import ActionBar
from app.views.pages.expected import expected_key, measured, set_range
from app.views.pages.reference_card import ReferenceCards
from app.views.pages.step import StepPage, problem_banner
from app.views.widgets import (
    Banner,
    CapBar,
    ChoiceCard,
    ChoiceCards,
    IconArray,
    Para,
    RangeBar,
    Skeleton,
    Swatch,
    button,
    card,
    col,
    field,
    legend,
    para,
    row,
    side,
    spin,
    text,
)
from app.views.widgets.layout import Item
from core.model.budget import PRESETS
from core.model.quality import Advice
from core.model.study import LevelView

SMALLEST_MAX: Final = 100_000


class PrivacyPage(StepPage):
    """The level is chosen by its odds; what it takes and gives stands below."""

    def __init__(self, study: StudyPresenter, settings: Settings) -> None:
        back = button(say("Back"), "ghost")
        on = button(say("Continue to Join"), "primary")
        super().__init__(study, ActionBar("", back, on), help_topic="privacy")
        self._shape: tuple[object, ...] = ()
        self._cards: ChoiceCards | None = None
        self._parts: _Parts | None = None
        reference = study.privacy.reference
        self._reference = ReferenceCards(self, reference, settings)
        back.clicked.connect(self._to_cohort)
        on.clicked.connect(study.forward)
        study.privacy.changed.connect(self.show_state)
        reference.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter: rebuild when other levels are offered, else set numbers."""
        state = self.study.privacy.state
        shape = (
            tuple((v.key, v.odds, v.units, state.blocked(v.key)) for v in state.levels),
            state.problem,
            state.cohort_id,
            state.reference,
            *self._reference.shape,
        )
        if shape != self._shape or self._parts is None:
            self._shape = shape
            self.refill(*self._build(state))
        self._show_numbers(state)
        if state.reason:
            waiting = state.asking or not state.levels
            self.bar.block(state.reason, "busy" if waiting else "fail")
        else:
            self._allow(state)

    def _allow(self, state: PrivacyState) -> None:
        """Say what comes next; a level that is not worth its units says so here as well."""
        if state.level is not None and state.level.usefulness.advice is Advice.AGAINST:
            self.bar.allow(
                say("Not worth spending: at this level noise would drown the signal."), "warn"
            )
        else:
            self.bar.allow(
                say("Nothing is spent yet. You see the whole plan before anything starts.")
            )

    def _build(self, state: PrivacyState) -> tuple[Item, ...]:
        question = text(
            say("How sure could an attacker become that one patient took part?"), "h2", wrap=True
        )
        worst = para(
            say(
                "Worst case: the attacker already knows all of the patient’s gene values and "
                "everyone else in the cohort. A fair guess is right 50 times in 100."
            )
        )
        items: list[Item] = []
        if state.problem is not None:
            items.append(problem_banner(state.problem))
        blocked = [v for v in state.levels if not v.affordable]
        if blocked and state.cap is not None:
            items.append(_over_cap(state, blocked))
        items.append(col(question, worst, gap="xs"))
        self._parts = _Parts(state)
        parts = self._parts
        parts.genes.valueChanged.connect(self.study.privacy.set_genes)
        parts.smallest.valueChanged.connect(self.study.privacy.set_smallest)
        exact = button(say("Set an exact value"), "ghost", "settings")
        exact.clicked.connect(self._ask_exact)
        parts.resplit.clicked.connect(self._ask_split)
        parts.fewer.clicked.connect(self._take_proposed)
        if not state.levels:
            items.append(card(None, Skeleton(5, say("The levels are being priced."))))
        else:
            items.append(self._choices(state))
        key = legend(
            (Swatch("real", disc=True), say("right by a fair guess")),
            (Swatch("high"), say("added by the release, at most")),
            (Swatch("edge", disc=True, hollow=True), say("still wrong")),
        )
        stacked = current_theme().tokens.stacked
        items.append(col(key, row(exact, None)) if stacked else row((key, 1), exact))
        items += [parts.cap_card(state), parts.useful_card(state), self._reference.card()]
        return tuple(items)

    def _choices(self, state: PrivacyState) -> ChoiceCards:
        narrow = len(state.levels) > len(PRESETS)
        cards = [_preset(v, state.blocked(v.key), narrow=narrow) for v in state.levels]
        self._cards = ChoiceCards(
            say("How sure could an attacker become that one patient took part?"), *cards
        )
        self._cards.chosen.connect(self.study.privacy.choose)
        return self._cards

    def _show_numbers(self, state: PrivacyState) -> None:
        cards, known = self._cards, state.level is not None
        if cards is not None and known and cards.current != state.chosen:
            cards.choose(state.chosen)
        if self._parts is not None:
            self._parts.show(state)

    def _ask_exact(self) -> None:
        state = self.study.privacy.state
        start = state.exact or (state.level.epsilon if state.level else PRESETS[1][1])
        dialog = ExactDialog(self, start, state.cap, state.written)
        dialog.chosen.connect(self.study.privacy.set_exact)
        dialog.open()

    def _ask_split(self) -> None:
        level = self.study.privacy.state.level
        if level is not None:
            dialog = SplitDialog(self, level.split)
            dialog.chosen.connect(self.study.privacy.set_shares)
            dialog.open()

    def _take_proposed(self) -> None:
        proposed = self.study.privacy.state.proposed_genes
        if proposed and self._parts is not None:
            self._parts.genes.setValue(proposed)

    def _to_cohort(self) -> None:
        self._show_step(0)


class _Parts:
    """The widgets below the presets whose numbers change while they are on the screen."""

    def __init__(self, state: PrivacyState) -> None:
        self.cap = CapBar(0, 0, 1)
        self.spent = text("", "caption", "text")
        self.this = text("", "caption", "text")
        self.left = text("", "caption", "text")
        self.whole = text("", "caption")
        self.total: Para = para("")
        self.genes = spin(MIN_GENES, state.most_genes, state.n_genes)
        self.smallest = spin(1, SMALLEST_MAX, state.smallest)
        self.range = RangeBar(0, 0, 100)
        self.said = text("", "caption", "text")
        self.alone = RangeBar(0, 0, 100)
        self.alone_said = text("", "caption", "text")
        self.advice: Para = para("")
        self.proposal: Para = para("")
        self.split = text("", "caption", wrap=True)
        self.resplit = button(say("Change the split"), "ghost", "settings")
        self.fewer = button(say("Use fewer genes"))

    def cap_card(self, state: PrivacyState) -> QFrame:
        """What was spent, what this study takes, what is left."""
        keys = row(
            Swatch("real"), self.spent, 10,
            Swatch("high", hatch=True), self.this, 10,
            Swatch("sunken", hollow=True), self.left,
            None, gap="xs",
        )  # fmt: skip
        stacked = current_theme().tokens.stacked
        line = col(keys, self.whole) if stacked else row((keys, 1), self.whole)
        title = say("Lifetime cap of “{name}”", name=state.cohort_name)
        own = say("Simulated patients have a practice cap; that of your patients is not touched.")
        more: tuple[Item, ...] = (text(own, "caption", wrap=True),) if state.practice else ()
        return card(title, self.cap, line, self.total, *more, gap="s")

    def useful_card(self, state: PrivacyState) -> QFrame:
        """What the study can be expected to give, with a reference also without it."""
        name = say("Diagnosis right, compared with real data")
        lines = [measured(name, self.range, self.said)]
        if state.reference:
            name = say("The same without the public reference")
            lines.append(measured(name, self.alone, self.alone_said))
        taken = (
            say("Those that vary most in the public reference. Fewer genes, less noise.")
            if state.reference
            else say(
                "The first so many of the genes that all hospitals have: without a public "
                "reference nothing public says which vary most. Fewer genes, less noise."
            )
        )
        genes = field(say("Genes in the study"), self.genes, taken)
        smallest = field(
            say("Planned patients with the rarest diagnosis"),
            self.smallest,
            say(
                "All hospitals together, as you expect it. Type it: it is never counted from "
                "your file, because a counted number would tell about your patients."
            ),
        )
        return card(
            say("Expected usefulness at this level"),
            *lines,
            self.advice,
            side((genes, 1), (smallest, 1)),
            row((self.proposal, 1), self.fewer),
            row((self.split, 1), self.resplit),
            aside=expected_key(),
            gap="s",
        )

    def show(self, state: PrivacyState) -> None:
        """Set all numbers."""
        level, cap = state.level, state.cap
        if cap is not None:
            this = level.units if level is not None else 0.0
            used = cap.spent + cap.reserved
            self.cap.set_values(used, this, cap.cap)
            self.spent.setText(say("Spent {n}", n=f"{used:g}"))
            self.this.setText(say("This study {n}", n=f"{this:g}"))
            left = max(0.0, round(cap.cap - used - this, 9))
            self.left.setText(say("Left after it {n}", n=f"{left:g}"))
            self.whole.setText(say("Cap {units}", units=units(cap.cap)))
        if level is None:
            return
        self.total.set_words(
            say(
                "Everything ever released from this cohort, this study included: at most "
                "**{odds} in 100** instead of 50. Spending cannot be undone.",
                odds=level.total_odds,
            )
        )
        self._show_useful(state, level)

    def _show_useful(self, state: PrivacyState, level: LevelView) -> None:
        set_range(self.range, self.said, level.usefulness)
        if level.alone is not None:
            set_range(self.alone, self.alone_said, level.alone)
        self.advice.set_words(advice_words(level.usefulness.advice.value))
        n = count(state.proposed_genes)
        self.proposal.set_words(
            proposal_words(level.usefulness, most=state.most_genes, smallest=state.smallest)
        )
        self.fewer.set_words(say("Use {n} genes", n=n))
        self.fewer.setVisible(state.proposed_genes not in {0, state.n_genes})
        planned = Planned(
            n_genes=state.n_genes, n_classes=state.n_classes, smallest=state.smallest
        )
        self.split.setText(split_words(level.split, planned, own=bool(state.shares)))
        for part in (self.split, self.resplit):
            part.setVisible(bool(level.split))
        for box, value in ((self.genes, state.n_genes), (self.smallest, state.smallest)):
            if box.value() != value and not box.hasFocus():
                box.blockSignals(True)
                box.setValue(value)
                box.blockSignals(False)


def _preset(level: LevelView, blocked: str | None, *, narrow: bool) -> ChoiceCard:
    name, consequence = level_words(level.key)
    cost = say("Uses {units} of the cap", units=units(level.units))
    sentence = para(say("At most **{odds} in 100** instead of 50", odds=level.odds), tone="text")
    spoken = say("{cost}; at most {odds} in 100 instead of 50", cost=cost, odds=level.odds)
    price: tuple[QWidget, ...] = () if blocked else (text(cost, "caption", wrap=True),)
    return ChoiceCard(
        level.key,
        name,
        row(IconArray(level.odds, columns=10 if narrow else 20), None),
        sentence,
        text(consequence, "caption", wrap=True),
        *price,
        says=spoken,
        blocked=blocked,
    )


def _over_cap(state: PrivacyState, blocked: list[LevelView]) -> Banner:
    left = units(state.cap.left) if state.cap is not None else ""
    title = say("This cohort has {left} left under its lifetime cap", left=left)
    names = ", ".join(f"“{level_words(v.key)[0]}”" for v in blocked)
    return Banner(
        "warn",
        title,
        (
            "",
            say(
                "{names} cannot be chosen. The cap belongs to the patients: raising it is a "
                "decision of two people with a written reason. See Privacy ledger, Caps and "
                "cohorts.",
                names=names,
            ),
        ),
    )
