"""core.privacy.ledger: what is spent stays spent, and the cap follows the patients."""

from __future__ import annotations

import dataclasses
import inspect
import math
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError, PlanError
from core.model.budget import CapState
from core.model.plan import Plan
from core.privacy.ledger import (
    CLOCK_TOLERANCE_S,
    Charge,
    CohortRecord,
    Decision,
    EntryKind,
    Ledger,
)
from core.privacy.ledger.second_book import composed_epsilon, require_agreement, their_accountant

A, B, C, D = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
PATIENTS = [f"P{i}" for i in range(30)]

Charges = Callable[[float], Charge]
Reopen = Callable[[Path], Ledger]


def register(
    ledger: Ledger, patients: list[str], name: str = "Breast", **changes: Any
) -> CohortRecord:
    return ledger.register_cohort(name, "breast.csv", "f" * 64, patients, **changes)


def kinds(ledger: Ledger) -> list[EntryKind]:
    return [e.kind for e in ledger.entries()]


# ---------------------------------------------------------------- spending


def test_a_study_is_reserved_then_spent(ledger: Ledger, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    assert ledger.cap_state(cohort.id) == CapState(cap=4.0, spent=0.0)
    assert ledger.state(A) is None
    assert ledger.reserve_charge(cohort.id, A, unit) == CapState(cap=4.0, spent=0.0, reserved=1.0)
    assert ledger.state(A) is EntryKind.RESERVED
    ledger.spend(A)
    assert ledger.cap_state(cohort.id) == CapState(cap=4.0, spent=1.0)
    assert ledger.state(A) is EntryKind.SPENT
    assert kinds(ledger) == [EntryKind.DECISION, EntryKind.RESERVED, EntryKind.SPENT]


def test_a_reservation_can_be_given_back_before_anything_was_opened(
    ledger: Ledger, unit: Charge
) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    ledger.give_back(A)
    assert ledger.cap_state(cohort.id) == CapState(cap=4.0, spent=0.0)
    assert ledger.state(A) is EntryKind.RETURNED


def test_what_is_spent_is_never_given_back(ledger: Ledger, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    ledger.spend(A)
    with pytest.raises(BudgetError, match="BU308"):
        ledger.give_back(A)
    assert ledger.cap_state(cohort.id).spent == 1.0


def test_later_stages_of_a_run_are_covered_by_its_one_spend(ledger: Ledger, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    for _ in range(4):
        ledger.spend(A)
    assert kinds(ledger).count(EntryKind.SPENT) == 1


def test_a_plan_is_charged_once_and_never_again(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge
) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    with pytest.raises(BudgetError, match="BU308"):
        ledger.reserve_charge(cohort.id, A, unit)
    ledger.spend(A)
    ledger.close()
    again = reopened(path)
    with pytest.raises(BudgetError, match=r"BU308.*spent"):
        again.reserve_charge(cohort.id, A, unit)
    with pytest.raises(BudgetError, match="BU308"):
        again.spend(A)
    with pytest.raises(BudgetError, match="BU308"):
        again.give_back(A)


def test_what_was_returned_may_be_reserved_again_and_is_charged_once(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge
) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    ledger.give_back(A)
    ledger.close()
    again = reopened(path)
    for step in (again.spend, again.give_back):
        with pytest.raises(BudgetError, match=r"BU308.*returned"):
            step(A)
    again.reserve_charge(cohort.id, A, unit)
    again.spend(A)
    assert again.cap_state(cohort.id).spent == unit.units


def test_a_spent_plan_goes_on_without_a_charge_and_only_for_its_own_patients(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge
) -> None:
    cohort, other = register(ledger, PATIENTS), register(ledger, ["another"])
    for state in ("not there", "reserved"):
        with pytest.raises(BudgetError, match=f"BU308.*{state}"):
            ledger.resume(cohort.id, A)
        if state == "not there":
            ledger.reserve_charge(cohort.id, A, unit)
    ledger.spend(A, "why")
    before = ledger.cap_state(cohort.id)
    with pytest.raises(BudgetError, match="BU308"):
        ledger.resume(other.id, A)
    assert ledger.resume(cohort.id, A).note == "why"
    assert ledger.cap_state(cohort.id) == before
    assert "nothing more is charged" in ledger.entries()[-1].note
    ledger.close()
    assert reopened(path).cap_state(cohort.id) == before


def test_nothing_is_spent_that_was_not_reserved(ledger: Ledger) -> None:
    for step in (ledger.spend, ledger.give_back):
        with pytest.raises(BudgetError, match=r"BU308.*not there"):
            step(A)
    assert ledger.entries() == ()


def test_an_open_reservation_counts_as_spent_at_the_next_opening(
    ledger: Ledger, path: Path, reopened: Reopen, unit: Charge
) -> None:
    cohort = register(ledger, PATIENTS)
    for digest in (A, B, C):
        ledger.reserve_charge(cohort.id, digest, unit)
    ledger.give_back(B)
    ledger.spend(C)
    ledger.close()
    again = reopened(path)
    assert again.cap_state(cohort.id) == CapState(cap=4.0, spent=2.0)
    assert again.state(A) is EntryKind.SPENT
    assert again.state(B) is EntryKind.RETURNED
    assert "ended before" in again.entries()[-1].note
    assert again.recover() == ()


def test_the_cap_admits_what_fills_it_and_no_more(ledger: Ledger, charge: Charges) -> None:
    cohort = register(ledger, PATIENTS)
    for digest, units in ((A, 1.5), (B, 2.5)):
        ledger.reserve_charge(cohort.id, digest, charge(units))
    ledger.spend(A)
    before = ledger.entries()
    with pytest.raises(BudgetError, match=r"BU301.*0\.01 units and 0 of 4") as refused:
        ledger.reserve_charge(cohort.id, C, charge(0.01))
    assert refused.value.fields == (("asked", "0.01"), ("left", "0"), ("cap", "4"))
    assert ledger.entries() == before
    ledger.give_back(B)
    ledger.reserve_charge(cohort.id, C, charge(2.5))


def test_many_small_charges_fill_the_cap_exactly(ledger: Ledger, charge: Charges) -> None:
    """Ten times a tenth is less than one in floating point; the cap does not care."""
    cohort = register(ledger, PATIENTS, cap=1.2)
    for i in range(12):
        ledger.reserve_charge(cohort.id, f"{i:064x}", charge(0.1))
        ledger.spend(f"{i:064x}")
    assert ledger.cap_state(cohort.id) == CapState(cap=1.2, spent=1.2)
    with pytest.raises(BudgetError, match="BU301"):
        ledger.reserve_charge(cohort.id, A, charge(0.1))


@pytest.mark.parametrize(
    "change",
    [
        *[{f: v} for f in ("units", "epsilon", "delta", "mu_sq") for v in (0.0, -1.0)],
        *[{"units": v} for v in (math.nan, math.inf)],
        *[{"epsilon": v} for v in (math.nan, math.inf, 1.01)],
        *[{"delta": v} for v in (math.nan, 1.0, 1e-9)],
        *[{"delta_tail": v} for v in (-1e-9, math.nan, 1e-6)],
        *[{"mu_sq": v} for v in (math.nan, math.inf)],
        {"units": 1},
        {"epsilon": "1"},
    ],
    ids=str,
)
def test_what_is_no_charge(unit: Charge, change: dict[str, Any]) -> None:
    with pytest.raises(BudgetError, match="BU302"):
        dataclasses.replace(unit, **change)


# ---------------------------------------------------------------- plans


def test_a_plan_is_charged_what_this_computer_computes(ledger: Ledger, plan: Plan) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.propose(cohort.id, plan)
    assert ledger.cap_state(cohort.id).reserved == 0.0
    assert ledger.reserve(cohort.id, plan).reserved == 1.0
    ledger.spend(plan.digest)
    entry = ledger.entries()[-1]
    assert (entry.kind, entry.digest) == (EntryKind.SPENT, plan.digest)
    assert entry.units == 1.0
    assert entry.epsilon == plan.epsilon_accounted
    assert entry.delta == plan.budget.delta
    assert 0 < entry.mu_sq < 0.1
    assert 0 < entry.delta_tail < 1e-8
    with pytest.raises(BudgetError, match="BU308"):
        ledger.propose(cohort.id, plan)


def test_a_plan_that_lies_is_not_reserved(ledger: Ledger, plan: Plan) -> None:
    cohort = register(ledger, PATIENTS)
    before = ledger.entries()
    for step in (ledger.propose, ledger.reserve):
        with pytest.raises(PlanError, match="epsilon_accounted"):
            step(cohort.id, dataclasses.replace(plan, epsilon_accounted=0.5))
    assert ledger.entries() == before


def test_a_cohort_that_nobody_registered(ledger: Ledger, plan: Plan, unit: Charge) -> None:
    unknown = "0" * 32
    calls: list[Callable[[], object]] = [
        lambda: ledger.cohort(unknown),
        lambda: ledger.cap_state(unknown),
        lambda: ledger.reserve_charge(unknown, A, unit),
        lambda: ledger.propose(unknown, plan),
        lambda: ledger.change_cap(unknown, 5.0, Decision(requester="A", approver="B", reason="c")),
    ]
    for call in calls:
        with pytest.raises(BudgetError, match="BU308"):
            call()
    assert ledger.entries() == ()


# ---------------------------------------------------------------- time


def test_times_are_utc_and_come_from_the_clock(ledger: Ledger) -> None:
    register(ledger, PATIENTS)
    assert ledger.entries()[0].time == "2023-11-14T22:13:20.000000+00:00"


def test_a_clock_far_behind_stops_the_ledger(ledger: Ledger, clock: Any, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    clock.seconds -= CLOCK_TOLERANCE_S - 1
    ledger.reserve_charge(cohort.id, A, unit)
    clock.seconds -= CLOCK_TOLERANCE_S + 300
    before = ledger.entries()
    for step in (lambda: ledger.spend(A), lambda: register(ledger, ["new"])):
        with pytest.raises(BudgetError, match=r"BU311.*420 s behind"):
            step()
    assert ledger.entries() == before
    ledger.verify()
    clock.seconds += CLOCK_TOLERANCE_S + 300
    ledger.spend(A)


def test_a_clock_that_says_nothing_stops_the_ledger(
    ledger: Ledger, clock: Any, unit: Charge
) -> None:
    cohort = register(ledger, PATIENTS)
    clock.seconds = -1e6
    with pytest.raises(BudgetError, match="BU311"):
        ledger.reserve_charge(cohort.id, A, unit)


# ---------------------------------------------------------------- the second book


def test_the_second_book_never_reports_less_than_ours(unit: Charge) -> None:
    charges = [unit, dataclasses.replace(unit, units=2.0, epsilon=2.0, mu_sq=0.2)] * 3
    ours = composed_epsilon(charges)
    assert unit.epsilon < ours < sum(c.epsilon for c in charges)
    require_agreement(charges, 9.0)
    assert composed_epsilon([]) == 0.0


def test_our_total_is_never_above_the_plain_sum(unit: Charge) -> None:
    """A plan certified by theorem A records a mu that alone would say more."""
    loose = dataclasses.replace(unit, mu_sq=1.0)
    assert composed_epsilon([loose]) == unit.epsilon


def test_the_second_book_refuses_to_overspend(unit: Charge) -> None:
    with pytest.raises(BudgetError, match="BU307"):
        require_agreement([unit, unit, unit], 2.0)


def test_the_second_book_refuses_what_it_cannot_read(unit: Charge) -> None:
    tiny = dataclasses.replace(unit, epsilon=1e-30)
    with pytest.raises(BudgetError, match="BU307"):
        require_agreement([tiny], 4.0)


def test_the_second_book_is_diffprivlibs_own(unit: Charge) -> None:
    """The accountant that is loaded alone reckons like the one inside the whole package."""
    from diffprivlib.accountant import BudgetAccountant

    for slack in (0.0, 1e-6):
        books = [
            kind(epsilon=50.0, delta=1.0, slack=slack)
            for kind in (their_accountant().BudgetAccountant, BudgetAccountant)
        ]
        for number in range(1, 9):
            for book in books:
                book.spend(number * unit.epsilon / 8, number * unit.delta)
            alone, whole = (book.total() for book in books)
            assert alone == whole
    assert inspect.getsource(books[0].spend) == inspect.getsource(books[1].spend)


def test_the_two_books_disagree(unit: Charge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "core.privacy.ledger.second_book.composed_epsilon", lambda charges: 2 * len(charges)
    )
    with pytest.raises(BudgetError, match="BU307"):
        require_agreement([unit], 4.0)


def test_the_ledger_tells_the_tighter_total(ledger: Ledger, plan: Plan, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    assert ledger.composed_epsilon(cohort.id) == 0.0
    ledger.reserve(cohort.id, plan)
    ledger.reserve_charge(cohort.id, A, unit)
    assert ledger.composed_epsilon(cohort.id) == 0.0
    ledger.spend(plan.digest)
    ledger.spend(A)
    assert 0.9946 < ledger.composed_epsilon(cohort.id) < 1.6


# ---------------------------------------------------------------- the file


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_the_owner_reads_the_ledger(ledger: Ledger, path: Path) -> None:
    register(ledger, PATIENTS)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_entries_form_a_chain(ledger: Ledger, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit, note="held-out comparison")
    first, second = ledger.entries()
    assert (first.number, second.number) == (1, 2)
    assert second.previous == first.sha256 == first.fingerprint()
    assert second.note == "held-out comparison"
    assert dataclasses.replace(second, units=0.5).fingerprint() != second.sha256


def test_the_second_book_costs_no_import_of_models() -> None:
    """Each hospital keeps it before each run; scikit-learn takes two seconds of a core."""
    import subprocess

    code = (
        "import sys; from core.privacy.ledger.second_book import require_agreement;"
        "require_agreement([], 4.0);"
        "print(sorted({'diffprivlib', 'pandas', 'sklearn'} & set(sys.modules)));"
        "import diffprivlib.models, sklearn.utils; sklearn.utils.check_random_state(1)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"


def test_the_odds_of_all_releases_use_their_own_epsilons(ledger: Ledger, unit: Charge) -> None:
    cohort = register(ledger, PATIENTS)
    ledger.reserve_charge(cohort.id, "a" * 64, unit)
    assert ledger.cap_state(cohort.id).total_epsilon == pytest.approx(unit.epsilon)
    ledger.spend("a" * 64)
    assert ledger.cap_state(cohort.id).total_epsilon == pytest.approx(unit.epsilon)
    assert ledger.cap_state(cohort.id).spent == unit.units
