"""The entries of the privacy ledger: the running total, the table, one entry in words."""

from __future__ import annotations

from typing import Final

from matplotlib.figure import Figure
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.plots import PlotCanvas
from app.presenters.ledger import LedgerState
from app.presenters.ledger_totals import Totals, totals_of
from app.presenters.wording import count, moment, say
from app.presenters.wording.ledger import (
    composed_words,
    cost_words,
    countersigned_words,
    entry_words,
    sentence_words,
    signature_words,
    signed_short,
)
from app.theme import current_theme
from app.views.widgets import (
    Column,
    Pairs,
    Table,
    button,
    card,
    clear,
    col,
    empty,
    framed,
    para,
    text,
)
from app.views.widgets.layout import Item, fill
from core.figures.ledger import running_total
from core.figures.style import FigureStyle
from core.model.ledger import LedgerLine

_SHOWN: Final = 6
_ROW: Final = 66
_SHORT_ROW: Final = 38


class EntriesPart:
    """Fills the page with what is in the ledger; remembers which entry is open."""

    def __init__(self, page: QWidget) -> None:
        """Belong to a page, which throws the widgets away and asks again."""
        self._page = page
        self._number = self._shown = 0
        self._lines: tuple[LedgerLine, ...] = ()
        self._one: QVBoxLayout | None = None
        self._table: Table | None = None

    @property
    def table(self) -> Table | None:
        """The table that is on the screen."""
        return self._table

    def items(self, state: LedgerState) -> list[Item]:
        """Return the widgets, from top to bottom."""
        self._one = self._table = None
        if not state.entries:
            return [_nothing(state)]
        self._lines = tuple(reversed(state.entries))
        found = totals_of(state)
        items: list[Item] = []
        if found.histories:
            items.append(_chart(found, _composed(state)))
        items.append(self._entries(state))
        items.append(self._explained())
        return items

    # ---- the table

    def _entries(self, state: LedgerState) -> QFrame:
        stacked = current_theme().tokens.stacked
        columns = [
            Column(title=say("No."), width=62),
            Column(title=say("When"), width=104),
            Column(title=say("Entry"), width=112),
            Column(title=say("In words"), width=460 if stacked else 0),
            Column(title=say("Units"), width=62, right=True),
            Column(title=say("Total"), width=62, right=True),
            Column(title=say("Signed"), width=120),
        ]
        rows = [_row(line) for line in self._lines]
        table = Table(say("Privacy ledger, newest entry first"), columns, rows, row_height=_ROW)
        shown = min(len(rows), _SHOWN)
        table.setMinimumHeight(current_theme().size(36 + _ROW * shown))
        table.row_chosen.connect(self._choose)
        self._table = table
        said = say("{n} entries, newest first. Choose one to read all of it.", n=count(len(rows)))
        omitted = state.listed.omitted if state.listed is not None else 0
        if omitted:
            said += " " + say(
                "{n} older ones are not shown: choose a cohort or a year, or export the ledger.",
                n=count(omitted),
            )
        return framed(col(text(said, "caption", wrap=True), table, gap="xs"))

    def _choose(self, number: int) -> None:
        if 0 <= number < len(self._lines):
            self._number = self._shown = self._lines[number].number
            self._explain()

    # ---- one entry

    def _explained(self) -> QFrame:
        self._one = col(gap="m")
        frame = framed(self._one, "card", pad=16)
        frame.setAccessibleName(say("The chosen entry"))
        known = [n for n, line in enumerate(self._lines) if line.number == self._number]
        at = known[0] if known else 0  # the newest, until the reader chooses one
        self._shown = self._lines[at].number
        if self._table is not None:
            self._table.blockSignals(True)
            self._table.choose_row(at)
            self._table.blockSignals(False)
        self._explain()
        return frame

    def _explain(self) -> None:
        line = next((x for x in self._lines if x.number == self._shown), None)
        if line is None or self._one is None:
            return
        clear(self._one)
        title = say("Entry {n}: {entry}", n=count(line.number), entry=entry_words(line))
        facts = [
            (say("When"), moment(line.time)),
            (say("Cohort"), line.cohort_name or say("None: it concerns the whole installation")),
        ]
        if line.study:
            facts.append((say("Study"), line.study))
        if line.people:
            facts.append((say("Decided by"), say(" and ").join(line.people)))
        if line.reason:
            facts.append((say("Reason"), line.reason))
        facts += [
            (say("What it cost"), cost_words(line)),
            (say("Signed"), signature_words(line)),
            (say("Signed by others"), countersigned_words(line)),
            (say("Fingerprint"), _spaced(line.fingerprint)),
        ]
        items: tuple[Item, ...] = (
            text(title, "h2", wrap=True),
            para(sentence_words(line), "body", "text"),
            Pairs(*facts, key_width=130),
        )
        fill(self._one, items, "m")


