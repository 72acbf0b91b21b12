"""kill -9 at random instants: no spend is lost and none is doubled.

    pytest -m slow tests/unit/privacy/test_ledger_kills.py

A program that knows nothing of this test reserves, spends and gives back as fast as it can, and
says each step before and after. It is killed at a random instant, 200 times; then the ledger is
opened again and must hold what was said.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

N_KILLS = 200

SCRIPT = """
import os, random, signal, sys, time
from pathlib import Path
from core.privacy.ledger import Charge, EntryKind, Ledger
from core.privacy.ledger.second_book import require_agreement

class Clock:
    def now(self): return time.time()
    def monotonic(self): return time.monotonic()

class Place:
    def __init__(self, path): self.path = path
    def read(self): return self.path.read_text() if self.path.exists() else ""
    def write(self, text):
        part = self.path.with_suffix(".part")
        part.write_text(text)
        part.replace(self.path)

folder, kills = Path(sys.argv[1]), int(sys.argv[2])
path, place, chance = folder / "ledger.sqlite", Place(folder / "head"), random.Random(7)
unit = Charge(units=0.5, epsilon=0.5, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)
require_agreement([unit], 4.0)  # imports diffprivlib once, before the forks

def work(number, out):
    say = lambda *words: os.write(out, (" ".join(words) + chr(10)).encode())
    ledger = Ledger.open(path, Clock(), place=place)
    say("open")
    for turn in range(10**6):
        patients = [f"{number}-{turn}-{i}" for i in range(5)]
        cohort = ledger.register_cohort("x", "x.csv", "0" * 64, patients).id
        for study in range(7):
            digest = f"{number:032x}{turn * 10 + study:032x}"
            say("will", digest)
            ledger.reserve_charge(cohort, digest, unit)
            say("reserved", digest)
            if study % 3 == 2:
                ledger.give_back(digest)
                say("returned", digest)
            else:
                ledger.spend(digest)
                say("spent", digest)

spent_before, promised, opened, between = 0.0, {}, 0, 0
for number in range(kills):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            work(number, write)
        finally:
            os._exit(1)
    os.close(write)
    said = b""
    if number % 2:  # every other one is at work, however long it takes to start
        while b"open" not in said:
            said += os.read(read, 1 << 16)
    time.sleep(chance.uniform(0.0, 0.06))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status), status
    with os.fdopen(read) as stream:
        words = [line.split() for line in (said.decode() + stream.read()).splitlines()]
    opened += ["open"] in words
    for what, *digest in words:
        if digest:
            promised[digest[0]] = what
    between += bool(words) and words[-1][0] in {"will", "reserved"}
    ledger = Ledger.open(path, Clock(), place=place)
    kinds = {}
    for entry in ledger.entries():
        kinds.setdefault(entry.digest, []).append(entry.kind)
    for digest, what in promised.items():
        found = kinds.get(digest, [])
        if what == "spent":
            assert found == [EntryKind.RESERVED, EntryKind.SPENT], (what, found)
        elif what == "returned":
            assert found == [EntryKind.RESERVED, EntryKind.RETURNED], (what, found)
        elif what == "reserved":  # killed before it said more: spent, or given back just before
            assert found[0] is EntryKind.RESERVED and len(found) == 2, (what, found)
        else:  # killed before it said that it was reserved: not there, or reserved and spent
            assert found in ([], [EntryKind.RESERVED, EntryKind.SPENT]), (what, found)
    spent = sum(e.units for e in ledger.entries() if e.kind is EntryKind.SPENT)
    assert spent >= spent_before
    counted = sum(ledger.cap_state(c.id).spent for c in ledger.cohorts())
    assert abs(spent - counted) < 1e-6, (spent, counted)
    spent_before = spent
    ledger.close()
    promised = {}
print(kills, opened, between, int(spent_before))
"""


def kill(folder: Path, kills: int) -> tuple[int, int, int, int]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(kills)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, *rest = (int(word) for word in done.stdout.split())
    return (first, *rest)  # type: ignore[return-value]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_a_few_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    kills, opened, between, spent = kill(tmp_path, 12)
    assert kills == 12
    assert opened + between > 0
    assert spent >= 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    kills, opened, between, spent = kill(tmp_path, N_KILLS)
    assert kills == N_KILLS
    assert opened > N_KILLS / 3  # it was killed at work, not while it started
    assert between > N_KILLS / 20  # and in the middle of a study
    assert spent > 0
