"""A coordinator and its joiners, over a relay and directly: who gets in, and what a relay sees."""

from __future__ import annotations

import asyncio
import os
import ssl
from contextlib import asynccontextmanager

import pytest
from relay_here import SLOT, SOURCE, TOKEN, installation, relay_here, tap
from test_doctor import proxy_here

from core.errors import InternalError, ProtocolError, SessionError
from core.model.peer import DirectRoute
from core.network import lobby_channel
from core.network.link import MAX_FRAME_BYTES
from core.network.lobby_channel import Caller, LobbyPlace, dial_lobby
from core.network.lobby_listener import LobbyEvents, LobbyListener
from core.ports import Loss

WAYS = ("relay", "direct")
SOON_S = 5.0


class Coordinator:
    def __init__(self, listener, identity, arrivals, refusals):
        self.listener, self.identity = listener, identity
        self.arrivals, self.refusals = arrivals, refusals
        self.place = None

    async def arrival(self):
        return await asyncio.wait_for(self.arrivals.get(), SOON_S)

    async def refusal(self):
        return await asyncio.wait_for(self.refusals.get(), SOON_S)


@asynccontextmanager
async def lobby(way, proxy=lambda: None, **limits):
    identity = installation()
    arrivals, refusals = asyncio.Queue(), asyncio.Queue()
    events = LobbyEvents(
        arrived=lambda slot, stream: arrivals.put_nowait((slot, stream)),
        refused=lambda slot, sha256: refusals.put_nowait((slot, sha256)),
    )
    async with relay_here(**limits) as (_, relayed):
        route = relayed if way == "relay" else DirectRoute(host="127.0.0.1", port=0)
        listener = LobbyListener(route, TOKEN, identity, SOURCE, events, proxy)
        there = Coordinator(listener, identity, arrivals, refusals)
        there.place = LobbyPlace(
            route=await listener.open(),
            session=TOKEN,
            coordinator_sha256=identity.certificate_sha256,
        )
        try:
            yield there
        finally:
            await listener.aclose()
            while not arrivals.empty():
                await arrivals.get_nowait()[1].aclose()


async def dial(there, identity=None, slot=SLOT, **changes):
    caller = Caller(identity=identity or installation(), source=SOURCE, **changes)
    async with asyncio.timeout(SOON_S):
        return await dial_lobby(caller, there.place, slot)


@pytest.mark.parametrize("way", WAYS)
def test_both_ends_know_each_other_and_frames_keep_their_order(way):
    async def main():
        async with lobby(way) as there:
            there.listener.expect(SLOT)
            joiner = installation()
            ours = await dial(there, joiner)
            slot, theirs = await there.arrival()
            assert slot == theirs.slot == SLOT
            assert theirs.peer_certificate_sha256 == joiner.certificate_sha256
            assert theirs.peer_certificate_pem == joiner.certificate_pem
            assert ours.peer_certificate_sha256 == there.identity.certificate_sha256
            assert (ours.own_nonce, ours.peer_nonce) == (theirs.peer_nonce, theirs.own_nonce)
            assert len({ours.own_nonce, ours.peer_nonce}) == 2
            for size in (0, 1, 70_000, 5_000_000):
                ours.send(bytes(size))
                theirs.send(bytes(size + 1))
            assert [len(await theirs.receive()) for _ in range(4)] == [0, 1, 70_000, 5_000_000]
            assert [len(await ours.receive()) for _ in range(4)] == [1, 2, 70_001, 5_000_001]
            with pytest.raises(InternalError):
                ours.send(bytes(MAX_FRAME_BYTES + 1))
            ours.send(b"last")
            await ours.aclose()
            assert await theirs.receive() == b"last"
            assert await theirs.receive() is None
            assert theirs.loss is Loss.CLOSED
            assert not theirs.open
            await theirs.aclose()
            assert await ours.receive() is None

    asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_many_joiners_each_get_their_own_stream_and_may_come_back(way):
    async def main():
        async with lobby(way) as there:
            slots = [f"{i:032x}" for i in range(5)]
            for slot in slots:
                there.listener.expect(slot)
                there.listener.expect(slot)  # twice is once
            who = {slot: installation() for slot in slots}
            for _ in range(2):
                streams = await asyncio.gather(*(dial(there, who[s], s) for s in slots))
                arrived = dict([await there.arrival() for _ in slots])
                assert sorted(arrived) == slots
                for slot, ours in zip(slots, streams, strict=True):
                    theirs = arrived[slot]
                    assert theirs.peer_certificate_sha256 == who[slot].certificate_sha256
                    ours._link._transport.abort()  # the joiner's cable is cut
                    assert await theirs.receive() is None
                    await asyncio.gather(ours.aclose(), theirs.aclose())

    asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_another_coordinator_is_not_spoken_to(way):
    """Directly nobody knows whose slot it was; at the relay the slot says it."""

    async def main():
        async with lobby(way) as there:
            there.listener.expect(SLOT)
            there.place = LobbyPlace(
                route=there.place.route, session=TOKEN, coordinator_sha256="c" * 64
            )
            with pytest.raises(ProtocolError, match="PR503"):
                await dial(there)
            if way == "relay":
                assert await there.refusal() == (SLOT, "")
            assert there.arrivals.empty()

    asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_a_slot_that_is_bound_to_a_certificate_is_closed_to_others_and_they_are_shown(way):
    async def main():
        async with lobby(way) as there:
            owner, thief = installation(), installation()
            there.listener.expect(SLOT, owner.certificate_sha256)
            with pytest.raises(SessionError, match="SE405"):
                await dial(there, thief)
            assert await there.refusal() == (SLOT, thief.certificate_sha256)
            ours = await dial(there, owner)
            _, theirs = await there.arrival()
            await asyncio.gather(ours.aclose(), theirs.aclose())

    asyncio.run(main())


