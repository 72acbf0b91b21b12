"""The bins of a gene: where they end, and in which directions a table over them can differ.

The bins are equally likely under N(0, 1), on centred and scaled values. A normal that moves,
spreads, leans or peaks a little changes their probabilities along the integrals of the Hermite
functions He_j(x) phi(x); made orthonormal in this order they are the directions. How many bins
there are stands in the plan as the parameter ``bins``.

References:
    generators.md, recipe ``marginals``; Cramer 1946, "Mathematical Methods of Statistics", 17.6
    (Gram-Charlier series).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.polynomial.hermite_e import hermeval
from numpy.typing import NDArray

from core.model.candidate import BINS, DEFAULT_BINS, MOST_BINS, Scalar
from core.privacy.normal import quantile

#: Directions of four bins, as every version had them, in four digits, before they are normalised:
#: a plan of four bins gives the same sample for ever.
_FOUR: Final = (
    (-0.6851, -0.1749, 0.1749, 0.6851),
    (0.5, -0.5, -0.5, 0.5),
    (0.1749, -0.6851, 0.6851, -0.1749),
)
_FOUR_SLOPE: Final = 0.4639


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bins:
    """So many bins; the arrays are shared and read-only.

    Attributes:
        n: How many, 2 to 8.
        edges: Between them, shape (n - 1,), ascending and symmetric, centred and scaled units.
        basis: Orthonormal rows that sum to 0, shape (n - 1, n): shift, spread (from three bins
            on), and the rest.
        slope: How fast the first coefficient grows when a normal is shifted by one of its sd.
    """

    n: int
    edges: NDArray[np.float64]
    basis: NDArray[np.float64]
    slope: float


@lru_cache(maxsize=MOST_BINS)
def bins_of(n: int) -> Bins:
    """Return ``n`` bins, 2 to 8; a plan with others is refused before."""
    lower = quantile(np.arange(1, (n + 1) // 2) / n)
    edges = np.concatenate((lower, np.zeros(1 - n % 2), -lower[::-1]))
    if n == DEFAULT_BINS:
        basis, slope = np.array(_FOUR), _FOUR_SLOPE
        basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    else:
        basis, slope = directions(edges)
    edges.setflags(write=False)
    basis.setflags(write=False)
    return Bins(n=n, edges=edges, basis=basis, slope=slope)


def directions(edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the orthonormal directions of the bins between ``edges``, and the first one's slope.

    Args:
        edges: Shape (n - 1,), ascending.

    Returns:
        Shape (n - 1, n), and the norm of the first row before it is normalised.
    """
    density = np.exp(-0.5 * edges**2) / np.sqrt(2 * np.pi)
    rows: list[NDArray[np.float64]] = []
    norms: list[float] = []
    for j in range(len(edges)):
        # the integral of He_(j+1) phi over a bin is -He_j phi at its ends, 0 at infinity
        at_edges = hermeval(edges, np.eye(j + 1)[j]) * density
        row = -np.diff(np.concatenate(([0.0], at_edges, [0.0])))
        for before in rows:
            row = row - (row * before).sum() * before
        norms.append(float(np.sqrt((row**2).sum())))
        rows.append(row / norms[-1])
    return np.array(rows), norms[0]


def number_in(parameters: Sequence[tuple[str, Scalar]]) -> int:
    """Return how many bins a plan's parameters name; checked before."""
    return int(dict(parameters)[BINS])
