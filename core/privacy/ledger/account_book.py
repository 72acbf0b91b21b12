"""The ledger of one installation: what every cohort has spent, for ever.

A spend is on the disk before anything is opened. A crash between the two counts as spent: whatever
is still reserved when the ledger is opened again is charged, because nobody can know how far it
got.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from core.errors import BudgetError
from core.model.budget import PRESET_UNITS, CapState
from core.model.plan import Plan
from core.ports import Clock, Verifier
from core.privacy.ledger.charges import charge_of
from core.privacy.ledger.entries import Charge, Entry, EntryKind, Topic, Words, require_step
from core.privacy.ledger.heads import HeadPlace, NoHeadPlace
from core.privacy.ledger.journal import CLOCK_TOLERANCE_S, Journal
from core.privacy.ledger.seals import Seals, certificates, signatures
from core.privacy.ledger.second_book import composed_epsilon, require_agreement
from core.privacy.ledger.statement_book import StatementBook
from core.privacy.ledger.statements import (
    all_unopened,
    countersignatures,
    require_statements_sound,
    statements,
)
from core.privacy.ledger.store import LedgerFile
from core.randomness import NoiseSource

__all__ = ["CLOCK_TOLERANCE_S", "MOST_DETAIL", "Ledger"]

#: Above this epsilon, the units of the named level with most detail, a study needs a written
#: reason.
MOST_DETAIL: Final = max(PRESET_UNITS.values())
#: Units are added in hundredths; anything finer is rounding.
_DIGITS: Final = 9
_A_PLAN: Final = Words()


class Ledger(StatementBook):
    """An open ledger.

    Invariant: its chain is whole, no other program has it, and no plan is charged twice.
    """

    def __init__(
        self,
        file: LedgerFile,
        clock: Clock,
        source: NoiseSource,
        place: HeadPlace | None = None,
    ) -> None:
        """Take an open file; use ``open``, which also recovers from a crash.

        Raises:
            BudgetError: BU304 or BU307 if the history was changed, BU312 if it is an older copy.
        """
        super().__init__(Journal(file, clock, place or NoHeadPlace()), source)
        self._spent_here: set[str] = set()

    @classmethod
    def open(
        cls,
        path: Path,
        clock: Clock,
        source: NoiseSource | None = None,
        place: HeadPlace | None = None,
    ) -> Self:
        """Open or begin the ledger at ``path``, check it, and charge what a crash left open.

        Args:
            path: Its file.
            clock: Time.
            source: Randomness for keys.
            place: Where its newest line is remembered outside the file; None: nowhere.

        Raises:
            BudgetError: BU304, BU307 or BU315 for a changed history, BU305 if another program has
                it, BU306 if it cannot be written, BU309 if it is none of ours, BU311 for a clock
                that is behind, BU312 for an older copy.
        """
        file = LedgerFile(path)
        try:
            ledger = cls(file, clock, source or NoiseSource(), place)
            ledger.recover()
            ledger._journal.remember()
        except BaseException:
            file.close()
            raise
        return ledger

    # ------------------------------------------------------------------ history

    def entries(self) -> tuple[Entry, ...]:
        """Return every line, first to last."""
        return tuple(self._journal.index.entries)

    def verify(self) -> None:
        """Read the whole file again and check chain, cohorts and the second book's lines.

        Raises:
            BudgetError: BU304 with the first line that does not fit, BU307 for the second book,
                BU312 if it is older than this computer remembers.
        """
        self._journal.verify()

    def verify_signatures(self, verify: Verifier) -> None:
        """Check every signature of a line, of a statement and under a statement.

        Raises:
            BudgetError: BU304 with the line, BU315.
        """
        self._journal.require_signatures(verify)
        found, under = statements(self._file), countersignatures(self._file)
        require_statements_sound(found, under, certificates(self._file), verify)

    def recover(self) -> tuple[str, ...]:
        """Charge every reservation that was neither spent nor returned.

        Returns:
            Digests of the plans that are charged by this.

        Raises:
            BudgetError: BU306 if it could not be written, BU311 for a clock that is behind.
        """
        found = self._journal.index.reserved()
        for entry in found:
            self._follow(entry, EntryKind.SPENT, "the program ended before it could say otherwise")
        return tuple(e.digest for e in found)

    def seal_with(self, seals: Seals) -> None:
        """Sign every line with the installation's key, those that are not signed yet at once.

        Raises:
            BudgetError: BU304 or BU315 if a signature does not fit, BU306 if not written.
        """
        self._journal.seal_with(seals)
        self._seals = seals

    def signers(self) -> dict[int, str]:
        """Return the key that signed each line; lines that are not signed are missing."""
        return {number: key for number, (key, _) in signatures(self._file).items()}

    def record(self, words: Words) -> None:
        """Append a decision about the installation.

        Raises:
            BudgetError: BU302, BU306, BU308 or BU311.
        """
        with self._journal.writing():
            self._journal.decide_house(words)

    @property
    def file(self) -> LedgerFile:
        """The file, for what reads it: export and backup."""
        return self._file

    # ------------------------------------------------------------------ spending

    def cap_state(self, cohort_id: str) -> CapState:
        """Return what is spent and reserved for this cohort's patients.

        Charges of every cohort that shares a patient with it count.

        Raises:
            BudgetError: BU308 if there is no such cohort.
        """
        cap = self.cohort(cohort_id).cap
        charges = self._charges(cohort_id)
        spent = math.fsum(e.units for e in charges if e.kind is EntryKind.SPENT)
        reserved = math.fsum(e.units for e in charges if e.kind is EntryKind.RESERVED)
        spent, reserved = round(spent, _DIGITS), round(reserved, _DIGITS)
        epsilon = math.fsum(e.epsilon for e in charges)
        return CapState(cap=cap, spent=spent, reserved=reserved, epsilon=epsilon)

    def composed_epsilon(self, cohort_id: str) -> float:
        """Return the tighter total epsilon of everything spent: information, not the cap."""
        return composed_epsilon([e for e in self._charges(cohort_id) if e.kind is EntryKind.SPENT])

    def state(self, plan_digest: str) -> EntryKind | None:
        """Return the last step of a plan, or None if the ledger does not know it."""
        entry = self._journal.index.states.get(plan_digest)
        return entry.kind if entry else None

    def propose(self, cohort_id: str, plan: Plan, reason: str = "") -> None:
        """Record that a plan was proposed, and why at this level; nothing is charged.

        Raises:
            BudgetError: BU308 if the plan is already here, BU310 if it cannot be certified.
        """
        charge = charge_of(plan)
        require_step(self.state(plan.digest), EntryKind.PROPOSED)
        self.cohort(cohort_id)
        words = Words(reason=" ".join(reason.split()))
        self._write(EntryKind.PROPOSED, cohort_id, plan.digest, charge, words)

    def reserve(self, cohort_id: str, plan: Plan, reason: str = "") -> CapState:
        """Set aside what ``plan`` will charge, after computing its cost here.

        Args:
            cohort_id: Whose cap.
            plan: What will run.
            reason: Why this level; needed above ``MOST_DETAIL``, unless its proposal, or an
                earlier reservation, says so.

        Raises:
            PlanError: PL201 if the plan states less than it costs.
            BudgetError: BU301 if it does not fit under the cap of a cohort with these patients,
                BU306 if it could not be written, BU307 if the second book refuses, BU308 if this
                plan was reserved before, BU310 if it cannot be certified, BU311 for the clock,
                BU313 for a cohort that takes part no more, BU314 without a reason.
        """
        written = (e.reason for e in self.entries() if e.digest == plan.digest and e.reason)
        reason = reason or next(written, "")
        require_reason(plan.budget.epsilon, reason)
        return self.reserve_charge(cohort_id, plan.digest, charge_of(plan), reason=reason)

    def reserve_charge(
        self,
        cohort_id: str,
        digest: str,
        charge: Charge,
        note: str = "",
        reason: str = "",
        about: Words = _A_PLAN,
    ) -> CapState:
        """Set aside a charge, of a plan or of another release, under the digest of what causes it.

        Args:
            cohort_id: Whose cap.
            digest: Of the plan, or of what else is released; new for every release.
            charge: What it takes.
            note: One sentence of the program.
            reason: Why, in people's words.
            about: Topic and people of a release without a plan.

        Raises:
            BudgetError: As ``reserve``.
        """
        require_step(self.state(digest), EntryKind.RESERVED)
        if self.promised_unopened(digest):
            raise BudgetError(
                "BU308", step=EntryKind.RESERVED, state="promised never to be opened"
            )
        self.cohort(cohort_id)
        standing = self.standing(cohort_id)
        if standing:
            raise BudgetError("BU313", state=standing)
        for other in sorted(self._group(cohort_id)):
            state = self.cap_state(other)
            if state.spent + state.reserved + charge.units > state.cap + 10**-_DIGITS:
                raise BudgetError(
                    "BU301",
                    asked=f"{charge.units:g}",
                    left=f"{state.left:g}",
                    cap=f"{state.cap:g}",
                )
            require_agreement([*self._charges(other), charge], state.cap)
        words = replace(about, note=note, reason=" ".join(reason.split()))
        self._write(EntryKind.RESERVED, cohort_id, digest, charge, words)
        return self.cap_state(cohort_id)

    def spend(self, plan_digest: str, note: str = "") -> None:
        """Record that a plan is spent; when this returns, it is on the disk.

        Call it without a note before the first opening share of any stage leaves; calling it again
        for a later stage of the same run changes nothing. A note says why else it is charged.

        Raises:
            BudgetError: BU306 if it could not be written (then nothing may be opened), BU308 if
                the plan is not reserved, or was spent by an earlier run.
        """
        if plan_digest in self._spent_here:
            return
        self._follow(self._reserved(plan_digest, EntryKind.SPENT), EntryKind.SPENT, note)
        self._spent_here.add(plan_digest)

    def resume(self, cohort_id: str, plan_digest: str) -> Entry:
        """Note that a spent plan goes on: its charge covers each of its stages, once.

        Returns:
            The line that charged it.

        Raises:
            BudgetError: BU306 if not written, BU308 unless it is spent, on these patients.
        """
        entry = self._journal.index.states.get(plan_digest)
        if entry is None or (entry.kind, entry.cohort_id) != (EntryKind.SPENT, cohort_id):
            state = entry.kind if entry else "not there"
            raise BudgetError("BU308", step="continue", state=state)
        with self._journal.writing():
            note = f"study {plan_digest[:16]} continued; nothing more is charged"
            words = Words(note=note, topic=Topic.STUDY_CONTINUED)
            self._journal.decide(cohort_id, self._cap(cohort_id), words)
        return entry

    def give_back(self, plan_digest: str, note: str = "nothing was opened") -> None:
        """Record that a reserved plan ended before anything was opened.

        Raises:
            BudgetError: BU308 if the plan is not reserved: what is spent stays spent.
        """
        self._follow(self._reserved(plan_digest, EntryKind.RETURNED), EntryKind.RETURNED, note)

    def give_back_unopened(self, plan_digest: str, keys: frozenset[str]) -> bool:
        """Give a reservation back if every party signed that nothing of the plan was opened.

        Args:
            plan_digest: The plan.
            keys: Certificates of all parties of the plan, this one included.

        Returns:
            Whether it was given back; otherwise it stays reserved.

        Raises:
            BudgetError: BU306 or BU308.
        """
        if not all_unopened(statements(self._file, plan_digest), keys):
            return False
        note = f"all {len(keys)} parties signed that nothing was opened"
        self.give_back(plan_digest, note)
        return True

    def close(self) -> None:
        """Close the file; what is still reserved will be charged when it is opened again."""
        self._file.close()

    # ------------------------------------------------------------------ inside

    def _reserved(self, digest: str, step: EntryKind) -> Entry:
        require_step(self.state(digest), step)
        return self._journal.index.states[digest]

    def _charges(self, cohort_id: str) -> list[Entry]:
        return self._journal.index.charges(self._group(cohort_id))

    def _follow(self, entry: Entry, kind: EntryKind, note: str) -> None:
        words = Words(note=note, topic=entry.topic, people=entry.people if entry.topic else ())
        self._write(kind, entry.cohort_id, entry.digest, entry.charged, words)

    def _write(
        self, kind: EntryKind, cohort_id: str, digest: str, charge: Charge, words: Words
    ) -> None:
        with self._journal.writing():
            self._journal.charge(kind, cohort_id, digest, charge, words)


def require_reason(epsilon: float, reason: str) -> None:
    """Refuse a level above the one with most detail that nobody explains.

    Raises:
        BudgetError: BU314.
    """
    if epsilon > MOST_DETAIL and not reason.strip():
        raise BudgetError("BU314", what="a level above Most detail")
