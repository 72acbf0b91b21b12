"""What MPyC puts on the wire, made strict.

MPyC 0.11 marshals arrays with ``pickle``, and unpickling a peer's bytes runs whatever the peer
wrote into them. This codec stands in the place of that module: it knows one type, a flat array of
field elements of the length that the current step has, and rejects everything else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, ProtocolError
from core.protocol.field import MersenneField

_DTYPE = np.dtype("<u8")


class PeerBytes(bytes):
    """A peer's payload that remembers who sent it."""

    party: str = "a hospital"

    @classmethod
    def of(cls, party: str, payload: bytes) -> PeerBytes:
        """Mark ``payload`` with the name of its sender."""
        marked = cls(payload)
        marked.party = party
        return marked


class ArrayCodec:
    """Takes the place of the module ``pickle`` inside MPyC's runtime.

    Invariant: between ``expect`` calls every array that is sent or received has the expected
    length and field.
    """

    def __init__(self) -> None:
        self._modulus = 0
        self._count = 0

    def expect(self, field: MersenneField, count: int) -> None:
        """Set the one kind of array that the next step exchanges."""
        self._modulus, self._count = field.modulus, count

    def dumps(self, array: NDArray[Any]) -> bytes:
        """Return the elements as little-endian 64-bit words.

        Raises:
            InternalError: If it is not the expected array of integers.
        """
        if array.shape != (self._count,):
            raise InternalError("IN901", rule="MPyC sends the arrays of the current step only")
        words = [int(v) for v in array]
        if not all(0 <= v < self._modulus for v in words):
            raise InternalError("IN901", rule="field elements are sent reduced")
        return np.array(words, dtype=_DTYPE).tobytes()

    def loads(self, payload: bytes) -> NDArray[Any]:
        """Return the elements, shape (count,), dtype object (Python integers, as MPyC computes).

        Raises:
            ProtocolError: PR502 if the bytes are anything but ``count`` canonical elements.
        """
        party = payload.party if isinstance(payload, PeerBytes) else "a hospital"
        if len(payload) != self._count * _DTYPE.itemsize:
            raise ProtocolError("PR502", party=party, reason="a message has the wrong length")
        words = np.frombuffer(payload, dtype=_DTYPE)
        if not bool((words < np.uint64(self._modulus)).all()):
            raise ProtocolError("PR502", party=party, reason="a number is no field element")
        return words.astype(object)
