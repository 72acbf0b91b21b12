"""The synthetic table in whole numbers, so that every computer finds the same of it.

A table states four decimals. Ten thousand times a value is a whole number; sums, sums of squares
and squared distances of them are whole numbers below 2^53, which float64 adds without rounding in
any order. What is computed from them is the same at every hospital, on any processor, and may
stand in a manifest that all sign.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.release import SyntheticCohort

#: Units of one: the table's four decimals (``core.release.table.DECIMALS``).
UNITS: Final = 10_000.0


def whole(table: SyntheticCohort) -> NDArray[np.float64]:
    """Return the values in units of the last decimal, shape (n_records, n_genes), whole."""
    found: NDArray[np.float64] = np.rint(table.values * UNITS)
    return found
