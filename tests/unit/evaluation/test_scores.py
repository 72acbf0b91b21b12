"""Scores of noisy tables: against scikit-learn without noise, and their intervals with it."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from core.errors import InternalError
from core.evaluation.common_totals import agreed
from core.evaluation.scores import joint_scores, scores_of
from core.model.measurement import Measurement
from core.protocol.plaintext import sample_noise
from core.randomness import NoiseSource
from tests.unit.evaluation.conftest import JUDGING, plan_for, table_of

TABLE = table_of()


def confusion(true, said, n=3):
    return np.array([[np.sum((true == i) & (said == j)) for j in range(n)] for i in range(n)])


def patients(n, seed, right=(0.9, 0.75)):
    """True classes, and what two classifiers of that accuracy say."""
    generator = np.random.default_rng(seed)
    true = generator.choice(3, n, p=[0.5, 0.3, 0.2])
    said = [np.where(generator.random(n) < p, true, generator.integers(0, 3, n)) for p in right]
    return true, said


def opened(tables, plan, coins=None):
    stage = plan.evaluation_stages[0]
    totals = (np.concatenate([t.ravel() for t in tables]) * stage.linf).astype(np.int64)
    if coins is not None:
        totals = totals + sample_noise(stage.noise, stage.values, coins)
    return Measurement(stage=stage, totals=totals)


def test_without_noise_the_scores_are_the_usual_ones(plan):
    true, said = patients(200, 1)
    found = joint_scores(JUDGING, TABLE, opened([confusion(true, s) for s in said], plan))
    for name, s in zip(("logistic-regression", "random-forest"), said, strict=True):
        for score, value in (
            ("accuracy", accuracy_score(true, s)),
            ("macro-f1", f1_score(true, s, average="macro")),
            ("weighted-f1", f1_score(true, s, average="weighted")),
        ):
            one = found.score(name, score)
            assert one.value == pytest.approx(value)
            assert one.low < value < one.high
    assert found.n_patients == 200
    assert found.tables[0].counts == tuple(map(tuple, confusion(true, said[0]).astype(float)))


def test_every_party_computes_the_same_interval(plan):
    true, said = patients(90, 2)
    one = opened([confusion(true, s) for s in said], plan, NoiseSource())
    assert joint_scores(JUDGING, TABLE, one) == joint_scores(JUDGING, TABLE, one)


def test_agreeing_on_row_sums_is_linear_and_halves_their_noise():
    generator = np.random.default_rng(3)
    noise = generator.normal(size=(4000, 2, 3, 3))
    moved = np.stack(agreed((noise[:, 0], noise[:, 1])), axis=1)
    rows = moved.sum(axis=-1)
    assert np.allclose(rows[:, 0], rows[:, 1])
    assert np.allclose(np.stack(agreed((moved[:, 0], moved[:, 1])), axis=1), moved)
    shifted = noise + 2.0
    assert np.allclose(np.stack(agreed((shifted[:, 0], shifted[:, 1])), axis=1), moved + 2.0)
    assert rows[:, 0].var() == pytest.approx(3 / 2, rel=0.05)


def test_impossible_tables_give_scores_within_their_range():
    wild = np.array(
        [[[-5.0, 3.0], [2.0, -1.0]], [[0.0, 0.0], [0.0, 0.0]], [[9.0, -4.0], [-4.0, 9.0]]]
    )
    for undefined in (0.0, 1.0):
        found = scores_of(wild, undefined)
        assert found.shape == (3, 3)
        assert ((found >= 0) & (found <= 1)).all()
    assert scores_of(wild, 0.0)[1].tolist() == [0.0, 0.0, 0.0]
    assert scores_of(wild, 1.0)[1].tolist() == [1.0, 1.0, 1.0]


def test_a_table_that_is_all_noise_promises_nothing():
    """One held-out patient at epsilon 0.5: the interval says that nobody knows."""
    plan = plan_for(epsilon=0.5)
    lone = np.zeros((3, 3), dtype=np.int64)
    lone[0, 0] = 1
    widths = []
    for _ in range(5):
        found = joint_scores(JUDGING, TABLE, opened([lone, lone], plan, NoiseSource()))
        macro = found.score("random-forest", "macro-f1")
        widths.append(macro.high - macro.low)
    assert np.median(widths) > 0.7


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    """95 % stated; of 60 evaluations at epsilon 2 at most 8 may miss (chance of more: 1e-3)."""
    plan, misses = plan_for(epsilon=2.0), 0
    for seed in range(60):
        true, said = patients(100, seed)
        tables = [confusion(true, s) for s in said]
        found = joint_scores(JUDGING, TABLE, opened(tables, plan, NoiseSource()))
        macro = found.score("logistic-regression", "macro-f1")
        truth = f1_score(true, said[0], average="macro")
        misses += not macro.low <= truth <= macro.high
    assert misses <= 8


def test_tables_of_another_stage_are_refused(plan):
    measurement = Measurement(stage=plan.recipe_stages[0], totals=np.zeros(3, dtype=np.int64))
    with pytest.raises(InternalError, match="IN901"):
        joint_scores(JUDGING, TABLE, measurement)
