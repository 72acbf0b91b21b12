"""How long a whole study takes, what each party sends, and how much memory each process needs.

    python tests/benchmarks/bench_rehearse.py [--small] [--only WORD ...]
                                              [--out resources/benchmarks/rehearse.md]

Sizes of the issues: three hospitals with 978 genes, five classes and 1,089 patients (simulated),
by both recipes; six hospitals with 392 genes and four classes (the real TCGA files, where they
are); ten hospitals with about 12,000 noisy totals (simulated). Each study's time is split into
phases, by what the program says meanwhile. As a reference of what this machine can do in the same
run, a bare loop of field multiplications is timed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SYNCOHORT_SHARED", ROOT.parent / "shared")) / "data"


def simulated(folder: Path, sizes: tuple[int, ...], n_genes: int, n_classes: int) -> list[Path]:
    """Write log-scale cohorts with class structure; returns their files."""
    rng = np.random.default_rng(1)
    centre, shift = rng.normal(6, 2, n_genes), rng.normal(0, 0.7, (n_classes, n_genes))
    genes = [f"GENE{i}" for i in range(n_genes)]
    files = []
    for h, size in enumerate(sizes):
        classes = rng.integers(0, n_classes, size)
        values = centre + shift[classes] + rng.normal(0, 1, (size, n_genes))
        path = folder / f"hospital-{h}.csv"
        with path.open("w") as stream:
            stream.write(",".join(["patient", "diagnosis", *genes]) + "\n")
            for i in range(size):
                cells = ",".join(f"{v:.4f}" for v in values[i])
                stream.write(f"P{h}-{i:05d},class {classes[i]},{cells}\n")
        files.append(path)
    return files


class PeakMemory(threading.Thread):
    """Watches this process's descendants and keeps the largest resident size per kind, bytes."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root, self._over = root, threading.Event()
        self.peak: dict[str, int] = {}

    def run(self) -> None:
        while not self._over.wait(0.2):
            for pid in _descendants(self._root):
                try:
                    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                kind = "hospital worker" if b"core.worker" in words else "run worker"
                kind = "command line" if b"core.cli" in words else kind
                for line in status.splitlines():
                    if line.startswith("VmHWM"):
                        size = int(line.split()[1]) * 1024
                        self.peak[kind] = max(self.peak.get(kind, 0), size)

    def stop(self) -> None:
        self._over.set()
        self.join()


