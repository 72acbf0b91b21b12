import numpy as np
import pytest
from scipy import stats

from core.quality.pictures import density, gene_curves


def test_the_density_integrates_to_one_and_follows_the_normal():
    x = np.random.default_rng(7).normal(size=4000)
    grid = np.linspace(-6, 6, 200)
    found = density(x, grid)
    assert np.trapezoid(found, grid) == pytest.approx(1, abs=1e-3)
    assert np.abs(found - stats.norm.pdf(grid)).max() < 0.03
    assert np.isfinite(density(np.ones(5), np.linspace(1, 1, 8))).all()


def test_gathering_moves_the_curve_by_less_than_is_seen():
    x = np.random.default_rng(8).gamma(2.0, size=2000)
    grid = np.linspace(x.min(), x.max(), 64)
    width = x.std(ddof=1) * len(x) ** -0.2
    exact = stats.norm.pdf((grid[:, None] - x) / width).mean(axis=1) / width
    assert np.abs(density(x, grid) - exact).max() < 0.002 * exact.max()


def test_six_curves_come_first_and_every_other_gene_follows(patients_table):
    train, made = patients_table(100, 0), patients_table(100, 1)
    train.values[:, 7] = 1.0
    genes = tuple(f"G{j}" for j in range(30))
    first, more = gene_curves(train, made, genes, np.arange(30.0))
    assert (len(first), len(more)) == (6, 23)
    names = [c.gene for c in (*first, *more)]
    assert len(set(names)) == 29
    assert "G7" not in names
    assert all(c.wasserstein == float(c.gene[1:]) for c in first)
