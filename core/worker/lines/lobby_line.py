"""One line between a coordinator and a joiner: signed, numbered messages over an authenticated
stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from core.errors import ProtocolError, SynCohortError
from core.messages import codec
from core.messages.lobby import MAX_LOBBY_BYTES, SEALED_WORDS, Sealed
from core.model.invitation import MeetingPoint
from core.study.signatures import LineFacts, Signer, Verifier

_LENGTH_BYTES: Final = 4


class FrameStream(Protocol):
    """Frames over one mutually authenticated connection (core.network.lobby_channel)."""

    @property
    def slot(self) -> str:
        """Which joiner's connection this is."""
        ...

    @property
    def own_certificate_sha256(self) -> str:
        """Fingerprint of this installation."""
        ...

    @property
    def peer_certificate_sha256(self) -> str:
        """Fingerprint of the other, which proved it."""
        ...

    @property
    def peer_certificate_pem(self) -> str:
        """The other's certificate."""
        ...

    @property
    def own_nonce(self) -> bytes:
        """Ours, fresh."""
        ...

    @property
    def peer_nonce(self) -> bytes:
        """Theirs, fresh."""
        ...

    def send(self, frame: bytes) -> None:
        """Queue one frame."""
        ...

    async def drain(self) -> None:
        """Wait until the queue is short."""
        ...

    async def receive(self) -> bytes | None:
        """Return the next frame; None at the end."""
        ...

    async def aclose(self) -> None:
        """Hang up."""
        ...


class Doors(Protocol):
    """A coordinator's open lobby."""

    @property
    def reachable(self) -> bool:
        """Whether joiners can come: False while the relay cannot be reached."""
        ...

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` whenever ``reachable`` becomes another."""
        ...

    def expect(self, slot: str, certificate_sha256: str = "") -> None:
        """Let a joiner in at ``slot``; with a fingerprint, that one only."""
        ...

    def forget(self, slot: str) -> None:
        """Close the door of ``slot``."""
        ...

    async def aclose(self) -> None:
        """Close every door."""
        ...


Arrived = Callable[[str, FrameStream], None]
TurnedAway = Callable[[str, str], None]


class LobbyWires(Protocol):
    """How lines come to be: over the network, or in memory in tests."""

    async def listen(
        self, meeting: MeetingPoint, token: str, arrived: Arrived, turned_away: TurnedAway
    ) -> Doors:
        """Open a lobby. ``turned_away`` gets (slot, fingerprint) of who came with another
        certificate.
        """
        ...

    async def dial(
        self, meeting: MeetingPoint, token: str, slot: str, coordinator_sha256: str
    ) -> FrameStream:
        """Reach a coordinator, waiting for it at a relay.

        Raises:
            SessionError: If nobody answers.
            ProtocolError: If it is another certificate or version.
        """
        ...


class LobbyLine:
    """Signs what it sends and checks what it receives. Invariant: after the first message that
    does not fit, nothing more is delivered.
    """

    def __init__(
        self,
        stream: FrameStream,
        facts: LineFacts,
        signer: Signer,
        verify: Verifier,
        kinds: Mapping[str, type],
    ) -> None:
        """Take over ``stream``; ``kinds`` are the words that the other end may say."""
        self.facts = facts
        self.peer_key = stream.peer_certificate_sha256
        self.peer_pem = stream.peer_certificate_pem
        self._stream, self._signer, self._verify, self._kinds = stream, signer, verify, kinds
        self._sent = 0
        self._received = 0
        self._closed = asyncio.Event()

    def say(self, word: object) -> None:
        """Sign and queue one message; lost if the line has ended."""
        content = codec.encode(word, MAX_LOBBY_BYTES)
        self._sent += 1
        own = self._signer.certificate_sha256
        signature = self._signer.sign(self.facts.frame(own, self._sent, content))
        sealed = Sealed(number=self._sent, content=content, signature=signature)
        self._stream.send(codec.encode(sealed, 2 * MAX_LOBBY_BYTES))

    async def heard(self) -> Any | None:  # noqa: ANN401 - the caller matches on the type
        """Return the next message, or None when the line has ended.

        Raises:
            ProtocolError: PR502 for a message that is malformed, out of order or not signed.
        """
        frame = await self._stream.receive()
        if frame is None:
            return None
        try:
            return self._opened(frame)
        except (SynCohortError, ValueError, TypeError):
            raise ProtocolError(
                "PR502", party="the other installation", reason="a lobby message does not fit"
            ) from None

    def _opened(self, frame: bytes) -> object:
        sealed: Sealed = codec.decode(frame[_LENGTH_BYTES:], SEALED_WORDS)
        self._received += 1
        statement = self.facts.frame(self.peer_key, self._received, sealed.content)
        if sealed.number != self._received or not self._verify(
            self.peer_pem, statement, sealed.signature
        ):
            raise ValueError
        return codec.decode(sealed.content[_LENGTH_BYTES:], self._kinds)

    async def hang_up(self) -> None:
        """Send what is queued and end the line."""
        await self._stream.aclose()


def facts_at_coordinator(stream: FrameStream, token: str) -> LineFacts:
    """Return the facts of a joiner's connection as the coordinator sees them."""
    return LineFacts(
        token=token,
        coordinator=stream.own_certificate_sha256,
        joiner=stream.peer_certificate_sha256,
        coordinator_nonce=stream.own_nonce,
        joiner_nonce=stream.peer_nonce,
    )


def facts_at_joiner(stream: FrameStream, token: str) -> LineFacts:
    """Return the same facts as the joiner sees them."""
    return LineFacts(
        token=token,
        coordinator=stream.peer_certificate_sha256,
        joiner=stream.own_certificate_sha256,
        coordinator_nonce=stream.peer_nonce,
        joiner_nonce=stream.own_nonce,
    )
