"""Several settings of which the patients kept aside choose one: one card of the draft."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app.presenters.candidates import (
    MIN_GENES,
    Settings,
    begun,
    changed,
    trade_between,
    with_another,
    with_steps,
    without,
)
from app.presenters.draft import DraftPresenter
from app.presenters.draft_state import RECIPES, DraftState
from app.presenters.proposals import proposed_of
from app.presenters.wording import say
from app.presenters.wording.candidates import (
    alone_words,
    choice_sentence,
    counts_in_steps,
    price_sentence,
    recipe_name,
    setting_name,
    steps_of,
    steps_sentence,
    trying_advice,
)
from app.views.pages.expected import expected_key, measured, set_range
from app.views.widgets import (
    Check,
    Light,
    RangeBar,
    Segments,
    button,
    card,
    col,
    field,
    framed,
    para,
    row,
    rule,
    side,
    spin,
    text,
)
from app.views.widgets.layout import Item
from core.model.candidate import (
    LEAST_BINS,
    MOST_BINS,
    MOST_CANDIDATES,
    CandidateWish,
    letter_of,
)


class CandidatesCard:
    """Builds the card, and follows the forecast of each setting while it is on the screen."""

    def __init__(self, draft: DraftPresenter) -> None:
        """Build for the draft."""
        self._draft = draft
        self._bars: list[tuple[RangeBar, QLabel, QLabel]] = []
        self._advice: Light | None = None

    @property
    def shape(self) -> tuple[object, ...]:
        """What the card depends on, beside the numbers that are typed into it."""
        state = self._draft.state
        return (tuple(c.recipe for c in state.candidates), state.most_genes)

    def card(self, state: DraftState) -> QFrame:
        """The card as things stand."""
        self._bars, self._advice = [], None
        n = len(state.candidates)
        tick = Check(say("Try two or three, and let patients kept aside choose"), checked=bool(n))
        tick.toggled.connect(self._switch)
        missing = "" if n or state.most_genes else say("Choose the genes of the study first.")
        tick.setEnabled(not missing)
        tick.setAccessibleDescription(missing)
        tick.setToolTip(missing)
        title = say("Try more than one setting")
        what = say(
            "How they are made and how many genes are best cannot be tried before: every trial "
            "spends. Two or three settings can share what this study spends, and the best of them "
            "is released."
        )
        if not n:
            return card(title, tick, para(what), gap="s")
        lines: list[Item] = []
        for number in range(n):
            lines += [rule(), self._setting(state, number)]
        more: list[Item] = []
        if n < MOST_CANDIDATES:
            another = button(say("Add a third setting"), "secondary", "plus")
            another.clicked.connect(self._add)
            more = [rule(), row(another, None)]
        self._advice = Light("idle", "", "label", wrap=True)
        self.follow()
        return card(
            title,
            tick,
            para(price_sentence(n)),
            para(choice_sentence()),
            self._advice,
            *lines,
            *more,
            aside=expected_key(),
            gap="s",
        )

    def follow(self) -> None:
        """Show what each setting can be expected to give."""
        found = self._draft.forecast.state.found
        for number, (bar, said, alone) in enumerate(self._bars):
            one = found[number] if number < len(found) else None
            useful = one.usefulness if one is not None else None
            whole = one.undivided if one is not None else None
            bar.setVisible(useful is not None)
            alone.setText(alone_words(whole) if whole is not None else "")
            if useful is not None:
                set_range(bar, said, useful)
            else:
                said.setText(say("not known yet"))
        if self._advice is not None:
            trade = trade_between(found)
            self._advice.setVisible(trade is not None)
            if trade is not None:
                self._advice.set_state(*trying_advice(trade))

    def _setting(self, state: DraftState, number: int) -> QFrame:
        """One setting: how they are made, of how many genes, and what it may give."""
        setting, name = state.candidates[number], setting_name(letter_of(number))
        head: list[Item] = [text(name, "h3"), None]
        if len(state.candidates) > 2:
            out = button(say("Remove"), "ghost", name=say("Remove {name}", name=name))
            out.clicked.connect(lambda: self._put(without(self._draft.state.candidates, number)))
            head.append(out)
        way = Segments(
            say("{name}: how they are made", name=name),
            *[_capital(recipe_name(recipe)) for recipe in RECIPES],
            chosen=RECIPES.index(setting.recipe),
        )
        way.chosen.connect(lambda n: self._change(number, recipe=RECIPES[n]))
        genes = spin(MIN_GENES, max(MIN_GENES, state.most_genes), setting.n_genes or 0)
        genes.setKeyboardTracking(False)  # a number half typed is not a setting to be checked
        genes.valueChanged.connect(lambda n: self._change(number, n_genes=n))
        bar, said = RangeBar(0, 0, 100), text("", "caption", "text")
        room = bar.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        bar.setSizePolicy(room)
        alone = text("", "caption")
        self._bars.append((bar, said, alone))
        line = measured(say("Diagnosis right, compared with real data"), bar, said)
        asked = field(say("Genes"), genes)
        genes.setAccessibleName(say("{name}: genes", name=name))
        box = QWidget()
        box.setLayout(col(12, line, alone, gap="xs"))
        lines: list[Item] = [row(*head), row(way, None), side((asked, 1), (box, 3))]
        if counts_in_steps(setting.recipe):
            lines.append(self._steps(number, setting, name))
        return framed(col(*lines, gap="s"))

    def _steps(self, number: int, setting: CandidateWish, name: str) -> Item:
        """In how many steps each gene is counted, and what that means."""
        steps = spin(LEAST_BINS, MOST_BINS, steps_of(setting))
        steps.setKeyboardTracking(False)
        steps.valueChanged.connect(
            lambda n: self._put(with_steps(self._draft.state.candidates, number, n))
        )
        asked = field(say("Steps per gene"), steps)
        steps.setAccessibleName(say("{name}: steps per gene", name=name))
        said = QWidget()
        said.setLayout(col(12, text(steps_sentence(), "caption", wrap=True), gap="xs"))
        return side((asked, 1), (said, 3))

    def _switch(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        if not wanted:
            self._put(())
            return
        state, found = self._draft.state, self._draft.forecast.state.shown
        useful = found.usefulness if found is not None else None
        proposed = proposed_of(useful, state.most_genes) if useful is not None else 0
        n_genes = max(MIN_GENES, state.wanted_genes)
        self._put(begun(state.recipe, n_genes, proposed, RECIPES))

    def _add(self) -> None:
        self._put(with_another(self._draft.state.candidates, RECIPES))

    def _change(self, number: int, **changes: object) -> None:
        self._put(changed(self._draft.state.candidates, number, **changes))

    def _put(self, settings: Settings) -> None:
        self._draft.try_settings(settings)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
