"""Agreement: a case by hand, a second implementation, unbiased rounding, one record at a time."""

import numpy as np
import pytest

from core.evaluation.agreement import AgreementTable, named_genes
from core.model.release import SyntheticCohort
from core.statistics.statistic import PatientRecord
from tests.unit.evaluation.conftest import CLASSES, GENES, drawn, patients_of, table_of


def cohort(values, labels, classes=("A", "B")):
    values = np.array(values, dtype=float)
    return SyntheticCohort(
        label_name="s",
        classes=classes,
        genes=tuple(f"G{j}" for j in range(values.shape[1])),
        class_index=np.array(labels, dtype=np.int64),
        values=values,
    )


def record(values, label):
    return PatientRecord(
        values=np.array(values, dtype=float), class_index=label, level=0.0, spread=1.0
    )


def test_by_hand():
    """Genes 0 and 3 lie furthest apart; class A is above 1.0 in gene 0, below -0.5 in gene 3."""
    table = AgreementTable.of(
        cohort([[2, 0, 1, -2], [2, 1, 1, -2.2], [0, 1, 1, 1], [0, 0, 1, 1.2]], [0, 0, 1, 1])
    )
    assert [sorted(one.genes.tolist()) for one in table.named] == [[0, 3], [0, 3]]
    assert table.n_genes == 2
    assert table.halves(np.array([1.5, 9, 9, -3.0]), 0) == (4, 4)
    assert table.halves(np.array([1.5, 9, 9, 0.0]), 0) == (2, 4)
    assert table.halves(np.array([0.5, 9, 9, 0.0]), 0) == (0, 4)
    assert table.halves(np.array([0.5, 9, 9, 0.0]), 1) == (4, 4)
    assert table.halves(np.array([1.0, 9, 9, -3.0]), 0) == (3, 4), "the midpoint counts half"
    assert table.cells == 10
    assert table.cell(record([1.5, 9, 9, -3.0], 0)) == 4
    assert table.cell(record([0.5, 9, 9, 0.0], 1)) == 9
    assert table.cell(record([0.5, 9, 9, 0.0], 0)) == 0
    assert table.cell(record([1.5, 9, 9, 0.0], 0)) == 2, "one half lies on a column: no coin"


def test_against_a_second_implementation():
    table, held = table_of(n=90, seed=11), patients_of(n=80, seed=12)
    asked = AgreementTable.of(table)
    rounded = np.round(table.values, 4)
    k = named_genes(len(GENES))
    for label in range(3):
        inside, rest = rounded[table.class_index == label], rounded[table.class_index != label]
        gap = inside.mean(0) - rest.mean(0)
        pooled = np.sqrt((inside.var(0) * len(inside) + rest.var(0) * len(rest)) / len(rounded))
        rest_of = np.where(
            (table.class_index == label)[:, None], rounded - inside.mean(0), rounded - rest.mean(0)
        )
        related, named = np.corrcoef(rest_of.T), []
        for j in sorted(range(len(GENES)), key=lambda j: -abs(gap[j] / pooled[j])):
            if len(named) < k and all(abs(related[j, i]) <= 0.3 for i in named):
                named.append(j)
        assert asked.named[label].genes.tolist() == named
        for values in held.values[held.class_index == label]:
            right = [
                (values[j] > (inside.mean(0)[j] + rest.mean(0)[j]) / 2) == (gap[j] > 0)
                for j in named
            ]
            assert asked.halves(values, label) == (2 * sum(right), 2 * len(named))


def test_rounding_keeps_the_mean():
    """2,000 patients: the mean of the quarters is that of the shares (4 standard errors: 0.02)."""
    asked = AgreementTable.of(table_of(n=200, seed=3, shift=0.6))
    held = patients_of(n=2000, seed=4, shift=0.6)
    shares, quarters = [], []
    for values, label in zip(held.values, held.class_index.tolist(), strict=True):
        agree, of = asked.halves(values, label)
        cell = asked.cell(record(values, label))
        assert cell // 5 == label
        quarters.append(cell % 5 / 4)
        shares.append(agree / of)
        assert abs(quarters[-1] - shares[-1]) < 0.25
    assert np.mean(quarters) == pytest.approx(np.mean(shares), abs=0.02)
    assert 0.55 < np.mean(shares) < 0.95
    # and the records themselves, whose sides they are, reach more or as much
    overall, by_class = asked.own(table_of(n=200, seed=3, shift=0.6))
    assert overall > np.mean(shares) - 0.02
    assert min(by_class) <= overall <= max(by_class)


def test_a_cell_follows_from_one_record_alone():
    asked = AgreementTable.of(table_of())
    _, values = drawn(30, seed=5)
    strided = np.asfortranarray(np.tile(values, (1, 2)))[:, :12]
    alone = [asked.cell(record(row.copy(), 1)) for row in values]
    assert alone == [asked.cell(record(row, 1)) for row in strided]
    assert set(alone) <= set(range(5, 10))


@pytest.mark.parametrize("labels", [[0, 0, 0], [], [1, 1]])
def test_a_table_that_knows_nothing_of_a_class_counts_as_chance(labels):
    empty = cohort(np.ones((len(labels), 6)), labels, classes=("A", "B"))
    asked = AgreementTable.of(empty)
    for label in (0, 1):
        assert asked.cell(record(np.arange(6.0), label)) % 5 == 2
    assert asked.own(empty) == (0.5, (0.5, 0.5))


def test_genes_that_move_together_count_once():
    """Six copies of one gene, six independent ones: one of the six is named."""
    generator = np.random.default_rng(2)
    labels = np.repeat([0, 1], 60)
    one = generator.normal(size=120) + 3 * labels
    rest = generator.normal(size=(120, 6)) + labels[:, None]
    values = np.column_stack([one[:, None] + 0.01 * generator.normal(size=(120, 6)), rest])
    asked = AgreementTable.of(cohort(np.round(values, 4), labels))
    for named in asked.named:
        assert sum(gene < 6 for gene in named.genes.tolist()) == 1
        assert len(named.genes) > 3


def test_a_gene_without_spread_is_named_first_or_never():
    values = [[1, 0, 0.5, 3], [1, 0, 0.6, 3], [0, 0, 0.7, 3.5], [0, 0, 0.4, 2.5]]
    asked = AgreementTable.of(cohort(values, [0, 0, 1, 1]))
    assert asked.named[0].genes[0] == 0, "its difference is certain"
    assert 1 not in asked.named[0].genes.tolist()[:1]


def test_tables_that_know_nothing_reach_chance_on_average():
    """Shuffled labels, and noise: 0.5 over 40 tables of each; an honest one is far above."""
    held = patients_of(n=120, seed=8)

    def reached(table):
        asked = AgreementTable.of(table)
        found = [
            np.divide(*asked.halves(v, c))
            for v, c in zip(held.values, held.class_index.tolist(), strict=True)
        ]
        return np.mean(found)

    generator = np.random.default_rng(6)
    shuffled, noise = [], []
    for seed in range(40):
        labels, values = drawn(120, seed=100 + seed)
        shuffled.append(reached(cohort(values, generator.permutation(labels), CLASSES)))
        plain = generator.normal(size=values.shape)
        noise.append(reached(cohort(plain, labels, CLASSES)))
    assert np.mean(shuffled) == pytest.approx(0.5, abs=0.07)
    assert np.mean(noise) == pytest.approx(0.5, abs=0.05)
    assert reached(table_of(n=120, seed=9)) > 0.65
