"""core.protocol.own_noise: exactly a discrete Gaussian, from plain random bits.

Statistical tests run at level 1e-6 each on fresh draws of the operating system; the single steps
are counted exactly, over every value of their bits.
"""

from __future__ import annotations

import math
import time
from functools import cache

import numpy as np
import pytest
from scipy import stats

from core.errors import InternalError
from core.model.stage import OWN_EXPONENTS, LocalGaussian
from core.privacy.noise import DiscreteGaussian, noise_table
from core.protocol import own_noise
from core.protocol.own_noise import PIECE, draw_own, pieces_of_own
from core.randomness import NoiseSource

LEVEL = 1e-6
N = 60_000


def own(exponent: int, m: int = 3, t: int = 1) -> LocalGaussian:
    return LocalGaussian(sigma_sq=(m - t) << 2 * exponent, contributors=m, colluders=t)


@cache
def draws(exponent: int = 4) -> np.ndarray:
    return draw_own(own(exponent), N, NoiseSource())


def p_values(found: np.ndarray, variance: float) -> dict[str, float]:
    """P-value of each test against the exact discrete Gaussian of ``variance``."""
    pmf = noise_table(DiscreteGaussian(sigma_sq=variance)).pmf
    h, n = len(pmf) // 2, len(found)
    support = np.arange(-h, h + 1)
    exact = float((pmf * support**2).sum())
    fourth = float((pmf * support.astype(float) ** 4).sum())
    edges = np.unique(np.searchsorted(np.cumsum(pmf), np.linspace(0, 1, 41)[1:-1]))
    cells = np.searchsorted(edges, np.clip(found, -h, h) + h, side="left")
    of_cells = np.bincount(np.searchsorted(edges, np.arange(2 * h + 1), side="left"), pmf) * n
    seen = np.bincount(cells, minlength=len(of_cells))
    chi = ((seen - of_cells) ** 2 / of_cells).sum()
    residues = np.bincount(found % 8, minlength=8)
    of_residues = np.bincount(support % 8, weights=pmf, minlength=8) * n
    z_mean = found.mean() / math.sqrt(exact / n)
    z_variance = ((found.astype(float) ** 2).mean() - exact) / math.sqrt((fourth - exact**2) / n)
    z_lag = (found[1:] * found[:-1]).sum() / (exact * math.sqrt(n - 1))
    return {
        "distribution": float(stats.chi2.sf(chi, len(of_cells) - 1)),
        "residues": float(stats.chi2.sf(((residues - of_residues) ** 2 / of_residues).sum(), 7)),
        "mean": float(2 * stats.norm.sf(abs(z_mean))),
        "variance": float(2 * stats.norm.sf(abs(z_variance))),
        "neighbours": float(2 * stats.norm.sf(abs(z_lag))),
    }


@pytest.mark.parametrize("exponent", [4, 9, 15])
def test_the_sampler_draws_the_exact_distribution(exponent: int) -> None:
    found = draws(exponent)
    assert found.dtype == np.int64
    assert found.shape == (N,)
    for name, p in p_values(found, float(4**exponent)).items():
        assert p > LEVEL, name


