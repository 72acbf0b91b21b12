"""Channels between parties that reach each other's address: one computer, or one site's network.

Of two parties the one with the lower number dials and the other listens. Listening starts before
the plan exists, since the plan names the certificate and the address is passed on with it; nothing
is accepted before ``connect``.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from core.errors import PlanError, ProtocolError, WorkerError
from core.model.peer import DirectRoute, PeerAddress
from core.network.channels import Limits, PinnedChannels, unopened
from core.network.greeting import Versions
from core.network.identity import RunIdentity
from core.network.link import Link
from core.sockets import accept_all

#: Connections that may be proving themselves at once; a plan has ten parties.
_MOST_UNPROVED: Final = 32


class DirectChannels(PinnedChannels):
    """Implements ``core.ports.PeerChannels`` without a relay.

    Attributes:
        route: Where this party listens.
    """

    def __init__(
        self, identity: RunIdentity, versions: Versions, limits: Limits, listen: DirectRoute
    ) -> None:
        """Start to listen; nothing is accepted before ``connect``.

        Args:
            identity: Of this run.
            versions: What computes here.
            limits: Longest waits.
            listen: Own address; port 0 for any that is free.

        Raises:
            WorkerError: WO604 if the address is not free or not of this computer.
        """
        super().__init__(identity, versions, limits)
        try:
            self._listener = socket.create_server((listen.host, listen.port), backlog=16)
        except OSError:
            raise WorkerError(
                "WO604", step="listen", reason=f"port {listen.port} is not free on this computer"
            ) from None
        self._listener.setblocking(False)
        self.route = DirectRoute(host=listen.host, port=self._listener.getsockname()[1])
        self._accepting: asyncio.Task[None] | None = None
        self._unproved = 0

    def _check_routes(self, peers: Sequence[PeerAddress]) -> None:
        if not all(isinstance(p.route, DirectRoute) for p in peers):
            raise PlanError("PL201", field="peers", reason="not all are reached directly")

    def _reach(self, peers: Sequence[PeerAddress]) -> None:
        self._accepting = self._start(accept_all(self._listener, self._take))
        for peer in peers:
            if peer.number > self._own and isinstance(peer.route, DirectRoute):
                self._start(self._dial(peer.number, peer.route))

    async def _all_joined(self) -> None:
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.wait({self._accepting})  # before its socket is closed
        self._listener.close()

    async def aclose(self) -> None:
        """Send what is queued, within two seconds, and close everything."""
        await super().aclose()
        self._listener.close()

    # ---- the two ways in

    def _take(self, connection: socket.socket, _place: object) -> None:
        if self._unproved >= _MOST_UNPROVED:
            connection.close()
            return
        welcome = self._start(self._welcome(connection))
        welcome.add_done_callback(lambda done: connection.close() if done.cancelled() else None)

    async def _welcome(self, connection: socket.socket) -> None:
        """Authenticate one incoming connection.

        A stranger who proves no certificate is ignored: anybody in the network can knock at a
        port, and must not end a session by that. A party that hangs up here fails by itself; it
        is missed when the time to connect is over.
        """
        self._unproved += 1
        try:
            link = await self._proved(connection)
        finally:
            self._unproved -= 1
        if link is None:
            return
        number = self._pins.get(link.certificate_sha256(), -1)
        if not 0 <= number < self._own or number in self._links:
            self._strays.add(link)
            raise ProtocolError("PR503", party=self._awaited(dialling_in=True))
        await self._agree(link, number)

    async def _proved(self, connection: socket.socket) -> Link | None:
        """Return the connection when its other end has proved a certificate of the plan."""
        try:
            _, link = await self._loop.connect_accepted_socket(
                lambda: Link(self._loop),
                connection,
                ssl=self._server,
                ssl_handshake_timeout=self._limits.connect_s,
            )
        except ssl.SSLCertVerificationError:
            raise ProtocolError("PR503", party=self._awaited(dialling_in=True)) from None
        except OSError:  # no TLS, no certificate, too slow, or gone; ssl.SSLError is one
            connection.close()
            return None
        return link

    def _awaited(self, *, dialling_in: bool) -> str:
        """Name the parties that are not connected yet; which of them it is, nobody proved."""
        names = [
            p.name
            for p in self._plan.parties
            if p.number not in {self._own, *self._links} and (p.number < self._own) == dialling_in
        ]
        return " or ".join(names) if names else "a stranger"

    async def _dial(self, number: int, route: DirectRoute) -> None:
        name = self._plan.parties[number].name
        try:
            _, link = await self._loop.create_connection(
                lambda: Link(self._loop),
                route.host,
                route.port,
                ssl=self._client,
                server_hostname=f"party{number}",
                ssl_handshake_timeout=self._limits.connect_s,
            )
        except ssl.SSLCertVerificationError:
            raise ProtocolError("PR503", party=name) from None
        except OSError:  # it listened before its address was passed on: it is gone
            raise unopened("SE406", name) from None
        if link.certificate_sha256() != self._plan.parties[number].certificate_sha256:
            self._strays.add(link)
            raise ProtocolError("PR503", party=name)
        await self._agree(link, number)
