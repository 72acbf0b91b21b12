"""The classifiers: as scikit-learn says, one record at a time."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.evaluation.classifiers import MOST_RECORDS, Always, trained
from core.model.release import SyntheticCohort
from core.randomness import SamplingSource
from tests.unit.evaluation.conftest import CLASSES, GENES, drawn, table_of


def said_by(classifier, values):
    return [classifier.says(row) for row in values]


def test_they_say_what_scikit_learn_says(table):
    order = SamplingSource(7).generator.permutation(table.n_records)
    x, y = table.values[order], table.class_index[order]
    _, asked = drawn(300, seed=9)
    linear, forest = trained(table)
    oracle = make_pipeline(
        StandardScaler(), OneVsRestClassifier(LogisticRegression(max_iter=1000))
    ).fit(x, y)
    assert said_by(linear, asked) == oracle.predict(asked).tolist()
    trees = RandomForestClassifier(200, random_state=7).fit(x, y)
    assert said_by(forest, asked) == trees.predict(asked).tolist()


def test_what_is_said_of_one_depends_on_nobody_else(table):
    """Bit-identical, whoever else is asked about, in any memory layout."""
    _, asked = drawn(40, seed=3)
    strided = np.asfortranarray(np.tile(asked, (1, 2)))[:, :12]
    for classifier in trained(table):
        alone = [classifier.says(row.copy()) for row in asked]
        assert alone == said_by(classifier, strided)
        assert alone[::-1] == said_by(classifier, asked[::-1])


def test_a_class_that_the_table_lacks_is_never_said():
    labels, values = drawn(80, seed=4)
    labels[labels == 1] = 2
    table = SyntheticCohort(
        label_name="s", classes=CLASSES, genes=GENES, class_index=labels, values=values
    )
    for classifier in trained(table):
        assert set(said_by(classifier, drawn(50, seed=5)[1])) <= {0, 2}


@pytest.mark.parametrize("n", [0, 5])
def test_a_table_of_one_class_says_this_class(n):
    table = SyntheticCohort(
        label_name="s",
        classes=CLASSES,
        genes=GENES,
        class_index=np.full(n, 2),
        values=np.zeros((n, len(GENES))),
    )
    found = trained(table)
    assert all(isinstance(c, Always) for c in found)
    assert [c.says(np.zeros(12)) for c in found] == [2 if n else 0] * 2


def test_a_gene_without_spread_and_a_long_table_do_no_harm():
    table = table_of(n=MOST_RECORDS + 50)
    values = table.values.copy()
    values[:, 3] = 1.0
    flat = SyntheticCohort(
        label_name="s",
        classes=CLASSES,
        genes=GENES,
        class_index=table.class_index,
        values=values,
    )
    linear, forest = trained(flat)
    assert np.isfinite(linear.weights).all()
    assert linear.says(np.zeros(12)) in {0, 1, 2}
    assert forest.says(np.zeros(12)) in {0, 1, 2}
