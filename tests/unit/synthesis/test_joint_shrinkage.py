"""Classes shrunk together: nothing invented, nothing lost; the rare class learns from others."""

import numpy as np
import pytest

from core.synthesis.joint_shrinkage import along_axes, covariance, over_genes
from core.synthesis.shrinkage import towards_zero

#: Three classes that differ along one line mostly; the last has few patients and much noise.
ALIKE = np.array([[1.0, -0.8, -0.9], [-0.8, 0.8, 0.7], [-0.9, 0.7, 1.0]])
NOISE = np.array([0.2, 0.3, 4.0])


def drawn(n=400, seed=0, part=1.0):
    rng = np.random.default_rng(seed)
    true = np.linalg.cholesky(ALIKE + 0.01 * np.eye(3)) @ rng.normal(size=(3, n))
    true *= rng.uniform(size=n) < part
    return true, true + np.sqrt(NOISE)[:, None] * rng.normal(size=(3, n))


@pytest.mark.parametrize("part", [1.0, 0.2])
def test_the_class_of_few_patients_learns_from_the_others(part):
    true, noisy = drawn(part=part)
    alone = np.stack([towards_zero(x, v) for x, v in zip(noisy, NOISE, strict=True)])
    together = over_genes(noisy, NOISE)
    errors = [np.square(found - true).mean(axis=1) for found in (alone, together)]
    assert errors[1][2] < 0.7 * errors[0][2]
    assert errors[1].sum() < errors[0].sum()


def test_unrelated_classes_lose_little():
    rng = np.random.default_rng(1)
    true = rng.normal(size=(3, 400))
    noisy = true + np.sqrt(NOISE)[:, None] * rng.normal(size=(3, 400))
    best = np.square(noisy / (1 + NOISE[:, None]) - true).mean()
    assert np.square(over_genes(noisy, NOISE) - true).mean() < 1.1 * best


def test_noise_alone_is_shrunk_to_next_to_nothing_and_no_noise_is_left_alone():
    rng = np.random.default_rng(2)
    noise = np.sqrt(NOISE)[:, None] * rng.normal(size=(3, 500))
    assert np.square(over_genes(noise, NOISE)).mean() < 0.05 * np.square(noise).mean()
    exact = rng.normal(size=(3, 50))
    np.testing.assert_allclose(over_genes(exact, np.full(3, 1e-9)), exact, atol=1e-4)


def test_the_covariance_comes_back_and_the_order_of_genes_and_classes_does_not_matter():
    _, noisy = drawn(3_000)
    found = covariance(noisy, np.ones(1), NOISE[:, None])
    np.testing.assert_allclose(found[:2, :2], ALIKE[:2, :2], atol=0.15)
    assert (np.linalg.eigvalsh(found) > 0).all()
    shuffled = np.random.default_rng(3).permutation(3_000)
    turned = covariance(noisy[::-1][:, shuffled], np.ones(1), NOISE[::-1][:, None])
    np.testing.assert_allclose(turned, found[::-1, ::-1])


def test_along_axes_large_public_variance_is_trusted_and_small_is_not():
    rng = np.random.default_rng(4)
    variances = np.r_[np.full(15, 9.0), np.full(30, 0.02)]
    noise = np.repeat(NOISE[:, None], 45, axis=1)
    weights = np.array([0.5, 0.4, 0.1])
    true = np.linalg.cholesky(ALIKE + 0.01 * np.eye(3)) @ rng.normal(size=(3, 45))
    true *= np.sqrt(variances)
    noisy = true + np.sqrt(noise) * rng.normal(size=(3, 45))
    kept = along_axes(noisy, variances, noise, weights)
    assert np.square(kept - true).mean() < 0.6 * np.square(noisy - true).mean()
    slopes = [
        (kept[:, a] * noisy[:, a]).sum() / np.square(noisy[:, a]).sum()
        for a in (slice(15), slice(15, 45))
    ]
    assert slopes[0] > 0.5
    assert slopes[1] < 0.2
    np.testing.assert_array_equal(kept, along_axes(noisy, variances, noise, weights))
