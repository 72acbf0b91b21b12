"""Noise of one's own: discrete Gaussian integers, drawn exactly on whole arrays.

For every integer z, P(z) is exactly proportional to exp(-z^2 / 2V), V = 4^e the own variance of
a planned ``LocalGaussian``. There is no floating point here: only random bits of the operating
system, comparisons of integers below 2^63, and rejection. So neither a rounding nor a lattice can
be told from the outside.

Why it is exact. With s = 2^e, as in Canonne, Kamath and Steinke 2020, algorithms 1 to 3, with
their t = s, each step on an array of independent candidates:

1. *Coins of exp(-a/2^b), 0 <= a <= 2^b* (``_small_coins``; von Neumann). Round k = 1, 2, .. is
   passed with probability (a/2^b)/k; the coin is whether the first round that is not passed is an
   odd one, and sum over k of (-1)^k (a/2^b)^k / k! = exp(-a/2^b). A round is two independent
   events of exact probabilities a/2^b (b uniform bits read as a number below a) and 1/k (a uniform
   number below k is 0).
2. *Coins of exp(-a/2^b), any a >= 0* (``_coins``): floor(a/2^b) coins of exp(-1) and one of the
   rest, all true.
3. *Sizes* (``_sizes``): u uniform on 0 .. s - 1 is kept with probability exp(-u/s); w counts the
   coins of exp(-1) that are true before the first that is not. Then u + s w has probability
   proportional to exp(-(u + s w)/s): geometric.
4. *Signs*: a fair one, and -0 is rejected, so that z has probability proportional to exp(-|z|/s).
5. *Acceptance* with probability exp(-(|z| - s)^2 / 2V), where V = s^2. The product of 4 and 5 is
   proportional to exp(-(2 s |z| + z^2 - 2 s |z| + s^2) / 2V) = exp(-z^2 / 2V) exp(-1/2).

A candidate is rejected by its own bits only, whatever the others are, and the first ``count`` that
are left are taken by their place. So they are independent, each with exactly that law.

Numbers stay small: |z| < 2^31 holds whatever the bits are, because w is given up beyond 2^15 (a
chance below exp(-32,000)); then (|z| - s)^2 < 2^62, and b <= 31.

References:
    privacy.md section 5. Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for
    Differential Privacy".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.stage import LocalGaussian

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Values that are drawn together: some milliseconds of an event loop.
PIECE: Final = 16_384
_WORD_BITS: Final = 32
_WORDS: Final = 1 << _WORD_BITS
#: Candidates drawn for each value that is still missing; half of them are rejected.
_CANDIDATES: Final = 2.3
_MOST_WHOLE: Final = 1 << 15


class ByteSource(Protocol):
    """Uniform bytes; ``core.randomness.NoiseSource`` in the product."""

    def token(self, n_bytes: int) -> bytes:
        """Draw ``n_bytes`` uniform bytes."""
        ...


def draw_own(noise: LocalGaussian, count: int, source: ByteSource) -> Integers:
    """Draw one party's noise for ``count`` values: shape (count,), int64.

    Reveals:
        Nothing by itself. NB: it leaves the process only inside a secret share, and is written
            nowhere: with it an opened total tells more than is charged.
    """
    pieces = [np.zeros(0, np.int64), *pieces_of_own(noise, count, source)]
    return np.concatenate(pieces)


def pieces_of_own(noise: LocalGaussian, count: int, source: ByteSource) -> Iterator[Integers]:
    """Draw the same, some thousand values at a time, for whoever has other things to do between.

    Reveals:
        As ``draw_own``.
    """
    bits = _Bits(source)
    while count:
        wanted = min(count, PIECE)
        yield _gaussian(noise.own_exponent, wanted, bits)
        count -= wanted


class _Bits:
    """Arrays of uniform integers from uniform bytes."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source

    def below_power(self, exponent: int, count: int) -> Integers:
        """Return integers uniform on 0 .. 2^exponent - 1, exponent at most 32."""
        return self._words(count) >> (_WORD_BITS - exponent)

    def below(self, bound: int, count: int) -> Integers:
        """Return integers uniform on 0 .. bound - 1: words beyond the last whole multiple of
        ``bound`` are drawn again.
        """
        words, limit = self._words(count), _WORDS - _WORDS % bound
        again = np.flatnonzero(words >= limit)
        while len(again):
            words[again] = self._words(len(again))
            again = again[words[again] >= limit]
        return words % bound

    def _words(self, count: int) -> Integers:
        if not count:
            return np.zeros(0, np.int64)
        return np.frombuffer(self._source.token(4 * count), "<u4").astype(np.int64)


def _gaussian(exponent: int, count: int, bits: _Bits) -> Integers:
    """Return ``count`` draws with the standard deviation 2^exponent; steps 3 to 5."""
    found, missing = [], count
    while missing:
        sizes = _sizes(exponent, int(_CANDIDATES * missing) + 16, bits)
        negative = bits.below_power(1, len(sizes)) == 1
        candidates = np.where(negative, -sizes, sizes)[~(negative & (sizes == 0))]
        gaps = np.abs(candidates) - (1 << exponent)
        kept = candidates[_coins(gaps * gaps, 2 * exponent + 1, bits)][:missing]
        found.append(kept)
        missing -= len(kept)
    return np.concatenate(found)


def _sizes(exponent: int, count: int, bits: _Bits) -> Integers:
    """Return about 0.63 ``count`` geometric sizes; step 3."""
    rest = bits.below_power(exponent, count)
    rest = rest[_small_coins(rest, exponent, bits)]
    whole = np.zeros(len(rest), np.int64)
    going = np.arange(len(rest))
    ones = np.ones(len(rest), np.int64)
    for _ in range(_MOST_WHOLE):
        going = going[_small_coins(ones[: len(going)], 0, bits)]
        if not len(going):
            return rest + (whole << exponent)
        whole[going] += 1
    raise InternalError("IN901", rule="random bits are not all alike")


def _coins(numerators: Integers, exponent: int, bits: _Bits) -> Flags:
    """Return True with probability exp(-numerator / 2^exponent); step 2."""
    whole = numerators >> exponent
    heads = _small_coins(numerators - (whole << exponent), exponent, bits)
    going, turn = np.flatnonzero(heads & (whole > 0)), 0
    while len(going):
        turn += 1
        passed = _small_coins(np.ones(len(going), np.int64), 0, bits)
        heads[going[~passed]] = False
        going = going[passed]
        going = going[whole[going] > turn]
    return heads


def _small_coins(numerators: Integers, exponent: int, bits: _Bits) -> Flags:
    """Return True with probability exp(-numerator / 2^exponent), at most exp(-1) below; step 1."""
    heads = np.zeros(len(numerators), np.bool_)
    going, k = np.arange(len(numerators)), 0
    while len(going):
        k += 1
        passed = bits.below_power(exponent, len(going)) < numerators[going]
        if k > 1:
            passed &= bits.below(k, len(going)) == 0
        heads[going[~passed]] = k % 2 == 1
        going = going[passed]
    return heads
