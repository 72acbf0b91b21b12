"""Can a model tell synthetic from real patients? LocalView.

References:
    quality.md "Resemblance"; Lopez-Paz & Oquab 2017 (classifier two-sample test).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from core.model.measures import Interval
from core.quality.attacks.roc import auroc
from core.quality.intervals import draws, percentile
from core.quality.scores import f1
from core.quality.tables import Table

LEAST_TRAIN: Final = 14
LEAST_TEST: Final = 10
_TRAIN_SHARE: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrimination:
    """What the discriminator achieves on the records it has not seen.

    Attributes:
        f1: Of the real records; one half is guessing, as both are equally many.
        f1_interval: Of it.
        auroc: One half is a coin, 1 when every record is recognised.
        auroc_interval: Of it.
    """

    f1: float
    f1_interval: Interval | None
    auroc: float
    auroc_interval: Interval


def discriminate(train: Table, holdout: Table, other: Table) -> Discrimination | None:
    """Train a scaled logistic regression on real training patients and 70 % of the others.

    It is tried on real held-out patients and the rest of the others, equally many of both in
    either step. None below 14 of each to train with, or 10 to try it on.

    NB: training patients cannot be the real side of both steps. A generator that keeps their means
    makes those it is trained on err to one side and those it is tried on to the other: an honest
    one would be told apart worse than by a coin.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (heavy, reports only)
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    n = min(len(train), round(_TRAIN_SHARE * len(other)))
    n_test = min(len(holdout), len(other) - n)
    if n < LEAST_TRAIN or n_test < LEAST_TEST:
        return None
    known = np.concatenate((train.values[:n], other.values[:n]))
    unknown = np.concatenate((holdout.values[:n_test], other.values[n : n + n_test]))
    scaler = StandardScaler().fit(known)
    model = LogisticRegression(max_iter=1000)
    model.fit(scaler.transform(known), np.repeat((1, 0), n))
    scores = model.decision_function(scaler.transform(unknown))
    area, interval = auroc(scores[:n_test], scores[n_test:])
    drawn = f1(draws(2 * n_test), np.repeat((True, False), n_test), scores > 0)
    return Discrimination(
        f1=float(drawn[0]),
        f1_interval=percentile(drawn),
        auroc=area,
        auroc_interval=interval,
    )
