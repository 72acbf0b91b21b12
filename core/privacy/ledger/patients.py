"""Whose cap it is: cohorts registered, extended, held, withdrawn and forgotten.

    held        nobody takes part until two people decide on the cap
    withdrawn   takes part no more, for ever; nor does any cohort with one of these patients
    forgotten   the marks of its patients are deleted, and with them the means to recognise them

What was spent stays. After identifiers were deleted, or lines of the ledger were lost, nobody can
tell whether the patients of a new file have spent before: from then on new cohorts, and cohorts
that new patients join, begin held.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.errors import BudgetError
from core.privacy.ledger.charges import require_cap
from core.privacy.ledger.cohorts import (
    DEFAULT_CAP,
    CohortRecord,
    cohorts_with,
    mark_key,
    marks_in,
    marks_of,
    sharing_patients,
    store_cohort,
    store_marks,
    store_overlap,
)
from core.privacy.ledger.entries import Decision, Topic, Words
from core.privacy.ledger.journal import Journal
from core.randomness import NoiseSource

_STATES: Final = {
    Topic.COHORT_HELD: "held",
    Topic.COHORT_WITHDRAWN: "withdrawn",
    Topic.IDENTIFIERS_FORGOTTEN: "withdrawn, its identifiers deleted",
}
_HELD: Final = "held until two people decide on its cap: its patients may have spent before"


class PatientBook:
    """The half of a ledger that knows patients by their marks. Invariant: a patient that it knows
    leads every file back to what was spent.
    """

    def __init__(self, journal: Journal, source: NoiseSource) -> None:
        """Take over an open journal; the first time, the key for marks is drawn."""
        self._journal = journal
        self._file = journal.file
        self._source = source
        self._key = mark_key(self._file, source)

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
        with self._journal.writing():
            store_cohort(self._file, record, marks)
            words = Words(note="cohort registered", topic=Topic.COHORT_REGISTERED)
            self._journal.decide(record.id, record.cap, words)
            self._hold_if_blind(record.id, record.cap)
        return self.cohort(record.id)

    def _join(self, cohort_id: str, marks: frozenset[bytes]) -> CohortRecord:
        with self._journal.writing():
            store_marks(self._file, cohort_id, marks - marks_in(self._file, cohort_id))
            words = Words(note="patients added to the cohort", topic=Topic.PATIENTS_ADDED)
            self._journal.decide(cohort_id, self._cap(cohort_id), words)
            self._hold_if_blind(cohort_id, self._cap(cohort_id))
        return self.cohort(cohort_id)

    def _hold_if_blind(self, cohort_id: str, cap: float) -> None:
        if self._journal.index.hold_new:
            words = Words(note=_HELD, topic=Topic.COHORT_HELD)
            self._journal.decide(cohort_id, cap, words)

    # ---- what is known

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
        counted = self._file.rows("SELECT count(*) FROM marks WHERE cohort_id = ?", cohort_id)
        return CohortRecord(
            id=str(identity),
            name=str(name),
            file_name=str(file_name),
            fingerprint=str(fingerprint),
            cap=self._cap(cohort_id),
            n_patients=int(str(counted[0][0])),
            holdout_key=key if isinstance(key, bytes) else b"",
        )

    def cohorts(self) -> tuple[CohortRecord, ...]:
        """Return all cohorts, oldest first."""
        return tuple(self.cohort(c) for c in self._journal.index.decided)

    def standing(self, cohort_id: str) -> str:
        """Return why this cohort takes part no more, in a word or two; empty if it may.

        A withdrawn or held cohort keeps back every cohort with one of its patients.
        """
        closed = self._journal.index.closed
        if cohort_id in closed:
            return _STATES[closed[cohort_id]]
        for other in sorted(self._group(cohort_id)):
            if closed.get(other) in {Topic.COHORT_HELD, Topic.COHORT_WITHDRAWN}:
                return f"{_STATES[closed[other]]} in part"
        return ""

    def _group(self, cohort_id: str) -> frozenset[str]:
        return sharing_patients(self._file, cohort_id)

    def _cap(self, cohort_id: str) -> float:
        return self._journal.index.decided[cohort_id].units

    # ---- decisions about a cohort

    def change_cap(self, cohort_id: str, cap: float, decision: Decision) -> None:
        """Record that two people decided on a cohort's cap; this frees a held cohort.

        Raises:
            BudgetError: BU302 for a cap that is none, BU308 for a cohort that is not here, BU313
                for a withdrawn one.
        """
        require_cap(cap)
        old = self.cohort(cohort_id).cap
        closed = self._journal.index.closed.get(cohort_id)
        if closed not in {None, Topic.COHORT_HELD}:
            raise BudgetError("BU313", state=self.standing(cohort_id))
        note = f"cap changed from {old:g} to {cap:g}"
        with self._journal.writing():
            words = decision.words(note, Topic.CAP_CHANGED)
            self._journal.decide(cohort_id, float(cap), words)

    def withdraw(self, cohort_id: str, person: str, reason: str) -> None:
        """Take a cohort out of all future studies, for ever. One person may: it only protects.

        Raises:
            BudgetError: BU302 or BU314 without a name and a reason, BU308 if it is not here.
        """
        if not reason.strip() or not person.strip():
            raise BudgetError("BU314", what="the withdrawal")
        cap = self.cohort(cohort_id).cap
        words = Words(
            note="withdrawn from all future studies",
            topic=Topic.COHORT_WITHDRAWN,
            people=(person.strip(),),
            reason=" ".join(reason.split()),
        )
        with self._journal.writing():
            self._journal.decide(cohort_id, cap, words)

    def forget_identifiers(self, cohort_id: str, decision: Decision) -> None:
        """Delete the marks of a cohort's patients for ever, and take it out of future studies.

        Afterwards a file with these patients is not recognised. So what they share with other
        cohorts is noted first and keeps counting there, and every new cohort begins held. Marks of
        the same patients in other cohorts stay: those are still in use. Backups made before still
        hold the marks.

        Raises:
            BudgetError: BU306 if not written, BU308 if it is not here.
        """
        cap = self.cohort(cohort_id).cap
        others = sorted(self._group(cohort_id) - {cohort_id})
        with self._journal.writing():
            store_overlap(self._file, cohort_id, others)
            self._file.remove_marks(cohort_id)
            note = "marks of the patients deleted; new cohorts begin held"
            words = decision.words(note, Topic.IDENTIFIERS_FORGOTTEN)
            self._journal.decide(cohort_id, cap, words)
            for other in others:
                noted = Words(
                    note="shares patients with a forgotten cohort", topic=Topic.OVERLAP_NOTED
                )
                self._journal.decide(other, self._cap(other), noted)
        self._file.settle()

    def hold_all(self, words: Words, missing: int) -> None:
        """Record that lines are missing, and hold every cohort until two people decide on it.

        Raises:
            BudgetError: BU306 or BU311.
        """
        index = self._journal.index
        with self._journal.writing():
            self._journal.decide_house(words, float(missing))
            for cohort_id in index.decided if missing else ():
                if cohort_id not in index.closed:
                    held = Words(note=_HELD, topic=Topic.COHORT_HELD)
                    self._journal.decide(cohort_id, self._cap(cohort_id), held)
