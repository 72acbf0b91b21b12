"""Kill a random process of a rehearsal at a random moment, many times, and read the ledgers.

    PYTHONPATH=. python tests/end_to_end/kill_rehearsals.py --times 200 [--seed 1]

Each time one of the rehearsal's processes (the command itself, a hospital worker, a run worker) is
killed with SIGKILL. Afterwards every process has ended, every ledger opens and is whole, a study
is charged at most once, and where anything was opened it is charged at every hospital.
Linux only: it finds the processes in /proc. Exit status 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from core.privacy.ledger import EntryKind, Ledger
from core.worker.clock import SystemClock

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = sorted((ROOT / "resources" / "sample").glob("hospital-*.csv"))
COMMAND = [
    *(sys.executable, "-m", "core.cli", "rehearse", "--label", "diagnosis", "--genes", "12"),
    *("--epsilon", "4", "--noise-bits", "155", "--no-reports"),
]
ENDED_S = 60.0


def family(pid: int) -> list[int]:
    """The process and everything it has started, at any depth."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        for listing in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                waiting += [int(number) for number in listing.read_text().split()]
    return found


def alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def killed(out: Path, moment: float, chance: random.Random, usual: float = 0.0) -> tuple[str, str]:
    """Run one rehearsal and kill one of its processes; returns which, and what was said.

    ``usual``: seconds that a whole one takes here. A kill can come too late to stop anything, and
    then the rehearsal may take all of that time: on a busy machine more than ``ENDED_S``.
    """
    cohorts = [word for f in SAMPLE for word in ("--cohort", str(f))]
    with (out.parent / f"{out.name}.log").open("w+") as log:
        running = subprocess.Popen(
            [*COMMAND, *cohorts, "--out", str(out)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(moment)
        everybody = family(running.pid) if running.poll() is None else []
        victim = chance.choice(everybody) if everybody else 0
        kind = "too late"
        if victim:
            with contextlib.suppress(OSError):  # it has ended by itself meanwhile
                words = Path(f"/proc/{victim}/cmdline").read_bytes().split(b"\0")
                os.kill(victim, signal.SIGKILL)
                kind = next((w.decode() for w in words if w.startswith(b"core.")), "process")
        running.wait(ENDED_S + 2 * usual)
        limit = time.monotonic() + ENDED_S
        while any(alive(pid) for pid in everybody):
            if time.monotonic() > limit:
                raise AssertionError(f"a process outlived the rehearsal after {kind} was killed")
            time.sleep(0.05)
        log.seek(0)
        return kind, log.read()


def steps(folder: Path) -> list[EntryKind]:
    """What the hospital's ledger says of the study; opening it checks chain and head."""
    if not (folder / "ledger.sqlite").exists():
        return []
    book = Ledger.open(folder / "ledger.sqlite", SystemClock())
    try:
        return [e.kind for e in book.entries() if e.kind is not EntryKind.DECISION]
    finally:
        book.close()


def judged(out: Path, said: str) -> str:
    """Return how the study ended, after holding every ledger against what was opened."""
    assert "Traceback" not in said, said
    found = {f.stem: steps(out / f.stem) for f in SAMPLE}
    for name, kinds in found.items():
        assert kinds in (
            [],
            [EntryKind.RESERVED, EntryKind.RETURNED],
            [EntryKind.RESERVED, EntryKind.SPENT],
        ), (name, kinds, said)
    released = [f.stem for f in SAMPLE if (out / f.stem / "release").exists()]
    opened = released or any("opened" in line for line in said.splitlines())
    if opened:
        lost = [name for name, kinds in found.items() if EntryKind.SPENT not in kinds]
        assert not lost, (lost, said)
    if len(released) == len(SAMPLE):
        return "released"
    charged = sum(EntryKind.SPENT in kinds for kinds in found.values())
    return "charged" if opened else f"nothing opened, charged at {charged} of {len(SAMPLE)}"


def kill_often(times: int, seed: int, say=print) -> Counter:
    """Do it ``times`` times; returns how often what ended how."""
    chance, ends = random.Random(seed), Counter()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        whole = Path(folder) / "whole"
        kind, said = killed(whole, 300.0, chance)
        assert kind == "too late" and judged(whole, said) == "released", said  # noqa: PT018
        usual = time.monotonic() - begun
        for number in range(times):
            out = Path(folder) / str(number)
            kind, said = killed(out, chance.uniform(0.2 * usual, usual), chance, usual)
            end = judged(out, said)
            ends[kind, end] += 1
            say(f"{number + 1}: {kind}: {end}")
    return ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    ends = kill_often(arguments.times, arguments.seed, lambda line: print(line, flush=True))
    for (kind, end), n in sorted(ends.items()):
        print(f"{n:4d}  {kind}: {end}")


if __name__ == "__main__":
    main()
