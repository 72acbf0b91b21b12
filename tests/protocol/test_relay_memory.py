"""What connections cost the relay: a small and bounded part of memory each."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "benchmarks"))

from bench_relay_memory import measure
from relay_process import relay_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_memory_of_a_connection_is_bounded_waiting_used_and_stalled(tmp_path: Path) -> None:
    with relay_process(tmp_path) as relay:
        cost = asyncio.run(measure(relay, 60))
    assert cost.waiting < 200_000, "asyncio alone would keep 256 kB for each"
    assert cost.after_traffic < 400_000
    assert cost.stalled < 700_000, "a pair that does not read is not read from either"
