"""The opened sums give members away without their noise, and not with it."""

import random
from dataclasses import replace

import numpy as np
import pytest

from core.model.budget import Budget
from core.model.measurement import Measurement
from core.model.plan import LocalGaussian, Patients
from core.model.quality import Depth
from core.model.release import SyntheticCohort
from core.protocol.plaintext import sample_noise
from core.quality.attacks.likelihood import ReleasedStage, by_likelihood
from core.quality.evaluate import Extras, evaluate
from core.quality.tables import Table, shuffled_order
from core.synthesis.registry import recipe_called
from core.synthesis.settings import settings_of
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


def only(plan):
    """The only setting of a plan without candidates."""
    (setting,) = settings_of(plan)
    return setting


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
    bare = released_stages(only(plan), measured(plan, train, noise=None))
    assert len(bare) == len(plan.stages)
    assert bare[0].n_records == pytest.approx(50, abs=1)
    found = attacked(train, holdout, without_noise(bare))
    assert found.interval.low > 0.6
    hidden = [
        attacked(
            train, holdout, released_stages(only(plan), measured(plan, train, noise=seed))
        ).auroc
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
    assert released_stages(only(plan), ()) == ()


def test_a_stage_that_judges_the_release_is_no_stage_of_the_recipe():
    plan = trial_plan(
        TrialSettings(
            recipe="moments",
            genes=GENES,
            classes=("A", "B"),
            budget=Budget(epsilon=1.0, delta=1e-6),
            n_max=200,
        )
    )
    done = measured(plan, records(20, 0), noise=None)
    stage = replace(done[0].stage, name="table-scores", patients=Patients.HOLDOUT)
    judged = Measurement(stage=stage, totals=done[0].totals)
    assert len(released_stages(only(plan), (*done, judged))) == len(done)


def test_a_report_that_knows_what_was_opened_makes_the_attack():
    plan = trial_plan(
        TrialSettings(
            recipe="marginals",
            genes=GENES,
            classes=("A", "B"),
            budget=Budget(epsilon=1.0, delta=1e-6),
            n_max=200,
        )
    )
    train, holdout, made = (records(n, k) for k, n in enumerate((50, 30, 40)))
    stages = released_stages(only(plan), measured(plan, train, noise=1))
    cohort = SyntheticCohort(
        label_name="label",
        classes=("A", "B"),
        genes=GENES,
        class_index=made.class_index,
        values=made.values,
    )
    extras = Extras(depth=Depth.QUICK, released=stages)
    found = evaluate(train, holdout, cohort, extras=extras).measure("membership-likelihood")
    assert found.interval.holds(found.value)
    # The same patients in the report's own, shuffled order.
    again = [records(50, 0).some(shuffled_order(50)), records(30, 1).some(shuffled_order(30))]
    assert found.value == pytest.approx(attacked(*again, stages).auroc)


def test_the_noise_that_is_met_is_that_of_all_parties():
    """Of noise that every party adds itself the guarantee counts less than recipients meet."""
    plan = trial_plan(
        TrialSettings(
            recipe="marginals",
            genes=GENES[:9],
            classes=("A", "B"),
            budget=Budget(epsilon=1.0, delta=1e-6),
            n_max=200,
        )
    )
    own = LocalGaussian(sigma_sq=2 * 2048**2, contributors=3, colluders=1)
    *joint, last = plan.stages
    mixed = replace(plan, stages=(*joint, replace(last, noise=own)))
    done = tuple(
        Measurement(stage=s, totals=np.ones(s.values, dtype=np.int64)) for s in mixed.stages
    )
    found = [s.noise_variance for s in released_stages(only(mixed), done)]
    assert found[:-1] == [s.noise.variance for s in joint]
    assert found[-1] == 3 * 2048**2 > own.variance
