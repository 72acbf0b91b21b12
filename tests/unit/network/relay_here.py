"""A relay inside the test's own event loop, and what passes through it."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from core.model.peer import RelayRoute
from core.network.installation import Installation
from core.randomness import NoiseSource
from core.relay.certificate import kept_in, server_context
from core.relay.end import End
from core.relay.server import RelayLimits, RelayServer

SOURCE = NoiseSource()
NOW = dt.datetime.now(dt.UTC)
TOKEN, SLOT = "a" * 32, "b" * 32


@cache
def certificate():
    with tempfile.TemporaryDirectory() as folder:
        return server_context(kept_in(Path(folder), NOW))


def installation():
    return Installation.new(SOURCE, NOW)


@asynccontextmanager
async def relay_here(now=time.time, **limits):
    """Yield (relay, route)."""
    context, sha256 = certificate()
    relay = RelayServer(context, replace(RelayLimits(), **limits), now)
    port = await relay.start("127.0.0.1", 0)
    route = RelayRoute(
        relay_host="127.0.0.1",
        relay_port=port,
        relay_certificate_sha256=sha256,
        session=TOKEN,
    )
    try:
        yield relay, route
    finally:
        await relay.aclose(0.0)


def tap(monkeypatch):
    """Return everything that the relay sees after it decrypted its own TLS."""
    seen = bytearray()
    honest = End.data_received

    def watched(self, content):
        seen.extend(content)
        honest(self, content)

    monkeypatch.setattr(End, "data_received", watched)
    return seen
