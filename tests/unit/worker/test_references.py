"""core.worker.references: an open file becomes a reference, or the reason is said."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cohort.inspection import named_layout
from core.cohort.normalisation import normalised
from core.cohort.reading import read
from core.errors import CohortError, PlanError, WorkerError
from core.messages.study_commands import CreateStudy
from core.model.budget import Budget
from core.model.invitation import MeetingPoint
from core.worker.cohorts.public_patients import holds_patients_of, refuse_public
from core.worker.commands.trial import TrialSettings, trial_plan
from core.worker.references.choosing import chosen_genes
from core.worker.references.reading import OpenFile, read_reference, reference_from
from core.worker.runs.report_desk import ReportDesk
from core.worker.studies.study_setup import panel_of
from tests.gui import script_report

GENES = tuple(f"G{i:02}" for i in range(60))


def table(path: Path, values: np.ndarray, *, genes=GENES, first: int = 0) -> Path:
    """A cohort's file: codes, two diagnoses in turn, log values."""
    lines = [",".join(("patient", "diagnosis", *genes))]
    for i, row in enumerate(values.round(3), start=first):
        lines.append(",".join((f"P-{i}", "AB"[i % 2] + "LL", *map(str, row))))
    path.write_text("\n".join(lines) + "\n")
    return path


def drawn(n: int, seed: int = 1, n_genes: int = 60) -> np.ndarray:
    """Log values: the last five genes spread most."""
    rng = np.random.default_rng(seed)
    height = np.random.default_rng(7).uniform(3, 12, n_genes)
    spread = np.where(np.arange(n_genes) < n_genes - 5, 0.4, 2.0)
    return rng.normal(height, spread, (n, n_genes)).clip(0.01)


def said(path: Path, label: str = "diagnosis") -> OpenFile:
    return OpenFile(
        path=path, label=label, ignored=(), title="Open", provenance="here", licence="CC0"
    )


@pytest.fixture
def public(tmp_path: Path) -> Path:
    built = reference_from(said(table(tmp_path / "public.csv", drawn(30))))
    path = tmp_path / "reference.json"
    path.write_bytes(built.to_bytes())
    return path


def test_an_open_file_is_summarised_with_or_without_its_diagnoses(tmp_path: Path) -> None:
    path = table(tmp_path / "public.csv", drawn(30))
    steps: list[tuple[int, int]] = []
    named = reference_from(said(path), on_progress=lambda *n: steps.append(n))
    assert (named.classes, named.n_records, len(named.genes)) == (("ALL", "BLL"), 30, 60)
    assert steps[-1][0] == 30
    plain = reference_from(said(path, ""))
    assert (plain.classes, plain.genes) == ((), named.genes)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda a: replace(a, path=a.path.parent / "none.csv"), "CH101"),
        (lambda a: replace(a, label="subtype"), "CH104"),
        (lambda a: replace(a, path=table(a.path, drawn(9))), "PL207"),
        (lambda a: replace(a, path=table(a.path, drawn(30) - drawn(30).mean(axis=0))), "PL201"),
        (lambda a: replace(a, path=table(a.path, 1000 * (drawn(30) - 9))), "CH122"),
    ],
    ids=["no file", "no such column", "few records", "centred genes", "raw intensities"],
)
def test_what_is_no_open_cohort_is_refused(tmp_path: Path, wrong, code: str) -> None:
    asked = said(table(tmp_path / "public.csv", drawn(30)))
    with pytest.raises((CohortError, PlanError)) as refused:
        reference_from(wrong(asked))
    assert refused.value.code == code


def test_building_stops_when_asked(tmp_path: Path) -> None:
    with pytest.raises(CohortError, match="CH116"):
        reference_from(said(table(tmp_path / "public.csv", drawn(30))), stop=lambda: True)


def test_another_file_in_the_place_of_a_reference_is_refused(tmp_path: Path) -> None:
    cohort = table(tmp_path / "public.csv", drawn(30))
    with pytest.raises(WorkerError, match="reference build"):
        read_reference(cohort)
    huge = tmp_path / "huge.json"
    with huge.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    with pytest.raises(WorkerError, match="larger than any"):
        read_reference(huge)
    with pytest.raises(WorkerError, match="cannot be read"):
        read_reference(tmp_path / "none.json")


