"""Smoke alarm: can it be told who took part? LocalView.

Members are training patients, non-members the held-out ones; each attack gives every one of them a
score that should be higher for members.

References:
    quality.md "Attacks".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.attack import AttackKind, AttackResult
from core.model.measures import Reason
from core.quality import roc
from core.quality.closeness import nearest
from core.quality.tables import Table

LEAST_PATIENTS: Final = 5
#: Scores that differ by less are float noise of the same record.
_DECIMALS: Final = 6


def judged(
    kind: AttackKind, members: NDArray[np.float64], others: NDArray[np.float64]
) -> AttackResult:
    """Return what an attack with these scores achieves.

    Args:
        kind: Which attack.
        members: Scores of training patients, shape (n,).
        others: Scores of held-out patients, shape (m,).
    """
    own, rest = np.round(members, _DECIMALS), np.round(others, _DECIMALS)
    area, interval = roc.auroc(own, rest)
    false, true = roc.thinned(*roc.curve(own, rest))
    return AttackResult(
        kind=kind,
        auroc=area,
        interval=interval,
        tpr_at_10=roc.true_positives_at(own, rest, 0.1),
        tpr_at_1=roc.true_positives_at(own, rest, 0.01),
        false_positives=false,
        true_positives=true,
    )


def by_distance(train: Table, holdout: Table, synthetic: Table) -> AttackResult:
    """Guess from the distance to the nearest synthetic record: members lie nearer.

    References:
        Chen et al. 2020 (GAN-Leaks), the attack without knowledge of the generator.
    """
    if min(len(train), len(holdout)) < LEAST_PATIENTS:
        return AttackResult(kind=AttackKind.DISTANCE, auroc=None, reason=Reason.FEW_PATIENTS)
    if len(synthetic) == 0:
        return AttackResult(kind=AttackKind.DISTANCE, auroc=None, reason=Reason.FEW_SYNTHETIC)
    distances = nearest(np.concatenate((train.values, holdout.values)), synthetic.values)
    return judged(AttackKind.DISTANCE, -distances[: len(train)], -distances[len(train) :])
