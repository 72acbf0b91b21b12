import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score, roc_auc_score

from core.model.measures import Reason
from core.quality.biology import benjamini_hochberg, differential_expression, differing
from core.quality.closeness import near_copies, nearest
from core.quality.membership import by_distance
from core.quality.pictures import density
from core.quality.resemblance import (
    coexpression,
    correlation_error,
    correlations,
    discriminator_auroc,
    kolmogorov,
    wasserstein_sd,
)
from core.quality.tables import Table
from core.quality.utility import f1_per_class, macro_auroc, macro_f1


def table(values, labels=None):
    values = np.asarray(values, dtype=float)
    labels = np.zeros(len(values), dtype=int) if labels is None else np.asarray(labels)
    return Table(values=values, labels=labels)


def test_wasserstein_of_a_shift_is_the_shift_in_sd_units():
    a = np.random.default_rng(0).normal(3, 2, (500, 2))
    assert wasserstein_sd(a, a + np.array([1.0, 0.0])) == pytest.approx([1 / a[:, 0].std(), 0])
    assert wasserstein_sd(np.ones((5, 1)), np.zeros((5, 1))).tolist() == [0.0]


def test_kolmogorov_agrees_with_scipy():
    rng = np.random.default_rng(1)
    a, b = np.round(rng.normal(size=(40, 3)), 1), np.round(rng.normal(0.5, 2, (70, 3)), 1)
    assert kolmogorov(a, b) == pytest.approx(
        [stats.ks_2samp(a[:, j], b[:, j]).statistic for j in range(3)]
    )


def test_correlations_agree_with_numpy_and_a_constant_gene_has_none():
    x = np.random.default_rng(2).normal(size=(50, 4))
    assert correlations(x) == pytest.approx(np.corrcoef(x.T))
    x[:, 1] = 7.0
    assert correlations(x)[1].tolist() == [0, 1, 0, 0]


def test_correlation_error_by_hand():
    a = np.array([[1, 0.9, 0.0], [0.9, 1, 0.1], [0.0, 0.1, 1]])
    b = np.array([[1, 0.5, 0.2], [0.5, 1, 0.1], [0.2, 0.1, 1]])
    assert correlation_error(a, b) == pytest.approx((0.2, 0.4))


def test_coexpression_by_hand():
    a = np.array([[1, 0.9, -0.5], [0.9, 1, 0.1], [-0.5, 0.1, 1]])
    b = np.array([[1, 0.5, 0.2], [0.5, 1, 0.4], [0.2, 0.4, 1]])
    assert coexpression(a, b) == (0.5, 0.5)
    assert coexpression(np.eye(3), np.eye(3)) == (None, None)


def test_f1_agrees_with_scikit_learn():
    rng = np.random.default_rng(3)
    truth, said = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    assert f1_per_class(truth, said, 4) == pytest.approx(f1_score(truth, said, average=None))
    assert macro_f1(truth, said, 4) == pytest.approx(f1_score(truth, said, average="macro"))


def test_auroc_agrees_with_scikit_learn():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 150)
    scores = np.round(rng.dirichlet(np.ones(3), 150), 2)
    each = [roc_auc_score(truth == c, scores[:, c]) for c in range(3)]
    assert macro_auroc(truth, scores) == pytest.approx(np.mean(each))
    assert macro_auroc(np.zeros(5, dtype=int), np.ones((5, 3))) is None


def test_benjamini_hochberg_agrees_with_scipy():
    p = np.random.default_rng(5).beta(0.3, 1, 300)
    assert (benjamini_hochberg(p) == (stats.false_discovery_control(p) <= 0.05)).all()
    assert not benjamini_hochberg(np.ones(4)).any()


def test_differing_genes_have_a_direction():
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(40, 4)), rng.normal(size=(40, 4))
    a[:, 0] += 3
    a[:, 1] -= 3
    a[:, 3] = b[:, 3] = 1.0
    higher, lower = differing(a, b)
    assert higher.tolist() == [True, False, False, False]
    assert lower.tolist() == [False, True, False, False]


def test_differential_expression_against_itself_and_against_noise(make_patients):
    real = make_patients(300, 0)
    mine = table(real.values, real.class_index)
    assert differential_expression(mine, mine, 3) == (1.0, 0.0)
    rng = np.random.default_rng(1)
    noise = table(rng.normal(size=(300, 30)), rng.integers(0, 3, 300))
    tpr, fpr = differential_expression(mine, noise, 3)
    assert tpr < 0.05
    assert fpr < 0.05
    assert differential_expression(mine, mine.first(6), 3) == (None, None)


def test_the_discriminator_is_a_coin_on_the_same_and_sure_on_another(make_patients):
    a, b = make_patients(400, 0), make_patients(400, 1)
    one, other = table(a.values, a.class_index), table(b.values, b.class_index)
    assert abs(discriminator_auroc(one, other) - 0.5) < 0.12
    assert discriminator_auroc(one, table(b.values + 3)) > 0.99
    assert discriminator_auroc(one.first(19), other) is None


def test_nearest_by_hand():
    assert nearest(np.array([[0.0, 0], [3, 4]]), np.array([[0.0, 0], [3, 0]])) == pytest.approx(
        [0, 4]
    )


def test_a_copier_is_caught_and_an_honest_generator_is_not(make_patients):
    train, holdout, honest = (table(make_patients(150, k).values) for k in range(3))
    assert by_distance(train, holdout, train).auroc == 1.0
    assert near_copies(train, holdout, train) == 1.0
    nearly = table(train.values + 1e-3)
    assert by_distance(train, holdout, nearly).auroc > 0.99
    assert near_copies(train, holdout, nearly) == 1.0
    assert by_distance(train, holdout, honest).interval.holds(0.5)
    assert near_copies(train, holdout, honest) < 0.06
    assert by_distance(train.first(4), holdout, honest).reason is Reason.FEW_PATIENTS
    assert near_copies(train.first(4), holdout, honest) is None


def test_the_density_integrates_to_one_and_follows_the_normal():
    x = np.random.default_rng(7).normal(size=4000)
    grid = np.linspace(-6, 6, 200)
    found = density(x, grid)
    assert np.trapezoid(found, grid) == pytest.approx(1, abs=1e-3)
    assert np.abs(found - stats.norm.pdf(grid)).max() < 0.03
    assert np.isfinite(density(np.ones(5), np.linspace(1, 1, 8))).all()
