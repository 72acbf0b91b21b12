"""Turn one patient's real vector into bounded integers.

The privacy guarantee rests on one sentence: the integer vector of a single patient has at most
the squared norm ``l2_sq`` and the largest entry ``linf`` that the plan states. So the bound is
enforced here, after rounding, in exact integer arithmetic. Float errors before that cost
accuracy, never privacy.

References:
    privacy.md section 3 (``encode_patient``: round to nearest, then integer repair).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError

#: Below this, a product or a sum of products is exact in int64.
_INT64_SAFE: Final = 2**62
#: Up to here every integer is a float64, so clamping in floats is exact.
_LARGEST_LINF: Final = 2**52


def encode_patient(
    x: NDArray[np.float64], units: float, l2_sq: int, linf: int
) -> NDArray[np.int64]:
    """Encode one patient's real vector as integers whose norm is within the plan's bounds.

    Scaled by ``units``, clamped to +-``linf``, shrunk to the L2 bound, rounded to nearest; then,
    while the exact integer norm is above the bound, the coordinates that rounding moved up most
    go one towards zero. A function of ``x`` and public numbers only: one call per patient, no sum
    across patients.

    Args:
        x: Shape (n,), float64, finite, in the statistic's own unit.
        units: Integer units per real unit, positive.
        l2_sq: Largest sum of squares, integer units squared.
        linf: Largest absolute entry, integer units.

    Returns:
        Shape (n,), int64, with sum of squares <= ``l2_sq`` and entries within +-``linf``.

    Raises:
        InternalError: IN901 if ``x`` is not a finite vector or a bound is not positive.
    """
    if x.ndim != 1 or not bool(np.isfinite(x).all()):
        raise InternalError("IN901", rule="a record to encode is one vector of finite numbers")
    if not (math.isfinite(units) and units > 0 and l2_sq > 0 and 0 < linf <= _LARGEST_LINF):
        raise InternalError("IN901", rule="units and bounds of an encoding are positive")
    with np.errstate(over="ignore"):
        scaled = np.clip(np.ascontiguousarray(x, dtype=np.float64) * units, -linf, linf)
        norm = math.sqrt(math.fsum((scaled * scaled).tolist()))
    limit = math.sqrt(l2_sq)
    if norm > limit:
        scaled = scaled * (limit / norm)
    return _repair(np.rint(scaled).astype(np.int64), scaled, l2_sq)


def one_cell(cell: int, length: int, amount: int) -> NDArray[np.int64]:
    """Encode a patient who falls into one cell of a count table.

    >>> one_cell(1, 3, 7).tolist()
    [0, 7, 0]

    Args:
        cell: Index of the patient's cell.
        length: Number of cells.
        amount: Integer units of one patient (the stage's ``units``).

    Raises:
        InternalError: IN901 if the cell is outside the table or the amount is not positive.
    """
    if not 0 <= cell < length or amount <= 0:
        raise InternalError("IN901", rule="a patient falls into one cell of the table")
    encoded = np.zeros(length, dtype=np.int64)
    encoded[cell] = amount
    return encoded


def norm_sq(u: NDArray[np.int64]) -> int:
    """Return the exact sum of squares of an integer vector, without overflow.

    >>> norm_sq(np.array([3_000_000_000, -4_000_000_000]))
    25000000000000000000
    """
    largest = max(int(u.max(initial=0)), -int(u.min(initial=0)))
    if largest * largest * max(1, len(u)) < _INT64_SAFE:
        return int((u * u).sum())
    return sum(v * v for v in u.tolist())


def _repair(
    rounded: NDArray[np.int64], scaled: NDArray[np.float64], l2_sq: int
) -> NDArray[np.int64]:
    """Decrement towards zero, those rounded up most first, until the norm is within ``l2_sq``."""
    excess = norm_sq(rounded) - l2_sq
    while excess > 0:
        rounded_up = np.abs(rounded) - np.abs(scaled)
        for i in np.argsort(-rounded_up, kind="stable").tolist():
            size = abs(int(rounded[i]))
            if size == 0:
                continue
            rounded[i] += -1 if rounded[i] > 0 else 1
            excess -= 2 * size - 1
            if excess <= 0:
                break
    return rounded
