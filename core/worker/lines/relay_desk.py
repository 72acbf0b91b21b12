"""The way to the other hospitals: proxy, relay on this computer, connection doctor."""

from __future__ import annotations

from collections.abc import Callable
from urllib.request import getproxies

from core.errors import WorkerError
from core.messages import study_commands as ask
from core.messages.events import Event
from core.messages.study_events import ConnectionChecked, ProxySet, RelayHosted, RelayStopped
from core.model.connection import ConnectionRow
from core.model.invitation import Invitation, MeetingPoint
from core.model.peer import ProxySetting, RelayRoute
from core.network.doctor import Patient, examine, it_text
from core.ports import Clock
from core.randomness import NoiseSource
from core.study.invitation import read_invitation
from core.worker.home import Home
from core.worker.lines.hosted_relay import HostedRelay
from core.worker.lines.lobby_line import LobbyWires
from core.worker.lines.meeting import route_of


class RelayDesk:
    """Owns the hosted relay and the proxy setting. Invariant: the relay ends with the worker."""

    def __init__(self, home: Home, emit: Callable[[Event], None], clock: Clock) -> None:
        """Start without a relay and without a proxy."""
        self._relay = HostedRelay(home.studies_between_installations / "relay")
        self._emit, self._clock = emit, clock
        self._proxy: ProxySetting | None = None

    def proxy(self) -> ProxySetting | None:
        """Return the proxy that the steward set for this session."""
        return self._proxy

    async def close(self) -> None:
        """End the relay."""
        await self._relay.stop()

    async def perform(
        self, command: ask.ConnectionCommand, wires: Callable[[], LobbyWires]
    ) -> None:
        """Do one command and emit its answer.

        Raises:
            SynCohortError: Its refusal.
        """
        match command:
            case ask.SetProxy():
                self._proxy = command.proxy
                self._emit(ProxySet(host=command.proxy.host if command.proxy else ""))
            case ask.HostRelay():
                place = await self._relay.start(command.listen, command.port)
                meeting = MeetingPoint(
                    host=place.host,
                    port=place.port,
                    relay=True,
                    certificate_sha256=place.certificate_sha256,
                )
                self._emit(RelayHosted(meeting=meeting))
            case ask.StopRelay():
                await self._relay.stop()
                self._emit(RelayStopped())
            case ask.CheckConnection():
                await self._check(command, wires)

    async def _check(self, command: ask.CheckConnection, wires: Callable[[], LobbyWires]) -> None:
        invitation = read_invitation(command.content) if command.content else None
        meeting = invitation.meeting if invitation else command.meeting
        if meeting is None or not meeting.relay:
            raise WorkerError(
                "WO604", step="check the connection", reason="the study has no relay"
            )
        route = route_of(meeting, NoiseSource().token(16).hex())
        if not isinstance(route, RelayRoute):
            raise WorkerError("WO604", step="check the connection", reason="no relay")

        async def reach(wanted: Invitation) -> None:
            stream = await wires().dial(
                wanted.meeting, wanted.token, wanted.secret_id, wanted.coordinator_sha256
            )
            await stream.aclose()

        patient = Patient(
            route=route,
            proxy=self._proxy,
            now=self._clock.now,
            environment_proxy=bool(getproxies()),
            lobby=(lambda: reach(invitation)) if invitation else None,
        )
        rows = await examine(patient)
        shown = tuple(
            ConnectionRow(name=r.name, verdict=r.verdict.value, finding=r.finding, advice=r.advice)
            for r in rows
        )
        self._emit(ConnectionChecked(rows=shown, text=it_text(patient, rows)))
