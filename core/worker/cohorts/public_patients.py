"""Whether the own patients are in a public reference, where nothing protects them.

Compared on this computer only; what it finds is said to the hospital's own people.
"""

from __future__ import annotations

from core.cohort.prints import record_marks
from core.cohort.records import Cohort
from core.errors import CohortError, PlanError
from core.model.reference import PublicReference
from core.synthesis.reference.file import marks_of


def refuse_public(cohort: Cohort, reference: PublicReference) -> None:
    """Refuse a reference that was made from this cohort's file, or that holds a record of it.

    NB: a record is known again in a file with the same gene columns; in another export of the same
    patients it is not. The attestation of the hospital covers the rest.

    Raises:
        CohortError: CH125.
        PlanError: PL201 if the reference's marks are no marks.
    """
    if holds_patients_of(reference, cohort):
        raise CohortError("CH125", file=cohort.file_name)


def holds_patients_of(reference: PublicReference, cohort: Cohort) -> bool:
    """Tell whether the reference was made from this cohort or from some of its records."""
    if reference.source_sha256 == cohort.fingerprint:
        return True
    if not reference.record_marks:
        return False
    try:
        known = marks_of(reference.record_marks)
    except ValueError:
        reason = "not marks of records"
        raise PlanError("PL201", field="reference.record_marks", reason=reason) from None
    return bool(known & record_marks(cohort.values, cohort.genes))
