"""A plan, what was opened, and a synthetic cohort, for the tests of release."""

import math

import numpy as np
import pytest

from core.model.budget import Budget
from core.model.measurement import Measurement
from core.model.plan import NoiseLadder, Plan, PlanParty, StagePlan
from core.model.release import Release, StageAccount, SyntheticCohort

LADDER = NoiseLadder(levels=((1, 4), (2, 400)))


def a_plan():
    stage = StagePlan(
        name="class-counts",
        values=2,
        share=1.0,
        units=1.0,
        l2_sq=1,
        linf=1,
        touched=1,
        exact_shift=True,
        noise=LADDER,
    )
    return Plan(
        study_id="a" * 32,
        title="A study",
        rehearsal=True,
        parties=tuple(
            PlanParty(number=i, name=f"Hospital {i}", has_cohort=True, certificate_sha256="0" * 64)
            for i in range(3)
        ),
        threshold=1,
        recipe="marginals",
        recipe_parameters=(("bins", 4),),
        genes=("TP53", "HLA-A", "MT,CO1"),
        label_name="sub,type",
        classes=("Basal", 'Lum "A"'),
        normalisation="zscore",
        n_max=100,
        holdout_share=0.2,
        budget=Budget(epsilon=1.0),
        epsilon_accounted=0.99,
        patient_multiplicity=1,
        n_records=None,
        sampler=0,
        stages=(stage,),
    )


@pytest.fixture
def plan():
    return a_plan()


@pytest.fixture
def measurements(plan):
    return (Measurement(stage=plan.stages[0], totals=np.array([7, -3])),)


@pytest.fixture
def cohort(plan):
    values = np.array([[1.23456, -0.00001, 3.0], [-2.5, 0.33335, math.pi]])
    return SyntheticCohort(
        label_name=plan.label_name,
        classes=plan.classes,
        genes=plan.genes,
        class_index=np.array([1, 0]),
        values=values,
    )


@pytest.fixture
def release(plan):
    return Release(
        plan_digest=plan.digest,
        measurements_digest="1" * 64,
        synthetic_sha256="2" * 64,
        n_records=2,
        n_genes=3,
        seed_sha256="3" * 64,
        stages=(StageAccount(name="class-counts", values=2, seconds=0.5, bytes_sent=100),),
        seconds_total=1.5,
    )
