"""What one connection costs the relay: resident memory, waiting, after traffic, and stalled.

    python tests/benchmarks/bench_relay_memory.py [--connections 500] [--small]

Waiting: parked, as a lobby's or an early party's connection. After traffic: each pair sent 1 MB
and is silent. Stalled: one end of each pair sends as fast as it may and the other reads nothing,
which is the most that a hostile pair can make the relay hold.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "protocol")]

from relay_process import RelayProcess, relay_process

from core.messages.relay import Purpose
from core.network.line_speed import _Counter
from core.network.relay_dial import READY, Ends, RelayConnection, dial_relay

_BLOCK = bytes(64 * 1024)
_SETTLE_S = 1.5
#: More than the buffers of two sockets take.
_STALL_BLOCKS = 512


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Resident bytes of the relay, without connections and for each."""

    empty: int
    waiting: float
    after_traffic: float
    stalled: float


def resident(pid: int) -> int:
    """Return the resident size of a process, bytes (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    raise ValueError("no such process")


async def parked(relay: RelayProcess, own: str, wanted: str) -> RelayConnection:
    ends = Ends(purpose=Purpose.RUN, own=own, wanted=wanted)
    return await dial_relay(relay.route(), ends, None)


async def pairs(relay: RelayProcess, n: int) -> list[tuple[_Counter, _Counter]]:
    """Return spliced pairs."""
    made = []
    for i in range(n):
        one, other = await asyncio.gather(
            parked(relay, f"a{i}", f"b{i}"), parked(relay, f"b{i}", f"a{i}")
        )
        ends = await asyncio.gather(one.spliced(), other.spliced())
        made.append(tuple(p.hand_over(_Counter(), last=READY) for p in ends))
    return made


async def measure(relay: RelayProcess, n: int) -> Cost:
    """Measure with ``n`` connections."""
    pid = relay.child.pid
    warm = await asyncio.gather(*(parked(relay, f"w{i}", f"v{i}") for i in range(10)))
    for connection in warm:
        connection.abort()
    await asyncio.sleep(_SETTLE_S)
    empty = resident(pid)
    waiting = [await parked(relay, f"c{i}", f"d{i}") for i in range(n)]
    await asyncio.sleep(_SETTLE_S)
    size_waiting = (resident(pid) - empty) / n
    for connection in waiting:
        connection.abort()
    await asyncio.sleep(_SETTLE_S)
    made = await pairs(relay, n // 2)
    for there, back in made:
        for _ in range(16):
            there.write(_BLOCK)
        await back.until(16 * len(_BLOCK))
    await asyncio.sleep(_SETTLE_S)
    after = (resident(pid) - empty) / n
    for there, back in made:
        back.transport.pause_reading()
        for _ in range(_STALL_BLOCKS):
            there.write(_BLOCK)
    await asyncio.sleep(2 * _SETTLE_S)
    stalled = (resident(pid) - empty) / n
    for ends in made:
        for end in ends:
            end.abort()
    return Cost(empty=empty, waiting=size_waiting, after_traffic=after, stalled=stalled)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--small", action="store_true", help="for correctness, in seconds")
    arguments = parser.parse_args()
    n = 20 if arguments.small else arguments.connections
    limits = [w for x in ("connections", "per-address", "per-session") for w in (f"--{x}", "2000")]
    with tempfile.TemporaryDirectory() as home, relay_process(Path(home), *limits) as relay:
        cost = asyncio.run(measure(relay, n))
    print(f"{n} connections; without any: {cost.empty / 1e6:.1f} MB")
    for name in ("waiting", "after_traffic", "stalled"):
        print(f"{name}: {getattr(cost, name) / 1e3:.0f} kB for each connection")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
