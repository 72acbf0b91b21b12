"""A plan that judges its table, a synthetic table, and patients whose classes differ."""

import dataclasses

import numpy as np
import pytest

from core.cohort.normalisation import TrainingRecords
from core.evaluation.stages import requests
from core.model.budget import Budget
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.model.plan import Plan, PlanParty
from core.model.release import SyntheticCohort
from core.model.request import StageRequest
from core.privacy.calibration import calibrate

GENES = tuple(f"G{i}" for i in range(12))
CLASSES = ("A", "B", "C")
JUDGING = Judging(evaluation=CONFUSION, vote=VotePolicy.NONE)
RECIPE_STAGE = StageRequest(
    name="counts", values=3, share=1.0, l2=1, linf=1, touched=1, counts=True
)


def plan_for(epsilon=4.0, classes=CLASSES, genes=GENES, judging=JUDGING):
    budget = Budget(epsilon=epsilon)
    asked = (
        dataclasses.replace(RECIPE_STAGE, values=len(classes)),
        *requests(judging, len(classes)),
    )
    made = calibrate(asked, budget, n_max=10_000, n_parties=3)
    return Plan(
        study_id="0" * 32,
        title="A test",
        rehearsal=True,
        parties=tuple(
            PlanParty(number=i, name=f"Hospital {i}", has_cohort=True, certificate_sha256="0" * 64)
            for i in range(3)
        ),
        threshold=1,
        recipe="marginals",
        recipe_parameters=(),
        genes=genes,
        label_name="subtype",
        classes=classes,
        normalisation="zscore",
        n_max=10_000,
        holdout_share=0.2,
        budget=budget,
        epsilon_accounted=made.account.epsilon,
        patient_multiplicity=1,
        n_records=None,
        sampler=0,
        stages=made.stages,
        judging=judging,
    )


def drawn(n, seed, shift=1.0, classes=CLASSES, genes=GENES):
    """Labels and values: class c is higher in the genes whose number is c modulo the classes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, len(classes), n)
    means = np.array(
        [[shift * (j % len(classes) == c) for j in range(len(genes))] for c in range(len(classes))]
    )
    return labels, generator.normal(size=(n, len(genes))) + means[labels]


def table_of(n=150, seed=1, **more):
    labels, values = drawn(n, seed, **more)
    return SyntheticCohort(
        label_name="subtype",
        classes=more.get("classes", CLASSES),
        genes=more.get("genes", GENES),
        class_index=labels,
        values=values,
    )


def patients_of(n=60, seed=2, **more):
    labels, values = drawn(n, seed, **more)
    return TrainingRecords(
        identifiers=tuple(f"P{i}" for i in range(n)),
        class_index=labels,
        values=values,
        levels=np.ones((n, 2)),
    )


@pytest.fixture(scope="session")
def plan():
    return plan_for()


@pytest.fixture(scope="session")
def table():
    return table_of()
