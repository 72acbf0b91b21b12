"""The hospital's ledgers: one for its patients, one for the simulated example patients.

A ledger has one writer, this process. In a rehearsal it is opened only when the run starts, so
that bad input leaves no file behind.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from core.errors import BudgetError, SynCohortError
from core.model.study import LedgerLine
from core.ports import Clock
from core.privacy.ledger import EntryKind, Ledger
from core.privacy.ledger.entries import utc_seconds
from core.worker.home import Home


class Books:
    """Opens ledgers when they are first needed and closes them at the end."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """Open nothing yet."""
        self._home = home
        self._clock = clock
        self._main: Ledger | None = None
        self._practice: Ledger | None = None

    def main(self) -> Ledger:
        """Return the ledger of the hospital's patients.

        Raises:
            BudgetError: If it is damaged, locked or unreadable.
        """
        if self._main is None:
            self._home.create()
            self._main = Ledger.open(self._home.ledger, self._clock)
        return self._main

    def practice(self) -> Ledger:
        """Return the practice ledger, opened or kept."""
        if self._practice is None:
            self._home.practice_ledger.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._practice = Ledger.open(self._home.practice_ledger, self._clock)
        return self._practice

    def fresh_practice(self) -> Ledger:
        """Start a new practice ledger: practising uses none of a real cap."""
        if self._practice is not None:
            self._practice.close()
            self._practice = None
        shutil.rmtree(self._home.practice_ledger.parent, ignore_errors=True)
        return self.practice()

    def of(self, *, practice: bool) -> Ledger:
        """Return the ledger that a cohort belongs to."""
        return self.practice() if practice else self.main()

    def broken_entry(self) -> int:
        """Return 0 if the chain of the main ledger is whole, else the first entry that does not
        match.
        """
        try:
            self.main().verify()
        except BudgetError as wrong:
            fields = dict(wrong.fields)
            if wrong.code == "BU304" and fields.get("entry", "").isdigit():
                return int(fields["entry"])
            raise
        return 0

    def lines(self, titles: Mapping[str, str]) -> tuple[LedgerLine, ...]:
        """Return all entries of the main ledger as shown to people, oldest first.

        Args:
            titles: Plan digest -> title of the study.
        """
        ledger = self.main()
        names = {record.id: record.name for record in ledger.cohorts()}
        totals: dict[str, float] = {}
        lines = []
        for entry in ledger.entries():
            spent = totals.get(entry.cohort_id, 0.0)
            if entry.kind is EntryKind.SPENT:
                spent = round(spent + entry.units, 9)
            totals[entry.cohort_id] = spent
            lines.append(
                LedgerLine(
                    number=entry.number,
                    time=utc_seconds(entry.time),
                    cohort_id=entry.cohort_id,
                    cohort_name=names.get(entry.cohort_id, ""),
                    study=titles.get(entry.digest, ""),
                    kind=entry.kind.value,
                    units=entry.units,
                    total=spent,
                    fingerprint=entry.sha256[:16],
                    note=entry.note,
                )
            )
        return tuple(lines)

    def close(self) -> None:
        """Close what is open."""
        for ledger in (self._main, self._practice):
            if ledger is not None:
                try:
                    ledger.close()
                except SynCohortError:
                    continue
        self._main = self._practice = None
