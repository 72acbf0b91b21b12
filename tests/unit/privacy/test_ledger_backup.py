"""Backups, restores, withdrawals and deletions: each with its safe consequence, written down."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError
from core.privacy.ledger import Charge, Decision, EntryKind, Ledger, Topic
from core.privacy.ledger.backup import back_up, examined, restore
from core.privacy.ledger.cohorts import mark_key, marks_of
from tests.unit.privacy.signing import Place

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
PATIENTS = [f"P{i}" for i in range(30)]
WHY = Decision(requester="Ada", approver="Grace", reason="the disk was replaced")
Reopen = Callable[[Path], Ledger]


def register(ledger: Ledger, patients: list[str], name: str = "Breast") -> str:
    return ledger.register_cohort(name, "breast.csv", "f" * 64, patients).id


def spend(ledger: Ledger, cohort: str, unit: Charge, digest: str) -> None:
    ledger.reserve_charge(cohort, digest, unit)
    ledger.spend(digest)


# ---------------------------------------------------------------- backup


def test_a_backup_is_the_ledger(ledger: Ledger, tmp_path: Path, unit: Charge) -> None:
    spend(ledger, register(ledger, PATIENTS), unit, A)
    target = tmp_path / "backup.sqlite"
    assert back_up(ledger, target) == ledger.head
    assert examined(target) == ledger.entries()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    before = target.read_bytes()
    examined(target)
    assert target.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir() if "backup" in p.name) == ["backup.sqlite"]
    with pytest.raises(BudgetError, match="BU306"):
        back_up(ledger, target)


def test_a_backup_that_cannot_be_written(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="BU306") as refused:
        back_up(ledger, tmp_path / "nowhere" / "backup.sqlite")
    assert str(tmp_path) not in str(refused.value)


# ---------------------------------------------------------------- restore


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def opened(path: Path, clock: Any, place: Place) -> Any:
    """Open the ledger again, remembered in ``place``; closed at the end."""
    found: list[Ledger] = []

    def again() -> Ledger:
        for one in found:
            one.close()
        found.append(Ledger.open(path, clock, place=place))
        return found[-1]

    yield again
    for one in found:
        one.close()


def test_the_newest_backup_brings_everything_back(
    opened: Any, path: Path, clock: Any, place: Place, unit: Charge, tmp_path: Path
) -> None:
    ledger = opened()
    cohort = register(ledger, PATIENTS)
    spend(ledger, cohort, unit, A)
    back_up(ledger, tmp_path / "backup.sqlite")
    ledger.close()
    path.write_bytes(b"SQLite format 3\0 and then noise")
    found = restore(tmp_path / "backup.sqlite", path, clock, place, WHY)
    assert (found.entries, found.missing) == (3, 0)
    assert (path.parent / found.set_aside).read_bytes().endswith(b"noise")
    ledger = opened()
    last = ledger.entries()[-1]
    assert (last.topic, last.people, last.reason) == (
        Topic.LEDGER_RESTORED,
        ("Ada", "Grace"),
        WHY.reason,
    )
    assert ledger.standing(cohort) == ""
    assert ledger.cap_state(cohort).spent == 1.0


def test_an_older_backup_holds_every_cohort_until_two_people_decide(
    opened: Any, path: Path, clock: Any, place: Place, unit: Charge, tmp_path: Path
) -> None:
    ledger = opened()
    cohort = register(ledger, PATIENTS)
    spend(ledger, cohort, unit, A)
    back_up(ledger, tmp_path / "backup.sqlite")
    spend(ledger, cohort, unit, B)
    ledger.close()
    path.unlink()
    found = restore(tmp_path / "backup.sqlite", path, clock, place, WHY)
    assert (found.missing, found.set_aside) == (2, "")
    ledger = opened()
    with pytest.raises(BudgetError, match=r"BU313.*held"):
        ledger.reserve_charge(cohort, C, unit)
    later = register(ledger, ["N1", "N2"], "Later")
    with pytest.raises(BudgetError, match=r"BU313.*held"):
        ledger.reserve_charge(later, C, unit)
    ledger.change_cap(cohort, 2.0, WHY)
    ledger.reserve_charge(cohort, C, unit)
    assert ledger.cap_state(cohort).left == 0.0


def test_without_any_backup_two_people_go_on_and_everything_is_held(
    opened: Any, path: Path, clock: Any, place: Place, unit: Charge
) -> None:
    ledger = opened()
    spend(ledger, register(ledger, PATIENTS), unit, A)
    ledger.close()
    path.unlink()
    with pytest.raises(BudgetError, match="BU312"):
        opened()
    found = restore(path, path, clock, place, WHY)
    assert (found.entries, found.missing) == (0, 3)
    ledger = opened()
    cohort = register(ledger, PATIENTS)
    assert ledger.standing(cohort) == "held"


def test_a_reservation_in_a_backup_counts_as_spent(
    opened: Any, path: Path, clock: Any, place: Place, unit: Charge, tmp_path: Path
) -> None:
    ledger = opened()
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort, A, unit)
    back_up(ledger, tmp_path / "backup.sqlite")
    ledger.give_back(A)
    ledger.close()
    path.unlink()
    restore(tmp_path / "backup.sqlite", path, clock, place, WHY)
    assert opened().state(A) is EntryKind.SPENT


def test_a_restore_is_refused_where_nothing_is_wrong(
    opened: Any, path: Path, clock: Any, place: Place, unit: Charge, tmp_path: Path
) -> None:
    ledger = opened()
    spend(ledger, register(ledger, PATIENTS), unit, A)
    back_up(ledger, tmp_path / "backup.sqlite")
    entries = ledger.entries()
    with pytest.raises(BudgetError, match="BU305"):  # while it is open
        restore(tmp_path / "backup.sqlite", path, clock, place, WHY)
    ledger.close()
    with pytest.raises(BudgetError, match=r"BU316.*whole"):
        restore(tmp_path / "backup.sqlite", path, clock, place, WHY)
    assert opened().entries() == entries


@pytest.mark.parametrize("content", [b"", b"noise" * 100])
def test_a_broken_backup_is_refused(
    opened: Any, path: Path, clock: Any, place: Place, tmp_path: Path, content: bytes
) -> None:
    register(opened(), PATIENTS)
    opened().close()
    path.write_bytes(b"noise")
    broken = tmp_path / "backup.sqlite"
    broken.write_bytes(content)
    if not content:  # an empty file is an empty ledger: it lacks everything
        assert restore(broken, path, clock, place, WHY).missing == 1
        return
    with pytest.raises(BudgetError, match=r"BU316.*broken"):
        restore(broken, path, clock, place, WHY)
    assert path.read_bytes() == b"noise"


# ---------------------------------------------------------------- withdrawn


def test_a_withdrawn_cohort_keeps_its_patients_out(ledger: Ledger, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS[:10])
    other = register(ledger, PATIENTS[20:], "Other")
    spend(ledger, cohort, unit, A)
    ledger.withdraw(cohort, "Ada", "consent was withdrawn")
    assert register(ledger, PATIENTS[:5]) == cohort
    both = register(ledger, [*PATIENTS[5:12], *PATIENTS[20:25]], "Both")
    for one in (cohort, both):
        with pytest.raises(BudgetError, match=r"BU313.*withdrawn"):
            ledger.reserve_charge(one, B, unit)
    with pytest.raises(BudgetError, match="BU313"):
        ledger.change_cap(cohort, 8.0, WHY)
    ledger.reserve_charge(other, B, unit)
    assert ledger.cap_state(cohort).spent == 1.0
    assert ledger.entries()[-3].people == ("Ada",)


@pytest.mark.parametrize(("person", "reason"), [("", "x"), ("Ada", " ")])
def test_a_withdrawal_has_a_name_and_a_reason(ledger: Ledger, person: str, reason: str) -> None:
    cohort = register(ledger, PATIENTS)
    with pytest.raises(BudgetError, match="BU314"):
        ledger.withdraw(cohort, person, reason)
    assert ledger.standing(cohort) == ""


# ---------------------------------------------------------------- forgotten


def test_forgotten_marks_are_gone_and_what_they_meant_stays(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge
) -> None:
    one = register(ledger, PATIENTS[:10])
    two = register(ledger, PATIENTS[10:20], "Two")
    both = register(ledger, PATIENTS[5:15], "Both")
    spend(ledger, one, unit, A)
    key = mark_key(ledger.file, ledger._source)
    gone = marks_of(key, PATIENTS[:5])
    ledger.forget_identifiers(one, WHY)
    assert ledger.cohort(one).n_patients == 0
    assert ledger.cap_state(both).spent == 1.0  # noted before they went
    assert ledger.cap_state(two).spent == 0.0
    ledger.verify()
    ledger.close()
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert not any(mark in content for mark in gone), file.name
    again = reopened(path)
    with pytest.raises(BudgetError, match=r"BU313.*deleted"):
        again.reserve_charge(one, B, unit)
    again.reserve_charge(both, B, unit)
    assert again.cap_state(both).reserved == 1.0


def test_patients_who_cannot_be_recognised_wait_for_two_people(
    ledger: Ledger, unit: Charge
) -> None:
    first = register(ledger, PATIENTS[:10])
    known = register(ledger, PATIENTS[20:], "Known")
    spend(ledger, first, unit, A)
    ledger.forget_identifiers(first, WHY)
    again = register(ledger, PATIENTS[:10], "Again")
    assert again != first
    with pytest.raises(BudgetError, match=r"BU313.*held"):
        ledger.reserve_charge(again, B, unit)
    assert ledger.standing(known) == ""
    assert register(ledger, [*PATIENTS[20:], *PATIENTS[:3]], "Known") not in {known, first}
    ledger.change_cap(again, 3.0, WHY)
    assert ledger.standing(again) == "held in part"


def test_the_file_still_refuses_deletions_afterwards(ledger: Ledger) -> None:
    import sqlite3

    cohort = register(ledger, PATIENTS[:10])
    register(ledger, PATIENTS[20:], "Other")
    ledger.forget_identifiers(cohort, WHY)
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        ledger._file._connection.execute("DELETE FROM marks")


# ---------------------------------------------------------------- reasons


def test_a_level_above_most_detail_needs_a_reason(ledger: Ledger, plan: Any) -> None:
    import dataclasses

    from core.model.budget import Budget
    from core.privacy.calibration import calibrate
    from tests.unit.privacy.conftest import _requests

    cohort = register(ledger, PATIENTS)
    budget = Budget(epsilon=3.0)
    made = calibrate(_requests(), budget, n_max=10_000, n_parties=3)
    high = dataclasses.replace(
        plan, budget=budget, stages=made.stages, epsilon_accounted=made.account.epsilon
    )
    for reason in ("", "  "):
        with pytest.raises(BudgetError, match="BU314"):
            ledger.reserve(cohort, high, reason)
    assert ledger.state(high.digest) is None
    ledger.propose(cohort, high, "the classes are rare")
    ledger.reserve(cohort, high)
    assert ledger.entries()[-1].reason == "the classes are rare"