FAULTS = {
    "noise of half the scale": (lambda: draws() // 2, "variance"),
    "sized for all instead of the honest": (
        lambda: np.rint(draws() * math.sqrt(2 / 3)).astype(int),
        "variance",
    ),
    "a rounded float": (lambda: np.rint(draws() / 2).astype(int) * 2, "residues"),
    "off centre": (lambda: draws() + 1, "mean"),
    "each value used twice": (lambda: np.repeat(draws()[::2], 2), "neighbours"),
    "another family": (
        lambda: np.rint(
            stats.laplace.rvs(scale=16 / math.sqrt(2), size=N, random_state=20261128)
        ).astype(int),
        "distribution",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_tests_alarm_on_faults(fault: str) -> None:
    draw, name = FAULTS[fault]
    assert p_values(draw(), 256.0)[name] < LEVEL


# ---------------------------------------------------------------- the steps, counted exactly


class Script:
    """A source of given 32-bit words, then of the largest."""

    def __init__(self, words: np.ndarray) -> None:
        self.words, self.asked = np.asarray(words, dtype="<u4"), []

    def token(self, n_bytes: int) -> bytes:
        count = n_bytes // 4
        taken, self.words = self.words[:count], self.words[count:]
        self.asked.append(count)
        return np.concatenate([taken, np.full(count - len(taken), 2**32 - 1, "<u4")]).tobytes()


@pytest.mark.parametrize("exponent", [1, 5, 9])
def test_the_first_round_of_a_coin_passes_for_exactly_its_share_of_all_bits(exponent: int) -> None:
    """Every value of the bits once: of 2^b, exactly the numerator many pass."""
    whole = 1 << exponent
    every = np.arange(whole, dtype=np.uint64) << np.uint64(32 - exponent)
    for numerator in {0, 1, whole // 3, whole - 1, whole}:
        source = Script(every)
        bits = own_noise._Bits(source)
        own_noise._small_coins(np.full(whole, numerator, np.int64), exponent, bits)
        second = source.asked[1] if len(source.asked) > 1 else 0
        assert second == numerator


@pytest.mark.parametrize("bound", [2, 3, 7, 100])
def test_numbers_below_a_bound_come_from_whole_multiples_only(bound: int) -> None:
    limit = 2**32 - 2**32 % bound
    beyond = np.arange(limit, 2**32)
    near = np.arange(limit - 3 * bound, limit)
    again = np.arange(len(beyond)) % bound
    bits = own_noise._Bits(Script(np.concatenate([near, beyond, again])))
    found = bits.below(bound, len(near) + len(beyond))
    assert (np.bincount(found[: len(near)], minlength=bound) == 3).all()
    assert (found[len(near) :] == again).all()


@pytest.mark.parametrize("numerator", [0, 3, 17, 32, 33, 64, 90])
def test_coins_come_up_as_often_as_they_should(numerator: int) -> None:
    """Level 1e-6; 90/32 needs two whole coins and a rest."""
    n = 40_000
    bits = own_noise._Bits(NoiseSource())
    heads = own_noise._coins(np.full(n, numerator, np.int64), 5, bits)
    p = math.exp(-numerator / 32)
    assert abs(heads.sum() - n * p) <= 4.9 * math.sqrt(n * p * (1 - p)) + 1e-9


def test_bits_that_never_end_a_size_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source whose coins all come up would be asked for ever."""
    monkeypatch.setattr(own_noise, "_small_coins", lambda a, *_: np.ones(len(a), np.bool_))
    with pytest.raises(InternalError, match="IN901"):
        own_noise._sizes(4, 3, own_noise._Bits(NoiseSource()))


# ---------------------------------------------------------------- numbers, pieces, time


def test_every_own_noise_of_a_plan_can_be_drawn() -> None:
    for exponent in OWN_EXPONENTS:
        found = draw_own(own(exponent), 500, NoiseSource())
        assert 0.8 < found.std() / 2**exponent < 1.2
        assert np.abs(found).max() < own(exponent).half_width / 3


@pytest.mark.parametrize("count", [0, 1, PIECE, PIECE + 1])
def test_it_comes_in_pieces(count: int) -> None:
    pieces = list(pieces_of_own(own(9), count, NoiseSource()))
    assert [len(p) for p in pieces] == [PIECE] * (count // PIECE) + [count % PIECE] * (
        count % PIECE > 0
    )
    assert draw_own(own(9), count, NoiseSource()).shape == (count,)


def test_two_draws_are_unlike() -> None:
    first, second = (draw_own(own(9), 2_000, NoiseSource()) for _ in range(2))
    assert (first != second).mean() > 0.99


def test_half_a_million_values_take_seconds_not_minutes() -> None:
    """Measured 0.5 s on a quiet core; the scalar algorithm took 12."""
    begun = time.process_time()
    draw_own(own(11), 500_000, NoiseSource())
    assert time.process_time() - begun < 6
