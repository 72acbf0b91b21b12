"""The relay by itself: splices, limits, time-outs, garbage, and how little it keeps."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import stat
import struct
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SynCohortError, WorkerError
from core.messages.codec import FrameReader, decode, encode
from core.messages.relay import (
    MAX_HELLO_BYTES,
    PARTY_WORDS,
    RELAY_WORDS,
    Accepted,
    Hello,
    Purpose,
    Ready,
    Refusal,
    Refused,
    Spliced,
    Waiting,
)
from core.randomness import NoiseSource
from core.relay.certificate import CertificateFiles, kept_in, server_context
from core.relay.server import RelayLimits, RelayServer, _network_of
from core.worker.relay_command import listen_place

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


def test_bytes_go_both_ways_unchanged_and_none_before_both_are_ready():
    async def main():
        async with relay() as (server, port):
            one, two = await pair(port)
            one.writer.write(encode(Ready()) + b"early")  # with the last word, as TLS does
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await two.reader.readexactly(1)
            two.say(Ready())
            assert await two.read(5) == b"early"
            content = os.urandom(3_000_000)
            one.writer.write(content)
            two.writer.write(content[::-1])
            assert await two.read(len(content)) == content
            assert await one.read(len(content)) == content[::-1]
            assert server.metrics()["bytes"] == 2 * len(content) + 5
            one.abort()
            assert await two.ended() == b""
            await until(lambda: server.metrics()["connections"] == 0)
            assert server.metrics()["sessions"] == 0

    run(main)


def test_the_last_bytes_before_an_end_arrive():
    async def main():
        async with relay() as (_, port):
            one, two = await pair(port)
            one.say(Ready())
            two.say(Ready())
            one.writer.write(bytes(200_000))
            await one.writer.drain()
            one.writer.close()
            assert len(await two.ended()) == 200_000

    run(main)


def test_only_the_same_session_purpose_and_pair_meet():
    async def main():
        async with relay() as (server, port):
            clients = [
                await Client.greet(port, "0", "1"),
                await Client.greet(port, "1", "0", session="b" * 32),
                await Client.greet(port, "1", "0", purpose=Purpose.LOBBY),
                await Client.greet(port, "2", "0"),
                await Client.greet(port, "1", "2"),
                await Client.greet(port, "5", "5"),
                await Client.greet(port, "5", "5"),
            ]
            for client in clients:
                word = await client.hear()
                assert (word.version, word.time) == (1, 1_000_000.5)
            await asyncio.sleep(0.1)
            assert server.metrics()["spliced"] == 0
            assert server.metrics()["waiting"] == 7
            for client in clients:
                client.abort()

    run(main)


def test_who_dials_again_takes_the_place_of_its_stale_connection():
    async def main():
        async with relay() as (_, port):
            stale = await Client.greet(port, "0", "1")
            await stale.hear()
            fresh = await Client.greet(port, "0", "1")
            assert await stale.refused() is Refusal.REPLACED
            assert isinstance(await fresh.hear(), Accepted)
            other = await Client.greet(port, "1", "0")
            assert isinstance(await fresh.hear(), Spliced)
            for client in (fresh, other):
                client.abort()

    run(main)


@pytest.mark.parametrize(
    "changes",
    [
        {"session": "a" * 31},
        {"session": "A" * 32},
        {"session": "../../etc/passwd" * 2},
        {"own": ""},
        {"own": "x" * 33},
        {"wanted": "a b"},
        {"own": "\n"},
    ],
)
def test_names_are_strict(changes):
    async def main():
        async with relay() as (_, port):
            client = await Client.greet(port, **changes)
            assert await client.refused() is Refusal.MALFORMED

    run(main)


def test_another_version_is_told_so():
    async def main():
        async with relay() as (_, port):
            client = await Client.greet(port, version=2)
            assert await client.refused() is Refusal.VERSION

    run(main)


def test_limits_hold_and_say_which():
    async def main():
        async with relay(per_session=2) as (_, port):
            kept = [await Client.greet(port, str(i), "9") for i in range(2)]
            for client in kept:
                await client.hear()
            assert await (await Client.greet(port, "3", "9")).refused() is Refusal.SESSION_FULL
            other = await Client.greet(port, session="b" * 32)
            assert isinstance(await other.hear(), Accepted)
            for client in (*kept, other):
                client.abort()
        for limits, reason in (
            ({"per_address": 2}, Refusal.ADDRESS_FULL),
            ({"connections": 2}, Refusal.FULL),
        ):
            async with relay(**limits) as (server, port):
                kept = [await Client.greet(port, str(i), "9") for i in range(2)]
                for client in kept:
                    await client.hear()
                extra = await Client.greet(port, "3", "9")
                assert await extra.refused() is reason
                await until(lambda server=server: server.metrics()["connections"] == 2)
                quiet = [await Client.dial(port) for _ in range(2)]
                with pytest.raises((OSError, ssl.SSLError)):  # twice the limit: not even TLS
                    await Client.dial(port)
                for client in (*kept, *quiet):
                    client.abort()

    run(main)


def test_a_connection_that_says_nothing_or_half_of_it_is_closed_in_time():
    async def main():
        async with relay(hello_s=0.6) as (server, port):
            mute = await Client.dial(port)
            half = await Client.dial(port)
            half.writer.write(encode(Ready())[:7])
            raw = socket.create_connection(("127.0.0.1", port))  # not even TLS
            began = time.monotonic()
            assert await mute.ended() == b""
            assert await half.ended() == b""
            await until(lambda: server.metrics()["connections"] == 0)
            assert time.monotonic() - began < 3.0
            raw.close()

    run(main)


def test_waiting_has_signs_of_life_and_an_end():
    async def main():
        async with relay(beat_s=0.5, parked_s=1.6) as (_, port):
            client = await Client.greet(port)
            assert isinstance(await client.hear(), Accepted)
            assert isinstance(await client.hear(), Waiting)
            assert await client.refused() is Refusal.LATE

    run(main)


@pytest.mark.parametrize("limits", [{"idle_s": 0.5}, {"splice_s": 0.5}, {"ready_s": 0.5}])
def test_idle_old_and_unready_splices_end(limits):
    async def main():
        async with relay(**limits) as (server, port):
            one, two = await pair(port)
            if "ready_s" not in limits:
                one.say(Ready())
                two.say(Ready())
            if "splice_s" in limits:
                one.writer.write(b"x")
            await asyncio.gather(one.ended(), two.ended())
            await until(lambda: server.metrics()["connections"] == 0)

    run(main)


def test_a_slow_reader_slows_its_sender_and_costs_little_memory():
    async def main():
        async with relay() as (server, port):
            one, two = await pair(port)
            one.say(Ready())
            two.say(Ready())
            two.writer.transport.pause_reading()
            sent = 0

            async def send():
                nonlocal sent
                while sent < 64 * 1024 * 1024:
                    one.writer.write(bytes(65536))
                    sent += 65536
                    await one.writer.drain()

            sending = asyncio.ensure_future(send())
            await asyncio.sleep(1.5)
            held = server.metrics()["bytes"]
            assert held < 24 * 1024 * 1024  # what two kernels and the relay's own bound hold
            before = held
            await asyncio.sleep(0.5)
            assert server.metrics()["bytes"] == before  # it has stopped reading
            queued = [e._transport.get_write_buffer_size() for e in server._ends if e._transport]
            assert max(queued) < 2 * 1024 * 1024
            two.writer.transport.resume_reading()
            async with asyncio.timeout(30):
                await two.reader.readexactly(64 * 1024 * 1024)
                await sending
            for client in (one, two):
                client.abort()

    run(main)


def test_closing_sends_the_waiting_away_and_gives_splices_a_moment():
    async def main():
        async with relay() as (server, port):
            waiting = await Client.greet(port, "7", "8")
            await waiting.hear()
            one, two = await pair(port)
            one.say(Ready())
            two.say(Ready())
            closing = asyncio.ensure_future(server.aclose(1.0))
            assert await waiting.refused() is Refusal.CLOSING
            one.writer.write(b"still here")
            assert await two.read(10) == b"still here"
            with pytest.raises((OSError, ssl.SSLError)):
                await Client.dial(port)
            await asyncio.gather(one.ended(), two.ended(), closing)
            assert server.metrics()["connections"] == 0

    run(main)


def test_metrics_name_nobody():
    async def main():
        async with relay() as (server, port):
            one, two = await pair(port)
            text = json.dumps(server.metrics())
            assert all(isinstance(v, int) for v in server.metrics().values())
            assert TOKEN not in text
            assert "127.0.0.1" not in text
            for client in (one, two):
                client.abort()

    run(main)


# ---- garbage


def test_a_megabyte_of_random_bytes_at_every_state_leaves_the_relay_well():
    async def main():
        async with relay() as (server, port):
            raw_reader, raw = await asyncio.open_connection("127.0.0.1", port)
            raw.write(os.urandom(1_000_000))
            fresh = await Client.dial(port)
            fresh.writer.write(os.urandom(1_000_000))
            parked = await Client.greet(port, "3", "4")
            await parked.hear()
            parked.writer.write(os.urandom(1_000_000))
            chosen, partner = await pair(port)
            chosen.writer.write(struct.pack(">I", 5) + os.urandom(1_000_000))
            for client in (fresh, parked, chosen, partner):
                await client.ended()
            raw.transport.abort()
            del raw_reader
            await until(lambda: server.metrics()["connections"] == 0)
            one, two = await pair(port)
            one.say(Ready())
            two.say(Ready())
            one.writer.write(b"well")
            assert await two.read(4) == b"well"
            for client in (one, two):
                client.abort()

    run(main)


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=1200), min_size=1, max_size=4))
def test_no_bytes_hurt_a_relay(chunks):
    async def main():
        async with relay(hello_s=0.3) as (server, port):
            client = await Client.dial(port)
            for chunk in chunks:
                client.writer.write(chunk)
            if any(chunks) and client.writer.can_write_eof():
                client.writer.write_eof()
            client.writer.write(b"\xff" * 4)
            await client.ended()
            await until(lambda: server.metrics()["connections"] == 0)

    run(main)


@given(st.binary(max_size=MAX_HELLO_BYTES))
def test_the_greetings_decoder_returns_a_message_or_our_error(body):
    for words in (PARTY_WORDS, RELAY_WORDS):
        try:
            decode(body, words)
        except SynCohortError as wrong:
            assert wrong.code == "WO601"  # noqa: PT017 - both ends are right


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "session", "own", "x"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    )
)
def test_any_json_is_a_message_or_our_error(tree):
    for content in (tree, {"v": 1, "type": "Hello", "fields": tree}):
        try:
            decode(json.dumps(content).encode(), PARTY_WORDS)
        except SynCohortError as wrong:
            assert wrong.code == "WO601"  # noqa: PT017 - both ends are right


def test_every_word_fits_its_bound():
    longest = Hello(
        version=1, session="f" * 32, purpose=Purpose.DOCTOR, own="x" * 32, wanted="y" * 32
    )
    assert len(encode(longest)) < MAX_HELLO_BYTES


# ---- certificate, addresses


def test_the_certificate_is_made_once_and_its_key_is_private(tmp_path):
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    first = server_context(kept_in(tmp_path / "home", now))[1]
    assert server_context(kept_in(tmp_path / "home", now))[1] == first
    assert sorted(p.name for p in (tmp_path / "home").iterdir()) == [
        "relay-certificate.pem",
        "relay-key.pem",
    ]
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "home" / "relay-key.pem").stat().st_mode) == 0o600
    other = kept_in(tmp_path / "other", now)
    mixed = CertificateFiles(certificate=tmp_path / "home/relay-certificate.pem", key=other.key)
    with pytest.raises(WorkerError, match="WO606"):
        server_context(mixed)
    other.certificate.write_bytes(NoiseSource().token(100))
    with pytest.raises(WorkerError, match="WO606"):
        server_context(other)


def test_a_taken_port_is_said():
    async def main():
        async with relay() as (_, port):
            second = RelayServer(certificate()[0], RelayLimits(), time.time)
            with pytest.raises(WorkerError, match="WO604"):
                await second.start("127.0.0.1", port)

    run(main)


def test_addresses_count_by_network():
    assert _network_of("10.1.2.3") == "10.1.2.3"
    assert _network_of("::ffff:10.1.2.3") == "10.1.2.3"
    assert _network_of("2001:db8:1:2::1") == _network_of("2001:db8:1:2:ffff::9")
    assert _network_of("2001:db8:1:2::1") != _network_of("2001:db8:1:3::1")
    assert _network_of("fe80::1%eth0") == "fe80::/64"


def test_places_are_read_strictly():
    assert listen_place("192.0.2.1:8443") == ("192.0.2.1", 8443)
    assert listen_place("[2001:db8::1]:1") == ("2001:db8::1", 1)
    for wrong in ("", "host", ":1", "host:", "host:-1", "host:65536", "host:x", "h:\u0661"):
        with pytest.raises(WorkerError, match="WO605"):
            listen_place(wrong)
