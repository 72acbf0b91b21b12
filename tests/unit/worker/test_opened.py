"""The opened sums give members away without their noise, and not with it."""

import random

import numpy as np
import pytest

from core.model.budget import Budget
from core.model.measurement import Measurement
from core.protocol.plaintext import sample_noise
from core.quality.attacks.likelihood import ReleasedStage, by_likelihood
from core.quality.tables import Table
from core.synthesis.registry import recipe_called
from core.worker.commands.trial import OpenRecords, TrialSettings, trial_plan
from core.worker.runs.opened import released_stages

GENES = tuple(f"G{j}" for j in range(300))


def records(n, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n)
    values = rng.normal(size=(n, 300)) + (np.arange(300) % 2 == labels[:, None])
    z = (values - values.mean(axis=1, keepdims=True)) / values.std(axis=1, keepdims=True)
    levels = np.stack((values.mean(axis=1) + 8, values.std(axis=1)), axis=1)
    return OpenRecords(values=z, class_index=labels, levels=levels)


class Coins:
    """Repeatable coins: whether an attack sits at chance is then no matter of chance."""

    def __init__(self, seed):
        self.bits = random.Random(seed).getrandbits


def measured(plan, patients, *, noise):
    recipe, done = recipe_called(plan.recipe), ()
    while (stage := recipe.next_stage(plan, done)) is not None:
        totals = recipe.local_total(plan, stage, patients, done)
        drawn = 0 if noise is None else sample_noise(stage.noise, stage.values, Coins(noise))
        done = (*done, Measurement(stage=stage, totals=totals + drawn))
    return done


def attacked(train, holdout, stages):
    tables = [Table(values=r.values, labels=r.class_index) for r in (train, holdout)]
    return by_likelihood(*tables, (train.levels, holdout.levels), stages)


def without_noise(stages):
    return [
        ReleasedStage(
            statistic=s.statistic,
            totals=s.totals,
            noise_variance=1.0,
            n_records=s.n_records,
        )
        for s in stages
    ]


@pytest.mark.parametrize("name", ["marginals", "moments"])
def test_members_are_found_without_noise_and_hidden_by_it(name):
    plan = trial_plan(
        TrialSettings(
            recipe=name,
            genes=GENES,
            classes=("A", "B"),
            budget=Budget(epsilon=1.0, delta=1e-6),
            n_max=200,
        )
    )
    train, holdout = records(50, 0), records(80, 1)
    bare = released_stages(plan, measured(plan, train, noise=None))
    assert len(bare) == len(plan.stages)
    assert bare[0].n_records == pytest.approx(50, abs=1)
    found = attacked(train, holdout, without_noise(bare))
    assert found.interval.low > 0.6
    hidden = [
        attacked(train, holdout, released_stages(plan, measured(plan, train, noise=seed))).auroc
        for seed in range(3)
    ]
    assert np.mean(hidden) < 0.62  # of these patients; the promise allows .73
    assert np.mean(hidden) < found.auroc - 0.1


def test_what_is_not_known_is_no_attack():
    plan = trial_plan(
        TrialSettings(
            recipe="marginals",
            genes=GENES[:9],
            classes=("A", "B"),
            budget=Budget(epsilon=1.0, delta=1e-6),
            n_max=200,
        )
    )
    assert released_stages(plan, ()) == ()
