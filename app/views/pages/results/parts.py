"""What the tabs of the results share: what there is to show, badges, tables, skeletons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QFrame, QWidget

from app.presenters.report_tables import ReportTable, group_table
from app.presenters.results import ResultsPresenter, ResultsState
from app.presenters.wording import say
from app.presenters.wording.remarks import remark_words
from app.theme import current_theme
from app.views.figures import FigureDesk, released, stays
from app.views.widgets import Column, Para, Skeleton, Table, card, col
from app.views.widgets.layout import Item
from core.messages.report_events import ReportReady
from core.model.measures import Group
from core.model.study import StudyView

__all__ = [
    "Look",
    "col_of_facts",
    "numbers",
    "released",
    "remarks",
    "stays",
    "waiting",
    "wide_table",
]

_ROW: Final = 62
#: Pixels at 100 % text size: a table in the smallest window, a column of numbers, a letter, edges.
_NARROWEST, _MIDDLE, _LETTER, _PAD = 728, 104, 8, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a tab is built from.

    Attributes:
        state: Of the presenter.
        ready: The report, or the part of it that is there.
        results: Takes wishes.
        desk: Takes what is asked of a figure.
        studies: All that the list knows.
    """

    state: ResultsState
    ready: ReportReady
    results: ResultsPresenter
    desk: FigureDesk
    studies: tuple[StudyView, ...]


def waiting(title: str) -> QFrame:
    """The place of a card whose numbers are still being computed."""
    return card(title, Skeleton(6, says=say("{title}: being computed", title=title)))


def numbers(look: Look, title: str, group: Group, *steps: str) -> QFrame:
    """All measures of a group as a table."""
    if not all(look.state.has(step) for step in steps):
        return waiting(title)
    report = look.ready.report
    matched = any(m.matched is not None for m in report.of_group(group))
    note = say(
        "In brackets: the value for as many synthetic as held-out patients, like for like with "
        "the reference."
    )
    table = wide_table(group_table(report, group), title)
    return card(title, table, note=note if matched else None, aside=stays())


def wide_table(table: ReportTable, name: str) -> QWidget:
    """A table with words first and last and numbers between; facts under each other when large."""
    if current_theme().tokens.stacked:
        return col_of_facts(table)
    last = len(table.heads) - 1
    columns = [
        Column(title=head, width=0 if n in {0, last} else _MIDDLE, right=0 < n < last)
        for n, head in enumerate(table.heads)
    ]
    return Table(name, columns, table.rows, fitted=True, row_height=_ROW if _long(table) else 38)


def _long(table: ReportTable) -> bool:
    """Whether words at either end need two lines in the smallest window."""
    room = (_NARROWEST - _MIDDLE * (len(table.heads) - 2)) / 2
    longest = max((len(cell) for cells in table.rows for cell in (cells[0], cells[-1])), default=0)
    return _LETTER * longest + _PAD > room


def col_of_facts(table: ReportTable) -> QWidget:
    """The rows of a table as sentences, for text so large that columns have no room."""
    lines: list[Item] = []
    for cells in table.rows:
        facts = " · ".join(
            f"{head}: {cell}" for head, cell in zip(table.heads[1:], cells[1:], strict=True)
        )
        lines.append(Para(f"**{cells[0]}** – {facts}"))
    frame = QFrame()
    frame.setLayout(col(*lines, gap="xs"))
    return frame


def remarks(look: Look) -> tuple[Item, ...]:
    """What to know about how the report was made."""
    said = look.ready.report.remarks
    if not said:
        return ()
    lines = [Para(remark_words(one)) for one in said]
    return (card(say("How this was compared"), *lines, gap="xs"),)
