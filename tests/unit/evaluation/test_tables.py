"""What held-out patients add, and that nobody else can add anything."""

import dataclasses

import numpy as np
import pytest

from core.errors import CohortError, InternalError
from core.evaluation.classifiers import Always
from core.evaluation.tables import Confusion, Tables, local_total
from core.statistics.statistic import PatientRecord
from tests.unit.evaluation.conftest import patients_of


def test_every_patient_is_one_count_in_each_table(plan, table):
    stage, held = plan.evaluation_stages[0], patients_of()
    found = local_total(plan, stage, (table,), held).reshape(2, 3, 3)
    assert found.dtype == np.int64
    assert (found % stage.linf == 0).all()
    true = np.bincount(held.class_index, minlength=3)
    for tabled in found // stage.linf:
        assert tabled.sum(axis=1).tolist() == true.tolist()
        assert np.trace(tabled) > 0.7 * len(held.class_index)


def test_one_patient_moves_exactly_what_the_plan_states(plan, table):
    """Add one patient: one cell of each table moves by the amount, nothing else moves."""
    stage, held = plan.evaluation_stages[0], patients_of(n=31)
    fewer = dataclasses.replace(
        held,
        values=held.values[:-1],
        class_index=held.class_index[:-1],
        levels=held.levels[:-1],
        identifiers=held.identifiers[:-1],
    )
    moved = local_total(plan, stage, (table,), held) - local_total(plan, stage, (table,), fewer)
    assert np.count_nonzero(moved) == stage.touched == 2
    assert sorted(moved[moved != 0].tolist()) == [stage.linf] * 2
    assert int((moved**2).sum()) == stage.l2_sq


def test_a_compute_partner_adds_zeros_and_a_recipe_stage_is_refused(plan, table):
    stage = plan.evaluation_stages[0]
    assert not local_total(plan, stage, (table,), None).any()
    with pytest.raises(InternalError, match="held-out"):
        local_total(plan, plan.recipe_stages[0], (table,), patients_of())
    few = dataclasses.replace(plan, n_max=10)
    with pytest.raises(CohortError, match="CH115"):
        local_total(few, stage, (table,), patients_of(n=11))


def test_a_classifier_cannot_move_a_patient_out_of_its_table():
    class Liar:
        def says(self, _values):
            return 9

    lying = Confusion(classifier=Liar(), n_classes=3)
    honest = dataclasses.replace(lying, classifier=Always(label=1))
    record = PatientRecord(values=np.zeros(2), class_index=0, level=0.0, spread=1.0)
    for questions in ((lying, honest), (honest, lying)):
        with pytest.raises(InternalError, match="one cell"):
            Tables(questions=questions, amount=5).contribution(record)
