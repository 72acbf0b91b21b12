"""Few and many classes, genes that do not vary, small classes, large tables."""

import numpy as np
import pytest

from core.model.comparison import RemarkKey
from core.model.measures import Group, Reason
from core.model.quality import Depth
from core.model.release import SyntheticCohort
from core.quality import tables
from core.quality.evaluate import Extras, evaluate
from core.quality.pathways import GeneSet

QUICK = Extras(depth=Depth.QUICK)


pytestmark = pytest.mark.usefixtures("small_forests")


class Patients:
    def __init__(self, n, seed, n_classes=3, n_genes=20):
        rng = np.random.default_rng(seed)
        self.class_index = np.arange(n) % n_classes
        middle = np.random.default_rng(99).normal(size=(n_classes, n_genes))
        self.values = rng.normal(size=(n, n_genes)) + middle[self.class_index]
        self.levels = np.ones((n, 2))


def cohort(patients, n_classes=3):
    return SyntheticCohort(
        label_name="label",
        classes=tuple(f"C{k}" for k in range(n_classes)),
        genes=tuple(f"G{j}" for j in range(patients.values.shape[1])),
        class_index=patients.class_index,
        values=patients.values,
    )


def remarks(report):
    return {r.key: r for r in report.remarks}


@pytest.mark.parametrize("n_classes", [2, 14])
def test_two_and_fourteen_classes_have_every_number(n_classes):
    train, holdout, made = (
        Patients(n, k, n_classes) for k, n in enumerate((15 * n_classes, 10 * n_classes, 210))
    )
    sets = (GeneSet(name="S", genes=tuple(f"G{j}" for j in range(8))),)
    found = evaluate(train, holdout, cohort(made, n_classes), extras=Extras(gene_sets=sets))
    lacking = [m.key for m in found.all_measures() if m.value is None]
    strong = {"coexpression-strong-recall", "coexpression-strong-precision"}
    assert set(lacking) <= {"membership-likelihood", *strong}
    assert all(s.synthetic is not None for s in found.class_scores)
    assert len(found.class_distances) == len(found.top_genes) == n_classes
    assert len(found.fold_changes) == min(15, n_classes * (n_classes - 1) // 2)
    assert RemarkKey.SMALL_CLASSES not in remarks(found)
    assert {m.group for m in found.all_measures()} == set(Group)


def test_genes_that_do_not_vary_are_named_and_break_nothing():
    train, holdout, made = (Patients(60, k) for k in range(3))
    for patients in (train, holdout):
        patients.values[:, 3] = 1.5
    made.values[:, 7] = 0.0
    found = evaluate(train, holdout, cohort(made))
    assert remarks(found)[RemarkKey.CONSTANT_GENES].names == ("G3",)
    assert remarks(found)[RemarkKey.CONSTANT_SYNTHETIC_GENES].names == ("G7",)
    assert found.curve("G3") is None
    rows = {row.gene: row for row in found.genes}
    assert rows["G3"].wasserstein == 0.0  # no SD to measure in
    assert rows["G3"].kolmogorov_smirnov > 0.5
    kept = [row.wasserstein for row in found.genes if row.gene != "G3"]
    assert found.measure("wasserstein").value == pytest.approx(np.mean(kept), abs=1e-4)


def test_all_genes_constant_is_a_report_too():
    train, holdout, made = (Patients(40, k) for k in range(3))
    for patients in (train, holdout, made):
        patients.values[:] = 1.0
    found = evaluate(train, holdout, cohort(made))
    assert found.measure("exact-copies").value == 1.0
    assert found.measure("coexpression-recall").reason is Reason.NOTHING_TO_FIND
    assert found.measure("nearest-distance").value is None


def test_a_small_class_is_named_with_its_reason():
    train, holdout, made = (Patients(90, k) for k in range(3))
    keep = (holdout.class_index != 2) | (np.cumsum(holdout.class_index == 2) <= 9)
    holdout.class_index, holdout.values = holdout.class_index[keep], holdout.values[keep]
    found = evaluate(train, holdout, cohort(made), extras=QUICK)
    assert remarks(found)[RemarkKey.SMALL_CLASSES].names == ("C2",)
    assert found.class_scores[2].synthetic is None


def test_classes_too_small_for_a_test_of_genes_say_so():
    train, holdout, made = Patients(12, 0), Patients(30, 1), Patients(60, 2)
    found = evaluate(train, holdout, cohort(made))
    assert found.measure("differential-tpr").reason is Reason.SMALL_CLASSES
    assert found.fold_changes == ()


def test_what_depends_on_the_number_of_patients_is_given_like_for_like():
    train, holdout, made = Patients(300, 0), Patients(60, 1), Patients(300, 2)
    found = evaluate(train, holdout, cohort(made))
    for key in ("wasserstein", "kolmogorov-smirnov", "correlation-error"):
        measure = found.measure(key)
        assert measure.value < measure.reference, key  # more patients lie nearer
        assert measure.matched == pytest.approx(measure.reference, rel=0.35), key
    assert found.measure("coverage").value > found.measure("coverage").matched
    assert found.measure("usefulness-ratio").matched is None


def test_large_tables_are_cut_and_it_is_said(monkeypatch):
    monkeypatch.setattr(tables, "MOST_RECORDS", 50)
    train, holdout, made = Patients(80, 0), Patients(40, 1), Patients(90, 2)
    assert len(tables.shuffled(made)) == 50
    found = evaluate(train, holdout, cohort(made), extras=QUICK)
    assert (found.n_train, found.n_synthetic) == (80, 90)
    many = Patients(30, 0, n_genes=1003), Patients(30, 1, n_genes=1003)
    wide = evaluate(many[0], many[1], cohort(Patients(30, 2, n_genes=1003)), extras=QUICK)
    assert remarks(wide)[RemarkKey.SOME_GENES].count == 1000
    assert len(wide.genes) == 1000
    assert wide.genes[0].gene == "G0"
    assert wide.genes[-1].gene == "G1002"


def test_many_records_are_compared_all_with_all_in_part():
    trio = tables.Trio(
        **{
            name: tables.Table(values=np.zeros((n, 2)), labels=np.zeros(n, dtype=np.int64))
            for name, n in (("train", 2500), ("holdout", 30), ("synthetic", 2001))
        }
    )
    cut = trio.for_pairs()
    assert (len(cut.train), len(cut.holdout), len(cut.synthetic)) == (2000, 30, 2000)
    assert len(trio.matched()) == 30


def test_units_come_from_the_table_that_is_named():
    rng = np.random.default_rng(0)
    trio = tables.Trio(
        **{
            name: tables.Table(values=rng.normal(k, k + 1, (40, 3)), labels=np.zeros(40, int))
            for k, name in enumerate(("train", "holdout", "synthetic"))
        }
    )
    for name in ("train", "synthetic"):
        scaled = getattr(trio.in_units_of(getattr(trio, name)), name).values
        assert scaled.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
        assert scaled.std(axis=0) == pytest.approx(np.ones(3))
    assert trio.in_units_of(trio.train.first(0)) is trio
