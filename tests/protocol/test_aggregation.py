"""The joint sum among parties in memory: what is sent, when, how long it is, what is refused."""

from __future__ import annotations

import asyncio
import struct

import numpy as np
import pytest
from engine_memory import Wire, all_or_first_failure, parties_of, split
from engine_parties import plan_of, stage_of

from core.errors import InternalError, ProtocolError, SessionError
from core.model.stage import NoiseLadder
from core.protocol import words
from core.protocol.aggregation import field_for
from core.protocol.mailbox import Kind, Label, pack
from core.protocol.noise import sign_weights

CERTIFICATES = [f"{i:064x}" for i in range(10)]


def plan_for(m, t, *stages, **changes):
    return plan_of(CERTIFICATES[:m], t, *stages, **changes)


def run(m, t, sums, *, tamper=None, ladder=None, dealt=None, step_s=20.0, **changes):
    """Measure one stage among m parties; return totals by party, the wire and the plan."""
    stage = stage_of(values=len(sums), **({"noise": ladder} if ladder else {}))
    plan = plan_for(m, t, stage, **changes)
    field = field_for(plan, plan.stages[0])
    wire = Wire(**({"tamper": tamper} if tamper else {}))

    async def main():
        shares = split(field.modulus, [v % field.modulus for v in sums], m, t)
        parties = parties_of(plan, wire, shares, step_s, dealt)
        for party in parties:
            party.permit.set()
        zeros = np.zeros(len(sums), dtype=np.int64)
        measured = await all_or_first_failure(
            parties, [p.aggregator.measure(plan.stages[0], zeros) for p in parties]
        )
        return [m.totals for m in measured]

    return asyncio.run(main()), wire, plan


