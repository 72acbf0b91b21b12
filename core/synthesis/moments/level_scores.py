"""What a public reference says of records' levels: they follow the scores that genes follow.

Where many genes of a panel rise together, the whole record lies higher: a record's level and its
spread move with the same factors as its genes. The open cohort tells how far. The private one is
asked by the stage ``class-levels`` how much of that it bears out.

References:
    resources/decisions/022-levels-follow-the-factors.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.synthesis.moments.classes import ClassMeans
from core.synthesis.moments.loadings import within_classes
from core.synthesis.reference.panel import PanelReference
from core.synthesis.shrinkage import factor_weights

#: Slope of private on public levels and spreads: what is usual, and how far cohorts differ. The
#: level of the genes that a reference has stands for that of the panel as far as it has the panel;
#: a spread hangs on the height of each gene, which laboratories hardly share.
_USUAL_SPREAD_SLOPE: Final = 0.4
_SLOPES_DIFFER: Final = np.array([0.2, 0.3])
_MOST_SLOPE: Final = 1.5
#: How far classes usually lie from where the reference has them, log2 units.
_USUAL_REST: Final = np.array([0.12, 0.06])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedLevels:
    """What is expected of levels and spreads before they are measured by class. Public.

    Attributes:
        away: Shape (n_classes, 2): how far each class lies from all, log2 units.
        along: Shape (n_draws, 2): per unit of each of a record's factor draws, log2 units.
        own: Shape (2,): standard deviation that no factor tells, log2 units.
        slope: Shape (2,): usual slope of what is on what is expected.
    """

    away: NDArray[np.float64]
    along: NDArray[np.float64]
    own: NDArray[np.float64]
    slope: NDArray[np.float64]


def expected_levels(
    means: ClassMeans, reference: PanelReference | None, strength: float
) -> ExpectedLevels | None:
    """Return what the reference expects of the fitted classes and factors, if it says anything.

    Args:
        means: Fitted; its scores tell where the classes lie along the factors.
        reference: The plan's reference, if any.
        strength: Part of the public variance within classes that is kept.
    """
    if reference is None or reference.levels is None:
        return None
    unit, root = within_classes(means, reference, strength)
    along = reference.levels.along[: len(root)]
    rest = np.square(reference.levels.sd) - np.square(along).sum(axis=0)
    away = unit @ along
    share = float(reference.covered.mean())
    return ExpectedLevels(
        away=away - means.weights @ away,
        along=root @ along,
        own=np.sqrt(np.maximum(rest, 0.0)),
        slope=np.array([share**0.5, _USUAL_SPREAD_SLOPE]),
    )


def borne_out(
    away: NDArray[np.float64], variance: NDArray[np.float64], expected: ExpectedLevels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the classes lie, and the slopes at which they follow what is expected.

    The slope is that of measured on expected, drawn towards the usual one as far as the noise
    hides it. What is left of the measured differences is kept as far as it is more than noise.

    Args:
        away: Measured, shape (n_classes, 2), log2 units from the mean of all.
        variance: Of the noise in each, same shape.
        expected: From the reference.
    """
    prior = 1 / np.square(_SLOPES_DIFFER)
    precision = (np.square(expected.away) / variance).sum(axis=0)
    seen = (away * expected.away / variance).sum(axis=0)
    slope = np.clip((seen + prior * expected.slope) / (precision + prior), 0.0, _MOST_SLOPE)
    known = slope * expected.away
    for kind, usual in enumerate(_USUAL_REST):
        rest = away[:, kind] - known[:, kind]
        trust = factor_weights(rest, np.full(len(rest), usual**2), variance[:, kind])
        known[:, kind] += trust * rest
    return known, slope
