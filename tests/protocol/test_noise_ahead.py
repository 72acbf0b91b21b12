"""Noise drawn ahead: before it is asked for, bounded, each stage's once, never in two sessions."""

from __future__ import annotations

import asyncio
import copy
import pickle
import re
import time

import numpy as np
import pytest
from engine_memory import Wire, all_or_first_failure, parties_of, split
from engine_parties import connected, plan_of, stage_of

from core.errors import InternalError, ProtocolError
from core.messages.engine import Finish, Finished
from core.model.continuing import Choice
from core.model.stage import NoiseLadder
from core.protocol import noise_ahead
from core.protocol.aggregation import field_for
from core.protocol.mailbox import NOISE_KINDS, Kind
from core.protocol.noise_ahead import NoiseAhead

STAGES = tuple(stage_of(name, n) for name, n in (("one", 40), ("two", 70), ("three", 30)))
SETTINGS = [(3, 1), (5, 2)]
#: The event loop is never blocked for longer, seconds (heartbeats and cancelling depend on it).
LONGEST_S = 0.1


def afresh(party) -> tuple[Choice, ...]:
    return (Choice.AFRESH,) * len(party.session.plan.stages)


def nothing(_value):
    pass


async def rest(condition, turns=20_000):
    """Let the loop turn until ``condition``; fail if that does not happen."""
    for _ in range(turns):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not happen")


def parties_for(m, t, wire):
    plan = plan_of([f"{i:064x}" for i in range(m)], t, *STAGES)
    field = field_for(plan, plan.stages[0])
    shares = split(field.modulus, [3] * 70, m, t)
    parties = parties_of(plan, wire, shares)
    for party, own in zip(parties, shares, strict=True):
        party.aggregator._sharing = FirstOf(own)
        party.permit.set()
    return plan, parties


class FirstOf:
    """Input shares that were dealt before, of the stage's length."""

    def __init__(self, shares):
        self._shares = shares
        self.asked = 0

    async def share_sum(self, _field, vector, _step, _step_s):
        self.asked += 1
        await asyncio.sleep(0)
        return self._shares[: len(vector)].copy()


@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_all_noise_is_there_before_a_hospital_measures(m, t):
    wire = Wire()

    async def main():
        plan, parties = parties_for(m, t, wire)
        for party in parties:
            party.aggregator.draw_ahead(afresh(party))
        drawn = [p.aggregator._ahead for p in parties]
        await rest(lambda: all(a.waiting == 140 and a._running is None for a in drawn))
        ahead = len(wire.frames)
        assert {Kind(f[0]) for _, _, f in wire.frames} <= NOISE_KINDS
        assert sum(p.aggregator._sharing.asked for p in parties) == 0
        totals = []
        for stage in plan.stages:
            zeros = np.zeros(stage.values, np.int64)
            totals.append(
                await all_or_first_failure(
                    parties, [p.aggregator.measure(stage, zeros) for p in parties]
                )
            )
        assert {Kind(f[0]) for _, _, f in wire.frames[ahead:]} == {Kind.STORED, Kind.OPENING}
        assert all(a.waiting == 0 and not a._tasks for a in drawn)
        return totals

    for measured in asyncio.run(main()):
        noise = measured[0].totals - 3
        assert all((found.totals == measured[0].totals).all() for found in measured)
        assert 0 < np.abs(noise).max() <= measured[0].stage.noise.half_width


def ahead_of(lengths, draw=None):
    """A store whose noise is a count of the draws, and the list of what was drawn."""
    drawn = []

    async def counted(index, stage, on_values):
        drawn.append(index)
        await asyncio.sleep(0)
        on_values(stage.values)
        return np.full(stage.values, index, np.uint64)

    failures = []
    stages = [stage_of(f"stage {i}", n) for i, n in enumerate(lengths)]
    return NoiseAhead(stages, draw or counted, failures.append), drawn, failures


def test_each_stage_is_taken_once_in_order_and_told():
    async def main():
        ahead, drawn, _ = ahead_of([3, 4])
        told = []
        assert (await ahead.take(0, told.append)).tolist() == [0, 0, 0]
        assert told == [0, 3]
        for again in (0, 2):
            with pytest.raises(InternalError, match="taken once, in order"):
                await ahead.take(again, nothing)
        await rest(lambda: drawn == [0, 1] and ahead._running is None)
        told.clear()
        assert (await ahead.take(1, told.append)).tolist() == [1] * 4
        assert told == [4]
        with pytest.raises(InternalError, match="taken once"):
            await ahead.take(1, nothing)
        ahead.advance()
        assert drawn == [0, 1]

    asyncio.run(main())


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr(noise_ahead, "MOST_AHEAD", 100)

    async def main():
        ahead, drawn, _ = ahead_of([60, 40, 1, 500, 20])
        ahead.advance()
        for _ in range(50):
            await asyncio.sleep(0)
        assert drawn == [0, 1]
        await ahead.take(0, nothing)
        await rest(lambda: drawn == [0, 1, 2])
        for _ in range(50):
            await asyncio.sleep(0)
        assert (drawn, ahead.waiting) == ([0, 1, 2], 41)
        for index in (1, 2):
            await ahead.take(index, nothing)
        assert drawn == [0, 1, 2]
        assert len(await ahead.take(3, nothing)) == 500  # larger than the bound: when asked for
        await rest(lambda: drawn == [0, 1, 2, 3, 4])

    asyncio.run(main())


