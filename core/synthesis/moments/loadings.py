"""From noisy cross products to the loadings of factors within classes: post-processing only.

References:
    generators.md "The recipe moments".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.synthesis.moments.classes import ClassMeans
from core.synthesis.moments.fit import class_counts, groups
from core.synthesis.moments.stages import CROSS
from core.synthesis.reference.panel import PanelReference

#: Slope of the measured on the public loadings of one factor.
_SLOPE_RANGE: Final = (0.2, 1.5)
#: Factors of the reference that carry covariance; later ones are mostly its own sampling error.
COVARIANCE_FACTORS: Final = 20
#: Of each factor's variance at least this lies within classes.
_LEAST_WITHIN: Final = 0.05


def loadings(
    measured: dict[str, Measurement],
    means: ClassMeans,
    reference: PanelReference | None,
    strength: float,
) -> NDArray[np.float64]:
    """Return the loadings of the factors within classes, shape (n_genes, n_factors).

    The public loadings, corrected by the measured cross products, describe all patients together;
    what the class means explain of each factor is taken out.
    """
    if reference is None:
        return np.zeros((means.noisy.shape[1], 0))
    _, root = within_classes(means, reference, strength)
    total = reference.loadings(len(root))
    if CROSS in measured:
        crossed = _crossed(measured, reference)
        k = min(crossed.shape[1], len(root))
        total[:, :k] = crossed[:, :k]
    found: NDArray[np.float64] = total @ root
    return found


def within_classes(
    means: ClassMeans, reference: PanelReference, strength: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the classes lie along the factors, and how records differ within them.

    Args:
        means: Fitted.
        reference: The plan's.
        strength: Part of the variance within classes that is kept.

    Returns:
        Class means of the scores of unit variance, shape (n_classes, n_factors); and the symmetric
        root of the scores' covariance within classes, shape (n_factors, n_factors).
    """
    n_factors = min(COVARIANCE_FACTORS, len(reference.variances))
    unit = means.scores[:, :n_factors] / np.sqrt(reference.variances[:n_factors])
    between = unit.T @ (means.weights[:, None] * unit)
    values, vectors = np.linalg.eigh(np.eye(n_factors) - between)
    within = np.sqrt(np.clip(values, _LEAST_WITHIN, 1.0) * strength)
    return unit, (vectors * within) @ vectors.T


def _crossed(measured: dict[str, Measurement], reference: PanelReference) -> NDArray[np.float64]:
    """Return measured loadings on the first factors: public ones rescaled, plus what differs."""
    sums = measured[CROSS]
    n_records = float(class_counts(measured).sum())
    found = sums.real().reshape(len(reference.mean), -1) / n_records
    noise = (sums.stage.sigma_real / n_records) ** 2
    public = reference.loadings(found.shape[1])
    for j in range(found.shape[1]):
        for group in groups(reference, len(found)):
            x = public[group, j]
            square = float(x @ x)
            slope = float(np.clip(found[group, j] @ x / square, *_SLOPE_RANGE)) if square else 0.0
            differs = found[group, j] - slope * x
            signal = max(float(np.square(differs).mean()) - noise, 0.0)
            found[group, j] = slope * x + differs * (signal / (signal + noise))
    return found
