"""Empirical-Bayes shrinkage: how far to trust a noisy number, learnt from all of them together.

Pure functions of measurements and of the plan's noise variances: no patient in reach.

References:
    Efron & Morris 1973 (one normal prior); Stephens 2017, "False discovery rates: a new deal" (a
    mixture of normals around zero, here with EM on a fixed grid of spreads).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_EM_ROUNDS: Final = 30
#: Spreads of the mixture, in units of the smallest noise sd; 0 is "no effect".
_GRID: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
#: Every component keeps a little weight, so that EM never divides by nothing.
_PSEUDO: Final = 1e-3
#: Least and most tau of the Wiener prior, and how many between.
_TAU: Final = (1e-3, 4.0, 40)


def towards_mean(
    noisy: NDArray[np.float64], noise_variance: float
) -> tuple[NDArray[np.float64], float]:
    """Shrink numbers towards their mean as far as the noise explains their spread.

    Args:
        noisy: Shape (n,), float64.
        noise_variance: Variance of the noise in each.

    Returns:
        The shrunk numbers, and the weight 0 to 1 that was left to each number itself.
    """
    middle = float(noisy.mean())
    spread = float(((noisy - middle) ** 2).mean())
    signal = max(spread - noise_variance, 0.0)
    weight = signal / (signal + noise_variance) if signal > 0 else 0.0
    return middle + (noisy - middle) * weight, weight


def towards_zero(noisy: NDArray[np.float64], noise_variance: float) -> NDArray[np.float64]:
    """Shrink numbers, most of which may be nothing but noise, towards zero; large ones stay.

    Args:
        noisy: Shape (n,), float64.
        noise_variance: Variance of the noise in each, positive.

    Returns:
        Posterior means under a mixture of normals around zero, shape (n,).
    """
    prior = noise_variance * np.square(np.array(_GRID))
    marginal = prior[None, :] + noise_variance
    log_density = -0.5 * (np.log(marginal) + np.square(noisy)[:, None] / marginal)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights = np.full(len(prior), 1 / len(prior))
    for _ in range(_EM_ROUNDS):
        belief = weights * density
        belief /= belief.sum(axis=1, keepdims=True)
        weights = (belief.sum(axis=0) + _PSEUDO) / (len(noisy) + _PSEUDO * len(prior))
    belief = weights * density
    belief /= belief.sum(axis=1, keepdims=True)
    kept: NDArray[np.float64] = noisy * (belief * (prior / marginal[0])).sum(axis=1)
    return kept


def onto_simplex(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nearest probability vectors: Euclidean projection along the last axis.

    References:
        Duchi et al. 2008, "Efficient projections onto the l1-ball", Figure 1.
    """
    ordered = -np.sort(-rows, axis=-1)
    excess = np.cumsum(ordered, axis=-1) - 1.0
    count = np.arange(1, rows.shape[-1] + 1)
    last = (ordered - excess / count > 0).sum(axis=-1) - 1
    threshold = np.take_along_axis(excess, last[..., None], axis=-1) / (last[..., None] + 1)
    projected: NDArray[np.float64] = np.maximum(rows - threshold, 0.0)
    projected /= projected.sum(axis=-1, keepdims=True)
    return projected


def factor_weights(
    noisy: NDArray[np.float64], variances: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far to trust each coordinate along public axes: a Wiener filter.

    Prior: coordinate i is normal with variance tau * variances[i]; tau is averaged over its
    likelihood on a grid (not its best point: two computers must not differ by a step).

    Args:
        noisy: Coordinates, shape (n,).
        variances: Public variance along each axis, shape (n,), positive.
        noise: Variance of the noise in each, shape (n,), positive.

    Returns:
        Weights 0 to 1, shape (n,).
    """
    prior = np.concatenate(([0.0], np.geomspace(*_TAU)))[:, None] * variances
    spread = prior + noise
    log_likelihood = -0.5 * (np.log(spread) + np.square(noisy) / spread).sum(axis=1)
    belief = np.exp(log_likelihood - log_likelihood.max())
    weights: NDArray[np.float64] = (belief / belief.sum()) @ (prior / spread)
    return weights
