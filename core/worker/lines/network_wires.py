"""Lobby lines over the real network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from core.errors import SessionError
from core.model.invitation import MeetingPoint
from core.model.peer import ProxySetting
from core.network.installation import Installation
from core.network.lobby_channel import Caller, LobbyPlace, LobbyStream, dial_lobby
from core.network.lobby_listener import LobbyEvents, LobbyListener
from core.randomness import NoiseSource
from core.worker.lines.lobby_line import Arrived, Doors, FrameStream, TurnedAway
from core.worker.lines.meeting import route_of

#: Longest wait for a coordinator that has not opened its lobby, seconds.
_DIAL_S: Final = 60.0


class NetworkWires:
    """Implements ``core.worker.lines.lobby_line.LobbyWires``."""

    def __init__(
        self,
        identity: Installation,
        source: NoiseSource,
        proxy: Callable[[], ProxySetting | None],
    ) -> None:
        """Speak as this installation; ``proxy`` is asked at each dialling."""
        self._identity, self._source, self._proxy = identity, source, proxy

    async def listen(
        self, meeting: MeetingPoint, token: str, arrived: Arrived, turned_away: TurnedAway
    ) -> Doors:
        """Open a lobby; see ``LobbyWires``."""

        def came(slot: str, stream: LobbyStream) -> None:
            arrived(slot, stream)

        listener = LobbyListener(
            route_of(meeting, token),
            token,
            self._identity,
            self._source,
            LobbyEvents(arrived=came, refused=turned_away),
            self._proxy,
        )
        await listener.open()
        return listener

    async def dial(
        self, meeting: MeetingPoint, token: str, slot: str, coordinator_sha256: str
    ) -> FrameStream:
        """Reach a coordinator; see ``LobbyWires``."""
        place = LobbyPlace(
            route=route_of(meeting, token), session=token, coordinator_sha256=coordinator_sha256
        )
        caller = Caller(identity=self._identity, source=self._source, proxy=self._proxy())
        try:
            async with asyncio.timeout(_DIAL_S):
                return await dial_lobby(caller, place, slot)
        except TimeoutError:
            raise SessionError(
                "SE402",
                party="The coordinator",
                seconds=f"{_DIAL_S:g}",
                spent="Nothing is spent.",
            ) from None
