import numpy as np
import pytest
from scipy import stats

from core.errors import CohortError
from core.quality.pathways import GeneSet, gene_sets, pathway_rows, set_scores
from core.quality.tables import Trio

GENES = tuple(f"G{j}" for j in range(30))


def test_a_gmt_file_is_read():
    found = gene_sets("ONE\tnote\tA\tB\tA\n\nTWO\t\tC\n", "x.gmt")
    assert found == (GeneSet(name="ONE", genes=("A", "B")), GeneSet(name="TWO", genes=("C",)))


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("ONE\tnote\tA\nTWO\tonly\n", 2), ("a,b,c\n", 1), ("\tx\tA", 1)]
)
def test_what_is_no_gmt_file_is_refused_with_its_line(text, line):
    with pytest.raises(CohortError, match=f"CH126: Line {line} of x.gmt"):
        gene_sets(text, "x.gmt")


def test_a_score_by_hand():
    values = np.array([[1.0, 2.0, 3.0, 5.0]])
    members = [np.array([0, 3]), np.array([1])]
    assert set_scores(values, members) == pytest.approx(np.array([[6 / np.sqrt(2), 2.0]]))


def test_a_set_that_changed_comes_first_and_agrees_with_scipy(patients_table, make_table):
    train, holdout = patients_table(200, 0), patients_table(60, 1)
    made = patients_table(150, 2)
    moved = made.values.copy()
    moved[:, 10:16] += 1.0
    trio = Trio(train=train, holdout=holdout, synthetic=make_table(moved, made.labels))
    sets = (
        GeneSet(name="same", genes=GENES[:8]),
        GeneSet(name="moved", genes=(*GENES[10:16], "elsewhere")),
        GeneSet(name="too small", genes=GENES[20:24]),
    )
    rows = pathway_rows(trio, GENES, sets)
    assert [row.name for row in rows] == ["moved", "same"]
    assert rows[0].n_genes == 6
    sums = [t.values[:, 10:16].sum(axis=1) for t in (train, trio.synthetic, holdout)]
    assert rows[0].kolmogorov_smirnov == pytest.approx(stats.ks_2samp(*sums[:2]).statistic)
    assert rows[0].reference == pytest.approx(stats.ks_2samp(sums[0], sums[2]).statistic)
    assert pathway_rows(trio, GENES, sets[2:]) == ()
    few = Trio(train=train, holdout=holdout.first(2), synthetic=made)
    assert pathway_rows(few, GENES, sets[:1])[0].reference is None
