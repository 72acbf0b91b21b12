"""Noise that each hospital adds to its own total: exact discrete Gaussians, sized against t
colluders.

    own noise       variance sigma^2 / (m - t) at each of the m hospitals
    what protects   the noise of the m - t that do not collude: variance sigma^2

A coalition knows its own t contributions and subtracts them; sized with m instead of m - t, the
rest would be too little, and nothing would show it. The sampler is exact: uniform integers from
the operating system and rational comparisons, no floating point anywhere, so that neither a
rounding nor a lattice can be told from the outside.

NB: no recipe uses it yet; the protocol draws its noise jointly (``core.protocol.noise``). It is
for stages with so many values that drawing secret bits for each would take too long.

References:
    Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithms
    1 to 3. privacy.md sections 5 and 7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from core.errors import BudgetError
from core.privacy.noise import DiscreteGaussian

#: Below this standard deviation of one hospital's noise the sum of several is not close enough to
#: a discrete Gaussian for ``SUM_KAPPA``.
LEAST_SIGMA_EACH: Final = 10
LEAST_HONEST: Final = 2
#: Loss of the sum of at least two such noises, against a Gaussian of the same variance.
SUM_KAPPA: Final = 1.0005
#: The noise of one hospital is beyond this many standard deviations less often than 2**-280.
_REACH: Final = 20


class IntegerSource(Protocol):
    """Uniform integers; ``core.randomness.NoiseSource`` in the product."""

    def below(self, bound: int) -> int:
        """Draw an integer uniform on 0 to ``bound`` - 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNoise:
    """How much each hospital adds. Invariant: at least two honest ones, each with sigma >= 10.

    Attributes:
        sigma_sq: Variance of what protects, integer units squared.
        parties: Hospitals that add noise.
        colluders: Of them, how many may pool what they know.
    """

    sigma_sq: int
    parties: int
    colluders: int

    def __post_init__(self) -> None:
        """Refuse what would not protect as stated.

        Raises:
            BudgetError: BU310.
        """
        if any(type(v) is not int for v in (self.sigma_sq, self.parties, self.colluders)):
            raise BudgetError("BU310", reason="the local noise is not given in integers")
        if self.colluders < 0 or self.parties - self.colluders < LEAST_HONEST:
            raise BudgetError("BU310", reason="fewer than two honest hospitals add noise")
        if self.sigma_sq < LEAST_SIGMA_EACH**2 * (self.parties - self.colluders):
            raise BudgetError("BU310", reason="the local noise of one hospital is too small")

    @property
    def own_variance(self) -> Fraction:
        """Variance parameter of one hospital's noise.

        >>> LocalNoise(sigma_sq=800, parties=3, colluders=1).own_variance
        Fraction(400, 1)
        """
        return Fraction(self.sigma_sq, self.parties - self.colluders)

    @property
    def protecting(self) -> DiscreteGaussian:
        """What the honest hospitals' noises amount to, up to ``SUM_KAPPA``."""
        return DiscreteGaussian(sigma_sq=float(self.sigma_sq))

    @property
    def seen_variance(self) -> Fraction:
        """Variance that a recipient sees who colludes with nobody: more than what is claimed.

        >>> LocalNoise(sigma_sq=800, parties=3, colluders=1).seen_variance
        Fraction(1200, 1)
        """
        return self.own_variance * self.parties

    def mu_sq(self, l2_sq: int) -> float:
        """Return the Gaussian loss mu^2 of one vector that a patient moves by ``l2_sq`` at most.

        The inequality: mu^2 = 1.0005 x l2_sq / sigma^2, against any ``colluders`` hospitals.

        >>> round(LocalNoise(sigma_sq=1000, parties=3, colluders=1).mu_sq(10), 9)
        0.010005

        Raises:
            BudgetError: BU310 for a bound that is not a positive integer.
        """
        if type(l2_sq) is not int or l2_sq < 1:
            raise BudgetError("BU310", reason="the sensitivity is not a positive integer")
        return SUM_KAPPA * l2_sq / self.sigma_sq

    def require_no_wrap(self, n_max: int, linf: int, modulus: int) -> None:
        """Refuse a total that could leave the integers of the joint computation.

        2 (n_max linf + 20 m sigma_each) < modulus, for each hospital's ``n_max`` patients.

        Raises:
            BudgetError: BU310.
        """
        own = math.isqrt(math.ceil(self.own_variance)) + 1
        if 2 * self.parties * (n_max * linf + _REACH * own) >= modulus:
            raise BudgetError("BU310", reason="a total could leave the range of the computation")

    def draw(self, source: IntegerSource) -> int:
        """Draw one hospital's noise for one value.

        Reveals:
            Nothing by itself; the draw stays at the hospital and enters its share.
        """
        return discrete_gaussian(self.own_variance, source)


def discrete_gaussian(variance: Fraction, source: IntegerSource) -> int:
    """Draw an integer z with probability proportional to exp(-z^2 / (2 variance)), exactly.

    Raises:
        BudgetError: BU310 for a variance that is not positive.
    """
    if variance <= 0:
        raise BudgetError("BU310", reason="the variance is not a positive number")
    t = math.isqrt(math.floor(variance)) + 1
    while True:
        z = discrete_laplace(t, source)
        gap = abs(z) - variance / t
        if _is_exp(gap * gap / (2 * variance), source):
            return z


def discrete_laplace(t: int, source: IntegerSource) -> int:
    """Draw an integer with probability proportional to exp(-|z| / t), exactly; t is at least 1."""
    while True:
        remainder = source.below(t)
        if not _is_exp(Fraction(remainder, t), source):
            continue
        whole = 0
        while _is_exp(Fraction(1), source):
            whole += 1
        size = remainder + t * whole
        negative = source.below(2) == 1
        if not (negative and size == 0):
            return -size if negative else size


def _is_exp(gamma: Fraction, source: IntegerSource) -> bool:
    """Return True with probability exp(-gamma), for gamma of at least 0."""
    for _ in range(math.floor(gamma)):
        if not _is_exp_small(Fraction(1), source):
            return False
    return _is_exp_small(gamma - math.floor(gamma), source)


def _is_exp_small(gamma: Fraction, source: IntegerSource) -> bool:
    """The same for gamma of at most 1, by von Neumann's series."""
    k = 1
    while source.below(gamma.denominator * k) < gamma.numerator:
        k += 1
    return k % 2 == 1
