"""Limits that a study sets on a cohort."""

from __future__ import annotations

from core.cohort.records import Cohort
from core.errors import CohortError


def refuse_too_many(cohort: Cohort, n_max: int) -> None:
    """Refuse a cohort larger than the plan's ``n_max``: the noise and the field are sized for it.

    Raises:
        CohortError: CH115.
    """
    if cohort.n_records > n_max:
        raise CohortError("CH115", file=cohort.file_name, limit=n_max)


def refuse_changed(cohort: Cohort, fingerprint: str) -> None:
    """Refuse a cohort whose file is not the one that was checked.

    Raises:
        CohortError: CH117.
    """
    if cohort.fingerprint != fingerprint:
        raise CohortError("CH117", file=cohort.file_name)
