"""What the coordinator and one joiner say to each other in the lobby.

Every message travels inside a ``Sealed``: the sender's identity key signs it together with the
facts of the connection and a number that counts up, so that nobody can replay, reorder or move a
message, not even a relay or a later connection. ``JOINER_WORDS`` are the only messages that a
coordinator reads, ``COORDINATOR_WORDS`` the only ones that a joiner reads.

    joiner: Knock -> coordinator: Entered | Turned -> joiner: PanelAsked -> coordinator: PanelShown
    joiner: JoinRequest -> coordinator: RosterShown ... PlanProposed
    joiner: PlanSigned, Approved (or PlanRefused) -> coordinator: EndorsementsShown ...
    coordinator: RunPrepareAsked -> joiner: RunPrepared -> coordinator: StartAsked
    joiner: RunReported

Both may say Left at any moment, and Presence while nothing else is to be said. After a run both
say LedgersShown and ReleaseSignaturesShown until all hold the same, and LedgerReminded when they
meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from core.messages.codec import language
from core.model.peer import Route
from core.model.plan import Attestation, Plan

LOBBY_VERSION: Final = 4
#: Longest message, bytes: a plan with 30,000 genes has about half a megabyte.
MAX_LOBBY_BYTES: Final = 4 * 1024 * 1024
#: Most statements of one plan that are looked at: three kinds of ten parties.
MOST_STATED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The envelope of every message.

    Attributes:
        number: 1, 2, ... of this sender on this connection.
        content: A frame of the lobby's language.
        signature: Of ``LineFacts.frame`` with the sender's identity key.
    """

    number: int
    content: bytes
    signature: bytes


# ---- both


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The sender is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The sender leaves the study (a coordinator: ends it, or takes the joiner out)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStated:
    """What one party's ledger says about a plan; as ``core.privacy.ledger.Statement``."""

    plan: str
    key: str
    kind: str
    number: int
    head: str
    name: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCountersigned:
    """A signature under a statement; as ``core.privacy.ledger.Countersignature``."""

    plan: str
    key: str
    kind: str
    signer: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgersShown:
    """All that the sender holds about one plan; who hears something new keeps it."""

    plan: str
    statements: tuple[LedgerStated, ...]
    countersignatures: tuple[LedgerCountersigned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReminded:
    """The newest line of the receiver's ledger that the sender holds."""

    statement: LedgerStated


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSigned:
    """One hospital's signature of its release; as ``core.release.signing.ReleaseSignature``."""

    manifest: str
    key: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseSignaturesShown:
    """All signatures of one plan's release that the sender holds; who hears a new one keeps it."""

    plan: str
    signatures: tuple[ReleaseSigned, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """A renewed installation's former certificate, and its key's word for the present one.

    Attributes:
        former_pem: The certificate that partners of earlier studies compared.
        signature: By its key, over the present certificate's fingerprint.
    """

    former_pem: str
    signature: bytes


# ---- a joiner


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """First message of a joiner.

    Attributes:
        version: LOBBY_VERSION.
        application: Version of SynCohort.
        secret_id: Public name of the invitation's secret.
        proof: HMAC with the secret over the facts of this connection.
    """

    version: int
    application: str
    secret_id: str
    proof: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAsked:
    """Show me the gene names, before I ask to join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """This hospital asks to take part.

    Attributes:
        name: Of the hospital.
        has_cohort: False for a compute partner.
        attestations: What it states.
        continuity: After a renewal, what links it to the certificate that was known before.
    """

    name: str
    has_cohort: bool
    attestations: tuple[Attestation, ...]
    continuity: Continuity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSigned:
    """The steward signed; ``signature`` is of ``plan_statement``."""

    digest: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRefused:
    """The steward, or this hospital's own check, refuses the plan."""

    digest: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The second person approved; ``signature`` is of ``approval_statement``."""

    digest: str
    approver: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsShown:
    """This hospital publishes its class counts, for the planning: noisy, and charged there.

    Attributes:
        counts: In the order of the study's classes.
        scale: 1 / epsilon.
    """

    counts: tuple[int, ...]
    scale: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPrepared:
    """The run worker is there.

    Attributes:
        digest: Of the plan.
        route: Where it can be reached.
        certificate_pem: Of this run.
        voucher: Signature of ``run_statement`` by the installation's key.
    """

    digest: str
    route: Route
    certificate_pem: str
    voucher: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReported:
    """How the run ended at this party: public words only.

    Attributes:
        digest: Of the plan.
        state: ``finished``, ``failed`` or ``cancelled``.
        spent: Whether its units count as spent.
        code: Error code; empty when finished.
    """

    digest: str
    state: str
    spent: bool
    code: str


# ---- the coordinator


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The invitation is good.

    Attributes:
        version: LOBBY_VERSION.
        application: Version of SynCohort.
        continuity: As in JoinRequest, of the coordinator.
    """

    version: int
    application: str
    continuity: Continuity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """The coordinator's computer refused the last message: an error code and its public fields."""

    code: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelShown:
    """The study's genes (names only)."""

    genes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterSeat:
    """One installation of the roster, as ``core.study.roster.Participant`` without its secret."""

    certificate_pem: str
    name: str
    has_cohort: bool
    attestations: tuple[Attestation, ...]
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterShown:
    """Who is in the study, and which plan is proposed.

    Attributes:
        seats: Coordinator first. To a joiner that is not accepted: the coordinator and itself.
        closed: Whether nobody else joins.
        plan_digest: Of the proposed plan; empty if there is none: earlier signatures are void.
    """

    seats: tuple[RosterSeat, ...]
    closed: bool
    plan_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed:
    """The plan to be signed."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Endorsed:
    """One party's signature or approval of the proposed plan, by party number."""

    number: int
    approver: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorsementsShown:
    """Everybody's signatures and approvals so far; every party verifies each itself."""

    digest: str
    signatures: tuple[Endorsed, ...]
    approvals: tuple[Endorsed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPrepareAsked:
    """Start the run worker for this plan."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeat:
    """Where one party's run can be reached, vouched for by its installation."""

    number: int
    route: Route
    certificate_pem: str
    voucher: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAsked:
    """Run the plan with these peers: all parties, by number."""

    digest: str
    peers: tuple[RunSeat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked:
    """End the run."""

    digest: str


SEALED_WORDS: Final = language(Sealed)

JoinerWord = (
    Presence
    | Left
    | LedgersShown
    | LedgerReminded
    | ReleaseSignaturesShown
    | Knock
    | PanelAsked
    | JoinRequest
    | CountsShown
    | PlanSigned
    | PlanRefused
    | Approved
    | RunPrepared
    | RunReported
)
CoordinatorWord = (
    Presence
    | Left
    | LedgersShown
    | LedgerReminded
    | ReleaseSignaturesShown
    | Entered
    | Turned
    | PanelShown
    | RosterShown
    | PlanProposed
    | EndorsementsShown
    | RunPrepareAsked
    | StartAsked
    | CancelAsked
)
JOINER_WORDS: Final = language(*JoinerWord.__args__)
COORDINATOR_WORDS: Final = language(*CoordinatorWord.__args__)
