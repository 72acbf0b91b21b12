"""From noisy totals to centre, scale, class counts and tables: post-processing only.

Every function here sees measurements and the public plan, never a record. The number of patients
is only ever the noisy one.

References:
    generators.md (empirical Bayes; the star has a closed form).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from core.model.measurement import Measurement
from core.model.plan import Plan
from core.synthesis.marginals.stages import CENTRE, CLASS_COUNTS, EDGES, N_BINS, SCALE, TABLES
from core.synthesis.shrinkage import onto_simplex, towards_mean, towards_zero

#: Noisy class counts below this are read as this: a class of the plan never vanishes.
LEAST_COUNT: Final = 5.0
_SPREAD_RANGE: Final = (0.05, 0.95)
_SCALE_RANGE: Final = (0.05, 8.0)

#: Orthonormal directions in which a table of four quartile bins can differ: the first is a shift
#: of a normal by a little (derivative of the bin probabilities), the second its spread, the third
#: the rest.
_SHIFT: Final = (-0.6851, -0.1749, 0.1749, 0.6851)
_SPREAD: Final = (0.5, -0.5, -0.5, 0.5)
_REST: Final = (0.1749, -0.6851, 0.6851, -0.1749)

#: Normals among which the nearest to a table is sought, and how sharply (squared distance).
_SHIFTS: Final = tuple(k / 10 for k in range(-25, 26))
_SPREADS: Final = (0.5, 0.65, 0.8, 0.95, 1.1, 1.25)
_SHARPNESS: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standard:
    """Where each gene lies and how far it spreads, on the normalised scale.

    Attributes:
        centre: Shape (n_genes,).
        scale: Shape (n_genes,), positive.
    """

    centre: NDArray[np.float64]
    scale: NDArray[np.float64]


def by_stage(measurements: Sequence[Measurement]) -> dict[str, Measurement]:
    """Return the measurements by the name of their stage."""
    return {m.stage.name: m for m in measurements}


def first_counts(measured: dict[str, Measurement]) -> NDArray[np.float64]:
    """Return the class counts as the first stage alone gives them, shape (n_classes,)."""
    counts: NDArray[np.float64] = np.maximum(measured[CLASS_COUNTS].real(), LEAST_COUNT)
    return counts


def first_standard(measured: dict[str, Measurement]) -> Standard:
    """Return the shrunk centre, and one spread for all genes.

    A z-scored record has mean 0 and mean square 1 over its genes. So the centres average 0, and
    what their squares leave of 1 is the average spread around them: no budget is needed for it.
    """
    sums = measured[CENTRE]
    n_records = float(first_counts(measured).sum())
    noisy = sums.real() / n_records
    noisy = noisy - noisy.mean()
    noise = (sums.stage.sigma_real / n_records) ** 2
    centre, weight = towards_mean(noisy, noise)
    square = float((noisy**2).mean()) - noise
    around = 1.0 - np.clip(square, *_SPREAD_RANGE)
    missed = weight * noise
    return Standard(
        centre=centre, scale=np.full(len(centre), float(np.sqrt(min(around + missed, 1.0))))
    )


def standard(measured: dict[str, Measurement]) -> Standard:
    """Return centre and scale per gene after the second and third stage."""
    before = first_standard(measured)
    sums = measured[SCALE]
    n_records = float(first_counts(measured).sum())
    squares = sums.real() / n_records + 1.0
    noise = (sums.stage.sigma_real / n_records) ** 2
    shrunk, _ = towards_mean(squares, noise)
    return Standard(
        centre=before.centre, scale=before.scale * np.sqrt(np.clip(shrunk, *_SCALE_RANGE))
    )


def class_counts(plan: Plan, measured: dict[str, Measurement]) -> NDArray[np.float64]:
    """Combine two unbiased views of each class's size: its own stage, and its tables' sums.

    Each gene's table of a class sums to the class's size, so the average over genes is one more
    measurement of it; the two are weighted by their precision.

    Returns:
        Shape (n_classes,), at least LEAST_COUNT.
    """
    own, tables = measured[CLASS_COUNTS], measured[TABLES]
    n_genes = len(plan.genes)
    blocks = tables.real().reshape(len(plan.classes), n_genes * N_BINS)
    precision_own = own.stage.sigma_real**-2
    precision_tables = 1.0 / (N_BINS * tables.stage.sigma_real**2 / n_genes)
    combined = (own.real() * precision_own + blocks.sum(axis=1) / n_genes * precision_tables) / (
        precision_own + precision_tables
    )
    counts: NDArray[np.float64] = np.maximum(combined, LEAST_COUNT)
    return counts


def class_tables(
    plan: Plan, measured: dict[str, Measurement], counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return p(bin | class, gene): noisy tables made consistent, shrunk and projected.

    Each table is written as the flat table plus three directions (shift, spread, rest). The
    pooled table and each class's deviation from it are shrunk per direction, as far as the noise
    demands, over all genes together.

    Returns:
        Shape (n_classes, n_genes, 4), float64, non-negative, sums 1.
    """
    tables = measured[TABLES]
    shape = (len(plan.classes), len(plan.genes), N_BINS)
    basis = np.array((_SHIFT, _SPREAD, _REST))
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    proportions = tables.real().reshape(shape) / counts[:, None, None]
    seen = proportions @ basis.T
    noise = (tables.stage.sigma_real / counts) ** 2
    weights = counts / counts.sum()
    pooled = np.einsum("c,cgk->gk", weights, seen)
    pooled_noise = float((weights**2 * noise).sum())
    kept = np.empty_like(seen)
    for k in range(len(basis)):
        base, _ = towards_mean(pooled[:, k], pooled_noise)
        for c in range(len(counts)):
            own_noise = float(noise[c] * (1 - 2 * weights[c]) + pooled_noise)
            kept[c, :, k] = base + towards_zero(seen[c, :, k] - pooled[:, k], own_noise)
    return onto_simplex(1.0 / N_BINS + kept @ basis)


def nearest_normals(
    tables: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and sd of the normal that explains each table: where values lie inside bins.

    A weighted mean over a grid, not the best point of it: a last digit that two computers round
    differently must not change the answer by a step.

    Args:
        tables: Shape (n_classes, n_genes, 4), probabilities.

    Returns:
        Two arrays of shape (n_classes, n_genes), centred and scaled units.
    """
    grid = np.array([(m, s) for s in _SPREADS for m in _SHIFTS])
    edges = np.concatenate(([-np.inf], EDGES, [np.inf]))
    bins = np.diff(ndtr((edges[None, :] - grid[:, :1]) / grid[:, 1:]), axis=1)
    shift, spread = np.empty(tables.shape[:2]), np.empty(tables.shape[:2])
    for c in range(len(tables)):
        for g in range(tables.shape[1]):
            distance = np.square(bins - tables[c, g]).sum(axis=1)
            weight = np.exp((distance.min() - distance) / _SHARPNESS)
            weight /= weight.sum()
            shift[c, g], spread[c, g] = (weight[:, None] * grid).sum(axis=0)
    return shift, spread
