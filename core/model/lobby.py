"""What the screens and the command line show of a study between installations: public values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.model.counts import CountsView
from core.model.invitation import MeetingPoint, StudyTerms
from core.model.plan import Attestation


class Phase(StrEnum):
    """Where a study between installations stands (core.study.session draws the diagram)."""

    DRAFTED = "drafted"
    INVITING = "inviting"
    LOBBY = "lobby"
    ROSTER_CLOSED = "roster-closed"
    PLAN_PROPOSED = "plan-proposed"
    SIGNED = "signed"
    APPROVED = "approved"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    FAILED = "failed"
    ENDED = "ended"


class SeatState(StrEnum):
    """What one installation is in a study."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """One installation in the lobby.

    Attributes:
        key: SHA-256 of its certificate, 64 hex digits; names it in commands.
        name: Of the hospital.
        words: Six words of its certificate, to be compared by telephone.
        own: Whether it is this installation.
        coordinator: Whether it made the study.
        has_cohort: False for a compute partner.
        state: Asked, accepted or removed.
        online: Whether a line to it is open now (at a participant: known for the coordinator).
        compared: Whether its words were compared here (the coordinator compares everybody's, a
            participant the coordinator's).
        signed: Whether its steward signed the proposed plan.
        approved: Whether its second person approved it.
        approver: Name of that person; empty before.
        refusal: Why it refused the last plan, or was removed; empty otherwise.
        attestations: What it stated.
        known: ``same`` if these words were compared in another study, ``renewed`` if a certificate
            that was compared there vouches for it; else empty.
    """

    key: str
    name: str
    words: str
    own: bool
    coordinator: bool
    has_cohort: bool
    state: SeatState
    online: bool
    compared: bool
    signed: bool
    approved: bool
    approver: str
    refusal: str
    attestations: tuple[Attestation, ...]
    known: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyView:
    """One study between installations, complete: each event replaces the view before.

    Attributes:
        study_id: Key of the study in commands, 32 hex digits.
        phase: Where it stands.
        coordinating: Whether this installation made it.
        terms: The study.
        meeting: Where its installations meet.
        online: Coordinator: the lobby is open. Participant: the line to the coordinator is.
        cohort_id: The own cohort; empty for a compute partner.
        participants: Coordinator first, then in the order of asking; removed ones last.
        plan_digest: Of the proposed plan; empty before.
        own_signed: Whether this hospital's steward signed it.
        own_approved: Whether this hospital's second person approved it.
        waiting_for: What is missing before the next step, as codes with a name each: ``parties``
            (fewer than three), ``compare`` NAME, ``accept`` NAME, ``attest`` NAME, ``sign`` NAME,
            ``approve`` NAME, ``online`` NAME, ``coordinator`` NAME. While it is interrupted:
            who must be online before it goes on.
        warnings: What the steward should know: ``secret-used-twice`` SECRET_ID (somebody else used
            an invitation that was already used), ``words-differ`` NAME, ``refused`` NAME,
            ``void-signature`` CAUSE and ``void-approval`` PERSON (what was given here no longer
            counts), ``identity-gone`` (the identity with which it was joined is not here).
        code: Error code of a study that failed or was interrupted; empty otherwise.
        reason: Why it ended; empty otherwise.
        spent: Whether the run counts as spent here.
        released: Whether the release was written here. A study can be interrupted nevertheless:
            another hospital still needs the others to get it.
        counts: What hospitals published of their class counts; None while nobody did.
    """

    study_id: str
    phase: Phase
    coordinating: bool
    terms: StudyTerms
    meeting: MeetingPoint
    online: bool
    cohort_id: str
    participants: tuple[ParticipantView, ...]
    plan_digest: str
    own_signed: bool
    own_approved: bool
    waiting_for: tuple[tuple[str, str], ...]
    warnings: tuple[tuple[str, str], ...]
    code: str
    reason: str
    spent: bool
    released: bool = False
    counts: CountsView | None = None
