import numpy as np
import pytest

from core.quality.attacks.closeness import (
    distance_blocks,
    distance_curves,
    exact_copies,
    near_copies,
    nearest,
    nearest_ratio,
)
from core.quality.tables import Trio


def test_nearest_by_hand():
    assert nearest(np.array([[0.0, 0], [3, 4]]), np.array([[0.0, 0], [3, 0]])) == pytest.approx(
        [0, 4]
    )
    assert nearest(np.empty((0, 2)), np.ones((1, 2))).shape == (0,)


def test_blocks_are_one_table_and_agree_with_scipy():
    from scipy.spatial.distance import cdist

    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2500, 3)), rng.normal(size=(10, 3))
    blocks = list(distance_blocks(a, b))
    assert [len(x) for x in blocks] == [1000, 1000, 500]
    assert np.concatenate(blocks) == pytest.approx(cdist(a, b), abs=1e-7)


def test_the_same_record_is_at_zero_and_a_near_one_is_not():
    a = np.random.default_rng(1).normal(50, 1, (40, 900))
    assert (nearest(a, a) == 0.0).all()
    assert (nearest(a + 1e-3, a) > 0.0).all()


def test_copies_are_counted(patients_table, make_table):
    train, holdout, honest = (patients_table(150, k) for k in range(3))
    half = make_table(np.concatenate((train.values[:75], honest.values[:75])))
    assert exact_copies(train, half) == 0.5
    assert exact_copies(train, holdout) == 0.0
    assert exact_copies(train.first(0), holdout) is None
    assert near_copies(train, holdout, train) == 1.0
    nearly = make_table(train.values + 1e-3)
    assert exact_copies(train, nearly) == 0.0
    assert near_copies(train, holdout, nearly) == 1.0
    assert near_copies(train, holdout, honest) < 0.06
    assert near_copies(train.first(4), holdout, honest) is None


def test_the_median_distance_of_a_copier_is_zero_and_of_a_new_patient_one(patients_table):
    train, holdout, honest = (patients_table(150, k) for k in range(3))
    assert nearest_ratio(train, holdout, train) == 0.0
    assert nearest_ratio(train, holdout, honest) == pytest.approx(1.0, abs=0.1)
    assert nearest_ratio(train, holdout.first(4), honest) is None
    assert nearest_ratio(train, train, honest) is None  # no unit


def test_the_curves_rise_to_one_and_a_copier_lies_left_of_the_reference(patients_table):
    train, holdout, honest = (patients_table(150, k) for k in range(3))
    copied = distance_curves(Trio(train=train, holdout=holdout, synthetic=train))
    fair = distance_curves(Trio(train=train, holdout=holdout, synthetic=honest))
    for curves in (copied, fair):
        for line in (curves.synthetic_to_training, curves.held_out_to_training):
            assert line[-1] == 1.0
            assert list(line) == sorted(line)
    assert copied.synthetic_to_training[0] == 1.0
    assert copied.synthetic_to_held_out[0] == 0.0
    gap = np.array(fair.synthetic_to_training) - np.array(fair.held_out_to_training)
    assert np.abs(gap).max() < 0.2
    few = Trio(train=train, holdout=holdout.first(4), synthetic=honest)
    assert distance_curves(few) is None
