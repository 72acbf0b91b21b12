"""From the noisy tables of agreement and distances to shares of patients: linear over linear.

References:
    ``core.evaluation.agreement`` and ``core.evaluation.distances`` say what is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.agreement import AgreementTable
from core.evaluation.distances import DistanceTable
from core.evaluation.resampling import ratio
from core.model.joint_tables import (
    LEVELS,
    QUANTILES,
    JointAgreement,
    JointDistances,
    JointShare,
)
from core.model.release import SyntheticCohort

Array = NDArray[np.float64]
Interval = tuple[float, float]
_MIDDLE: Final = QUANTILES.index(0.5) + 1


def agreement_shares(
    table: Array, undefined: float, weak: NDArray[np.bool_] | None = None
) -> Array:
    """Return the mean agreement of all patients, then that of each class.

    Args:
        table: Shape (..., n_classes, 5), patients; may be noisy.
        undefined: Where there are no patients, and for weak ones.
        weak: Shape (1 + n_classes,): of which the noise leaves nothing; None: none.

    Returns:
        Shape (..., 1 + n_classes), 0 to 1.

    >>> agreement_shares(np.array([[0.0, 0, 1, 0, 3], [2.0, 0, 0, 0, 2]]), 0.5).tolist()
    [0.6875, 0.875, 0.5]
    """
    agree, patients = (table * np.array(LEVELS)).sum(axis=-1), table.sum(axis=-1)
    over = np.concatenate([agree.sum(axis=-1, keepdims=True), agree], axis=-1)
    under = np.concatenate([patients.sum(axis=-1, keepdims=True), patients], axis=-1)
    found = ratio(over, under, undefined)
    return found if weak is None else np.where(weak, undefined, found)


def distance_shares(
    table: Array, undefined: float, weak: NDArray[np.bool_] | None = None
) -> Array:
    """Return the shares of patients up to the middle edge, and beyond the last one.

    Args:
        table: Shape (..., 1, 6), patients; may be noisy.
        undefined: Where there are no patients, and for weak ones.
        weak: Shape (1,): whether the noise leaves nothing of the number of patients.

    Returns:
        Shape (..., 2), 0 to 1.

    >>> distance_shares(np.array([[1.0, 1, 1, 1, 0, 4]]), 0.5).tolist()
    [0.375, 0.5]
    """
    row = table[..., 0, :]
    over = np.stack([row[..., :_MIDDLE].sum(axis=-1), row[..., -1]], axis=-1)
    found = ratio(over, row.sum(axis=-1, keepdims=True), undefined)
    return found if weak is None else np.where(weak, undefined, found)


def agreement_of(
    table: SyntheticCohort, noisy: Array, noise_sd: float, shares: Sequence[tuple[float, Interval]]
) -> JointAgreement:
    """Put together what is released about agreement.

    Args:
        table: The synthetic cohort.
        noisy: Shape (n_classes, 5), as opened.
        noise_sd: Of each cell.
        shares: Values and intervals in the order of ``agreement_shares``.
    """
    named = AgreementTable.of(table)
    overall, by_class = named.own(table)
    found = tuple(
        _share(value, ends, own)
        for (value, ends), own in zip(shares, (overall, *by_class), strict=True)
    )
    return JointAgreement(
        n_genes=named.n_genes,
        counts=tuple(tuple(row) for row in noisy.tolist()),
        noise_sd=noise_sd,
        overall=found[0],
        by_class=found[1:],
    )


def distances_of(
    table: SyntheticCohort, noisy: Array, noise_sd: float, shares: Sequence[tuple[float, Interval]]
) -> JointDistances:
    """Put together what is released about distances; as ``agreement_of``.

    Args:
        table: The synthetic cohort.
        noisy: Shape (1, 6), as opened.
        noise_sd: Of each cell.
        shares: Values and intervals in the order of ``distance_shares``.
    """
    asked = DistanceTable.of(table)
    own = asked.own / max(1, int(asked.own.sum()))
    references = (float(own[:_MIDDLE].sum()), float(own[-1]))
    closer, further = (
        _share(value, ends, reference)
        for (value, ends), reference in zip(shares, references, strict=True)
    )
    return JointDistances(
        edges=tuple(asked.edges.tolist()),
        counts=tuple(noisy[0].tolist()),
        synthetic=tuple(own.tolist()),
        noise_sd=noise_sd,
        closer=closer,
        further=further,
    )


def _share(value: float, ends: Interval, synthetic: float) -> JointShare:
    return JointShare(
        value=value, low=ends[0], high=ends[1], synthetic=min(1.0, max(0.0, synthetic))
    )
