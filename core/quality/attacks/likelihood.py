"""The attack matched to the mechanism: how likely are the opened sums with and without a patient?
LocalView.

Every other attack sees the synthetic records only. This one sees what the hospitals opened: sums
of integer contributions with noise of known size. With c(x) what a patient adds to a stage, N the
records in it, b what a patient adds on average and s what was opened, the log likelihood ratio of
"x is among them" against "somebody else is in x's place" is

    sum over values of ((c(x) - b) (s - N b) - (c(x) - b)^2 / 2) / variance,

variance = noise + N Var(c), each value by itself and as if normal. b and Var(c) are not known to
an attacker and are estimated from held-out patients, one always left out: the held-out patient who
is scored, or for a training patient some other one, so that both kinds are treated alike.

References:
    quality.md "Attacks"; Homer et al. 2008, Sankararaman et al. 2009 (membership in summed
    statistics); Neyman & Pearson 1933.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.attack import AttackKind, AttackResult
from core.model.measures import Reason
from core.quality.attacks.membership import impossible, judged, obstacle
from core.quality.tables import Table
from core.statistics.statistic import PatientRecord, Statistic

#: Patients of either kind who are scored: more make the interval little narrower.
MOST_PATIENTS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ReleasedStage:
    """One stage as everybody saw it open. Public.

    Attributes:
        statistic: What one patient contributes.
        totals: What was opened, shape (statistic.length,), int64, integer units.
        noise_variance: Of each value, squared integer units.
        n_records: How many records were summed, as far as is known: the noisy total.
    """

    statistic: Statistic
    totals: NDArray[np.int64]
    noise_variance: float
    n_records: float

    def __post_init__(self) -> None:
        """Refuse totals of another length, and noise that is none.

        Raises:
            InternalError: IN901.
        """
        if self.totals.shape != (self.statistic.length,) or not self.noise_variance > 0:
            raise InternalError("IN901", rule="a released stage has its totals and its noise")


def by_likelihood(
    train: Table,
    holdout: Table,
    levels: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    released: Sequence[ReleasedStage],
) -> AttackResult:
    """Guess from the opened sums themselves.

    Args:
        train: Patients on the plan's normalised scale.
        holdout: The same scale.
        levels: Of either, shape (n, 2), log2 units, as ``Records`` has them; None if not known.
        released: All stages; none means that they are not known.
    """
    if not released or levels is None:
        return impossible(AttackKind.LIKELIHOOD, Reason.NO_MEASUREMENTS)
    if reason := obstacle(train, holdout):
        return impossible(AttackKind.LIKELIHOOD, reason)
    n, m = min(len(train), MOST_PATIENTS), min(len(holdout), MOST_PATIENTS)
    scores = np.zeros(n + m)
    for stage in released:
        own = _contributions(stage.statistic, train.first(n), levels[0])
        rest = _contributions(stage.statistic, holdout.first(m), levels[1])
        scores += np.concatenate(stage_scores(stage, own, rest))
    return judged(AttackKind.LIKELIHOOD, scores[:n], scores[n:])


def _contributions(
    statistic: Statistic,
    patients: Table,
    levels: NDArray[np.float64],
) -> Any:  # noqa: ANN401 (a scipy sparse matrix; scipy ships no types)
    """Return what each patient adds, a sparse matrix of shape (n, statistic.length)."""
    from scipy.sparse import csr_array  # noqa: PLC0415 (heavy, reports only)

    added = [
        statistic.contribution(
            PatientRecord(
                values=np.array(patients.values[i]),
                class_index=int(patients.labels[i]),
                level=float(levels[i, 0]),
                spread=float(levels[i, 1]),
            )
        )
        for i in range(len(patients))
    ]
    ends = np.cumsum([0, *(len(a.cells) for a in added)])
    cells = np.concatenate([a.cells for a in added])
    amounts = np.concatenate([a.amounts for a in added]).astype(np.float64)
    return csr_array((amounts, cells, ends), shape=(len(patients), statistic.length))


def stage_scores(
    stage: ReleasedStage,
    own: Any,  # noqa: ANN401 (see _contributions)
    rest: Any,  # noqa: ANN401
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log likelihood ratios of one stage for training and held-out patients.

    Args:
        stage: What was opened.
        own: Contributions of training patients, sparse, shape (n, length).
        rest: Of held-out patients, shape (m, length), m > 1.

    Returns:
        Shapes (n,) and (m,).
    """
    m = rest.shape[0]
    sums, squares = (np.asarray(c.sum(axis=0)).reshape(-1) for c in (rest, rest * rest))
    found = []
    for patients, left_out in ((own, np.arange(own.shape[0]) % m), (rest, np.arange(m))):
        scores = np.empty(patients.shape[0])
        for i in range(len(scores)):
            out = rest[[int(left_out[i])]].toarray()[0]
            middle = (sums - out) / (m - 1)
            spread = np.maximum((squares - out**2) / (m - 1) - middle**2, 0.0)
            variance = stage.noise_variance + max(1.0, stage.n_records) * spread
            gap = stage.totals - stage.n_records * middle
            mine = patients[[i]].toarray()[0] - middle
            scores[i] = float((mine * (gap - mine / 2) / variance).sum())
        found.append(scores)
    return found[0], found[1]
