"""Channels among parties in one process, over real sockets and TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import ssl
import struct
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from core.errors import InternalError, PlanError, ProtocolError, SessionError
from core.model.budget import Budget
from core.model.peer import DirectRoute, PeerAddress
from core.model.plan import Plan, PlanParty
from core.model.stage import NoiseLadder, StagePlan
from core.network.channels import Limits
from core.network.direct import DirectChannels
from core.network.greeting import Versions
from core.network.identity import RunIdentity
from core.network.link import MAX_FRAME_BYTES, Kind
from core.ports import Loss
from core.randomness import NoiseSource

VERSIONS = Versions(application="0.1.0", mpyc="0.11")
LIMITS = Limits(connect_s=5.0, silence_s=30.0)
#: Within a second, and some for a busy machine.
SOON_S = 3.0


def plan_of(identities):
    stage = StagePlan(
        name="tables",
        values=5,
        share=1.0,
        units=1.0,
        l2_sq=1,
        linf=1,
        touched=1,
        exact_shift=True,
        noise=NoiseLadder(levels=((1, 4),)),
    )
    return Plan(
        study_id="0" * 32,
        title="Test",
        rehearsal=True,
        parties=tuple(
            PlanParty(
                number=i,
                name=f"Hospital {'ABCDEFGHIJ'[i]}",
                has_cohort=True,
                certificate_sha256=identity.certificate_sha256,
            )
            for i, identity in enumerate(identities)
        ),
        threshold=1,
        recipe="marginals",
        recipe_parameters=(),
        genes=("A", "B"),
        label_name="label",
        classes=("x", "y"),
        normalisation="zscore",
        n_max=1000,
        holdout_share=0.0,
        budget=Budget(epsilon=1.0, delta=1e-6),
        epsilon_accounted=1.0,
        patient_multiplicity=1,
        n_records=10,
        sampler=0,
        stages=(stage,),
    )


class Listener:
    """Records what a party is told."""

    def __init__(self) -> None:
        self.channels = {}
        self.frames = []
        self.losses = []
        self.changed = asyncio.Event()

    def joined(self, channel):
        self.channels[channel.party] = channel
        self.changed.set()

    def received(self, party, frame):
        self.frames.append((party, frame))
        self.changed.set()

    def lost(self, party, loss):
        self.losses.append((party, loss))
        self.changed.set()

    async def until(self, condition):
        async with asyncio.timeout(SOON_S):
            while not condition(self):
                self.changed.clear()
                await self.changed.wait()


class Party:
    def __init__(self, identity, limits=LIMITS, versions=VERSIONS) -> None:
        self.identity = identity
        self.channels = DirectChannels(
            identity, versions, limits, DirectRoute(host="127.0.0.1", port=0)
        )
        self.listener = Listener()

    def address(self, number):
        return PeerAddress(
            number=number,
            route=self.channels.route,
            certificate_pem=self.identity.certificate_pem,
        )


def identities(count):
    now = dt.datetime.now(dt.UTC)
    return [RunIdentity(NoiseSource(), now) for _ in range(count)]


def addresses(parties, own):
    return [p.address(i) for i, p in enumerate(parties) if i != own]


@asynccontextmanager
async def parties_of(count, limits=LIMITS):
    parties = [Party(identity, limits) for identity in identities(count)]
    try:
        yield parties
    finally:
        await asyncio.gather(*(p.channels.aclose() for p in parties))


async def connect_all(parties, plan=None, plans=None):
    plan = plan or plan_of([p.identity for p in parties])
    work = [
        p.channels.connect((plans or {}).get(i, plan), i, addresses(parties, i), p.listener)
        for i, p in enumerate(parties)
    ]
    return await asyncio.gather(*work, return_exceptions=True)


def test_every_party_reaches_every_other_and_frames_keep_their_order():
    async def main():
        async with parties_of(4) as parties:
            assert await connect_all(parties) == [None] * 4
            for own, party in enumerate(parties):
                assert sorted(party.listener.channels) == [i for i in range(4) if i != own]
                for channel in party.listener.channels.values():
                    for size in (0, 1, 70_000, 3_000_000):
                        channel.send(bytes([own]) + bytes(size))
                    await channel.drain()
            for own, party in enumerate(parties):
                await party.listener.until(lambda found: len(found.frames) == 12)
                for other in range(4):
                    sizes = [len(f) - 1 for p, f in party.listener.frames if p == other]
                    assert sizes == ([] if other == own else [0, 1, 70_000, 3_000_000])
                assert all(f[0] == p for p, f in party.listener.frames)
                assert party.listener.losses == []

    asyncio.run(main())


def test_a_party_that_vanishes_is_noticed_by_all_at_once():
    async def main():
        async with parties_of(3) as parties:
            await connect_all(parties)
            for channel in parties[1].listener.channels.values():
                channel._transport.abort()
            for own in (0, 2):
                await parties[own].listener.until(lambda found: found.losses == [(1, Loss.CLOSED)])

    asyncio.run(main())


def test_a_silent_party_is_noticed_within_the_limit_and_beats_alone_prevent_it():
    async def main():
        async with parties_of(3, Limits(connect_s=5.0, silence_s=1.0)) as parties:
            await connect_all(parties)
            await asyncio.sleep(2.2)
            assert all(p.listener.losses == [] for p in parties)
            for channel in parties[1].listener.channels.values():
                channel.beat = lambda: None
            for own in (0, 2):
                await parties[own].listener.until(lambda found: found.losses == [(1, Loss.SILENT)])

    asyncio.run(main())


def header(length, kind):
    return struct.pack("<IB", length, kind)


@pytest.mark.parametrize(
    "raw",
    [
        header(0, 99),
        header(MAX_FRAME_BYTES + 1, Kind.PAYLOAD),
        header(1, Kind.BEAT) + b"x",
        header(0, Kind.GREETING),
        header(0, Kind.BYE) * 2,
    ],
)
def test_what_is_no_frame_ends_the_channel(raw):
    async def main():
        async with parties_of(3) as parties:
            await connect_all(parties)
            parties[0].listener.channels[1]._transport.write(raw)
            await parties[1].listener.until(lambda found: found.losses == [(0, Loss.MALFORMED)])

    asyncio.run(main())


def test_frames_beyond_the_bound_are_never_sent():
    async def main():
        async with parties_of(3) as parties:
            await connect_all(parties)
            with pytest.raises(InternalError, match="IN901"):
                parties[0].listener.channels[1].send(bytes(MAX_FRAME_BYTES + 1))

    asyncio.run(main())


def test_what_was_sent_before_closing_arrives_although_the_other_is_still_sending():
    async def main():
        async with parties_of(3) as parties:
            await connect_all(parties)
            for _ in range(20):
                parties[1].listener.channels[0].send(bytes(1_000_000))
            parties[0].listener.channels[1].send(bytes(5_000_000))
            parties[0].listener.channels[1].send(b"reason")
            closing = asyncio.ensure_future(parties[0].channels.aclose())
            await parties[1].listener.until(lambda found: (0, b"reason") in found.frames)
            await asyncio.gather(*(p.channels.aclose() for p in parties[1:]))
            await closing

    asyncio.run(main())


def test_another_plan_or_version_is_refused_on_both_ends():
    async def main(change):
        async with parties_of(3) as parties:
            plan = plan_of([p.identity for p in parties])
            plans = {}
            if change == "plan":
                plans = {2: replace(plan, title="Another")}
            else:
                parties[2].channels._versions = Versions(application="0.0.9", mpyc="0.11")
            started = asyncio.get_running_loop().time()
            results = await connect_all(parties, plan, plans)
            assert asyncio.get_running_loop().time() - started < SOON_S
            return [r.code for r in results], [dict(r.fields)["field"] for r in results]

    for change, field in (("plan", "plan"), ("version", "SynCohort version")):
        codes, fields = asyncio.run(main(change))
        assert codes == ["PR504"] * 3
        assert set(fields) == {field}


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_a_certificate_that_the_plan_does_not_name_is_refused(wrong):
    async def main():
        async with parties_of(3, Limits(connect_s=1.0, silence_s=30.0)) as parties:
            other = identities(1)[0]
            honest = parties[wrong].identity
            # it believes to be who the plan names, and shows another certificate
            honest._server, honest._client = other._server, other._client
            started = asyncio.get_running_loop().time()
            results = await connect_all(parties)
            assert asyncio.get_running_loop().time() - started < SOON_S
            codes = [r.code for r in results]
            honest_codes = {c for i, c in enumerate(codes) if i != wrong}
            assert "PR503" in honest_codes
            assert honest_codes <= {"PR503", "SE405", "SE406"}
            assert codes[wrong] in {"PR503", "SE402", "SE405", "SE406"}  # it misses the others
            assert parties[wrong].listener.channels == {}

    asyncio.run(main())


def test_one_partys_certificate_is_not_accepted_for_another():
    """Party 2 shows party 1's certificate: trusted by everybody, but not as party 2."""

    async def main():
        async with parties_of(3, Limits(connect_s=1.0, silence_s=30.0)) as parties:
            one, two = parties[1].identity, parties[2].identity
            contexts = one._server, one._client
            plan = plan_of([p.identity for p in parties])
            two.trust = lambda certificates: RunIdentity.trust(one, certificates)
            results = await asyncio.gather(
                parties[0].channels.connect(plan, 0, addresses(parties, 0), parties[0].listener),
                parties[2].channels.connect(plan, 2, addresses(parties, 2), parties[2].listener),
                return_exceptions=True,
            )
            assert results[0].code == "PR503"
            assert contexts[0] is one._server
            assert parties[0].listener.channels == {}

    asyncio.run(main())


