"""Three ways to joint noise, side by side: ours, MPyC's own arrays, noise added by each hospital.

    python tests/benchmarks/bench_noise.py [--small] [--parties 3 5 10] [--values 12005]
                                           [--delays-ms 0 30] [--no-mpyc] [--json]

Real run workers on this computer, over loopback and over links that delay every byte by so many
milliseconds in each direction (tests/benchmarks/slow_line.py). A stage is timed from the moment
that all are connected to the opened totals. MPyC's secret bits (``np_random_bits``, without TLS)
are timed at two sizes over the same links and scaled to the stage's bits by the difference.
Noise that every party adds itself is the same stage, planned so. Beside ours stands what
core/study/cost.py predicts.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "protocol"), str(ROOT / "tests" / "benchmarks")]

from engine_parties import plan_of, session, stage_of
from slow_line import SlowLine

from core.messages.engine import Finish, Finished
from core.model.plan import largest_threshold
from core.model.stage import NoiseLadder, StageNoise
from core.privacy.local_noise import local_noise
from core.study.cost import LOOPBACK, Line, plan_work, predicted

ECONOMY = NoiseLadder(levels=(*((2**i, 4) for i in range(8)), (256, 155)))
MPYC_BITS = """
import sys, time
from mpyc.runtime import mpc
async def main():
    await mpc.start()
    field = mpc.SecFld(2**61 - 1).field
    seconds = []
    for n in map(int, sys.argv[1:]):
        await mpc.np_random_bits(field, 100)
        started = time.perf_counter()
        await mpc.np_random_bits(field, n)
        seconds.append(time.perf_counter() - started)
    await mpc.shutdown()
    print(*seconds)
mpc.run(main())
"""


@dataclass(frozen=True)
class Figures:
    """One way's figures for one session: measured, of the party that needed most."""

    stage_s: float
    cpu_s: float
    sent_mb: float
    memory_mib: float


def _status(pid: int) -> tuple[float, float]:
    """Peak resident memory (MiB) and CPU seconds of a process (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return peak / 1024, (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def measure(n_parties: int, values: int, noise: StageNoise, delay_s: float) -> Figures:
    """Run one stage among real run workers."""
    stage = stage_of(values=values, noise=noise)
    with ExitStack() as lines, session(n_parties) as parties:
        plan = plan_of(parties.prepare(connect_s=60.0), largest_threshold(n_parties), stage)
        if delay_s:
            for party in parties:
                line = SlowLine(party.address.route.port, delay_s, 1000.0)
                lines.callback(line.close)
                route = replace(party.address.route, port=line.port)
                party.address = replace(party.address, route=route)
        parties.connect(plan)
        before = [_status(p.child.pid) for p in parties]
        started = time.perf_counter()
        opened = parties.measure(plan.stages[0], [[7] * values] * n_parties)
        seconds = time.perf_counter() - started
        after = [_status(p.child.pid) for p in parties]
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)
    if len({o.totals for o in opened}) != 1:
        raise SystemExit("the parties opened different totals")
    both = list(zip(before, after, strict=True))
    return Figures(
        stage_s=seconds,
        cpu_s=max(b[1] - a[1] for a, b in both),
        sent_mb=max(o.bytes_sent for o in opened) / 1e6,
        memory_mib=max(b[0] - a[0] for a, b in both),
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def mpyc_seconds(n_parties: int, bits: int, delay_s: float, sizes: tuple[int, int]) -> float:
    """Return what MPyC's own secret bits would take over the same links, from two sizes."""
    script = ROOT / ".bench-mpyc-bits.py"
    script.write_text(MPYC_BITS, encoding="utf-8")
    ports = _free_ports(n_parties)
    with ExitStack() as lines:
        lines.callback(script.unlink)
        ways = ports
        if delay_s:
            slow = [SlowLine(port, delay_s, 1000.0) for port in ports]
            for line in slow:
                lines.callback(line.close)
            ways = [line.port for line in slow]
        children = []
        for own in range(n_parties):
            seats = [*ways[:own], ports[own], *ways[own + 1 :]]
            peers = [word for port in seats for word in ("-P", f"127.0.0.1:{port}")]
            command = [sys.executable, str(script), *peers, "-I", str(own), "--no-log"]
            command += [str(size) for size in sizes]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            lines.callback(child.kill)
            children.append(child)
        said = [child.communicate(timeout=170)[0] for child in children]
    small, large = map(float, said[0].split())
    return large + (bits - sizes[1]) * max(0.0, large - small) / (sizes[1] - sizes[0])


