"""Smoke alarm: are synthetic records suspiciously near to training patients? LocalView.

A smoke alarm, not a proof: the guarantee rests on the mechanism, and no number here may be shown
as evidence of privacy.

References:
    quality.md "Attacks".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.quality.tables import Table

_LEAST: Final = 5
_NEAR_QUANTILE: Final = 0.01


def nearest(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each point's Euclidean distance to the nearest of ``others``, shape (n_points,)."""
    squares = (
        (points**2).sum(axis=1)[:, None]
        + (others**2).sum(axis=1)[None, :]
        - 2.0 * points @ others.T
    )
    found: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0)).min(axis=1)
    return found


def near_copies(train: Table, holdout: Table, synthetic: Table) -> float | None:
    """Return the proportion of synthetic records nearer to a training patient than any new one is.

    "Than any new one": below the 1 % quantile of the held-out patients' distances to the training
    patients. None below five of each.
    """
    if min(len(train), len(holdout)) < _LEAST or len(synthetic) == 0:
        return None
    limit = float(np.quantile(nearest(holdout.values, train.values), _NEAR_QUANTILE))
    return float((nearest(synthetic.values, train.values) < limit).mean())
