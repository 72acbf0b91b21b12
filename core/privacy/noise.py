"""The integer noises we certify, with their exact distributions.

A ladder (``core.model.plan.NoiseLadder``) is what the joint computation draws. Its probabilities
are computed from the very weights that the plan hashes, as sums of positive terms only, so that
they are relatively accurate out to the last value: a fast Fourier transform would lose the tails,
and the tails are what delta is made of. Noise that the parties add themselves
(``core.model.plan.LocalGaussian``) needs no table: core/privacy/local_noise.py.

References:
    privacy.md sections 4 and 5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import BudgetError
from core.model.plan import LocalGaussian, NoiseLadder
from core.model.stage import StageNoise
from core.privacy.normal import log_gamma, quantile

#: Doubling levels below the top weight; each step is about four times finer than the last.
LADDER_STEPS: Final = (6, 8, 10)
LOW_BITS: Final = 4
DEFAULT_TOP_BITS: Final = 400
ECONOMY_TOP_BITS: Final = 155
TOP_BITS: Final = (DEFAULT_TOP_BITS, ECONOMY_TOP_BITS)

#: Probabilities below this are too close to the smallest double to be trusted in a ratio.
SMALLEST_PROBABILITY: Final = 1e-290
#: A discrete Gaussian is tabulated to 16 standard deviations; what lies beyond is below 1e-56.
_GAUSSIAN_REACH: Final = 16.0
#: Above this many bits of one weight, 2**n leaves the range of a double.
_MOST_EXACT_BITS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteGaussian:
    """Integer noise with probabilities proportional to exp(-z^2 / (2 sigma_sq)).

    Attributes:
        sigma_sq: Variance parameter of the honest parties' total, squared integer units.
    """

    sigma_sq: float

    def __post_init__(self) -> None:
        """Refuse a variance that is none.

        Raises:
            BudgetError: BU310.
        """
        if not (math.isfinite(self.sigma_sq) and self.sigma_sq > 0):
            raise BudgetError("BU310", reason="the variance is not a positive number")

    @property
    def variance(self) -> float:
        """Variance in squared integer units."""
        return self.sigma_sq

    @property
    def half_width(self) -> int:
        """Largest absolute value that is tabulated, in integer units."""
        return math.ceil(_GAUSSIAN_REACH * math.sqrt(self.sigma_sq)) + 1


#: Noise whose loss is computed from its table.
Tabled = NoiseLadder | DiscreteGaussian
Noise = Tabled | LocalGaussian


def certified_ladder(step: int, top_bits: int = DEFAULT_TOP_BITS) -> NoiseLadder:
    """Return weights 1, 2, .., 2^(step-1) with 4 bits each, then 2^step with ``top_bits`` bits.

    >>> ladder = certified_ladder(6)
    >>> ladder.bits, round(ladder.variance ** 0.5, 2), ladder.half_width
    (424, 641.07, 12926)

    Raises:
        BudgetError: BU310 for a ladder that nobody has certified.
    """
    if step not in LADDER_STEPS or top_bits not in TOP_BITS:
        raise BudgetError("BU310", reason=f"no noise family has {step} levels and {top_bits} bits")
    low = tuple((1 << j, LOW_BITS) for j in range(step))
    return NoiseLadder(levels=(*low, (1 << step, top_bits)))


def is_certified(noise: StageNoise) -> bool:
    """Tell whether ``noise`` is one of the ladders that a plan may name, or local noise, which
    cannot be stated otherwise than it is certified.

    >>> is_certified(certified_ladder(8, 155)), is_certified(NoiseLadder(levels=((1, 400),)))
    (True, False)
    """
    if isinstance(noise, LocalGaussian):
        return True
    return any(noise == certified_ladder(s, n) for s in LADDER_STEPS for n in TOP_BITS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoiseTable:
    """One noise, tabulated on -half_width .. half_width; index ``half_width`` is the value 0.

    Attributes:
        pmf: Shape (2 half_width + 1,), float64, symmetric, read-only.
        survival: Same shape: P(Z >= z), summed from the far end. By symmetry also P(Z <= -z).
        quantile: Same shape: the standard normal quantile of ``survival``.
    """

    pmf: NDArray[np.float64]
    survival: NDArray[np.float64]
    quantile: NDArray[np.float64]

    @property
    def half_width(self) -> int:
        """Largest absolute value of the noise."""
        return len(self.pmf) // 2


def _binomial(n: int) -> NDArray[np.float64]:
    """Return P(Bin(n, 1/2) = k) for k = 0..n."""
    if n <= _MOST_EXACT_BITS:
        return np.array([math.comb(n, k) / 2**n for k in range(n + 1)])
    k = np.arange(n + 1)
    log_p = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1) - n * math.log(2.0)
    return np.asarray(np.exp(log_p), dtype=np.float64)


def _ladder_pmf(noise: NoiseLadder) -> NDArray[np.float64]:
    pmf = np.ones(1)
    for weight, n in noise.levels:
        longer = np.zeros(len(pmf) + weight * n)
        for k, probability in enumerate(_binomial(n)):
            longer[k * weight : k * weight + len(pmf)] += probability * pmf
        pmf = longer
    return 0.5 * (pmf + pmf[::-1])


def _gaussian_pmf(noise: DiscreteGaussian) -> NDArray[np.float64]:
    z = np.arange(-noise.half_width, noise.half_width + 1, dtype=np.float64)
    weight = np.exp(-z * z / (2.0 * noise.sigma_sq))
    return np.asarray(weight / np.sum(np.sort(weight)), dtype=np.float64)


@lru_cache(maxsize=8)
def noise_table(noise: Tabled) -> NoiseTable:
    """Tabulate ``noise`` exactly (relative error below 1e-11 at every value); remembered.

    >>> float(noise_table(NoiseLadder(levels=((1, 2),))).pmf[1])
    0.5
    """
    pmf = _ladder_pmf(noise) if isinstance(noise, NoiseLadder) else _gaussian_pmf(noise)
    survival = np.cumsum(pmf[::-1])[::-1].copy()
    quantiles = quantile(np.minimum(survival, 1.0))
    for array in (pmf, survival, quantiles):
        array.setflags(write=False)
    return NoiseTable(pmf=pmf, survival=survival, quantile=quantiles)


def tail_mass(noise: Tabled, cut: int) -> float:
    """Return P(|Z| > cut), both sides.

    >>> tail_mass(NoiseLadder(levels=((1, 2),)), 0)
    0.5

    Raises:
        BudgetError: BU310 for a negative cut.
    """
    if cut < 0:
        raise BudgetError("BU310", reason="the noise is cut below zero")
    table = noise_table(noise)
    h = table.half_width
    return 0.0 if cut >= h else 2.0 * float(table.survival[h + cut + 1])


@lru_cache(maxsize=1024)
def cut_for(noise: Tabled, tau: float) -> int:
    """Return the smallest cut with P(|Z| > cut) <= tau.

    >>> cut_for(NoiseLadder(levels=((1, 2),)), 0.5)
    0
    """
    table = noise_table(noise)
    h = table.half_width
    beyond = 2.0 * table.survival[:h:-1]  # P(|Z| >= h), P(|Z| >= h - 1), .., P(|Z| >= 1)
    return h - int(np.searchsorted(beyond, tau, side="right"))


def require_window(noise: Tabled, shift: int, cut: int) -> NoiseTable:
    """Return the table, if noise moved by ``shift`` stays where its probabilities are certified.

    Raises:
        BudgetError: BU310 if the shift leaves the support, or meets a hole or an underflow of it.
    """
    table = noise_table(noise)
    h = table.half_width
    if shift < 1 or cut < 0 or cut + shift > h:
        reason = f"a shift of {shift} with the noise cut at {cut} leaves its range of {h}"
        raise BudgetError("BU310", reason=reason)
    window = table.pmf[h - cut - shift : h + cut + shift + 1]
    if not float(window.min()) > SMALLEST_PROBABILITY:
        raise BudgetError("BU310", reason="the noise has holes or vanishing probabilities")
    return table