def compare(
    n_parties: int, values: int, delay_s: float, mpyc_sizes: tuple[int, int] | None
) -> dict[str, float]:
    """Measure the three ways and the prediction for one session."""
    line = replace(LOOPBACK, round_trip_s=2 * delay_s) if delay_s else LOOPBACK
    if delay_s:
        line = Line(mbit_s=1000.0, round_trip_s=2 * delay_s)
    ours = measure(n_parties, values, ECONOMY, delay_s)
    own = local_noise(9, n_parties, largest_threshold(n_parties))
    local = measure(n_parties, values, own, delay_s)
    plan = plan_of(
        [f"{i:064x}" for i in range(n_parties)],
        largest_threshold(n_parties),
        stage_of(values=values, noise=ECONOMY),
    )
    per_core = max(1.0, n_parties / (os.cpu_count() or 1))
    cost = predicted(plan_work(plan), n_parties, line, parties_per_core=per_core)
    bits = values * ECONOMY.bits
    row = {
        "parties": n_parties,
        "delay_ms": delay_s * 1000,
        **{f"ours_{k}": v for k, v in asdict(ours).items()},
        "predicted_s": cost.seconds - cost.connecting_s,
        "predicted_cpu_s": cost.computing_s,
        "predicted_mb": cost.bytes_sent / 1e6,
        "predicted_mib": cost.memory_bytes / 2**20,
        "local_s": local.stage_s,
        "local_mb": local.sent_mb,
    }
    if mpyc_sizes:
        row["mpyc_s"] = mpyc_seconds(n_parties, bits, delay_s, mpyc_sizes)
    return row


HEADINGS = {
    "parties": "parties",
    "delay_ms": "delay each way, ms",
    "ours_stage_s": "ours, s",
    "predicted_s": "predicted, s",
    "mpyc_s": "MPyC's bits, s",
    "local_s": "local noise, s",
    "ours_cpu_s": "our CPU per party, s",
    "predicted_cpu_s": "predicted, s",
    "ours_sent_mb": "sent per party, MB",
    "predicted_mb": "predicted, MB",
    "ours_memory_mib": "memory in the stage, MiB",
    "predicted_mib": "predicted, MiB",
}


def table(rows: list[dict[str, float]]) -> str:
    """Return the figures as a Markdown table."""
    lines = [f"| {' | '.join(HEADINGS.values())} |", "|---" * len(HEADINGS) + "|"]
    for row in rows:
        cells = []
        for key in HEADINGS:
            value = row.get(key)
            whole = key in {"parties", "delay_ms"} or key.endswith("_mib") or key == "mpyc_s"
            cells.append("-" if value is None else f"{value:.{0 if whole else 2}f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny sizes, for correctness only")
    parser.add_argument("--parties", type=int, nargs="*", default=[3, 5, 10])
    parser.add_argument("--values", type=int, default=12_005)
    parser.add_argument("--delays-ms", type=float, nargs="*", default=[0.0, 30.0])
    parser.add_argument("--no-mpyc", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    values = 300 if arguments.small else arguments.values
    rows = []
    for n_parties in arguments.parties:
        for delay in arguments.delays_ms:
            most = 2_000 if n_parties > 6 else 40_000
            sizes = (200, 600) if arguments.small else (most // 4, most)
            rows.append(
                compare(n_parties, values, delay / 1000, None if arguments.no_mpyc else sizes)
            )
            if not arguments.json:
                print(rows[-1], file=sys.stderr)
    print(json.dumps(rows) if arguments.json else table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
