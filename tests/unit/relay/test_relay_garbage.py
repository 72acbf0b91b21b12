"""Garbage at every state of the relay and at its decoders; its certificate and addresses."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_client import Client, certificate, pair, relay, run, until

from core.errors import SynCohortError, WorkerError
from core.messages.codec import decode, encode
from core.messages.relay import (
    MAX_HELLO_BYTES,
    PARTY_WORDS,
    RELAY_WORDS,
    Hello,
    Purpose,
    Ready,
)
from core.randomness import NoiseSource
from core.relay.certificate import CertificateFiles, kept_in, server_context
from core.relay.server import RelayLimits, RelayServer, _network_of
from core.worker.commands.relay import listen_place

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
