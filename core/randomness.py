"""The only door to randomness.

    NoiseSource            the operating system's generator, integers and bytes: noise, keys
    SamplingSource(seed)   a repeatable numpy generator: draws from a model that is released

The two are strangers by design. Noise that protects patients must not be repeatable, so
``NoiseSource`` has no seed and no deterministic mode; a test passes another object with the same
methods instead. A sample of a released model must be repeatable, so ``SamplingSource`` has nothing
but a seed, and the seed is written into the manifest.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from core.errors import InternalError

KEY_BYTES: Final = 32


class NoiseSource:
    """Uniform integers and bytes from the operating system's cryptographic generator.

    Invariant: holds no state, so no draw can be repeated or predicted from another.
    """

    __slots__ = ()

    def bits(self, n_bits: int) -> int:
        """Draw ``n_bits`` fair coins at once.

        Args:
            n_bits: At least 0.

        Returns:
            An integer uniform on 0 to 2**n_bits - 1; its ``bit_count()`` is Binomial(n_bits, 1/2).

        Raises:
            InternalError: If ``n_bits`` is not an integer or negative.
        """
        return secrets.randbits(_at_least(0, n_bits, "a number of random bits"))

    def below(self, bound: int) -> int:
        """Draw an integer uniform on 0 to ``bound`` - 1, by rejection and so without bias.

        Raises:
            InternalError: If ``bound`` is not an integer or less than 1.
        """
        return secrets.randbelow(_at_least(1, bound, "the bound of a random integer"))

    def token(self, n_bytes: int) -> bytes:
        """Draw ``n_bytes`` uniform bytes.

        Raises:
            InternalError: If ``n_bytes`` is not an integer or less than 1.
        """
        return secrets.token_bytes(_at_least(1, n_bytes, "the length of a token"))

    def key(self) -> bytes:
        """Draw a 256-bit key."""
        return self.token(KEY_BYTES)


class SamplingSource:
    """A repeatable stream for post-processing: the same seed gives the same draws.

    NB: never for noise that protects a patient; numpy's streams are predictable from their output.

    Attributes:
        generator: The numpy generator; drawing from it advances this source.
    """

    __slots__ = ("_root", "generator")

    generator: Generator

    def __init__(self, seed: bytes | int) -> None:
        """Start the stream of ``seed``.

        Args:
            seed: Public; not empty when bytes, at least 0 when an integer.

        Raises:
            InternalError: If the seed is empty, negative or of another type.
        """
        if isinstance(seed, bytes):
            _at_least(1, len(seed), "the length of a sampling seed")
            material = b"bytes:" + seed
        else:
            material = b"int:%d" % _at_least(0, seed, "a sampling seed")
        self._root = hashlib.sha256(b"syncohort sampling 1:" + material).digest()
        words = np.frombuffer(self._root, dtype="<u4").tolist()
        self.generator = Generator(PCG64(SeedSequence(words)))

    def stream(self, name: str) -> SamplingSource:
        """Return the independent stream called ``name``.

        It depends on the seed and the name only, not on what was drawn before: one stream per gene
        or purpose keeps each one's draws where they are when another is added.
        """
        return SamplingSource(self._root + name.encode())


def _at_least(least: int, value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InternalError("IN901", rule=f"{what} is an integer of at least {least}")
    return value
