"""Where values lie inside their bins: the normal nearest to each table, truncated to the bin.

Everything here is smooth in its input: a last digit that two computers round differently must not
change a sample by a step.

References:
    formats.md "marginals" (values drawn from the truncated normal within the bin).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.candidate import DEFAULT_BINS
from core.privacy.normal import probability, quantile
from core.synthesis.marginals.bins import Bins, bins_of

#: Normals among which the nearest to a table is sought, and how sharply (squared distance between
#: tables of four bins; with more of them all probabilities, and so distances, are smaller).
_SHIFTS: Final = tuple(k / 10 for k in range(-25, 26))
_SPREADS: Final = (0.5, 0.65, 0.8, 0.95, 1.1, 1.25)
_SHARPNESS: Final = 1e-3
#: Outer bins end where the wider of N(0, 1) and the fitted normal has .5 % beyond.
_REACH: Final = 2.5758
#: A bin in which the fitted normal has less than this is drawn from N(0, 1) instead.
_LEAST_MASS: Final = 1e-6
#: Points per bin of the quadrature for moments.
_POINTS: Final = 16


def nearest_normals(
    tables: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and sd of the normal that explains each table: a weighted mean over a grid.

    Two bins say nothing about the spread: it comes out close to 1 on average over the grid.

    Args:
        tables: Shape (n_classes, n_genes, bins), probabilities.

    Returns:
        Two arrays of shape (n_classes, n_genes), centred and scaled units.
    """
    grid = np.array([(m, s) for s in _SPREADS for m in _SHIFTS])
    n_bins = tables.shape[2]
    edges = np.concatenate(([-np.inf], bins_of(n_bins).edges, [np.inf]))
    sharpness = _SHARPNESS * DEFAULT_BINS / n_bins
    bins = np.diff(probability((edges[None, :] - grid[:, :1]) / grid[:, 1:]), axis=1)
    shift, spread = np.empty(tables.shape[:2]), np.empty(tables.shape[:2])
    for c in range(len(tables)):
        for g in range(tables.shape[1]):
            distance = np.square(bins - tables[c, g]).sum(axis=1)
            weight = np.exp((distance.min() - distance) / sharpness)
            weight /= weight.sum()
            shift[c, g], spread[c, g] = (weight[:, None] * grid).sum(axis=0)
    return shift, spread


def inside(
    known: Bins,
    bins: NDArray[np.int64],
    position: NDArray[np.float64],
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return values inside bins: quantile ``position`` of N(mean, sd^2) truncated to the bin.

    Args:
        known: The bins of the tables.
        bins: 0 to their number less 1.
        position: 0 to 1, uniform for a draw.
        mean: Of the fitted normal.
        sd: Of the fitted normal, positive.

    Returns:
        Centred and scaled values, the shape that the arguments broadcast to.
    """
    inner = known.edges
    last = np.minimum(bins, len(inner) - 1)
    low = np.where(bins > 0, inner[bins - 1], np.minimum(-_REACH, mean - _REACH * sd))
    high = np.where(bins < len(inner), inner[last], np.maximum(_REACH, mean + _REACH * sd))
    below, above = probability((low - mean) / sd), probability((high - mean) / sd)
    fitted = mean + sd * quantile(below + position * (above - below))
    plain = quantile(probability(low) + position * (probability(high) - probability(low)))
    values: NDArray[np.float64] = np.clip(
        np.where(above - below > _LEAST_MASS, fitted, plain), low, high
    )
    return values


def moments(
    tables: NDArray[np.float64], shift: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance of what each table draws, by the midpoint rule within each bin.

    Args:
        tables: Shape (..., bins), such as (n_classes, n_genes, bins).
        shift: Shape (n_classes, n_genes).
        spread: The same.
    """
    position = (np.arange(_POINTS) + 0.5) / _POINTS
    first, second = np.zeros(shift.shape), np.zeros(shift.shape)
    known = bins_of(tables.shape[-1])
    for b in range(known.n):
        values = inside(known, np.array(b), position, shift[..., None], spread[..., None])
        first += tables[..., b] * values.mean(axis=-1)
        second += tables[..., b] * (values**2).mean(axis=-1)
    return first, np.maximum(second - first**2, 0.0)
