"""Exact discrete Laplace noise for a few numbers that one hospital publishes by itself.

Uniform integers from the operating system and rational comparisons, no floating point anywhere, so
that neither a rounding nor a lattice can be told from the outside. Whole arrays of noise inside a
study are drawn by core/protocol/own_noise.py.

References:
    Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithms
    1 and 2.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol


class IntegerSource(Protocol):
    """Uniform integers; ``core.randomness.NoiseSource`` in the product."""

    def below(self, bound: int) -> int:
        """Draw an integer uniform on 0 to ``bound`` - 1."""
        ...


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
    """Return True with probability exp(-gamma), for gamma of 0 to 1, by von Neumann's series."""
    k = 1
    while source.below(gamma.denominator * k) < gamma.numerator:
        k += 1
    return k % 2 == 1
