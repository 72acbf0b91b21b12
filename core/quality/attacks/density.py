"""How dense synthetic records are around a patient, against how dense real ones are. LocalView.

References:
    van Breugel et al. 2023 (DOMIAS); Scott 1992 (bandwidth).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.quality.jointly import squared_distances

N_AXES: Final = 10
_LEAST_PER_AXIS: Final = 5
_TINY: Final = 1e-9


def axes_of(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle and the main axes of records, each axis divided by its spread.

    At most ten axes, and one per five records.

    Returns:
        Shapes (n_genes,) and (n_genes, n_axes).
    """
    middle = values.mean(axis=0)
    n_axes = max(1, min(N_AXES, len(values) // _LEAST_PER_AXIS, values.shape[1]))
    _, singular, axes = np.linalg.svd(values - middle, full_matrices=False)
    spread = singular[:n_axes] / np.sqrt(max(1, len(values) - 1))
    return middle, axes[:n_axes].T / np.maximum(spread, _TINY)


def log_kernel_sums(
    points: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log of every normal kernel around ``others`` at ``points``, shape (n, m).

    Kernels of Scott's width m^(-1 / (axes + 4)) in units of each axis' spread; not yet averaged.
    """
    m, n_axes = others.shape
    width = m ** (-1.0 / (n_axes + 4))
    norm = n_axes * (np.log(width) + 0.5 * np.log(2.0 * np.pi))
    kernels: NDArray[np.float64] = -0.5 * squared_distances(points, others) / width**2 - norm
    return kernels


def log_density(
    points: NDArray[np.float64],
    others: NDArray[np.float64],
    left_out: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Return the log density of ``others`` at ``points``, shape (n,).

    Args:
        points: Shape (n, n_axes).
        others: Shape (m, n_axes).
        left_out: For each point the place of another that does not count, shape (n,).
    """
    from scipy.special import logsumexp  # noqa: PLC0415 (heavy, reports only)

    kernels = log_kernel_sums(points, others)
    n_kernels = len(others)
    if left_out is not None:
        kernels[np.arange(len(points)), left_out] = -np.inf
        n_kernels -= 1
    found: NDArray[np.float64] = logsumexp(kernels, axis=1) - np.log(n_kernels)
    return found


def log_ratios(
    members: NDArray[np.float64], others: NDArray[np.float64], synthetic: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log of synthetic over real density for training and for held-out patients.

    The axes are those of the synthetic records: the attacker has them. The real density is that of
    the held-out patients but one. For a held-out patient that one is itself, or it would seem to
    lie in a dense place; for a training patient it is any, so that both are treated alike.

    Args:
        members: Training patients, shape (n, n_genes).
        others: Held-out patients, shape (m, n_genes), m > 1.
        synthetic: Shape (k, n_genes).
    """
    middle, axes = axes_of(synthetic)
    own, rest, made = ((values - middle) @ axes for values in (members, others, synthetic))
    return (
        log_density(own, made) - log_density(own, rest, np.arange(len(own)) % len(rest)),
        log_density(rest, made) - log_density(rest, rest, np.arange(len(rest))),
    )
