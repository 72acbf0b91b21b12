"""A small plan of the recipe, and patients whose classes differ, for the tests of synthesis."""

import dataclasses
import math

import numpy as np
import pytest

from core.model.budget import Budget
from core.model.measurement import Measurement
from core.model.plan import NoiseLadder, Plan, PlanParty, StagePlan
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called

LADDER = NoiseLadder(
    levels=((1, 4), (2, 4), (4, 4), (8, 4), (16, 4), (32, 4), (64, 4), (128, 4), (256, 400))
)


def stages_for(requests, multiplier):
    """Plain Gaussian bookkeeping for a test plan: noise sd = l2 * multiplier / sqrt(share)."""
    sigma = math.sqrt(LADDER.variance)
    made = []
    for r in requests:
        real = r.l2 * multiplier / math.sqrt(r.share)
        units = float(max(1, math.floor(sigma / real))) if r.counts else sigma / real
        linf = int(units) if r.counts else math.floor(units * r.linf)
        norm = r.touched * linf**2 if r.counts else math.floor((units * r.l2) ** 2)
        made.append(
            StagePlan(
                name=r.name,
                values=r.values,
                share=r.share,
                units=units,
                l2_sq=min(norm, r.touched * linf**2),
                linf=linf,
                touched=r.touched,
                exact_shift=r.counts,
                noise=LADDER,
            )
        )
    return tuple(made)


def plan_for(n_genes=12, classes=("A", "B", "C"), multiplier=0.05, n_bins=4, **changes):
    recipe = recipe_called("marginals")
    parameters = tuple((k, n_bins if k == "bins" else v) for k, v in recipe.parameters())
    budget = Budget(epsilon=4.0)
    design = Design(
        n_genes=n_genes,
        n_classes=len(classes),
        n_max=10_000,
        budget=budget,
        parameters=parameters,
    )
    fields = {
        "study_id": "0" * 32,
        "title": "A test",
        "rehearsal": True,
        "parties": tuple(
            PlanParty(number=i, name=f"Hospital {i}", has_cohort=True, certificate_sha256="0" * 64)
            for i in range(3)
        ),
        "threshold": 1,
        "recipe": "marginals",
        "recipe_parameters": parameters,
        "genes": tuple(f"G{i}" for i in range(n_genes)),
        "label_name": "subtype",
        "classes": classes,
        "normalisation": "zscore",
        "n_max": 10_000,
        "holdout_share": 0.2,
        "budget": budget,
        "epsilon_accounted": 4.0,
        "patient_multiplicity": 1,
        "n_records": None,
        "sampler": 0,
        "stages": stages_for(recipe.requests(design), multiplier),
    }
    return Plan(**{**fields, **changes})


@dataclasses.dataclass
class Patients:
    values: np.ndarray
    class_index: np.ndarray

    @property
    def levels(self):
        """A function of the one record: tests cut, reorder and replace patients freely."""
        return np.stack([5 + self.values[:, 0], 2 + 0.3 * self.values[:, 1]], axis=1)


def patients(n, n_genes=12, n_classes=3, seed=0):
    """Classes differ in a third of the genes each; every record z-scored by itself."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(n_classes, n, p=np.arange(1, n_classes + 1) / sum(range(n_classes + 1)))
    means = np.linspace(-1.5, 1.5, n_genes) + 1.5 * (
        np.arange(n_genes)[None] % n_classes == np.arange(n_classes)[:, None]
    )
    x = means[labels] + rng.normal(size=(n, n_genes)) * 0.6
    x = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    return Patients(x, labels.astype(np.int64))


def measure_all(plan, hospitals, rng=None):
    """Run all stages in the clear, with rounded normal noise from ``rng`` (tests only) or none."""
    recipe = recipe_called(plan.recipe)
    measurements = []
    while (stage := recipe.next_stage(plan, measurements)) is not None:
        totals = sum(recipe.local_total(plan, stage, h, measurements) for h in hospitals)
        if rng is not None:
            totals = totals + np.rint(
                rng.normal(0, math.sqrt(stage.noise.variance), stage.values)
            ).astype(np.int64)
        measurements.append(Measurement(stage=stage, totals=totals))
    return tuple(measurements)


@pytest.fixture
def make_plan():
    return plan_for


@pytest.fixture
def make_patients():
    return patients


@pytest.fixture
def measure():
    return measure_all


@pytest.fixture
def stages():
    return stages_for
