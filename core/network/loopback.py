"""Channels between the parties of a study on one computer: mutual TLS 1.3, pinned certificates.

Of two parties the one with the lower number dials and the other listens. Listening starts before
the plan exists, since the plan names the certificate and the address is passed on with it; nothing
is accepted before ``connect``.

A relay that both ends dial replaces dialling and accepting in a later issue; greeting, links and
heartbeats stay.

References:
    protocol.md "Network".
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import PlanError, ProtocolError, SessionError
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.network.greeting import (
    Versions,
    own_greeting,
    read_greeting,
    require_same,
    write_greeting,
)
from core.network.identity import RunIdentity, fingerprint
from core.network.link import Link
from core.ports import ChannelEvents, Loss

_HOST: Final = "127.0.0.1"
#: Time for the other parties to see our greeting, too, before we end because of one of them.
_LINGER_S: Final = 0.3
_CLOSE_GRACE_S: Final = 2.0
_NOTHING_SPENT: Final = "Nothing was opened and none of the privacy cap was used."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Longest waits, seconds.

    Attributes:
        connect_s: For all other parties to connect.
        silence_s: Without a byte from a connected party. Generous: a busy computer must not look
            dead.
    """

    connect_s: float = 30.0
    silence_s: float = 60.0


class LoopbackChannels:
    """Implements ``core.ports.PeerChannels`` on one computer.

    Attributes:
        host: Address on which this party listens.
        port: Port on which this party listens.
    """

    def __init__(self, identity: RunIdentity, versions: Versions, limits: Limits) -> None:
        """Start to listen; nothing is accepted before ``connect``."""
        self._identity, self._versions, self._limits = identity, versions, limits
        self._listener = socket.create_server((_HOST, 0), backlog=16)
        self._listener.setblocking(False)
        self.host = _HOST
        self.port: int = self._listener.getsockname()[1]
        self._links: dict[int, Link] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._strays: set[Link] = set()

    async def connect(
        self, plan: Plan, own_number: int, peers: Sequence[PeerAddress], events: ChannelEvents
    ) -> None:
        """Connect to every other party; see ``core.ports.PeerChannels``."""
        self._plan, self._own, self._events = plan, own_number, events
        self._loop = asyncio.get_running_loop()
        self._failure: asyncio.Future[None] = self._loop.create_future()
        self._complete = asyncio.Event()
        self._pins = self._checked_pins(peers)
        self._server, self._client = self._identity.trust(
            {plan.parties[p.number].name: p.certificate_pem for p in peers}
        )
        accepting = self._start(self._accept_all())
        self._start(self._watch())
        for peer in peers:
            if peer.number > own_number:
                self._start(self._dial(peer))
        waiting = asyncio.ensure_future(self._complete.wait())
        ends: set[asyncio.Future[Any]] = {waiting, self._failure}
        try:
            await asyncio.wait(
                ends,
                timeout=self._limits.connect_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            waiting.cancel()
        if self._failure.done():
            await asyncio.sleep(_LINGER_S)
            self._failure.result()
        if not self._complete.is_set():
            missing = next(
                p.name for p in plan.parties if p.number not in {own_number, *self._links}
            )
            raise _unopened("SE402", missing, seconds=f"{self._limits.connect_s:g}")
        accepting.cancel()
        await asyncio.wait({accepting})  # before its socket is closed
        self._listener.close()

    def _checked_pins(self, peers: Sequence[PeerAddress]) -> dict[str, int]:
        """Check addresses against the plan; return fingerprint -> number of every other party."""
        parties = self._plan.parties
        others = {p.number for p in parties} - {self._own}
        if (
            {p.number for p in peers} != others
            or len(peers) != len(others)
            or self._own not in range(len(parties))
        ):
            raise PlanError("PL201", field="peers", reason="not exactly the plan's other parties")
        if parties[self._own].certificate_sha256 != self._identity.certificate_sha256:
            raise ProtocolError("PR503", party=parties[self._own].name)
        for peer in peers:
            planned = parties[peer.number]
            try:
                found = fingerprint(peer.certificate_pem)
            except ValueError:
                found = ""
            if found != planned.certificate_sha256:
                raise ProtocolError("PR503", party=planned.name)
        pins = {p.certificate_sha256: p.number for p in parties if p.number != self._own}
        if len(pins) != len(others) or self._identity.certificate_sha256 in pins:
            raise PlanError(
                "PL201", field="parties", reason="two parties have the same certificate"
            )
        return pins

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._failure.done():
            self._failure.set_exception(error)
            self._failure.exception()  # marks it as seen when connect() has returned already

    # ---- the two ways in

    async def _accept_all(self) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(self._listener)
            self._start(self._welcome(connection))

    async def _welcome(self, connection: socket.socket) -> None:
        """Authenticate one incoming connection; a stranger who does not speak TLS is ignored."""
        try:
            _, link = await self._loop.connect_accepted_socket(
                lambda: Link(self._loop),
                connection,
                ssl=self._server,
                ssl_handshake_timeout=self._limits.connect_s,
            )
        except ssl.SSLCertVerificationError:
            raise ProtocolError("PR503", party=self._awaited(dialling_in=True)) from None
        except ConnectionError:  # it saw our certificate and hung up, or it died
            raise _unopened("SE406", self._awaited(dialling_in=True)) from None
        except (ssl.SSLError, TimeoutError):
            connection.close()
            return
        number = self._pins.get(link.certificate_sha256(), -1)
        if not 0 <= number < self._own or number in self._links:
            self._strays.add(link)
            raise ProtocolError("PR503", party=self._awaited(dialling_in=True))
        await self._agree(link, number)

    def _awaited(self, *, dialling_in: bool) -> str:
        """Name the parties that are not connected yet; which of them it is, nobody proved."""
        names = [
            p.name
            for p in self._plan.parties
            if p.number not in {self._own, *self._links} and (p.number < self._own) == dialling_in
        ]
        return " or ".join(names) if names else "a stranger"

    async def _dial(self, peer: PeerAddress) -> None:
        name = self._plan.parties[peer.number].name
        try:
            _, link = await self._loop.create_connection(
                lambda: Link(self._loop),
                peer.host,
                peer.port,
                ssl=self._client,
                server_hostname=f"party{peer.number}",
                ssl_handshake_timeout=self._limits.connect_s,
            )
        except ssl.SSLCertVerificationError:
            raise ProtocolError("PR503", party=name) from None
        except OSError:  # it listened before its address was passed on: it is gone
            raise _unopened("SE406", name) from None
        if link.certificate_sha256() != self._plan.parties[peer.number].certificate_sha256:
            self._strays.add(link)
            raise ProtocolError("PR503", party=name)
        await self._agree(link, peer.number)

    async def _agree(self, link: Link, number: int) -> None:
        """Exchange greetings and admit the party."""
        self._strays.add(link)
        name = self._plan.parties[number].name
        ours = own_greeting(self._plan, self._own, self._versions)
        link.greet(write_greeting(ours))
        content = await link.greeting
        if content is None and link.refused:
            raise _unopened("SE405", name, code="PR503")
        if content is None:
            raise _unopened("SE406", name)
        require_same(ours, read_greeting(content, name), name, number)
        self._strays.discard(link)
        self._links[number] = link
        link.party = number
        self._events.joined(link)
        link.admit(self._events.received, self._lost)
        if len(self._links) == len(self._pins):
            self._complete.set()

    def _lost(self, party: int, loss: Loss) -> None:
        self._events.lost(party, loss)

    # ---- afterwards

    async def _watch(self) -> None:
        """Send heartbeats and notice silence."""
        pause = min(2.0, self._limits.silence_s / 4)
        while True:
            for link in tuple(self._links.values()):
                link.beat()
            before = self._loop.time()
            await asyncio.sleep(pause)
            late = self._loop.time() - before - pause  # this computer itself was busy or asleep
            for link in tuple(self._links.values()):
                if self._loop.time() - late - link.last_heard > self._limits.silence_s:
                    link.silence()

    async def aclose(self) -> None:
        """Send what is queued, within two seconds, and close everything."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()
        links = [*self._links.values(), *self._strays]
        if links:
            await asyncio.gather(*(link.aclose(_CLOSE_GRACE_S) for link in links))


def _unopened(code: str, party: str, /, **fields: object) -> SessionError:
    """Return the error of a session that ends before anything was computed."""
    return SessionError(code, party=party, spent=_NOTHING_SPENT, **fields)
