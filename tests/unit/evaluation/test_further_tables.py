"""Tables beside the confusion tables: stages, sums, common totals, numbers with intervals."""

import dataclasses

import numpy as np
import pytest

from core.errors import InternalError, PlanError
from core.evaluation.agreement import AgreementTable
from core.evaluation.common_totals import agreed, parted
from core.evaluation.distances import DistanceTable
from core.evaluation.scores import joint_scores
from core.evaluation.selecting import selection
from core.evaluation.stages import STAGE_FURTHER, check_plan, requests, shapes
from core.evaluation.tables import Tables, _over_panel, local_total, questions
from core.model.budget import Budget
from core.model.evaluation import JointScores
from core.model.judging import AGREEMENT, DISTANCES, Judging, evaluation_key
from core.model.measurement import Measurement
from core.privacy.calibration import calibrate
from core.protocol.plaintext import sample_noise
from core.randomness import NoiseSource
from core.statistics.statistic import PatientRecord, total
from tests.unit.evaluation.conftest import GENES, patients_of, plan_for, table_of

BOTH = Judging(evaluation=evaluation_key(DISTANCES, AGREEMENT))


@pytest.fixture(scope="module")
def asked():
    return plan_for(judging=BOTH)


def test_the_key_has_one_spelling_and_others_are_refused():
    assert BOTH.evaluation == "confusion-1+agreement-1+distances-1"
    assert BOTH.further == (AGREEMENT, DISTANCES)
    assert Judging(evaluation=evaluation_key()).further == ()
    for wrong in ("agreement-1", "confusion-1+distances-1+agreement-1", "confusion-1+", "+"):
        with pytest.raises(PlanError, match=r"judging\.evaluation"):
            Judging(evaluation=wrong)


@pytest.mark.parametrize(("further", "tables", "cells"), [
    ((AGREEMENT,), 3, 9 + 9 + 15), ((DISTANCES,), 3, 9 + 9 + 6),
    ((AGREEMENT, DISTANCES), 4, 9 + 9 + 15 + 6),
])  # fmt: skip
def test_a_patient_is_one_cell_of_each_table(further, tables, cells):
    plan = plan_for(judging=Judging(evaluation=evaluation_key(*further)))
    (stage,) = plan.evaluation_stages
    assert (stage.name, stage.values, stage.touched) == (STAGE_FURTHER, cells, tables)
    assert stage.exact_shift
    assert stage.l2_sq == tables * stage.linf**2
    check_plan(plan)
    with pytest.raises(PlanError, match="PL201"):
        check_plan(dataclasses.replace(plan, judging=Judging(evaluation=evaluation_key())))


def test_one_patient_moves_exactly_what_the_plan_states(asked):
    """Neighbouring cohorts: one cell of each of four tables, nothing else."""
    (stage,), table, held = asked.evaluation_stages, table_of(), patients_of(n=31)
    fewer = dataclasses.replace(
        held,
        values=held.values[:-1],
        class_index=held.class_index[:-1],
        levels=held.levels[:-1],
        identifiers=held.identifiers[:-1],
    )
    moved = local_total(asked, stage, (table,), held) - local_total(asked, stage, (table,), fewer)
    for part in parted(moved.astype(float), shapes(BOTH, 3)):
        assert sorted(part[part != 0].tolist()) == [stage.linf]
    assert int((moved**2).sum()) == stage.l2_sq
    whole = parted(local_total(asked, stage, (table,), held) / stage.linf, shapes(BOTH, 3))
    assert [part.sum() for part in whole] == [31] * 4


def test_more_tables_take_more_noise_and_no_more_budget(asked):
    """sqrt(4 / 2) of the noise on each cell, the same epsilon."""
    plain = plan_for()
    ratio = asked.evaluation_stages[0].sigma_real / plain.evaluation_stages[0].sigma_real
    assert ratio == pytest.approx(np.sqrt(2), rel=0.01)
    assert asked.epsilon_accounted == pytest.approx(plain.epsilon_accounted, rel=0.02)


def test_common_totals_are_a_projection_that_changes_no_agreeing_tables():
    """Against the projection written as a matrix: x - A'(AA')^-1 A x."""
    planned = shapes(BOTH, 3)
    n = sum(s.cells for s in planned)
    starts = np.cumsum([0, *(s.cells for s in planned)])
    conditions = []
    for k in (1, 2):
        for row in range(3):
            line = np.zeros(n)
            line[row * 3 : row * 3 + 3] = 1
            start = starts[k] + row * planned[k].columns
            line[start : start + planned[k].columns] = -1
            conditions.append(line)
    line = np.zeros(n)
    line[:9], line[starts[3] :] = 1, -1
    a = np.array([*conditions, line])
    vector = np.random.default_rng(0).normal(size=(5, n))
    wanted = vector - vector @ a.T @ np.linalg.inv(a @ a.T) @ a
    found = np.concatenate([t.reshape(5, -1) for t in agreed(parted(vector, planned))], axis=-1)
    assert found == pytest.approx(wanted, abs=1e-12)


def opened(plan, table, held, coins=None):
    (stage,) = plan.evaluation_stages
    exact = local_total(plan, stage, (table,), held)
    noise = sample_noise(stage.noise, stage.values, coins) if coins else 0
    return Measurement(stage=stage, totals=exact + noise)


