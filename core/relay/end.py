"""One connection at the relay: a short greeting, a wait, and then bytes that are only copied."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Final, Protocol

from core.errors import SynCohortError
from core.messages.codec import decode, encode
from core.messages.relay import (
    MAX_HELLO_BYTES,
    PARTY_WORDS,
    Hello,
    Ready,
    Refusal,
    Refused,
)

_LENGTH_BYTES: Final = 4
#: Bytes queued towards one end before the other end is not read any more.
BUFFER_BYTES: Final = 256 * 1024
_DRAIN_S: Final = 2.0
_DRAIN_STEP_S: Final = 0.02


class State(Enum):
    """Where a connection stands."""

    HELLO = "hello"
    PARKED = "parked"
    CHOSEN = "chosen"
    READY = "ready"
    OPEN = "open"
    CLOSED = "closed"


class Switchboard(Protocol):
    """What a connection tells the server."""

    def came(self, end: End) -> None:
        """A connection has shaken hands."""
        ...

    def greeted(self, end: End, hello: Hello) -> None:
        """A connection said what it wants."""
        ...

    def copied(self, n_bytes: int) -> None:
        """Bytes went through a splice."""
        ...

    def left(self, end: End) -> None:
        """A connection is over."""
        ...


class End(asyncio.Protocol):
    """One connection. Invariant: holds at most one greeting and what one read brought with it;
    towards a slow receiver reading stops.

    Attributes:
        address: Where it comes from; for limits only, in no metric and no log.
        state: Where it stands.
        since: Loop time when the state began.
        heard: Loop time of the last byte from this end.
        hello: What it wants; None before it said so.
        partner: The other end of the splice.
    """

    def __init__(self, board: Switchboard, address: str, since: float) -> None:
        self.address, self.since = address, since
        self.state = State.HELLO
        self.heard = since
        self.hello: Hello | None = None
        self.partner: End | None = None
        self._board = board
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport and bound its queue."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
            transport.set_write_buffer_limits(high=BUFFER_BYTES)
            self._board.came(self)

    def data_received(self, data: bytes) -> None:
        """Copy, or read the greeting."""
        self.heard = self._loop.time()
        if self.state is State.OPEN and self.partner is not None:
            self._board.copied(len(data))
            self.partner.write(data)
            return
        if self.state is State.CLOSED:
            return
        self._buffer += data
        if self.state is State.HELLO:
            word = self._word()
            if isinstance(word, Hello) and not self._buffer:
                self._board.greeted(self, word)
            elif word is not None:
                self.refuse(Refusal.MALFORMED)
        elif self.state is State.CHOSEN:
            word = self._word()
            if isinstance(word, Ready):
                self._ready()
            elif word is not None:
                self.abort()
        elif self.state is not State.READY:  # nobody may talk while nobody listens
            self.refuse(Refusal.MALFORMED)

    def _word(self) -> object | None:
        """Return the first message; None while it is incomplete, an error if it is none."""
        if len(self._buffer) < _LENGTH_BYTES:
            return None
        length = int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
        if length > MAX_HELLO_BYTES:
            return ValueError()
        stop = _LENGTH_BYTES + length
        if len(self._buffer) < stop:
            return None
        body = bytes(self._buffer[_LENGTH_BYTES:stop])
        del self._buffer[:stop]
        try:
            word: object = decode(body, PARTY_WORDS)
        except SynCohortError as wrong:
            return wrong
        return word

    def _ready(self) -> None:
        """Wait for the other end to be ready, too; then both copy."""
        self._enter(State.READY)
        other = self.partner
        if other is None or other.state is not State.READY:
            self._pause_reading()
            return
        for end in (self, other):
            end.open()
        for end in (self, other):
            end.flush()

    def open(self) -> None:
        """Start to copy."""
        self._enter(State.OPEN)
        self._resume_reading()

    def flush(self) -> None:
        """Pass on what came together with Ready."""
        if self._buffer and self.partner is not None:
            self._board.copied(len(self._buffer))
            self.partner.write(bytes(self._buffer))
            self._buffer.clear()

    def pause_writing(self) -> None:
        """Do not read from the other end while this one is slow."""
        if self.partner is not None:
            self.partner._pause_reading()  # noqa: SLF001 - one class

    def resume_writing(self) -> None:
        """Read from the other end again."""
        if self.partner is not None and self.state is State.OPEN:
            self.partner._resume_reading()  # noqa: SLF001 - one class

    def eof_received(self) -> bool:
        """Close when it closes."""
        return False

    def connection_lost(self, _exc: Exception | None) -> None:
        """Pass the end on to the partner, after what is queued for it."""
        self._enter(State.CLOSED)
        self._buffer.clear()
        partner, self.partner = self.partner, None
        self._board.left(self)
        if partner is not None:
            partner.partner = None
            partner.end_drained()

    # ---- the server's side

    def park(self) -> None:
        """Wait for the other end."""
        self._enter(State.PARKED)

    def choose(self, partner: End) -> None:
        """Splice with ``partner`` as soon as both are ready."""
        self.partner = partner
        self._enter(State.CHOSEN)

    def say(self, word: object) -> None:
        """Send one short message."""
        self.write(encode(word))

    def write(self, content: bytes) -> None:
        """Queue bytes."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(content)

    def refuse(self, reason: Refusal) -> None:
        """Say why, and hang up."""
        if self.state in {State.HELLO, State.PARKED}:
            self.say(Refused(reason=reason))
            self._enter(State.CLOSED)
            self._buffer.clear()
            self.end_drained()

    def end_drained(self) -> None:
        """Hang up when what is queued was sent, within two seconds."""
        self._pause_reading()
        self._drain(self._loop.time() + _DRAIN_S)

    def _drain(self, limit: float) -> None:
        queued = self._transport.get_write_buffer_size() if self._transport is not None else 0
        if queued and self._loop.time() < limit:
            self._loop.call_later(_DRAIN_STEP_S, self._drain, limit)
        else:
            self.abort()

    def abort(self) -> None:
        """Hang up at once."""
        if self._transport is not None:
            self._transport.abort()

    def _enter(self, state: State) -> None:
        self.state, self.since = state, self._loop.time()

    def _pause_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
