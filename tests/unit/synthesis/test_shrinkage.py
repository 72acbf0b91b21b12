import numpy as np
from scipy.optimize import minimize

from core.synthesis.shrinkage import onto_simplex, towards_mean, towards_zero


def test_shrinking_towards_the_mean_beats_not_shrinking():
    rng = np.random.default_rng(0)
    truth = rng.normal(2, 1, 2000)
    noisy = truth + rng.normal(0, 1, 2000)
    shrunk, weight = towards_mean(noisy, 1.0)
    assert abs(weight - 0.5) < 0.05
    assert ((shrunk - truth) ** 2).mean() < 0.55 * ((noisy - truth) ** 2).mean()


def test_pure_noise_is_shrunk_to_nothing():
    noisy = np.random.default_rng(1).normal(0, 0.9, 500)
    shrunk, weight = towards_mean(noisy, 1.0)
    assert weight == 0
    assert np.allclose(shrunk, noisy.mean())
    assert np.abs(towards_zero(noisy, 1.0)).max() < 0.3


def test_few_large_effects_survive_among_many_zeros():
    rng = np.random.default_rng(2)
    truth = np.where(np.arange(500) < 10, 8.0, 0.0)
    shrunk = towards_zero(truth + rng.normal(size=500), 1.0)
    assert shrunk[:10].min() > 4
    assert np.abs(shrunk[10:]).mean() < 0.2


def test_the_projection_is_the_nearest_probability_vector():
    rng = np.random.default_rng(3)
    for row in rng.normal(0.25, 0.5, (20, 4)):
        found = onto_simplex(row[None])[0]
        best = minimize(
            lambda p, row=row: ((p - row) ** 2).sum(),
            np.full(4, 0.25),
            bounds=[(0, 1)] * 4,
            constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        )
        assert np.allclose(found, best.x, atol=1e-3)
    inside = np.array([[0.1, 0.2, 0.3, 0.4]])
    assert np.allclose(onto_simplex(inside), inside)
