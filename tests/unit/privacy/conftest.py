"""A calibrated plan, a clock that is told what time it is, and ledgers in a temporary folder."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.model.budget import Budget
from core.model.plan import Plan, PlanParty
from core.model.request import StageRequest
from core.privacy.calibration import Calibration, calibrate
from core.privacy.ledger import Charge, Ledger, Seals
from tests.unit.privacy.signing import new_seals

BUDGET = Budget(epsilon=0.9946)
N_GENES = 20


def _requests(d: int = N_GENES, n_classes: int = 3) -> tuple[StageRequest, ...]:
    """Counts, sums and tables: one stage of each kind."""

    def request(name: str, **fields: Any) -> StageRequest:
        return StageRequest(name=name, **fields)

    return (
        request("counts", values=n_classes, share=0.1, l2=1, linf=1, touched=1, counts=True),
        request(
            "sums",
            values=n_classes * d,
            share=0.5,
            l2=math.sqrt(d),
            linf=min(4.0, math.sqrt(d)),
            touched=d,
            counts=False,
        ),
        request(
            "tables",
            values=4 * n_classes * d,
            share=0.4,
            l2=math.sqrt(d),
            linf=1,
            touched=d,
            counts=True,
        ),
    )


@pytest.fixture(scope="session")
def requests_for() -> Callable[..., tuple[StageRequest, ...]]:
    return _requests


@pytest.fixture(scope="session")
def calibration() -> Calibration:
    return calibrate(_requests(), BUDGET, n_max=10_000, n_parties=3)


@pytest.fixture(scope="session")
def plan(calibration: Calibration) -> Plan:
    return Plan(
        study_id="0" * 32,
        title="A study",
        rehearsal=True,
        parties=tuple(
            PlanParty(number=i, name=f"Hospital {i}", has_cohort=True, certificate_sha256="0" * 64)
            for i in range(3)
        ),
        threshold=1,
        recipe="marginals",
        recipe_parameters=(),
        genes=tuple(f"G{i}" for i in range(N_GENES)),
        label_name="subtype",
        classes=("A", "B", "C"),
        normalisation="zscore",
        n_max=10_000,
        holdout_share=0.2,
        budget=BUDGET,
        epsilon_accounted=calibration.account.epsilon,
        patient_multiplicity=1,
        n_records=None,
        sampler=0,
        stages=calibration.stages,
    )


@dataclass
class TestClock:
    """Time that only moves when told."""

    __test__ = False
    seconds: float = 1.7e9

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def ledger(path: Path, clock: TestClock) -> Iterator[Ledger]:
    opened = Ledger.open(path, clock)
    yield opened
    opened.close()


@pytest.fixture
def reopened(clock: TestClock) -> Iterator[Callable[[Path], Ledger]]:
    """Open a ledger again; all are closed at the end."""
    opened: list[Ledger] = []

    def again(path: Path) -> Ledger:
        opened.append(Ledger.open(path, clock))
        return opened[-1]

    yield again
    for one in opened:
        one.close()


@pytest.fixture
def unit() -> Charge:
    """One study of one unit."""
    return Charge(units=1.0, epsilon=0.9946, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)


@pytest.fixture
def charge(unit: Charge) -> Callable[[float], Charge]:
    """A study of so many units."""
    return lambda units: dataclasses.replace(unit, units=units, epsilon=units, mu_sq=0.05)


@pytest.fixture(scope="session")
def seals() -> Seals:
    """This installation's key."""
    return new_seals()


@pytest.fixture(scope="session")
def others() -> list[Seals]:
    """The keys of two other installations."""
    return [new_seals(), new_seals()]
