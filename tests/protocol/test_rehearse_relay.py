"""``syncohort-cli rehearse --relay``: the hospitals of a rehearsal meet at a real relay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from relay_process import ROOT, relay_process

SAMPLE = sorted((ROOT / "resources" / "sample").glob("hospital-*.csv"))


def rehearse(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = [word for f in SAMPLE for word in ("--cohort", str(f))]
    words += ["--label", "diagnosis", "--genes", "6", "--epsilon", "2", "--no-reports", "--json"]
    return subprocess.run(
        [sys.executable, "-m", "core.cli", "rehearse", *words, "--out", str(out), *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_run_goes_through_the_relay_and_only_with_its_certificate(tmp_path: Path) -> None:
    with relay_process(tmp_path / "relay") as relay:
        place = f"127.0.0.1:{relay.port}"
        done = rehearse(tmp_path / "one", "--relay", place, "--pin", relay.sha256)
        assert done.returncode == 0, done.stderr
        assert len(json.loads(done.stdout)["synthetic_sha256"]) == 64
        wrong = rehearse(tmp_path / "two", "--relay", place, "--pin", "0" * 64)
        assert wrong.returncode == 3, wrong.stderr
        assert "Traceback" not in wrong.stderr
        assert "certificate" in wrong.stderr
    gone = rehearse(tmp_path / "three", "--relay", place, "--pin", "zz")
    assert gone.returncode == 2
