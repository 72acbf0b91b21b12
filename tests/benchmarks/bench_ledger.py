"""How long the ledger takes when it has grown: opening, verifying, appending, exporting.

PYTHONPATH=. python tests/benchmarks/bench_ledger.py [LINES]
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from core.network.installation import Installation, verify
from core.privacy.ledger import Charge, EntryKind, Ledger, Seals, Words
from core.privacy.ledger.backup import back_up
from core.privacy.ledger.export import export_bytes, verify_export
from core.randomness import NoiseSource

UNIT = Charge(units=0.01, epsilon=0.01, delta=1e-9, mu_sq=1e-5, delta_tail=0.0)
PATIENTS_OF_A_COHORT = 200
STUDIES_OF_A_COHORT = 40


class Clock:
    """A minute for each question."""

    seconds = 1.7e9

    def now(self) -> float:
        self.seconds += 60
        return self.seconds

    def monotonic(self) -> float:
        return time.monotonic()


def fill(ledger: Ledger, lines: int) -> str:
    """Write ``lines`` lines, many to a commit (one by one they are measured below); return the
    last cohort.
    """
    cohort, studies = "", 0
    while ledger.head[0] < lines:
        number = len(ledger._journal.index.decided)
        names = [f"{number}-{i}" for i in range(PATIENTS_OF_A_COHORT)]
        cohort = ledger.register_cohort(f"Cohort {number}", "c.csv", "f" * 64, names).id
        for kind in (EntryKind.RESERVED, EntryKind.SPENT):
            with ledger._journal.writing():
                for i in range(studies, studies + STUDIES_OF_A_COHORT):
                    ledger._journal.charge(kind, cohort, f"{i:064x}", UNIT, Words())
        studies += STUDIES_OF_A_COHORT
    return cohort


def timed(what: str, step: Callable[[], object], times: int = 1) -> object:
    """Print how long a step takes on average."""
    began = time.perf_counter()
    found = [step() for _ in range(times)][-1]
    print(f"| {what} | {(time.perf_counter() - began) / times:.4g} s |", flush=True)
    return found


def main(lines: int, folder: Path) -> None:
    """Print one row for each step."""
    path, clock = folder / "ledger.sqlite", Clock()
    signer = Installation.new(NoiseSource(), dt.datetime(2023, 11, 14, tzinfo=dt.UTC))
    seals = Seals(signer=signer, verify=verify)
    small = Ledger.open(folder / "small.sqlite", clock)
    small.seal_with(seals)
    first = fill(small, 50)
    numbers = iter(range(10**6, 10**7))

    def study(ledger: Ledger, cohort: str) -> None:
        digest = f"{next(numbers):064x}"
        ledger.reserve_charge(cohort, digest, UNIT)
        ledger.spend(digest)

    study(small, first)  # diffprivlib is imported once
    timed("one study (two lines) in a ledger of 50 lines", lambda: study(small, first), 10)
    small.close()

    ledger = Ledger.open(path, clock)
    ledger.seal_with(seals)
    began = time.perf_counter()
    cohort = fill(ledger, lines)
    count = ledger.head[0]
    print(f"| writing {count:,} signed lines in groups | {time.perf_counter() - began:.4g} s |")
    timed(
        f"one study (two lines) in a ledger of {count:,} lines", lambda: study(ledger, cohort), 10
    )
    timed("verify: chain, cohorts, second book", ledger.verify)
    timed("verify every signature", lambda: ledger.verify_signatures(verify))
    timed("backup, checked", lambda: back_up(ledger, folder / "backup.sqlite"))
    content = timed("export as signed JSON", lambda: export_bytes(ledger, seals, "N", {}, 1.7e9))
    assert isinstance(content, bytes)
    keys = frozenset({signer.certificate_sha256})
    timed("verify the export", lambda: verify_export(content, keys, verify, "x.json"))
    ledger.close()
    again = timed("open (verifies all but the signatures)", lambda: Ledger.open(path, clock))
    assert isinstance(again, Ledger)
    timed("sign on with the key (newest signature checked)", lambda: again.seal_with(seals))
    again.close()
    print(f"| file | {path.stat().st_size / 1e6:.0f} MB |")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, Path(name))
