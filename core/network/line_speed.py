"""How fast the way to the relay is: two connections of our own, spliced with each other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from core.errors import InternalError
from core.messages.relay import Purpose
from core.model.peer import TOKEN_BYTES, ProxySetting, RelayRoute
from core.network.prelude import PreludeEnded
from core.network.relay_dial import READY, Ends, dial_relay, relay_lost, relay_name
from core.randomness import NoiseSource

_PINGS: Final = 5
_BLOCK: Final = bytes(64 * 1024)
#: Bytes of the long transfer, and after how long it is broken off.
_MOST_BYTES: Final = 4 * 1024 * 1024
_LONGEST_S: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of the way to the relay and back.

    Attributes:
        round_trip_ms: Least time for a byte there and back, milliseconds.
        mbit_s: Throughput there and back at once, megabits per second.
    """

    round_trip_ms: float
    mbit_s: float


class _Counter(asyncio.Protocol):
    """Counts what arrives."""

    def __init__(self) -> None:
        self.received = 0
        self.over = False
        self.changed = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise InternalError("IN901", rule="a connection is a byte stream")
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self.changed.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.over = True
        self.changed.set()
        self.writable.set()

    def write(self, content: bytes) -> None:
        if self.transport is not None:
            self.transport.write(content)

    async def until(self, n_bytes: int) -> None:
        while self.received < n_bytes:
            if self.over:
                raise PreludeEnded
            self.changed.clear()
            await self.changed.wait()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


async def measure_line(route: RelayRoute, proxy: ProxySetting | None) -> Speed:
    """Send to ourselves through the relay, under a session token of this moment.

    Raises:
        SessionError: SE407 or SE408 about the relay.
        ProtocolError: PR508 if its certificate is another.
    """
    alone = replace(route, session=NoiseSource().token(TOKEN_BYTES).hex())
    there, back = await asyncio.gather(_end(alone, proxy, "a", "b"), _end(alone, proxy, "b", "a"))
    try:
        return await _measure(there, back)
    except PreludeEnded:
        raise relay_lost(relay_name(route), "it hung up") from None
    finally:
        there.abort()
        back.abort()


async def _end(route: RelayRoute, proxy: ProxySetting | None, own: str, wanted: str) -> _Counter:
    ends = Ends(purpose=Purpose.DOCTOR, own=own, wanted=wanted)
    connection = await dial_relay(route, ends, proxy)
    prelude = await connection.spliced()
    try:
        return prelude.hand_over(_Counter(), last=READY)
    except PreludeEnded:
        raise relay_lost(relay_name(route), "it hung up") from None


async def _measure(there: _Counter, back: _Counter) -> Speed:
    loop = asyncio.get_running_loop()
    trips = []
    for _ in range(_PINGS):
        began = loop.time()
        there.write(b".")
        await back.until(back.received + 1)
        trips.append(loop.time() - began)
    began, already, sent = loop.time(), back.received, 0
    while sent < _MOST_BYTES and loop.time() - began < _LONGEST_S:
        there.write(_BLOCK)
        sent += len(_BLOCK)
        await there.writable.wait()
    await back.until(already + sent)
    seconds = max(loop.time() - began, 1e-6)
    return Speed(round_trip_ms=1000 * min(trips), mbit_s=sent * 8 / 1e6 / seconds)
