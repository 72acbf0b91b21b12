"""Privacy ledger: every use of patients, in order, and whether the chain holds."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QComboBox, QFileDialog, QFrame

from app.presenters.desk import Desk
from app.presenters.records import RecordsState, ledger_table, write_table
from app.presenters.wording import ledger_words, moment, odds_sentence, say, units
from app.settings import Settings
from app.theme import current_theme
from app.views.page import PageHeader
from app.views.pages.live import LivePage
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Banner,
    CapBar,
    Column,
    Pill,
    Skeleton,
    Swatch,
    Table,
    button,
    card,
    choose,
    col,
    empty,
    legend,
    row,
    text,
)
from app.views.widgets.layout import Item
from core.model.budget import DEFAULT_DELTA, odds_in_100
from core.model.ledger import LedgerLine
from core.model.study import CohortView

_FITTED_MAX: Final = 10
_WIDTHS: Final = (48, 142, 0, 168, 60, 60, 104)


class LedgerPage(LivePage):
    """Badge of the chain, cap of the chosen cohort, all entries, newest first."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._save = button(say("Export ledger"), "secondary", "export")
        note = say("Every use of patients, in order. Entries cannot be changed or removed.")
        header = PageHeader(say("Privacy ledger"), note, self._save)
        super().__init__(header, help_topic="ledger", pad=(28, 4))
        self._desk = desk
        self._settings = settings
        self._chosen = ""
        self._told: str | None = None
        self._failed: Banner | None = None
        self._save.clicked.connect(self.export)
        desk.records.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        state = self._desk.records.state
        self._save.set_blocked(None if state.ledger else say("The ledger has no entries yet"))
        if state.ledger is None:
            problem = state.problem
            self.refill(problem_banner(problem) if problem else card(None, Skeleton(4)))
            return
        items: list[Item] = [self._chain(state)]
        if self._told is not None:
            items.append(Banner("ok", self._told))
        own = tuple(c for c in state.cohorts or () if not c.practice)
        if own:
            items.append(self._cap_card(own))
        if state.ledger:
            items.append(_table(state.ledger))
        else:
            words = say(
                "The first entry is written when a cohort is read. Practising has a ledger of its "
                "own, so it never shows here."
            )
            items.append(empty("ledger", say("No entries yet"), words))
        self.refill(*items)

    def export(self) -> None:
        """Save all entries as CSV."""
        entries = self._desk.records.state.ledger
        if not entries:
            return
        start = str(self._settings.last_folder / "privacy-ledger.csv")
        title = say("Export ledger")
        path, _kind = QFileDialog.getSaveFileName(self, title, start, "CSV (*.csv)")
        if path:
            self.export_to(Path(path))

    def export_to(self, path: Path) -> None:
        """Write all entries to a file, and say so."""
        problem = write_table(path, ledger_table(self._desk.records.state.ledger or ()))
        self._told = None if problem else say("Exported to {file}", file=path.name)
        self._settings.last_folder = path.parent
        self.show_state()
        self.set_notice(problem_banner(problem) if problem else None)

    def _chain(self, state: RecordsState) -> QFrame:
        entries = state.ledger or ()
        again = button(say("Check again"))
        again.clicked.connect(self._desk.records.refresh)
        if state.broken_entry:
            title = say(
                "Entry {n} does not match its fingerprint. New studies are blocked.",
                n=state.broken_entry,
            )
            return Banner(
                "danger",
                title,
                (
                    say("What happened."),
                    say("The ledger on this computer was changed or damaged."),
                ),
                (
                    say("What you can do."),
                    say("Restore it from a backup, and tell your privacy officer."),
                ),
                actions=(again,),
                details="BU304",
            )
        n = len(entries)
        said = say("{n} of {n} entries unchanged", n=n)
        head = row(
            Pill(say("Chain verified"), "ok", "check"), text(said, "caption"), None, gap="m"
        )
        lines: list[Item] = [head]
        if entries:
            last = max(entries, key=lambda line: line.number)
            words = say("Last fingerprint: {mark}", mark=_spaced(last.fingerprint))
            lines.append(text(words, "mono", wrap=True))
        return card(None, row((col(*lines, gap="s"), 1), again))

    def _cap_card(self, cohorts: tuple[CohortView, ...]) -> QFrame:
        names = [c.name for c in cohorts]
        chosen = next((n for n, c in enumerate(cohorts) if c.cohort_id == self._chosen), 0)
        box = choose(*names, chosen=chosen)
        box.setAccessibleName(say("Cohort"))
        box.setMinimumContentsLength(18)
        box.currentIndexChanged.connect(self._choose)
        self._box: QComboBox = box
        cap = cohorts[chosen].cap
        taken = cap.spent
        left = text(
            say("{left} of {cap} left", left=f"{cap.left:g}", cap=units(cap.cap)), "label", "text"
        )
        keys = [(Swatch("real"), say("Spent {n}", n=f"{taken:g}"))]
        if cap.reserved:
            keys.append((Swatch("high", hatch=True), say("Reserved {n}", n=f"{cap.reserved:g}")))
        keys.append((Swatch("sunken", hollow=True), say("Left {n}", n=f"{cap.left:g}")))
        odds = odds_in_100(cap.total_epsilon, DEFAULT_DELTA) if taken + cap.reserved else 50
        total = say("{odds}, all releases together", odds=odds_sentence(odds))
        head = row(text(say("Cohort"), "label", "text"), box, None, left)
        stacked = current_theme().tokens.stacked
        said = text(total, "caption", wrap=stacked)
        line: Item = col(legend(*keys), said) if stacked else row((legend(*keys), 1), said)
        return card(None, head, CapBar(taken, cap.reserved, cap.cap), line, gap="s")

    def _choose(self, number: int) -> None:
        own = tuple(c for c in self._desk.records.state.cohorts or () if not c.practice)
        if 0 <= number < len(own) and own[number].cohort_id != self._chosen:
            self._chosen = own[number].cohort_id
            self.show_state()


def _table(entries: tuple[LedgerLine, ...]) -> Table:
    titles = ("No.", "When", "Study or decision", "Entry", "Units", "Total", "Fingerprint")
    stacked = current_theme().tokens.stacked
    widths = [width or (204 if stacked else 0) for width in _WIDTHS]  # large: scrolls sideways
    columns = [
        Column(
            title=say(title),
            width=width,
            right=title in ("Units", "Total"),
            mono=title == "Fingerprint",
        )
        for title, width in zip(titles, widths, strict=True)
    ]
    newest = sorted(entries, key=lambda line: line.number, reverse=True)
    rows = [
        [
            str(line.number),
            moment(line.time),
            line.study or line.note,
            ledger_words(line.kind),
            f"{line.units:g}" if line.units else "",
            f"{line.total:g}",
            _spaced(line.fingerprint[:8]),
        ]
        for line in newest
    ]
    name = say("Privacy ledger, newest entry first")
    if len(rows) <= _FITTED_MAX and not stacked:
        return Table(name, columns, rows, fitted=True)
    table = Table(name, columns, rows)
    shown = min(len(rows) + 1, _FITTED_MAX)
    table.setMinimumHeight(current_theme().size(34 + 38 * shown))
    return table


def _spaced(mark: str) -> str:
    return " ".join(mark[n : n + 4] for n in range(0, len(mark), 4))
