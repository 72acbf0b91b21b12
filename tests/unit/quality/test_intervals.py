import numpy as np
import pytest
from scipy.stats import binomtest

from core.quality.intervals import draws, percentile, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (3, 17), (50, 100), (20, 20)])
def test_wilsons_interval_agrees_with_scipy(hits, n):
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    found = wilson(hits / n, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert found.holds(hits / n)


def test_nobody_has_no_interval():
    assert wilson(0.0, 0) is None


def test_draws_hold_as_many_patients_and_repeat():
    weights = draws(40)
    assert weights.shape == (501, 40)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 40).all()
    assert (weights == draws(40)).all()
    assert weights[1:].var() == pytest.approx(1.0, abs=0.05)  # Poisson-like


def test_the_percentile_interval_of_a_mean_is_that_of_the_normal():
    x = np.random.default_rng(0).normal(size=200)
    drawn = draws(200) @ x / 200
    found = percentile(drawn)
    reach = 1.96 * x.std() / np.sqrt(200)
    assert found.low == pytest.approx(x.mean() - reach, abs=0.2 * reach)
    assert found.high == pytest.approx(x.mean() + reach, abs=0.2 * reach)


def test_draws_without_a_number_do_not_count():
    drawn = np.linspace(0, 1, 501)
    drawn[1::3] = np.nan
    assert percentile(drawn).low == 0.0  # holds the value itself
    drawn[1:] = np.nan
    assert percentile(drawn) is None
    assert percentile(np.full(501, np.nan)) is None
