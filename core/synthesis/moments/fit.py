"""From noisy totals to centre, scale, class means and loadings: post-processing only.

Every function here sees measurements and the public plan, never a record. The number of patients
is only ever the noisy one.

References:
    generators.md "The recipe moments"; Efron & Morris 1973; Stephens 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.synthesis.moments.stages import (
    CENTRE,
    CLASS_COUNTS,
    CLASS_SCORES,
    CLASS_SUMS,
    CROSS,
    SCALE,
    Standard,
)
from core.synthesis.reference.panel import PanelReference
from core.synthesis.shrinkage import factor_weights, towards_mean, towards_zero

#: Noisy class counts below this are read as this: a class of the plan never vanishes.
LEAST_COUNT: Final = 5.0
_SPREAD_RANGE: Final = (0.05, 0.95)
_SCALE_RANGE: Final = (0.05, 8.0)
#: Slope of the measured on the public loadings of one factor.
_SLOPE_RANGE: Final = (0.2, 1.5)
#: Slope of measured on publicly expected class differences: mean and spread over cohorts, and how
#: much it differs between the classes of one.
_USUAL_SLOPE: Final = (0.8, 0.3)
_SLOPES_DIFFER: Final = 0.2
#: Factors of the reference that carry covariance; later ones are mostly its own sampling error.
COVARIANCE_FACTORS: Final = 20
#: Of each factor's variance at least this lies within classes.
_LEAST_WITHIN: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassMeans:
    """Class means on the standardised scale, and what of them is noise.

    Attributes:
        counts: Noisy class counts, shape (n_classes,), positive.
        noisy: Unbiased noisy means, shape (n_classes, n_genes).
        noise: Standard deviation of the noise in each class's means, shape (n_classes,).
        shrunk: Posterior means, shape (n_classes, n_genes).
        scores: Shrunk deviations from the pooled mean on the reference's axes, shape (n_classes,
            n_factors); no columns without a reference.
        offset: Mean square over the genes of what the centre missed, without the noise: it is in
            the measured spread, and it is neither within nor between classes.
    """

    counts: NDArray[np.float64]
    noisy: NDArray[np.float64]
    noise: NDArray[np.float64]
    shrunk: NDArray[np.float64]
    scores: NDArray[np.float64]
    offset: float

    @property
    def weights(self) -> NDArray[np.float64]:
        """Proportion of each class, shape (n_classes,)."""
        proportions: NDArray[np.float64] = self.counts / self.counts.sum()
        return proportions


def by_stage(measurements: Sequence[Measurement]) -> dict[str, Measurement]:
    """Return the measurements by the name of their stage."""
    return {m.stage.name: m for m in measurements}


def class_counts(measured: dict[str, Measurement]) -> NDArray[np.float64]:
    """Return the noisy class counts, at least LEAST_COUNT, shape (n_classes,)."""
    counts: NDArray[np.float64] = np.maximum(measured[CLASS_COUNTS].real(), LEAST_COUNT)
    return counts


def groups(reference: PanelReference | None, n_genes: int) -> tuple[NDArray[np.bool_], ...]:
    """Return the genes that are shrunk together: those of the reference, and the others."""
    covered = np.ones(n_genes, np.bool_) if reference is None else reference.covered
    return tuple(g for g in (covered, ~covered) if g.any())


def expected_centre(reference: PanelReference | None, n_genes: int) -> NDArray[np.float64]:
    """Return what the plan expects of every gene before anything is measured."""
    return np.zeros(n_genes) if reference is None else reference.mean


def first_standard(measured: dict[str, Measurement], reference: PanelReference | None) -> Standard:
    """Return the shrunk centre, and the spread that is expected around it.

    A z-scored record has mean 0 and mean square 1 over its genes. So the centres average 0, and
    what their squares leave of 1 is the average spread: no budget is needed for it.
    """
    sums = measured[CENTRE]
    n_records = float(class_counts(measured).sum())
    noise = (sums.stage.sigma_real / n_records) ** 2
    found = sums.real() / n_records
    expected = expected_centre(reference, len(found))
    found = found - (found + expected).mean()
    centre, missed = expected.copy(), 0.0
    for group in groups(reference, len(found)):
        shrunk, weight = towards_mean(found[group], noise)
        centre[group] += shrunk
        missed += weight * noise * float(group.mean())
    square = float(np.square(found + expected).mean()) - noise
    around = 1.0 - float(np.clip(square, *_SPREAD_RANGE))
    scale = np.full(len(found), np.sqrt(min(around + missed, 1.0)))
    if reference is not None:
        scale = np.where(reference.covered, reference.sd, scale)
    return Standard(centre=centre, scale=scale)


def standard(measured: dict[str, Measurement], reference: PanelReference | None) -> Standard:
    """Return centre and scale per gene after the second and third stage."""
    before = first_standard(measured, reference)
    sums = measured[SCALE]
    n_records = float(class_counts(measured).sum())
    squares = sums.real() / n_records + 1.0
    noise = (sums.stage.sigma_real / n_records) ** 2
    for group in groups(reference, len(squares)):
        squares[group], _ = towards_mean(squares[group], noise)
    return Standard(
        centre=before.centre, scale=before.scale * np.sqrt(np.clip(squares, *_SCALE_RANGE))
    )


def class_means(
    measured: dict[str, Measurement],
    reference: PanelReference | None,
    expected: NDArray[np.float64] | None = None,
) -> ClassMeans:
    """Denoise the class sums: the pooled mean, then each class's deviation from it.

    Args:
        measured: By stage.
        reference: The plan's reference, if any.
        expected: How far a labelled reference expects each class from the middle, shape
            (n_classes, n_genes); as much of it is believed as the measurements bear out.

    Deviations lie mostly along the main axes of the reference; there they are combined with the
    class scores, and each axis is kept as far as its public variance says that it can be more than
    noise. What is left of them is shrunk gene by gene.
    """
    counts, sums = class_counts(measured), measured[CLASS_SUMS]
    weights = counts / counts.sum()
    noisy = sums.real().reshape(len(counts), -1) / counts[:, None]
    noise = sums.stage.sigma_real / counts
    pooled = weights @ noisy
    pooled_noise = float((weights**2 * noise**2).sum())
    signal = max(float(np.square(pooled).mean()) - pooled_noise, 0.0)
    base = pooled * (signal / (signal + pooled_noise))
    away = noisy - pooled
    variance = _away_variance(measured, weights)
    known = np.zeros_like(away)
    if expected is not None:
        known = _borne_out(away, expected - weights @ expected, variance)
    if reference is None:
        kept = np.stack([towards_zero(a, float(v)) for a, v in zip(away, variance, strict=True)])
        scores = np.empty((len(counts), 0))
    else:
        scores = _axis_scores(measured, away, known, weights, reference)
        away = away - known
        rest = away - (away @ reference.directions) @ reference.directions.T
        for c, v in enumerate(variance):
            for group in groups(reference, away.shape[1]):
                rest[c, group] = towards_zero(rest[c, group], float(v))
        kept = known + scores @ reference.directions.T + rest
        scores = scores + known @ reference.directions
    return ClassMeans(
        counts=counts,
        noisy=noisy,
        noise=noise,
        shrunk=base + kept,
        scores=scores,
        offset=signal,
    )


def _away_variance(
    measured: dict[str, Measurement], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the noise variance of each class's deviation from the pooled mean, (n_classes,)."""
    noise = measured[CLASS_SUMS].stage.sigma_real / class_counts(measured)
    variance: NDArray[np.float64] = noise**2 * (1 - 2 * weights) + (weights**2 * noise**2).sum()
    return variance


