"""The application as a newcomer and as a steward meet it: the window, the real worker, real MPC.

Nothing is scripted here. Buttons are pressed in the window; partner hospitals are processes.
"""

from __future__ import annotations

import csv
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.presenters.boundary import Crossing
from app.presenters.cohort import CohortPhase
from app.presenters.desk import WorkerState
from app.presenters.join import JoinPhase
from app.presenters.run import RunPhase
from app.views.dialogs.release import ReleaseDialog
from app.views.pages.cohort_form import LayoutForm
from app.views.pages.results import ResultsPage
from core.network.installation import verify
from core.release.package.holding import read_package
from core.release.package.verifying import verify_release
from tests.gui.application import Application

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(420),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]


class Alone(Application):
    """One hospital whose partners are programs on its own computer."""

    def take_genes(self, n_genes: int) -> None:
        """Type a number of genes on the privacy step and wait for the prices."""
        self.wait(lambda: self.desk.study.privacy.state.valid, 60)
        self.window.page._parts.genes.setValue(n_genes)
        self.wait(lambda: self.desk.study.privacy.state.valid, 60)
        assert self.desk.study.privacy.state.n_genes == n_genes

    def connect(self) -> None:
        """Connect the hospitals and wait for the plan they agree on."""
        self.press("Connect the hospitals")
        phases = (JoinPhase.PROPOSED, JoinPhase.CHOOSING)
        self.wait(lambda: self.desk.study.join.state.phase in phases, 180)
        problem = self.desk.study.join.state.problem
        assert problem is None, problem

    def run(self) -> None:
        """Start, and wait for the end."""
        self.press("Start secure counting")
        self.wait(lambda: self.desk.study.run.state.over, 300)
        state = self.desk.study.run.state
        assert state.phase is RunPhase.FINISHED, state.problem


@pytest.fixture
def application(tmp_path: Path, qtbot) -> Iterator[Alone]:
    made = Alone(tmp_path / "home", qtbot)
    yield made
    made.close()


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_newcomer_practises_with_the_example(  # noqa: PLR0915 - one story from start to end
    application: Alone, tmp_path: Path
) -> None:
    desk = application.desk
    application.press("Start the practice study")
    application.wait(lambda: desk.study.cohort.state.valid, 60)
    assert application.faults() == []

    application.press("Continue to Privacy")
    application.take_genes(12)
    assert application.faults() == []

    application.press("Continue to Join")
    assert application.window.boundary.leaves.state is Crossing.QUIET
    application.connect()
    plan = desk.study.join.state.plan
    assert (len(plan.parties), plan.threshold, len(plan.genes)) == (3, 1, 12)
    assert application.faults() == []

    application.run()
    state = desk.study.run.state
    assert [s.state for s in state.stages] == ["ok"] * len(plan.stages)
    assert state.units == 1.0
    assert state.fraction == 1.0
    assert application.faults() == []

    application.press("See results")
    assert isinstance(application.window.page, ResultsPage)
    application.wait(lambda: desk.study.results.state.ready, 120)
    ready = desk.study.results.state.ready
    assert ready.cap.spent == 1.0
    assert ready.release.n_genes == 12
    for number in range(5):
        application.window.page._tabs.setCurrentIndex(number)
        QTest.qWait(60)
        assert application.faults() == []

    folder = tmp_path / "out"
    folder.mkdir()
    application.press("Release synthetic data")
    asked = application.dialog()
    assert isinstance(asked, ReleaseDialog)
    asked.set_folder(str(folder))
    asked._kind.choose(1)
    for _key, tick in asked._forms:
        tick.setChecked(True)
    application.press("Put it together", asked)
    release = desk.study.release
    application.wait(lambda: release.state.prepared or release.state.problem, 60)
    assert release.state.problem is None
    application.press("Write the files", application.dialog())
    application.wait(lambda: release.state.handed_on or release.state.approval_problem, 60)
    assert release.state.approval_problem is None
    files = read_package(folder / release.state.handed_on.name)
    assert {Path(n).suffix for n in files} >= {".csv", ".parquet", ".h5ad", ".json", ".md", ".pdf"}
    assert verify_release(files, frozenset(), verify).problems == ()
    table = rows_of(next(folder.rglob("synthetic.csv")))
    assert len(table) == ready.release.n_records + 1
    assert table[0] == [plan.label_name, *plan.genes]

    desk.ledger.open()
    application.wait(lambda: desk.ledger.state.listed is not None, 30)
    assert desk.ledger.state.entries == (), "practising leaves nothing in the hospital's ledger"


def run_workers() -> list[int]:
    """Process numbers of the run workers that this test has started, at any depth."""
    found, families = [], [os.getpid()]
    while families:
        for listing in Path(f"/proc/{families.pop()}/task").glob("*/children"):
            for number in listing.read_text().split():
                families.append(int(number))
                if b"core.worker.engine" in Path(f"/proc/{number}/cmdline").read_bytes():
                    found.append(int(number))
    return found


def test_run_is_cancelled_at_every_hospital(application: Alone) -> None:
    desk = application.desk
    application.press("Start the practice study")
    application.wait(lambda: desk.study.cohort.state.valid, 60)
    application.press("Continue to Privacy")
    application.wait(lambda: desk.study.privacy.state.valid, 60)
    application.press("Continue to Join")
    application.connect()
    application.wait(lambda: len(run_workers()) == 3, 60)
    os.kill(run_workers()[-1], signal.SIGSTOP)  # so that the run cannot be over before the click
    application.press("Start secure counting")
    application.wait(lambda: desk.study.run.state.active, 120)
    application.press("Cancel run")
    application.press("Cancel run", application.dialog())
    application.wait(lambda: desk.study.run.state.over, 60)
    assert desk.study.run.state.phase is RunPhase.CANCELLED
    assert not desk.study.busy
    assert application.faults() == []


