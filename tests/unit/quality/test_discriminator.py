import numpy as np
import pytest

from core.quality.discriminator import discriminate


def test_it_is_a_coin_on_the_same_and_sure_on_another(patients_table, make_table):
    one, other = patients_table(400, 0), patients_table(400, 1)
    same = discriminate(one, other)
    assert same.auroc_interval.holds(0.5)
    assert same.f1 == pytest.approx(0.5, abs=0.12)
    assert same.f1_interval.holds(same.f1)
    apart = discriminate(one, make_table(other.values + 3))
    assert apart.auroc > 0.99
    assert apart.f1 > 0.98
    assert discriminate(one.first(19), other) is None


def test_it_agrees_with_scikit_learn(patients_table, make_table):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score, roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    one, other = patients_table(100, 0), patients_table(90, 1)
    other = make_table(other.values + 0.3)
    x = np.concatenate((one.values[27:90], other.values[27:90]))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(x, np.repeat((1, 0), 63))
    test, truth = np.concatenate((one.values[:27], other.values[:27])), np.repeat((1, 0), 27)
    found = discriminate(one, other)
    assert found.auroc == pytest.approx(roc_auc_score(truth, model.predict_proba(test)[:, 1]))
    assert found.f1 == pytest.approx(f1_score(truth, model.predict(test)))


def test_it_is_a_coin_on_average_with_more_genes_than_patients(make_table):
    rng = np.random.default_rng(0)
    found = [
        discriminate(make_table(rng.normal(size=(60, 90))), make_table(rng.normal(size=(60, 90))))
        for _ in range(40)
    ]
    areas = np.array([d.auroc for d in found])
    assert abs(areas.mean() - 0.5) < 4 * areas.std() / np.sqrt(40)
    assert np.mean([d.auroc_interval.holds(0.5) for d in found]) > 0.85
