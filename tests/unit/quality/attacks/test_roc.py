import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from core.quality.attacks.roc import auroc, curve, thinned, true_positives_at


def two(seed, n=60, m=40, shift=0.7):
    rng = np.random.default_rng(seed)
    return np.round(rng.normal(shift, 1, n), 1), np.round(rng.normal(size=m), 1)


def test_the_area_agrees_with_scikit_learn():
    own, other = two(0)
    truth = np.repeat((1, 0), (len(own), len(other)))
    assert auroc(own, other)[0] == pytest.approx(
        roc_auc_score(truth, np.concatenate((own, other)))
    )


def test_the_variance_is_delongs_by_counting_pairs():
    own, other = two(1)
    wins = (own[:, None] > other) + 0.5 * (own[:, None] == other)
    by_own, by_other = wins.mean(axis=1), wins.mean(axis=0)
    variance = by_own.var(ddof=1) / len(own) + by_other.var(ddof=1) / len(other)
    area, interval = auroc(own, other)
    assert (area - interval.low) / 1.959964 == pytest.approx(np.sqrt(variance))
    assert (interval.high - area) / 1.959964 == pytest.approx(np.sqrt(variance))


def test_the_interval_holds_the_truth_as_often_as_it_says():
    from scipy.stats import norm

    truth = norm.cdf(0.7 / np.sqrt(2))
    held = [auroc(*two(seed))[1].holds(truth) for seed in range(400)]
    assert 0.91 < np.mean(held) < 0.98  # 0.95 plus minus 3.7 standard errors, and DeLong's bias


def test_groups_that_are_wholly_apart_are_still_finite():
    area, interval = auroc(np.arange(10.0) + 50, np.arange(20.0))
    assert area == 1.0
    assert (interval.low, interval.high) == pytest.approx((0.025 ** (1 / 10), 1.0))
    area, interval = auroc(np.arange(10.0), np.arange(20.0) + 50)
    assert (area, interval.low) == (0.0, 0.0)
    assert auroc(np.ones(1), np.zeros(1))[1].low == pytest.approx(0.0, abs=0.03)


def test_the_curve_agrees_with_scikit_learn_and_is_thinned_for_pictures():
    own, other = two(2, 300, 200)
    false, true = curve(own, other)
    truth = np.repeat((1, 0), (len(own), len(other)))
    fpr, tpr, _ = roc_curve(truth, np.concatenate((own, other)), drop_intermediate=False)
    assert false == pytest.approx(fpr)
    assert true == pytest.approx(tpr)
    rng = np.random.default_rng(0)
    shown = thinned(*curve(rng.normal(size=300), rng.normal(size=300)))
    assert len(shown[0]) == len(shown[1]) == 101
    assert (shown[0][0], shown[0][-1], shown[1][-1]) == (0.0, 1.0, 1.0)


def test_members_found_at_few_false_alarms_by_hand():
    own, other = np.array([9.0, 8.0, 5.0, 1.0]), np.arange(10.0) - 1
    # others: -1 to 8; one of ten is at or above 8, so thresholds of 8 and more are allowed
    assert true_positives_at(own, other, 0.1) == 0.5
    assert true_positives_at(own, other, 0.01) is None
    assert true_positives_at(own + 100, np.zeros(100), 0.01) == 1.0
