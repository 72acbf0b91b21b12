"""Each party's vector is made under its own number in the plan."""

import asyncio

import numpy as np

from core.model.stage import Patients
from core.worker.runs.local_totals import LocalTotals


class Recorded:
    """A recipe that tells under which number it was asked."""

    def local_total(self, plan, stage, records, measurements, site=0):
        return np.array([site])


class Stage:
    patients = Patients.TRAINING


class Alone:
    """A plan's only setting."""

    recipe, plan = Recorded(), type("Plan", (), {"genes": ()})

    def own(self, stage):
        return stage

    def understood(self, measurements):
        return measurements


def test_the_recipe_is_asked_under_the_partys_own_number():
    for number in (0, 2):
        totals = LocalTotals(None, (Alone(),), None, None, number)
        assert asyncio.run(totals.of(Stage(), (), ())).tolist() == [number]
