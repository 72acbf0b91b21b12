"""What the application asks about studies between installations (see core.model.lobby)."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.messages.identity_commands import IdentityCommand
from core.model.candidate import CandidateWish
from core.model.drawing import NoiseChoice
from core.model.invitation import MeetingPoint
from core.model.judging import Ballot, Judging
from core.model.peer import ProxySetting
from core.model.plan import Attestation


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateStudy:
    """Make a study that others will be invited to. Answered by LobbyChanged.

    Attributes:
        title: Up to 80 characters; ``purpose`` up to 1000, in plain words.
        cohort_id: The own opened cohort; empty if this hospital is the compute partner.
        genes: The panel; empty takes the column names of the own cohort (never its values).
        label_name: Heading of the diagnosis column.
        classes: The diagnoses, typed or imported.
        recipe: Name of the recipe, such as ``marginals``; does not count with candidates.
        epsilon: Of the plan; so is ``delta``.
        n_max: Most records per hospital; ``n_records``: synthetic ones, None for the noisy total.
        meeting: The relay, or this computer's own address in direct mode.
        attestations: NO_COLLUSION always, DISJOINT_PATIENTS with a cohort.
        n_genes: So many genes: of largest spread in the reference, else the first; None: all.
        reference: Path of a public reference's file; empty without one.
        noise: Who draws the noise of the plan's stages; the plan states it to everybody.
        planned_smallest_class: Typed, for the split over the stages; None if nobody planned it.
        shares: (stage, share) of the steward; empty: as proposed.
        judging: Whether the table is judged together, and how the hospitals agree to its release;
            None: neither.
        licence: Under which terms the table is released; empty: nobody chose any.
        candidates: Two or three settings of which the joint evaluation (``judging``) chooses one
            by its noisy score; each gets an equal part of the budget, split as its recipe
            proposes, so ``shares`` stay empty. Empty: the one recipe.
        centre_sites: Take out what each hospital's pipeline adds to a gene; PL201 where the recipe
            cannot.
    """

    title: str
    purpose: str
    cohort_id: str
    genes: tuple[str, ...]
    label_name: str
    classes: tuple[str, ...]
    recipe: str
    epsilon: float
    delta: float
    n_max: int
    n_records: int | None
    meeting: MeetingPoint
    attestations: tuple[Attestation, ...]
    n_genes: int | None = None
    reference: str = ""
    noise: NoiseChoice = NoiseChoice.AUTO
    planned_smallest_class: int | None = None
    shares: tuple[tuple[str, float], ...] = ()
    judging: Judging | None = None
    licence: str = ""
    candidates: tuple[CandidateWish, ...] = ()
    centre_sites: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeInvitation:
    """Make one invitation for one joiner. Answered by InvitationMade, then LobbyChanged.

    Attributes:
        study_id: Of the study.
        valid_s: Seconds until it expires.
    """

    study_id: str
    valid_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvitation:
    """Read an invitation; nobody is contacted. Answered by InvitationOpened.

    Attributes:
        content: A file's content or pasted text; the worker tells which.
    """

    content: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStudy:
    """Dial the coordinator, check the own cohort against the study's panel and ask to join.

    Answered by LobbyChanged ... or Refused: CH1xx names what the cohort lacks, SE402 the meeting
    point, ST7xx what is wrong with the invitation.

    Attributes:
        content: The invitation, as in OpenInvitation.
        cohort_id: The own opened cohort; empty joins as compute partner.
        attestations: As in CreateStudy.
    """

    content: str = field(repr=False)
    cohort_id: str
    attestations: tuple[Attestation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLobbies:
    """Answered by LobbiesListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLobby:
    """Go online for a kept study (after a restart): open the coordinator's lobby, or dial it again
    and again until it answers. Answered by LobbyChanged.
    """

    study_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptParticipant:
    """Coordinator: let an installation that asked take part. Answered by LobbyChanged."""

    study_id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveParticipant:
    """Coordinator: take an installation out; it reads the reason. After the roster was closed this
    reopens it, and every signature is void. After an interrupted run this plans the study again
    without it: what was spent stays spent, and the new plan is charged in full. Answered by
    LobbyChanged.
    """

    study_id: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCompared:
    """The six words of this participant were compared by telephone. ``same`` False removes it (at
    a participant: leaves the study). Answered by LobbyChanged.
    """

    study_id: str
    key: str
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRoster:
    """Coordinator: nobody else joins; calibrate the noise, build the plan and propose it to all.

    Needs at least three computing parties, all accepted, compared and attested. Answered by
    LobbyChanged, then PlanToSign here and at every participant.
    """

    study_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignPlan:
    """The steward signs the proposed plan, which this hospital has recomputed. Answered by
    LobbyChanged.

    Attributes:
        study_id: Of the study.
        digest: Of the plan.
        reason: Why this level, for the own ledger; needed above the level Most detail (BU314).
    """

    study_id: str
    digest: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusePlan:
    """The steward refuses the proposed plan; the reason reaches the coordinator, the roster stays
    closed and every signature is void. Answered by LobbyChanged.
    """

    study_id: str
    digest: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishCounts:
    """Publish how many training patients of each class this hospital has, with noise, so that the
    coordinator can plan. A release: the cap is charged ``1 / scale`` units first, each time. It
    goes to the coordinator now or when the line is open again. Answered by LobbyChanged.

    Attributes:
        study_id: Of a study without a plan.
        scale: Of ``core.model.counts.SCALES``; epsilon is 1 / scale.
        approver: The second person, who approves it.
        passphrase: Theirs.
    """

    study_id: str
    scale: int
    approver: str
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpApprover:
    """Name the second person and keep a scrypt hash of their passphrase. Answered by
    ApproverSetUp.

    Attributes:
        name: Another person than ``steward``.
        passphrase: At least 12 characters.
        steward: The data steward, who signs.
        old_passphrase: Of the present approver; empty for the first.
    """

    name: str
    passphrase: str = field(repr=False)
    steward: str
    old_passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePlan:
    """The second person approves the plan that the steward signed. Answered by LobbyChanged;
    Refused ST709 says how many tries are left.

    Attributes:
        study_id: Of the study.
        digest: Of the plan.
        approver: The second person.
        passphrase: Theirs.
        ballot: This hospital's secret vote on the release, cast now and never changed; None where
            the plan asks for none, and at a compute partner.
    """

    study_id: str
    digest: str
    approver: str
    passphrase: str = field(repr=False)
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStudy:
    """Coordinator: start the run at every party, once all signed, approved and are online; or
    continue one that was interrupted, with the same plan and nothing charged again.

    If a party, a line or the relay is lost, the run continues by itself, at most three times, as
    soon as everybody is back (ContinuationAwaited says who is not).

    Answered by RunStarted ... RunEnded and LobbyChanged. Participants start by themselves when the
    coordinator asks, after they have verified every signature and approval; they emit the same
    events.

    Attributes:
        study_id: Of the study.
        patience_s: Longest wait for everybody to be back before it continues by itself, seconds;
            0: never.
    """

    study_id: str
    patience_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveStudy:
    """Leave a study (coordinator: end it for all). A run under way is cancelled. Answered by
    LobbyChanged.
    """

    study_id: str
    reason: str