@pytest.mark.parametrize(("m", "t"), [(3, 1), (4, 1), (5, 1), (5, 2), (6, 2), (10, 4)])
@pytest.mark.parametrize("n_max", [1000, 900_000_000 // 100], ids=["small-field", "large-field"])
@pytest.mark.parametrize("dealt", [False, True], ids=["pseudo-random", "dealt"])
def test_all_parties_open_the_sum_plus_noise_within_its_width(m, t, n_max, dealt):
    if n_max > 1_000_000:
        n_max, linf = 1_000_000, 1000
    else:
        linf = 10
    stage = stage_of(values=40, linf=linf, l2_sq=linf * linf)
    plan = plan_for(m, t, stage, n_max=n_max)
    field = field_for(plan, plan.stages[0])
    assert field.exponent == (31 if linf == 10 else 61)
    sums = [(-1) ** i * 17 * i for i in range(40)]

    async def main():
        shares = split(field.modulus, [v % field.modulus for v in sums], m, t)
        parties = parties_of(plan, Wire(), shares, dealt=dealt)
        for party in parties:
            party.permit.set()
        return await all_or_first_failure(
            parties,
            [p.aggregator.measure(plan.stages[0], np.zeros(40, np.int64)) for p in parties],
        )

    totals = [m.totals for m in asyncio.run(main())]
    noise = totals[0] - np.array(sums)
    assert all((t == totals[0]).all() for t in totals)
    assert np.abs(noise).max() <= stage.noise.half_width
    assert len(set(noise.tolist())) > 5


def test_nothing_of_the_opening_leaves_a_party_before_its_permit():
    stage = stage_of(values=30)
    plan = plan_for(3, 1, stage)
    wire = Wire()

    async def main():
        field = field_for(plan, plan.stages[0])
        parties = parties_of(plan, wire, split(field.modulus, [1] * 30, 3, 1))
        tasks = [
            asyncio.ensure_future(
                p.aggregator.measure(plan.stages[0], np.zeros(30, dtype=np.int64))
            )
            for p in parties
        ]
        for party in parties:
            await asyncio.wait_for(party.waiting.wait(), 20)
        assert Kind.OPENING not in wire.kinds()
        for permitted in range(3):
            await asyncio.sleep(0.02)
            for number in range(3):
                sent = wire.kinds(number).count(Kind.OPENING)
                assert sent == (2 if number < permitted else 0)
                assert parties[number].session.opened == (
                    [stage.name] if number < permitted else []
                )
            assert not any(t.done() for t in tasks)
            parties[permitted].permit.set()
        return await asyncio.gather(*tasks)

    measured = asyncio.run(main())
    assert all((m.totals == measured[0].totals).all() for m in measured)


@pytest.mark.parametrize("dealt", [False, True])
def test_sizes_and_numbers_of_messages_do_not_depend_on_the_values(dealt):
    small = run(4, 1, [0] * 500, dealt=dealt)[1]
    large = run(4, 1, [9_999] * 500, dealt=dealt)[1]
    assert small.sizes() == large.sizes()
    assert len(small.frames) >= 20
    one, other = ({f for _, _, f in w.frames if f[0] != Kind.STORED} for w in (small, large))
    assert one.isdisjoint(other)


@pytest.mark.parametrize("dealt", [False, True])
def test_each_run_draws_other_noise(dealt):
    first, second = (run(3, 1, [0] * 200, dealt=dealt)[0][0] for _ in range(2))
    assert (first != second).mean() > 0.5


@pytest.mark.parametrize(
    ("dealt", "kinds"),
    [(False, [Kind.SQUARES]), (True, [Kind.DEALT, Kind.PARTS, Kind.SQUARES])],
)
def test_chunks_of_one_stage_have_unlike_noise(monkeypatch, dealt, kinds):
    monkeypatch.setattr("core.protocol.noise.CHUNK_SIGNS", 2000)
    ladder = NoiseLadder(levels=((1, 4), (64, 60)))
    totals, wire, _ = run(3, 1, [0] * 200, ladder=ladder, dealt=dealt)
    for kind in kinds:  # who is sent a share by dealer 0 or is its king: parties 1 and 2
        sent = [(r, f) for s, r, f in wire.frames if f[0] == kind and s == 0]
        labels = [(r, f[:13]) for r, f in sent]
        assert len(labels) == len(set(labels))
        assert len({label for _, label in labels}) == 7
        assert len({f[13:] for _, f in sent}) in {7, 14}
    blocks = [tuple(totals[0][i : i + 31]) for i in range(0, 186, 31)]
    assert len(set(blocks)) == len(blocks)


@pytest.mark.parametrize("dealt", [False, True])
def test_a_root_that_is_zero_is_drawn_again(monkeypatch, dealt):
    take = words.WordStream.take
    init = words.WordStream.__init__
    retried = []

    def label_and_init(self, field, key, label):
        init(self, field, key, label)
        self.zero_first = label.endswith((b":0:r", b":0:d0", b":0:d1", b":0:d2"))
        if b":1:" in label[-6:]:
            retried.append(label)

    def zeros_first(self, count):
        drawn = take(self, count)
        if self.zero_first:
            drawn[[0, 7]] = 0
        return drawn

    monkeypatch.setattr(words.WordStream, "__init__", label_and_init)
    monkeypatch.setattr(words.WordStream, "take", zeros_first)
    totals, wire, plan = run(3, 1, [5] * 20, dealt=dealt)
    assert retried
    kinds = {Kind.DEALT, Kind.PARTS, Kind.SQUARES} if dealt else {Kind.SQUARES}
    for kind in kinds:
        found = [struct.unpack_from("<BqI", f) for _, _, f in wire.frames if f[0] == kind]
        assert {minor & 255 for _, _, minor in found} == {0, 1}
    assert all((t == totals[0]).all() for t in totals)
    assert np.abs(totals[0] - 5).max() <= plan.stages[0].noise.half_width


def altered(kind, sender, change):
    def tamper(frm, _to, frame):
        if frm == sender and frame[0] == kind:
            return frame[:13] + change(frame[13:])
        return frame

    return tamper


def plus_one(payload):
    value = (int.from_bytes(payload[:4], "little") + 1) % (2**31 - 1)
    return value.to_bytes(4, "little") + payload[4:]


@pytest.mark.parametrize(
    ("m", "t", "named"), [(3, 1, "a hospital"), (4, 1, "Hospital B"), (7, 3, "Hospital B")]
)
def test_a_wrong_opening_share_is_noticed(m, t, named):
    with pytest.raises(ProtocolError, match="PR501") as caught:
        run(m, t, [3] * 10, tamper=altered(Kind.OPENING, 1, plus_one))
    assert caught.value.fields == (("stage", "tables"), ("party", named))


def test_a_wrong_square_is_noticed_here_or_at_the_opening():
    """A changed square gives a wrong root: half the time no square, else no consistent opening."""
    for _ in range(6):
        with pytest.raises(ProtocolError, match=r"PR50[12]"):
            run(3, 1, [3] * 10, tamper=altered(Kind.SQUARES, 1, plus_one))


@pytest.mark.parametrize("kind", [Kind.DEALT, Kind.PARTS, Kind.SQUARES])
@pytest.mark.parametrize(("m", "t"), [(3, 1), (5, 2)])
def test_a_wrong_number_in_the_dealing_is_noticed_here_or_at_the_opening(kind, m, t):
    """Party 1 is wrong as a dealer, an opener or a king, to everybody or to party 0 only."""
    wrong = altered(kind, 1, plus_one)

    def to_one(sender, receiver, frame):
        return wrong(sender, receiver, frame) if receiver == 0 else frame

    for tamper in (wrong, to_one):
        with pytest.raises(ProtocolError, match=r"PR50[12]"):
            run(m, t, [3] * 10, tamper=tamper, dealt=True)


@pytest.mark.parametrize(
    ("kind", "dealt"),
    [
        (Kind.SQUARES, False),
        (Kind.OPENING, False),
        (Kind.DEALT, True),
        (Kind.PARTS, True),
        (Kind.SQUARES, True),
    ],
)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda p: p[:-4], "wrong length"),
        (lambda p: p + bytes(4), "wrong length"),
        (lambda p: b"\xff" * 4 + p[4:], "no field element"),
        (lambda p: (2**31 - 1).to_bytes(4, "little") + p[4:], "no field element"),
    ],
)
def test_malformed_arrays_are_refused_with_the_senders_name(kind, dealt, change, reason):
    with pytest.raises(ProtocolError, match="PR502") as caught:
        run(3, 1, [3] * 10, tamper=altered(kind, 2, change), dealt=dealt)
    fields = dict(caught.value.fields)
    assert fields["party"] == "Hospital C"
    assert reason in fields["reason"]


