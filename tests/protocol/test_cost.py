"""The cost model's bytes against the frames of a session in memory."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import numpy as np
import pytest
from engine_memory import Wire, all_or_first_failure, parties_of, split
from engine_parties import ROOT, plan_of, stage_of

from core.protocol.aggregation import field_for
from core.study.cost import plan_work, predicted, signs_bytes

VALUES = 2_000


@pytest.mark.parametrize(("m", "t"), [(3, 1), (4, 1), (5, 2), (8, 3), (10, 4)])
@pytest.mark.parametrize("linf", [10, 2_000], ids=["small-field", "large-field"])
def test_predicted_bytes_are_the_sent_ones(m, t, linf):
    stage = stage_of(values=VALUES, linf=linf, l2_sq=linf * linf)
    plan = plan_of([f"{i:064x}" for i in range(m)], t, stage, n_max=1_000_000)
    field = field_for(plan, stage)
    assert (field.exponent == 61) == (linf == 2_000)

    async def main():
        wire = Wire()
        parties = parties_of(plan, wire, split(field.modulus, [0] * VALUES, m, t))
        for party in parties:
            party.permit.set()
        zeros = np.zeros(VALUES, dtype=np.int64)
        await all_or_first_failure(parties, [p.aggregator.measure(stage, zeros) for p in parties])
        return [p.session for p in parties]

    sessions = asyncio.run(main())
    signs = VALUES * stage.noise.bits
    for session in sessions:
        a_sign = session.noise_sent.total() / signs
        assert a_sign == pytest.approx(signs_bytes(m, t, wide=linf == 2_000), rel=0.01)
    input_bytes = (m - 1) * VALUES * 8  # MPyC shares the inputs: not in memory sessions
    sent = max(s.bytes_sent for s in sessions) + input_bytes
    assert predicted(plan_work(plan), m, threshold=t).bytes_sent == pytest.approx(sent, rel=0.02)


@pytest.mark.benchmark
def test_the_benchmark_runs_small():
    command = [sys.executable, str(ROOT / "tests/benchmarks/bench_noise.py"), "--small", "--json"]
    command += ["--no-mpyc", "--parties", "3", "5", "--delays-ms", "10"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=100, check=True)
    rows = json.loads(done.stdout)
    assert [row["parties"] for row in rows] == [3, 5]
    for row in rows:
        assert row["ours_sent_mb"] == pytest.approx(row["predicted_mb"], rel=0.02)
        assert row["ours_stage_s"] > 0.01  # nothing arrives before the line's delay
        assert row["local_mb"] < row["ours_sent_mb"] / 10
