"""What all channels between the parties of a run share: pins, greetings, heartbeats, the end.

How two parties reach each other is left to DirectChannels and RelayChannels. Of two parties the
one with the lower number is the TLS client.

References:
    protocol.md "Network".
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import PlanError, ProtocolError, SessionError
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.network.certificate import fingerprint
from core.network.greeting import (
    Versions,
    own_greeting,
    read_greeting,
    require_same,
    write_greeting,
)
from core.network.identity import RunIdentity
from core.network.link import Link
from core.network.pulse import keep_alive
from core.ports import ChannelEvents, Loss

#: Time for the other parties to see our greeting, too, before we end because of one of them.
_LINGER_S: Final = 0.3
_CLOSE_GRACE_S: Final = 2.0
_BEAT_S: Final = 2.0
NOTHING_SPENT: Final = "Nothing was opened and none of the privacy cap was used."


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


class PinnedChannels(ABC):
    """Implements ``core.ports.PeerChannels`` but for the way to the other parties.

    Invariant: a party joins only after it proved the certificate that the plan names for its
    number and greeted with the same plan and versions.
    """

    def __init__(self, identity: RunIdentity, versions: Versions, limits: Limits) -> None:
        """Prepare; nothing is accepted before ``connect``."""
        self._identity, self._versions, self._limits = identity, versions, limits
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
        self._check_routes(peers)
        self._server, self._client = self._identity.trust(
            {plan.parties[p.number].name: p.certificate_pem for p in peers}
        )
        self._start(keep_alive(self._links.values, self._limits.silence_s, _BEAT_S))
        self._reach(peers)
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
            raise self._late()
        await self._all_joined()

    @abstractmethod
    def _check_routes(self, peers: Sequence[PeerAddress]) -> None:
        """Refuse routes of another kind."""

    @abstractmethod
    def _reach(self, peers: Sequence[PeerAddress]) -> None:
        """Start the tasks that lead to ``_agree`` for every peer."""

    @abstractmethod
    async def _all_joined(self) -> None:
        """Stop accepting."""

    def _late(self) -> SessionError:
        """Return the error of a party that did not come."""
        missing = next(
            p.name for p in self._plan.parties if p.number not in {self._own, *self._links}
        )
        return unopened("SE402", missing, seconds=f"{self._limits.connect_s:g}")

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

    async def _agree(self, link: Link, number: int) -> None:
        """Exchange greetings and admit the party."""
        self._strays.add(link)
        name = self._plan.parties[number].name
        ours = own_greeting(self._plan, self._own, self._versions)
        link.greet(write_greeting(ours))
        content = await link.greeting
        if content is None and link.refused:
            raise unopened("SE405", name, code="PR503")
        if content is None:
            raise await self._vanished(name)
        require_same(ours, read_greeting(content, name), name, number)
        self._strays.discard(link)
        self._links[number] = link
        link.party = number
        self._events.joined(link)
        link.admit(self._events.received, self._lost)
        if len(self._links) == len(self._pins):
            self._complete.set()

    async def _vanished(self, name: str) -> SessionError:
        """Return the error of a party that hung up before it joined."""
        return unopened("SE406", name)

    def _lost(self, party: int, loss: Loss) -> None:
        self._events.lost(party, loss)

    async def aclose(self) -> None:
        """Send what is queued, within two seconds, and close everything."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        links = [*self._links.values(), *self._strays]
        if links:
            await asyncio.gather(*(link.aclose(_CLOSE_GRACE_S) for link in links))


def unopened(code: str, party: str, /, **fields: object) -> SessionError:
    """Return the error of a session that ends before anything was computed."""
    return SessionError(code, party=party, spent=NOTHING_SPENT, **fields)
