"""The ledger under any sequence of steps: spent never falls and no patient exceeds a cap."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from core.errors import BudgetError
from core.privacy.ledger import Charge, Decision, EntryKind, Ledger
from core.privacy.ledger.backup import back_up, examined

CAP = 3.0
PATIENTS = st.frozensets(st.integers(0, 11), min_size=1, max_size=6)
UNITS = st.sampled_from([0.01, 0.5, 1.0, 1.5, 2.0, 3.0])


class Clock:
    seconds = 1.7e9

    def now(self) -> float:
        self.seconds += 1
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


class LedgerMachine(RuleBasedStateMachine):
    cohorts = Bundle("cohorts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.sqlite"
        self.clock = Clock()
        self.ledger = Ledger.open(self.path, self.clock)
        self.members: dict[str, set[int]] = {}
        self.reserved: dict[str, tuple[str, float]] = {}
        self.spent: dict[str, tuple[str, float]] = {}
        self.returned: dict[str, tuple[str, float]] = {}
        self.least: dict[str, float] = {}
        self.lines: list[str] = []
        self.caps: dict[str, float] = {}
        self.withdrawn: set[str] = set()
        self.studies = 0

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()

    @rule(target=cohorts, patients=PATIENTS)
    def register(self, patients: frozenset[int]) -> str:
        names = [f"P{i}" for i in patients]
        record = self.ledger.register_cohort("x", "x.csv", "0" * 64, names, cap=CAP)
        before = self.members.setdefault(record.id, set())
        touched = [c for c, m in self.members.items() if m & patients and c != record.id]
        assert not before or before & patients  # led back by a patient it knows
        assert before or not touched or len(touched) > 1  # new only if it belongs to several
        before |= patients
        self.caps.setdefault(record.id, CAP)
        assert record.n_patients == len(before)
        return record.id

    @rule(cohort=cohorts, units=UNITS)
    def reserve(self, cohort: str, units: float) -> None:
        self.studies += 1
        digest = f"{self.studies:064x}"
        charge = Charge(units=units, epsilon=units, delta=1e-6, mu_sq=0.05, delta_tail=0.0)
        group = [o for o, theirs in self.members.items() if theirs & self.members[cohort]]
        fits = all(self.taken(o) + units <= self.caps[o] + 1e-9 for o in group)
        if self.withdrawn & set(group):
            with pytest.raises(BudgetError, match="BU313"):
                self.ledger.reserve_charge(cohort, digest, charge)
        elif fits:
            self.ledger.reserve_charge(cohort, digest, charge)
            self.reserved[digest] = (cohort, units)
        else:
            with pytest.raises(BudgetError, match="BU301"):
                self.ledger.reserve_charge(cohort, digest, charge)

    @precondition(lambda self: self.reserved)
    @rule(choice=st.randoms(use_true_random=False))
    def spend(self, choice) -> None:
        digest = choice.choice(sorted(self.reserved))
        self.ledger.spend(digest)
        self.spent[digest] = self.reserved.pop(digest)

    @precondition(lambda self: self.reserved)
    @rule(choice=st.randoms(use_true_random=False))
    def give_back(self, choice) -> None:
        digest = choice.choice(sorted(self.reserved))
        self.ledger.give_back(digest)
        self.returned[digest] = self.reserved.pop(digest)

    @precondition(lambda self: self.returned)
    @rule(choice=st.randoms(use_true_random=False))
    def reserve_what_was_returned(self, choice) -> None:
        digest = choice.choice(sorted(self.returned))
        cohort, units = self.returned[digest]
        charge = Charge(units=units, epsilon=units, delta=1e-6, mu_sq=0.05, delta_tail=0.0)
        with contextlib.suppress(BudgetError):  # it may not fit any more
            self.ledger.reserve_charge(cohort, digest, charge)
            self.reserved[digest] = self.returned.pop(digest)

    @precondition(lambda self: self.spent)
    @rule(choice=st.randoms(use_true_random=False))
    def go_on_with_what_is_spent(self, choice) -> None:
        digest = choice.choice(sorted(self.spent))
        cohort, units = self.spent[digest]
        charged = self.ledger.resume(cohort, digest)
        assert (charged.digest, charged.units) == (digest, units)
        for other in set(self.members) - {cohort}:
            with pytest.raises(BudgetError, match="BU308"):
                self.ledger.resume(other, digest)

    @precondition(lambda self: self.spent)
    @rule(choice=st.randoms(use_true_random=False))
    def give_back_what_is_spent(self, choice) -> None:
        digest = choice.choice(sorted(self.spent))
        with pytest.raises(BudgetError, match="BU308"):
            self.ledger.give_back(digest)

    @rule(cohort=cohorts, cap=st.sampled_from([0.5, 2.0, 4.0, 6.0]))
    def change_the_cap(self, cohort: str, cap: float) -> None:
        decision = Decision(requester="Ada", approver="Grace", reason="a test")
        if cohort in self.withdrawn:
            with pytest.raises(BudgetError, match="BU313"):
                self.ledger.change_cap(cohort, cap, decision)
        else:
            self.ledger.change_cap(cohort, cap, decision)
            self.caps[cohort] = cap

    @rule(cohort=cohorts, really=st.integers(0, 5))
    def withdraw(self, cohort: str, really: int) -> None:
        if not really:
            self.ledger.withdraw(cohort, "Ada", "a test")
            self.withdrawn.add(cohort)

    @rule()
    def copies_are_whole(self) -> None:
        copy = self.path.with_name("copy.sqlite")
        copy.unlink(missing_ok=True)
        back_up(self.ledger, copy)
        assert examined(copy) == self.ledger.entries()

    @rule()
    def crash_and_open_again(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.path, self.clock)
        self.spent |= self.reserved
        self.reserved = {}

    def taken(self, cohort: str) -> float:
        """Every charge on a patient of this cohort."""
        return sum(
            units
            for other, units in (*self.spent.values(), *self.reserved.values())
            if self.members[other] & self.members[cohort]
        )

    @invariant()
    def spent_never_falls_and_counts_every_charge(self) -> None:
        for cohort in self.members:
            state = self.ledger.cap_state(cohort)
            assert abs(state.spent + state.reserved - self.taken(cohort)) < 1e-6
            assert state.spent >= self.least.get(cohort, 0.0)
            assert state.cap == self.caps[cohort]
            self.least[cohort] = state.spent

    @invariant()
    def lines_are_only_added(self) -> None:
        lines = [e.sha256 for e in self.ledger.entries()]
        assert lines[: len(self.lines)] == self.lines
        self.lines = lines
        counts = [e.kind for e in self.ledger.entries()].count(EntryKind.SPENT)
        assert counts == len(self.spent)


LedgerMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestLedger = LedgerMachine.TestCase
