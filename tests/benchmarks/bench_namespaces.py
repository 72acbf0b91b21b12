"""Whole rehearsals with each hospital and the relay in a network namespace of its own (Linux).

    python tests/benchmarks/bench_namespaces.py [--repeat 2] [--small]

A bridge joins the namespaces; each hospital's link has a limited rate in both directions (the
kernel's tbf). Where the kernel has no netem, the delay is added in user space, inside the
hospital's own namespace, between its processes and its link (slow_line.py). Needs user namespaces;
where a host does not allow them, the script says so and measures nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "protocol"), str(ROOT / "tests" / "benchmarks")]

from bench_rehearse import simulated

from core.model.budget import Budget
from core.model.drawing import NoiseChoice
from core.model.peer import RelayRoute
from core.network.line_speed import Speed
from core.network.run_time import forecast, workload_of
from core.worker.commands.rehearsal import Rehearsal, RehearsalRequest

_INSIDE = "SYNCOHORT_BENCH_NAMESPACE"
_RELAY_HOST, _RELAY_PORT, _LINE_PORT = "10.99.0.1", 8443, 7443
#: Delay of one way between a hospital and the relay, and rate of the hospital's link.
LINES = ((0.0, 0.0), (7.5, 100.0), (25.0, 100.0), (7.5, 20.0), (25.0, 20.0))
_start_process = asyncio.create_subprocess_exec


@dataclass(frozen=True, kw_only=True)
class Room:
    """One network namespace, held open by a process that sleeps in it."""

    holder: subprocess.Popen[bytes]
    address: str

    @property
    def words(self) -> list[str]:
        """Put before a command that is to run in it."""
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"]


def done(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def room(number: int, mbit: float) -> Room:
    """Make a namespace with one link to the bridge; a rate of 0 is no limit."""
    holder = subprocess.Popen(["unshare", "-n", "sleep", "3600"])
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{holder.pid}/ns/net").readlink() == own:
        time.sleep(0.02)
    made = Room(holder=holder, address=f"10.99.0.{number}")
    outer, peer = f"v{number}", ["peer", "name", "eth0", "netns", str(holder.pid)]
    done("ip", "link", "add", outer, "type", "veth", *peer)
    done("ip", "link", "set", outer, "master", "br0", "up")
    done(*made.words, "ip", "addr", "add", f"{made.address}/24", "dev", "eth0")
    done(*made.words, "ip", "link", "set", "lo", "up")
    done(*made.words, "ip", "link", "set", "eth0", "up")
    if mbit:
        shape = ["root", "tbf", "rate", f"{mbit:g}mbit", "burst", "128kb", "latency", "200ms"]
        done("tc", "qdisc", "add", "dev", outer, *shape)
        done(*made.words, "tc", "qdisc", "add", "dev", "eth0", *shape)
    return made


@contextlib.contextmanager
def network(delay_ms: float, mbit: float) -> Iterator[tuple[list[Room], RelayRoute]]:
    """Three hospitals and a relay; yields the hospitals' rooms and the route that they dial."""
    done("ip", "link", "add", "br0", "type", "bridge")
    done("ip", "link", "set", "br0", "up")
    relay, *hospitals = (room(n, 0.0 if n == 1 else mbit) for n in range(1, 5))
    running = [r.holder for r in (relay, *hospitals)]
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [
                *(*relay.words, sys.executable, "-m", "core.worker.commands.relay"),
                *("--listen", f"{_RELAY_HOST}:{_RELAY_PORT}", "--home", home),
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        running.append(server)
        lines = [server.stderr.readline().decode() for _ in range(3)]
        place = (_RELAY_HOST, _RELAY_PORT)
        if delay_ms:
            place = ("127.0.0.1", _LINE_PORT)
            running += [slowed(h, delay_ms) for h in hospitals]
        try:
            yield (
                hospitals,
                RelayRoute(
                    relay_host=place[0],
                    relay_port=place[1],
                    relay_certificate_sha256=lines[1].split()[-1],
                    session="7" * 32,
                ),
            )
        finally:
            for child in reversed(running):
                child.kill()
                child.wait()
            server.stderr.close()
            for name in ("v1", "v2", "v3", "v4", "br0"):  # one is gone when its namespace is
                subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)


