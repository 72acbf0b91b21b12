"""One hospital's worker in this process, with a run worker that opens what a test wants."""

from __future__ import annotations

import asyncio
import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest

from core.cohort.inspection import named_layout
from core.errors import SessionError
from core.messages.commands import ProposePlan
from core.messages.engine import StoredShare
from core.model.budget import Budget
from core.model.continuing import Choice
from core.model.measurement import Measurement
from core.model.peer import DirectRoute, PeerAddress
from core.privacy.calibration import NoiseFamily
from core.privacy.holdout import in_holdout
from core.study.drafting import Agreement, Seat, draft_plan
from core.synthesis.registry import recipe_called
from core.worker.calibrating import calibrated
from core.worker.clock import SystemClock
from core.worker.cohorts.books import Books
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.home import Home
from core.worker.runs import run_desk
from core.worker.runs.engine_client import Measured
from core.worker.runs.release_shelf import ReleaseShelf
from core.worker.runs.run_desk import RunDesk

GENES = tuple(f"G{j}" for j in range(4))
CLASSES = ("A", "B")
CERTIFICATES = ["0" * 64, "1" * 64, "2" * 64]


def rows_of(n, seed=0):
    """Patients P0, P1, ...: the same ones whatever ``n`` is, others for another seed."""
    rng = np.random.default_rng(seed)
    table = rng.normal(5, 2, (500, len(GENES))).round(3)
    return [[f"CANARY-P{seed}-{i}", CLASSES[i % 2], *table[i].tolist()] for i in range(n)]


def write_cohort(path, rows):
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([["patient", "subtype", *GENES], *rows])
    return path


@pytest.fixture(scope="session")
def agreement():
    recipe = recipe_called("marginals")
    return Agreement(
        study_id="0" * 32,
        title="A test",
        rehearsal=True,
        recipe=recipe.name,
        recipe_parameters=recipe.parameters(),
        genes=GENES,
        label_name="subtype",
        classes=CLASSES,
        budget=Budget(epsilon=2.0),
        n_records=50,
    )


@pytest.fixture(scope="session")
def plan(agreement):
    """A calibrated plan for three hospitals, as a coordinator drafts it."""
    return planned(agreement)


def planned(agreement):
    """Calibrate an agreement and draft its plan."""
    calibration = calibrated(agreement, 3, NoiseFamily(top_bits=155))
    seats = [Seat(name=f"Hospital {i}", has_cohort=True) for i in range(3)]
    epsilon = calibration.account.epsilon
    return draft_plan(agreement, seats, CERTIFICATES, calibration.stages, epsilon)


class FakeEngine:
    """A run worker that opens ``totals`` and does ``faults[step]`` at the beginning of a step."""

    def __init__(self, faults, totals):
        self.certificate_sha256 = CERTIFICATES[0]
        self.on_peer = lambda number: None
        self.faults, self.totals = faults, totals
        self.opened, self.steps, self.sent = [], [], []
        self.choices = ()
        self.refused, self.others_agree = [], True

    async def _step(self, name):
        self.steps.append(name)
        await asyncio.sleep(0)
        if name in self.faults:
            await self.faults[name]()

    async def prepare(self, name, wishes=None):
        route = DirectRoute(host="127.0.0.1", port=1)
        return PeerAddress(number=0, route=route, certificate_pem="none")

    async def connect(self, plan, own_number, peers, standings):
        await self._step("connect")
        self.standings = standings
        return tuple(self.choices or [Choice.AFRESH] * len(plan.stages))

    async def measure(self, stage, vector, gate, on_progress):
        await self._step(f"share {stage.name}")
        gate.store(StoredShare(sharing="5" * 64, content=bytes(8 * stage.values)))
        return await self._open(stage, vector, gate)

    async def open_again(self, stage, share, gate, on_progress):
        await self._step(f"again {stage.name}")
        return await self._open(stage, None, gate)

    async def _open(self, stage, vector, gate):
        await self._step(f"stored {stage.name}")
        gate.permit()
        self.opened.append(stage.name)
        await self._step(f"open {stage.name}")
        totals = self.totals(stage, vector)
        return Measured(
            measurement=Measurement(stage=stage, totals=totals), seconds=0.0, bytes_sent=1
        )

    async def compare(self, digest):
        await self._step("compare")

    async def send_table(self, content):
        await self._step("table")
        self.sent.append(content)
        return hashlib.sha256(content).hexdigest()

    async def vote(self, *, refuses):
        await self._step("vote")
        self.refused.append(refuses)
        return self.others_agree and not refuses

    async def finish(self):
        await self._step("finish")

    async def cancel(self, code="SE403"):
        self.steps.append("cancel")

    async def stop(self):
        self.steps.append("stop")


def public_totals(stage, vector):
    """What was opened, whatever this hospital put in: 40 patients, spread evenly."""
    name = stage.name.partition(":")[2] or stage.name  # of a candidate or of the only recipe
    per_cell = {"class-counts": 20, "tables": 5}.get(name, 0)
    return np.full(stage.values, int(per_cell * stage.units), dtype=np.int64)


class HospitalAlone:
    """The desks of one hospital around a FakeEngine."""

    def __init__(self, folder, monkeypatch, *, rehearsal, faults=None, totals=public_totals):
        self.events = []
        self.engine = FakeEngine(faults or {}, totals)
        self.home = Home(folder, rehearsal=rehearsal)
        self.books = Books(self.home, SystemClock())
        self.cohorts = CohortDesk(self.home, self.books)
        self.desk = RunDesk(
            home=self.home,
            books=self.books,
            cohorts=self.cohorts,
            shelf=ReleaseShelf(self.home),
            emit=self.events.append,
            clock=SystemClock(),
        )
        monkeypatch.setattr(run_desk, "EngineClient", lambda: self.engine)

    def open(self, file):
        layout = named_layout(file, label="subtype", ignored=())
        return self.cohorts.open(str(file), layout, "Cohort", lambda e: None).cohort.cohort_id

    async def run(self, plan, cohort_id, ballot=None):
        await self.desk.prepare("Hospital 0")
        await self.desk.accept(
            ProposePlan(plan=plan, own_number=0, cohort_id=cohort_id, ballot=ballot)
        )
        return await self.desk.start(plan.digest, ())


@pytest.fixture
def hospital(tmp_path, monkeypatch):
    made = []

    def make(name="home", *, rehearsal=False, **more):
        one = HospitalAlone(tmp_path / name, monkeypatch, rehearsal=rehearsal, **more)
        made.append(one)
        return one

    yield make
    for one in made:
        one.books.close()


@pytest.fixture
def cohort_file(tmp_path):
    def make(n=40, name="cohort.csv", seed=0):
        return write_cohort(tmp_path / name, rows_of(n, seed))

    return make


def keys_of_both_sides(plan):
    """Whether the newest of 41 patients is held out, and a secret key under which that is so."""
    newest = rows_of(41)[40][0]
    keys = {
        in_holdout(bytes([k]) * 32, newest, plan.holdout_share): bytes([k]) * 32 for k in range(99)
    }
    assert set(keys) == {False, True}
    return keys


def gone():
    return SessionError("SE406", party="Hospital 1", spent="x")


def files_of(folder: Path):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
