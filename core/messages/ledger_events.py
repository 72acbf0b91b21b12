"""What the worker says about the privacy ledger."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.model.budget import CapState
from core.model.ledger import CohortStanding, LedgerLine, LedgerStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerListed:
    """The ledger as asked for; ``broken_entry`` 0 means that the chain was verified.

    Attributes:
        entries: Lines, oldest first; the newest 5,000 of those asked for.
        broken_entry: First line that does not fit; 0 if all do.
        omitted: Older lines that were asked for and are not among ``entries``.
        cohorts: All cohorts, for the filter, their caps and whether they may take part.
        years: All years with lines, for the filter.
        standing: The whole ledger in figures; None if it is broken.
        code: Error code if the ledger is broken or older than it should be; else empty.
        fields: Public fields of that error.
    """

    entries: tuple[LedgerLine, ...]
    broken_entry: int
    omitted: int = 0
    cohorts: tuple[CohortStanding, ...] = ()
    years: tuple[int, ...] = ()
    standing: LedgerStanding | None = None
    code: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterSetUp:
    """Who asks for decisions at this installation.

    Attributes:
        name: Theirs.
        recovery_code: The way back if their passphrase is lost: shown once, kept nowhere, to be
            given to a third person.
    """

    name: str
    recovery_code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterReplaced:
    """Who asks has a new passphrase, which counts from ``waits_until``.

    Attributes:
        name: Of the one who asks.
        waits_until: Seconds since the epoch, UTC.
        recovery_code: As in RequesterSetUp; the one that was used counts no more.
    """

    name: str
    waits_until: float
    recovery_code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproverReplaced:
    """The second person has a new passphrase, which counts from ``waits_until``.

    Attributes:
        name: Of the second person.
        waits_until: Seconds since the epoch, UTC.
    """

    name: str
    waits_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapChanged:
    """Two people decided on a cohort's cap."""

    cohort_id: str
    cap: CapState


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortWithdrawn:
    """The cohort takes part in no study any more."""

    cohort_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiersForgotten:
    """The marks of the cohort's patients are deleted; new cohorts begin held."""

    cohort_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerBackedUp:
    """A checked copy was written.

    Attributes:
        file_name: Without folder.
        entries: Lines in it.
        fingerprint: Of its newest line, 64 hex digits.
    """

    file_name: str
    entries: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRestored:
    """A backup is in place.

    Attributes:
        entries: Lines that it had.
        missing: Lines that it lacks, at least 1 if nobody knows how many; then every cohort is
            held until two people decide on its cap. 0: it lacks none.
        set_aside: Name of the file that was there before; empty if there was none.
    """

    entries: int
    missing: int
    set_aside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerExported:
    """File names written into the chosen folder."""

    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLinesMissing:
    """A partner remembers a line that is missing here: every cohort is held, and it is written
    down.

    Attributes:
        partner: Name of the hospital.
        entry: Number of the line.
    """

    partner: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgersCountersigned:
    """What every party's ledger says about a plan is signed, countersigned by all and kept here.

    Attributes:
        digest: Of the plan.
        parties: Names of the parties that stated it.
    """

    digest: str
    parties: tuple[str, ...]


LedgerEvent = (
    LedgerListed
    | RequesterSetUp
    | ApproverReplaced
    | RequesterReplaced
    | CapChanged
    | CohortWithdrawn
    | IdentifiersForgotten
    | LedgerBackedUp
    | LedgerRestored
    | LedgerExported
    | LedgerLinesMissing
    | LedgersCountersigned
)
