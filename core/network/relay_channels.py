"""Channels between parties that all dial out to one relay.

For each other party one connection: TLS to the relay, the splice, and inside it TLS 1.3 between
the two run certificates, which the relay cannot read or change. One more connection carries
nothing: its end says that the relay itself is gone, so that no hospital is blamed for it.

Until a splice is made a lost relay is dialled again; afterwards its loss ends the session.

References:
    protocol.md "Network". core/messages/relay.py for the greeting.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final

from core.errors import PlanError, ProtocolError, SessionError
from core.messages.relay import Purpose
from core.model.peer import PeerAddress, ProxySetting, RelayRoute
from core.network.channels import Limits, PinnedChannels
from core.network.greeting import Versions
from core.network.identity import RunIdentity
from core.network.link import Link
from core.network.prelude import Prelude, PreludeEnded
from core.network.relay_dial import READY, Ends, dial_relay, relay_lost, relay_name
from core.ports import Loss

_AGAIN_S: Final = 1.0
#: After a lost link: time for the relay's own end to show.
_DOUBT_S: Final = 0.4
#: After silence: time for the relay to answer a new connection.
_PROBE_S: Final = 3.0


class RelayChannels(PinnedChannels):
    """Implements ``core.ports.PeerChannels`` through a relay.

    Attributes:
        route: The relay and the session.
    """

    def __init__(
        self,
        identity: RunIdentity,
        versions: Versions,
        limits: Limits,
        route: RelayRoute,
        proxy: ProxySetting | None,
    ) -> None:
        """Prepare; nothing is dialled before ``connect``."""
        super().__init__(identity, versions, limits)
        self.route, self._proxy = route, proxy
        self._trouble: SessionError | None = None
        self._relay_gone = asyncio.Event()

    def _check_routes(self, peers: Sequence[PeerAddress]) -> None:
        """Compare sessions only: the same relay may have another address at another hospital."""
        for peer in peers:
            if not isinstance(peer.route, RelayRoute) or peer.route.session != self.route.session:
                raise PlanError("PL201", field="peers", reason="not all are in the same session")

    def _reach(self, peers: Sequence[PeerAddress]) -> None:
        self._start(self._watch_relay())
        for peer in peers:
            self._start(self._meet(peer.number))

    async def _all_joined(self) -> None:
        """Do nothing: there is no socket that listens."""

    def _late(self) -> SessionError:
        """Blame the relay, if it is the relay."""
        return self._trouble or super()._late()

    # ---- the way in

    async def _meet(self, number: int) -> None:
        """Reach one party: through the relay, then through TLS to its certificate."""
        name = self._plan.parties[number].name
        prelude = await self._splice(number)
        dialler = self._own < number
        context = self._client if dialler else self._server
        try:
            link = await prelude.upgrade(Link(self._loop), context, dialler=dialler, last=READY)
        except ssl.SSLCertVerificationError:
            raise ProtocolError("PR503", party=name) from None
        except (PreludeEnded, OSError):  # it saw our certificate and hung up, or it died
            raise await self._vanished(name) from None
        if link.certificate_sha256() != self._plan.parties[number].certificate_sha256:
            self._strays.add(link)
            raise ProtocolError("PR503", party=name)
        await self._agree(link, number)

    async def _splice(self, number: int) -> Prelude:
        """Ask the relay for the other party until it is there; ``connect`` sets the limit."""
        ends = Ends(purpose=Purpose.RUN, own=str(self._own), wanted=str(number))
        while True:
            try:
                connection = await dial_relay(self.route, ends, self._proxy)
                self._trouble = None
                return await connection.spliced()
            except SessionError as wrong:
                self._trouble = wrong
                await asyncio.sleep(_AGAIN_S)

    async def _watch_relay(self) -> None:
        """Keep one idle connection to the relay; its end is the relay's end."""
        own = str(self._own)
        ends = Ends(purpose=Purpose.RUN, own=own, wanted=own)
        while True:
            try:
                connection = await dial_relay(self.route, ends, self._proxy)
                self._relay_gone.clear()
                await connection.spliced()  # never: it ends with the relay
            except SessionError:
                self._relay_gone.set()
                await asyncio.sleep(_AGAIN_S)

    async def _vanished(self, name: str) -> SessionError:
        """After a broken connection: blame the relay if it is gone, the party otherwise."""
        if await self._relay_is_gone():
            return relay_lost(relay_name(self.route), "it hung up")
        return await super()._vanished(name)

    async def _relay_is_gone(self) -> bool:
        try:
            async with asyncio.timeout(_DOUBT_S):
                await self._relay_gone.wait()
        except TimeoutError:
            return False
        return True

    async def _relay_answers(self) -> bool:
        own = str(self._own)
        try:
            async with asyncio.timeout(_PROBE_S):
                connection = await dial_relay(
                    self.route, Ends(purpose=Purpose.RUN, own=own, wanted=own), self._proxy
                )
        except (SessionError, ProtocolError, TimeoutError):
            return False
        connection.abort()
        return True

    # ---- the end

    def _lost(self, party: int, loss: Loss) -> None:
        """Tell whether a party is gone or the relay."""
        if loss is Loss.MALFORMED:
            self._events.lost(party, loss)
        else:
            self._start(self._tell_lost(party, loss))

    async def _tell_lost(self, party: int, loss: Loss) -> None:
        if loss is Loss.SILENT:
            gone = not await self._relay_answers()
        else:
            gone = await self._relay_is_gone()
        self._events.lost(party, Loss.RELAY if gone else loss)