class Phases(threading.Thread):
    """Reads what a rehearsal says and keeps when it said it."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(daemon=True)
        self._stream, self._begun = stream, time.perf_counter()
        self.lines: list[tuple[float, str]] = []

    def run(self) -> None:
        for line in self._stream:
            self.lines.append(
                (time.perf_counter() - self._begun, line.partition("] ")[2].rstrip())
            )

    def split(self) -> dict[str, float]:
        """Return the seconds of each phase, in order."""
        began = self._first("Starting ")
        planned = self._first("Plan ")
        stages = [at for at, line in self.lines if "totals opened" in line]
        first = [at for at, line in self.lines if " · share: 0 of" in line]
        return {
            "start": began,
            "read files, agree on a plan": planned - began,
            "connect, first local totals": first[0] - planned,
            "joint stages and local totals": stages[-1] - first[0],
            "fit, draw, compare, write": self._first("Released") - stages[-1],
        }

    def _first(self, word: str) -> float:
        return next(at for at, line in self.lines if line.startswith(word))


def _descendants(root: int) -> list[int]:
    found, queue = [root], [root]
    while queue:
        pid = queue.pop()
        for listing in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                children = [int(c) for c in listing.read_text().split()]
            except OSError:
                continue
            found += children
            queue += children
    return found


def measure(name: str, files: list[Path], *more: str) -> dict[str, object]:
    """Run one rehearsal and return its figures."""
    with tempfile.TemporaryDirectory() as room:
        cohorts = [word for f in files for word in ("--cohort", str(f))]
        command = [sys.executable, "-m", "core.cli", "rehearse", *cohorts, *more]
        command += ["--epsilon", "4", "--no-reports", "--json", "--out", str(Path(room) / "out")]
        running = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        memory = PeakMemory(running.pid)
        phases = Phases(running.stderr)
        phases.start()
        memory.start()
        out = running.stdout.read()
        running.wait(900)
        phases.join()
        memory.stop()
        if running.returncode:
            raise SystemExit("\n".join(line for _, line in phases.lines))
        summary = json.loads(out)
    return {
        "name": name,
        "seconds": summary["seconds_total"],
        "stage_seconds": sum(s["seconds"] for s in summary["stages"]),
        "values": sum(s["values"] for s in summary["stages"]),
        "noise_bits": summary["noise_bits"],
        "mb_sent": sum(s["bytes_sent"] for s in summary["stages"]) / 1e6,
        "phases": phases.split(),
        "peak_mb": {k: round(v / 1e6) for k, v in sorted(memory.peak.items())},
    }


def reference_seconds() -> float:
    """Time 2 million multiplications modulo 2^61 - 1: the yardstick of this run."""
    modulus, x, begun = 2**61 - 1, 3, time.perf_counter()
    for _ in range(2_000_000):
        x = x * 1_000_003 % modulus
    return time.perf_counter() - begun if x else 0.0


def table(rows: list[dict[str, object]], yardstick: float) -> str:
    """Return the figures as a page."""
    measured = (
        f"`python tests/benchmarks/bench_rehearse.py` on {os.cpu_count()} cores shared by all "
        "parties, epsilon 4, delta 1e-6. Yardstick in the same run: 2 million multiplications "
        f"modulo 2^61 - 1 in Python, {yardstick:.2f} s."
    )
    heads = (
        "study",
        "process start to written release, s",
        "joint stages, s",
        "noisy totals",
        "noise family N",
        "MB sent by one party",
        "peak MB per process",
        "phases, s",
    )
    lines = ["# A whole rehearsal, measured", "", measured, ""]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for r in rows:
        peak = ", ".join(f"{k} {v}" for k, v in r["peak_mb"].items())
        cells = (
            r["name"],
            f"{r['seconds']:.1f}",
            f"{r['stage_seconds']:.1f}",
            f"{r['values']:,}",
            r["noise_bits"],
            f"{r['mb_sent']:.1f}",
            peak,
            ", ".join(f"{name} {seconds:.1f}" for name, seconds in r["phases"].items()),
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def usual_studies(*, small: bool, only: list[str] | None) -> list[dict[str, object]]:
    """Measure the studies of the README."""
    rows = []

    def wanted(name: str) -> bool:
        return not only or any(word in name for word in only)

    sizes = ((400, 389, 300), 978), ((150,) * 10, 545)
    if small:
        sizes = ((20, 20, 20), 20), ((20,) * 10, 5)
    with tempfile.TemporaryDirectory() as room:
        for hospitals, n_genes in sizes:
            folder = Path(room) / str(len(hospitals))
            folder.mkdir()
            files = simulated(folder, hospitals, n_genes, 5)
            for recipe in ("marginals", "moments"):
                name = (
                    f"{len(hospitals)} hospitals, {sum(hospitals):,} simulated patients, "
                    f"{n_genes} genes, 5 classes, {recipe}"
                )
                if wanted(name) and (len(hospitals) == 3 or recipe == "marginals"):
                    rows.append(measure(name, files, "--label", "diagnosis", "--recipe", recipe))
    real = sorted((SHARED / "tcga-brca-hospitals").glob("*.csv"))
    if real and not small:
        more = ("--label", "pam50_subtype", "--ignore", "er_status")
        for recipe in ("marginals", "moments"):
            name = f"6 hospitals, 469 TCGA patients, 392 genes, 4 classes, {recipe}"
            if wanted(name):
                rows.append(measure(name, real, *more, "--recipe", recipe))
    return rows


def long_stages() -> list[dict[str, object]]:
    """Measure studies of 5,000 genes with each kind of noise in all their stages."""
    rows = []
    with tempfile.TemporaryDirectory() as room:
        files = simulated(Path(room), (120, 120, 120), 5_000, 5)
        for recipe in ("moments", "marginals"):
            for noise in ("joint", "local"):
                name = f"3 hospitals, 360 patients, 5,000 genes, 5 classes, {recipe}, {noise}"
                more = ("--label", "diagnosis", "--recipe", recipe, "--noise", noise)
                rows.append(measure(name, files, *more))
    return rows


def main() -> None:
    """Measure both studies and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny sizes, for correctness only")
    parser.add_argument(
        "--long",
        action="store_true",
        help="only stages of more than 20,000 values, with joint noise and with the parties' own",
    )
    parser.add_argument("--only", nargs="*", help="sizes whose name has one of these words")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    if arguments.long:
        sys.stdout.write(table(long_stages(), reference_seconds()))
        return
    rows = usual_studies(small=arguments.small, only=arguments.only)
    page = table(rows, reference_seconds())
    sys.stdout.write(page)
    if arguments.out:
        arguments.out.write_text(page)


if __name__ == "__main__":
    main()
