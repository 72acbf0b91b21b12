"""The joint computation alone: time, bytes and memory of real run workers on this computer.

    python tests/benchmarks/bench_engine.py [--small] [--mpyc] [--sizes 0 1 2] [--json]

Two sizes of the issue: six parties with 7,100 values of 187 bits (392 genes, economy noise) and
three parties with 21,600 values of 432 bits (978 genes, five classes, default noise). Beside them
MPyC's own secret bits on the same machine, a fortieth of the work scaled up, as the reference. The
suite runs ``--small`` for correctness only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "protocol"))
sys.path.append(str(Path(__file__).resolve().parents[2]))

import numpy as np
from engine_parties import ROOT, plan_of, session, stage_of

from core.messages.engine import Finish, Finished
from core.model.stage import NoiseLadder


@dataclass(frozen=True)
class Size:
    """One benchmarked stage; ``ladder_top`` is N of privacy.md section 4, at L = 8."""

    name: str
    n_parties: int
    threshold: int
    values: int
    ladder_top: int

    @property
    def ladder(self) -> NoiseLadder:
        return NoiseLadder(levels=(*((2**i, 4) for i in range(8)), (256, self.ladder_top)))


SIZES = (
    Size("six parties, 7,100 values x 187 bits", 6, 2, 7_100, 155),
    Size("three parties, 21,600 values x 432 bits", 3, 1, 21_600, 400),
    Size("ten parties, 12,005 values x 187 bits", 10, 4, 12_005, 155),
)
MPYC_BITS = """
import asyncio, sys, time
from mpyc.runtime import mpc
async def main():
    await mpc.start()
    n, field = int(sys.argv[1]), mpc.SecFld(2**61 - 1).field
    started = time.perf_counter()
    await mpc.np_random_bits(field, n)
    seconds = time.perf_counter() - started
    await mpc.shutdown()
    if mpc.pid == 0:
        print(seconds / n)
mpc.run(main())
"""


def _status(pid: int) -> dict[str, float]:
    """Peak resident memory (MiB) and CPU seconds of a process; empty where /proc is missing."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except (OSError, StopIteration):
        return {}
    return {"rss_mib": peak / 1024, "cpu_s": (int(words[11]) + int(words[12])) / os.sysconf(2)}


def measure(size: Size) -> dict[str, float | str]:
    """Run one stage among real processes; check its result; return its figures."""
    stage = stage_of(values=size.values, noise=size.ladder)
    started = time.perf_counter()
    with session(size.n_parties) as parties:
        plan = plan_of(parties.prepare(), size.threshold, stage)
        parties.connect(plan)
        connected = time.perf_counter()
        before = [_status(p.child.pid) for p in parties]
        rows = [[(i * (j + 1)) % 9 for i in range(size.values)] for j in range(size.n_parties)]
        opened = parties.measure(plan.stages[0], rows)
        seconds = time.perf_counter() - connected
        after = [_status(p.child.pid) for p in parties]
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)
    if len({o.totals for o in opened}) != 1:
        raise SystemExit("the parties opened different totals")
    noise = np.array(opened[0].totals) - np.sum(rows, axis=0)
    excess = abs((noise.astype(float) ** 2).mean() / stage.noise.variance - 1)
    if np.abs(noise).max() > stage.noise.half_width or excess > 6 * (2 / size.values) ** 0.5:
        raise SystemExit("the noise is not the planned one")
    both = [(a, b) for a, b in zip(before, after, strict=True) if a and b]
    return {
        "name": size.name,
        "start_s": connected - started,
        "stage_s": seconds,
        "cpu_s": max((b["cpu_s"] - a["cpu_s"] for a, b in both), default=float("nan")),
        "sent_mb": max(o.bytes_sent for o in opened) / 1e6,
        "rss_mib": max((b["rss_mib"] for _, b in both), default=float("nan")),
        "growth_mib": max((b["rss_mib"] - a["rss_mib"] for a, b in both), default=float("nan")),
        "us_per_bit": seconds / (size.values * stage.noise.bits) * 1e6,
    }


def mpyc_seconds(size: Size, bits: int) -> float:
    """Return the wall time that MPyC's np_random_bits would take for the whole stage."""
    script = ROOT / ".bench-mpyc-bits.py"
    script.write_text(MPYC_BITS, encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, str(script), f"-M{size.n_parties}", "--no-log", str(bits)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=300,
            check=True,
        )
    finally:
        script.unlink()
    return float(done.stdout.strip()) * size.values * size.ladder.bits


HEADINGS = (
    "stage",
    "connected after (s)",
    "stage (s)",
    "CPU per party (s)",
    "sent per party (MB)",
    "peak memory per party (MiB)",
    "of it in the stage (MiB)",
    "microseconds a bit",
    "MPyC's own bits would take (s)",
)


def table(figures: list[dict[str, float | str]]) -> str:
    """Return the figures as a Markdown table."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
    for f in figures:
        cells = [f["name"], *(f"{f[k]:.1f}" for k in ("start_s", "stage_s", "cpu_s", "sent_mb"))]
        cells += [f"{f[k]:.0f}" for k in ("rss_mib", "growth_mib")]
        cells += [f"{f['us_per_bit']:.2f}", f"{f['mpyc_s']:.0f}" if "mpyc_s" in f else "-"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny sizes, for correctness only")
    parser.add_argument("--sizes", type=int, nargs="*", help="which sizes, from 0")
    parser.add_argument("--mpyc", action="store_true", help="also time MPyC's own secret bits")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    sizes = SIZES if arguments.sizes is None else tuple(SIZES[i] for i in arguments.sizes)
    if arguments.small:
        sizes = (Size("three parties, 300 values x 187 bits", 3, 1, 300, 155),)
    figures = []
    for size in sizes:
        found = measure(size)
        if arguments.mpyc:
            found["mpyc_s"] = mpyc_seconds(size, size.values * size.ladder.bits // 40)
        figures.append(found)
    print(json.dumps(figures) if arguments.json else table(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