def test_window_closed_during_a_run_ends_every_process(application: Alone, qtbot) -> None:
    desk = application.desk
    application.press("Start the practice study")
    application.wait(lambda: desk.study.cohort.state.valid, 60)
    application.press("Continue to Privacy")
    application.wait(lambda: desk.study.privacy.state.valid, 60)
    application.press("Continue to Join")
    application.connect()
    application.press("Start secure counting")
    application.wait(lambda: desk.study.run.state.active, 120)
    application.window.close()
    QApplication.processEvents()
    assert application.window.isVisible(), "it asks first"
    application.press("Cancel run and close", application.dialog())
    assert not application.window.isVisible()
    application.link.stop()
    qtbot.waitUntil(lambda: not application.link.running, timeout=40_000)


def test_killed_worker_is_told_and_started_again(application: Alone, qtbot) -> None:
    desk = application.desk
    application.press("New study")
    application.link._process.kill()
    qtbot.waitUntil(lambda: desk.state.worker is WorkerState.GONE, timeout=20_000)
    assert desk.state.problem.code == "WO602"
    application.press("Start it again")
    application.wait(lambda: desk.state.worker is WorkerState.READY, 60)
    assert desk.state.problem is None


@pytest.mark.shared
def test_counts_with_diagnoses_in_a_second_file(application: Alone, shared_cohorts: Path) -> None:
    folder = shared_cohorts / "tcga-crc-cms-92-counts"
    cohort = application.desk.study.cohort
    application.press("New study")
    application.window.page.take_file(str(folder / "X.csv.gz"))
    application.wait(lambda: cohort.state.correcting, 60)
    cohort.add_label_file(str(folder / "labels.csv"))
    application.wait(lambda: cohort.state.correcting, 60)
    form = application.window.page.findChild(LayoutForm)
    form._label.setCurrentIndex(form._label.findData("CMS.Syn"))
    application.press("Read the file like this")
    settled = (CohortPhase.CHECKED, CohortPhase.REFUSED)
    application.wait(lambda: cohort.state.phase in settled, 120)
    assert cohort.state.valid, cohort.state.problem
    found = cohort.state.summary
    assert (found.n_records, found.n_left_out, found.n_genes) == (63, 29, 16_863)
    assert found.scale.value == "counts"
    assert application.faults() == []


@pytest.mark.long
@pytest.mark.shared
def test_steward_runs_real_hospital_files(  # noqa: PLR0915 - one story, two days
    application: Alone, shared_cohorts: Path, tmp_path: Path, qtbot
) -> None:
    files = sorted((shared_cohorts / "tcga-brca-hospitals").glob("*.csv*"))
    assert len(files) == 6
    own = tmp_path / "own" / files[0].name
    own.parent.mkdir()
    own.write_bytes(files[0].read_bytes())
    desk = application.desk
    application.press("New study")
    application.window.page.take_file(str(own))
    settled = (CohortPhase.CHECKED, CohortPhase.REFUSED)
    application.wait(
        lambda: desk.study.cohort.state.phase in settled or desk.study.cohort.state.correcting, 120
    )
    if not desk.study.cohort.state.correcting:
        desk.study.cohort.correct()
    form = application.window.page.findChild(LayoutForm)
    form._label.setCurrentIndex(form._label.findData("pam50_subtype"))
    next(b for b in form._ignored._boxes if b.accessibleName() == "er_status").setChecked(True)
    application.press("Read the file like this")
    application.wait(lambda: desk.study.cohort.state.phase in settled, 120)
    state = desk.study.cohort.state
    assert state.valid, (state.problem, state.checks)
    assert state.summary.n_genes == 392
    assert application.faults() == []

    application.press("Continue to Privacy")
    application.take_genes(20)
    desk.study.privacy.set_exact(4.0)
    application.wait(lambda: desk.study.privacy.state.valid, 60)
    application.press("Continue to Join")
    application.press("Rehearse here instead")
    desk.study.join.add_files(tuple(str(f) for f in files[1:]))
    application.connect()
    plan = desk.study.join.state.plan
    assert (len(plan.parties), plan.threshold) == (6, 2)
    assert plan.budget.epsilon == 4.0
    assert application.faults() == []

    application.run()
    application.press("See results")
    application.wait(lambda: desk.study.results.state.ready, 180)
    ready = desk.study.results.state.ready
    assert ready.cap.spent == 4.0
    assert ready.cap.left == 0.0
    assert ready.release.n_genes == 20
    desk.ledger.open()
    application.wait(lambda: any(e.kind == "spent" for e in desk.ledger.state.entries), 30)
    assert desk.records.state.broken_entry == 0
    assert application.faults() == []

    application.close()
    moved = own.rename(tmp_path / own.name)
    next_day = Alone(tmp_path / "home", qtbot)
    try:
        next_day.press(f"Open results, {plan.title}")
        results = next_day.desk.study.results
        next_day.wait(lambda: results.state.problem, 30)
        assert results.state.needs_file
        assert results.state.problem.code == "CH101"
        next_day.window.page.take_file(str(moved))
        next_day.wait(lambda: results.state.ready, 180)
        assert results.state.ready.report.n_holdout == ready.report.n_holdout, "never redrawn"
        assert results.state.ready.release.synthetic_sha256 == ready.release.synthetic_sha256
        assert next_day.faults() == []
    finally:
        next_day.close()
