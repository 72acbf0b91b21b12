"""Intervals of averages over genes: by hand, against leaving out, and how often they hold."""

import dataclasses

import numpy as np
import pytest

from core.model.quality import Depth
from core.quality import jackknife, jointly, resemblance
from core.quality.jointly import Distances, mmd_squared
from core.quality.panels import biology
from core.quality.panels import resemblance as panel
from core.quality.panels.setting import Setting
from core.quality.pathways import GeneSet
from core.quality.tables import Table, Trio

GENES = tuple(f"G{j}" for j in range(40))
SETS = tuple(GeneSet(name=f"S{k}", genes=GENES[k::5]) for k in range(5))
#: Numbers that jump with one record.
WITHOUT = {"density"}


def table(n, seed, shift=0.0):
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(99)
    factors, middle = 0.5 * fixed.normal(size=(4, 40)), 0.5 * fixed.normal(size=(3, 40))
    labels = rng.integers(0, 3, n)
    values = rng.normal(size=(n, 40)) + rng.normal(size=(n, 4)) @ factors + middle[labels]
    return Table(values=values + shift * fixed.normal(size=40), labels=labels)


def measures(seed, shift=0.15, n=120):
    trio = Trio(
        train=table(n, seed), holdout=table(40, seed + 1), synthetic=table(n, seed + 2, shift)
    )
    setting = Setting(
        whole=trio, few=trio, genes=GENES, few_genes=GENES, classes=("a", "b", "c"),
        depth=Depth.FULL, gene_sets=SETS, released=(), levels=None, pause=lambda: None,
    )  # fmt: skip
    parts = (
        panel.gene_by_gene(setting),
        panel.pair_by_pair(setting),
        panel.all_at_once(setting),
        biology.differing_genes(setting),
        biology.gene_sets(setting),
    )
    return {m.key: m for part in parts for m in part.measures}


def test_a_mean_has_the_interval_of_the_textbook():
    """Of one number per record, groups of one: t of nine degrees times s / sqrt(n)."""
    x = np.random.default_rng(1).normal(size=10)
    left_out = [float(np.delete(x, k).mean()) for k in range(10)]
    expected = 2.2621571627409915 * x.std(ddof=1) / np.sqrt(10)
    assert jackknife.reach(left_out) == pytest.approx(expected)
    assert jackknife.reach([*left_out[:9], np.nan]) is None


def test_both_cohorts_are_left_out_group_by_group_on_few_genes():
    seen = []

    def of(real, other):
        seen.append((len(real), len(other), real.values.shape[1]))
        return {"mean": float(real.values.mean() - other.values.mean()), "none": None}

    wide = Table(values=np.random.default_rng(2).normal(size=(33, 700)), labels=np.zeros(33, int))
    found = jackknife.reaches(wide, table_like(wide, 50), of)
    assert [s[2] for s in seen] == [200] * 10
    assert sum(33 - s[0] for s in seen) == 33
    assert sum(50 - s[1] for s in seen) == 50
    assert set(found) == {"mean"}
    assert jackknife.reaches(wide, table_like(wide, 19), of) == {}


def table_like(other, n):
    values = np.random.default_rng(3).normal(size=(n, other.values.shape[1]))
    return Table(values=values, labels=np.zeros(n, int))


def test_an_interval_stays_where_its_number_can_be():
    found = jackknife.around(0.02, 0.05, high=1.0)
    assert (found.low, found.high) == (0.0, pytest.approx(0.07))
    assert jackknife.around(0.99, 0.05, high=1.0).high == 1.0
    assert jackknife.around(None, 0.05) is None
    assert jackknife.around(0.5, None) is None


def test_the_discrepancy_without_each_group_is_that_of_the_records_left():
    real, other = table(45, 5).values, table(63, 6, 0.3).values
    distances = Distances.of(real, other)
    kept = [np.arange(n) % 10 for n in (45, 63)]
    plain = [mmd_squared(distances.some(kept[0] != g, kept[1] != g), 40) for g in range(10)]
    assert jointly.mmd_reach(distances, 40) == pytest.approx(jackknife.reach(plain))
    assert jointly.mmd_reach(distances.first(19), 40) is None


def test_every_measure_of_these_steps_has_an_interval_but_those_that_jump():
    found = measures(1)
    assert {key for key, m in found.items() if m.interval is None} == WITHOUT
    for key, m in found.items():
        assert m.value is not None, key
        if m.interval is not None:
            assert m.interval.low < m.interval.high, key
    assert found["kolmogorov-smirnov"].interval.high < 1
    few = measures(1, n=19)
    assert few["wasserstein"].interval is None
    assert few["wasserstein"].value is not None


def test_the_value_is_not_touched_by_its_interval():
    found = measures(2)
    trio = Trio(train=table(120, 2), holdout=table(40, 3), synthetic=table(120, 4, 0.15))
    plain = resemblance.kolmogorov(trio.train.values, trio.synthetic.values).mean()
    assert found["kolmogorov-smirnov"].value == pytest.approx(plain)
    again = measures(2)
    assert dataclasses.asdict(again["wasserstein"]) == dataclasses.asdict(found["wasserstein"])


@pytest.mark.parametrize("shift", [0.0, 0.3], ids=["same", "shifted"])
def test_intervals_hold_what_other_patients_would_give(shift):
    """12 hospitals and draws: the mean over all of them lies in nearly every interval."""
    found = [measures(10 * k, shift) for k in range(12)]
    for key in found[0].keys() - WITHOUT:
        middle = np.mean([m[key].value for m in found])
        held = sum(m[key].interval.holds(middle) for m in found)
        assert held >= 9, (key, held)
