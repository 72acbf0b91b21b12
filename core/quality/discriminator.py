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

LEAST: Final = 20
_TEST_SHARE: Final = 0.3


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


def discriminate(real: Table, other: Table) -> Discrimination | None:
    """Train a scaled logistic regression on 70 %, try it on 30 %; None below 20 records each.

    Equal numbers of both are used.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (heavy, reports only)
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    n = min(len(real), len(other))
    if n < LEAST:
        return None
    n_test = round(_TEST_SHARE * n)
    test = np.concatenate((real.values[:n_test], other.values[:n_test]))
    train = np.concatenate((real.values[n_test:n], other.values[n_test:n]))
    scaler = StandardScaler().fit(train)
    model = LogisticRegression(max_iter=1000)
    model.fit(scaler.transform(train), np.repeat((1, 0), n - n_test))
    scores = model.decision_function(scaler.transform(test))
    area, interval = auroc(scores[:n_test], scores[n_test:])
    drawn = f1(draws(2 * n_test), np.repeat((True, False), n_test), scores > 0)
    return Discrimination(
        f1=float(drawn[0]),
        f1_interval=percentile(drawn),
        auroc=area,
        auroc_interval=interval,
    )


def discriminator_auroc(real: Table, synthetic: Table) -> float | None:
    """Return the discriminator's AUROC alone; None below 20 records each."""
    found = discriminate(real, synthetic)
    return found.auroc if found else None
