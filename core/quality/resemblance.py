"""Does the synthetic cohort look like the real one: gene by gene and in pairs? LocalView.

References:
    quality.md "Resemblance".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

EDGE: Final = 0.3
STRONG_EDGE: Final = 0.5
N_BINS: Final = 49
_FLOOR: Final = 1e-10
_STRONGEST: Final = 0.05
_TINY: Final = 1e-12


def wasserstein_sd(real: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Wasserstein-1 distance per gene, in SD units of ``real``; 0 for a constant gene.

    W1 is the area between the two distribution functions.

    Args:
        real: Shape (n, n_genes).
        other: Shape (m, n_genes).
    """
    from scipy.stats import wasserstein_distance  # noqa: PLC0415 (heavy, reports only)

    spread = real.std(axis=0)
    return np.array(
        [
            wasserstein_distance(real[:, j], other[:, j]) / spread[j] if spread[j] > _TINY else 0.0
            for j in range(real.shape[1])
        ]
    )


def constant(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which genes have one value only, shape (n_genes,)."""
    if len(values) == 0:
        return np.zeros(values.shape[1], dtype=np.bool_)
    alike: NDArray[np.bool_] = np.ptp(values, axis=0) <= _TINY
    return alike


def kullback_leibler(real: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return KL(real || other) per gene in nats, on 49 equal bins over the joint range.

    1e-10 is added to every bin's proportion, as in the published tables: a bin that only real
    patients fill costs its proportion times about 23 nats. 0 for a gene that is the same constant
    in both.

    References:
        Kullback & Leibler 1951; the CAMDA 2025 Health Privacy Challenge's evaluation.
    """
    low = np.minimum(real.min(axis=0), other.min(axis=0))
    width = np.maximum(real.max(axis=0), other.max(axis=0)) - low
    width = np.where(width > 0, width, 1.0)
    p, q = (_bin_proportions(values, low, width) + _FLOOR for values in (real, other))
    p, q = p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)
    found: NDArray[np.float64] = (p * np.log(p / q)).sum(axis=1)
    return found


def _bin_proportions(
    values: NDArray[np.float64], low: NDArray[np.float64], width: NDArray[np.float64]
) -> NDArray[np.float64]:
    n_genes = values.shape[1]
    bins = ((values - low) / width * N_BINS).astype(np.int64)
    cells = np.clip(bins, 0, N_BINS - 1) + N_BINS * np.arange(n_genes)
    counts = np.bincount(cells.reshape(-1), minlength=N_BINS * n_genes)
    found: NDArray[np.float64] = counts.reshape(n_genes, N_BINS) / len(values)
    return found


def kolmogorov(real: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Kolmogorov-Smirnov distance per gene: largest gap of distribution functions."""
    found = np.empty(real.shape[1])
    for j in range(real.shape[1]):
        a, b = np.sort(real[:, j]), np.sort(other[:, j])
        points = np.concatenate((a, b))
        below_a = np.searchsorted(a, points, side="right") / len(a)
        below_b = np.searchsorted(b, points, side="right") / len(b)
        found[j] = np.abs(below_a - below_b).max()
    return found


def correlations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Pearson correlations of the genes; 0 where a gene is constant.

    Returns:
        Shape (n_genes, n_genes), diagonal 1.
    """
    if len(values) == 0:
        return np.eye(values.shape[1])
    centred = values - values.mean(axis=0)
    norm = np.sqrt((centred**2).sum(axis=0))
    scaled = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > _TINY)
    found: NDArray[np.float64] = np.clip(scaled.T @ scaled, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def correlation_error(
    real: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the mean absolute difference of correlations: all pairs, and the strongest 5 %.

    Args:
        real: Correlations, shape (n_genes, n_genes).
        other: The same of the other cohort.
    """
    upper = np.triu_indices(len(real), k=1)
    a, b = real[upper], other[upper]
    gap = np.abs(a - b)
    n_strongest = max(1, round(_STRONGEST * len(a)))
    strongest = np.argsort(-np.abs(a), kind="stable")[:n_strongest]
    return float(gap.mean()), float(gap[strongest].mean())


def coexpression(
    real: NDArray[np.float64], other: NDArray[np.float64], edge: float = EDGE
) -> tuple[float | None, float | None]:
    """Return recall and precision of the gene pairs correlated above ``edge``; None without any.

    Args:
        real: Correlations, shape (n_genes, n_genes); its pairs are the truth.
        other: The same of the other cohort.
        edge: Least absolute correlation of a pair that counts.
    """
    upper = np.triu_indices(len(real), k=1)
    truth, found = np.abs(real[upper]) > edge, np.abs(other[upper]) > edge
    both = int((truth & found).sum())
    recall = both / int(truth.sum()) if truth.any() else None
    precision = both / int(found.sum()) if found.any() else None
    return recall, precision