def test_it_is_not_copied_and_not_stored():
    async def main():
        ahead, _, _ = ahead_of([3])
        for copied in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(InternalError, match="stays in the run's memory"):
                copied(ahead)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("error", "code"),
    [(ProtocolError("PR502", party="Lake", reason="x"), "PR502"), (ValueError("5"), "IN902")],
)
def test_a_draw_that_fails_ends_the_run_and_nothing_can_be_taken(error, code):
    async def broken(_index, _stage, _on_values):
        raise error

    async def main():
        ahead, _, failures = ahead_of([3, 3], broken)
        ahead.advance()
        await rest(lambda: failures)
        assert [f.code for f in failures] == [code]
        with pytest.raises(InternalError):
            await ahead.take(0, nothing)

    asyncio.run(main())


def test_a_session_that_fails_draws_no_more():
    wire = Wire()

    async def main():
        _, parties = parties_for(3, 1, wire)
        for party in parties[:2]:
            party.aggregator.draw_ahead(afresh(party))  # party 2 stays behind, so they wait for it
        await rest(lambda: len(wire.frames) == 4)
        ahead = parties[0].aggregator._ahead
        running = ahead._running
        parties[0].session.refuse(1, "a test")
        await rest(lambda: ahead._running is None)
        assert running.cancelled()
        assert ahead.waiting == 0
        parties[0].aggregator.draw_ahead(afresh(parties[0]))
        assert ahead._running is None
        with pytest.raises(InternalError):
            await ahead.take(0, nothing)

    asyncio.run(main())


# ---- never in two sessions


@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_two_sessions_of_one_plan_share_no_noise_that_was_drawn_ahead(m, t):
    """Share by share: other keys, so not one of the waiting shares comes again."""

    async def waiting():
        _, parties = parties_for(m, t, Wire())
        for party in parties:
            party.aggregator.draw_ahead(afresh(party))
        drawn = [p.aggregator._ahead for p in parties]
        await rest(lambda: all(a.waiting == 140 and a._running is None for a in drawn))
        found = [a._tasks[i].result() for a in drawn for i in range(len(STAGES))]
        return np.concatenate(found)

    first, second = asyncio.run(waiting()), asyncio.run(waiting())
    assert len(first) == m * 140
    assert np.intersect1d(first, second).size == 0
    assert np.intersect1d(first[:140], second[140:280]).size == 0


@pytest.mark.parametrize(("m", "t"), SETTINGS)
def test_killed_run_workers_leave_no_noise_behind(tmp_path, monkeypatch, m, t):
    """Everything that a run worker could write to is watched; its next life draws anew."""
    for name in ("TMPDIR", "TEMP", "TMP", "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    stages = (stage_of("first", 50), stage_of("second", 50))
    seen = []
    for _ in range(2):
        with connected(m, t, *stages) as parties:
            rows = [[5] * 50] * m
            seen.append(parties.measure(parties.plan.stages[0], rows)[0].totals)
            for party in parties:  # the second stage's noise is drawn, or being drawn
                party.child.kill()
                party.child.wait(10)
        assert list(tmp_path.rglob("*")) == []
    assert np.mean(np.array(seen[0]) != np.array(seen[1])) > 0.5


# ---- while other things happen


@pytest.mark.parametrize(
    ("m", "t", "values", "top_bits"), [(3, 1, 4_000, 400), (5, 2, 4_000, 400), (7, 3, 20_000, 8)]
)
def test_the_event_loop_is_never_blocked_for_long(m, t, values, top_bits):
    """Many signs, or many values to share and open, in real run workers."""
    ladder = NoiseLadder(levels=(*((2**i, 4) for i in range(8)), (256, top_bits)))
    stage = stage_of(values=values, noise=ladder)
    with connected(m, t, stage, everywhere="watch_the_loop", connect_s=60.0) as parties:
        parties.measure(parties.plan.stages[0], [[1] * values] * m)
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)
            party.child.wait(10)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(b"LONGEST" not in p.errors for p in parties):
            time.sleep(0.02)
        found = [re.search(rb"LONGEST (\d+) ms", bytes(p.errors)) for p in parties]
    assert all(int(word[1]) <= LONGEST_S * 1000 for word in found), found
