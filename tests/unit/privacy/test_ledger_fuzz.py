"""A damaged ledger is refused or harmless: never a traceback, never a spend that is gone.

Every changed byte of the file is either noticed (a BudgetError) or lies where nothing is kept;
then the ledger opens with the very lines, caps and patients that it had.
"""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError
from core.network.installation import Installation, verify
from core.privacy.ledger import Charge, Ledger, Seals, StatementKind
from core.randomness import NoiseSource
from tests.unit.privacy.signing import PATIENTS, Place, party, spend

N_FLIPS = 1200


@pytest.fixture(scope="module")
def history(
    tmp_path_factory: pytest.TempPathFactory, seals: Seals, others: list[Seals]
) -> tuple[Path, dict[str, Any]]:
    """A closed ledger with every kind of row, and what it says."""

    class Clock:
        def now(self) -> float:
            return 1.7e9

        def monotonic(self) -> float:
            return 1.7e9

    unit = Charge(units=1.0, epsilon=0.9946, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)
    path = tmp_path_factory.mktemp("fuzz") / "ledger.sqlite"
    ledger = Ledger.open(path, Clock())
    ledger.seal_with(seals)
    spend(ledger, unit)
    ledger.register_cohort("Colon", "colon.csv", "e" * 64, [f"Q{i}" for i in range(40)])
    ledger.state_own("a" * 64, StatementKind.SPENT, "North")
    said = party(others[0], StatementKind.SPENT)
    ledger.keep_statement(said, others[0].signer.certificate_pem, verify)
    ledger.countersign(said)
    told = facts(ledger)
    ledger.close()
    return path, told


def facts(ledger: Ledger) -> dict[str, Any]:
    """Everything that matters about a ledger."""
    return {
        "entries": ledger.entries(),
        "cohorts": [(c, c.holdout_key) for c in ledger.cohorts()],
        "signed": ledger.signers(),
        "stated": (ledger.statements(), ledger.countersignatures()),
        "caps": [ledger.cap_state(c.id) for c in ledger.cohorts()],
        "known": sorted(ledger.file.rows("SELECT mark, cohort_id FROM marks")),  # type: ignore[type-var]
        "breast": ledger.register_cohort("x", "x", "0" * 64, PATIENTS).id,
    }


def outcome(path: Path, clock: Any, told: dict[str, Any], signed: Any) -> str:
    """Open a damaged copy; return ``noticed`` or ``harmless``, and fail on anything else."""
    try:
        ledger = Ledger.open(path, clock)
    except BudgetError:
        return "noticed"
    try:
        ledger.verify_signatures(signed)
        found = facts(ledger)
    except BudgetError:
        return "noticed"
    finally:
        ledger.close()
    assert found == told
    return "harmless"


def damaged(path: Path, folder: Path, content: bytes) -> Path:
    copy = folder / "damaged.sqlite"
    for old in folder.glob("damaged.sqlite*"):
        old.unlink()
    copy.write_bytes(content)
    return copy


def test_a_flipped_bit_is_noticed_or_harmless(
    history: tuple[Path, dict[str, Any]], tmp_path: Path, clock: Any
) -> None:
    path, told = history
    content = path.read_bytes()
    chance = random.Random(20261121)
    used = [i for i, b in enumerate(content) if b]  # most of a page is empty
    spots = [*range(100), *chance.sample(used, N_FLIPS)]
    found = []
    for spot in spots:
        flipped = bytearray(content)
        flipped[spot] ^= 1 << chance.randrange(8)
        found.append(outcome(damaged(path, tmp_path, bytes(flipped)), clock, told, verify))
    assert found.count("noticed") > N_FLIPS / 2
    assert found.count("harmless") > 0


