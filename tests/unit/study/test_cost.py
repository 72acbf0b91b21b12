"""The cost model: which way it counts, and what it grows with. Bytes: tests/protocol/test_cost."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.model.plan import MAX_PARTIES
from core.study.cost import (
    LOOPBACK,
    USUAL_LINE,
    Line,
    StageWork,
    plan_work,
    predicted,
    signs_bytes,
)
from tests.unit.study.joint_study import lobby, plan_for

BIG = StageWork(values=19_565, signs=432)


def test_bytes_of_a_sign_follow_the_protocol():
    assert [signs_bytes(m, 1) for m in (3, 4)] == [8.0, 8.0]
    assert signs_bytes(10, 4) == pytest.approx(4 * (5 / 6 + 0.8 + 0.9))
    assert signs_bytes(10, 4, wide=True) == 2 * signs_bytes(10, 4)


def test_a_prediction_grows_with_all_that_costs():
    for m in range(3, MAX_PARTIES):
        costs = [predicted([StageWork(values=v, signs=187)], m) for v in (100, 10_000, 100_000)]
        for less, more in pairwise(costs):
            assert less.seconds < more.seconds
            assert less.computing_s < more.computing_s
            assert less.bytes_sent < more.bytes_sent
            assert less.memory_bytes < more.memory_bytes
        economy, default = predicted([StageWork(values=9_000, signs=187)], m), predicted([BIG], m)
        assert economy.seconds < default.seconds
        wide = predicted([StageWork(values=9_000, signs=187, wide=True)], m)
        assert wide.computing_s > economy.computing_s
        assert predicted([BIG, BIG], m).bytes_sent == 2 * default.bytes_sent
        assert predicted([BIG, BIG], m).memory_bytes == default.memory_bytes


def test_noise_of_the_parties_own_costs_next_to_nothing():
    for m in range(3, MAX_PARTIES + 1):
        own, joint = (predicted([StageWork(values=19_565, signs=n)], m) for n in (0, 432))
        assert own.bytes_sent == (m - 1) * 19_565 * (8 + 4)
        assert own.bytes_sent < joint.bytes_sent / 3
        assert own.computing_s < joint.computing_s / 3
        assert own.memory_bytes < joint.memory_bytes
    twice = predicted([StageWork(values=2 * 19_565, signs=0)], 3)
    assert twice.computing_s > predicted([StageWork(values=19_565, signs=0)], 3).computing_s


def test_a_slow_line_or_a_shared_computer_takes_longer():
    fast = predicted([BIG], 3, LOOPBACK).seconds
    assert predicted([BIG], 3, LOOPBACK, parties_per_core=3).seconds > 2 * fast
    assert predicted([BIG], 3, Line(mbit_s=8.0, round_trip_s=0.01)).seconds > 68  # 68 MB at 1 MB/s
    near, far = (Line(mbit_s=8000.0, round_trip_s=r) for r in (0.01, 2.0))
    assert predicted([BIG], 10, far).seconds > predicted([BIG], 10, near).seconds + 30
    assert predicted([BIG], 3).seconds == predicted([BIG], 3, USUAL_LINE).seconds


def test_a_plans_work_is_that_of_its_stages():
    plan = plan_for(lobby().closed())
    work = plan_work(plan)
    assert [(w.values, w.signs) for w in work] == [(s.values, s.noise.bits) for s in plan.stages]
    assert not any(w.wide for w in work)
    object.__setattr__(plan.stages[0], "linf", 2**31)
    assert plan_work(plan)[0].wide
