"""Whose cap it is: patients, cohorts and caps of the ledger."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError
from core.privacy.ledger import Charge, CohortRecord, Decision, EntryKind, Ledger
from core.privacy.ledger.cohorts import marks_of

A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
PATIENTS = [f"P{i}" for i in range(30)]

Charges = Callable[[float], Charge]
Reopen = Callable[[Path], Ledger]


def register(
    ledger: Ledger, patients: list[str], name: str = "Breast", **changes: Any
) -> CohortRecord:
    return ledger.register_cohort(name, "breast.csv", "f" * 64, patients, **changes)


def decided(requester: str, approver: str, reason: str = "a second study") -> Decision:
    return Decision(requester=requester, approver=approver, reason=reason)


def kinds(ledger: Ledger) -> list[EntryKind]:
    return [e.kind for e in ledger.entries()]


# ---------------------------------------------------------------- patients


def test_a_file_that_comes_back_finds_its_patients(
    ledger: Ledger, path: Path, reopened: Reopen
) -> None:
    first = register(ledger, PATIENTS)
    ledger.close()
    again = reopened(path)
    renamed = again.register_cohort("Other name", "other.csv", "0" * 64, PATIENTS[::-1])
    spaced = register(again, [f" {p}\t" for p in PATIENTS])
    part = register(again, PATIENTS[7:12])
    assert first == renamed == spaced == part
    assert first.holdout_key == renamed.holdout_key == part.holdout_key
    assert len(first.holdout_key) == 32
    assert again.cohorts() == (first,)


def test_new_patients_join_the_cohort_they_come_with(ledger: Ledger) -> None:
    first = register(ledger, PATIENTS[:20])
    more = register(ledger, PATIENTS[10:])
    assert more.id == first.id
    assert (first.n_patients, more.n_patients) == (20, 30)
    assert more.holdout_key == first.holdout_key
    assert register(ledger, PATIENTS[25:]).id == first.id
    assert ledger.entries()[-1].note == "patients added to the cohort"
    ledger.verify()


def test_other_patients_have_a_cap_of_their_own(ledger: Ledger, unit: Charge) -> None:
    one = register(ledger, PATIENTS[:10])
    two = register(ledger, PATIENTS[10:], name="Colon")
    assert one.id != two.id
    assert one.holdout_key != two.holdout_key
    ledger.reserve_charge(one.id, A, unit)
    ledger.spend(A)
    assert ledger.cap_state(one.id).spent == 1.0
    assert ledger.cap_state(two.id).spent == 0.0
    assert [c.name for c in ledger.cohorts()] == ["Breast", "Colon"]


def test_a_union_of_cohorts_carries_what_each_has_spent(ledger: Ledger, charge: Charges) -> None:
    one = register(ledger, PATIENTS[:10])
    two = register(ledger, PATIENTS[10:20], cap=2.0)
    other = register(ledger, PATIENTS[20:])
    for cohort, digest, units in ((one, A, 1.0), (two, B, 0.5), (other, C, 4.0)):
        ledger.reserve_charge(cohort.id, digest, charge(units))
        ledger.spend(digest)
    both = register(ledger, PATIENTS[5:15], name="Both")
    assert both.id not in {one.id, two.id}
    assert ledger.cap_state(both.id).spent == 1.5
    assert register(ledger, PATIENTS[5:15]).id == both.id
    # What the union spends counts for both parts, and must fit under the caps of both.
    with pytest.raises(BudgetError, match=r"BU301.*1\.5 of 2"):
        ledger.reserve_charge(both.id, D, charge(2.0))
    ledger.reserve_charge(both.id, D, charge(1.5))
    ledger.spend(D)
    assert ledger.cap_state(one.id).spent == 2.5
    assert ledger.cap_state(two.id).spent == 2.0
    assert ledger.cap_state(both.id).spent == 3.0
    assert ledger.cap_state(other.id).spent == 4.0


@pytest.mark.parametrize("patients", [[], [""], ["P1", "  "]])
def test_patients_without_identifiers(ledger: Ledger, patients: list[str]) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        register(ledger, patients)
    assert ledger.entries() == ()


def test_marks_depend_on_the_ledger(ledger: Ledger) -> None:
    """Two ways to write the same letter are one patient; two ledgers share no mark."""
    assert marks_of(bytes(32), ["Mu\u0308ller"]) == marks_of(bytes(32), ["Müller"])
    assert not marks_of(bytes(32), PATIENTS) & marks_of(b"x" * 32, PATIENTS)
    assert all(len(m) == 16 for m in marks_of(bytes(32), PATIENTS))


def test_no_identifier_and_no_key_is_shown_or_stored(ledger: Ledger, path: Path) -> None:
    canary = "canary-patient-4711"
    cohort = register(ledger, [canary, *PATIENTS])
    assert cohort.holdout_key.hex() not in repr(cohort)
    assert repr(cohort.holdout_key) not in repr(cohort)
    ledger.close()
    for file in path.parent.iterdir():
        assert canary.encode() not in file.read_bytes()


# ---------------------------------------------------------------- caps


def test_two_people_change_a_cap(ledger: Ledger, path: Path, reopened: Reopen) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.change_cap(cohort.id, 6.0, decided("Ben", "Ana "))
    assert ledger.cohort(cohort.id).cap == 6.0
    last = ledger.entries()[-1]
    assert (last.note, last.topic) == ("cap changed from 4 to 6", "cap-changed")
    assert (last.people, last.reason) == (("Ben", "Ana"), "a second study")
    ledger.close()
    assert reopened(path).cap_state(cohort.id).cap == 6.0


@pytest.mark.parametrize(
    "people", [("Ana", "Ana"), ("Ana", ""), ("", " "), ("Ana", " ana"), ("Ana  B", "ana b")]
)
def test_one_person_decides_nothing(people: tuple[str, str]) -> None:
    with pytest.raises(BudgetError, match="BU308"):
        decided(*people)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_decision_needs_a_reason(reason: str) -> None:
    with pytest.raises(BudgetError, match="BU314"):
        decided("Ana", "Ben", reason)


def test_a_reason_is_one_short_line(ledger: Ledger) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.change_cap(cohort.id, 5.0, decided("Ana", "Ben", " two\nlines "))
    assert ledger.entries()[-1].reason == "two lines"
    for wrong in (decided("Ana", "Ben", "x" * 301), decided("A\0", "Ben"), decided("A" * 81, "B")):
        with pytest.raises(BudgetError, match="BU302"):
            ledger.change_cap(cohort.id, 6.0, wrong)
    assert ledger.cohort(cohort.id).cap == 5.0


@pytest.mark.parametrize("cap", [0.0, -1.0, math.nan, math.inf, True])
def test_what_is_no_cap(ledger: Ledger, cap: float) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        register(ledger, PATIENTS, cap=cap)
    cohort = register(ledger, PATIENTS)
    with pytest.raises(BudgetError, match="BU302"):
        ledger.change_cap(cohort.id, cap, decided("Ana", "Ben"))


def test_registering_again_does_not_change_the_cap(ledger: Ledger) -> None:
    register(ledger, PATIENTS, cap=2.0)
    assert register(ledger, PATIENTS, cap=9.0).cap == 2.0
    assert register(ledger, [*PATIENTS, "new"], cap=9.0).cap == 2.0
