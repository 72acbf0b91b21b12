import dataclasses
import importlib
import inspect
import itertools
import math
import subprocess
import sys

import numpy as np
import pytest

from core.errors import InternalError, WorkerError
from core.messages.codec import decode, encode
from core.model.measures import Direction, Group, Measure
from core.model.quality import Depth, Usefulness
from core.quality import evaluate as module
from core.quality.evaluate import STEPS, Extras, evaluate
from core.quality.pictures import one_gene
from core.quality.tables import shuffled

pytestmark = pytest.mark.usefixtures("small_forests")
QUICK = Extras(depth=Depth.QUICK)


@pytest.fixture(scope="module")
def report(make_patients, make_cohort, small_forests):
    return evaluate(
        make_patients(300, 0), make_patients(90, 1), make_cohort(make_patients(280, 2))
    )


def test_a_generator_that_is_right_scores_like_real_patients(report):
    assert (report.n_train, report.n_holdout, report.n_synthetic) == (300, 90, 280)
    assert report.measure("usefulness-ratio").value > 0.9
    assert report.measure("wasserstein").value < 0.2
    assert report.measure("correlation-error").value < 0.1
    assert report.measure("differential-tpr").value > 0.9
    for attack in report.attacks[:4]:
        assert attack.interval.holds(0.5), attack.kind
    assert report.measure("nonsense") is None
    assert len(report.utility) == 10
    assert all(s.synthetic > s.chance for s in report.utility)
    assert [s.label for s in report.class_scores] == ["A", "B", "C"]


def test_shuffled_labels_give_chance(make_patients, make_cohort):
    wrong = make_patients(600, 2)
    wrong.class_index = np.random.default_rng(0).permutation(wrong.class_index)
    found = evaluate(make_patients(600, 0), make_patients(300, 1), make_cohort(wrong))
    for score in found.utility:
        assert abs(score.synthetic - score.chance) < 0.12, score
        assert score.real > 0.8, score


def test_a_copier_raises_both_alarms(make_patients, make_cohort):
    train = make_patients(200, 0)
    found = evaluate(train, make_patients(60, 1), make_cohort(train), extras=QUICK)
    assert found.measure("membership-distance").value == 1.0
    assert found.measure("near-copies").value == 1.0


def test_the_report_crosses_the_process_boundary_unchanged(report):
    frame = encode(report)
    assert decode(frame[4:], {"QualityReport": type(report)}) == report


def test_it_is_repeatable(make_patients, make_cohort):
    parts = make_patients(80, 0), make_patients(40, 1), make_cohort(make_patients(60, 2))
    assert evaluate(*parts) == evaluate(*parts)


def test_few_patients_of_a_class_are_not_computable(make_patients, make_cohort):
    holdout = make_patients(90, 1)
    keep = (holdout.class_index != 2) | (np.cumsum(holdout.class_index == 2) <= 9)
    holdout = type(holdout)(holdout.values[keep], holdout.class_index[keep])
    found = evaluate(
        make_patients(300, 0), holdout, make_cohort(make_patients(280, 2)), extras=QUICK
    )
    assert found.class_scores[2].n_test == 9
    assert found.class_scores[2].synthetic is None
    assert found.class_scores[0].synthetic is not None


@pytest.mark.parametrize(("n_train", "n_holdout"), [(0, 0), (1, 0), (0, 30), (40, 1), (2, 2)])
def test_almost_no_patients_give_a_report_without_numbers(
    make_patients, make_cohort, n_train, n_holdout
):
    found = evaluate(
        make_patients(n_train, 0), make_patients(n_holdout, 1), make_cohort(make_patients(50, 2))
    )
    for measure in found.measures:
        for value in (measure.value, measure.reference):
            assert value is None or math.isfinite(value)
    if n_holdout < 10:
        assert all(s.synthetic is None for s in found.utility)


def test_a_class_that_training_lacks_is_no_crash(make_patients, make_cohort):
    train, synthetic = make_patients(90, 0), make_patients(90, 2)
    train.class_index[train.class_index == 2] = 1
    synthetic.class_index[:] = 1
    found = evaluate(train, make_patients(60, 1), make_cohort(synthetic))
    assert all(s.synthetic is None for s in found.utility)
    assert all(s.real is not None for s in found.utility)


def test_constant_genes_are_no_crash(make_patients, make_cohort):
    train, holdout, synthetic = (make_patients(60, k) for k in range(3))
    for p in (train, holdout, synthetic):
        p.values[:, 3] = 1.5
    found = evaluate(train, holdout, make_cohort(synthetic))
    assert "G3" not in {c.gene for c in found.curves}


