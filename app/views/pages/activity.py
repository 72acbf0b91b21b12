"""Activity: what this application did, by day, with filters, a search and an export."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from app.presenters.desk import Desk
from app.presenters.records import activity_table, write_table
from app.presenters.wording import (
    activity_sentence,
    activity_words,
    day,
    say,
    time_of_day,
    title_of,
)
from app.settings import Settings
from app.theme import Tone, current_theme
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Pill,
    Segments,
    Skeleton,
    button,
    card,
    col,
    edit,
    empty,
    framed,
    glyph,
    row,
    rule,
    text,
)
from app.views.widgets.layout import Item
from core.model.study import ActivityLine

KINDS: Final = ("", "study", "cohort", "privacy", "release", "problem")
LINES_MAX: Final = 200


class ActivityPage(LivePage):
    """No patient data and no folder names ever come here: the worker does not write them."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._save = button(say("Export"), "secondary", "export")
        note = say("What this application did, kept on this computer.")
        self._find = edit("", say("Search activity"))
        self._find.setAccessibleName(say("Search activity"))
        self._find.setMinimumWidth(current_theme().size(180))
        names = [say("All"), *[activity_words(kind)[0] for kind in KINDS[1:]]]
        self._kinds = Segments(say("Show"), *names)
        stacked = current_theme().tokens.stacked
        tools = col(self._kinds, self._find) if stacked else row(self._kinds, None, self._find)
        super().__init__(
            PageHeader(say("Activity"), note, self._save),
            under_header=framed(tools, pad=(28, 4), ground="canvas"),
            help_topic="activity",
            pad=(28, 8),
        )
        self._desk = desk
        self._settings = settings
        self._save.clicked.connect(self.export)
        self._kinds.chosen.connect(self.show_state)
        self._find.textChanged.connect(self.show_state)
        desk.records.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow presenter, filter and search."""
        lines = self._desk.records.state.activity
        self._save.set_blocked(None if lines else say("Nothing has happened yet"))
        if lines is None:
            self.refill(card(None, Skeleton(4)))
            return
        shown = self._filtered(lines)
        if not shown:
            if lines:
                words = say("Nothing matches. Choose another filter or search for less.")
                self.refill(empty("search", say("Nothing found"), words))
            else:
                words = say("Studies, files, privacy decisions and problems appear here.")
                self.refill(empty("activity", say("Nothing yet"), words))
            return
        items: list[Item] = [
            _block(name, tuple(group))
            for name, group in groupby(shown[:LINES_MAX], key=lambda line: day(line.time))
        ]
        if len(shown) > LINES_MAX:
            rest = say("Older lines are in the export.")
            items.append(text(rest, "caption"))
        self.refill(*items)

    def find(self) -> None:  # type: ignore[override]
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
        """Write all lines to a file."""
        problem = write_table(path, activity_table(self._desk.records.state.activity or ()))
        self._settings.last_folder = path.parent
        self.set_notice(problem_banner(problem) if problem else None)

    def _filtered(self, lines: tuple[ActivityLine, ...]) -> list[ActivityLine]:
        kind = KINDS[max(0, self._kinds.current)]
        words = self._find.text().casefold().strip()
        return [
            line
            for line in lines
            if (not kind or line.kind == kind) and words in f"{line.text} {line.detail}".casefold()
        ]


def _block(title: str, lines: tuple[ActivityLine, ...]) -> QFrame:
    items: list[Item] = []
    for line in lines:
        items += [rule()] if items else []
        items.append(_line(line))
    return card(title, *items, gap="s")


def _line(line: ActivityLine) -> QWidget:
    when = text(time_of_day(line.time), "caption")
    when.setFixedWidth(current_theme().size(44))
    name, icon = activity_words(line.kind)
    tone: Tone = "danger" if line.kind == "problem" else "muted"
    said: list[Item] = [text(activity_sentence(line.text), "label", "text", wrap=True)]
    detail = title_of(line.detail) if line.kind == "problem" and line.detail else line.detail
    if detail:
        said.append(text(detail, "caption", wrap=True))
    return framed(
        row(when, glyph(icon, tone, 17), (col(*said, gap="none"), 1), Pill(name), gap="m")
    )