def slowed(hospital: Room, delay_ms: float) -> subprocess.Popen[bytes]:
    """Start the slow line inside a hospital's namespace."""
    script = ROOT / "tests" / "benchmarks" / "slow_line.py"
    words = [str(_LINE_PORT), _RELAY_HOST, str(_RELAY_PORT), str(delay_ms / 1000)]
    child = subprocess.Popen(
        [*hospital.words, sys.executable, str(script), *words], stdout=subprocess.PIPE
    )
    child.stdout.readline()  # it listens
    return child


def starting_in(rooms: list[Room]) -> Any:
    """Return what starts the hospitals' workers, each in its own room."""
    free = list(rooms)

    async def start(program: str, *words: str, **more: Any) -> Any:
        prefix = free.pop(0).words if "core.worker" in words else []
        return await _start_process(*prefix, program, *words, **more)

    return start


async def rehearsed(files: list[Path], out: Path, route: RelayRoute) -> dict[str, float]:
    """Run one rehearsal through ``route``; return its seconds and what was predicted."""
    request = RehearsalRequest(
        cohorts=tuple(files), compute_partner=False, label="diagnosis", ignored=(),
        recipe="marginals", n_genes=None, genes=None, classes=None, budget=Budget(epsilon=4.0),
        n_records=None, n_max=10_000, holdout_share=0.2, top_bits=None, noise=NoiseChoice.AUTO,
        out=out, reports=False, route=route,
    )  # fmt: skip
    rehearsal = Rehearsal(request, lambda _line: None)
    began = time.perf_counter()
    try:
        result = await rehearsal.run()
        seconds = time.perf_counter() - began
    finally:
        await rehearsal.close()
    failed = [h.ended.code for h in result.hospitals if h.ended.code]
    if failed:
        raise SystemExit(f"the run failed: {failed}")
    return {
        "total_s": seconds,
        "stages_s": sum(s.seconds for s in result.stages),
        "mb_sent": sum(s.bytes_sent for s in result.stages) / 1e6,
        "bits": workload_of(result.plan),
    }


def measured(files: list[Path], delay_ms: float, mbit: float) -> dict[str, float]:
    with network(delay_ms, mbit) as (rooms, route), tempfile.TemporaryDirectory() as folder:
        asyncio.create_subprocess_exec = starting_in(rooms)
        row = asyncio.run(rehearsed(files, Path(folder) / "out", route))
    speed = Speed(round_trip_ms=4 * delay_ms, mbit_s=mbit or 8000.0)
    row["predicted_s"] = forecast(row.pop("bits"), speed).seconds
    return row


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--small", action="store_true", help="for correctness, in seconds")
    arguments = parser.parse_args()
    if not os.environ.get(_INSIDE):
        words = ["unshare", "--user", "--map-root-user", "--net", sys.executable, *sys.argv]
        try:
            done("tc", "-V")
            done(*words[:4], "ip", "link", "add", "br0", "type", "bridge")
        except (OSError, subprocess.CalledProcessError) as wrong:
            print(f"No namespaces on this host: {wrong}")
            return 0
        return subprocess.run(words, env={**os.environ, _INSIDE: "1"}, check=False).returncode
    with tempfile.TemporaryDirectory() as folder:
        sizes = (20, 20, 20) if arguments.small else (400, 389, 300)
        files = simulated(Path(folder), sizes, 20 if arguments.small else 978, 5)
        for delay_ms, mbit in LINES[1:2] if arguments.small else LINES:
            rows = [measured(files, delay_ms, mbit) for _ in range(arguments.repeat)]
            found = {k: statistics.median(r[k] for r in rows) for k in rows[0]}
            line = f"{4 * delay_ms:g} ms, {mbit:g} Mbit/s" if mbit else "bridge alone"
            print(line, {k: round(v, 1) for k, v in found.items()}, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
