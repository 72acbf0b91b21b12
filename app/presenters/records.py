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
from core.model.study import ActivityLine, CohortView, StudyState, StudyView

RecordsEvent = StudiesListed | CohortsListed | ActivityListed
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsState:
    """All lists, each None until it came.

    Attributes:
        studies: Newest first.
        cohorts: Of this hospital.
        broken_entry: First ledger entry that does not match its fingerprint; 0 if all do.
        ledger_code: Error code of what is wrong with the ledger; empty if nothing is.
        activity: Newest first.
        problem: Why a list did not come.
    """

    studies: tuple[StudyView, ...] | None = None
    cohorts: tuple[CohortView, ...] | None = None
    broken_entry: int = 0
    ledger_code: str = ""
    activity: tuple[ActivityLine, ...] | None = None
    problem: Problem | None = None

    @property
    def ledger_is_broken(self) -> bool:
        """Whether nothing can be spent, because the ledger does not pass its check."""
        return bool(self.broken_entry or self.ledger_code)

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
        for command in (ListStudies(), ListCohorts(), ListActivity()):
            self.send(command)

    def receive(self, event: RecordsEvent) -> None:
        """Take a list."""
        match event:
            case StudiesListed():
                self._set(replace(self._state, studies=event.studies))
            case CohortsListed():
                self._set(replace(self._state, cohorts=event.cohorts))
            case ActivityListed():
                self._set(replace(self._state, activity=event.lines))
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """A list did not come."""
        self._set(replace(self._state, problem=problem_of(event.code, event.fields)))

    def ledger_found(self, broken_entry: int, code: str) -> None:
        """The worker verified the chain."""
        self._set(replace(self._state, broken_entry=broken_entry, ledger_code=code))

    def _set(self, state: RecordsState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()


def activity_table(lines: Sequence[ActivityLine]) -> str:
    """Return the activity as CSV, in the order given."""
    return _table(
        ("time_utc", "who", "kind", "text", "detail"),
        [
            (
                datetime.fromtimestamp(line.time, tz=UTC).isoformat(timespec="seconds"),
                line.who,
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
