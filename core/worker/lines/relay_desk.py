"""The way to the other hospitals: proxy, relay on this computer, connection doctor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from core.errors import WorkerError
from core.messages import study_commands as ask
from core.messages.events import Event
from core.messages.study_events import (
    ConnectionChecked,
    ConnectionShown,
    ProxySet,
    RelayHosted,
    RelayStopped,
)
from core.model.connection import ConnectionRow
from core.model.invitation import Invitation, MeetingPoint
from core.model.peer import TOKEN_BYTES, ProxySetting
from core.network.doctor import Patient, examine
from core.network.doctor_rows import CheckRow
from core.network.doctor_text import it_text
from core.network.installation import KeyPlace
from core.ports import Clock
from core.randomness import NoiseSource
from core.study.invitation import read_invitation
from core.worker.home import Home
from core.worker.lines.hosted_relay import HostedPlace, HostedRelay
from core.worker.lines.lobby_line import LobbyWires
from core.worker.lines.meeting import route_of
from core.worker.lines.proxy_shelf import ProxyShelf, environment_proxy

_UNKNOWN: Final = "nobody named a place to check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What the desk works with.

    Attributes:
        home: Where certificate of the relay and address of the proxy are kept.
        keys: Where the proxy's password is kept.
        emit: Where events go.
        clock: Time.
        wires: Reach a coordinator; asked only when one is looked for.
    """

    home: Home
    keys: KeyPlace
    emit: Callable[[Event], None]
    clock: Clock
    wires: Callable[[], LobbyWires]


class RelayDesk:
    """Owns the hosted relay and the proxy. Invariant: the relay ends with the worker."""

    def __init__(self, tools: Tools) -> None:
        """Start without a relay, with the kept proxy."""
        folder = tools.home.studies_between_installations
        self._tools = tools
        self._relay = HostedRelay(folder / "relay", self._relay_changed)
        self._proxy = ProxyShelf(folder, tools.keys)
        self._place: HostedPlace | None = None

    def proxy(self) -> ProxySetting | None:
        """Return the proxy that lobby lines and runs dial through."""
        return self._proxy.setting

    async def close(self) -> None:
        """End the relay."""
        await self._relay.stop()

    async def perform(self, command: ask.ConnectionCommand) -> None:
        """Do one command and emit its answer.

        Raises:
            SynCohortError: Its refusal.
        """
        emit = self._tools.emit
        match command:
            case ask.SetProxy():
                await asyncio.to_thread(self._proxy.use, command.proxy, keep=command.keep)
                emit(ProxySet(host=command.proxy.host if command.proxy else ""))
                await self._show()
            case ask.AskConnection():
                await self._show()
            case ask.HostRelay():
                self._place = await self._relay.start(command.listen, command.port)
                emit(RelayHosted(meeting=_meeting(self._place)))
                await self._show()
            case ask.StopRelay():
                await self._relay.stop()
                self._place = None
                emit(RelayStopped())
                await self._show()
            case ask.CheckConnection():
                await self.examine(self._patient(command))

    def patient(self, meeting: MeetingPoint) -> Patient:
        """Return what the doctor looks at for a place where hospitals meet; more may be added."""
        return Patient(
            route=route_of(meeting, NoiseSource().token(TOKEN_BYTES).hex()),
            proxy=self._proxy.setting,
            now=self._tools.clock.now,
            environment=environment_proxy(),
        )

    async def examine(self, patient: Patient) -> None:
        """Let the doctor look, and emit what was found."""
        self._tools.emit(checked_by(patient, await examine(patient)))

    def _patient(self, command: ask.CheckConnection) -> Patient:
        invitation = read_invitation(command.content) if command.content else None
        meeting = invitation.meeting if invitation else command.meeting
        if meeting is None:
            raise WorkerError("WO604", step="check the connection", reason=_UNKNOWN)
        patient = self.patient(meeting)
        return patient if invitation is None else self._with_coordinator(patient, invitation)

    def _with_coordinator(self, patient: Patient, invitation: Invitation) -> Patient:
        async def reach() -> None:
            stream = await self._tools.wires().dial(
                invitation.meeting,
                invitation.token,
                invitation.secret_id,
                invitation.coordinator_sha256,
            )
            await stream.aclose()

        return replace(patient, lobby=reach)

    # ---- what is there

    def _relay_changed(self) -> None:
        """The relay's counts changed, or it ended by itself."""
        if not self._relay.running and self._place is not None:
            self._place = None
            self._tools.emit(RelayStopped())
        self._tools.emit(self._shown())

    async def _show(self) -> None:
        self._tools.emit(await asyncio.to_thread(self._shown))

    def _shown(self) -> ConnectionShown:
        proxy, place = self._proxy.setting, self._place
        return ConnectionShown(
            proxy_host=proxy.host if proxy else "",
            proxy_port=proxy.port if proxy else 0,
            proxy_user=proxy.user if proxy else "",
            has_password=bool(proxy and proxy.password),
            password_kept=self._proxy.password_kept,
            key_store=self._proxy.key_store,
            environment=environment_proxy(),
            relay=_meeting(place) if place else None,
            own_relay_sha256=self._relay.kept_sha256,
            relay_connections=self._relay.connections,
            relay_bytes=self._relay.n_bytes,
        )


def checked_by(patient: Patient, rows: tuple[CheckRow, ...]) -> ConnectionChecked:
    """Return what the doctor found, for people."""
    shown = tuple(
        ConnectionRow(name=r.name, verdict=r.verdict.value, finding=r.finding, advice=r.advice)
        for r in rows
    )
    return ConnectionChecked(rows=shown, text=it_text(patient, rows))


def _meeting(place: HostedPlace) -> MeetingPoint:
    return MeetingPoint(
        host=place.host,
        port=place.port,
        relay=True,
        certificate_sha256=place.certificate_sha256,
    )
