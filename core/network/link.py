"""One TLS connection to one party: frames, heartbeats, and how its end is noticed."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Final

from core.errors import InternalError
from core.ports import Loss

#: Longest frame, bytes: a chunk of noise bits or of a table is well below it.
MAX_FRAME_BYTES: Final = 16 * 1024 * 1024
MAX_GREETING_BYTES: Final = 4096
_HEADER: Final = struct.Struct("<IB")


class Kind(IntEnum):
    """First byte of a frame on the wire."""

    GREETING = 1
    PAYLOAD = 2
    BEAT = 3
    BYE = 4


class Link(asyncio.Protocol):
    """Frames over one authenticated connection.

    Invariant: until ``admit`` is called only one short greeting is accepted; after the first fault
    or the first loss nothing more is delivered.

    Attributes:
        party: Number of the party on the other end; -1 until it is known.
        last_heard: Loop time of the last byte received.
        refused: Whether the other end ended TLS with an alert: it does not accept our certificate.
        greeting: Resolves to the greeting's bytes, or to None if the connection ends before it.
        bye: Resolves when the other end has said its last word.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.party = -1
        self.last_heard = loop.time()
        self.refused = False
        self.greeting: asyncio.Future[bytes | None] = loop.create_future()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()
        self._deliver: Callable[[int, bytes], None] | None = None
        self._on_lost: Callable[[int, Loss], None] | None = None
        self._ended: asyncio.Future[None] = loop.create_future()
        self.bye: asyncio.Future[None] = loop.create_future()

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        if not isinstance(transport, asyncio.Transport):
            raise InternalError("IN901", rule="a channel is a byte stream")
        self._transport = transport
        if self._ended.done():  # the first bytes, which came with the handshake, were wrong
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Cut the stream into frames."""
        self.last_heard = self._loop.time()
        self._buffer += data
        while len(self._buffer) >= _HEADER.size and not self._ended.done():
            if self.greeting.done() and self._deliver is None:
                return  # greeted, not admitted yet: what follows needs its receiver
            length, kind = _HEADER.unpack_from(self._buffer)
            if length > (MAX_FRAME_BYTES if self._deliver else MAX_GREETING_BYTES):
                self._end(Loss.MALFORMED)
                return
            stop = _HEADER.size + length
            if len(self._buffer) < stop:
                return
            payload = bytes(memoryview(self._buffer)[_HEADER.size : stop])
            del self._buffer[:stop]
            self._accept(kind, payload)

    def _accept(self, kind: int, payload: bytes) -> None:
        if kind == Kind.GREETING and not self.greeting.done():
            self.greeting.set_result(payload)
        elif kind == Kind.PAYLOAD and self._deliver is not None:
            self._deliver(self.party, payload)
        elif kind == Kind.BYE and not payload and not self.bye.done():
            self.bye.set_result(None)
        elif not (kind == Kind.BEAT and not payload and self._deliver is not None):
            self._end(Loss.MALFORMED)

    def pause_writing(self) -> None:
        """Note that the queue is long."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Note that the queue is short again."""
        self._writable.set()

    def eof_received(self) -> bool:
        """Close when the other end closes."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner, unless the owner closed."""
        self.refused = isinstance(exc, ssl.SSLError)
        self._end(Loss.CLOSED)

    # ---- the owner's side

    def admit(
        self,
        deliver: Callable[[int, bytes], None],
        on_lost: Callable[[int, Loss], None],
    ) -> None:
        """Open the link for payload, once its party is known."""
        self._deliver, self._on_lost = deliver, on_lost
        if self._ended.done():
            on_lost(self.party, Loss.CLOSED)
        elif self._buffer:
            self._loop.call_soon(self.data_received, b"")

    def certificate_sha256(self) -> str:
        """Return the fingerprint of the certificate that the other end proved to hold."""
        return hashlib.sha256(self.certificate_der()).hexdigest()

    def greet(self, greeting: bytes) -> None:
        """Send the greeting."""
        self._write(Kind.GREETING, greeting)

    def send(self, frame: bytes) -> None:
        """Queue one frame.

        Raises:
            InternalError: If it is longer than MAX_FRAME_BYTES.
        """
        if len(frame) > MAX_FRAME_BYTES:
            raise InternalError("IN901", rule="a frame between parties fits its bound")
        self._write(Kind.PAYLOAD, frame)

    async def drain(self) -> None:
        """Wait until the queue is short again."""
        await self._writable.wait()

    def beat(self) -> None:
        """Send a heartbeat."""
        self._write(Kind.BEAT, b"")

    def silence(self) -> None:
        """Give the other end up because it was silent for too long."""
        self._end(Loss.SILENT)

    def refuse(self) -> None:
        """Give the other end up because it sent what it must not."""
        self._end(Loss.MALFORMED)

    @property
    def ended(self) -> bool:
        """Whether nothing more is delivered."""
        return self._ended.done()

    def certificate_der(self) -> bytes:
        """Return the certificate that the other end proved to hold."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport else None
        if not isinstance(tls, ssl.SSLObject):
            raise InternalError("IN901", rule="a channel is encrypted")
        return tls.getpeercert(binary_form=True) or b""

    def _write(self, kind: Kind, payload: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_HEADER.pack(len(payload), kind) + payload)

    def _end(self, loss: Loss) -> None:
        if self._ended.done():
            return
        self._ended.set_result(None)
        self._writable.set()
        if not self.greeting.done():
            self.greeting.set_result(None)
        if loss is not Loss.CLOSED and self._transport is not None:
            self._transport.abort()
        if self._on_lost is not None:
            self._on_lost(self.party, loss)

    async def aclose(self, grace_s: float) -> None:
        """Say goodbye, wait until the other end has heard everything, and hang up.

        NB: TLS's own closing is no use here: asyncio drops what is queued when the other end is
        still sending. Each end says BYE as its last word; who has the other's BYE, or waited
        ``grace_s`` seconds for it, hangs up.
        """
        self._on_lost = None
        if self._deliver is None:
            self._deliver = _ignore
        if self._transport is None:
            return
        self._write(Kind.BYE, b"")
        self.data_received(b"")
        await asyncio.wait(
            {self.bye, self._ended}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED
        )
        self._transport.abort()


def _ignore(_party: int, _frame: bytes) -> None:
    """Drop what arrives while closing."""
