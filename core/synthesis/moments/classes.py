"""From noisy class sums to class means: post-processing only.

References:
    generators.md "The recipe moments"; Efron & Morris 1972 and 1973; Stephens 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measurement import Measurement
from core.synthesis.joint_shrinkage import along_axes, over_genes
from core.synthesis.moments.fit import class_counts, groups
from core.synthesis.moments.stages import CLASS_COUNTS, CLASS_SCORES, CLASS_SUMS
from core.synthesis.reference.panel import PanelReference
from core.synthesis.shrinkage import factor_weights, towards_zero

#: A measured slope on publicly expected class differences is at most this.
_MOST_SLOPE: Final = 1.5
#: That slope over cohorts: mean and spread, and how much it differs between the classes of one.
_USUAL_SLOPE: Final = (0.8, 0.3)
_SLOPES_DIFFER: Final = 0.2


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


def noisy_means(measured: dict[str, Measurement]) -> NDArray[np.float64]:
    """Return the unbiased noisy class means, standardised, shape (n_classes, n_genes)."""
    counts, sums = class_counts(measured), measured[CLASS_SUMS]
    found: NDArray[np.float64] = sums.real().reshape(len(counts), -1) / counts[:, None]
    return found


def class_means(
    measured: dict[str, Measurement],
    reference: PanelReference | None,
    expected: NDArray[np.float64] | None = None,
    *,
    together: bool,
) -> ClassMeans:
    """Denoise the class sums.

    Class differences lie mostly along the main axes of the reference; there they are combined with
    the class scores, and each axis is kept as far as its public variance says that it can be more
    than noise. What is left of them is shrunk gene by gene.

    Args:
        measured: By stage.
        reference: The plan's reference, if any.
        expected: How far a labelled reference expects each class from the middle, shape
            (n_classes, n_genes); as much of it is believed as the measurements bear out.
        together: Whether the classes of each gene and axis are shrunk as one vector, or each class
            by itself (plans of before).
    """
    counts, noisy = class_counts(measured), noisy_means(measured)
    weights = counts / counts.sum()
    noise = measured[CLASS_SUMS].stage.sigma_real / counts
    pooled = weights @ noisy
    pooled_noise = float((weights**2 * noise**2).sum())
    signal = max(float(np.square(pooled).mean()) - pooled_noise, 0.0)
    away = noisy - pooled
    variance = _away_variance(measured, weights)
    known = np.zeros_like(away)
    if expected is not None:
        known = _borne_out(away, expected - weights @ expected, variance)
    if together:
        shrunk, scores = _together(measured, noisy - known, known, weights, reference)
    else:
        kept, scores = _apart(measured, away - known, known, weights, reference)
        shrunk = pooled * (signal / (signal + pooled_noise)) + kept
    return ClassMeans(
        counts=counts,
        noisy=noisy,
        noise=noise,
        shrunk=shrunk + known,
        scores=scores,
        offset=signal,
    )


def _together(
    measured: dict[str, Measurement],
    noisy: NDArray[np.float64],
    known: NDArray[np.float64],
    weights: NDArray[np.float64],
    reference: PanelReference | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shrink class means, less what is ``known``, all classes of an axis or gene as one vector.

    Returns:
        The means without ``known``, and their scores with it, about the middle.
    """
    variance = np.square(measured[CLASS_SUMS].stage.sigma_real / class_counts(measured))
    if reference is None:
        return over_genes(noisy, variance), np.empty((len(noisy), 0))
    k = measured[CLASS_SCORES].stage.values // len(noisy)
    own_noise = np.square(measured[CLASS_SCORES].stage.sigma_real / class_counts(measured))
    along, noise = _both_views(
        noisy @ reference.directions,
        variance,
        _own_scores(measured, reference) - known @ reference.directions[:, :k],
        own_noise[:, None] * reference.variances[:k],
    )
    scores = along_axes(along, reference.variances, noise, weights)
    rest = noisy - (noisy @ reference.directions) @ reference.directions.T
    for group in groups(reference, noisy.shape[1]):
        rest[:, group] = over_genes(rest[:, group], variance)
    all_scores = scores + known @ reference.directions
    return scores @ reference.directions.T + rest, all_scores - weights @ all_scores


