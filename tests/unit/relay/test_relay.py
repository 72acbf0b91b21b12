"""The relay by itself: splices, limits, time-outs, and how little it keeps."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import time

import pytest
from relay_client import TOKEN, Client, pair, relay, run, until

from core.messages.codec import encode
from core.messages.relay import (
    Accepted,
    Purpose,
    Ready,
    Refusal,
    Spliced,
    Waiting,
)


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
