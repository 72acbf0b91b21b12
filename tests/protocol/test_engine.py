"""Whole sessions among real run workers: the result, what it costs, and what shows where."""

from __future__ import annotations

import hashlib
import json
import queue
import subprocess
import sys

import numpy as np
import pytest
from engine_parties import ROOT, Parties, Party, connected, plan_of, session, stage_of

from core.errors import PlanError
from core.messages import codec
from core.messages.engine import (
    ENGINE_EVENTS,
    CompareMeasurements,
    Connect,
    Connected,
    Failed,
    Finish,
    Finished,
    Measure,
    MeasurementsAgree,
    Opened,
    PermitOpening,
    Prepare,
    Prepared,
    ReadyToOpen,
    ReceiveTable,
    SecretVector,
    SendTable,
    TableReceived,
    TableSent,
)
from core.model.stage import LocalGaussian

#: Values that no noise, size or time of a session can show by chance.
CANARY = 918_273


def vectors(m, n, seed):
    return [
        [(seed * 7919 * (i + 1) * (j + 3)) % 9_000 - 4_500 for i in range(n)] for j in range(m)
    ]


def conclude(parties: Parties, table: bytes) -> None:
    """Compare, pass the table on, finish; every process ends with status 0 and nothing more."""
    for party in parties:
        party.send(CompareMeasurements(digest="a" * 64))
    for party in parties:
        party.expect(MeasurementsAgree)
    parties[0].send(SendTable(content=table))
    for party in parties[1:]:
        party.send(ReceiveTable())
    digest = hashlib.sha256(table).hexdigest()
    assert parties[0].expect(TableSent).sha256 == digest
    for party in parties[1:]:
        received = party.expect(TableReceived)
        assert (received.content, received.sha256) == (table, digest)
    for party in parties:
        party.send(Finish())
    for party in parties:
        party.expect(Finished)
        assert party.next() is None
        assert party.child.wait(10) == 0


@pytest.mark.parametrize(("m", "t"), [(3, 1), (4, 1), (6, 2)])
def test_parties_open_the_sum_of_their_vectors_plus_noise(m, t):
    stages = (stage_of("first", 60), stage_of("second", 90))
    with connected(m, t, *stages) as parties:
        for seed, stage in enumerate(parties.plan.stages, 1):
            rows = vectors(m, stage.values, seed)
            opened = parties.measure(stage, rows)
            assert {o.stage for o in opened} == {stage.name}
            assert len({o.totals for o in opened}) == 1
            noise = np.array(opened[0].totals) - np.sum(rows, axis=0)
            assert np.abs(noise).max() <= stage.noise.half_width
            assert len(set(noise.tolist())) > 10
        conclude(parties, b"label,A\n" * 400_000)  # more than three parts
        steps = {(p.stage, p.step) for p in parties[1].progress}
        names = [s.name for s in stages]
        assert steps == {(n, s) for n in names for s in ("share", "noise", "open")}
        assert all(p.done <= p.total for p in parties[1].progress)


def test_a_stage_in_the_large_field_and_a_compute_partner():
    stage = stage_of(values=300, linf=20_000, l2_sq=400_000_000)
    with session(3) as parties:
        plan = plan_of(parties.prepare(), 1, stage, n_max=1_000_000)
        parties.connect(plan)
        rows = [[-(10**10)] * 300, [123] * 300, [0] * 300]
        opened = parties.measure(plan.stages[0], rows)
        noise = np.array(opened[0].totals) - (123 - 10**10)
        assert np.abs(noise).max() <= stage.noise.half_width
        assert len({o.totals for o in opened}) == 1


