"""Empirical Bayes over several classes at once: what one class shows is evidence for the others.

Classes of one disease differ along few directions: where luminal tumours lie high, basal ones lie
low. A class of few patients has much noise in its sums; what the large classes show of a gene says
where it lies. So the noisy numbers of all classes for one gene (or one public axis) are one vector
with a prior covariance, which is learnt from all genes (or axes) together.

Pure functions of measurements and of the plan's noise variances: no patient in reach.

References:
    Efron & Morris 1972, "Empirical Bayes on vector observations"; Urbut et al. 2019, "Flexible
    statistical methods for estimating and testing effects in genomic studies with multiple
    conditions" (a mixture of scaled covariances).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_EM_ROUNDS: Final = 20
#: So many genes' worth of evidence says, before anything is measured, that classes are unrelated.
_UNRELATED: Final = 8.0
#: Least prior variance, in units of the noise: EM never leaves 0.
_LEAST_PRIOR: Final = 0.02
#: The covariance of a mixture's components, in units of the one that is learnt; 0 is "no effect".
_SCALES: Final = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_MIXING_ROUNDS: Final = 30
#: Every component keeps a little weight, so that EM never divides by nothing.
_PSEUDO: Final = 1e-3
#: Least and most tau along axes, and how many between.
_TAU: Final = (1e-3, 8.0, 24)
#: Classes may also all lie off the middle together, by this part of what they differ.
_TOGETHER: Final = 0.05


def over_genes(noisy: NDArray[np.float64], noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shrink the class means of many genes towards zero, the classes of each gene together.

    Prior: a mixture of normals with covariances s G, G learnt, s on a fixed grid: most genes may
    show nothing, and few much.

    Args:
        noisy: Shape (n_classes, n_genes), float64.
        noise: Variance of the noise in each class, shape (n_classes,), positive.

    Returns:
        Posterior means, shape (n_classes, n_genes).
    """
    learnt = covariance(noisy, np.ones(1), noise[:, None])
    log_density, posterior = [], []
    for scale in _SCALES:
        solved, log_det = _solved(scale * learnt + np.diag(noise), noisy)
        log_density.append(-0.5 * ((noisy * solved).sum(axis=0) + log_det))
        posterior.append(scale * learnt @ solved)
    logs = np.stack(log_density)
    density = np.exp(logs - logs.max(axis=0))
    weights = np.full(len(_SCALES), 1 / len(_SCALES))
    for _ in range(_MIXING_ROUNDS):
        belief = weights[:, None] * density
        belief /= belief.sum(axis=0)
        most = noisy.shape[1] + _PSEUDO * len(_SCALES)
        weights = (belief.sum(axis=1) + _PSEUDO) / most
    belief = weights[:, None] * density
    belief /= belief.sum(axis=0)
    kept: NDArray[np.float64] = np.einsum("sg,scg->cg", belief, np.stack(posterior))
    return kept


def along_axes(
    noisy: NDArray[np.float64],
    variances: NDArray[np.float64],
    noise: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Shrink coordinates along public axes, the classes of each axis together.

    Prior of axis i: normal with covariance tau * variances[i] * S. S is the covariance that is
    learnt, or that of unrelated classes about their middle; tau and S are averaged over their
    likelihood (not its best point: two computers must not differ by a step).

    Args:
        noisy: Shape (n_classes, n_axes), float64.
        variances: Public variance along each axis, shape (n_axes,), positive.
        noise: Variance of the noise in each, shape (n_classes, n_axes), positive.
        weights: Proportion of each class, shape (n_classes,).

    Returns:
        Posterior means, shape (n_classes, n_axes).
    """
    n_classes = len(noisy)
    about = np.eye(n_classes) - weights
    shapes = (
        covariance(noisy, variances, noise),
        about @ about.T + _TOGETHER * np.eye(n_classes),
    )
    vectors, spread = noisy.T[:, :, None], noise.T[:, :, None] * np.eye(n_classes)
    log_likelihood, posterior = [], []
    for shape in shapes:
        unit = variances[:, None, None] * shape * (n_classes / np.trace(shape))
        for tau in np.geomspace(*_TAU):
            solved, log_det = _solved(tau * unit + spread, vectors)
            log_likelihood.append(-0.5 * float((vectors * solved).sum() + log_det.sum()))
            posterior.append((tau * unit @ solved)[:, :, 0].T)
    logs = np.array(log_likelihood)
    belief = np.exp(logs - logs.max())
    kept: NDArray[np.float64] = np.tensordot(belief / belief.sum(), np.stack(posterior), 1)
    return kept


def covariance(
    noisy: NDArray[np.float64], variances: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Learn the covariance G of classes, when number i of each is normal with variances[i] G.

    A fixed number of rounds of EM, from unrelated classes of one variance.

    Args:
        noisy: Shape (n_classes, n).
        variances: Shape (n,), or (1,) where they are all the same; positive.
        noise: Variance of the noise, shape (n_classes, n), or (n_classes, 1); positive.

    Returns:
        Shape (n_classes, n_classes), symmetric, positive definite.
    """
    n_classes, n = noisy.shape
    scale = variances[:, None, None]
    spread = noise.T[:, :, None] * np.eye(n_classes)
    square = (np.square(noisy) - noise).sum(axis=1) / (variances * np.ones(n)).sum()
    least = _LEAST_PRIOR * noise.mean(axis=1) / variances.mean()
    before = np.eye(n_classes) * float(np.maximum(square, least).mean())
    found, vectors = before, noisy.T[:, :, None]
    for _ in range(_EM_ROUNDS):
        prior = scale * found
        kept = np.linalg.solve(prior + spread, prior).transpose(0, 2, 1)
        mean = kept @ vectors / np.sqrt(scale)
        doubt = (prior - kept @ prior) / scale
        each = (mean @ mean.transpose(0, 2, 1)).sum(axis=0) + doubt.sum(axis=0) * (n / len(doubt))
        found = (each + _UNRELATED * before) / (n + _UNRELATED)
    return found


def _solved(
    matrix: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return matrix^-1 right and the log-determinant, of one symmetric matrix or of many."""
    log_det: NDArray[np.float64] = np.linalg.slogdet(matrix)[1]
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64), log_det
