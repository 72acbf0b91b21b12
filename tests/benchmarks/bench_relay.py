"""What the relay costs: one stage among three run workers, over bare loopback and through a relay.

    python tests/benchmarks/bench_relay.py [--values 11760] [--repeat 2] [--small]
                                           [--delay-ms 15 --mbit 100]
    python tests/benchmarks/bench_relay.py --whole [--repeat 5] [--recipe moments]

``--whole`` times whole rehearsals (three hospitals, 978 genes, five classes) from the start of
the command to the written release, directly and through the relay. 11,760 values with 425 bits
of noise each are the run of issue 1 (978 genes, five classes). Both ways alternate, since a
shared machine drifts. CPU seconds of all processes stand beside the wall clock: on a machine
with fewer cores than parties they decide. With a delay, the line between each party and the
relay is slowed in user space; to another party and back are then four delays.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "protocol"), str(ROOT / "tests" / "benchmarks")]

from bench_rehearse import simulated
from engine_parties import Parties, plan_of, session, stage_of
from relay_process import RelayProcess, relay_process
from slow_line import SlowLine

from core.messages.engine import Finish, Finished
from core.model.stage import NoiseLadder, StagePlan

TOP_BITS = 400


def ladder() -> NoiseLadder:
    """Four bits on each low level and 400 on top: 424 bits a value."""
    return NoiseLadder(levels=(*((2**j, 4) for j in range(6)), (64, TOP_BITS)))


def cpu_seconds(pids: list[int]) -> float:
    """Return user and system seconds of living processes (Linux)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / 100


def run(stage: StagePlan, relay: RelayProcess | None) -> dict[str, float]:
    """Time connecting and one stage."""
    with session(3) as parties:
        route = relay.route() if relay is not None else None
        plan = plan_of(parties.prepare(route=route, connect_s=60.0), 1, stage)
        pids = [p.child.pid for p in parties] + ([relay.child.pid] if relay else [])
        began = time.perf_counter()
        parties.connect(plan)
        connected = time.perf_counter()
        before = cpu_seconds(pids)
        opened = parties.measure(plan.stages[0], [[5] * stage.values] * 3)
        ended = time.perf_counter()
        used = cpu_seconds(pids) - before
        finish(parties)
        assert len({o.totals for o in opened}) == 1
        return {
            "connect_s": connected - began,
            "stage_s": ended - connected,
            "cpu_s": used,
            "mb_sent": sum(o.bytes_sent for o in opened) / 1e6,
        }


def whole(files: list[Path], recipe: str, relay: RelayProcess | None) -> dict[str, float]:
    """Time one rehearsal; processor seconds are of all its processes, the relay's too."""
    pids = [relay.child.pid] if relay else []
    with tempfile.TemporaryDirectory() as room:
        words = [word for f in files for word in ("--cohort", str(f))]
        words += ["--label", "diagnosis", "--epsilon", "4", "--no-reports", "--json"]
        words += ["--recipe", recipe]
        words += ["--out", str(Path(room) / "out")]
        if relay is not None:
            place = relay.route()
            words += ["--relay", f"127.0.0.1:{relay.port}"]
            words += ["--pin", place.relay_certificate_sha256]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        of_relay = cpu_seconds(pids)
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", "rehearse", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    facts = json.loads(done.stdout)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "total_s": facts["seconds_total"],
        "stages_s": sum(s["seconds"] for s in facts["stages"]),
        "cpu_s": used + cpu_seconds(pids) - of_relay,
        "mb_sent": sum(s["bytes_sent"] for s in facts["stages"]) / 1e6,
    }


def finish(parties: Parties) -> None:
    for party in parties:
        party.send(Finish())
    for party in parties:
        party.expect(Finished)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=11_760)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--whole", action="store_true", help="whole rehearsals")
    parser.add_argument("--recipe", default="marginals", help="of --whole")
    parser.add_argument("--small", action="store_true", help="for correctness, in seconds")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--mbit", type=float, default=1000.0)
    arguments = parser.parse_args()
    values = 200 if arguments.small else arguments.values
    stage = stage_of(values=values, noise=ladder())
    found: dict[str, list[dict[str, float]]] = {"loopback": [], "relay": []}
    with tempfile.TemporaryDirectory() as home, relay_process(Path(home)) as relay:
        if arguments.delay_ms:
            relay.port = SlowLine(relay.port, arguments.delay_ms / 1000, arguments.mbit).port
        files = []
        if arguments.whole:
            sizes = (20, 20, 20) if arguments.small else (400, 389, 300)
            files = simulated(Path(home), sizes, 20 if arguments.small else 978, 5)
        for _ in range(arguments.repeat):
            for way, met in (("loopback", None), ("relay", relay)):
                found[way].append(
                    whole(files, arguments.recipe, met) if files else run(stage, met)
                )
    what = "whole rehearsals" if arguments.whole else f"{values} values"
    print(f"{what}, {arguments.repeat} runs each, medians")
    medians = {
        way: {k: statistics.median(r[k] for r in rows) for k in rows[0]}
        for way, rows in found.items()
    }
    for way, row in medians.items():
        print(way, {k: round(v, 2) for k, v in row.items()})
    for key in (k for k in medians["relay"] if k in ("stage_s", "stages_s", "total_s", "cpu_s")):
        more = medians["relay"][key] / max(medians["loopback"][key], 1e-9) - 1
        print(f"{key}: {100 * more:+.1f} % through the relay")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