# ---- the way to the other hospitals


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProxy:
    """Dial out through this proxy from now on; None: directly. Answered by ProxySet, then
    ConnectionShown.

    Attributes:
        proxy: The proxy. An empty password with the user name of the present proxy means the
            present password.
        keep: Whether it holds after a restart, too. The password then goes into the operating
            system's key store; where there is none, it holds for this session only.
    """

    proxy: ProxySetting | None = field(repr=False)
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskConnection:
    """Show proxy and hosted relay as they are now. Answered by ConnectionShown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRelay:
    """Run a relay on this computer, until StopRelay or the end of the worker. Answered by
    RelayHosted.

    Attributes:
        listen: Own address; ``0.0.0.0`` for all.
        port: TCP port; 0 for any that is free.
    """

    listen: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRelay:
    """Answered by RelayStopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConnection:
    """Let the connection doctor look. Answered by ConnectionChecked, after up to a minute.

    Attributes:
        meeting: The relay, or the coordinator's own address; None with an invitation or a study.
        content: An invitation as in OpenInvitation, whose coordinator is looked for, too; or
            empty.
        study_id: A kept study whose hospitals are looked for, too; or empty.
    """

    meeting: MeetingPoint | None
    content: str = field(repr=False)
    study_id: str = ""


ConnectionCommand = SetProxy | AskConnection | HostRelay | StopRelay | CheckConnection
#: What is asked in one study's lobby.
LobbyCommand = (
    MakeInvitation
    | AcceptParticipant
    | RemoveParticipant
    | MarkCompared
    | CloseRoster
    | SignPlan
    | RefusePlan
    | ApprovePlan
    | PublishCounts
    | RunStudy
    | LeaveStudy
)
StudyCommand = (
    IdentityCommand
    | SetUpApprover
    | CreateStudy
    | OpenInvitation
    | JoinStudy
    | ListLobbies
    | OpenLobby
    | LobbyCommand
    | ConnectionCommand
)