def test_bytes_do_not_depend_on_the_vectors():
    own = LocalGaussian(sigma_sq=2 * 512**2, contributors=3, colluders=1)
    stages = (
        *(stage_of(name, 200) for name in ("zeros", "large")),
        *(stage_of(name, 200, noise=own) for name in ("own zeros", "own large")),
    )
    with connected(3, 1, *stages) as parties:
        planned = parties.plan.stages
        for least, (one, other) in (
            (200 * 52 * 4, planned[:2]),
            (2 * 200 * (4 + 4), planned[2:]),
        ):
            first = parties.measure(one, [[0] * 200] * 3)
            second = parties.measure(other, [[10_000] * 200] * 3)
            assert [o.bytes_sent for o in first] == [o.bytes_sent for o in second]
            assert all(o.bytes_sent > least for o in first)


def test_no_party_opens_before_every_party_permits():
    with connected(3, 1, stage_of(values=40)) as parties:
        stage = parties.plan.stages[0]
        for party in parties:
            party.send(Measure(stage=stage.name, vector=SecretVector(values=(1,) * 40)))
        for party in parties:
            party.expect(ReadyToOpen)
        for party in parties[:2]:
            party.send(PermitOpening(stage=stage.name))
        for party in parties:
            with pytest.raises(queue.Empty):
                party.next(0.4)
        held = [p.progress[-1] for p in parties]
        assert [p.step for p in held] == ["open", "open", "noise"]
        parties[2].send(PermitOpening(stage=stage.name))
        assert len({p.expect(Opened).totals for p in parties}) == 1
        opening = next(p for p in parties[2].progress if p.step == "open")
        said = 2 * (13 + 32)  # "it is on the disk", to both others; nothing else while it waited
        assert opening.bytes_sent == held[2].bytes_sent + said


def test_each_party_hears_how_far_the_others_are():
    stages = (stage_of("one", 20), stage_of("two", 20))
    with connected(3, 1, *stages) as parties:
        parties.measure(parties.plan.stages[0], [[1] * 20] * 3)
        for number, party in enumerate(parties):
            others = {0, 1, 2} - {number}
            assert {(r.number, r.stages, r.done) for r in party.reached} == {
                (n, 1, False) for n in others
            }
        parties.measure(parties.plan.stages[1], [[1] * 20] * 3)
        conclude(parties, b"table")
        for number, party in enumerate(parties):
            last = {r.number: r for r in party.reached}
            assert set(last) == {0, 1, 2} - {number}
            assert all((r.stages, r.done) == (2, True) for r in last.values())


def test_two_sessions_of_the_same_plan_draw_other_noise():
    found = []
    for _ in range(2):
        with connected(3, 1, stage_of(values=100)) as parties:
            found.append(parties.measure(parties.plan.stages[0], [[5] * 100] * 3)[0].totals)
    assert np.mean(np.array(found[0]) != np.array(found[1])) > 0.5


def test_nothing_but_frames_on_standard_output_whatever_libraries_print():
    """Arguments, environment and output of the process are ours although MPyC would take them."""
    with connected(3, 1, stage_of(values=30), everywhere="talk_on_standard_output") as parties:
        opened = parties.measure(parties.plan.stages[0], [[CANARY % 9_999] * 30] * 3)
        assert len({o.totals for o in opened}) == 1
        conclude(parties, b"x")
        for party in parties:
            frames = codec.FrameReader()
            bodies = list(frames.feed(bytes(party.raw)))
            assert frames.pending == 0
            assert all(codec.decode(b, ENGINE_EVENTS) for b in bodies)
            assert b"chatter" not in party.raw
            assert party.errors.count(b"chatter\n") >= 2


def test_no_byte_of_a_peer_is_ever_unpickled():
    with connected(3, 1, stage_of(values=30), everywhere="refuse_pickle") as parties:
        opened = parties.measure(parties.plan.stages[0], [[7] * 30] * 3)
        assert len({o.totals for o in opened}) == 1
        conclude(parties, b"table")
        assert all(b"UNPICKLED" not in p.errors for p in parties)


