"""What the application asks of the privacy ledger: to be listed, exported, kept safe, and decided
on.

Decisions that loosen a protection carry two people, each with their own passphrase, and a written
reason; both stand in the ledger for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Two people and their reason.

    Attributes:
        requester: Who asks, named by SetUpRequester.
        requester_passphrase: Theirs.
        approver: The second person, named by SetUpApprover.
        approver_passphrase: Theirs, another one.
        reason: Why, one line of at most 300 characters.
    """

    requester: str
    requester_passphrase: str = field(repr=False)
    approver: str
    approver_passphrase: str = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLedger:
    """Check the whole ledger and show it. Answered by LedgerListed, also when it is broken.

    Attributes:
        cohort_id: Only lines of this cohort; empty: all, and those of no cohort.
        study: Only lines of studies whose title holds this, in any case; empty: all.
        year: Only lines of this year (UTC); 0: all.
        signatures: Check every signature too, not only the newest of each key.
    """

    cohort_id: str = ""
    study: str = ""
    year: int = 0
    signatures: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpRequester:
    """Name who asks for decisions, with a passphrase of their own. Answered by RequesterSetUp.

    While a replacement waits (ReplaceRequester), only who asked before may: that takes it back.

    Attributes:
        name: Another person than the second person.
        passphrase: At least 12 characters, another one than the second person's.
        old_passphrase: Of the present requester; empty for the first.
    """

    name: str
    passphrase: str = field(repr=False)
    old_passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceApprover:
    """The second person's passphrase is lost: arrange one that counts after a waiting time.

    Both the arrangement and the end of the waiting stand in the ledger. Answered by
    ApproverReplaced.

    Attributes:
        name: Of the second person from then on.
        passphrase: At least 12 characters.
        requester: Who arranges it.
        requester_passphrase: Theirs.
        reason: Why.
    """

    name: str
    passphrase: str = field(repr=False)
    requester: str
    requester_passphrase: str = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRequester:
    """The passphrase of the one who asks is lost: arrange one that counts after a waiting time.

    It takes the second person and the recovery code, which somebody else keeps. The arrangement is
    a line of the ledger and changes no cap. Answered by RequesterReplaced.

    Attributes:
        name: Who asks from then on.
        passphrase: At least 12 characters, another one than the second person's.
        recovery_code: As RequesterSetUp showed it; dashes, spaces and case do not matter.
        approver: The second person, who arranges it.
        approver_passphrase: Theirs.
        reason: Why.
    """

    name: str
    passphrase: str = field(repr=False)
    recovery_code: str = field(repr=False)
    approver: str
    approver_passphrase: str = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCap:
    """Set a cohort's cap, or free a held cohort. Answered by CapChanged.

    Attributes:
        cohort_id: Whose cap.
        cap: Units from now on.
        consent: Who decides, and why.
    """

    cohort_id: str
    cap: float
    consent: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCohort:
    """Take a cohort out of all future studies, for ever. One person may. Answered by
    CohortWithdrawn.

    Attributes:
        cohort_id: The cohort.
        person: Who decides.
        reason: Why.
    """

    cohort_id: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetIdentifiers:
    """Delete the marks by which a cohort's patients are recognised. Answered by
    IdentifiersForgotten.

    The cohort is withdrawn by this, and every cohort that is added later waits for two people.
    """

    cohort_id: str
    consent: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUpLedger:
    """Write a checked copy of the ledger. Answered by LedgerBackedUp.

    Attributes:
        path: Of the new file; it must not be there yet.
    """

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreLedger:
    """Bring a backup back. Answered by LedgerRestored.

    Attributes:
        path: The backup; empty: go on with the older copy that is here, for want of a better one.
        consent: Who decides, and why.
    """

    path: str
    consent: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLedger:
    """Write the ledger for the privacy officer. Answered by LedgerExported.

    Attributes:
        folder: Existing folder.
        formats: Of ``json`` (signed, can be verified), ``csv`` and ``pdf``.
    """

    folder: str
    formats: tuple[str, ...]


#: Who decides.
PeopleCommand = SetUpRequester | ReplaceApprover | ReplaceRequester
LedgerCommand = (
    ListLedger
    | PeopleCommand
    | ChangeCap
    | WithdrawCohort
    | ForgetIdentifiers
    | BackUpLedger
    | RestoreLedger
    | ExportLedger
)
