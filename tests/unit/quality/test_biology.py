import numpy as np
import pytest
from scipy import stats

from core.quality.biology import (
    agreement,
    benjamini_hochberg,
    compared,
    differential_expression,
    differing,
    pair_tests,
    rank_sums,
    welch,
)


def test_benjamini_hochberg_agrees_with_scipy():
    p = np.random.default_rng(5).beta(0.3, 1, 300)
    assert (benjamini_hochberg(p) == (stats.false_discovery_control(p) <= 0.05)).all()
    assert not benjamini_hochberg(np.ones(4)).any()


@pytest.mark.parametrize("decimals", [9, 1, 0])
def test_rank_sums_agree_with_scipy_with_and_without_ties(decimals):
    rng = np.random.default_rng(decimals)
    a = np.round(rng.normal(0.4, 1, (23, 40)), decimals)
    b = np.round(rng.normal(size=(31, 40)), decimals)
    found = rank_sums(a, b)
    for row, side in enumerate(("greater", "less")):
        expected = stats.mannwhitneyu(a, b, alternative=side, method="asymptotic", axis=0)
        assert found[row] == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-300)


def test_a_gene_that_is_constant_in_both_does_not_differ():
    assert rank_sums(np.ones((6, 1)), np.ones((7, 1))).tolist() == [[1.0], [1.0]]


def test_welch_agrees_with_scipy():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(12, 5)), rng.normal(1, 2, (30, 5))
    a[:, 4] = b[:, 4] = 2.0
    found = welch(a, b)
    expected = stats.ttest_ind(a[:, :4], b[:, :4], equal_var=False).statistic
    assert found[:4] == pytest.approx(expected)
    assert np.isnan(found[4])


def test_differing_genes_have_a_direction():
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(40, 4)), rng.normal(size=(40, 4))
    a[:, 0] += 3
    a[:, 1] -= 3
    a[:, 3] = b[:, 3] = 1.0
    higher, lower = differing(a, b)
    assert higher.tolist() == [True, False, False, False]
    assert lower.tolist() == [False, True, False, False]


def test_an_agreement_by_hand():
    real = np.array([True, True, False, False, False])
    found = agreement(real, np.array([True, False, True, True, False]))
    assert (found.precision, found.tpr, found.fpr) == pytest.approx((1 / 3, 1 / 2, 2 / 3))
    nothing = agreement(np.zeros(4, dtype=bool), np.zeros(4, dtype=bool))
    assert (nothing.precision, nothing.tpr, nothing.fpr) == (None, None, 0.0)
    assert agreement(np.ones(4, dtype=bool), real[:4]).fpr is None
    assert found.and_also(found).hits == 2 * found.hits


def test_the_whole_agrees_with_a_count_by_scipy(patients_table):
    real, other = patients_table(90, 0), patients_table(120, 1, shift=0.7)
    tests = list(pair_tests(real, other, 3))
    assert [t.pair for t in tests] == [(0, 1), (0, 2), (1, 2)]
    hits = found = truths = total = 0
    for a, b in ((0, 1), (0, 2), (1, 2)):
        sizes = [min((real.labels == c).sum(), (other.labels == c).sum()) for c in (a, b)]
        for side in ("greater", "less"):
            r, s = (
                stats.false_discovery_control(
                    stats.mannwhitneyu(
                        t.of_class(a)[: sizes[0]],
                        t.of_class(b)[: sizes[1]],
                        alternative=side,
                        method="asymptotic",
                    ).pvalue
                )
                <= 0.05
                for t in (real, other)
            )
            hits, found = hits + (r & s).sum(), found + s.sum()
            truths, total = truths + r.sum(), total + len(r)
    result = compared(tests)
    assert result.corrected.precision == pytest.approx(hits / found)
    assert result.corrected.tpr == pytest.approx(hits / truths)
    assert result.corrected.fpr == pytest.approx((found - hits) / (total - truths))
    assert result.raw.found > result.corrected.found
    assert result.t_correlation == pytest.approx(
        np.mean([np.corrcoef(t.real_t, t.other_t)[0, 1] for t in tests])
    )


def test_signs_show_the_direction(patients_table):
    (test, *_) = pair_tests(patients_table(300, 0), patients_table(300, 1), 3)
    real, _other = test.signs()
    planted = np.arange(30) % 3  # 0 is up in class 0, 1 in class 1
    assert (real[planted == 0] == 1).all()
    assert (real[planted == 1] == -1).all()


def test_differential_expression_against_itself_and_against_noise(patients_table, make_table):
    mine = patients_table(300, 0)
    assert differential_expression(mine, mine, 3) == (1.0, 0.0)
    rng = np.random.default_rng(1)
    noise = make_table(rng.normal(size=(300, 30)), rng.integers(0, 3, 300))
    tpr, fpr = differential_expression(mine, noise, 3)
    assert tpr < 0.05
    assert fpr < 0.05
    assert differential_expression(mine, mine.first(6), 3) == (None, None)
    assert compared([]).t_correlation is None
