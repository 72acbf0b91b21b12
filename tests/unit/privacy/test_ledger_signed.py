"""Signatures of lines, and heads remembered outside the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError
from core.network.installation import verify
from core.privacy.ledger import (
    Charge,
    Ledger,
    Seals,
    Topic,
    Words,
)
from core.privacy.ledger.heads import head_from, head_text
from tests.unit.privacy.signing import PATIENTS, A, B, Place, new_seals, spend

Reopen = Callable[[Path], Ledger]


@pytest.fixture
def signed(ledger: Ledger, path: Path, unit: Charge, seals: Seals) -> Path:
    """A closed ledger of three signed lines."""
    ledger.seal_with(seals)
    spend(ledger, unit)
    ledger.close()
    return path


# ---------------------------------------------------------------- signatures


def test_every_line_is_signed_as_soon_as_the_key_is_open(
    ledger: Ledger, unit: Charge, seals: Seals
) -> None:
    spend(ledger, unit)
    assert ledger.signers() == {}
    ledger.seal_with(seals)
    ledger.record(
        Words(note="Grace was named", topic=Topic.SECOND_PERSON_NAMED, people=("Grace",))
    )
    key = seals.signer.certificate_sha256
    assert ledger.signers() == dict.fromkeys((1, 2, 3, 4), key)
    ledger.verify_signatures(verify)


def test_another_key_is_a_line_of_its_own(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge, seals: Seals
) -> None:
    ledger.seal_with(seals)
    spend(ledger, unit)
    ledger.close()
    again, successor = reopened(path), new_seals()
    again.seal_with(successor)
    last = again.entries()[-1]
    assert last.topic == Topic.SIGNING_KEY_CHANGED
    assert again.signers()[last.number] == successor.signer.certificate_sha256
    again.seal_with(successor)
    assert again.entries()[-1] == last
    again.verify_signatures(verify)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE signatures SET signature = zeroblob(70) WHERE number = 3", "BU304.*entry 3"),
        ("UPDATE signatures SET signature = 'x' WHERE number = 2", "BU304.*entry 2"),
        ("UPDATE signatures SET number = 99 WHERE number = 3", "BU315.*entry 99"),
        ("UPDATE signatures SET key = 'x' WHERE number = 1", "BU315.*entry 1"),
        ("UPDATE certificates SET pem = 'x'", "BU315.*certificate"),
        ("DELETE FROM certificates", "BU315"),
    ],
)
def test_a_changed_signature_is_found(
    signed: Path, reopened: Reopen, statement: str, code: str
) -> None:
    from tests.unit.privacy.test_ledger_file import tamper

    path = signed
    tamper(path, statement)
    with pytest.raises(BudgetError, match=code):
        reopened(path).verify_signatures(verify)


def test_a_history_written_anew_without_the_key_is_found(
    path: Path, reopened: Reopen, unit: Charge, seals: Seals, ledger: Ledger
) -> None:
    """Whoever has the file and not the key can make a chain that fits, and no signature."""
    import sqlite3

    ledger.seal_with(seals)
    spend(ledger, unit)
    entry = ledger.entries()[-1]
    ledger.close()
    forged = dataclasses.replace(entry, note="forgiven")
    forged = dataclasses.replace(forged, sha256=forged.fingerprint())
    connection = sqlite3.connect(path, isolation_level=None)
    guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    kept = guards.fetchall()
    for name, _ in kept:
        connection.execute(f"DROP TRIGGER {name}")
    change = "UPDATE entries SET note = ?, sha256 = ? WHERE number = ?"
    connection.execute(change, (forged.note, forged.sha256, forged.number))
    head = f"{forged.number}:{forged.sha256}".encode()
    connection.execute("UPDATE meta SET value = ? WHERE name = 'head'", (head,))
    for _, sql in kept:
        connection.execute(sql)
    connection.close()
    again = reopened(path)  # the chain alone cannot tell
    with pytest.raises(BudgetError, match=r"BU304.*entry 3"):
        again.seal_with(seals)


def test_a_line_that_is_not_written_is_not_signed(
    ledger: Ledger, unit: Charge, seals: Seals
) -> None:
    ledger.seal_with(seals)
    cohort = ledger.register_cohort("Breast", "breast.csv", "f" * 64, PATIENTS)
    ledger._file._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(BudgetError, match="BU306"):
        ledger.reserve_charge(cohort.id, A, unit)
    ledger._file._connection.execute("PRAGMA query_only = OFF")
    assert list(ledger.signers()) == [1]
    ledger.reserve_charge(cohort.id, A, unit)
    ledger.verify_signatures(verify)


# ---------------------------------------------------------------- remembered outside


def test_an_older_copy_is_noticed(path: Path, clock: Any, unit: Charge, tmp_path: Path) -> None:
    place = Place()
    ledger = Ledger.open(path, clock, place=place)
    spend(ledger, unit)
    ledger.close()
    older = path.read_bytes()
    ledger = Ledger.open(path, clock, place=place)
    spend(ledger, unit, B)
    assert head_from(place.text) == ledger.head
    ledger.close()
    path.write_bytes(older)
    with pytest.raises(BudgetError, match=r"BU312.*entry 5.*3 entries"):
        Ledger.open(path, clock, place=place)
    path.unlink()
    with pytest.raises(BudgetError, match=r"BU312.*0 entries"):
        Ledger.open(path, clock, place=place)


def test_another_ledger_of_the_same_length_is_noticed(
    path: Path, clock: Any, unit: Charge
) -> None:
    ledger = Ledger.open(path, clock, place=Place())
    spend(ledger, unit)
    ledger.close()
    with pytest.raises(BudgetError, match="BU312"):
        Ledger.open(path, clock, place=Place(head_text((2, "0" * 64))))


def test_a_crash_before_it_was_remembered_is_no_older_copy(
    path: Path, clock: Any, unit: Charge
) -> None:
    place = Place()
    ledger = Ledger.open(path, clock, place=place)
    spend(ledger, unit)
    behind = head_text((2, ledger.entries()[1].sha256))
    ledger.close()
    Ledger.open(path, clock, place=Place(behind)).close()


@pytest.mark.parametrize(
    "text", ["", "x", "3", "3:abc", f"-3:{'a' * 64}", f"{'9' * 20}:{'a' * 64}"]
)
def test_what_is_no_head_remembers_nothing(text: str) -> None:
    assert head_from(text) is None
