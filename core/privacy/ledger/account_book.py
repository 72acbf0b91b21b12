"""The ledger of one installation: what every cohort has spent, for ever.

A spend is on the disk before anything is opened. A crash between the two counts as spent: whatever
is still reserved when the ledger is opened again is charged, because nobody can know how far it
got.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from core.errors import BudgetError
from core.model.budget import CapState
from core.model.plan import Plan
from core.ports import Clock
from core.privacy.ledger.audit import audit
from core.privacy.ledger.charges import charge_of, require_cap
from core.privacy.ledger.cohorts import (
    DEFAULT_CAP,
    CohortRecord,
    cohort_digest,
    cohorts_with,
    mark_key,
    marks_in,
    marks_of,
    sharing_patients,
    store_cohort,
    store_marks,
)
from core.privacy.ledger.entries import (
    GENESIS,
    Charge,
    Entry,
    EntryKind,
    require_step,
    utc_seconds,
    utc_text,
)
from core.privacy.ledger.second_book import composed_epsilon, require_agreement
from core.privacy.ledger.store import LedgerFile
from core.randomness import NoiseSource

#: A clock may be this far behind the last entry: two clocks set by different servers.
CLOCK_TOLERANCE_S: Final = 120.0
#: Units are added in hundredths; anything finer is rounding.
_DIGITS: Final = 9
_APPROVERS: Final = 2


class Ledger:
    """An open ledger.

    Invariant: its chain is whole, no other program has it, and no plan is charged twice.
    """

    def __init__(self, file: LedgerFile, clock: Clock, source: NoiseSource) -> None:
        """Take an open file; use ``open``, which also recovers from a crash.

        Raises:
            BudgetError: BU304 or BU307 if the history was changed.
        """
        self._file = file
        self._clock = clock
        self._source = source
        self._spent_here: set[str] = set()
        self._entries: list[Entry] = []
        self._states: dict[str, Entry] = {}
        self._key = b""
        self.verify()
        self._key = mark_key(file, source)

    @classmethod
    def open(cls, path: Path, clock: Clock, source: NoiseSource | None = None) -> Self:
        """Open or begin the ledger at ``path``, check it, and charge what a crash left open.

        Raises:
            BudgetError: BU304 or BU307 for a changed history, BU305 if another program has it,
                BU306 if it cannot be written, BU309 if it is none of ours, BU311 for a clock that
                is behind.
        """
        file = LedgerFile(path)
        try:
            ledger = cls(file, clock, source or NoiseSource())
            ledger.recover()
        except BaseException:
            file.close()
            raise
        return ledger

    # ------------------------------------------------------------------ history

    def entries(self) -> tuple[Entry, ...]:
        """Return every line, first to last."""
        return tuple(self._entries)

    def verify(self) -> None:
        """Read the whole file again and check chain, cohorts and the second book's lines.

        Raises:
            BudgetError: BU304 with the first line that does not fit, BU307 for the second book.
        """
        self._entries, self._states = audit(self._file)

    def recover(self) -> tuple[str, ...]:
        """Charge every reservation that was neither spent nor returned.

        Returns:
            Digests of the plans that are charged by this.

        Raises:
            BudgetError: BU306 if it could not be written, BU311 for a clock that is behind.
        """
        found = [e for e in self._states.values() if e.kind is EntryKind.RESERVED]
        for entry in found:
            self._follow(entry, EntryKind.SPENT, "the program ended before it could say otherwise")
        return tuple(e.digest for e in found)

    # ------------------------------------------------------------------ cohorts

    def register_cohort(
        self,
        name: str,
        file_name: str,
        fingerprint: str,
        patient_identifiers: Iterable[str],
        cap: float = DEFAULT_CAP,
    ) -> CohortRecord:
        """Return the cohort these patients belong to, or begin a new one.

        Patients of one known cohort lead back to it, and new ones among them join it. Patients of
        several known cohorts make a new one, whose spending includes that of all of them.

        Args:
            name: Its name in words.
            file_name: Name of the file without folder.
            fingerprint: SHA-256 of the file, 64 hex digits.
            patient_identifiers: The hospital's own stable identifiers.
            cap: Units, for a new cohort only; fixed before its first study.

        Raises:
            BudgetError: BU302 for a cap or patients that are none, BU306 if not written.
        """
        marks = marks_of(self._key, patient_identifiers)
        require_cap(cap)
        known = {c: marks_in(self._file, c) for c in cohorts_with(self._file, marks)}
        whole = sorted((len(known[c]), c) for c in known if marks <= known[c])
        if whole:
            return self.cohort(whole[0][1])
        if len(known) == 1:
            return self._join(next(iter(known)), marks)
        record = CohortRecord(
            id=self._source.token(16).hex(),
            name=name,
            file_name=file_name,
            fingerprint=fingerprint,
            cap=float(cap),
            n_patients=len(marks),
            holdout_key=self._source.key(),
        )
        with self._file.writing():
            store_cohort(self._file, record, marks)
            self._decide(record.id, record.cap, "cohort registered")
        self.verify()
        return self.cohort(record.id)

    def _join(self, cohort_id: str, marks: frozenset[bytes]) -> CohortRecord:
        with self._file.writing():
            store_marks(self._file, cohort_id, marks - marks_in(self._file, cohort_id))
            self._decide(cohort_id, self._cap(cohort_id), "patients added to the cohort")
        self.verify()
        return self.cohort(cohort_id)

    def cohort(self, cohort_id: str) -> CohortRecord:
        """Return one cohort.

        Raises:
            BudgetError: BU308 if there is none.
        """
        rows = self._file.rows(
            "SELECT id, name, file_name, fingerprint, holdout_key FROM cohorts WHERE id = ?",
            cohort_id,
        )
        if not rows:
            raise BudgetError("BU308", step="look up", state="not a cohort of this ledger")
        identity, name, file_name, fingerprint, key = rows[0]
        return CohortRecord(
            id=str(identity),
            name=str(name),
            file_name=str(file_name),
            fingerprint=str(fingerprint),
            cap=self._cap(cohort_id),
            n_patients=len(marks_in(self._file, cohort_id)),
            holdout_key=key if isinstance(key, bytes) else b"",
        )

    def cohorts(self) -> tuple[CohortRecord, ...]:
        """Return all cohorts, oldest first."""
        seen = dict.fromkeys(e.cohort_id for e in self._entries if e.kind is EntryKind.DECISION)
        return tuple(self.cohort(c) for c in seen)

    def change_cap(self, cohort_id: str, cap: float, approvers: tuple[str, str]) -> None:
        """Record that two people changed a cohort's cap.

        Raises:
            BudgetError: BU302 for a cap that is none, BU308 unless two different people agree.
        """
        require_cap(cap)
        people = {a.strip() for a in approvers} - {""}
        if len(people) != _APPROVERS:
            raise BudgetError("BU308", step="change the cap", state="not agreed by two people")
        old = self.cohort(cohort_id).cap
        with self._file.writing():
            note = f"cap changed from {old:g} to {cap:g} by {' and '.join(sorted(people))}"
            self._decide(cohort_id, float(cap), note)
        self.verify()

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
        return self._states[plan_digest].kind if plan_digest in self._states else None

    def propose(self, cohort_id: str, plan: Plan) -> None:
        """Record that a plan was proposed; nothing is charged.

        Raises:
            BudgetError: BU308 if the plan is already here, BU310 if it cannot be certified.
        """
        charge = charge_of(plan)
        require_step(self.state(plan.digest), EntryKind.PROPOSED)
        self.cohort(cohort_id)
        self._write(EntryKind.PROPOSED, cohort_id, plan.digest, charge, "")

    def reserve(self, cohort_id: str, plan: Plan) -> CapState:
        """Set aside what ``plan`` will charge, after computing its cost here.

        Raises:
            PlanError: PL201 if the plan states less than it costs.
            BudgetError: BU301 if it does not fit under the cap of a cohort with these patients,
                BU306 if it could not be written, BU307 if the second book refuses, BU308 if this
                plan was reserved before, BU310 if it cannot be certified, BU311 for the clock.
        """
        return self.reserve_charge(cohort_id, plan.digest, charge_of(plan))

    def reserve_charge(
        self, cohort_id: str, digest: str, charge: Charge, note: str = ""
    ) -> CapState:
        """Set aside a charge, of a plan or of another release, under the digest of what causes it.

        Raises:
            BudgetError: As ``reserve``.
        """
        require_step(self.state(digest), EntryKind.RESERVED)
        self.cohort(cohort_id)
        for other in sorted(sharing_patients(self._file, cohort_id)):
            state = self.cap_state(other)
            if state.spent + state.reserved + charge.units > state.cap + 10**-_DIGITS:
                asked, left, cap = f"{charge.units:g}", f"{state.left:g}", f"{state.cap:g}"
                raise BudgetError("BU301", asked=asked, left=left, cap=cap)
            require_agreement([*self._charges(other), charge], state.cap)
        self._write(EntryKind.RESERVED, cohort_id, digest, charge, note)
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
        entry = self._states.get(plan_digest)
        if entry is None or (entry.kind, entry.cohort_id) != (EntryKind.SPENT, cohort_id):
            state = entry.kind if entry else "not there"
            raise BudgetError("BU308", step="continue", state=state)
        with self._file.writing():
            note = f"study {plan_digest[:16]} continued; nothing more is charged"
            self._decide(cohort_id, self._cap(cohort_id), note)
        self.verify()
        return entry

    def give_back(self, plan_digest: str, note: str = "nothing was opened") -> None:
        """Record that a reserved plan ended before anything was opened.

        Raises:
            BudgetError: BU308 if the plan is not reserved: what is spent stays spent.
        """
        self._follow(self._reserved(plan_digest, EntryKind.RETURNED), EntryKind.RETURNED, note)

    def close(self) -> None:
        """Close the file; what is still reserved will be charged when it is opened again."""
        self._file.close()

    # ------------------------------------------------------------------ inside

    def _reserved(self, digest: str, step: EntryKind) -> Entry:
        require_step(self.state(digest), step)
        return self._states[digest]

    def _charges(self, cohort_id: str) -> list[Entry]:
        group = sharing_patients(self._file, cohort_id)
        counted = (EntryKind.RESERVED, EntryKind.SPENT)
        found = [e for e in self._states.values() if e.cohort_id in group and e.kind in counted]
        return sorted(found, key=lambda e: e.number)

    def _cap(self, cohort_id: str) -> float:
        of = [e for e in self._entries if e.kind is EntryKind.DECISION]
        return [e.units for e in of if e.cohort_id == cohort_id][-1]

    def _follow(self, entry: Entry, kind: EntryKind, note: str) -> None:
        charge = Charge(
            units=entry.units,
            epsilon=entry.epsilon,
            delta=entry.delta,
            mu_sq=entry.mu_sq,
            delta_tail=entry.delta_tail,
        )
        self._write(kind, entry.cohort_id, entry.digest, charge, note)

    def _write(
        self, kind: EntryKind, cohort_id: str, digest: str, charge: Charge, note: str
    ) -> None:
        entry = self._entry(kind, cohort_id, digest, charge, note)
        with self._file.writing():
            self._file.append(entry)
            if kind is EntryKind.SPENT:
                row = (entry.number, cohort_id, charge.epsilon, charge.delta)
                self._file.insert("INSERT INTO second_book VALUES (?, ?, ?, ?)", *row)
        self._entries.append(entry)
        self._states[digest] = entry

    def _decide(self, cohort_id: str, cap: float, note: str) -> None:
        """Append a decision about a cohort, inside ``writing``."""
        digest = cohort_digest(self._file, cohort_id)
        self._file.append(self._entry(EntryKind.DECISION, cohort_id, digest, cap, note))

    def _entry(
        self, kind: EntryKind, cohort_id: str, digest: str, amount: Charge | float, note: str
    ) -> Entry:
        charge = amount if isinstance(amount, Charge) else None
        last = self._entries[-1] if self._entries else None
        now = self._clock.now()
        behind = utc_seconds(last.time) - now if last else 0.0
        if not behind <= CLOCK_TOLERANCE_S:
            raise BudgetError("BU311", seconds=round(behind))
        draft = Entry(
            number=len(self._entries) + 1,
            time=utc_text(now),
            cohort_id=cohort_id,
            digest=digest,
            kind=kind,
            units=amount.units if isinstance(amount, Charge) else amount,
            epsilon=charge.epsilon if charge else 0.0,
            delta=charge.delta if charge else 0.0,
            mu_sq=charge.mu_sq if charge else 0.0,
            delta_tail=charge.delta_tail if charge else 0.0,
            note=note,
            previous=last.sha256 if last else GENESIS,
        )
        return replace(draft, sha256=draft.fingerprint())
