import numpy as np
import pytest

from core.quality.discriminator import discriminate


def test_it_is_a_coin_on_the_same_and_sure_on_another(patients_table, make_table):
    train, holdout, other = (patients_table(n, k) for k, n in enumerate((400, 120, 400)))
    same = discriminate(train, holdout, other)
    assert same.auroc_interval.holds(0.5)
    assert same.f1 == pytest.approx(0.5, abs=0.12)
    assert same.f1_interval.holds(same.f1)
    apart = discriminate(train, holdout, make_table(other.values + 3))
    assert apart.auroc > 0.99
    assert apart.f1 > 0.98
    assert discriminate(train.first(13), holdout, other) is None
    assert discriminate(train, holdout.first(9), other) is None


def test_it_agrees_with_scikit_learn(patients_table, make_table):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score, roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, holdout, other = patients_table(100, 0), patients_table(50, 1), patients_table(90, 2)
    other = make_table(other.values + 0.3)
    x = np.concatenate((train.values[:63], other.values[:63]))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(x, np.repeat((1, 0), 63))
    test, truth = np.concatenate((holdout.values[:27], other.values[63:])), np.repeat((1, 0), 27)
    found = discriminate(train, holdout, other)
    assert found.auroc == pytest.approx(roc_auc_score(truth, model.predict_proba(test)[:, 1]))
    assert found.f1 == pytest.approx(f1_score(truth, model.predict(test)))


def test_a_generator_that_keeps_the_means_is_a_coin_with_more_genes_than_patients(make_table):
    """Its real side would be told apart worse than by a coin if it were training patients only."""
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(30):
        train, holdout = rng.normal(size=(60, 90)), rng.normal(size=(30, 90))
        made = train.mean(axis=0) + rng.normal(size=(60, 90))
        found = discriminate(make_table(train), make_table(holdout), make_table(made))
        areas.append(found.auroc)
    assert abs(np.mean(areas) - 0.5) < 4 * np.std(areas) / np.sqrt(30)
