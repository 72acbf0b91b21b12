"""The lobby's card on noisy class counts: what they say before a plan, and the offer of own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.wording import say
from app.presenters.wording.counts import class_words, way_words
from app.presenters.wording.figures import units
from app.views.widgets import Light, Pairs, RangeBar, button, card, col, para, row, text
from app.views.widgets.layout import Item
from core.model.counts import CountsView
from core.model.lobby import LobbyView


class CountsCard(QWidget):
    """Voluntary, off until somebody asks for it; what the sum says stands above the offer."""

    publish_wanted = Signal()

    def __init__(self, view: LobbyView) -> None:
        super().__init__()
        found = view.counts
        items: list[Item] = [para(_about(view))]
        if found is not None and view.coordinating:
            items += _sum(view, found)
        if view.cohort_id:
            items.append(self._offer(found))
        title = say("How many patients: counts with noise")
        self.setLayout(col(card(title, *items, gap="s"), gap="none"))

    def _offer(self, found: CountsView | None) -> Item:
        own = found.own_epsilon if found is not None else 0.0
        again = say("Publish again") if own else say("Publish our counts")
        act = button(again, "secondary", "export")
        act.clicked.connect(self.publish_wanted)
        said = (
            Light("ok", say("Published here; {n} were used", n=units(own)), "caption", wrap=True)
            if own
            else Light("idle", say("Nothing is published from here"), "caption", wrap=True)
        )
        return row((said, 1), act, gap="m")


def _about(view: LobbyView) -> str:
    if view.coordinating:
        return say(
            "Before a plan costs anything, hospitals may publish how many patients they have of "
            "each diagnosis: with noise, at a small part of their caps, and only if they choose "
            "to. Otherwise the expectation rests on the number that you planned."
        )
    return say(
        "Voluntary. The coordinator plans better with a rough idea of how many patients of each "
        "diagnosis there are. Your counts leave this computer with noise only, and use a small "
        "part of the cap."
    )


def _sum(view: LobbyView, found: CountsView) -> list[Item]:
    low, high = round(100 * found.usefulness_low.low), round(100 * found.usefulness_high.high)
    words = say("{low} to {high} of 100", low=low, high=high)
    bar = RangeBar(0, 0, 100)
    bar.set_values(low, high, 100, say("Expected: {range}", range=words))
    lines = [(say("Published by"), ", ".join(found.published))]
    if found.silent:
        lines.append((say("Nothing from"), ", ".join(found.silent)))
    lines += class_words(found)
    ways = way_words(found, view.terms.n_genes, view.terms.budget.epsilon)
    sure = say("All ranges together hold in 95 of 100 cases.")
    return [
        Pairs(*lines),
        text(sure, "caption", wrap=True),
        text(say("Diagnosis right, compared with real data, at this level"), "muted", "text"),
        row((bar, 1), text(words, "caption", "text"), gap="m"),
        *[text(way, "body", wrap=True) for way in ways],
    ]
