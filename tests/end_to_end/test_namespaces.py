"""Three hospitals and a relay, each in a network namespace of its own, over a line with delay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's"),
]


def test_a_study_runs_between_namespaces_through_a_delayed_line() -> None:
    script = ROOT / "tests" / "benchmarks" / "bench_namespaces.py"
    done = subprocess.run(
        [sys.executable, str(script), "--small", "--repeat", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    if "No namespaces on this host" in done.stdout:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("30 ms, 100 Mbit/s"), done.stdout
    assert "'stages_s'" in done.stdout