def test_addresses_must_be_the_plans():
    async def main():
        async with parties_of(3) as parties:
            plan = plan_of([p.identity for p in parties])
            connect = parties[0].channels.connect
            good = addresses(parties, 0)
            swapped = [
                replace(good[0], certificate_pem=good[1].certificate_pem),
                replace(good[1], certificate_pem=good[0].certificate_pem),
            ]
            broken = [replace(good[0], certificate_pem="none"), good[1]]
            for own, peers, error, code in (
                (0, good[:1], PlanError, "PL201"),
                (0, [good[0], good[0]], PlanError, "PL201"),
                (0, [*good, good[0]], PlanError, "PL201"),
                (7, good, PlanError, "PL201"),
                (0, swapped, ProtocolError, "PR503"),
                (0, broken, ProtocolError, "PR503"),
                (1, addresses(parties, 1), ProtocolError, "PR503"),  # not our certificate
            ):
                with pytest.raises(error, match=code):
                    await connect(plan, own, peers, parties[0].listener)
            twins = plan_of([parties[0].identity, parties[1].identity, parties[1].identity])
            same = [good[0], replace(good[0], number=2)]
            with pytest.raises(PlanError, match="same certificate"):
                await connect(twins, 0, same, parties[0].listener)

    asyncio.run(main())


