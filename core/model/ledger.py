"""What the screens, the command line and exports show of the privacy ledger: public values."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.budget import CapState


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One entry of the privacy ledger as shown and exported.

    Attributes:
        number: 1, 2, ...
        time: Seconds since the epoch, UTC.
        cohort_id: Whose cap; empty for a decision about the installation.
        cohort_name: Name of it; empty where there is none.
        study: Title or digest words.
        kind: ``proposed``, ``reserved``, ``spent``, ``returned`` or ``decision``.
        units: Of this entry.
        total: Spent units of these patients after this entry.
        fingerprint: First 16 hex digits of the entry's hash.
        note: One sentence of the program.
        topic: What a decision is about, such as ``cap-changed``; empty otherwise.
        sentence: The whole entry in one plain sentence.
        people: Who decided.
        reason: Why, in their words.
        epsilon: Accounted epsilon of the study; 0 for a decision.
        signed_by: First 16 hex digits of the key that signed it; empty: not signed yet.
        countersigned_by: Names of the parties that signed under the statement about its study.
    """

    number: int
    time: float
    cohort_id: str
    cohort_name: str
    study: str
    kind: str
    units: float
    total: float
    fingerprint: str
    note: str
    topic: str = ""
    sentence: str = ""
    people: tuple[str, ...] = ()
    reason: str = ""
    epsilon: float = 0.0
    signed_by: str = ""
    countersigned_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortStanding:
    """One cohort's cap, and whether it may take part in studies.

    Attributes:
        cohort_id: Key in the ledger.
        name: Chosen by the steward.
        cap: What its patients have used of their lifetime cap.
        standing: Empty: it may; else why not, such as ``held until ...`` or ``withdrawn``.
        composed_epsilon: The tighter total of everything spent: information, not the cap.
    """

    cohort_id: str
    name: str
    cap: CapState
    standing: str
    composed_epsilon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStanding:
    """A whole ledger in figures.

    Attributes:
        entries: Lines.
        signed: Lines that an installation's key has signed.
        key: SHA-256 of the key that signs now; empty while none is open.
        fingerprint: Of the newest line, 64 hex digits.
        remembered: Whether the newest line is remembered outside the file.
        partners: Names of partners that hold a line of this ledger.
        partner_entry: The newest line that a partner holds; 0 if none does.
    """

    entries: int
    signed: int
    key: str
    fingerprint: str
    remembered: bool
    partners: tuple[str, ...]
    partner_entry: int
