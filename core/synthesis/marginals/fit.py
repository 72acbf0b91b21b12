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

from core.model.measurement import Measurement
from core.model.plan import Plan
from core.synthesis.marginals.bins import bins_of, number_in
from core.synthesis.marginals.stages import CENTRE, CLASS_COUNTS, SCALE, TABLES
from core.synthesis.shrinkage import onto_simplex, towards_mean, towards_zero

#: Noisy class counts below this are read as this: a class of the plan never vanishes.
LEAST_COUNT: Final = 5.0
_SPREAD_RANGE: Final = (0.05, 0.95)
_SCALE_RANGE: Final = (0.05, 8.0)
_CONTRACTION_RANGE: Final = (0.2, 1.5)
_TINY: Final = 1e-12


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


def centre_of(
    measured: dict[str, Measurement], n_records: float
) -> tuple[NDArray[np.float64], float, float]:
    """Return the shrunk centre per gene, the variance of what it misses, and the average spread.

    A z-scored record has mean 0 and mean square 1 over its genes. So the centres average 0, and
    what their squares leave of 1 is the average variance around them: no budget is needed for it.

    Args:
        measured: With the centre stage.
        n_records: Noisy number of records.

    Returns:
        Shape (n_genes,); a variance; a variance.
    """
    sums = measured[CENTRE]
    noisy = sums.real() / n_records
    noisy = noisy - noisy.mean()
    noise = (sums.stage.sigma_real / n_records) ** 2
    centre, weight = towards_mean(noisy, noise)
    around = 1.0 - float(np.clip((noisy**2).mean() - noise, *_SPREAD_RANGE))
    return centre, weight * noise, around


def first_standard(measured: dict[str, Measurement]) -> Standard:
    """Return the shrunk centre and one spread for all genes, as the third stage needs them."""
    centre, missed, around = centre_of(measured, float(first_counts(measured).sum()))
    scale = float(np.sqrt(min(around + missed, 1.0)))
    return Standard(centre=centre, scale=np.full(len(centre), scale))


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
    n_genes, n_bins = len(plan.genes), number_in(plan.recipe_parameters)
    blocks = tables.real().reshape(len(plan.classes), n_genes * n_bins)
    precision_own = own.stage.sigma_real**-2
    precision_tables = 1.0 / (n_bins * tables.stage.sigma_real**2 / n_genes)
    combined = (own.real() * precision_own + blocks.sum(axis=1) / n_genes * precision_tables) / (
        precision_own + precision_tables
    )
    counts: NDArray[np.float64] = np.maximum(combined, LEAST_COUNT)
    return counts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """The tables, and how exactly they place the genes.

    Attributes:
        tables: p(bin | class, gene), shape (n_classes, n_genes, bins).
        missed: Variance of what is still unknown of each gene's centre, normalised units squared,
            shape (n_genes,).
    """

    tables: NDArray[np.float64]
    missed: NDArray[np.float64]


def class_tables(
    plan: Plan, measured: dict[str, Measurement], counts: NDArray[np.float64]
) -> Fitted:
    """Return p(bin | class, gene): noisy tables made consistent, shrunk and projected.

    Each table is written as the flat table plus the directions of its bins (shift, spread, rest).
    The pooled shift is combined with what the centre stage says about it, now that the number of
    records is known better; the other pooled ones are shrunk to their means; each class's
    deviation is shrunk towards zero, as far as the noise demands, over all genes together.
    """
    tables = measured[TABLES]
    bins = bins_of(number_in(plan.recipe_parameters))
    shape, basis = (len(plan.classes), len(plan.genes), bins.n), bins.basis
    seen = tables.real().reshape(shape) / counts[:, None, None] @ basis.T
    noise = (tables.stage.sigma_real / counts) ** 2
    weights = counts / counts.sum()
    pooled = np.einsum("c,cgk->gk", weights, seen)
    pooled_noise = float((weights**2 * noise).sum())
    base = np.empty_like(pooled)
    base[:, 0], missed = _pooled_shift(measured, pooled[:, 0], pooled_noise, counts, bins.slope)
    for k in range(1, len(basis)):
        base[:, k], _ = towards_mean(pooled[:, k], pooled_noise)
    kept = np.empty_like(seen)
    for c in range(len(counts)):
        own_noise = float(noise[c] * (1 - 2 * weights[c]) + pooled_noise)
        for k in range(len(basis)):
            deviation = seen[c, :, k] - pooled[:, k]
            kept[c, :, k] = base[:, k] + towards_zero(deviation, own_noise)
    return Fitted(tables=onto_simplex(1.0 / bins.n + kept @ basis), missed=missed)


def _pooled_shift(
    measured: dict[str, Measurement],
    pooled: NDArray[np.float64],
    noise: float,
    counts: NDArray[np.float64],
    shift_slope: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Combine the tables' view of each gene's centre with the centre stage's, by precision.

    Returns:
        The pooled shift coefficient, and the variance that remains in normalised units; both of
        shape (n_genes,).
    """
    binned = standard(measured)
    centre, missed, _ = centre_of(measured, float(counts.sum()))
    slope = shift_slope / binned.scale
    expected = slope * (centre - binned.centre)
    variance = np.maximum(slope**2 * missed, _TINY)
    combined = expected + (pooled - expected) * variance / (variance + noise)
    return combined, variance * noise / (variance + noise) / slope**2


def contraction(
    standard_: Standard,
    fitted: Fitted,
    mean: NDArray[np.float64],
    variance: NDArray[np.float64],
    counts: NDArray[np.float64],
) -> float:
    """Return by which factor values move towards their class's mean, so that squares average 1.

    Bins that were placed with noise are wider than the genes' true spread. Every real record has
    mean square 1 over its genes: what centres, their remaining error and the classes' differences
    leave of it is the variance within classes.

    Args:
        standard_: Of the bins.
        fitted: Tables and remaining error of the centres.
        mean: Of each table, centred and scaled, shape (n_classes, n_genes).
        variance: The same.
        counts: Noisy class counts.
    """
    weights = (counts / counts.sum())[:, None]
    middle = (weights * mean).sum(axis=0)
    centre = standard_.centre + standard_.scale * middle
    between = standard_.scale**2 * (weights * (mean - middle) ** 2).sum(axis=0)
    within = standard_.scale**2 * (weights * variance).sum(axis=0)
    left = 1.0 - float((centre**2 + fitted.missed + between).mean())
    return float(np.sqrt(np.clip(left / max(float(within.mean()), _TINY), *_CONTRACTION_RANGE)))
