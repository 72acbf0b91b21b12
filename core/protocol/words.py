"""Uniform field elements from keys, each drawn once.

NB: a stream of words is bound to (key, plan, field, stage, chunk, attempt, purpose) and is used
once. The same words used twice would be the same noise twice, and the difference of two releases
would show the patients.

References:
    privacy.md section 8.1 and section 10 row 11.
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from core.errors import InternalError
from core.protocol.field import MersenneField, Words

_DOMAIN: Final = b"syncohort-prss-1\0"


class WordStream:
    """Uniform field elements that every holder of the key draws alike.

    AES-128 in counter mode under a key derived from (key, label); words that would be p are
    dropped, so the elements are exactly uniform on 0 to p - 1. Invariant: one label, one stream;
    drawing advances it.
    """

    def __init__(self, field: MersenneField, key: bytes, label: bytes) -> None:
        """Start the stream of ``label`` under the secret ``key`` (16 bytes or more)."""
        derived = hashlib.sha256(_DOMAIN + len(key).to_bytes(2, "little") + key + label).digest()
        self._encryptor = Cipher(algorithms.AES(derived[:16]), modes.CTR(derived[16:])).encryptor()
        self._dtype = field.wire_dtype
        self._mask = np.uint64(field.modulus)

    def take(self, count: int) -> Words:
        """Draw the next ``count`` elements, shape (count,).

        NB: holders that split their draws alike draw alike: a dropped word is replaced by the
        next ones at the end of its own draw.
        """
        words = self._draw(count)
        while len(words) < count:
            words = np.concatenate([words, self._draw(count - len(words))])
        return words

    def _draw(self, count: int) -> Words:
        stream = self._encryptor.update(bytes(count * self._dtype.itemsize))
        words = np.frombuffer(stream, dtype=self._dtype).astype(np.uint64) & self._mask
        kept = words != self._mask
        return words if bool(kept.all()) else words[kept]


class OneTimeLabels:
    """The labels of one run's draws in one field. Invariant: each is given out once."""

    def __init__(self, field: MersenneField, plan_digest: str) -> None:
        """Bind the labels to one plan and one field."""
        self._prefix = plan_digest.encode("ascii") + b"\0%d:" % field.exponent
        self._used: set[tuple[int, int, int]] = set()

    def take(self, stage: int, chunk: int, attempt: int) -> bytes:
        """Return the label of one draw; a purpose is appended to it.

        Args:
            stage: Index of the stage in the plan.
            chunk: Index of the chunk in the stage.
            attempt: 0, or how often signs of this chunk had to be drawn again.

        Raises:
            InternalError: If it was taken before.
        """
        if (stage, chunk, attempt) in self._used:
            raise InternalError("IN901", rule="noise bits are drawn once")
        self._used.add((stage, chunk, attempt))
        return self._prefix + b"%d:%d:%d:" % (stage, chunk, attempt)
