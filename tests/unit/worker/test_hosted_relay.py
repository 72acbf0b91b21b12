"""A relay that the worker hosts: started, reached, started again, and gone with its owner."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import SessionError, WorkerError
from core.messages.relay import Purpose
from core.model.peer import RelayRoute
from core.network.relay_dial import Ends, dial_relay
from core.worker.lines.hosted_relay import HostedRelay, own_address

PROJECT = Path(__file__).resolve().parents[3]


def route_of(place):
    return RelayRoute(
        relay_host=place.host,
        relay_port=place.port,
        relay_certificate_sha256=place.certificate_sha256,
        session="a" * 32,
    )


async def reach(place):
    ends = Ends(purpose=Purpose.LOBBY, own="1", wanted="2")
    (await dial_relay(route_of(place), ends, None)).abort()


def test_it_is_reached_keeps_its_certificate_and_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(PROJECT)

    async def main():
        relay = HostedRelay(tmp_path / "relay")
        first = await relay.start("127.0.0.1", 0)
        assert relay.running
        await reach(first)
        with pytest.raises(WorkerError, match="runs already"):
            await relay.start("127.0.0.1", 0)
        other = HostedRelay(tmp_path / "other")
        with pytest.raises(WorkerError, match="not free"):
            await other.start("127.0.0.1", first.port)
        assert not other.running
        await relay.stop()
        await relay.stop()
        with pytest.raises(SessionError, match="SE407"):
            await reach(first)
        again = await relay.start("127.0.0.1", 0)
        assert again.certificate_sha256 == first.certificate_sha256
        await reach(again)
        await relay.stop()
        assert not relay.running

    asyncio.run(main())


def test_it_does_not_outlive_who_started_it(tmp_path):
    words = ("-m", "core.worker.commands.relay", "--hosted", "--listen", "127.0.0.1:0")
    child = subprocess.Popen(
        [sys.executable, *words, "--home", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    assert b"certificate_sha256" in child.stdout.readline()
    child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


def test_an_own_address_is_one():
    assert own_address().count(".") == 3