def test_a_party_that_does_not_come_is_named():
    async def main():
        async with parties_of(3, Limits(connect_s=0.5, silence_s=30.0)) as parties:
            plan = plan_of([p.identity for p in parties])
            with pytest.raises(SessionError, match="SE402") as caught:
                await parties[1].channels.connect(
                    plan, 1, addresses(parties, 1), parties[1].listener
                )
            assert dict(caught.value.fields)["party"] in {"Hospital A", "Hospital C"}

    asyncio.run(main())


def test_a_party_that_is_gone_before_connecting_is_noticed_at_once():
    async def main():
        async with parties_of(3) as parties:
            plan = plan_of([p.identity for p in parties])
            await parties[2].channels.aclose()
            with pytest.raises(SessionError, match="SE406") as caught:
                await parties[0].channels.connect(
                    plan, 0, addresses(parties, 0), parties[0].listener
                )
            assert dict(caught.value.fields)["party"] == "Hospital C"

    asyncio.run(main())


def test_a_stranger_without_tls_is_ignored_and_one_with_an_older_tls_as_well():
    async def main():
        async with parties_of(3) as parties:
            plan = plan_of([p.identity for p in parties])
            waiting = asyncio.ensure_future(
                parties[2].channels.connect(plan, 2, addresses(parties, 2), parties[2].listener)
            )
            await asyncio.sleep(0.05)
            with socket.create_connection(
                ("127.0.0.1", parties[2].channels.route.port)
            ) as stranger:
                stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
                await asyncio.sleep(0.1)
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection("127.0.0.1", parties[2].channels.route.port, ssl=old)
            work = [
                parties[i].channels.connect(plan, i, addresses(parties, i), parties[i].listener)
                for i in (0, 1)
            ]
            await asyncio.gather(waiting, *work)
            assert sorted(parties[2].listener.channels) == [0, 1]

    asyncio.run(main())


def test_closing_before_connecting_is_no_error():
    async def main():
        async with parties_of(1):
            pass

    asyncio.run(main())