@pytest.mark.parametrize("way", WAYS)
def test_showing_a_certificate_without_its_key_is_no_way_in(way, monkeypatch):
    async def main():
        async with lobby(way) as there:
            owner, thief = installation(), installation()
            there.listener.expect(SLOT, owner.certificate_sha256)
            honest = lobby_channel.Approach

            def stolen(**fields):
                return honest(**{**fields, "certificate_pem": owner.certificate_pem})

            stolen.__name__ = "Approach"
            monkeypatch.setattr(lobby_channel, "Approach", stolen)
            with pytest.raises(SessionError):
                await dial(there, thief)
            assert await there.refusal() == (SLOT, owner.certificate_sha256)
            assert there.arrivals.empty()

    asyncio.run(main())


def test_unknown_slots_sessions_and_versions_are_turned_away():
    async def main():
        async with lobby("direct") as there:
            there.listener.expect(SLOT)
            with pytest.raises(SessionError, match="SE405"):
                await dial(there, slot="d" * 32)
            good = there.place
            there.place = LobbyPlace(
                route=good.route, session="e" * 32, coordinator_sha256=good.coordinator_sha256
            )
            with pytest.raises(SessionError, match="SE405"):
                await dial(there)
            there.place = good
            with pytest.raises(ProtocolError, match="PR504"):
                await dial(there, application="0.0.1")
            there.listener.forget(SLOT)
            with pytest.raises(SessionError, match="SE405"):
                await dial(there)
            assert there.arrivals.empty()

    asyncio.run(main())


def test_a_forgotten_slot_is_closed_at_the_relay_too():
    async def main():
        async with lobby("relay") as there:
            there.listener.expect(SLOT)
            (await dial(there))._link._transport.abort()
            _, theirs = await there.arrival()
            await theirs.aclose()
            await asyncio.sleep(0.3)
            there.listener.forget(SLOT)
            await asyncio.sleep(0.2)
            waited = asyncio.Event()
            caller = Caller(identity=installation(), source=SOURCE, on_waiting=waited.set)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(dial_lobby(caller, there.place, SLOT), 0.7)
            assert waited.is_set()  # the relay took us; nobody is there

    asyncio.run(main())


def test_a_joiner_waits_for_a_coordinator_that_comes_later():
    async def main():
        async with lobby("relay") as there:
            dialling = asyncio.ensure_future(dial(there))
            await asyncio.sleep(0.5)
            there.listener.expect(SLOT)
            ours = await dialling
            _, theirs = await there.arrival()
            await asyncio.gather(ours.aclose(), theirs.aclose())

    asyncio.run(main())


def test_a_flood_of_frames_ends_the_stream_with_little_kept(monkeypatch):
    monkeypatch.setattr(lobby_channel, "_MOST_BYTES", 100_000)

    async def main():
        async with lobby("direct") as there:
            there.listener.expect(SLOT)
            ours = await dial(there)
            _, theirs = await there.arrival()
            for _ in range(50):
                ours.send(bytes(10_000))
            async with asyncio.timeout(SOON_S):
                while theirs.loss is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert theirs.loss is Loss.MALFORMED
            assert theirs._held <= 110_000
            await asyncio.gather(ours.aclose(), theirs.aclose())

    asyncio.run(main())