def test_without_noise_the_numbers_are_those_of_the_patients(asked):
    table, held = table_of(), patients_of(n=200, seed=5)
    found = joint_scores(BOTH, table, opened(asked, table, held))
    agreement, distances = AgreementTable.of(table), DistanceTable.of(table)
    records = [
        PatientRecord(values=v, class_index=c, level=0.0, spread=1.0)
        for v, c in zip(held.values, held.class_index.tolist(), strict=True)
    ]
    quarters = np.array([agreement.cell(r) % 5 / 4 for r in records])
    assert found.agreement.overall.value == pytest.approx(quarters.mean())
    for label, share in enumerate(found.agreement.by_class):
        assert share.value == pytest.approx(quarters[held.class_index == label].mean())
        assert share.low < share.value < share.high
    assert found.agreement.overall.synthetic == agreement.own(table)[0]
    columns = np.array([distances.cell(r) for r in records])
    assert found.distances.closer.value == pytest.approx((columns <= 2).mean())
    assert found.distances.further.value == pytest.approx((columns == 5).mean())
    assert found.distances.counts == tuple(np.bincount(columns, minlength=6).astype(float))
    assert sum(found.distances.synthetic) == pytest.approx(1.0)
    assert found.distances.closer.synthetic == pytest.approx(0.5, abs=0.01)
    assert found.distances.further.synthetic == pytest.approx(0.05, abs=0.01)
    plain = plan_for()
    alone = joint_scores(plain.judging, table, opened(plain, table, held))
    assert [s.value for s in found.scores] == pytest.approx([s.value for s in alone.scores])
    assert JointScores.from_tree(found.tree()) == found
    assert set(alone.tree()) == set(found.tree()) - {"agreement", "distances"}


def test_intervals_hold_the_truth_as_often_as_they_say(asked):
    """95 % stated; 40 evaluations at epsilon 4 of a known population: at most 7 may miss."""
    table = table_of()
    (stage,) = asked.evaluation_stages
    statistic = Tables(questions=questions(BOTH, table)[2:], amount=1)
    bare = dataclasses.replace(
        stage, values=21, touched=2, linf=1, l2_sq=2, units=1.0, exact_shift=True
    )
    many = total(statistic, bare, patients_of(n=6000, seed=77)).astype(float)
    cells = many[:15].reshape(3, 5)
    truth = (
        float((cells * np.arange(5) / 4).sum() / cells.sum()),
        float(many[15:18].sum() / many[15:].sum()),
        float(many[20] / many[15:].sum()),
    )
    misses = np.zeros(3, dtype=int)
    for seed in range(40):
        held = patients_of(n=100, seed=1000 + seed)
        first = np.zeros((2, 3, 3))
        for label in range(3):
            first[:, label, label] = (held.class_index == label).sum()
        rest = total(statistic, bare, held)
        exact = (np.concatenate([first.ravel(), rest]) * stage.linf).astype(np.int64)
        noise = sample_noise(stage.noise, stage.values, NoiseSource())
        found = joint_scores(BOTH, table, Measurement(stage=stage, totals=exact + noise))
        shares = (found.agreement.overall, found.distances.closer, found.distances.further)
        misses += [not s.low <= t <= s.high for s, t in zip(shares, truth, strict=True)]
    assert misses.max() <= 7, misses


def test_a_table_that_is_all_noise_promises_nothing():
    plan = plan_for(epsilon=0.3, judging=BOTH)
    found = joint_scores(
        BOTH, table_of(), opened(plan, table_of(), patients_of(n=1), NoiseSource())
    )
    widths = [s.high - s.low for s in found.agreement.by_class]
    assert np.median(widths) > 0.9
    assert found.distances.closer.high - found.distances.closer.low > 0.6


def test_every_party_computes_the_same(asked):
    table = table_of()
    one = opened(asked, table, patients_of(), NoiseSource())
    assert joint_scores(BOTH, table, one) == joint_scores(BOTH, table, one)
    with pytest.raises(InternalError, match="IN901"):
        joint_scores(Judging(evaluation=evaluation_key(AGREEMENT)), table, one)


def test_each_of_several_settings_has_all_tables_of_its_own():
    """Two tables, one over fewer genes: a patient is one cell of each of eight."""
    tables = (table_of(), table_of(seed=3, genes=GENES[:8]))
    (request,) = requests(BOTH, 3, 2)
    assert (request.values, request.touched) == (2 * 39, 8)
    (stage,) = calibrate((request,), Budget(epsilon=8.0), n_max=1_000, n_parties=3).stages
    asked = [one for table in tables for one in _over_panel(BOTH, table, len(GENES))]
    held = patients_of(n=80, seed=4)
    exact = total(Tables(questions=asked, amount=stage.linf), stage, held)
    for part in np.split(exact / stage.linf, 2):
        assert [cells.sum() for cells in parted(part, shapes(BOTH, 3))] == [80] * 4
    found = selection(BOTH, tables, Measurement(stage=stage, totals=exact))
    first, second = (candidate.scores for candidate in found.candidates)
    assert min(first.macro_f1, second.macro_f1) > 0.5
    assert first.agreement.n_genes > second.agreement.n_genes
    assert second.agreement.n_genes <= 4, "at most half of its own eight genes"
    for scores in (first, second):
        assert sum(scores.distances.counts) == pytest.approx(80)