def _row(line: LedgerLine) -> tuple[str, ...]:
    words = sentence_words(line)
    study = line.study or ("" if line.kind != "decision" else line.cohort_name)
    return (
        count(line.number),
        moment(line.time),
        entry_words(line),
        say("{study}: {words}", study=study, words=words) if study else words,
        f"{line.units:g}" if line.kind != "decision" and line.units else "",
        f"{line.total:g}" if line.cohort_id else "",
        signed_short(line),
    )


# ---- the running total


def _chart(found: Totals, composed: str) -> QFrame:
    def make(style: FigureStyle) -> Figure:
        return running_total(found.histories, style)

    height = 240 if current_theme().tokens.stacked else 160  # large words need more room
    plot = PlotCanvas(make, found.finding, height=height)
    wide = 230 if current_theme().tokens.stacked else 0  # large: scrolls sideways
    columns = [
        Column(title=head, width=width, right=number > 2)
        for number, (head, width) in enumerate(
            zip(found.heads, (150, wide, wide or 200, 62, 62, 62), strict=True)
        )
    ]
    table = Table(say("Running total, newest first"), columns, found.rows, row_height=_SHORT_ROW)
    table.setMinimumHeight(current_theme().size(36 + 38 * min(5, len(found.rows))))
    table.hide()
    switch = button(
        say("Show as table"), "ghost", "table", name=say("Show the running total as a table")
    )
    switch.setCheckable(True)

    def turn(as_table: bool) -> None:  # noqa: FBT001 - Qt's signal
        plot.setVisible(not as_table)
        table.setVisible(as_table)
        switch.set_words(say("Show as picture") if as_table else say("Show as table"))

    switch.toggled.connect(turn)
    meaning = say(
        "1 unit is a privacy loss of ε 1. Units of all studies add up and never come back. The "
        "cap is what the same patients may use in all studies together; two people can change it."
    )
    words: list[Item] = [para(found.finding, "muted", "text"), para(meaning, "caption")]
    if composed:
        words.append(para(composed, "caption"))
    return card(say("Running total"), plot, table, *words, aside=switch, gap="s")


def _composed(state: LedgerState) -> str:
    """The tighter total of the chosen cohort, beside the units that count."""
    ids = {e.cohort_id for e in state.entries if e.cohort_id}
    if len(ids) != 1:
        return ""
    cohort = state.cohort(next(iter(ids)))
    return composed_words(cohort) if cohort is not None else ""


def _nothing(state: LedgerState) -> QFrame:
    if not state.wanted.is_open:
        words = say("No entry fits cohort, year and search. Choose less.")
        return empty("search", say("Nothing found"), words)
    words = say(
        "The first entry is written when a cohort is read. Practising has a ledger of its own, "
        "so it never shows here."
    )
    return empty("ledger", say("No entries yet"), words)


def _spaced(mark: str) -> str:
    return " ".join(mark[at : at + 4] for at in range(0, len(mark), 4))
