"""Smoke alarm: are synthetic records suspiciously near to training patients? LocalView.

A distance below that of new patients asks for a look. One above is no proof of privacy.

References:
    quality.md "Attacks".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.attack import DistanceCurves
from core.quality.jointly import squared_distances
from core.quality.tables import Table, Trio

LEAST_PATIENTS: Final = 5
#: Distances that differ by less are float noise of the same record.
DECIMALS: Final = 6
_NEAR_QUANTILE: Final = 0.01
_BLOCK: Final = 1_000
_GRID_POINTS: Final = 101
_TINY: Final = 1e-9
#: Float noise of a squared distance, relative to the squared sizes of the two records.
_SAME: Final = 1e-12


def distance_blocks(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """Yield the distances of 1,000 points after the other to all ``others``.

    Zero is exact where a record is the same: the quick formula alone leaves float noise there,
    which would hide a copy behind a near one.
    """
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        squares = squared_distances(block, others)
        scale = (block**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None, :]
        squares[squares < _SAME * np.maximum(scale, 1.0)] = 0.0
        yield np.sqrt(squares)


def nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each point's Euclidean distance to the nearest of ``others``, shape (n_points,)."""
    if len(points) == 0:
        return np.empty(0)
    return np.concatenate([block.min(axis=1) for block in distance_blocks(points, others)])


def exact_copies(train: Table, others: Table) -> float | None:
    """Return the proportion of ``others`` that is a training patient, gene by gene the same.

    None without any of either.
    """
    if min(len(train), len(others)) == 0:
        return None
    return float((nearest(others.values, train.values) == 0.0).mean())


def near_copies(train: Table, holdout: Table, synthetic: Table) -> float | None:
    """Return the proportion of synthetic records nearer to a training patient than any new one is.

    "Than any new one": below the 1 % quantile of the held-out patients' distances to the training
    patients. None below five of each.
    """
    if min(len(train), len(holdout)) < LEAST_PATIENTS or len(synthetic) == 0:
        return None
    limit = float(np.quantile(nearest(holdout.values, train.values), _NEAR_QUANTILE))
    return float((nearest(synthetic.values, train.values) < limit).mean())


def distance_curves(trio: Trio) -> DistanceCurves | None:
    """Return how near the nearest patients are, in units of a held-out patient's median distance.

    Distances are to as many training patients as there are held-out ones: the more there are, the
    nearer the nearest one is. None below five of each.
    """
    n = min(len(trio.train), len(trio.holdout))
    if n < LEAST_PATIENTS or len(trio.synthetic) == 0:
        return None
    train, holdout = trio.train.first(n), trio.holdout.first(n)
    reference = nearest(holdout.values, train.values)
    unit = max(float(np.median(reference)), _TINY)
    found = [nearest(trio.synthetic.values, real.values) / unit for real in (train, holdout)] + [
        reference / unit
    ]
    grid = np.linspace(0.0, max(float(f.max()) for f in found), _GRID_POINTS)
    curves = [
        tuple(np.round(np.searchsorted(np.sort(f), grid, side="right") / len(f), 5).tolist())
        for f in found
    ]
    return DistanceCurves(
        grid=tuple(np.round(grid, 5).tolist()),
        synthetic_to_training=curves[0],
        synthetic_to_held_out=curves[1],
        held_out_to_training=curves[2],
    )


def nearest_ratio(train: Table, holdout: Table, synthetic: Table) -> float | None:
    """Return the median nearest distance to training patients: synthetic over held-out.

    1 is a new patient's; well below 1 is suspicious, and 0 where half of the records are copies.
    None below five of each.
    """
    if min(len(train), len(holdout)) < LEAST_PATIENTS or len(synthetic) == 0:
        return None
    unit = float(np.median(nearest(holdout.values, train.values)))
    if unit <= _TINY:
        return None
    return float(np.median(nearest(synthetic.values, train.values))) / unit
