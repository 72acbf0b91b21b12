"""Channels through a relay among parties in one process: thieves of slots, and a blind relay."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from relay_here import SOURCE, relay_here, tap
from test_direct import Listener, connect_all, plan_of
from test_doctor import LOGIN, proxy_here

from core.errors import PlanError
from core.messages.relay import Purpose
from core.model.peer import DirectRoute, PeerAddress
from core.network.channels import Limits
from core.network.greeting import Versions
from core.network.identity import RunIdentity
from core.network.link import Link
from core.network.relay_channels import RelayChannels
from core.network.relay_dial import READY, Ends, dial_relay
from core.ports import Loss
from core.relay.end import End, State

VERSIONS = Versions(application="0.1.0", mpyc="0.11")


class Party:
    def __init__(self, route, limits, clock_off=dt.timedelta(0), proxy=None):
        self.identity = RunIdentity(SOURCE, dt.datetime.now(dt.UTC) + clock_off)
        self.channels = RelayChannels(self.identity, VERSIONS, limits, route, proxy)
        self.listener = Listener()

    def address(self, number):
        return PeerAddress(
            number=number,
            route=self.channels.route,
            certificate_pem=self.identity.certificate_pem,
        )


@asynccontextmanager
async def parties_of(count):
    limits = Limits(connect_s=5.0, silence_s=30.0)
    async with relay_here() as (relay, route):
        parties = [Party(route, limits) for _ in range(count)]
        try:
            yield relay, parties
        finally:
            await asyncio.gather(*(p.channels.aclose() for p in parties))


def test_ten_parties_meet_and_the_relay_forgets_them():
    async def main():
        async with parties_of(10) as (relay, parties):
            assert await connect_all(parties) == [None] * 10
            for own, party in enumerate(parties):
                assert sorted(party.listener.channels) == [i for i in range(10) if i != own]
            assert relay.metrics()["splices"] == 45
            await asyncio.gather(*(p.channels.aclose() for p in parties))
            async with asyncio.timeout(5):
                while relay.metrics()["connections"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            assert all(not p.listener.losses for p in parties)

    asyncio.run(main())


def test_the_relay_reads_nothing_of_a_run(monkeypatch):
    seen = tap(monkeypatch)
    marker = b"PLAINTEXT-MARKER-" + os.urandom(8).hex().encode()

    async def main():
        async with parties_of(3) as (_, parties):
            await connect_all(parties)
            for party in parties:
                for channel in party.listener.channels.values():
                    channel.send(marker * 10)
            for party in parties:
                await party.listener.until(lambda found: len(found.frames) == 2)
                assert all(marker in frame for _, frame in party.listener.frames)
            return plan_of([p.identity for p in parties])

    plan = asyncio.run(main())
    assert len(seen) > 5000
    assert marker not in seen
    assert plan.digest.encode() not in seen
    assert b"Hospital" not in seen


def test_a_thief_of_a_slot_learns_nothing_and_is_noticed():
    """Somebody who knows the session token sits down in party 1's place before party 1."""

    async def main():
        async with parties_of(3) as (_, parties):
            route = parties[0].channels.route
            thief = RunIdentity(SOURCE, dt.datetime.now(dt.UTC))
            plan = plan_of([p.identity for p in parties])

            async def steal():
                ends = Ends(purpose=Purpose.RUN, own="1", wanted="0")
                connection = await dial_relay(route, ends, None)
                prelude = await connection.spliced()
                server, _ = thief.trust({"A": parties[0].identity.certificate_pem})
                link = Link(asyncio.get_running_loop())
                with pytest.raises(OSError):  # party 0 does not accept the certificate
                    await prelude.upgrade(link, server, dialler=False, last=READY)
                assert not link.greeting.done()

            stealing = asyncio.ensure_future(steal())
            await asyncio.sleep(0.3)
            results = await asyncio.gather(
                one(parties, 0, plan),
                stealing,
                return_exceptions=True,
            )
            assert results[1] is None
            assert results[0].code == "PR503"
            assert dict(results[0].fields)["party"] == "Hospital B"
            assert parties[0].listener.channels == {}

    async def one(parties, own, plan):
        peers = [p.address(i) for i, p in enumerate(parties) if i != own]
        await parties[own].channels.connect(plan, own, peers, parties[own].listener)

    asyncio.run(main())


def test_garbage_in_a_splice_is_no_party():
    async def main():
        async with parties_of(3) as (_, parties):
            plan = plan_of([p.identity for p in parties])
            route = parties[0].channels.route

            async def disturb():
                ends = Ends(purpose=Purpose.RUN, own="2", wanted="0")
                prelude = await (await dial_relay(route, ends, None)).spliced()
                prelude.send(READY + os.urandom(100_000))
                await asyncio.sleep(1)
                prelude.abort()

            disturbing = asyncio.ensure_future(disturb())
            await asyncio.sleep(0.2)
            peers = [parties[i].address(i) for i in (1, 2)]
            connecting = parties[0].channels.connect(plan, 0, peers, parties[0].listener)
            result = (await asyncio.gather(connecting, return_exceptions=True))[0]
            assert result.code == "SE406"
            assert dict(result.fields)["party"] == "Hospital C"
            await disturbing

    asyncio.run(main())


