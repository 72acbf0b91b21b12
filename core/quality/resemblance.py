"""Does the synthetic cohort look like the real one: per gene, in pairs, all at once. LocalView.

References:
    quality.md "Resemblance".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.quality.tables import Table

EDGE: Final = 0.3
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
    real: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """Return recall and precision of the gene pairs correlated above 0.3; None without any.

    Args:
        real: Correlations, shape (n_genes, n_genes); its pairs are the truth.
        other: The same of the other cohort.
    """
    upper = np.triu_indices(len(real), k=1)
    truth, found = np.abs(real[upper]) > EDGE, np.abs(other[upper]) > EDGE
    both = int((truth & found).sum())
    recall = both / int(truth.sum()) if truth.any() else None
    precision = both / int(found.sum()) if found.any() else None
    return recall, precision


def discriminator_auroc(real: Table, synthetic: Table) -> float | None:
    """Return how well a scaled logistic regression tells real from synthetic, on a 30 % holdout.

    Equal numbers of both; 0.5 is a coin, 1 means every record is recognised. None below 20 each.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (heavy, reports only)
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    n = min(len(real), len(synthetic))
    if n < 20:
        return None
    n_test = round(0.3 * n)
    test = np.concatenate((real.values[:n_test], synthetic.values[:n_test]))
    train = np.concatenate((real.values[n_test:n], synthetic.values[n_test:n]))
    scaler = StandardScaler().fit(train)
    model = LogisticRegression(max_iter=1000)
    model.fit(scaler.transform(train), np.repeat((1, 0), n - n_test))
    scores = model.decision_function(scaler.transform(test))
    return float(roc_auc_score(np.repeat((1, 0), n_test), scores))
