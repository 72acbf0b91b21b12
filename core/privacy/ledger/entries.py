"""One line of the ledger, its fingerprint, and which line may follow which.

    (nothing) -> proposed -> reserved -> spent
                               ^      `-> returned, only while nothing was opened
                               `--------------'
    decision: a cohort registered, patients added to it, a cap changed, and the other topics

A plan is charged once. A run of it that left nothing behind is returned, and the same plan may be
reserved again; a spent plan can only go on where it stopped (``Ledger.resume``). The same study
from the beginning is a new plan with a new digest and a new charge.
Lines of version 1 have no topic, people or reason; they are read for ever. New lines are of
version 2, and no line of version 1 may follow one.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from core.errors import BudgetError

#: Units are whole hundredths; an epsilon this little above them is the same level.
_ROUNDING: Final = 1e-9
#: Longest written reason and longest name, characters.
MOST_REASON, MOST_NAME = 300, 80
GENESIS: Final = hashlib.sha256(b"syncohort-ledger-1").hexdigest()


class EntryKind(StrEnum):
    """What a line records."""

    PROPOSED = "proposed"
    RESERVED = "reserved"
    SPENT = "spent"
    RETURNED = "returned"
    DECISION = "decision"


class Topic(StrEnum):
    """What a decision is about."""

    COHORT_REGISTERED = "cohort-registered"
    PATIENTS_ADDED = "patients-added"
    CAP_CHANGED = "cap-changed"
    COHORT_WITHDRAWN = "cohort-withdrawn"
    COHORT_HELD = "cohort-held"
    IDENTIFIERS_FORGOTTEN = "identifiers-forgotten"
    OVERLAP_NOTED = "overlap-noted"
    STUDY_CONTINUED = "study-continued"
    LEDGER_RESTORED = "ledger-restored"
    LINES_MISSING = "lines-missing"
    SIGNING_KEY_CHANGED = "signing-key-changed"
    SECOND_PERSON_NAMED = "second-person-named"
    SECOND_PERSON_REPLACED = "second-person-replaced"
    REQUESTER_NAMED = "requester-named"
    RELEASE_AGREED = "release-agreed"
    REQUESTER_REPLACED = "requester-replaced"
    COUNTS_PUBLISHED = "counts-published"


#: Decisions about the installation, which belong to no cohort.
HOUSE_TOPICS: Final = frozenset(
    {
        Topic.LEDGER_RESTORED,
        Topic.LINES_MISSING,
        Topic.SIGNING_KEY_CHANGED,
        Topic.SECOND_PERSON_NAMED,
        Topic.SECOND_PERSON_REPLACED,
        Topic.REQUESTER_NAMED,
        Topic.RELEASE_AGREED,
        Topic.REQUESTER_REPLACED,
    }
)
#: What a line that charges is about, if it is not about a plan.
CHARGED_TOPICS: Final = frozenset({Topic.COUNTS_PUBLISHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What people add to a line. Invariant: short, one line each, no control characters.

    Attributes:
        note: One sentence of the program.
        topic: What a decision, or a charge without a plan, is about; empty for a line of a plan.
        people: Who decided.
        reason: Why, in their words.
    """

    note: str = ""
    topic: str = ""
    people: tuple[str, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be shown.

        Raises:
            BudgetError: BU302 with the field.
        """
        texts = [("reason", self.reason, MOST_REASON), ("note", self.note, MOST_REASON)]
        texts += [("name", name, MOST_NAME) for name in self.people]
        for field, text, most in texts:
            if len(text) > most or not (text.isprintable() and text == text.strip()):
                raise BudgetError("BU302", field=field, value=len(text), reason="not a short line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Two people and their reason. Invariant: different people, and a reason is given.

    Attributes:
        requester: Who asked.
        approver: Who agreed.
        reason: Why, one line of at most 300 characters.
    """

    requester: str
    approver: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse one person, or no reason.

        Raises:
            BudgetError: BU308 for one person, BU314 without a reason.
        """
        people = [" ".join(n.casefold().split()) for n in (self.requester, self.approver)]
        if not all(people) or people[0] == people[1]:
            raise BudgetError("BU308", step="decide", state="not agreed by two people")
        if not self.reason.strip():
            raise BudgetError("BU314", what="this decision")

    def words(self, note: str, topic: Topic) -> Words:
        """Return the words of the line that records it."""
        people = (self.requester.strip(), self.approver.strip())
        return Words(note=note, topic=topic, people=people, reason=" ".join(self.reason.split()))


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
        cohort_id: The cohort, 32 hex digits; empty for a decision about the installation.
        digest: The plan's digest; for a decision about a cohort, the digest of that cohort.
        kind: What the line records.
        units: Units of the cap; for a decision about a cohort, its cap from now on; for a restored
            ledger, how many lines it lacks.
        epsilon: Accounted epsilon, 0 for a decision.
        delta: Delta of the release, 0 for a decision.
        mu_sq: Gaussian loss, 0 for a decision.
        delta_tail: Part of delta used by tails and slack.
        note: Words of the program for the reader; no patient, no path.
        previous: ``sha256`` of the line before.
        sha256: Fingerprint of this line, 64 hex digits.
        version: 1 without the fields that follow, 2 with them.
        topic: What a decision, or a charge without a plan, is about; empty for a line of a plan.
        people: Who decided.
        reason: Why, in their words.
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
    version: int = 1
    topic: str = ""
    people: tuple[str, ...] = ()
    reason: str = ""

    def fingerprint(self) -> str:
        """Return the hash of every field except the hash itself."""
        names = OLD_FIELDS if self.version == 1 else NEW_FIELDS
        tree = {name: getattr(self, name) for name in names}
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        kind = b"syncohort-entry-1:" if self.version == 1 else b"syncohort-entry-2:"
        return hashlib.sha256(kind + text.encode("ascii")).hexdigest()

    @property
    def charged(self) -> Charge:
        """What a line of a plan takes."""
        return Charge(
            units=self.units,
            epsilon=self.epsilon,
            delta=self.delta,
            mu_sq=self.mu_sq,
            delta_tail=self.delta_tail,
        )


_LATER: Final = ("version", "topic", "people", "reason")
#: What is hashed of a line of version 2, and of one of version 1.
NEW_FIELDS: Final = tuple(f.name for f in fields(Entry) if f.name != "sha256")
OLD_FIELDS: Final = tuple(n for n in NEW_FIELDS if n not in _LATER)


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
NEXT: Final[dict[EntryKind | None, frozenset[EntryKind]]] = {
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
    if step not in NEXT[state]:
        raise BudgetError("BU308", step=step, state=state or "not there")
