import numpy as np
import pytest
from scipy import stats

from core.quality.resemblance import (
    STRONG_EDGE,
    coexpression,
    constant,
    correlation_error,
    correlations,
    kolmogorov,
    kullback_leibler,
    wasserstein_sd,
)


def test_wasserstein_of_a_shift_is_the_shift_in_sd_units():
    a = np.random.default_rng(0).normal(3, 2, (500, 2))
    assert wasserstein_sd(a, a + np.array([1.0, 0.0])) == pytest.approx([1 / a[:, 0].std(), 0])
    assert wasserstein_sd(np.ones((5, 1)), np.zeros((5, 1))).tolist() == [0.0]


def test_wasserstein_of_as_many_records_is_the_mean_gap_of_sorted_values():
    rng = np.random.default_rng(8)
    a, b = rng.normal(size=(90, 3)), rng.gamma(2.0, size=(90, 3))
    gap = np.abs(np.sort(a, axis=0) - np.sort(b, axis=0)).mean(axis=0)
    assert wasserstein_sd(a, b) == pytest.approx(gap / a.std(axis=0))


def test_kolmogorov_agrees_with_scipy():
    rng = np.random.default_rng(1)
    a, b = np.round(rng.normal(size=(40, 3)), 1), np.round(rng.normal(0.5, 2, (70, 3)), 1)
    assert kolmogorov(a, b) == pytest.approx(
        [stats.ks_2samp(a[:, j], b[:, j]).statistic for j in range(3)]
    )


def test_kullback_leibler_agrees_with_numpy_and_scipy():
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(300, 4)), rng.normal(0.4, 1.5, (200, 4))
    expected = []
    for j in range(4):
        low, high = min(a[:, j].min(), b[:, j].min()), max(a[:, j].max(), b[:, j].max())
        p, q = (np.histogram(x[:, j], 49, (low, high))[0] / len(x) + 1e-10 for x in (a, b))
        expected.append(stats.entropy(p, q))
    assert kullback_leibler(a, b) == pytest.approx(expected)
    assert kullback_leibler(a, a) == pytest.approx(np.zeros(4))
    apart = kullback_leibler(np.zeros((5, 1)), np.ones((9, 1)))
    assert apart == pytest.approx([np.log(1e10)], rel=1e-6)  # the most there is
    assert kullback_leibler(np.ones((5, 1)), np.ones((9, 1))) == pytest.approx([0.0])


def test_constant_genes_are_found():
    assert constant(np.array([[1.0, 2.0], [1.0, 3.0]])).tolist() == [True, False]
    assert constant(np.empty((0, 2))).tolist() == [False, False]


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
    b = np.array([[1, 0.6, 0.2], [0.6, 1, 0.4], [0.2, 0.4, 1]])
    assert coexpression(a, b) == (0.5, 0.5)
    assert coexpression(a, b, STRONG_EDGE) == (1.0, 1.0)
    assert coexpression(a, np.eye(3)) == (0.0, None)
    assert coexpression(np.eye(3), np.eye(3)) == (None, None)
