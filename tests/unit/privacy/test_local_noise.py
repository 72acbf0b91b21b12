"""core.privacy.local_noise: the sampler is exact, and the sizes hold against colluders.

Statistical tests run at level 1e-6 each on fresh draws of the operating system.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from scipy import stats

from core.errors import BudgetError
from core.privacy.conversion import gaussian_epsilon
from core.privacy.local_noise import (
    LEAST_SIGMA_EACH,
    SUM_KAPPA,
    LocalNoise,
    discrete_gaussian,
)
from core.privacy.noise import DiscreteGaussian, noise_table
from core.randomness import NoiseSource

LEVEL = 1e-6
N = 20_000
VARIANCE = Fraction(401, 3)


@cache
def draws(variance: Fraction = VARIANCE) -> np.ndarray:
    source = NoiseSource()
    return np.array([discrete_gaussian(variance, source) for _ in range(N)])


def p_values(found: np.ndarray, variance: float) -> dict[str, float]:
    """P-value of each test against the exact discrete Gaussian of ``variance``."""
    table = noise_table(DiscreteGaussian(sigma_sq=variance))
    h, n = table.half_width, len(found)
    support = np.arange(-h, h + 1)
    exact = float((table.pmf * support**2).sum())
    fourth = float((table.pmf * support.astype(float) ** 4).sum())
    edges = np.quantile(support, np.linspace(0, 1, 2)).astype(int)
    counts = np.bincount(np.clip(found, *edges) + h, minlength=2 * h + 1)
    wanted, seen, expected, taken = 0.0, 0.0, [], []
    for c, p in zip(counts, table.pmf * n, strict=True):
        wanted, seen = wanted + p, seen + c
        if wanted >= 10:
            expected.append(wanted)
            taken.append(seen)
            wanted = seen = 0.0
    expected[-1] += wanted
    taken[-1] += seen
    residues = np.bincount(found % 8, minlength=8)
    of_residues = np.bincount(support % 8, weights=table.pmf, minlength=8) * n
    chi = ((np.array(taken) - expected) ** 2 / np.array(expected)).sum()
    z_mean = found.mean() / math.sqrt(exact / n)
    z_variance = ((found**2).mean() - exact) / math.sqrt((fourth - exact**2) / n)
    z_lag = (found[1:] * found[:-1]).sum() / (exact * math.sqrt(n - 1))
    return {
        "distribution": float(stats.chi2.sf(chi, len(expected) - 1)),
        "residues": float(stats.chi2.sf(((residues - of_residues) ** 2 / of_residues).sum(), 7)),
        "mean": float(2 * stats.norm.sf(abs(z_mean))),
        "variance": float(2 * stats.norm.sf(abs(z_variance))),
        "neighbours": float(2 * stats.norm.sf(abs(z_lag))),
    }


def test_the_sampler_draws_the_exact_distribution() -> None:
    for name, p in p_values(draws(), float(VARIANCE)).items():
        assert p > LEVEL, name


@pytest.mark.parametrize("variance", [Fraction(1, 3), Fraction(1), Fraction(5, 2)])
def test_small_variances_are_exact_too(variance: Fraction) -> None:
    found = draws(variance)
    weight = np.exp(-(np.arange(-12, 13) ** 2) / (2 * float(variance)))
    expected = weight / weight.sum() * N
    counts = np.bincount(found + 12, minlength=25)
    kept = expected > 5
    chi = ((counts[kept] - expected[kept]) ** 2 / expected[kept]).sum()
    assert stats.chi2.sf(chi, kept.sum() - 1) > LEVEL


FAULTS = {
    "noise of half the scale": (lambda: draws() // 2, "variance"),
    "sized for all instead of the honest": (lambda: draws(VARIANCE * 2 / 3), "variance"),
    "a rounded float": (lambda: np.rint(draws() / 2).astype(int) * 2, "residues"),
    "off centre": (lambda: draws() + 1, "mean"),
    "each value used twice": (lambda: np.repeat(draws()[::2], 2), "neighbours"),
    "another family": (
        lambda: np.rint(
            stats.laplace.rvs(scale=math.sqrt(float(VARIANCE) / 2), size=N, random_state=20261121)
        ).astype(int),
        "distribution",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_tests_alarm_on_faults(fault: str) -> None:
    draw, name = FAULTS[fault]
    assert p_values(draw(), float(VARIANCE))[name] < LEVEL


def test_what_remains_after_the_coalition_subtracted_its_own() -> None:
    """m = 3, t = 1: the two honest noises have the variance that is claimed; with the mistake of
    dividing by m they would have two thirds of it (privacy.md row 6).
    """
    noise = LocalNoise(sigma_sq=268, parties=3, colluders=1)
    source = NoiseSource()
    honest = np.array([noise.draw(source) + noise.draw(source) for _ in range(N // 2)])
    spread = 6 * math.sqrt(2 / len(honest))
    assert abs(honest.var() / 268 - 1) < spread
    assert spread < 1 / 3  # the mistake would be seen


def test_the_sum_of_two_is_a_discrete_gaussian_up_to_the_allowance() -> None:
    one = noise_table(DiscreteGaussian(sigma_sq=float(LEAST_SIGMA_EACH**2)))
    both = np.convolve(one.pmf, one.pmf)
    sigma_sq = 2.0 * LEAST_SIGMA_EACH**2
    whole = noise_table(DiscreteGaussian(sigma_sq=sigma_sq))
    reach = int(8 * math.sqrt(sigma_sq))
    middle = len(both) // 2
    ours = whole.pmf[whole.half_width - reach : whole.half_width + reach + 1]
    error = np.abs(both[middle - reach : middle + reach + 1] / ours - 1).max()
    assert error < 1e-9
    assert error < SUM_KAPPA - 1


def test_what_it_costs() -> None:
    noise = LocalNoise(sigma_sq=10_000, parties=5, colluders=2)
    plain = gaussian_epsilon(0.5, 1e-6)
    ours = gaussian_epsilon(math.sqrt(noise.mu_sq(2500)), 1e-6)
    assert plain < ours < plain * 1.001
    assert noise.protecting == DiscreteGaussian(sigma_sq=10_000.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"sigma_sq": 10_000, "parties": 2, "colluders": 1},
        {"sigma_sq": 10_000, "parties": 3, "colluders": -1},
        {"sigma_sq": 199, "parties": 3, "colluders": 1},
        {"sigma_sq": 0, "parties": 3, "colluders": 1},
        {"sigma_sq": -800, "parties": 3, "colluders": 1},
        {"sigma_sq": 800.0, "parties": 3, "colluders": 1},
        {"sigma_sq": True, "parties": 3, "colluders": 1},
    ],
    ids=str,
)
def test_noise_that_would_not_protect_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(BudgetError, match="BU310"):
        LocalNoise(**fields)


def test_a_total_never_leaves_the_range() -> None:
    noise = LocalNoise(sigma_sq=800, parties=3, colluders=1)
    noise.require_no_wrap(10_000, 100, (1 << 31) - 1)
    with pytest.raises(BudgetError, match="BU310"):
        noise.require_no_wrap(10_000, 100, 6 * 10_000 * 100)
    for wrong in (0, -1, 1.5):
        with pytest.raises(BudgetError, match="BU310"):
            noise.mu_sq(wrong)  # type: ignore[arg-type]
    with pytest.raises(BudgetError, match="BU310"):
        discrete_gaussian(Fraction(0), NoiseSource())
