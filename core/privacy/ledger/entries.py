"""One line of the ledger, its fingerprint, and which line may follow which.

    (nothing) -> proposed -> reserved -> spent
                               ^      `-> returned, only while nothing was opened
                               `--------------'
    decision: a cohort registered, patients added to it, a cap changed, a spent study continued

A plan is charged once. A run of it that left nothing behind is returned, and the same plan may be
reserved again; a spent plan can only go on where it stopped (``Ledger.resume``). The same study
from the beginning is a new plan with a new digest and a new charge.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from core.errors import BudgetError

#: Units are whole hundredths; an epsilon this little above them is the same level.
_ROUNDING: Final = 1e-9
GENESIS: Final = hashlib.sha256(b"syncohort-ledger-1").hexdigest()


class EntryKind(StrEnum):
    """What a line records."""

    PROPOSED = "proposed"
    RESERVED = "reserved"
    SPENT = "spent"
    RETURNED = "returned"
    DECISION = "decision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What one study takes. Invariant: finite; units, epsilon and delta above 0; delta below 1.

    Attributes:
        units: Units of the cohort's lifetime cap.
        epsilon: Exactly accounted epsilon; never more than ``units``.
        delta: Delta of the whole release.
        mu_sq: Gaussian loss mu^2, recorded beside the charge.
        delta_tail: Part of ``delta`` used by the tails of the noise and cryptographic slack.
    """

    units: float
    epsilon: float
    delta: float
    mu_sq: float
    delta_tail: float

    def __post_init__(self) -> None:
        """Refuse what is no charge.

        Raises:
            BudgetError: BU302 with the field.
        """
        for field in ("units", "epsilon", "delta", "mu_sq", "delta_tail"):
            value = getattr(self, field)
            if type(value) is not float or not math.isfinite(value):
                raise BudgetError("BU302", field=field, value=value, reason="not a number")
            least = 0.0 if field == "delta_tail" else math.ulp(0.0)
            if value < least:
                raise BudgetError("BU302", field=field, value=value, reason="not above 0")
        if self.delta >= 1 or self.delta_tail >= self.delta:
            raise BudgetError("BU302", field="delta", value=self.delta, reason="too large")
        if self.epsilon > self.units + _ROUNDING:
            reason = f"more than the {self.units} units it is charged"
            raise BudgetError("BU302", field="epsilon", value=self.epsilon, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line. Invariant: ``sha256`` is the hash of all other fields, ``previous`` among them.

    Attributes:
        number: 1, 2, 3, .. without a gap.
        time: UTC, ISO 8601 with microseconds.
        cohort_id: The cohort, 32 hex digits.
        digest: The plan's digest; for a decision about a cohort, the digest of that cohort.
        kind: What the line records.
        units: Units of the cap; for a decision, the cap from now on.
        epsilon: Accounted epsilon, 0 for a decision.
        delta: Delta of the release, 0 for a decision.
        mu_sq: Gaussian loss, 0 for a decision.
        delta_tail: Part of delta used by tails and slack.
        note: Words for the reader; no patient, no path.
        previous: ``sha256`` of the line before.
        sha256: Fingerprint of this line, 64 hex digits.
    """

    number: int
    time: str
    cohort_id: str
    digest: str
    kind: EntryKind
    units: float
    epsilon: float
    delta: float
    mu_sq: float
    delta_tail: float
    note: str
    previous: str
    sha256: str = ""

    def fingerprint(self) -> str:
        """Return the hash of every field except the hash itself."""
        tree = asdict(self)
        del tree["sha256"]
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(b"syncohort-entry-1:" + text.encode("ascii")).hexdigest()


def utc_text(seconds: float) -> str:
    """Write a time as the ledger stores it.

    >>> utc_text(0.5)
    '1970-01-01T00:00:00.500000+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def utc_seconds(text: str) -> float:
    """Read a time as the ledger stores it, seconds since the epoch.

    >>> utc_seconds('1970-01-01T00:00:00.500000+00:00')
    0.5
    """
    return datetime.fromisoformat(text).timestamp()


#: kind of a plan's last line -> kinds that may follow (None: no line yet)
_NEXT: Final[dict[EntryKind | None, frozenset[EntryKind]]] = {
    None: frozenset({EntryKind.PROPOSED, EntryKind.RESERVED}),
    EntryKind.PROPOSED: frozenset({EntryKind.RESERVED}),
    EntryKind.RESERVED: frozenset({EntryKind.SPENT, EntryKind.RETURNED}),
    EntryKind.SPENT: frozenset(),
    EntryKind.RETURNED: frozenset({EntryKind.RESERVED}),
}


def require_step(state: EntryKind | None, step: EntryKind) -> None:
    """Refuse a line that may not follow the plan's last one.

    Raises:
        BudgetError: BU308.
    """
    if step not in _NEXT[state]:
        raise BudgetError("BU308", step=step, state=state or "not there")


def verify_chain(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Check numbers, fingerprints, links and states of a whole ledger.

    Returns:
        The last line of every plan, by its digest.

    Raises:
        BudgetError: BU304 with the first line that does not fit.
    """
    previous = GENESIS
    last: dict[str, Entry] = {}
    for number, entry in enumerate(entries, start=1):
        if entry.number != number or entry.previous != previous:
            raise BudgetError("BU304", entry=number)
        if entry.fingerprint() != entry.sha256:
            raise BudgetError("BU304", entry=number)
        previous = entry.sha256
        if entry.kind is EntryKind.DECISION:
            continue
        before = last.get(entry.digest)
        if entry.kind not in _NEXT[before.kind if before else None]:
            raise BudgetError("BU304", entry=number)
        last[entry.digest] = entry
    return last