def wishes(**changes) -> CreateStudy:
    return CreateStudy(**{
        "title": "T", "purpose": "P", "cohort_id": "", "genes": (), "label_name": "diagnosis",
        "classes": ("ALL", "BLL"), "recipe": "moments", "epsilon": 1.0, "delta": 1e-6,
        "n_max": 100, "n_records": None, "attestations": (),
        "meeting": MeetingPoint(host="relay", port=1, relay=True), **changes,
    })  # fmt: skip


def test_the_genes_of_a_study_are_those_that_vary_most_in_the_reference(public: Path) -> None:
    panel = panel_of(wishes(n_genes=5, reference=str(public)), ("X", *GENES))
    assert set(panel.genes) == {"G55", "G56", "G57", "G58", "G59"}
    assert panel.reference is not None
    assert (panel.reference.n_covered, panel.reference.title) == (5, "Open")
    first = panel_of(wishes(n_genes=5), ("X", *GENES))
    assert first.genes == ("X", *GENES[:4])
    assert first.reference is None
    listed = panel_of(wishes(genes=GENES[:7], reference=str(public)), ("X",))
    assert listed.genes == GENES[:7]
    with pytest.raises(PlanError, match="PL207"):
        panel_of(wishes(), ())
    with pytest.raises(PlanError, match="PL201"):
        panel_of(wishes(genes=tuple("ABCDEFGH"), reference=str(public)), ())
    assert chosen_genes(GENES, None, read_reference(public)) == GENES


def test_own_patients_in_a_reference_are_noticed(public: Path, tmp_path: Path) -> None:
    cut = read_reference(public).for_panel(GENES[:20])
    layout = named_layout(public.parent / "public.csv", label="diagnosis")
    for values, known in (
        (drawn(30), True),
        (np.concatenate([drawn(12, seed=5), drawn(30)[7:8]]), True),
        (drawn(40, seed=5), False),
    ):
        cohort = read(table(tmp_path / "own.csv", values, first=100), layout)
        assert holds_patients_of(cut, cohort) is known
        if known:
            with pytest.raises(CohortError, match="CH125"):
                refuse_public(cohort, cut)
    old = replace(cut, record_marks="")
    same = read(public.parent / "public.csv", layout)
    assert holds_patients_of(old, same)  # by the file's own fingerprint


def test_a_report_says_what_the_public_data_alone_would_reach(public: Path) -> None:
    """Diagnoses alike in both cohorts are told apart by the reference alone; without a reference
    that names two of them there is nothing to say.
    """
    up = np.zeros((60, 60))
    up[::2, 10:20] = 3.0
    told = table(public.parent / "told.csv", drawn(60) + up)
    file = reference_from(said(told))
    desk = ReportDesk.__new__(ReportDesk)
    desk._stop = threading.Event()
    genes = GENES[:30]

    def plan(reference):
        return trial_plan(
            TrialSettings(recipe="moments", genes=genes, classes=("ALL", "BLL"), n_max=100,
                          budget=Budget(epsilon=1.0), reference=reference)
        )  # fmt: skip

    layout = named_layout(told, label="diagnosis")
    own = table(public.parent / "own.csv", drawn(60, seed=9) + up, first=900)
    holdout = normalised(read(own, layout), genes, ("ALL", "BLL"))
    report = replace(script_report.quality(), n_synthetic=80, public_alone=())
    named = desk._beside_public(plan(file.for_panel(genes)), holdout, report)
    assert [s.classifier for s in named.public_alone] == ["logistic-regression", "random-forest"]
    assert all(s.synthetic > 0.9 for s in named.public_alone)
    plain = reference_from(said(told, "")).for_panel(genes)
    for reference in (plain, None):
        assert desk._beside_public(plan(reference), holdout, report) == report
    desk._stop.set()
    with pytest.raises(WorkerError, match="WO604"):
        desk._beside_public(plan(file.for_panel(genes)), holdout, report)
