"""From noisy confusion tables to scores with intervals: post-processing of what was opened.

The noise has mean 0 and a known spread, so every *linear* function of the noisy cells is unbiased:
hits, row sums, column sums. Both classifiers judged the same patients, so their tables have the
same true row sums; the noisy tables are moved to their common row sums (the orthogonal projection,
linear again), which halves the noise on them. Nothing is clipped before the last step: setting
negative cells to 0 would add errors that nobody made.

The interval is a parametric bootstrap of the pivot "noisy minus true": from the projected tables
noise is drawn and subtracted again, projected alike, and each cell is resampled as a Poisson
number around what is left. So it covers the noise and which patients happened to be held out.
Ratios of noisy sums are skewed; so the interval is the union of the percentile and the basic
bootstrap interval, which differ by just that. A class whose patients and predictions are together
no more than their noise tells nothing: it counts 0 in the lower and 1 in the upper end. The draws
are seeded by what was opened: every party computes the same interval.

References:
    B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13; quality.md.
"""

from __future__ import annotations

import hashlib
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.evaluation.stages import CLASSIFIERS
from core.model.evaluation import INTERVAL_LEVEL, JointScore, JointScores, JointTable
from core.model.measurement import Measurement, measurements_digest
from core.randomness import SamplingSource

Array = NDArray[np.float64]
_DRAWS: Final = 2_000
#: Draws at once, so that fifty classes fit the memory.
_CELLS_AT_ONCE: Final = 4_000_000
#: A class with fewer patients and predictions than so many standard deviations tells nothing.
_LEAST_SIGNAL: Final = 1.5
_SCORES: Final = ("accuracy", "macro-f1", "weighted-f1")


def joint_scores(classes: tuple[str, ...], opened: Measurement) -> JointScores:
    """Return the scores that the opened tables tell.

    Args:
        classes: The plan's.
        opened: Of the stage ``joint-confusion``.

    Reveals:
        Nothing beyond the measurement, at no further spend.

    Raises:
        InternalError: IN901 if the measurement is of another stage.
    """
    n = len(classes)
    if opened.stage.values != len(CLASSIFIERS) * n * n:
        raise InternalError("IN901", rule="joint scores follow from the tables of the plan")
    noisy = opened.real().reshape(len(CLASSIFIERS), n, n)
    common = agreed(noisy)
    lows, highs, patients = _draws(common, opened)
    edges = ((1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2)
    whole = max(0.0, float(common[0].sum()))
    low, high = np.quantile(patients, edges)
    found = scores_of(common, undefined=0.0)
    return JointScores(
        classes=classes,
        level=INTERVAL_LEVEL,
        n_patients=whole,
        n_patients_low=min(whole, max(0.0, float(low))),
        n_patients_high=max(whole, float(high)),
        tables=tuple(
            JointTable(
                classifier=name,
                counts=tuple(tuple(row) for row in table.tolist()),
                noise_sd=opened.stage.sigma_real,
            )
            for name, table in zip(CLASSIFIERS, noisy, strict=True)
        ),
        scores=tuple(
            _score(name, score, float(found[k, s]), lows[:, k, s], highs[:, k, s])
            for k, name in enumerate(CLASSIFIERS)
            for s, score in enumerate(_SCORES)
        ),
    )


def _score(classifier: str, name: str, value: float, low: Array, high: Array) -> JointScore:
    below = float(np.quantile(low, (1 - INTERVAL_LEVEL) / 2))
    above = float(np.quantile(high, (1 + INTERVAL_LEVEL) / 2))
    return JointScore(
        classifier=classifier,
        score=name,
        value=value,
        low=max(0.0, min(value, below, 2 * value - above)),
        high=min(1.0, max(value, above, 2 * value - below)),
    )


def agreed(tables: Array) -> Array:
    """Move tables to their common row sums; linear, orthogonal.

    Args:
        tables: Shape (..., n_classifiers, n_classes, n_classes).
    """
    rows = tables.sum(axis=-1)
    apart = rows.mean(axis=-2, keepdims=True) - rows
    moved: Array = tables + apart[..., np.newaxis] / tables.shape[-1]
    return moved


def scores_of(tables: Array, undefined: float, weak: NDArray[np.bool_] | None = None) -> Array:
    """Return accuracy, macro-F1 and weighted F1 of confusion tables, clipped to 0..1.

    F1 of a class is 2 hits / (patients of the class + patients said to be); macro-F1 is its mean
    over all classes of the plan.

    Args:
        tables: Shape (..., n_classes, n_classes), true class x predicted class; may be noisy.
        undefined: F1 of a class without patients and predictions, and of a weak one.
        weak: Shape (..., n_classes): classes of which the tables tell nothing; None: none.

    Returns:
        Shape (..., 3).

    >>> scores_of(np.array([[3.0, 1.0], [0.0, 4.0]]), 0.0).round(3).tolist()
    [0.875, 0.873, 0.873]
    """
    hits = np.diagonal(tables, axis1=-2, axis2=-1)
    true, said = tables.sum(axis=-1), tables.sum(axis=-2)
    f1 = _ratio(2 * hits, true + said, undefined)
    if weak is not None:
        f1 = np.where(weak, undefined, f1)
    weights = np.maximum(true, 0.0)
    accuracy = _ratio(hits.sum(axis=-1), true.sum(axis=-1), undefined)
    weighted = _ratio((weights * f1).sum(axis=-1), weights.sum(axis=-1), undefined)
    found: Array = np.stack([accuracy, f1.mean(axis=-1), weighted], axis=-1)
    return found


def _ratio(over: Array, under: Array, undefined: float) -> Array:
    filled = np.full(np.broadcast(over, under).shape, undefined)
    ratio: Array = np.clip(np.divide(over, under, out=filled, where=under > 0), 0.0, 1.0)
    return ratio


def _draws(common: Array, opened: Measurement) -> tuple[Array, Array, Array]:
    """Return scores of resampled tables, low and high where undefined, and their patients."""
    seed = hashlib.sha256(b"syncohort-joint-interval-1:" + _digest(opened)).digest()
    generator = SamplingSource(seed).generator
    sd, (tables, n, _) = opened.stage.sigma_real, common.shape
    both = common.sum(axis=-1) + common.sum(axis=-2)
    weak = both <= _LEAST_SIGNAL * sd * math.sqrt(n + n / tables)
    lows, highs, patients = [], [], []
    step = max(1, min(_DRAWS, _CELLS_AT_ONCE // common.size))
    for start in range(0, _DRAWS, step):
        shape = (min(step, _DRAWS - start), *common.shape)
        # of 400 or more bits a value: a normal number is the same for this purpose
        before = common - agreed(generator.normal(scale=sd, size=shape))
        expected = np.maximum(before, 0.0)
        table = before + generator.poisson(expected) - expected
        lows.append(scores_of(table, 0.0, weak))
        highs.append(scores_of(table, 1.0, weak))
        patients.append(table[:, 0].sum(axis=(-2, -1)))
    return np.concatenate(lows), np.concatenate(highs), np.concatenate(patients)


def _digest(opened: Measurement) -> bytes:
    return measurements_digest([opened]).encode("ascii")