def mean_variances(measured: dict[str, Measurement], means: ClassMeans) -> NDArray[np.float64]:
    """Return the variance of each unshrunk class mean, shape (n_classes, n_genes).

    Three sources: which patients were there (variance 1 at most on the standardised scale), the
    noise in the class's sum, and the noise in the count that divides it.
    """
    counts = means.counts[:, None]
    count_noise = measured[CLASS_COUNTS].stage.sigma_real / counts
    found: NDArray[np.float64] = (
        1.0 / counts + np.square(means.noise)[:, None] + np.square(means.noisy * count_noise)
    )
    return found


def _borne_out(
    away: NDArray[np.float64], expected: NDArray[np.float64], variance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the part of the expected deviations that the measured ones bear out.

    For each class it is the slope of measured on expected, drawn towards the common slope, and
    that towards a usual one.
    """
    square = np.square(expected).sum(axis=1)
    precision = square / variance
    slope = (away * expected).sum(axis=1) / np.maximum(square, 1e-12)
    mean, spread = _USUAL_SLOPE
    common = (precision @ slope + mean / spread**2) / (precision.sum() + 1 / spread**2)
    own = 1 / _SLOPES_DIFFER**2
    slope = np.clip((precision * slope + own * common) / (precision + own), 0.0, _SLOPE_RANGE[1])
    found: NDArray[np.float64] = slope[:, None] * expected
    return found


def _axis_scores(
    measured: dict[str, Measurement],
    away: NDArray[np.float64],
    known: NDArray[np.float64],
    weights: NDArray[np.float64],
    reference: PanelReference,
) -> NDArray[np.float64]:
    """Return each class's deviation beyond ``known`` along the reference's axes: two views, then
    shrunk.
    """
    along = (away - known) @ reference.directions
    variance = _away_variance(measured, weights)
    noise = np.repeat(variance[:, None], along.shape[1], axis=1)
    sums, counts = measured[CLASS_SCORES], class_counts(measured)
    k = sums.stage.values // len(counts)
    spread = np.sqrt(reference.variances[:k])
    own = sums.real().reshape(len(counts), k) / counts[:, None]
    own_noise = (sums.stage.sigma_real / counts) ** 2
    own_noise = own_noise * (1 - 2 * weights) + (weights**2 * own_noise).sum()
    second = (own - weights @ own) * spread - known @ reference.directions[:, :k]
    second_noise = own_noise[:, None] * np.square(spread)
    precision = 1 / noise[:, :k], 1 / second_noise
    total = precision[0] + precision[1]
    along[:, :k] = (along[:, :k] * precision[0] + second * precision[1]) / total
    noise[:, :k] = 1 / total
    kept = [
        factor_weights(a, reference.variances, n) * a for a, n in zip(along, noise, strict=True)
    ]
    return np.stack(kept)


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
    n_factors = min(COVARIANCE_FACTORS, len(reference.variances))
    total = reference.loadings(n_factors)
    if CROSS in measured:
        crossed = _crossed(measured, reference)
        k = min(crossed.shape[1], n_factors)
        total[:, :k] = crossed[:, :k]
    unit = means.scores[:, :n_factors] / np.sqrt(reference.variances[:n_factors])
    between = unit.T @ (means.weights[:, None] * unit)
    values, vectors = np.linalg.eigh(np.eye(n_factors) - between)
    within = np.sqrt(np.clip(values, _LEAST_WITHIN, 1.0) * strength)
    found: NDArray[np.float64] = total @ (vectors * within) @ vectors.T
    return found


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