def test_a_silent_peer_is_noticed(monkeypatch):
    monkeypatch.setattr(lobby_channel, "_SILENCE_S", 0.6)
    monkeypatch.setattr(lobby_channel, "_BEAT_S", 0.1)

    async def main():
        async with lobby("relay") as there:
            there.listener.expect(SLOT)
            ours = await dial(there)
            _, theirs = await there.arrival()
            await asyncio.sleep(1.2)
            assert ours.open  # beats keep it alive
            assert theirs.open
            ours._beats.cancel()
            async with asyncio.timeout(SOON_S):
                assert await theirs.receive() is None
            assert theirs.loss is Loss.SILENT
            await asyncio.gather(ours.aclose(), theirs.aclose())

    asyncio.run(main())


def test_the_relay_sees_neither_what_is_said_nor_who_says_it(monkeypatch):
    seen = tap(monkeypatch)
    marker = b"PLAINTEXT-MARKER-" + os.urandom(8).hex().encode()

    async def main():
        async with lobby("relay") as there:
            there.listener.expect(SLOT)
            joiner = installation()
            ours = await dial(there, joiner)
            _, theirs = await there.arrival()
            for _ in range(20):
                ours.send(marker)
                assert await theirs.receive() == marker
                theirs.send(marker)
                assert await ours.receive() == marker
            await asyncio.gather(ours.aclose(), theirs.aclose())
            return joiner, there.identity

    names = asyncio.run(main())
    assert len(seen) > 2000  # the tap works
    assert TOKEN.encode() in seen
    assert marker not in seen
    for identity in names:
        der = ssl.PEM_cert_to_DER_cert(identity.certificate_pem)
        assert der[40:100] not in seen
        assert identity.certificate_sha256.encode() not in seen


@pytest.mark.parametrize("garbage", ["bytes", "tls then bytes", "huge frame", "nothing"])
def test_garbage_at_the_open_door_is_dropped_and_others_get_in(garbage):
    async def main():
        async with lobby("direct") as there:
            there.listener.expect(SLOT)
            place = there.place.route
            context = None
            if garbage in ("tls then bytes", "huge frame"):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            reader, writer = await asyncio.open_connection(place.host, place.port, ssl=context)
            if garbage == "huge frame":
                writer.write(b"\xff\xff\xff\xff" + os.urandom(1000))
            elif garbage != "nothing":
                writer.write(os.urandom(1_000_000))
            ours = await dial(there)
            _, theirs = await there.arrival()
            if garbage != "nothing":
                async with asyncio.timeout(SOON_S):
                    try:
                        while await reader.read(65536):
                            pass
                    except (ConnectionError, ssl.SSLError):
                        pass
            writer.transport.abort()
            await asyncio.gather(ours.aclose(), theirs.aclose())
            assert there.arrivals.empty()

    asyncio.run(main())


def test_a_crowd_of_strangers_does_not_fill_this_computer():
    async def main():
        async with lobby("direct") as there:
            there.listener.expect(SLOT)
            place = there.place.route
            crowd = [await asyncio.open_connection(place.host, place.port) for _ in range(40)]
            await asyncio.sleep(0.3)
            assert there.listener._strangers[""] <= 8
            for _, writer in crowd:
                writer.transport.abort()
            await asyncio.sleep(0.3)
            ours = await dial(there)
            _, theirs = await there.arrival()
            await asyncio.gather(ours.aclose(), theirs.aclose())

    asyncio.run(main())


def test_a_proxy_set_while_the_lobby_is_open_is_used_from_the_next_dialling():
    async def main():
        used = []
        way = lobby("relay", proxy=lambda: used[-1] if used else None)
        async with proxy_here() as (proxy, setting), way as there:
            there.listener.expect(SLOT)
            first = await dial(there)
            used.append(setting)
            assert proxy.tunnels == 0
            await first.aclose()
            await (await dial(there)).aclose()  # parked before the proxy was set, or after
            await (await dial(there)).aclose()
            assert proxy.tunnels >= 1

    asyncio.run(main())


def test_a_coordinator_knows_whether_its_relay_can_be_reached():
    async def main():
        seen = []
        async with relay_here() as (relay, route):
            listener = LobbyListener(
                route, TOKEN, installation(), SOURCE, LobbyEvents(arrived=lambda *_: None)
            )
            listener.watch(lambda: seen.append(listener.reachable))
            try:
                await listener.open()
                listener.expect(SLOT)
                async with asyncio.timeout(SOON_S):
                    while not relay.metrics()["waiting"]:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                assert listener.reachable
                await relay.aclose(0.0)
                async with asyncio.timeout(SOON_S):
                    while listener.reachable:  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
            finally:
                await listener.aclose()
        assert seen == [False]

    asyncio.run(main())
