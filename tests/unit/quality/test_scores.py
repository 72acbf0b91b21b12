"""Scores of draws agree with scikit-learn on the patients repeated as often as they are drawn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score

from core.quality import scores
from core.quality.intervals import draws

N, N_CLASSES = 80, 4


@pytest.fixture
def said():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, N_CLASSES, N)
    proportions = np.round(rng.dirichlet(np.ones(N_CLASSES), N), 1)  # with ties
    proportions[np.arange(N), truth] += 0.2
    return truth, proportions.argmax(axis=1), proportions


def repeated(values, weights):
    return np.repeat(values, weights.astype(int), axis=0)


@pytest.mark.parametrize("row", [0, 1, 7])
def test_all_scores(said, row):
    truth, labels, proportions = said
    weights = draws(N)
    t, s, p = (repeated(v, weights[row]) for v in said)
    assert scores.accuracy(weights, truth, labels)[row] == pytest.approx(accuracy_score(t, s))
    macro, weighted = scores.f1_means(weights, truth, labels)
    assert macro[row] == pytest.approx(f1_score(t, s, average="macro"))
    assert weighted[row] == pytest.approx(f1_score(t, s, average="weighted"))
    auroc, aupr = scores.area_means(weights, truth, proportions)
    each = [(t == c, p[:, c]) for c in range(N_CLASSES)]
    assert auroc[row] == pytest.approx(np.mean([roc_auc_score(*pair) for pair in each]))
    assert aupr[row] == pytest.approx(np.mean([average_precision_score(*pair) for pair in each]))


def test_f1_of_a_class_that_nobody_has_or_is_said_to_have_is_zero():
    nobody = np.zeros(3, dtype=bool)
    assert scores.f1(np.ones((1, 3)), nobody, nobody).tolist() == [0.0]


def test_a_draw_without_a_class_leaves_it_out():
    truth = np.array([0, 0, 1, 1])
    weights = np.array([[1.0, 1, 1, 1], [2, 2, 0, 0]])
    proportions = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    auroc, aupr = scores.area_means(weights, truth, proportions)
    assert auroc[0] == pytest.approx(0.75)
    assert np.isnan(auroc[1])
    assert np.isnan(aupr[1])
    macro, weighted = scores.f1_means(weights, truth, np.array([0, 0, 0, 1]))
    assert macro[1] == weighted[1] == 1.0