def test_quick_leaves_out_biology(make_patients, make_cohort):
    found = evaluate(
        make_patients(60, 0),
        make_patients(30, 1),
        make_cohort(make_patients(60, 2)),
        extras=QUICK,
    )
    assert found.measure("differential-tpr") is None
    assert found.measure("wasserstein") is not None
    assert found.depth is Depth.QUICK


def test_progress_names_every_step_and_stop_is_heard(make_patients, make_cohort):
    seen = []
    parts = make_patients(40, 0), make_patients(20, 1), make_cohort(make_patients(40, 2))
    evaluate(*parts, extras=QUICK, progress=lambda *step: seen.append(step))
    assert [s[0] for s in seen] == [*STEPS, "done"]
    assert [s[1] for s in seen] == list(range(len(STEPS) + 1))
    asked = []
    with pytest.raises(WorkerError, match="WO604"):
        evaluate(*parts, stop=lambda: len(asked) == 2 or asked.append(None))


def test_what_is_there_is_told_after_each_step(make_patients, make_cohort):
    parts = []
    whole = evaluate(
        make_patients(60, 0),
        make_patients(30, 1),
        make_cohort(make_patients(60, 2)),
        extras=Extras(depth=Depth.QUICK, on_part=lambda step, part: parts.append((step, part))),
    )
    assert [step for step, _part in parts] == list(STEPS)
    held = [set(part.measures) for _step, part in parts]
    assert all(before <= after for before, after in itertools.pairwise(held))
    assert parts[0][1].curves == ()
    assert parts[1][1].curves == whole.curves != ()
    assert parts[-1][1] == whole


def test_one_gene_alone_is_drawn_as_in_the_report(report, make_patients, make_cohort):
    train, cohort = make_patients(300, 0), make_cohort(make_patients(280, 2))
    tables = shuffled(train), shuffled(cohort)
    for gene in (report.curves[0].gene, report.more_curves[-1].gene):
        found = one_gene(*tables, cohort.genes, gene)
        assert found.grid == report.curve(gene).grid
        assert found == report.curve(gene)
    flat = make_patients(300, 0)
    flat.values[:, 3] = 1.0
    assert one_gene(shuffled(flat), tables[1], cohort.genes, cohort.genes[3]) is None
    assert one_gene(tables[0].first(2), tables[1], cohort.genes, cohort.genes[0]) is None


def test_other_genes_are_refused(make_patients, make_cohort):
    with pytest.raises(InternalError):
        evaluate(
            make_patients(20, 0, n_genes=29),
            make_patients(20, 1),
            make_cohort(make_patients(20, 2)),
        )


def test_pictures_hold_what_was_asked_for(report):
    assert len(report.curves) == 6
    assert len(report.correlations.genes) == 30
    assert len(report.pca.real.x) == 90
    assert len(report.pca.synthetic.x) == 280
    real = np.array(report.correlations.real)
    assert np.allclose(real, real.T)
    # genes that move together stand side by side
    panel = np.argsort([int(g[1:]) for g in report.correlations.genes])
    neighbours = [np.diag(m, k=1).mean() for m in (real, real[np.ix_(panel, panel)])]
    assert neighbours[0] > 0.4
    assert neighbours[1] < 0.2


def test_the_axes_are_those_of_a_second_implementation(report, make_patients):
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    train, holdout = make_patients(300, 0), make_patients(90, 1)
    scaler = StandardScaler().fit(train.values)
    pca = PCA(2, svd_solver="full").fit(scaler.transform(train.values))
    assert report.pca.explained == pytest.approx(pca.explained_variance_ratio_)
    theirs = np.sort(np.abs(pca.transform(scaler.transform(holdout.values))), axis=0)
    ours = np.sort(np.abs(np.column_stack((report.pca.real.x, report.pca.real.y))), axis=0)
    assert np.allclose(ours, theirs, atol=1e-3)


def test_every_module_says_that_it_is_a_local_view():
    import pkgutil

    import core.quality

    names = [m.name for m in pkgutil.walk_packages(core.quality.__path__, "core.quality.")]
    assert len(names) > 20
    for name in names:
        assert "LocalView" in importlib.import_module(name).__doc__, name
    assert "LocalView" in inspect.getdoc(module.evaluate)


def test_scikit_learn_is_not_imported_until_it_is_needed():
    code = "import sys, core.quality.evaluate; print('sklearn' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_numbers_that_are_none_are_refused():
    with pytest.raises(InternalError):
        Measure(
            key="x",
            group=Group.BIOLOGY,
            value=math.nan,
            reference=None,
            better=Direction.LOWER,
            low=0.0,
            high=1.0,
        )
    good = Usefulness(ratio=0.5, low=0.4, high=0.6, signal=1.0, genes_for_good=10, advice="good")
    with pytest.raises(InternalError):
        dataclasses.replace(good, low=0.7)
