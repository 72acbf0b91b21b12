"""The hospital's ledgers: one for its patients, one for the simulated example patients.

A ledger has one writer, this process. In a rehearsal it is opened only when the run starts, so
that bad input leaves no file behind.
"""

from __future__ import annotations

import shutil

from core.errors import BudgetError, SynCohortError
from core.ports import Clock
from core.privacy.ledger import HeadPlace, Ledger, NoHeadPlace, Seals
from core.worker.home import Home


class Books:
    """Opens ledgers when they are first needed and closes them at the end."""

    def __init__(self, home: Home, clock: Clock, place: HeadPlace | None = None) -> None:
        """Open nothing yet.

        Args:
            home: Where the ledgers are.
            clock: Time.
            place: Where the main ledger's newest line is remembered; None: nowhere.
        """
        self._place = place or NoHeadPlace()
        self._seals: Seals | None = None
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
            ledger = Ledger.open(self._home.ledger, self._clock, place=self._place)
            try:
                if self._seals is not None:
                    ledger.seal_with(self._seals)
            except BudgetError:
                ledger.close()
                raise
            self._main = ledger
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

    def seal_with(self, seals: Seals) -> None:
        """Sign the main ledger with the installation's key, now and from now on; a rehearsal's is
        not signed.

        Raises:
            BudgetError: If the ledger does not open, or a signature in it does not fit.
        """
        self._seals = seals
        if self._main is not None:
            self._main.seal_with(seals)

    @property
    def key(self) -> str:
        """The key that signs the main ledger now; empty while none is open."""
        return self._seals.signer.certificate_sha256 if self._seals is not None else ""

    @property
    def place(self) -> HeadPlace:
        """Where the main ledger's newest line is remembered outside the file."""
        return self._place

    def trouble(self) -> BudgetError | None:
        """Return what is wrong with the main ledger, read anew; None if it is whole."""
        try:
            self.main().verify()
        except BudgetError as wrong:
            return wrong
        return None

    def broken_entry(self) -> int:
        """Return 0 if the main ledger is whole, else the first entry that does not match or is
        missing, at least 1.
        """
        wrong = self.trouble()
        return entry_of(wrong) if wrong is not None else 0

    def set_free(self) -> None:
        """Close the main ledger, so that its file can be replaced; it opens again when needed."""
        if self._main is not None:
            self._main.close()
            self._main = None

    def close(self) -> None:
        """Close what is open."""
        for ledger in (self._main, self._practice):
            if ledger is not None:
                try:
                    ledger.close()
                except SynCohortError:
                    continue
        self._main = self._practice = None


def entry_of(wrong: BudgetError) -> int:
    """Return the entry that an error of the ledger names, at least 1.

    >>> entry_of(BudgetError("BU304", entry=9)), entry_of(BudgetError("BU307"))
    (9, 1)
    """
    named = dict(wrong.fields).get("entry", "")
    return max(1, int(named)) if named.isascii() and named.isdigit() else 1