def test_a_hospitals_values_show_nowhere_but_in_the_noisy_total():
    """Logs, progress and every event are free of the vector; so is the text of the command."""
    with connected(3, 1, stage_of(values=50, linf=1000, l2_sq=10**6)) as parties:
        rows = [[CANARY] * 50, [0] * 50, [0] * 50]
        parties.measure(parties.plan.stages[0], rows)
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)
            assert str(CANARY).encode() not in party.errors
        totals = [f for f in bytes(parties[1].raw).split(b'"type":"') if b"Opened" in f]
        rest = bytes(parties[1].raw).replace(totals[0], b"")
        assert str(CANARY).encode() not in rest
    assert str(CANARY) not in repr(Measure(stage="s", vector=SecretVector(values=(CANARY,))))


def test_two_hospitals_alone_are_refused_with_the_way_out():
    with pytest.raises(PlanError, match="compute partner") as caught:
        plan_of(["0" * 64, "1" * 64], 1, stage_of())
    assert caught.value.code == "PL203"


def test_a_run_worker_refuses_a_plan_for_two_parties():
    """The refusal does not rest on who builds the plan: the bytes of one are refused, too."""
    plan = plan_of([f"{i:064x}" for i in range(3)], 1, stage_of())
    frame = codec.encode(Connect(plan=plan, own_number=0, peers=()))
    tree = json.loads(frame[4:])
    del tree["fields"]["plan"]["parties"][2]
    body = json.dumps(tree).encode()
    with session(1) as parties:
        parties.prepare()
        parties[0].child.stdin.write(len(body).to_bytes(4, "big") + body)
        parties[0].child.stdin.flush()
        assert parties.failures()[0].code == "PL203"


def test_a_range_that_wraps_is_refused_before_anything_is_shared():
    stage = stage_of(linf=2**40, l2_sq=2**80)
    with session(3) as parties:
        plan = plan_of(parties.prepare(), 1, stage, n_max=1_000_000)
        parties.start_connecting(plan)
        for failed in parties.failures().values():
            assert failed.code == "PR507"


@pytest.mark.parametrize(
    "commands",
    [
        (
            Connect(
                plan=plan_of([f"{i:064x}" for i in range(3)], 1, stage_of()),
                own_number=0,
                peers=(),
            ),
        ),
        (Prepare(), Prepare()),
        (Prepare(), Measure(stage="tables", vector=SecretVector(values=(1,)))),
        (Prepare(), PermitOpening(stage="tables")),
        (Finish(),),
        (Prepare(), SendTable(content=b"x")),
    ],
    ids=lambda commands: "-".join(type(c).__name__ for c in commands),
)
def test_commands_out_of_order_are_refused(commands):
    with session(1) as parties:
        for command in commands:
            parties[0].send(command)
        event = parties[0].next()
        while isinstance(event, Prepared):
            event = parties[0].next()
        assert isinstance(event, Failed)
        assert event.code == "WO604"
        assert parties[0].next() is None


def test_a_private_key_is_not_left_on_disk(tmp_path):
    party = Party(TMPDIR=str(tmp_path), TEMP=str(tmp_path), TMP=str(tmp_path))
    try:
        party.prepare(0)
        assert list(tmp_path.iterdir()) == []
        assert b"PRIVATE" not in party.raw
    finally:
        party.close()


def test_the_harness_sees_connected_events():
    """Guards the tests above: a session that never connected would not have measured anything."""
    with session(3) as parties:
        parties.start_connecting(plan_of(parties.prepare(), 1, stage_of()))
        joined = []
        for number, party in enumerate(parties):
            event = party.next()
            while not isinstance(event, Connected):
                joined.append((number, event.number))
                event = party.next()
        assert sorted(joined) == [(i, j) for i in range(3) for j in range(3) if i != j]


@pytest.mark.benchmark
def test_the_benchmark_runs_small():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/benchmarks/bench_engine.py"), "--small", "--json"],
        capture_output=True,
        cwd=ROOT,
        timeout=100,
        check=True,
    )
    (figures,) = json.loads(done.stdout)
    assert figures["sent_mb"] == pytest.approx(300 * 187 * 4 * 2 / 1e6, rel=0.2)
