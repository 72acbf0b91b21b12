"""Activity: who did what on this installation and when, with filters, a search and an export."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from app.presenters.activity import PERIODS, Wanted, nobody, shown_lines
from app.presenters.desk import Desk
from app.presenters.records import activity_table, write_table
from app.presenters.wording import (
    activity_sentence,
    activity_words,
    count,
    moment,
    say,
    title_of,
)
from app.settings import Settings
from app.theme import current_theme
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Banner,
    Column,
    Segments,
    Skeleton,
    Table,
    button,
    card,
    choose,
    col,
    edit,
    empty,
    framed,
    row,
    text,
)
from core.model.study import ActivityLine

KINDS: Final = ("", "study", "cohort", "privacy", "release", "problem")
_ROW: Final = 60
_ROWS_MIN: Final = 8


class ActivityPage(LivePage):
    """No patient data and no folder names ever come here: the worker does not write them."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._save = button(say("Export"), "secondary", "export")
        note = say("Who did what on this computer, and when. No patient data.")
        names = [say("All"), *[activity_words(kind)[0] for kind in KINDS[1:]]]
        self._kinds = Segments(say("Show"), *names)
        self._period = choose(*[say(words) for words, _days in PERIODS])
        self._period.setAccessibleName(say("Show the time"))
        self._who = choose(say("Everybody"))
        self._who.setAccessibleName(say("Show whose acts"))
        self._find = edit("", say("Search activity"))
        self._find.setAccessibleName(say("Search activity"))
        self._find.setMinimumWidth(current_theme().size(180))
        super().__init__(
            PageHeader(say("Activity"), note, self._save),
            under_header=framed(self._tools(), pad=(28, 4), ground="canvas"),
            help_topic="activity",
            pad=(28, 8),
        )
        self._desk = desk
        self._settings = settings
        self._table: Table | None = None
        self._said: QLabel | None = None
        self._lines: tuple[ActivityLine, ...] | None = None
        self._people: tuple[str, ...] = ()
        self._save.clicked.connect(self.export)
        self._kinds.chosen.connect(self.show_state)
        self._period.activated.connect(self.show_state)
        self._who.activated.connect(self.show_state)
        self._find.textChanged.connect(self.show_state)
        desk.records.changed.connect(self.show_state)
        self.show_state()

    def _tools(self) -> QVBoxLayout:
        if current_theme().tokens.stacked:
            return col(self._kinds, row((self._period, 1), (self._who, 1)), self._find, gap="s")
        return col(self._kinds, row(self._period, self._who, None, self._find), gap="s")

    @property
    def table(self) -> Table | None:
        """The table that is on the screen."""
        return self._table

    @property
    def wanted(self) -> Wanted:
        """Which lines the reader asks for."""
        return Wanted(
            kind=KINDS[max(0, self._kinds.current)],
            days=PERIODS[max(0, self._period.currentIndex())][1],
            who=self._people[self._who.currentIndex() - 1] if self._who.currentIndex() > 0 else "",
            words=self._find.text(),
        )

    def show_state(self) -> None:
        """Follow presenter, filter and search; the table stays while there is something in it."""
        lines = self._desk.records.state.activity
        self._save.set_blocked(None if lines else say("Nothing has happened yet"))
        if lines is None:
            self._fill(card(None, Skeleton(4)))
            return
        if lines is not self._lines:
            self._lines = lines
            self._offer_people(lines)
        shown = shown_lines(lines, self.wanted, self._desk.clock())
        if not shown:
            self._fill(_nothing(found=bool(lines)))
            return
        if self._table is None or self._said is None:
            self._table = _table()
            self._said = text("", "caption", wrap=True)
            self.refill(framed(col(self._said, self._table, gap="xs")))
        rows = tuple(_row(line) for line in shown)
        if rows != self._table.rows:
            self._table.set_rows(rows)
        self._said.setText(
            say("{n} of {all} lines, newest first", n=count(len(rows)), all=count(len(lines)))
        )

    def _fill(self, instead: QWidget) -> None:
        self._table = self._said = None
        self.refill(instead)

    def _offer_people(self, lines: tuple[ActivityLine, ...]) -> None:
        chosen = self.wanted.who
        self._people = tuple(sorted({line.who for line in lines if line.who}, key=str.casefold))
        self._who.clear()
        self._who.addItems([say("Everybody"), *self._people])
        if chosen in self._people:
            self._who.setCurrentIndex(1 + self._people.index(chosen))

    def go_to_search(self) -> None:
        """Go to the search field."""
        self._find.setFocus()
        self._find.selectAll()

    def export(self) -> None:
        """Save all lines as CSV."""
        if not self._desk.records.state.activity:
            return
        start = str(self._settings.last_folder / "activity.csv")
        path, _kind = QFileDialog.getSaveFileName(self, say("Export"), start, "CSV (*.csv)")
        if path:
            self.export_to(Path(path))

    def export_to(self, path: Path) -> None:
        """Write all lines to a file, and say so."""
        lines = self._desk.records.state.activity or ()
        problem = write_table(path, activity_table(lines))
        self._settings.last_folder = path.parent
        done = say("{n} lines exported to {file}", n=count(len(lines)), file=path.name)
        whole = say("All lines are in it, also those that are not shown. Times are UTC.")
        self.set_notice(problem_banner(problem) if problem else Banner("ok", done, ("", whole)))


def _table() -> Table:
    wide = 420 if current_theme().tokens.stacked else 0  # large: scrolls sideways
    columns = [
        Column(title=say("When"), width=160),
        Column(title=say("Who"), width=190),
        Column(title=say("What"), width=wide),
        Column(title=say("Kind"), width=100),
    ]
    table = Table(say("Activity, newest first"), columns, row_height=_ROW)
    table.setMinimumHeight(current_theme().size(36 + _ROW * _ROWS_MIN))
    return table


def _row(line: ActivityLine) -> tuple[str, ...]:
    name, _drawing = activity_words(line.kind)
    what = activity_sentence(line.text)
    detail = title_of(line.detail) if line.kind == "problem" and line.detail else line.detail
    words = say("{what}\n{detail}", what=what, detail=detail) if detail else what
    return (moment(line.time), line.who or nobody(), words, name)


def _nothing(*, found: bool) -> QWidget:
    if found:
        words = say("Nothing matches. Choose another filter or search for less.")
        return empty("search", say("Nothing found"), words)
    words = say("Studies, files, privacy decisions and problems appear here.")
    return empty("activity", say("Nothing yet"), words)
