"""The coordinator's side of the lobby: one open door for each expected joiner.

Through a relay a connection is parked for each slot, and parked again as soon as it was taken, so
that a joiner whose connection broke can come back. In direct mode one socket listens for all.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from core import __version__
from core.errors import ProtocolError, SynCohortError, WorkerError
from core.messages.codec import decode, encode
from core.messages.relay import Purpose
from core.model.peer import DirectRoute, ProxySetting, RelayRoute, Route
from core.network.certificate import fingerprint
from core.network.installation import Installation, is_certificate
from core.network.link import Link
from core.network.lobby_channel import (
    APPROACH_WORDS,
    COORDINATOR,
    LOBBY_VERSION,
    MAX_APPROACH_BYTES,
    Admitted,
    Approach,
    LobbyStream,
    TurnedAway,
    settle,
)
from core.network.prelude import HANDSHAKE_S, Prelude, PreludeEnded
from core.network.relay_dial import READY, Ends, dial_relay
from core.randomness import NoiseSource
from core.sockets import accept_all

#: Connections that may be proving themselves at once, for each slot or listening socket.
_MOST_STRANGERS: Final = 8
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 15.0
#: Between two strangers at one slot: a thief of a slot cannot keep this computer busy.
_BREATH_S: Final = 0.1


def _nobody(_slot: str, _certificate_sha256: str) -> None:
    """Ignore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbyEvents:
    """What the coordinator is told, on the event loop's thread.

    Attributes:
        arrived: (slot, stream): a joiner proved its certificate; whether it may join is for the
            one-time secret to say.
        refused: (slot, fingerprint or ""): somebody came to this slot with another certificate
            than expected, or could not prove one.
        relay_changed: The relay's trouble, or None when it is well again.
    """

    arrived: Callable[[str, LobbyStream], None]
    refused: Callable[[str, str], None] = _nobody
    relay_changed: Callable[[SynCohortError | None], None] = lambda _trouble: None