def test_a_message_that_does_not_come_ends_the_stage():
    def swallow(frm, _to, frame):
        return pack(Label(Kind.DONE), b"") if frm == 1 and frame[0] == Kind.OPENING else frame

    with pytest.raises(SessionError, match="SE404") as caught:
        run(3, 1, [3] * 10, tamper=swallow, step_s=0.3)
    fields = dict(caught.value.fields)
    assert fields["stage"] == "tables"
    assert "tables" in fields["spent"]


def test_a_stage_cannot_be_measured_twice_or_out_of_turn():
    stages = (stage_of("one", 5), stage_of("two", 5))
    plan = plan_for(3, 1, *stages)

    async def main():
        field = field_for(plan, plan.stages[0])
        party = parties_of(plan, Wire(), split(field.modulus, [0] * 5, 3, 1))[0]
        with pytest.raises(InternalError, match="once each"):
            await party.aggregator.measure(plan.stages[1], np.zeros(5, dtype=np.int64))
        task = asyncio.ensure_future(
            party.aggregator.measure(plan.stages[0], np.zeros(5, dtype=np.int64))
        )
        await asyncio.sleep(0.05)
        with pytest.raises(InternalError, match="once each"):
            await party.aggregator.measure(plan.stages[0], np.zeros(5, dtype=np.int64))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())


@pytest.mark.parametrize(
    "vector",
    [
        np.zeros(4, dtype=np.int64),
        np.zeros(5, dtype=np.float64),
        np.full(5, 10_001, dtype=np.int64),
        np.full(5, -10_001, dtype=np.int64),
        np.full(5, np.iinfo(np.int64).min, dtype=np.int64),
    ],
)
def test_a_vector_that_no_cohort_can_have_is_refused_before_anything_is_sent(vector):
    plan = plan_for(3, 1, stage_of(values=5))
    wire = Wire()

    async def main():
        party = parties_of(plan, wire, [np.zeros(5, dtype=np.uint64)] * 3)[0]
        with pytest.raises(InternalError, match="IN901"):
            await party.aggregator.measure(plan.stages[0], vector)

    asyncio.run(main())
    assert wire.frames == []


def test_the_field_is_the_smallest_that_cannot_wrap():
    ladder = NoiseLadder(levels=((2, 50),))  # H = 50
    limit = (2**31 - 1) // 2 - 50  # 2 (m n_max linf + H) < p
    for linf, n_max, exponent in ((1, limit // 3, 31), (1, limit // 3 + 1, 61)):
        stage = stage_of(linf=linf, l2_sq=1, noise=ladder)
        plan = plan_for(3, 1, stage)
        object.__setattr__(plan, "n_max", n_max)
        assert field_for(plan, plan.stages[0]).exponent == exponent


def test_a_range_that_no_field_holds_is_refused():
    stage = stage_of(linf=2**40, l2_sq=2**80)
    plan = plan_for(3, 1, stage, n_max=1_000_000)
    with pytest.raises(ProtocolError, match="PR507"):
        field_for(plan, plan.stages[0])


def test_weights_follow_the_ladder():
    ladder = NoiseLadder(levels=((1, 4), (2, 4), (4, 155)))
    weights = sign_weights(ladder)
    assert len(weights) == ladder.bits
    assert sum(w * w for w in weights) / 4 == ladder.variance
    assert sum(weights) == 2 * ladder.half_width
