"""The language between a hospital's worker and its run worker, which computes with the others.

One order of commands is possible; anything else is refused (WO604):

    Prepare -> Connect -> Measure (-> PermitOpening), once for every stage of the plan, in the
    plan's order
            -> CompareMeasurements -> SendTable at the sampler, ReceiveTable at the others ->
            Finish

Cancel is possible at every moment. The run worker ends with exactly one of Finished and Failed.

NB: ``SecretVector`` is the only value in this language that depends on unprotected patients. It
travels from the hospital's worker to its own run worker, never back, and no event can carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from core.messages.codec import language
from core.model.peer import PeerAddress, ProxySetting, Route
from core.model.plan import Plan

#: Longest synthetic table that fits a frame as base64.
MAX_TABLE_BYTES: Final = 45 * 1024 * 1024


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
    """

    plan: Plan
    own_number: int
    peers: tuple[PeerAddress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Share the vector, draw the joint noise, and wait. Answered by Progress ... ReadyToOpen.

    Attributes:
        stage: Name of the plan's next stage.
        vector: Its values; zeros at a compute partner.
    """

    stage: str
    vector: SecretVector


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
    | PermitOpening
    | CompareMeasurements
    | SendTable
    | ReceiveTable
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
class Connected:
    """All parties are connected."""


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
class ReadyToOpen:
    """The noisy total is shared. Nothing of its opening has left this process."""

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
    | Connected
    | Progress
    | ReadyToOpen
    | Opened
    | MeasurementsAgree
    | TableSent
    | TableReceived
    | Finished
    | Failed
)

ENGINE_EVENTS = language(*EngineEvent.__args__)
