"""The seams: Protocols that inner rooms see and outer rooms implement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.model.stage import StagePlan


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> float:
        """Return seconds since the epoch (UTC)."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...


class Signer(Protocol):
    """This installation's long-lived identity."""

    @property
    def certificate_pem(self) -> str:
        """Its certificate (public)."""
        ...

    @property
    def certificate_sha256(self) -> str:
        """SHA-256 of the certificate, 64 hex digits."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Sign with the private key of the certificate."""
        ...


class Verifier(Protocol):
    """Checks signatures; never raises for untrusted input."""

    def __call__(self, certificate_pem: str, content: bytes, signature: bytes) -> bool:
        """Tell whether the certificate's key signed ``content``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgress:
    """How far a stage of the joint computation is: a named step with a known total.

    Attributes:
        stage: Stage name.
        step: ``share``, ``noise`` or ``open``; noise comes first where every party adds its own.
        done: Values finished in this step.
        total: Values of this step.
        bytes_sent: Bytes this party has sent in the session so far.
        bytes_received: Bytes received so far.
    """

    stage: str
    step: str
    done: int
    total: int
    bytes_sent: int
    bytes_received: int


ProgressSink = Callable[[StageProgress], None]


class OpeningGate(Protocol):
    """What a hospital does before its opening share of a stage may leave."""

    async def store(self, stage: StagePlan, sharing: str, share: bytes) -> None:
        """Keep this party's share of the noisy total.

        Args:
            stage: The planned stage.
            sharing: Names the run in which it was shared, 64 hex digits.
            share: Field elements, as they are sent when it is opened. Secret: it depends on
                unprotected patients, though alone it tells nothing.

        Returning means: it is on the disk.
        """
        ...

    async def permit(self, stage: StagePlan) -> None:
        """Every party has stored its share. Returning means: the spend is on the disk."""
        ...


class SecureAggregator(Protocol):
    """Sums the parties' vectors with joint noise and opens only the noisy total."""

    async def measure(self, stage: StagePlan, vector: NDArray[np.int64]) -> Measurement:
        """Sum this party's vector with everybody's and open the noisy total.

        Args:
            stage: The planned stage.
            vector: Shape (stage.values,), int64, integer units. Zeros at a compute partner.

        Reveals:
            The noisy total, to every party, at the spend recorded before the opening; nothing
            else.

        Raises:
            SessionError: If a party leaves or a deadline passes.
            ProtocolError: If shares are inconsistent or a peer breaks the rules.
        """
        ...


class Loss(Enum):
    """Why a channel to a party ended although nobody here ended it."""

    CLOSED = "closed"
    SILENT = "silent"
    MALFORMED = "malformed"
    RELAY = "relay"


class PeerChannel(Protocol):
    """One authenticated, encrypted, ordered byte channel to one party."""

    party: int

    def send(self, frame: bytes) -> None:
        """Queue one frame of at most the agreed size; never blocks."""
        ...

    async def drain(self) -> None:
        """Wait until the queue is short again; for long transfers."""
        ...


class ChannelEvents(Protocol):
    """What the user of the channels is told, on the event loop's thread, one call at a time."""

    def joined(self, channel: PeerChannel) -> None:
        """A party is authenticated and agrees on plan and versions; its frames may follow."""
        ...

    def received(self, party: int, frame: bytes) -> None:
        """A party has sent one frame; it is untrusted."""
        ...

    def lost(self, party: int, loss: Loss) -> None:
        """The channel to a party that had joined ended."""
        ...


class PeerChannels(Protocol):
    """Opens channels to all other parties of a plan; implemented by network/ (loopback now, relay
    later).
    """

    async def connect(
        self,
        plan: Plan,
        own_number: int,
        peers: Sequence[PeerAddress],
        events: ChannelEvents,
    ) -> None:
        """Connect to every other party, mutually authenticated, same plan digest and versions on
        both ends.

        Every other party has joined when this returns.

        Raises:
            SessionError: SE402 if a party cannot be reached in time.
            ProtocolError: PR502 for a malformed greeting, PR503 for a wrong certificate, PR504 for
                another version or plan.
        """
        ...

    async def aclose(self) -> None:
        """Send what is queued, within two seconds, and close everything. ``lost`` is not called
        any more.
        """
        ...
