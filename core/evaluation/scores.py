"""From noisy tables to scores with intervals: post-processing of what was opened.

The noise has mean 0 and a known spread, so every *linear* function of the noisy cells is unbiased:
hits, row sums, column sums. All tables are about the same patients, so they are moved to their
common totals (``core.evaluation.common_totals``). Nothing is clipped before the last step: setting
negative cells to 0 would add errors that nobody made.

The interval is that of ``core.evaluation.resampling``. Patients of a class who are together no
more than their noise tell nothing: what is said of them counts 0 in the lower and 1 in the upper
end.

References:
    quality.md "Usefulness".
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.evaluation.common_totals import agreed, parted, spread_of_row
from core.evaluation.histograms import (
    agreement_of,
    agreement_shares,
    distance_shares,
    distances_of,
)
from core.evaluation.resampling import LEAST_SIGNAL, interval, ratio, resampled
from core.evaluation.stages import CLASSIFIERS, Shape, shapes
from core.model.evaluation import INTERVAL_LEVEL, JointScore, JointScores, JointTable
from core.model.joint_tables import CHANCE
from core.model.judging import AGREEMENT, DISTANCES, Judging
from core.model.measurement import Measurement, measurements_digest
from core.model.release import SyntheticCohort
from core.model.selection import CandidateScore

Array = NDArray[np.float64]
Interval = tuple[float, float]
_SCORES: Final = ("accuracy", "macro-f1", "weighted-f1")
_MACRO: Final = 1
#: Key of the number that is no table's own.
MEAN_MACRO_F1: Final = "mean-macro-f1"


def joint_scores(judging: Judging, table: SyntheticCohort, opened: Measurement) -> JointScores:
    """Return what the opened tables tell about a synthetic cohort.

    Args:
        judging: The plan's.
        table: The synthetic cohort as it was handed to every party.
        opened: Of the evaluation's stage.

    Reveals:
        Nothing beyond the measurement and the cohort, at no further spend.

    Raises:
        InternalError: IN901 if the measurement is of another stage.
    """
    seed = hashlib.sha256(b"syncohort-joint-interval-1:" + _digest(opened)).digest()
    return scored(judging, table, opened.real(), opened.stage.sigma_real, seed)


def scored(
    judging: Judging, table: SyntheticCohort, values: Array, noise_sd: float, seed: bytes
) -> JointScores:
    """Return what the noisy tables of one synthetic cohort tell about it; arguments and errors as
    in ``candidate_score``.
    """
    return candidate_score(judging, table, values, noise_sd, seed).scores


def candidate_score(
    judging: Judging,
    table: SyntheticCohort,
    values: Array,
    noise_sd: float,
    seed: bytes,
    level: float = INTERVAL_LEVEL,
) -> CandidateScore:
    """Return what the noisy tables of one synthetic cohort tell about it, and their mean macro-F1.

    Args:
        judging: What was asked.
        table: The synthetic cohort.
        values: Shape (cells of ``shapes``,): noisy numbers of patients.
        noise_sd: Of each of them, patients.
        seed: Of the intervals: public, so that every party finds the same ones.
        level: Probability with which each interval holds.

    Raises:
        InternalError: IN901 if there are more or fewer values.
    """
    planned = shapes(judging, len(table.classes))
    if len(values) != sum(shape.cells for shape in planned):
        raise InternalError("IN901", rule="joint scores follow from the tables of the plan")
    noisy = dict(zip((s.kind for s in planned), parted(values, planned), strict=True))
    patients, found = estimates(planned, values, noise_sd, seed, level)
    scores = JointScores(
        classes=table.classes,
        level=INTERVAL_LEVEL,
        n_patients=patients[0],
        n_patients_low=patients[1],
        n_patients_high=patients[2],
        tables=tuple(
            JointTable(
                classifier=name,
                counts=tuple(tuple(row) for row in noisy[name].tolist()),
                noise_sd=noise_sd,
            )
            for name in CLASSIFIERS
        ),
        scores=tuple(
            JointScore(classifier=name, score=score, value=value, low=ends[0], high=ends[1])
            for name in CLASSIFIERS
            for score, (value, ends) in zip(_SCORES, found[name], strict=True)
        ),
        agreement=agreement_of(table, noisy[AGREEMENT], noise_sd, found[AGREEMENT])
        if AGREEMENT in noisy
        else None,
        distances=distances_of(table, noisy[DISTANCES], noise_sd, found[DISTANCES])
        if DISTANCES in noisy
        else None,
    )
    (_, ends), value = found[MEAN_MACRO_F1][0], scores.macro_f1
    low, high = min(value, ends[0]), max(value, ends[1])
    return CandidateScore(value=value, low=low, high=high, scores=scores)


def estimates(
    planned: Sequence[Shape],
    values: Array,
    noise_sd: float,
    seed: bytes,
    level: float = INTERVAL_LEVEL,
) -> tuple[tuple[float, float, float], dict[str, list[tuple[float, Interval]]]]:
    """Return the number of patients with its interval, and each table's numbers with theirs.

    Args:
        planned: The tables.
        values: Shape (cells of them,): noisy numbers of patients.
        noise_sd: Of each of them, patients.
        seed: Of the intervals.
        level: Probability with which each interval holds.

    Returns:
        Patients, lower and upper end; then by kind of table the numbers of ``scores_of``,
        ``agreement_shares`` or ``distance_shares``, and ``MEAN_MACRO_F1`` over the classifiers.
    """
    common = agreed(parted(values, planned))
    weak = _weak(common, planned, noise_sd)
    lows: list[list[Array]] = [[] for _ in planned]
    highs: list[list[Array]] = [[] for _ in planned]
    totals = []
    for drawn in resampled(common, planned, noise_sd, seed):
        totals.append(drawn[0].sum(axis=(-2, -1)))
        for k, (shape, cells) in enumerate(zip(planned, drawn, strict=True)):
            lows[k].append(_numbers(shape.kind, cells, 0.0, weak[k]))
            highs[k].append(_numbers(shape.kind, cells, 1.0, weak[k]))
    found, macro = {}, []
    for k, shape in enumerate(planned):
        value = _numbers(shape.kind, common[k], None, None).tolist()
        low, high = np.concatenate(lows[k]), np.concatenate(highs[k])
        found[shape.kind] = [
            (v, interval(v, low[:, j], high[:, j], level)) for j, v in enumerate(value)
        ]
        if shape.kind in CLASSIFIERS:
            macro.append((value[_MACRO], low[:, _MACRO], high[:, _MACRO]))
    middle, low, high = (np.mean(part, axis=0) for part in zip(*macro, strict=True))
    found[MEAN_MACRO_F1] = [(float(middle), interval(float(middle), low, high, level))]
    ends = np.quantile(
        np.concatenate(totals), ((1 - INTERVAL_LEVEL) / 2, (1 + INTERVAL_LEVEL) / 2)
    )
    whole = max(0.0, float(common[0].sum()))
    return (whole, min(whole, max(0.0, float(ends[0]))), max(whole, float(ends[1]))), found


def _numbers(
    kind: str, cells: Array, undefined: float | None, weak: NDArray[np.bool_] | None
) -> Array:
    """Return what a table tells; undefined scores count 0, undefined shares as chance."""
    if kind == AGREEMENT:
        return agreement_shares(cells, CHANCE if undefined is None else undefined, weak)
    if kind == DISTANCES:
        return distance_shares(cells, CHANCE if undefined is None else undefined, weak)
    return scores_of(cells, undefined or 0.0, weak)


def _weak(
    common: Sequence[Array], planned: Sequence[Shape], noise_sd: float
) -> list[NDArray[np.bool_]]:
    """Return for each table which of its classes the noise drowns."""
    row = spread_of_row(planned, noise_sd)
    patients = common[0].sum(axis=-1)
    few = np.concatenate(
        [
            [patients.sum() <= LEAST_SIGNAL * row * math.sqrt(len(patients))],
            patients <= LEAST_SIGNAL * row,
        ]
    )
    found = []
    for shape, cells in zip(planned, common, strict=True):
        if shape.kind == AGREEMENT:
            found.append(few)
        elif shape.kind == DISTANCES:
            found.append(few[:1])
        else:
            both = cells.sum(axis=-1) + cells.sum(axis=-2)
            noise = math.hypot(noise_sd * math.sqrt(shape.rows), row)
            found.append(both <= LEAST_SIGNAL * noise)
    return found


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
    f1 = ratio(2 * hits, true + said, undefined)
    if weak is not None:
        f1 = np.where(weak, undefined, f1)
    weights = np.maximum(true, 0.0)
    accuracy = ratio(hits.sum(axis=-1), true.sum(axis=-1), undefined)
    weighted = ratio((weights * f1).sum(axis=-1), weights.sum(axis=-1), undefined)
    found: Array = np.stack([accuracy, f1.mean(axis=-1), weighted], axis=-1)
    return found


def _digest(opened: Measurement) -> bytes:
    return measurements_digest([opened]).encode("ascii")
