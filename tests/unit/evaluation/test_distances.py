"""Distances to the nearest record: by hand, against scipy, one record at a time, and what they
cannot see.
"""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from core.evaluation.distances import DistanceTable
from core.model.release import SyntheticCohort
from core.statistics.statistic import PatientRecord
from tests.unit.evaluation.conftest import GENES, drawn, table_of


def record(values):
    return PatientRecord(
        values=np.array(values, dtype=float), class_index=0, level=0.0, spread=1.0
    )


def cohort(values):
    values = np.array(values, dtype=float)
    return SyntheticCohort(
        label_name="s",
        classes=("A", "B"),
        genes=tuple(f"G{j}" for j in range(values.shape[1])),
        class_index=np.zeros(len(values), dtype=np.int64),
        values=values,
    )


def test_by_hand():
    """Four records on a line of two equal genes: 1, 1, 2 and 4 from the next one."""
    line = np.array([0.0, 1.0, 3.0, 7.0])
    asked = DistanceTable.of(cohort(np.stack([line, line], axis=1)))
    assert asked.edges.tolist() == [1.0, 1.0, 1.0, 2.0, 4.0]
    assert asked.own.tolist() == [2, 0, 0, 1, 1, 0]
    for at, column in ((1.0, 0), (2.0, 0), (-1.5, 3), (9.0, 3), (9.5, 4), (11.0, 4), (11.5, 5)):
        assert asked.cell(record([at, at])) == column, at


def test_against_scipy():
    table = table_of(n=150, seed=1)
    rounded = np.round(table.values, 4)
    asked = DistanceTable.of(cohort(rounded))
    own = cdist(rounded, rounded)
    np.fill_diagonal(own, np.inf)
    nearest = own.min(axis=1) / np.sqrt(len(GENES))
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    wanted = np.quantile(nearest, quantiles, method="inverted_cdf")
    assert asked.edges == pytest.approx(wanted, abs=1e-12)
    assert asked.own.sum() == 150
    _, values = drawn(200, seed=7)
    distances = cdist(values, rounded).min(axis=1) / np.sqrt(len(GENES))
    columns = (distances[:, None] > asked.edges[None, :]).sum(axis=1)
    assert [asked.cell(record(v)) for v in values] == columns.tolist()


def test_a_cell_follows_from_one_record_alone():
    asked = DistanceTable.of(table_of())
    _, values = drawn(30, seed=5)
    strided = np.asfortranarray(np.tile(values, (1, 2)))[:, :12]
    alone = [asked.cell(record(row.copy())) for row in values]
    assert alone == [asked.cell(record(row)) for row in strided]


def test_edges_do_not_depend_on_the_order_of_sums():
    """Whole numbers: the same edges to the bit from the records in another order."""
    table = table_of(n=120, seed=2)
    turned = cohort(np.round(table.values, 4)[::-1])
    assert DistanceTable.of(cohort(np.round(table.values, 4))).edges.tolist() == (
        DistanceTable.of(turned).edges.tolist()
    )


@pytest.mark.parametrize("n", [0, 1])
def test_a_table_without_neighbours_has_no_edges(n):
    asked = DistanceTable.of(cohort(np.ones((n, 3))))
    assert asked.edges.tolist() == [0.0] * 5
    assert asked.cell(record([0.0, 0.0, 0.0])) == 5
    assert asked.own.tolist() == [0] * 6


def test_what_it_sees_and_what_it_cannot():
    """Less variety shows; a copy of other patients does not; noise shows in its edges only."""
    _, others = drawn(300, seed=21)
    _, held = drawn(300, seed=22)

    def shares(values):
        asked = DistanceTable.of(cohort(np.round(values, 4)))
        cells = np.bincount([asked.cell(record(v)) for v in held], minlength=6) / len(held)
        return cells[:3].sum(), cells[-1], asked.edges[2]

    honest = shares(drawn(300, seed=23)[1])
    copied = shares(others)
    narrow = shares(0.6 * drawn(300, seed=24)[1])
    noise = shares(3 * np.random.default_rng(25).normal(size=held.shape))
    assert honest[0] == pytest.approx(0.5, abs=0.12)
    assert honest[1] == pytest.approx(0.05, abs=0.05)
    assert copied[:2] == pytest.approx(honest[:2], abs=0.12)
    assert narrow[1] > 0.4
    assert noise[1] < 0.05
    assert noise[2] > 2 * honest[2]
