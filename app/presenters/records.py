"""What this installation remembers: studies, cohorts, the privacy ledger, the activity."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, assert_never

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from core.messages.commands import ListActivity, ListCohorts, ListStudies
from core.messages.events import (
    ActivityListed,
    CohortsListed,
    Refused,
    StudiesListed,
)
from core.messages.ledger_commands import ListLedger
from core.messages.ledger_events import LedgerEvent, LedgerListed
from core.model.ledger import LedgerLine
from core.model.study import ActivityLine, CohortView, StudyState, StudyView

RecordsEvent = StudiesListed | CohortsListed | LedgerListed | ActivityListed
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsState:
    """All lists, each None until it came.

    Attributes:
        studies: Newest first.
        cohorts: Of this hospital.
        ledger: Entries, oldest first.
        broken_entry: First ledger entry that does not match its fingerprint; 0 if all do.
        activity: Newest first.
        problem: Why a list did not come.
    """

    studies: tuple[StudyView, ...] | None = None
    cohorts: tuple[CohortView, ...] | None = None
    ledger: tuple[LedgerLine, ...] | None = None
    broken_entry: int = 0
    activity: tuple[ActivityLine, ...] | None = None
    problem: Problem | None = None

    def studies_in(self, *states: StudyState) -> tuple[StudyView, ...]:
        """Studies that stand in one of some states."""
        return tuple(s for s in self.studies or () if s.state in states)

    def cohort(self, cohort_id: str) -> CohortView | None:
        """The cohort of a key."""
        return next((c for c in self.cohorts or () if c.cohort_id == cohort_id), None)

    def uses_of(self, cohort_id: str) -> int:
        """Studies that drew on a cohort."""
        return sum(s.cohort_id == cohort_id and s.spent for s in self.studies or ())


class RecordsPresenter(Presenter):
    """Keeps the lists; they are asked for again after whatever may have changed them."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = RecordsState()

    @property
    def state(self) -> RecordsState:
        """What is on the screens."""
        return self._state

    def refresh(self) -> None:
        """Ask for all lists."""
        for command in (ListStudies(), ListCohorts(), ListLedger(), ListActivity()):
            self.send(command)

    def receive_ledger(self, event: LedgerEvent) -> None:
        """Take the ledger as it is; no page asks for its other answers yet."""
        if isinstance(event, LedgerListed):
            self.receive(event)

    def receive(self, event: RecordsEvent) -> None:
        """Take a list."""
        match event:
            case StudiesListed():
                self._set(replace(self._state, studies=event.studies))
            case CohortsListed():
                self._set(replace(self._state, cohorts=event.cohorts))
            case LedgerListed():
                entries, broken = event.entries, event.broken_entry
                self._set(replace(self._state, ledger=entries, broken_entry=broken))
            case ActivityListed():
                self._set(replace(self._state, activity=event.lines))
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """A list did not come."""
        self._set(replace(self._state, problem=problem_of(event.code, event.fields)))

    def ledger_found(self, broken_entry: int) -> None:
        """The worker verified the chain at its start."""
        self._set(replace(self._state, broken_entry=broken_entry))

    def _set(self, state: RecordsState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()


def ledger_table(lines: Sequence[LedgerLine]) -> str:
    """Return ledger entries as CSV, oldest first.

    Times are ISO 8601 in UTC. A field that a spreadsheet would take for a formula is quoted by an
    apostrophe.
    """
    head = (
        "number",
        "time_utc",
        "cohort",
        "study",
        "entry",
        "units",
        "total_spent",
        "fingerprint",
        "note",
    )
    return _table(
        head,
        [
            (
                str(line.number),
                datetime.fromtimestamp(line.time, tz=UTC).isoformat(timespec="seconds"),
                line.cohort_name,
                line.study,
                line.kind,
                f"{line.units:g}",
                f"{line.total:g}",
                line.fingerprint,
                line.note,
            )
            for line in sorted(lines, key=lambda entry: entry.number)
        ],
    )


def activity_table(lines: Sequence[ActivityLine]) -> str:
    """Return the activity as CSV, in the order given."""
    return _table(
        ("time_utc", "kind", "text", "detail"),
        [
            (
                datetime.fromtimestamp(line.time, tz=UTC).isoformat(timespec="seconds"),
                line.kind,
                line.text,
                line.detail,
            )
            for line in lines
        ],
    )


def write_table(path: Path, table: str) -> Problem | None:
    """Write an exported table; return what kept it from being written."""
    try:
        path.write_text(table, encoding="utf-8", newline="")
    except OSError as wrong:
        reason = wrong.strerror or type(wrong).__name__
        return problem_of("WO603", (("file", path.name), ("reason", reason)))
    return None


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for cells in rows:
        writer.writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from running a cell; numbers stay numbers."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
