"""Smoke alarm: can it be told who took part? LocalView.

Members are training patients, non-members the held-out ones; each attack gives every one of them a
score that should be higher for members. Values are in SD units of the training patients.

References:
    quality.md "Attacks".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.attack import AttackKind, AttackResult
from core.model.measures import Reason
from core.quality.attacks import density, roc
from core.quality.attacks.closeness import DECIMALS, LEAST_PATIENTS, distance_blocks, nearest
from core.quality.tables import Table, Trio
from core.quality.utility import Classifier

_TINY: Final = 1e-12


def judged(
    kind: AttackKind, members: NDArray[np.float64], others: NDArray[np.float64]
) -> AttackResult:
    """Return what an attack with these scores achieves.

    Args:
        kind: Which attack.
        members: Scores of training patients, shape (n,).
        others: Scores of held-out patients, shape (m,).
    """
    own, rest = np.round(members, DECIMALS), np.round(others, DECIMALS)
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


def impossible(kind: AttackKind, reason: Reason) -> AttackResult:
    """Return an attack that cannot be made."""
    return AttackResult(kind=kind, auroc=None, reason=reason)


def obstacle(train: Table, holdout: Table) -> Reason | None:
    """Return why no attack can be made on these patients; None if it can."""
    if min(len(train), len(holdout)) < LEAST_PATIENTS:
        return Reason.FEW_PATIENTS
    return None


def _lacking(trio: Trio) -> Reason | None:
    short = Reason.FEW_SYNTHETIC if len(trio.synthetic) < LEAST_PATIENTS else None
    return obstacle(trio.train, trio.holdout) or short


def by_distance(trio: Trio) -> AttackResult:
    """Guess from the distance to the nearest synthetic record: members lie nearer.

    References:
        Chen et al. 2020 (GAN-Leaks), the attack without knowledge of the generator.
    """
    if reason := _lacking(trio):
        return impossible(AttackKind.DISTANCE, reason)
    members, others = (
        -nearest(t.values, trio.synthetic.values) for t in (trio.train, trio.holdout)
    )
    return judged(AttackKind.DISTANCE, members, others)


def by_monte_carlo(trio: Trio) -> AttackResult:
    """Guess from how many synthetic records lie around a patient, nearer ones counting more.

    The ball's radius is the median of all patients' distances to their nearest synthetic record;
    within it a record counts log(radius / distance), beyond it nothing.

    References:
        Hilprecht, Haerterich & Bernau 2019, the Monte Carlo attack with the median heuristic and
        logarithmic distances.
    """
    if reason := _lacking(trio):
        return impossible(AttackKind.MONTE_CARLO, reason)
    patients = np.concatenate((trio.train.values, trio.holdout.values))
    synthetic = trio.synthetic.values
    radius = float(np.median(nearest(patients, synthetic)))
    scores = np.concatenate(
        [_within(block, radius) for block in distance_blocks(patients, synthetic)]
    )
    return judged(AttackKind.MONTE_CARLO, scores[: len(trio.train)], scores[len(trio.train) :])


def _within(distances: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Return each row's mean of log(radius / distance), 0 beyond; a copy counts as 1e-6 near."""
    if radius <= _TINY:  # half of the patients or more are copied
        copied: NDArray[np.float64] = (distances <= _TINY).mean(axis=1)
        return copied
    relative = np.clip(distances / radius, 10.0**-DECIMALS, 1.0)
    found: NDArray[np.float64] = -np.log(relative).mean(axis=1)
    return found


def by_density(trio: Trio) -> AttackResult:
    """Guess from the density of synthetic records over that of real held-out ones (DOMIAS).

    References:
        van Breugel et al. 2023.
    """
    if reason := _lacking(trio):
        return impossible(AttackKind.DENSITY_RATIO, reason)
    members, others = density.log_ratios(
        trio.train.values, trio.holdout.values, trio.synthetic.values
    )
    return judged(AttackKind.DENSITY_RATIO, members, others)


def by_confidence(train: Table, holdout: Table, on_synthetic: Classifier | None) -> AttackResult:
    """Guess from how sure a classifier trained on synthetic records is of a patient's own class.

    Args:
        train: Patients on the scale of the classifier.
        holdout: Patients on the same scale.
        on_synthetic: Trained on synthetic records; None if they had fewer than two classes.

    References:
        Yeom et al. 2018 (the attack by the model's loss).
    """
    if reason := obstacle(train, holdout):
        return impossible(AttackKind.CLASSIFIER, reason)
    if on_synthetic is None:
        return impossible(AttackKind.CLASSIFIER, Reason.FEW_SYNTHETIC)
    members, others = (
        np.log(
            np.maximum(on_synthetic.ask(t.values).proportions[np.arange(len(t)), t.labels], _TINY)
        )
        for t in (train, holdout)
    )
    return judged(AttackKind.CLASSIFIER, members, others)