class LobbyListener:
    """Lets joiners in. Invariant: ``arrived`` is called for expected slots only.

    Attributes:
        trouble: Why the relay cannot be reached at the moment, or None.
    """

    def __init__(
        self,
        route: Route,
        session: str,
        identity: Installation,
        source: NoiseSource,
        events: LobbyEvents,
        proxy: Callable[[], ProxySetting | None] = lambda: None,
    ) -> None:
        """Prepare; ``open`` starts. ``session`` is the token; a relay route names the same.
        ``proxy`` is asked at each dialling.
        """
        self._route, self._session, self._identity = route, session, identity
        self._source, self._events, self._proxy = source, events, proxy
        self.trouble: SynCohortError | None = None
        self._watcher: Callable[[], None] = lambda: None
        self._expected: dict[str, str] = {}
        self._parked: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._strangers: dict[str, int] = {}
        self._listener: socket.socket | None = None

    async def open(self) -> Route:
        """Start to listen (direct mode) and return the route with the port that was chosen.

        Raises:
            WorkerError: WO604 if the address is not free or not of this computer.
        """
        route = self._route
        if isinstance(route, RelayRoute):
            return route
        try:
            self._listener = socket.create_server((route.host, route.port), backlog=32)
        except OSError:
            reason = f"port {route.port} of {route.host} is not free on this computer"
            raise WorkerError("WO604", step="open the lobby", reason=reason) from None
        self._listener.setblocking(False)
        self._start(accept_all(self._listener, self._take))
        return DirectRoute(host=route.host, port=self._listener.getsockname()[1])

    @property
    def reachable(self) -> bool:
        """Whether joiners can come, as far as this computer knows."""
        return self.trouble is None

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` whenever ``reachable`` becomes another."""
        self._watcher = changed

    def expect(self, slot: str, certificate_sha256: str = "") -> None:
        """Let a joiner in at ``slot``; with a fingerprint, that one only. Safe to repeat."""
        self._expected[slot] = certificate_sha256
        if isinstance(self._route, RelayRoute) and slot not in self._parked:
            self._parked[slot] = self._start(self._keep_parked(self._route, slot))

    def forget(self, slot: str) -> None:
        """Close the door of ``slot``; an open stream stays."""
        self._expected.pop(slot, None)
        task = self._parked.pop(slot, None)
        if task is not None:
            task.cancel()

    async def aclose(self) -> None:
        """Close every door; open streams stay their owner's."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._listener is not None:
            self._listener.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # ---- the two ways in

    def _take(self, connection: socket.socket, _place: object) -> None:
        if self._strangers.get("", 0) >= _MOST_STRANGERS:
            connection.close()
        else:
            self._greet(connection)

    def _greet(self, connection: socket.socket) -> None:
        """Meet a stranger in a task of its own; one that is cancelled before its first step has
        nobody else to close the connection.
        """
        meeting = self._start(self._meet(connection, ""))
        meeting.add_done_callback(lambda done: connection.close() if done.cancelled() else None)

    async def _keep_parked(self, route: RelayRoute, slot: str) -> None:
        """Keep one connection waiting at the relay until the slot is forgotten."""
        ends = Ends(purpose=Purpose.LOBBY, own=COORDINATOR, wanted=slot)
        pause = _FIRST_PAUSE_S
        while True:
            try:
                connection = await dial_relay(route, ends, self._proxy())
                self._tell_trouble(None)
                pause = _FIRST_PAUSE_S
                prelude = await connection.spliced()
            except SynCohortError as wrong:
                self._tell_trouble(wrong)
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_S)
                continue
            if self._strangers.get(slot, 0) >= _MOST_STRANGERS:
                prelude.abort()
            else:
                self._start(self._meet(prelude, slot))
            await asyncio.sleep(_BREATH_S)

    def _tell_trouble(self, trouble: SynCohortError | None) -> None:
        before, self.trouble = self.trouble, trouble
        if (before and before.text) != (trouble and trouble.text):
            self._events.relay_changed(trouble)
        if (before is None) != (trouble is None):
            self._watcher()

    # ---- one stranger

    async def _first_layer(self, way: Prelude | socket.socket) -> Prelude:
        """Start TLS with a certificate of ours only; who comes is not known yet."""
        context = self._identity.server_context(None)
        if isinstance(way, Prelude):
            return await way.upgrade(
                Prelude(MAX_APPROACH_BYTES), context, dialler=False, last=READY
            )
        way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _, first = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: Prelude(MAX_APPROACH_BYTES),
            way,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_S,
        )
        return first

    async def _meet(self, way: Prelude | socket.socket, slot: str) -> None:
        """Let a stranger prove itself, within a time; tell the owner how it went."""
        self._strangers[slot] = self._strangers.get(slot, 0) + 1
        came, claimed = slot, ""
        first: Prelude | None = None
        try:
            async with asyncio.timeout(3 * HANDSHAKE_S):
                first = await self._first_layer(way)
                approach = await self._approach(first, slot)
                came, claimed = approach.slot, fingerprint(approach.certificate_pem)
                if self._expected.get(came) not in ("", claimed):
                    await self._turn_away(first, "PR503")
                stream = await self._admit(first, approach, claimed)
        except (PreludeEnded, OSError, ProtocolError):  # TimeoutError is an OSError
            _hang_up(way, first)
            if came:
                self._events.refused(came, claimed)
            return
        except asyncio.CancelledError:
            _hang_up(way, first)
            raise
        finally:
            self._strangers[slot] -= 1
        self._events.arrived(came, stream)

    async def _approach(self, first: Prelude, slot: str) -> Approach:
        """Read a stranger's first word; refuse another version, session, slot, and nonsense."""
        try:
            approach: Approach = decode(await first.next(), APPROACH_WORDS)
        except WorkerError:
            first.abort()
            raise PreludeEnded(malformed=True) from None
        if approach.version != LOBBY_VERSION or approach.application != __version__:
            await self._turn_away(first, "PR504")
        known = approach.slot in self._expected and slot in ("", approach.slot)
        ours = hmac.compare_digest(approach.session.encode(), self._session.encode())
        if not (ours and known and is_certificate(approach.certificate_pem)):
            await self._turn_away(first, "PR503")
        return approach

    async def _turn_away(self, first: Prelude, code: str) -> None:
        first.send(encode(TurnedAway(code=code, theirs=__version__)))
        with contextlib.suppress(PreludeEnded, TimeoutError):
            async with asyncio.timeout(1.0):  # the joiner hangs up when it has read why
                await first.next()
        first.abort()
        raise PreludeEnded

    async def _admit(self, first: Prelude, approach: Approach, claimed: str) -> LobbyStream:
        link = await first.upgrade(
            Link(asyncio.get_running_loop()),
            self._identity.server_context(approach.certificate_pem),
            dialler=False,
            last=encode(Admitted()),
        )
        return await settle(link, approach.slot, self._identity, self._source, claimed)


def _hang_up(way: Prelude | socket.socket, first: Prelude | None) -> None:
    if first is not None:
        first.abort()
    if isinstance(way, Prelude):
        way.abort()
    elif first is None:
        way.close()
