"""A ledger's file with any of its bytes or values changed: what it was, or blocked."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import BudgetError
from core.privacy.ledger import Ledger
from core.privacy.ledger.entries import Charge
from core.worker.clock import SystemClock
from tests.property.shapes import mutated

MANY = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def ledger_file(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    book = Ledger.open(path, SystemClock())
    one = book.register_cohort("One", "one.csv", "1" * 64, ["P1", "P2"])
    unit = Charge(units=1.0, epsilon=0.99, delta=1e-6, mu_sq=0.1, delta_tail=1e-9)
    book.reserve_charge(one.id, "a" * 64, unit)
    book.spend("a" * 64)
    book.close()
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def spent_of(book: Ledger) -> list[tuple[str, float]]:
    try:
        book.verify()
        return [(e.kind.value, e.units) for e in book.entries()]
    finally:
        book.close()


@MANY
@given(st.data())
def test_a_changed_ledger_is_what_it_was_or_blocks(ledger_file, data):
    """Every byte of the file: nothing that was spent can be made to look unspent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        path.write_bytes(ledger_file)
        before = spent_of(Ledger.open(path, SystemClock()))
        path.write_bytes(data.draw(mutated(ledger_file)))
        with contextlib.suppress(BudgetError):
            assert spent_of(Ledger.open(path, SystemClock())) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET note = X'00' WHERE number = 2",
        "UPDATE entries SET number = 'x' WHERE number = 'x'",
        "UPDATE entries SET units = X'00' WHERE number = 2",
        "UPDATE entries SET units = 9e999 WHERE number = 2",
        "UPDATE entries SET kind = X'00' WHERE number = 2",
        "UPDATE entries SET note = CAST(X'FF' AS TEXT) WHERE number = 2",
        "UPDATE cohorts SET name = X'00'",
        "UPDATE cohorts SET holdout_key = 'x'",
        "UPDATE marks SET mark = 'x' WHERE mark = (SELECT min(mark) FROM marks)",
        "UPDATE meta SET value = 'x' WHERE name = 'head'",
        "UPDATE meta SET value = 7 WHERE name = 'mark key'",
        "UPDATE second_book SET epsilon = X'00'",
    ],
)
def test_a_ledger_with_values_of_another_kind_blocks(ledger_file, tmp_path, change):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(ledger_file)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        for (name,) in file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            file.execute(f"DROP TRIGGER {name}")
        touched = file.execute(change).rowcount
    if touched == 0:
        return
    with pytest.raises(BudgetError):
        spent_of(Ledger.open(path, SystemClock()))
