"""Arithmetic modulo a Mersenne prime on whole numpy arrays.

Shares are field elements. MPyC keeps them as arrays of Python integers, which costs microseconds
for each secret random bit; the noise of one stage takes millions of them. Modulo p = 2^k - 1 a
product reduces by shifts and additions that numpy does on unsigned 64-bit words: 2^31 - 1 needs
one multiplication a product, 2^61 - 1 four.

NB: elements are words from 0 to p - 1. Every method takes and returns such; ``fold`` takes any.

References:
    protocol.md "What MPyC costs"; privacy.md section 7 (which prime is large enough).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError

Words = NDArray[np.uint64]

SMALL_EXPONENT: Final = 31
LARGE_EXPONENT: Final = 61
#: Elements that are worked on at a time, so that the arrays stay in a processor's cache.
BLOCK: Final = 16_384
_U64 = np.uint64
_LOW32: Final = 0xFFFF_FFFF
_MOST_WORD: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MersenneField:
    """The integers modulo 2^exponent - 1, for the exponents 31 and 61.

    >>> field = MersenneField(exponent=31)
    >>> field.mul(np.array([2**30], np.uint64), np.array([4], np.uint64)).tolist()
    [2]
    """

    exponent: int

    def __post_init__(self) -> None:
        """Refuse exponents whose arithmetic is not written here."""
        if self.exponent not in (SMALL_EXPONENT, LARGE_EXPONENT):
            raise InternalError("IN901", rule="the field is 2^31 - 1 or 2^61 - 1")

    @property
    def modulus(self) -> int:
        """The prime p."""
        return (1 << self.exponent) - 1

    @property
    def element_bytes(self) -> int:
        """Bytes of one element on the wire: 4 or 8."""
        return 4 if self.exponent == SMALL_EXPONENT else 8

    @property
    def wire_dtype(self) -> np.dtype[np.uint32] | np.dtype[np.uint64]:
        """Little-endian unsigned type of one element on the wire."""
        return np.dtype("<u4") if self.exponent == SMALL_EXPONENT else np.dtype("<u8")

    def element(self, value: int) -> np.uint64:
        """Return the element of any Python integer."""
        return _U64(value % self.modulus)

    def fold(self, words: Words) -> Words:
        """Reduce any 64-bit words."""
        if self.exponent == SMALL_EXPONENT:  # a first step from 64 to 34 bits
            words = (words & _U64(self.modulus)) + (words >> _U64(self.exponent))
        return self._reduce(words.copy())

    def _reduce(self, words: Words, scratch: Words | None = None) -> Words:
        """Reduce, in place, words of at most p^2, or for 2^61 - 1 any words.

        One step, low bits + high bits, leaves at most 2p - 1. Subtracting p wraps what is below p
        around to a huge word, so the smaller of the two is the remainder.
        """
        high = np.right_shift(words, _U64(self.exponent), out=scratch)
        words &= _U64(self.modulus)
        words += high
        np.subtract(words, _U64(self.modulus), out=high)
        return np.minimum(words, high, out=words)

    def mul(self, a: Words, b: Words | np.uint64) -> Words:
        """Multiply elements."""
        if self.exponent == SMALL_EXPONENT:
            return self._reduce(a * b)
        return self._mul_wide(a, b)

    def _mul_wide(self, a: Words, b: Words | np.uint64) -> Words:
        """Multiply modulo 2^61 - 1 through 32-bit halves.

        With a = a1 2^32 + a0 and a1 < 2^29 the product is a1 b1 2^64 + mid 2^32 + a0 b0, with
        mid < 2^62. Modulo p, 2^64 = 8 and mid 2^32 = (mid >> 29) + (mid mod 2^29) 2^32, so the
        words that are added stay below 3 * 2^61 + 2^34: no overflow.
        """
        half, low = _U64(32), _U64(_LOW32)
        a1, a0, b1, b0 = a >> half, a & low, b >> half, b & low
        mid = a1 * b0
        mid += a0 * b1
        bottom = a0 * b0
        total = a1 * b1
        total <<= _U64(3)
        total += mid >> _U64(29)
        mid &= _U64((1 << 29) - 1)
        mid <<= half
        total += mid
        total += bottom >> _U64(LARGE_EXPONENT)
        bottom &= _U64(self.modulus)
        total += bottom
        return self._reduce(total)

    def add(self, a: Words, b: Words) -> Words:
        """Add elements."""
        total = a + b
        less: Words = np.minimum(total, total - _U64(self.modulus), out=total)
        return less

    def sub(self, a: Words, b: Words) -> Words:
        """Subtract elements."""
        total = a - b  # below 0 it wraps around to a huge word, and then adding p wraps back
        less: Words = np.minimum(total, total + _U64(self.modulus), out=total)
        return less

    def combine(self, rows: Sequence[Words], weights: Sequence[int]) -> Words:
        """Return the sum of weights[i] * rows[i], shape (n,), for weights from 0 to p - 1.

        NB: modulo 2^31 - 1 products add up unreduced until the next one might pass 2^64.
        """
        total = np.zeros(len(rows[0]), dtype=np.uint64)
        if self.exponent != SMALL_EXPONENT:
            for row, weight in zip(rows, weights, strict=True):
                total = self.add(total, self.mul(row, _U64(weight)))
            return total
        room = _MOST_WORD
        for row, weight in zip(rows, weights, strict=True):
            largest = weight * self.modulus
            if largest > room:
                total, room = self.fold(total), _MOST_WORD - self.modulus
            total += row * _U64(weight)
            room -= largest
        return self.fold(total)

    def inverse_square_root(self, squares: Words) -> Words:
        """Return 1/sqrt of non-zero squares: c^((p-3)/4), an exponent of k - 2 ones in binary.

        NB: for an element that is not a square the result s has s^2 c = -1; the caller checks.
        """
        ones, width = squares, 1  # squares^(2^width - 1)
        for bit in f"{self.exponent - 2:b}"[1:]:
            ones = self.mul(self._square_times(ones, width), ones)
            width *= 2
            if bit == "1":
                ones = self.mul(self.mul(ones, ones), squares)
                width += 1
        return ones

    def _square_times(self, words: Words, times: int) -> Words:
        if self.exponent != SMALL_EXPONENT:
            for _ in range(times):
                words = self._mul_wide(words, words)
            return words
        words, scratch = words.copy(), np.empty_like(words)
        for _ in range(times):
            np.multiply(words, words, out=words)
            self._reduce(words, scratch)
        return words

    def centred(self, words: Words) -> NDArray[np.int64]:
        """Decode elements as the integers of smallest absolute value, -(p-1)/2 to (p-1)/2."""
        signed = words.astype(np.int64)
        return np.where(signed > self.modulus // 2, signed - self.modulus, signed)

    def encode(self, words: Words) -> bytes:
        """Return elements as fixed-width little-endian bytes."""
        return words.astype(self.wire_dtype).tobytes()

    def decode(self, content: bytes, count: int) -> Words | None:
        """Return ``count`` elements, or None if ``content`` is not that many."""
        if len(content) != count * self.element_bytes:
            return None
        words = np.frombuffer(content, dtype=self.wire_dtype).astype(np.uint64)
        return words if bool((words < _U64(self.modulus)).all()) else None

    def dot(self, rows: Words, weights: tuple[int, ...]) -> Words:
        """Return rows @ weights, shape (n,), for ``rows`` of shape (n, len(weights)).

        NB: sums of 32-bit halves stay below 2^64 because the weights sum to less than 2^32.

        Raises:
            InternalError: If the weights are too large for that.
        """
        if sum(weights) > _LOW32 or min(weights) < 0:
            raise InternalError("IN901", rule="noise weights sum to less than 2^32")
        w = np.array(weights, dtype=np.uint64)
        if self.exponent == SMALL_EXPONENT:
            return self.fold(rows @ w)
        low = self.fold((rows & _U64(_LOW32)) @ w)
        high = self.fold((rows >> _U64(32)) @ w)
        return self.add(self.mul(high, self.element(1 << 32)), low)