def _apart(
    measured: dict[str, Measurement],
    away: NDArray[np.float64],
    known: NDArray[np.float64],
    weights: NDArray[np.float64],
    reference: PanelReference | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shrink each class's deviation from the pooled mean, less what is ``known``, by itself."""
    variance = _away_variance(measured, weights)
    if reference is None:
        kept = np.stack([towards_zero(a, float(v)) for a, v in zip(away, variance, strict=True)])
        return kept, np.empty((len(away), 0))
    own = _own_scores(measured, reference)
    own_noise = np.square(measured[CLASS_SCORES].stage.sigma_real / class_counts(measured))
    own_noise = own_noise * (1 - 2 * weights) + (weights**2 * own_noise).sum()
    k = own.shape[1]
    along, noise = _both_views(
        away @ reference.directions,
        variance,
        own - weights @ own - known @ reference.directions[:, :k],
        own_noise[:, None] * reference.variances[:k],
    )
    scores = np.stack(
        [factor_weights(a, reference.variances, n) * a for a, n in zip(along, noise, strict=True)]
    )
    rest = away - (away @ reference.directions) @ reference.directions.T
    for c, v in enumerate(variance):
        for group in groups(reference, away.shape[1]):
            rest[c, group] = towards_zero(rest[c, group], float(v))
    kept = scores @ reference.directions.T + rest
    return kept, scores + known @ reference.directions


def _own_scores(
    measured: dict[str, Measurement], reference: PanelReference
) -> NDArray[np.float64]:
    """Return the measured class means along the first axes, shape (n_classes, n_factors)."""
    sums, counts = measured[CLASS_SCORES], class_counts(measured)
    k = sums.stage.values // len(counts)
    found: NDArray[np.float64] = sums.real().reshape(len(counts), k) / counts[:, None]
    return found * np.sqrt(reference.variances[:k])


def _both_views(
    along: NDArray[np.float64],
    variance: NDArray[np.float64],
    second: NDArray[np.float64],
    second_variance: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first axes seen twice, by gene sums and by scores, each view by its precision.

    Args:
        along: From gene sums, shape (n_classes, n_axes).
        variance: Of its noise, shape (n_classes,).
        second: From scores, shape (n_classes, n_factors), the first axes.
        second_variance: Of its noise, same shape.

    Returns:
        Coordinates and noise variances, shape (n_classes, n_axes).
    """
    k, along = second.shape[1], along.copy()
    noise = np.repeat(variance[:, None], along.shape[1], axis=1)
    precision = 1 / noise[:, :k], 1 / second_variance
    total = precision[0] + precision[1]
    along[:, :k] = (along[:, :k] * precision[0] + second * precision[1]) / total
    noise[:, :k] = 1 / total
    return along, noise


def _away_variance(
    measured: dict[str, Measurement], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the noise variance of each class's deviation from the pooled mean, (n_classes,)."""
    noise = measured[CLASS_SUMS].stage.sigma_real / class_counts(measured)
    variance: NDArray[np.float64] = noise**2 * (1 - 2 * weights) + (weights**2 * noise**2).sum()
    return variance


def mean_variances(measured: dict[str, Measurement]) -> NDArray[np.float64]:
    """Return the variance of each unshrunk class mean, shape (n_classes, n_genes).

    Three sources: which patients were there (variance 1 at most on the standardised scale), the
    noise in the class's sum, and the noise in the count that divides it.
    """
    counts = class_counts(measured)[:, None]
    noise = measured[CLASS_SUMS].stage.sigma_real / counts
    count_noise = measured[CLASS_COUNTS].stage.sigma_real / counts
    found: NDArray[np.float64] = (
        1.0 / counts + np.square(noise) + np.square(noisy_means(measured) * count_noise)
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
    slope = np.clip((precision * slope + own * common) / (precision + own), 0.0, _MOST_SLOPE)
    found: NDArray[np.float64] = slope[:, None] * expected
    return found