def test_peers_must_be_in_our_session():
    async def main():
        async with parties_of(3) as (_, parties):
            plan = plan_of([p.identity for p in parties])
            good = [parties[i].address(i) for i in (1, 2)]
            for route in (
                DirectRoute(host="127.0.0.1", port=1),
                replace(good[0].route, session="f" * 32),
            ):
                with pytest.raises(PlanError, match="same session"):
                    await parties[0].channels.connect(
                        plan, 0, [replace(good[0], route=route), good[1]], parties[0].listener
                    )

    asyncio.run(main())


def test_a_lost_relay_is_told_apart_from_a_lost_party():
    async def main():
        async with parties_of(3) as (relay, parties):
            await connect_all(parties)
            parties[1].listener.channels[0]._transport.abort()
            await parties[0].listener.until(lambda found: found.losses)
            assert parties[0].listener.losses == [(1, Loss.CLOSED)]
            await relay.aclose(0.0)
            await parties[2].listener.until(lambda found: len(found.losses) == 2)
            assert set(parties[2].listener.losses) == {(0, Loss.RELAY), (1, Loss.RELAY)}

    asyncio.run(main())


@pytest.mark.parametrize("wrong", ["flipped", "repeated", "dropped"])
def test_a_relay_that_changes_repeats_or_drops_bytes_is_a_lost_link_and_delivers_nothing(
    wrong, monkeypatch
):
    changed = {"flipped": 0, "repeated": 0, "dropped": 0}
    honest = End.write

    def meddle(self, content):
        if active and self.state is State.OPEN and len(content) > 5000:
            changed[wrong] += 1
            if wrong == "flipped":
                content = content[:3000] + bytes([content[3000] ^ 1]) + content[3001:]
            elif wrong == "repeated":
                honest(self, content)
            else:
                content = content[:3000] + content[3100:]
        honest(self, content)

    monkeypatch.setattr(End, "write", meddle)
    active = []

    async def main():
        async with parties_of(3) as (_, parties):
            await connect_all(parties)
            active.append(True)
            frame = os.urandom(20_000)
            parties[0].listener.channels[1].send(frame)
            await parties[1].listener.until(lambda found: found.losses)
            assert changed[wrong] > 0
            assert parties[1].listener.losses[0] == (0, Loss.CLOSED)
            for _, found in parties[1].listener.frames:  # a repeated record comes too late
                assert found == frame
            assert len(parties[1].listener.frames) <= (1 if wrong == "repeated" else 0)

    asyncio.run(main())


def test_a_clock_that_is_off_by_a_day_does_not_keep_parties_apart():
    async def main():
        async with parties_of(3) as (_, parties):
            route = parties[0].channels.route
            limits = Limits(connect_s=5.0, silence_s=30.0)
            others = [Party(route, limits, dt.timedelta(days=d)) for d in (1, -1)]
            crowd = [parties[0], *others]
            assert await connect_all(crowd) == [None] * 3
            await asyncio.gather(*(p.channels.aclose() for p in others))

    asyncio.run(main())


def test_a_party_behind_a_proxy_meets_the_others():
    async def main():
        async with parties_of(2) as (_, parties), proxy_here(login=LOGIN) as (proxy, bare):
            setting = replace(bare, user="steward", password="s:ecret")
            limits = Limits(connect_s=5.0, silence_s=30.0)
            third = Party(parties[0].channels.route, limits, proxy=setting)
            everybody = [*parties, third]
            assert await connect_all(everybody) == [None] * 3
            assert proxy.tunnels == 3  # to each other party, and the sign of life
            third.listener.channels[0].send(bytes(2_000_000))
            await parties[0].listener.until(lambda found: found.frames)
            await asyncio.gather(*(p.channels.aclose() for p in everybody))
            await asyncio.sleep(0.2)

    asyncio.run(main())


def test_a_cut_line_blames_the_own_line_at_home_and_the_party_elsewhere(monkeypatch):
    """The way between one hospital and the relay goes silent without a word."""
    monkeypatch.setattr("core.network.relay_channels._PROBE_S", 0.5)

    async def main():
        async with parties_of(2) as (_, parties), proxy_here() as (proxy, setting):
            limits = Limits(connect_s=5.0, silence_s=1.0)
            for party in parties:
                party.channels._limits = limits
            third = Party(parties[0].channels.route, limits, proxy=setting)
            everybody = [*parties, third]
            assert await connect_all(everybody) == [None] * 3
            proxy.cut = True
            await third.listener.until(lambda found: len(found.losses) == 2)
            assert {loss for _, loss in third.listener.losses} == {Loss.RELAY}
            await parties[0].listener.until(lambda found: found.losses)
            assert parties[0].listener.losses == [(2, Loss.SILENT)]
            proxy.cut = False
            await asyncio.gather(*(p.channels.aclose() for p in everybody))
            await asyncio.sleep(0.2)

    asyncio.run(main())
