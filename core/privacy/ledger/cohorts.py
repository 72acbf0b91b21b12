"""Cohorts in the ledger: a cap follows the patients, not the file.

Each patient leaves a mark: a keyed hash of the hospital's own identifier, cut to 16 bytes. The key
never leaves the ledger's file, so marks of two ledgers cannot be compared. A file that is renamed,
re-ordered, cut or extended carries marks we know, and so leads back to its cohort.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from core.errors import BudgetError
from core.privacy.ledger.store import LedgerFile
from core.randomness import KEY_BYTES, NoiseSource

MARK_BYTES: Final = 16
DEFAULT_CAP: Final = 4.0
_MARK_KEY: Final = "mark key"
#: Marks looked up with one question.
_AT_ONCE: Final = 500
_PURPOSE: Final = b"syncohort mark 1:"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRecord:
    """One cohort as the ledger knows it: local to the hospital, never sent.

    Attributes:
        id: 32 hex digits.
        name: Its name in words.
        file_name: Name of the file it was registered from, without folder.
        fingerprint: SHA-256 of that file, 64 hex digits.
        cap: Units that its patients may spend in all studies together.
        n_patients: Patients with a mark.
        holdout_key: 32 secret bytes, drawn once; see ``core.privacy.holdout``.
    """

    id: str
    name: str
    file_name: str
    fingerprint: str
    cap: float
    n_patients: int
    holdout_key: bytes = field(repr=False, compare=False)


def mark_key(file: LedgerFile, source: NoiseSource) -> bytes:
    """Return the ledger's own key for marks; the first call draws it."""
    key = file.meta(_MARK_KEY)
    if not key:
        key = source.key()
        with file.writing():
            file.set_meta(_MARK_KEY, key)
    if len(key) != KEY_BYTES:
        raise BudgetError("BU304", entry="0")
    return key


def marks_of(key: bytes, identifiers: Iterable[str]) -> frozenset[bytes]:
    """Return the marks of patients, by identifiers freed from spaces and ways of writing letters.

    >>> marks_of(bytes(32), ["P1 ", "P2"]) == marks_of(bytes(32), ["P2", "P1", "P1"])
    True

    Raises:
        BudgetError: BU302 if there is no patient, or one without an identifier.
    """
    plain = {unicodedata.normalize("NFC", i).strip() for i in identifiers}
    if not plain or "" in plain:
        raise BudgetError(
            "BU302", field="patients", value=len(plain), reason="without identifiers"
        )
    return frozenset(
        hmac.digest(key, _PURPOSE + i.encode(), hashlib.sha256)[:MARK_BYTES] for i in plain
    )


def cohorts_with(file: LedgerFile, marks: Iterable[bytes]) -> list[str]:
    """Return the ids of all cohorts with one of these patients, in a fixed order."""
    wanted, found = sorted(marks), set()
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        places = ", ".join("?" for _ in some)
        rows = file.rows(f"SELECT DISTINCT cohort_id FROM marks WHERE mark IN ({places})", *some)  # noqa: S608 - places only
        found |= {str(cohort) for (cohort,) in rows}
    return sorted(found)


def marks_in(file: LedgerFile, cohort_id: str) -> frozenset[bytes]:
    """Return the marks of one cohort."""
    found = file.rows("SELECT mark FROM marks WHERE cohort_id = ?", cohort_id)
    return frozenset(m for (m,) in found if isinstance(m, bytes))


def sharing_patients(file: LedgerFile, cohort_id: str) -> frozenset[str]:
    """Return the ids of all cohorts with a patient of this one, itself included; those whose marks
    were deleted as they were noted then.
    """
    found = file.rows(
        "SELECT DISTINCT theirs.cohort_id FROM marks AS ours JOIN marks AS theirs"
        " ON ours.mark = theirs.mark WHERE ours.cohort_id = ?",
        cohort_id,
    )
    noted = file.rows("SELECT other FROM overlaps WHERE cohort_id = ?", cohort_id)
    return frozenset(str(c) for (c,) in (*found, *noted)) | {cohort_id}


def cohort_digest(file: LedgerFile, cohort_id: str) -> str:
    """Return the hash of everything stored about a cohort, its key and marks included.

    It stands in the chain, so that a redrawn key or a removed patient is found.
    """
    state = hashlib.sha256(b"syncohort-cohort-1:" + hashlib.sha256(file.meta(_MARK_KEY)).digest())
    rows = file.rows(
        "SELECT id, name, file_name, fingerprint, holdout_key FROM cohorts WHERE id = ?", cohort_id
    )
    for value in rows[0] if rows else ():
        part = value if isinstance(value, bytes) else str(value).encode()
        state.update(len(part).to_bytes(8, "big") + part)
    for mark in sorted(marks_in(file, cohort_id)):
        state.update(mark)
    for (other,) in file.rows(
        "SELECT other FROM overlaps WHERE cohort_id = ? ORDER BY other", cohort_id
    ):
        state.update(b"overlap:" + str(other).encode())
    return state.hexdigest()


def store_cohort(file: LedgerFile, record: CohortRecord, marks: Iterable[bytes]) -> None:
    """Write a new cohort and its patients, inside ``writing``."""
    file.insert(
        "INSERT INTO cohorts VALUES (?, ?, ?, ?, ?)",
        record.id,
        record.name,
        record.file_name,
        record.fingerprint,
        record.holdout_key,
    )
    store_marks(file, record.id, marks)


def store_marks(file: LedgerFile, cohort_id: str, marks: Iterable[bytes]) -> None:
    """Add patients to a cohort, inside ``writing``."""
    file.insert_many("INSERT INTO marks VALUES (?, ?)", [(m, cohort_id) for m in sorted(marks)])


def store_overlap(file: LedgerFile, cohort_id: str, others: Iterable[str]) -> None:
    """Note which cohorts share patients with one whose marks will be deleted, both ways, inside
    ``writing``.
    """
    pairs = [(cohort_id, o) for o in sorted(others)] + [(o, cohort_id) for o in sorted(others)]
    file.insert_many("INSERT OR IGNORE INTO overlaps VALUES (?, ?)", list(pairs))
