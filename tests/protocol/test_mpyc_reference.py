"""Our words against MPyC's own arrays, and the places where we rely on MPyC's insides."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from engine_parties import ROOT

from core.protocol.mpyc_backend import MPYC_VERSION

EXPECTED = {
    *(
        f"ok {name} {exponent}"
        for name in ("shares", "dealing", "recombination", "signs")
        for exponent in (31, 61)
    ),
    "ok pins",
    "ok codec",
}


def test_same_shares_same_openings_and_the_same_insides_as_mpyc():
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("mpyc_reference.py"))],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(done.stdout.splitlines()) == EXPECTED


def test_the_pinned_release_is_the_declared_one():
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"mpyc=={MPYC_VERSION}"' in declared


def test_importing_the_protocol_does_not_import_mpyc():
    """Importing MPyC takes argv and logging over: only a run worker that connects may."""
    script = "import sys, core.worker.runs.engine_run; sys.exit('mpyc' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)
