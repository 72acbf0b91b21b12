"""A public reference in the window with the real worker: built, refused, used, reported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.presenters.reference import BuildPhase
from app.presenters.run import RunPhase
from app.presenters.wording.references import alone_words
from core.worker.cohorts.cohort_desk import EXAMPLE_FILES, example_file
from tests.gui import checks
from tests.gui.test_app_end_to_end import Alone

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(420),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]


@pytest.fixture
def application(tmp_path: Path, qtbot) -> Iterator[Alone]:
    made = Alone(tmp_path / "home", qtbot)
    yield made
    made.close()


def open_cohort(folder: Path) -> Path:
    """Patients like those of the example, but others: theirs with every count drawn anew."""
    rng = np.random.default_rng(1)
    path = folder / "open-cohort.csv"
    with example_file(EXAMPLE_FILES[1]).open(newline="") as stream, path.open("w") as out:
        rows = list(csv.reader(stream))
        table = csv.writer(out)
        table.writerow(rows[0])
        for i, row in enumerate(rows[1:]):
            counts = rng.poisson(np.array(row[2:], dtype=float) + 0.5)
            table.writerow([f"P{i}", row[1], *counts.tolist()])
    return path


def build(application: Alone, source: Path, target: Path) -> None:
    """Fill in the form as a person would; the file dialogs are not Qt's to test."""
    reference = application.desk.study.privacy.reference
    application.press("Build one from an open cohort")
    asked = application.dialog()
    reference.inspect(str(source))
    application.wait(lambda: reference.state.building.phase is BuildPhase.DESCRIBING)
    assert reference.state.building.label == "diagnosis"
    asked._origin.setText("simulated")
    asked._licence.setText("CC0")
    assert checks.faults(asked) == []
    reference.build(str(target))
    application.wait(lambda: reference.state.view is not None or reference.state.problem)


def test_a_reference_is_built_refused_used_and_reported(application: Alone, tmp_path) -> None:
    desk = application.desk
    privacy, reference = desk.study.privacy, desk.study.privacy.reference
    application.press("Start the practice study")
    application.wait(lambda: desk.study.cohort.state.valid, 60)
    application.press("Continue to Privacy")
    application.take_genes(12)

    build(application, example_file(EXAMPLE_FILES[0]), tmp_path / "own.json")
    assert reference.state.problem.code == "CH125", "these are the own patients"
    assert not privacy.state.valid
    application.press("Remove")
    application.wait(lambda: privacy.state.valid, 60)

    build(application, open_cohort(tmp_path), tmp_path / "reference.json")
    assert reference.state.problem is None
    application.wait(lambda: privacy.state.valid and privacy.state.reference, 60)
    level = privacy.state.level
    assert level.usefulness.ratio > level.alone.ratio
    assert (reference.state.n_covered, reference.state.n_panel) == (12, 12)
    assert application.faults() == []

    application.press("Continue to Join")
    application.connect()
    plan = desk.study.join.state.plan
    assert plan.reference.licence == "CC0"
    assert len(plan.genes) == plan.reference.n_covered == 12
    application.run()
    assert desk.study.run.state.phase is RunPhase.FINISHED
    application.press("See results")
    application.wait(lambda: desk.study.results.state.ready, 120)
    words = alone_words(desk.study.results.state.ready.report)
    assert words is not None
    assert "The public reference alone would reach" in words[1]
    assert application.faults() == []
