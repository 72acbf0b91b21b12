"""The relay: hospitals dial out to it, and it joins the two ends of each pair.

It sees addresses, sizes and times, session tokens and the names of the ends; what the parties say
is TLS between them. It writes nothing to a disk and its metrics name nobody.

References:
    protocol.md "Network". core/messages/relay.py for the greeting.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core import __version__
from core.errors import WorkerError
from core.messages.relay import (
    RELAY_VERSION,
    Accepted,
    Hello,
    Refusal,
    Spliced,
    Waiting,
)
from core.model.peer import is_token
from core.relay.end import End, State
from core.sockets import accept_all

_NAME: Final = re.compile(r"[0-9a-z]{1,32}")
_SWEEP_S: Final = 0.5
_BREATH_S: Final = 0.1
_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLimits:
    """What one relay bears.

    Attributes:
        connections: Most connections in all.
        per_address: Most connections from one address (IPv6: one /64 network).
        per_session: Most connections of one session token. Ten hospitals need 100 and their lobby.
        hello_s: For TLS and the greeting together, seconds.
        ready_s: For both ends to be ready once they are spliced, seconds.
        parked_s: Longest wait for the other end, seconds.
        beat_s: Between two signs of life for a waiting connection, seconds.
        idle_s: Longest silence of both ends of a splice, seconds.
        splice_s: Longest life of a splice, seconds.
    """

    connections: int = 1000
    per_address: int = 200
    per_session: int = 200
    hello_s: float = 10.0
    ready_s: float = 20.0
    parked_s: float = 24 * 3600.0
    beat_s: float = 10.0
    idle_s: float = 300.0
    splice_s: float = 48 * 3600.0


class RelayServer:
    """Joins pairs of connections. Invariant: nothing of a connection outlives it but counts."""

    def __init__(
        self, context: ssl.SSLContext, limits: RelayLimits, now: Callable[[], float]
    ) -> None:
        """Prepare; ``start`` listens. ``now`` is the clock, seconds since the epoch (UTC)."""
        self._context, self._limits, self._now = context, limits, now
        self._listener: socket.socket | None = None
        self._ends: set[End] = set()
        self._addresses: Counter[str] = Counter()
        self._sessions: Counter[str] = Counter()
        self._waiting: dict[_Key, End] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._counts: Counter[str] = Counter()
        self._closing = False

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port.

        Raises:
            WorkerError: WO604 if the address is not free.
        """
        try:
            self._listener = _listening(host, port)
        except OSError:
            raise WorkerError(
                "WO604", step="listen", reason=f"port {port} of {host} is not free here"
            ) from None
        self._listener.setblocking(False)
        for work in (accept_all(self._listener, self._take), self._sweep_all()):
            task = asyncio.get_running_loop().create_task(work)
            self._tasks.add(task)
        listening: int = self._listener.getsockname()[1]
        return listening

    async def aclose(self, grace_s: float) -> None:
        """Accept nobody any more, send the waiting away, give open splices ``grace_s`` seconds."""
        self._closing = True
        for end in tuple(self._ends):
            end.refuse(Refusal.CLOSING)
        limit = asyncio.get_running_loop().time() + grace_s
        while self._ends and asyncio.get_running_loop().time() < limit:  # noqa: ASYNC110
            await asyncio.sleep(_BREATH_S)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in tuple(self._ends):
            end.abort()
        if self._listener is not None:
            self._listener.close()
        while self._ends:  # noqa: ASYNC110 - connection_lost comes with the next turns
            await asyncio.sleep(_BREATH_S / 10)

    def metrics(self) -> dict[str, int]:
        """Return counts, none of which names anybody."""
        states = Counter(end.state for end in self._ends)
        return {
            "connections": self._addresses.total(),
            "waiting": states[State.PARKED],
            "splices": states[State.OPEN] // 2,
            "sessions": len(self._sessions),
            "accepted": self._counts["accepted"],
            "spliced": self._counts["spliced"],
            "refused": self._counts["refused"],
            "bytes": self._counts["bytes"],
        }

    # ---- accepting

    def _take(self, connection: socket.socket, place: tuple[str, int]) -> None:
        address = _network_of(place[0])
        if self._closing or self._crowded(address, 2):
            self._counts["refused"] += 1
            connection.close()
            return
        self._addresses[address] += 1
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._shake_hands(connection, address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _crowded(self, address: str, factor: int) -> bool:
        """Return whether there are too many; up to twice as many are told so, more are not."""
        limits = self._limits
        return (
            self._addresses.total() >= factor * limits.connections
            or self._addresses[address] >= factor * limits.per_address
        )

    async def _shake_hands(self, connection: socket.socket, address: str) -> None:
        loop = asyncio.get_running_loop()
        end = End(self, address, loop.time())
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            await loop.connect_accepted_socket(
                lambda: end,
                connection,
                ssl=self._context,
                ssl_handshake_timeout=self._limits.hello_s,
                ssl_shutdown_timeout=2.0,
            )
        except (OSError, asyncio.CancelledError):  # no TLS, or gone; ssl.SSLError is an OSError
            connection.close()
            self._counts["refused"] += 1
            if end not in self._ends and end.state is State.HELLO:  # it never came
                self._forget_address(address)

    def came(self, end: End) -> None:
        """Remember a connection."""
        self._ends.add(end)
        self._counts["accepted"] += 1

    def _forget_address(self, address: str) -> None:
        self._addresses[address] -= 1
        if self._addresses[address] <= 0:
            del self._addresses[address]

    # ---- what connections tell (core.relay.end.Switchboard)

    def greeted(self, end: End, hello: Hello) -> None:
        """Park a connection or splice it with the one that waits for it."""
        refusal = self._refusal(end, hello)
        if refusal is not None:
            self._counts["refused"] += 1
            end.refuse(refusal)
            return
        end.hello = hello
        self._sessions[hello.session] += 1
        end.say(Accepted(version=RELAY_VERSION, application=__version__, time=self._now()))
        end.park()
        if hello.own == hello.wanted:
            return
        other = self._waiting.pop(_key(hello.session, hello, hello.wanted, hello.own), None)
        if other is None:
            own_key = _key(hello.session, hello, hello.own, hello.wanted)
            stale, self._waiting[own_key] = self._waiting.get(own_key), end
            if stale is not None:  # its owner has dialled again: it lost this one
                stale.refuse(Refusal.REPLACED)
            return
        self._counts["spliced"] += 1
        end.choose(other)
        other.choose(end)
        other.say(Spliced())
        end.say(Spliced())

    def _refusal(self, end: End, hello: Hello) -> Refusal | None:
        names = _NAME.fullmatch(hello.own) and _NAME.fullmatch(hello.wanted)
        if hello.version != RELAY_VERSION:
            return Refusal.VERSION
        if not (is_token(hello.session) and names):
            return Refusal.MALFORMED
        if self._closing:
            return Refusal.CLOSING
        return self._full(end, hello)

    def _full(self, end: End, hello: Hello) -> Refusal | None:
        limits = self._limits
        if self._addresses.total() > limits.connections:
            return Refusal.FULL
        if self._addresses[end.address] > limits.per_address:
            return Refusal.ADDRESS_FULL
        if self._sessions[hello.session] >= limits.per_session:
            return Refusal.SESSION_FULL
        return None

    def copied(self, n_bytes: int) -> None:
        """Count bytes."""
        self._counts["bytes"] += n_bytes

    def left(self, end: End) -> None:
        """Forget a connection."""
        if end not in self._ends:
            return
        self._ends.discard(end)
        self._forget_address(end.address)
        hello = end.hello
        if hello is None:
            return
        self._sessions[hello.session] -= 1
        if self._sessions[hello.session] <= 0:
            del self._sessions[hello.session]
        key = _key(hello.session, hello, hello.own, hello.wanted)
        if self._waiting.get(key) is end:
            del self._waiting[key]

    # ---- time-outs

    async def _sweep_all(self) -> None:
        """Look at every connection twice a second."""
        loop = asyncio.get_running_loop()
        beat = loop.time()
        while True:
            await asyncio.sleep(_SWEEP_S)
            now = loop.time()
            due = now - beat >= self._limits.beat_s
            beat = now if due else beat
            for end in tuple(self._ends):
                self._sweep(end, now)
                if due and end.state is State.PARKED:
                    end.say(Waiting())

    def _sweep(self, end: End, now: float) -> None:
        limits, age = self._limits, now - end.since
        match end.state:
            case State.HELLO if age > limits.hello_s:
                end.abort()
            case State.PARKED if age > limits.parked_s:
                end.refuse(Refusal.LATE)
            case State.CHOSEN | State.READY if age > limits.ready_s:
                end.abort()
            case State.OPEN if age > limits.splice_s or self._idle(end, now) > limits.idle_s:
                end.abort()
            case _:
                pass

    def _idle(self, end: End, now: float) -> float:
        other = end.partner.heard if end.partner is not None else end.heard
        return now - max(end.heard, other)


def _listening(host: str, port: int) -> socket.socket:
    """Return a listening socket; ``::`` takes IPv4 as well where the system can."""
    if ":" not in host:
        return socket.create_server((host, port), backlog=128)
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(
        (host, port), family=socket.AF_INET6, backlog=128, dualstack_ipv6=both
    )


def _key(session: str, hello: Hello, own: str, wanted: str) -> _Key:
    return session, hello.purpose.value, own, wanted


def _network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address or an IPv6 /64 network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
