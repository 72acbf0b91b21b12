import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from core.model.measures import Reason
from core.model.quality import Depth
from core.quality.features import feature_overlap, top_genes, top_of
from core.quality.intervals import wilson
from core.quality.tables import Trio
from core.quality.utility import (
    FOREST,
    LOGISTIC,
    f1_per_class,
    macro_auroc,
    macro_f1,
    predict,
    trained,
    utility,
)

CLASSES = ("A", "B", "C")


def test_f1_agrees_with_scikit_learn():
    rng = np.random.default_rng(3)
    truth, said = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    assert f1_per_class(truth, said, 4) == pytest.approx(f1_score(truth, said, average=None))
    assert macro_f1(truth, said, 4) == pytest.approx(f1_score(truth, said, average="macro"))


def test_auroc_agrees_with_scikit_learn():
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 150)
    scores = np.round(rng.dirichlet(np.ones(3), 150), 2)
    each = [roc_auc_score(truth == c, scores[:, c]) for c in range(3)]
    assert macro_auroc(truth, scores) == pytest.approx(np.mean(each))
    assert macro_auroc(np.zeros(5, dtype=int), np.ones((5, 3))) is None


def test_the_coefficients_are_those_of_one_against_the_rest(patients_table):
    train = patients_table(120, 0)
    found = trained(LOGISTIC, train, 3, Depth.FULL).coefficients()
    scaled = StandardScaler().fit_transform(train.values)
    for c in range(3):
        alone = LogisticRegression(max_iter=1000).fit(scaled, train.labels == c)
        assert found[c] == pytest.approx(alone.coef_[0])


def test_two_classes_are_each_others_opposite_and_unseen_ones_are_zero(patients_table, make_table):
    train = patients_table(90, 0)
    kept = train.labels != 1
    found = trained(LOGISTIC, make_table(train.values[kept], train.labels[kept]), 3, Depth.FULL)
    assert found.coefficients()[0] == pytest.approx(-found.coefficients()[2])
    assert not found.coefficients()[1].any()
    assert found.seen.tolist() == [0, 2]
    said = found.ask(train.values)
    assert said.proportions[:, 1].max() == 0
    assert not (said.labels == 1).any()


@pytest.mark.parametrize(("depth", "trees"), [(Depth.FULL, 200), (Depth.QUICK, 100)])
def test_forests_have_the_trees_that_are_said(patients_table, depth, trees):
    found = trained(FOREST, patients_table(12, 0), 3, depth)
    assert len(found.model.estimators_) == trees


def test_one_class_trains_nothing(patients_table, make_table):
    assert trained(LOGISTIC, make_table(np.ones((4, 2))), 3, Depth.FULL) is None
    test = patients_table(5, 1)
    assert predict(FOREST, patients_table(40, 0), test.first(0), 3, Depth.QUICK) is None


def test_top_genes_are_the_planted_ones(patients_table):
    """Of 30 genes every third is up in a class: ten of each."""
    model = trained(LOGISTIC, patients_table(600, 0), 3, Depth.FULL)
    other = trained(LOGISTIC, patients_table(600, 1), 3, Depth.FULL)
    assert top_of(model).shape == (3, 10)
    assert feature_overlap(model, model) == 1.0
    genes = tuple(f"G{j}" for j in range(30))
    rows = top_genes(model, other, genes, CLASSES)
    assert [row.label for row in rows] == list(CLASSES)
    planted = {f"G{j}" for j in range(0, 30, 3)}
    assert len(planted & set(rows[0].real)) >= 8


def test_the_overlap_by_hand():
    class Fixed:
        def __init__(self, *coefficients):
            self.seen, self._own = np.arange(len(coefficients)), np.array(coefficients)

        def coefficients(self):
            return self._own

    one = np.zeros((2, 30))
    one[0, :10], one[1, 10:20] = 1.0, -1.0
    other = np.zeros((2, 30))
    other[0, 5:15], other[1, 20:] = 1.0, 1.0
    assert feature_overlap(Fixed(*one), Fixed(*other)) == 0.5


def test_a_report_of_scores_has_intervals_and_ratios(patients_table):
    trio = Trio(
        train=patients_table(200, 0), holdout=patients_table(80, 1),
        synthetic=patients_table(150, 2, shift=0.8),
    )  # fmt: skip
    calls = []
    found = utility(trio, CLASSES, Depth.QUICK, lambda: calls.append(1))
    assert len(calls) == 4
    assert len(found.scores) == 10
    for score in found.scores:
        assert score.interval.holds(score.synthetic)
        assert score.ratio_interval.holds(score.ratio)
    accuracy = found.scores[0]
    assert accuracy.interval == wilson(accuracy.synthetic, 80)
    assert accuracy.interval.low < 1.0  # also when all 80 are right
    assert found.ratio_interval.holds(found.ratio)
    by_hand = [s for s in found.scores if s.score == "macro-f1"]
    assert found.ratio == pytest.approx(
        sum(s.synthetic for s in by_hand) / sum(s.real for s in by_hand)
    )


def test_what_cannot_be_scored_says_why(patients_table, make_table):
    train, synthetic = patients_table(60, 0), patients_table(60, 2)

    def reason(holdout, made=synthetic):
        found = utility(
            Trio(train=train, holdout=holdout, synthetic=made), CLASSES, Depth.QUICK, lambda: None
        )
        assert all(s.synthetic is None for s in found.scores)
        assert found.ratio is None
        return found.reason

    assert reason(patients_table(9, 1)) is Reason.FEW_PATIENTS
    assert reason(make_table(patients_table(30, 1).values)) is Reason.SMALL_CLASSES
    one_class = make_table(synthetic.values)
    assert reason(patients_table(30, 1), one_class) is Reason.FEW_SYNTHETIC
