"""What the lobby closes when it ends while somebody is at the door."""

from __future__ import annotations

import asyncio
import socket

from relay_here import SOURCE, TOKEN, installation

from core.model.peer import DirectRoute
from core.network.lobby_listener import LobbyEvents, LobbyListener


def test_a_connection_whose_meeting_never_began_is_closed():
    async def main():
        listener = LobbyListener(
            DirectRoute(host="127.0.0.1", port=0),
            TOKEN,
            installation(),
            SOURCE,
            LobbyEvents(arrived=lambda *_: None),
        )
        await listener.open()
        ours, theirs = socket.socketpair()
        with theirs:
            listener._greet(ours)  # and close before its task has had a turn
            await listener.aclose()
            await asyncio.sleep(0)
            assert ours.fileno() == -1
            assert theirs.recv(1) == b""

    asyncio.run(main())
