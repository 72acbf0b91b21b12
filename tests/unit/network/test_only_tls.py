"""There is no session without TLS 1.3: at every socket that listens and at every one that dials,
a peer that says all the right words in the clear, or under an older TLS, gets nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from relay_here import SLOT, SOURCE, TOKEN, installation, relay_here
from test_direct import LIMITS, Listener, Party, addresses, identities, plan_of

from core import __version__
from core.errors import ProtocolError, SessionError
from core.messages.codec import encode
from core.messages.relay import Accepted, Hello, Purpose, Spliced
from core.model.peer import DirectRoute, PeerAddress, RelayRoute
from core.network.greeting import own_greeting, write_greeting
from core.network.lobby_channel import Admitted, Approach, Caller, LobbyPlace, dial_lobby
from core.network.lobby_listener import LobbyEvents, LobbyListener
from core.network.relay_dial import Ends, dial_relay
from core.relay.certificate import kept_in, server_context

SOON_S = 5.0
#: Every right answer of a relay, a coordinator and a party, without TLS around it.
RIGHT_WORDS = (
    encode(Accepted(version=1, application=__version__, time=1.0))
    + encode(Spliced())
    + encode(Admitted())
)


class Impostor:
    """Listens, says the right words, and keeps what it hears."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.heard = bytearray()
        self._context = context
        self._over = False

    @contextmanager
    def listening(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._serve, args=(listener,))
            thread.start()
            try:
                yield listener.getsockname()[1]
            finally:
                self._over = True
                socket.create_connection(listener.getsockname()).close()
                thread.join()

    def _serve(self, listener: socket.socket) -> None:
        while not self._over:
            wire, _ = listener.accept()
            wire.settimeout(SOON_S)
            with contextlib.suppress(OSError), wire:
                if self._context is not None:
                    wire = self._context.wrap_socket(wire, server_side=True)
                with wire:
                    wire.sendall(RIGHT_WORDS)
                    while chunk := wire.recv(65536):
                        self.heard += chunk


def older_tls() -> ssl.SSLContext:
    import datetime as dt

    with TemporaryDirectory() as folder:
        context = server_context(kept_in(Path(folder), dt.datetime.now(dt.UTC)))[0]
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


async def to_a_relay(port: int) -> None:
    route = RelayRoute(
        relay_host="127.0.0.1", relay_port=port, relay_certificate_sha256="0" * 64, session=TOKEN
    )
    await dial_relay(route, Ends(purpose=Purpose.RUN, own="0", wanted="1"), None)


async def to_a_lobby(port: int) -> None:
    place = LobbyPlace(
        route=DirectRoute(host="127.0.0.1", port=port),
        session=TOKEN,
        coordinator_sha256="0" * 64,
    )
    await dial_lobby(Caller(identity=installation(), source=SOURCE), place, SLOT)


async def to_a_party(port: int) -> None:
    runs = identities(3)
    parties = [Party(identity, LIMITS) for identity in runs]
    plan = plan_of(runs)
    peers = [
        PeerAddress(
            number=p.number,
            route=DirectRoute(host="127.0.0.1", port=port),
            certificate_pem=p.certificate_pem,
        )
        for p in addresses(parties, 0)
    ]
    try:
        await parties[0].channels.connect(plan, 0, peers, Listener())
    finally:
        await asyncio.gather(*(p.channels.aclose() for p in parties))


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("dial", [to_a_relay, to_a_lobby, to_a_party])
def test_who_dials_says_nothing_to_a_place_without_tls(dial, older):
    async def main():
        impostor = Impostor(older_tls() if older else None)
        with (
            impostor.listening() as port,
            pytest.raises((SessionError, ProtocolError)) as caught,
        ):
            async with asyncio.timeout(SOON_S):
                await dial(port)
        assert caught.value.code in {"SE406", "SE407", "PR503", "PR508"}
        for word in (TOKEN, SLOT, "Hello", "Approach", "Greeting", "CERTIFICATE"):
            assert word.encode() not in impostor.heard

    asyncio.run(main())


async def answer_to(port: int, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    found = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(SOON_S):
            found = await reader.read(65536)
    writer.transport.abort()
    return found


def test_a_relay_answers_nobody_without_tls():
    async def main():
        async with relay_here() as (relay, route):
            hello = Hello(version=1, session=TOKEN, purpose=Purpose.RUN, own="0", wanted="1")
            said = await answer_to(route.relay_port, encode(hello))
            assert b"Accepted" not in said
            assert relay.metrics()["sessions"] == 0

    asyncio.run(main())


def test_a_lobby_answers_nobody_without_tls():
    async def main():
        arrived = []
        listener = LobbyListener(
            DirectRoute(host="127.0.0.1", port=0),
            TOKEN,
            installation(),
            SOURCE,
            LobbyEvents(arrived=lambda *who: arrived.append(who)),
        )
        route = await listener.open()
        listener.expect(SLOT)
        approach = Approach(
            version=1,
            application=__version__,
            session=TOKEN,
            slot=SLOT,
            certificate_pem=installation().certificate_pem,
        )
        said = await answer_to(route.port, encode(approach))
        await listener.aclose()
        assert b"Admitted" not in said
        assert arrived == []

    asyncio.run(main())


def test_a_run_answers_nobody_without_tls():
    async def main():
        runs = identities(3)
        parties = [Party(identity, LIMITS) for identity in runs]
        plan = plan_of(runs)
        last = parties[2]
        waiting = asyncio.create_task(
            last.channels.connect(plan, 2, addresses(parties, 2), last.listener)
        )
        await asyncio.sleep(0.05)
        greeting = write_greeting(own_greeting(plan, 0, parties[0].channels._versions))
        frame = len(greeting).to_bytes(4, "little") + b"\1" + greeting
        said = await answer_to(last.channels.route.port, frame)
        assert plan.digest.encode() not in said
        assert last.listener.channels == {}
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.gather(*(p.channels.aclose() for p in parties))

    asyncio.run(main())