def test_a_cut_or_overwritten_file_is_noticed(
    history: tuple[Path, dict[str, Any]], tmp_path: Path, clock: Any
) -> None:
    path, told = history
    content = path.read_bytes()
    page = 4096
    for size in range(page // 2, len(content), page // 2):
        assert outcome(damaged(path, tmp_path, content[:size]), clock, told, verify) == "noticed"
    for first in range(0, len(content), page):
        for noise in (bytes(page), b"\xff" * page, content[:page]):
            changed = content[:first] + noise + content[first + page :]
            if changed != content:
                result = outcome(damaged(path, tmp_path, changed), clock, told, verify)
                assert result == "noticed" or not any(content[first : first + page])


def test_swapped_pages_are_noticed(
    history: tuple[Path, dict[str, Any]], tmp_path: Path, clock: Any
) -> None:
    path, told = history
    content, page = path.read_bytes(), 4096
    pages = [content[i : i + page] for i in range(0, len(content), page)]
    for one in range(1, len(pages) - 1):
        swapped = list(pages)
        swapped[one], swapped[one + 1] = swapped[one + 1], swapped[one]
        assert (
            outcome(damaged(path, tmp_path, b"".join(swapped)), clock, told, verify) == "noticed"
        )


def rows_of(path: Path, table: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - constants


@pytest.mark.parametrize(
    "table", ["entries", "second_book", "cohorts", "signatures", "certificates"]
)
def test_a_row_of_another_ledger_in_its_place_is_noticed(
    history: tuple[Path, dict[str, Any]], tmp_path: Path, clock: Any, unit: Charge, table: str
) -> None:
    """Each entry, spend, cohort, signature and certificate replaced, one at a time."""
    path, told = history
    other = tmp_path / "other.sqlite"
    strange = Ledger.open(other, clock)
    strange.seal_with(
        Seals(signer=Installation.new(NoiseSource(), datetime.now(UTC)), verify=verify)
    )
    spend(strange, unit)
    strange.register_cohort("Colon", "colon.csv", "d" * 64, [f"Q{i}" for i in range(40)])
    strange.close()
    replaced = 0
    for ours, theirs in zip(rows_of(path, table), rows_of(other, table), strict=False):
        copy = damaged(path, tmp_path, path.read_bytes())
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as file:
            guards = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            made = guards.fetchall()
            for name, _ in made:
                file.execute(f"DROP TRIGGER {name}")
            columns = [c[1] for c in file.execute(f"PRAGMA table_info({table})")]
            same = " AND ".join(f"{c} IS ?" for c in columns)
            places = ", ".join("?" * len(theirs))
            file.execute(f"DELETE FROM {table} WHERE {same}", ours)  # noqa: S608 - constants
            file.execute(f"INSERT INTO {table} VALUES ({places})", theirs)  # noqa: S608 - constants
            for _, sql in made:
                file.execute(sql)
        if ours != theirs:
            replaced += 1
            assert outcome(copy, clock, told, verify) == "noticed", (ours, theirs)
    assert replaced > 0


def test_a_restored_old_copy_is_noticed(
    history: tuple[Path, dict[str, Any]], tmp_path: Path, clock: Any, unit: Charge
) -> None:
    path, _ = history
    place, copy = Place(), tmp_path / "ledger.sqlite"
    shutil.copyfile(path, copy)
    ledger = Ledger.open(copy, clock, place=place)
    ledger.reserve_charge(ledger.cohorts()[1].id, "c" * 64, unit)
    ledger.close()
    shutil.copyfile(path, copy)
    with pytest.raises(BudgetError, match="BU312"):
        Ledger.open(copy, clock, place=place)


def test_noise_beside_the_file_is_noticed_or_harmless(
    history: tuple[Path, dict[str, Any]], tmp_path: Path, clock: Any
) -> None:
    """A write-ahead log of something else."""
    path, told = history
    for noise in (b"", b"noise" * 1000, path.read_bytes()):
        copy = damaged(path, tmp_path, path.read_bytes())
        copy.with_name(copy.name + "-wal").write_bytes(noise)
        assert outcome(copy, clock, told, verify) in {"noticed", "harmless"}
