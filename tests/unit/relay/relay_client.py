"""A relay in the test's own loop and a client that speaks its language by hand."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from core.messages.codec import FrameReader, decode, encode
from core.messages.relay import (
    RELAY_WORDS,
    Accepted,
    Hello,
    Purpose,
    Refused,
    Spliced,
)
from core.relay.certificate import kept_in, server_context
from core.relay.server import RelayLimits, RelayServer

TOKEN = "a" * 32
SOON_S = 5.0


@cache
def certificate():
    import datetime as dt

    with TemporaryDirectory() as folder:
        return server_context(kept_in(Path(folder), dt.datetime.now(dt.UTC)))


@asynccontextmanager
async def relay(**limits):
    server = RelayServer(certificate()[0], replace(RelayLimits(), **limits), lambda: 1_000_000.5)
    port = await server.start("127.0.0.1", 0)
    try:
        yield server, port
    finally:
        await server.aclose(0.0)


def trusting_anybody():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Client:
    """One connection; everything it reads is waited for at most SOON_S."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def dial(cls, port):
        return cls(
            *await asyncio.open_connection(
                "127.0.0.1", port, ssl=trusting_anybody(), limit=1 << 16
            )
        )

    @classmethod
    async def greet(cls, port, own="0", wanted="1", **changes):
        client = await cls.dial(port)
        fields = {"version": 1, "session": TOKEN, "purpose": Purpose.RUN}
        client.say(Hello(**{**fields, "own": own, "wanted": wanted, **changes}))
        return client

    def say(self, word):
        self.writer.write(encode(word))

    async def hear(self):
        async with asyncio.timeout(SOON_S):
            length = int.from_bytes(await self.reader.readexactly(4), "big")
            return decode(await self.reader.readexactly(length), RELAY_WORDS)

    async def read(self, size):
        async with asyncio.timeout(SOON_S):
            return await self.reader.readexactly(size)

    async def ended(self):
        """Wait for the end; return what came before it."""
        found = b""
        async with asyncio.timeout(SOON_S):
            try:
                while chunk := await self.reader.read(65536):
                    found += chunk
            except (ConnectionError, ssl.SSLError):
                pass
        self.writer.transport.abort()
        return found

    async def refused(self):
        found = b""
        async with asyncio.timeout(SOON_S):
            try:
                while chunk := await self.reader.read(65536):
                    found += chunk
            except (ConnectionError, ssl.SSLError):
                pass
        self.writer.transport.abort()
        last = list(FrameReader().feed(found))[-1]
        word = decode(last, RELAY_WORDS)
        assert isinstance(word, Refused)
        return word.reason

    def abort(self):
        self.writer.transport.abort()


async def pair(port, **changes):
    one = await Client.greet(port, "0", "1", **changes)
    two = await Client.greet(port, "1", "0", **changes)
    for client in (one, two):
        assert isinstance(await client.hear(), Accepted)
        assert isinstance(await client.hear(), Spliced)
    return one, two


async def until(condition):
    async with asyncio.timeout(SOON_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def run(main):
    asyncio.run(main())
