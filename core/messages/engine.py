"""The language between a hospital's worker and its run worker, which computes with the others.

One order of commands is possible; anything else is refused (WO604):

    Prepare -> Connect -> Measure (-> ShareStored -> PermitOpening), once for every stage of the
    plan, in the plan's order; OpenAgain in its place for a stage whose share an earlier run
    stored, nothing for one that was opened: ``Connected`` says which
            -> CompareMeasurements -> SendTable at the sampler, ReceiveTable at the others
            -> where the plan judges the table: Measure ... of the stages on held-out patients,
            CompareMeasurements again, Vote -> Finish

Cancel is possible at every moment. The run worker ends with exactly one of Finished and Failed.

NB: two values in this language depend on unprotected patients. ``SecretVector`` travels from the
hospital's worker to its own run worker, never back, and no event can carry it. ``StoredShare`` is
this party's share of a noisy total, which alone tells nothing; it travels to the hospital's worker
to be kept on its disk, and back to be opened again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NoReturn

from core.messages.codec import language
from core.model.continuing import Choice, Standing
from core.model.peer import PeerAddress, ProxySetting, Route
from core.model.plan import Plan
from core.model.stage import is_hex, require

#: Longest synthetic table that fits a frame as base64.
MAX_TABLE_BYTES: Final = 45 * 1024 * 1024
#: Longest share of a stage, which fits a frame, too.
MAX_SHARE_BYTES: Final = 45 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SecretVector:
    """One hospital's exact integer vector of one stage.

    Invariant: its text never shows a value, and it cannot be compared, tested or pickled.
    """

    values: tuple[int, ...]

    def __repr__(self) -> str:
        """Hide the values."""
        return f"SecretVector({len(self.values)} values, hidden)"

    def __eq__(self, other: object) -> NoReturn:
        """Refuse: a comparison would tell something about the values."""
        raise TypeError("a secret vector cannot be compared")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> NoReturn:
        """Refuse."""
        raise TypeError("a secret vector cannot be tested")

    def __reduce__(self) -> NoReturn:
        """Refuse pickling."""
        raise TypeError("a secret vector cannot be pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredShare:
    """This party's share of one stage's noisy total. Its text never shows it.

    Attributes:
        sharing: Names the run in which the stage was shared, 64 hex digits.
        content: Field elements, at most ``MAX_SHARE_BYTES``.
    """

    sharing: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no share.

        Raises:
            PlanError: PL201.
        """
        require(is_hex(self.sharing, 64), "stage", "its sharing")
        require(0 < len(self.content) <= MAX_SHARE_BYTES, "stage", "its share")


# ---- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Make a key pair and get ready to be reached. Answered by Prepared.

    Attributes:
        route: The relay, or an own address to listen on (port 0: any); None: this computer only.
        proxy: Of this hospital, for the way to a relay; None: none.
        connect_s: Longest wait for the other parties to connect, seconds.
        silence_s: Longest silence of a connected party, seconds; its computer may be asleep.
        stage_s: Longest time for one step between parties, waiting for other hospitals included,
            seconds.
    """

    route: Route | None = None
    proxy: ProxySetting | None = None
    connect_s: float = 30.0
    silence_s: float = 60.0
    stage_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Connect to all parties of the plan. Answered by PeerJoined ... Connected.

    Attributes:
        plan: The approved plan.
        own_number: This party's number in it.
        peers: Where the other parties listen; exactly one entry for each.
        standings: How far each stage came here in earlier runs; empty: none was begun.
    """

    plan: Plan
    own_number: int
    peers: tuple[PeerAddress, ...]
    standings: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Share the vector, draw the joint noise, and wait. Answered by Progress ... ShareToStore.

    Attributes:
        stage: Name of the plan's next stage.
        vector: Its values; zeros at a compute partner.
    """

    stage: str
    vector: SecretVector


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAgain:
    """Open exactly the stored share. Answered, when every party has it, by ReadyToOpen.

    Attributes:
        stage: Name of the plan's next stage.
        share: As an earlier run stored it.
    """

    stage: str
    share: StoredShare


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareStored:
    """This party's share of the stage is on the disk. Answered, when every party has said so, by
    ReadyToOpen.
    """

    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitOpening:
    """The spend of this stage is durable: open it. Answered by Progress ... Opened."""

    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareMeasurements:
    """Compare the digest of all measurements with every party. Answered by MeasurementsAgree."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTable:
    """Send the released table to every party (the plan's sampler only). Answered by TableSent."""

    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveTable:
    """Wait for the released table. Answered by TableReceived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """Vote with the others whether the table is released. Answered by Voted.

    Attributes:
        bit: One value: 1 refuses, 0 agrees; 0 at a compute partner. Secret.
    """

    bit: SecretVector


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Wait until every party is done, then end. Answered by Finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """End at once and tell the others. Answered by Failed with the same code.

    Attributes:
        code: Of core.errors; SE403 when a person cancelled, another code when this hospital
            refuses to go on.
    """

    code: str = "SE403"


EngineCommand = (
    Prepare
    | Connect
    | Measure
    | OpenAgain
    | ShareStored
    | PermitOpening
    | CompareMeasurements
    | SendTable
    | ReceiveTable
    | Vote
    | Finish
    | Cancel
)

ENGINE_COMMANDS = language(*EngineCommand.__args__)


# ---- events


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """This run worker can be reached; the certificate's SHA-256 goes into the plan."""

    route: Route
    certificate_pem: str
    certificate_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerJoined:
    """A party is connected: certificate, plan and versions are as agreed."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerReached:
    """A party says how far it is; at any moment, for the screens.

    Attributes:
        number: Of the party.
        stages: Of the plan, of which it has computed its share.
        done: Whether it has finished the run.
    """

    number: int
    stages: int
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """All parties are connected, and agree what is done with each stage of the plan."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a step of a stage is; see core.ports.StageProgress."""

    stage: str
    step: str
    done: int
    total: int
    bytes_sent: int
    bytes_received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareToStore:
    """The noisy total is shared; this is our share, to be kept on the disk."""

    stage: str
    share: StoredShare


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyToOpen:
    """Every party has stored its share. Nothing of its opening has left this process."""

    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A stage was opened, the same at every party.

    Attributes:
        stage: Its name.
        totals: Noisy totals in integer units.
        seconds: From Measure to here, waiting for the other hospitals included.
        bytes_sent: By this party, in this stage.
    """

    stage: str
    totals: tuple[int, ...]
    seconds: float
    bytes_sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementsAgree:
    """Every party holds the same measurements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSent:
    """The released table was handed to every party."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReceived:
    """The sampler's table, as it was sent."""

    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted:
    """Whether every hospital agrees; not who does not, nor how many."""

    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Every party is done. The process ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The run ended early. The process ends.

    Attributes:
        code: Of core.errors.
        fields: Public fields of the error.
    """

    code: str
    fields: tuple[tuple[str, str], ...]


EngineEvent = (
    Prepared
    | PeerJoined
    | PeerReached
    | Connected
    | Progress
    | ShareToStore
    | ReadyToOpen
    | Opened
    | MeasurementsAgree
    | TableSent
    | TableReceived
    | Voted
    | Finished
    | Failed
)

ENGINE_EVENTS = language(*EngineEvent.__args__)
