"""The sample cohort, and the real cohorts that lie beside the project."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from core.cohort.checks import check, refuse_problems
from core.cohort.inspection import inspect, named_layout
from core.cohort.normalisation import normalised
from core.cohort.reading import read
from core.errors import CohortError
from core.model.cohort import CheckState, CohortSummary, GeneNaming, Scale

SAMPLE = Path(__file__).resolve().parents[3] / "resources" / "sample"
HOSPITALS = ("north", "river", "lake")


def state(summary: CohortSummary, key: str) -> CheckState:
    (one,) = {c.state for c in summary.checks if c.key == key}
    return one


# ---- sample


def test_the_sample_is_what_its_script_writes(tmp_path: Path) -> None:
    written = importlib.import_module("resources.sample.make_sample").write_sample(tmp_path)
    assert [p.name for p in written] == [f"hospital-{name}.csv" for name in HOSPITALS]
    for path in written:
        assert path.read_bytes() == (SAMPLE / path.name).read_bytes()
    assert sum(p.stat().st_size for p in written) < 400_000


@pytest.mark.parametrize("name", HOSPITALS)
def test_the_sample_opens_without_a_problem(name: str) -> None:
    path = SAMPLE / f"hospital-{name}.csv"
    layout, preview = inspect(path)
    assert (layout.identifier, layout.label) == ("patient", "diagnosis")
    assert layout == named_layout(path, label="diagnosis")
    summary = check(read(path, layout), preview.label_candidates)
    assert summary.usable
    assert 60 <= summary.n_records <= 90
    assert (summary.n_genes, summary.scale, summary.naming) == (
        200,
        Scale.COUNTS,
        GeneNaming.SYMBOL,
    )
    assert {label for label, _ in summary.class_counts} == {"ALL", "AML", "CLL"}


def test_the_samples_diagnoses_can_be_learnt_across_hospitals_but_not_trivially() -> None:
    classes = ("ALL", "AML", "CLL")
    records = []
    for name in HOSPITALS:
        path = SAMPLE / f"hospital-{name}.csv"
        cohort = read(path, named_layout(path, label="diagnosis"))
        records.append(normalised(cohort, cohort.genes, classes))
    assert len({r for hospital in records for r in hospital.identifiers}) == 262
    train = np.vstack([records[0].values, records[1].values])
    labels = np.concatenate([records[0].class_index, records[1].class_index])
    model = LogisticRegression(max_iter=500).fit(train, labels)
    score = f1_score(records[2].class_index, model.predict(records[2].values), average="macro")
    assert 0.75 < score < 0.98
    correlation = np.corrcoef(train.T)[np.triu_indices(200, 1)]
    assert (np.abs(correlation) > 0.3).mean() > 0.05


# ---- real


@pytest.mark.shared
def test_the_six_hospitals(shared_cohorts: Path) -> None:
    paths = sorted((shared_cohorts / "tcga-brca-hospitals").glob("*.csv"))
    total = 0
    classes: set[str] = set()
    for path in paths:
        assert inspect(path)[0] == named_layout(
            path, label="pam50_subtype", ignored=("er_status",)
        )
        layout, _ = inspect(path)
        cohort = read(path, layout)
        refuse_problems(cohort)
        summary = check(cohort)
        total += summary.n_records
        classes |= {label for label, _ in summary.class_counts}
        assert (summary.n_genes, summary.scale) == (392, Scale.LOG)
        assert normalised(cohort, cohort.genes, sorted(classes)).values.shape[1] == 392
    assert (len(paths), total) == (6, 469)
    assert classes == {"Luminal A", "Luminal B", "Basal-like", "HER2-enriched"}


@pytest.mark.shared
def test_a_status_column_that_is_not_ignored_is_refused_with_its_name(
    shared_cohorts: Path,
) -> None:
    path = shared_cohorts / "tcga-brca-hospitals" / "hospital-A2.csv"
    cohort = read(path, named_layout(path, label="pam50_subtype"))
    with pytest.raises(CohortError) as refused:
        refuse_problems(cohort)
    assert refused.value.code == "CH105"
    assert ("column", "er_status") in refused.value.fields


@pytest.mark.shared
def test_counts_with_entrez_names_and_labels_in_a_second_file(shared_cohorts: Path) -> None:
    folder = shared_cohorts / "tcga-crc-cms-92-counts"
    layout, preview = inspect(folder / "X.csv.gz", folder / "labels.csv")
    assert layout.gzipped
    assert layout.label == "CMS.Syn"
    assert preview.label_candidates[:2] == ("CMS.Syn", "Sadanandam.Isella")
    cohort = read(folder / "X.csv.gz", layout)
    summary = check(cohort, preview.label_candidates)
    assert (summary.n_records, summary.n_left_out, summary.n_genes) == (63, 29, 16_863)
    assert (summary.scale, summary.naming) == (Scale.COUNTS, GeneNaming.ENTREZ)
    assert dict(summary.class_counts) == {"CMS1": 8, "CMS2": 26, "CMS3": 10, "CMS4": 19}
    assert summary.usable
    assert state(summary, "missing-labels") is CheckState.NOTE
    assert state(summary, "constant-genes") is CheckState.NOTE
    assert state(summary, "scale") is CheckState.OK
    assert cohort.evidence.whole


@pytest.mark.shared
def test_raw_array_intensities_are_refused_until_somebody_says_what_they_are(
    shared_cohorts: Path,
) -> None:
    folder = shared_cohorts / "golub-all-aml-72-array"
    layout, _ = inspect(folder / "X.csv.gz", folder / "labels.csv")
    with pytest.raises(CohortError) as refused:
        refuse_problems(read(folder / "X.csv.gz", layout))
    assert refused.value.code == "CH122"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "label", "naming"),
    [
        ("leukemia-mile-60-array", "type", GeneNaming.ENSEMBL),
        ("tcga-brca-mixomics-220", "subtype", GeneNaming.SYMBOL),
        ("scanb-brca-400", "pam50_subtype", GeneNaming.SYMBOL),
    ],
)
def test_log_scale_cohorts(
    shared_cohorts: Path, name: str, label: str, naming: GeneNaming
) -> None:
    folder = shared_cohorts / name
    layout, _ = inspect(folder / "X.csv.gz", folder / "labels.csv")
    assert layout.label == label
    summary = check(read(folder / "X.csv.gz", layout))
    assert (summary.usable, summary.scale, summary.naming) == (True, Scale.LOG, naming)
