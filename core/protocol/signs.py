"""Secret random signs: +1 or -1 with probability 1/2, shared among all parties, known to none.

The story of one sign:

1. For every set A of m - t parties a key was dealt to the members of A and to nobody else. Each
   party expands its keys and combines them into its share of a secret uniform r: pseudo-random
   secret sharing, no message at all. Any t parties miss the key of the set formed by the m - t
   others, so r is uniform to them.
2. The parties open c = r^2: each sends its share squared, hidden by a pseudo-random sharing of
   zero of degree 2t so that the product's polynomial tells nothing but its value at 0. If c = 0
   (chance 1/p) the r is dropped.
3. r/sqrt(c) is +1 or -1. Which of the two is independent of c, because r and -r have the same
   square. Each party multiplies its share of r by the public 1/sqrt(c): a share of the sign, on a
   polynomial of degree t.

This is the protocol of MPyC's ``np_random_bits``, with MPyC's keys and MPyC's sets, on numpy words
instead of arrays of Python integers (see resources/benchmarks/engine.md for what that gains).

The number of keys is C(m - 1, t): 2 of three parties, 10 of six, 126 of ten. Larger sessions deal
their numbers instead (core/protocol/dealing.py); steps 2 and 3 are the same.

References:
    R. Cramer, I. Damgard, Y. Ishai, "Share conversion, pseudorandom secret-sharing and
    applications to secure computation", 2005. I. Damgard et al., "Unconditionally secure
    constant-rounds multi-party computation", 2006 (bits from squares).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.protocol.field import BLOCK, SMALL_EXPONENT, MersenneField, Words
from core.protocol.shares import lagrange
from core.protocol.words import OneTimeLabels, WordStream


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKeys:
    """The keys of pseudo-random secret sharing that one party holds.

    Attributes:
        n_parties: m.
        threshold: t.
        party: The holder's number.
        keys: Set of m - t party numbers, sorted -> 16 secret bytes; exactly the sets that contain
            the holder.
    """

    n_parties: int
    threshold: int
    party: int
    keys: Mapping[tuple[int, ...], bytes]

    def __repr__(self) -> str:
        """Hide the keys."""
        return f"SharedKeys(party={self.party}, keys=hidden)"

    def coefficient(self, field: MersenneField, members: tuple[int, ...]) -> int:
        """Return f_A(party + 1), f_A being of degree t, 1 at 0 and 0 at every party outside A."""
        outside = [j + 1 for j in range(self.n_parties) if j not in members]
        return lagrange(field, [0, *outside], self.party + 1)[0]


class SignDealer:
    """One party's part in making secret signs for one run.

    Invariant: no label is used twice, so no sign is.
    """

    def __init__(self, field: MersenneField, keys: SharedKeys, plan_digest: str) -> None:
        """Bind the dealer to one field, one party's keys and one plan."""
        self._field = field
        self._keys = keys
        self._labels = OneTimeLabels(field, plan_digest)
        p = field.modulus
        self._weights = [
            (key, field.element(keys.coefficient(field, members)))
            for members, key in sorted(keys.keys.items())
        ]
        self._powers = [pow(keys.party + 1, j, p) for j in range(1, keys.threshold + 1)]

    def propose(self, stage: int, chunk: int, attempt: int, count: int) -> tuple[Words, Words]:
        """Draw this party's shares of ``count`` secret r, and of their squares.

        Args:
            stage: Index of the stage in the plan.
            chunk: Index of the chunk in the stage.
            attempt: 0, or how often signs of this chunk had to be drawn again.
            count: Number of signs.

        Returns:
            Shares of r of degree t (keep), and masked shares of r^2 of degree 2t (send), each of
            shape (count,).

        Reveals:
            Nothing: the second array is safe to send to every party.

        Raises:
            InternalError: If this (stage, chunk, attempt) was drawn before.
        """
        parts = list(self.blocks(stage, chunk, attempt, count))
        return np.concatenate([r for r, _ in parts]), np.concatenate([c for _, c in parts])

    def blocks(
        self, stage: int, chunk: int, attempt: int, count: int
    ) -> Iterator[tuple[Words, Words]]:
        """Draw as ``propose`` does, block by block, so that others can run in between.

        Reveals:
            Nothing: the second array of each block is safe to send to every party.

        Raises:
            InternalError: If this (stage, chunk, attempt) was drawn before.
        """
        label = self._labels.take(stage, chunk, attempt)
        streams = [
            (
                weight,
                WordStream(self._field, key, label + b"r"),
                WordStream(self._field, key, label + b"z"),
            )
            for key, weight in self._weights
        ]
        for start in range(0, count, BLOCK):
            yield self._block(streams, min(count, start + BLOCK) - start)

    def _block(
        self, streams: list[tuple[np.uint64, WordStream, WordStream]], count: int
    ) -> tuple[Words, Words]:
        field = self._field
        root, zero = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
        for weight, root_words, zero_words in streams:
            root = field.add(root, field.mul(root_words.take(count), weight))
            zero = field.add(zero, field.mul(self._masked(zero_words, count), weight))
        return root, field.add(field.mul(root, root), zero)

    def _masked(self, words: WordStream, count: int) -> Words:
        """Return sum_j g_j x^j, j = 1 to t, at this party's x: 0 at 0, and so is f_A times it."""
        field = self._field
        if (
            field.exponent == SMALL_EXPONENT
        ):  # x^j <= 10^4: t products of 45 bits add up without reduction
            total = np.zeros(count, np.uint64)
            for power in self._powers:
                total += words.take(count) * np.uint64(power)
            return field.fold(total)
        total = np.zeros(count, np.uint64)
        for power in self._powers:
            total = field.add(total, field.mul(words.take(count), field.element(power)))
        return total


def sign_shares(field: MersenneField, roots: Words, squares: Words) -> Words | None:
    """Return shares of r/sqrt(c) from shares of r and the opened, non-zero c = r^2; shape (n,).

    Returns:
        The shares, or None if some c is not a square: then a share that entered it was wrong.
    """
    signs = np.empty_like(roots)
    one = np.uint64(1)
    for start in range(0, len(roots), BLOCK):
        part = slice(start, start + BLOCK)
        inverse = field.inverse_square_root(squares[part])
        check = field.mul(field.mul(inverse, inverse), squares[part])
        if not bool((check == one).all()):
            return None
        signs[part] = field.mul(roots[part], inverse)
    return signs
