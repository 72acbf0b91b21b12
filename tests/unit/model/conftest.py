"""A small plan that every test of the model changes in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.model.budget import Budget
from core.model.plan import Attestation, NoiseLadder, Plan, PlanParty, StagePlan

NOISE = NoiseLadder(levels=((1, 4), (2, 4), (4, 155)))
CERTIFICATE = "0123456789abcdef" * 4


def _stage(**changes: Any) -> StagePlan:
    fields = {
        "name": "sums",
        "values": 12,
        "share": 0.75,
        "units": 2.5,
        "l2_sq": 90,
        "linf": 5,
        "touched": 4,
        "exact_shift": False,
        "noise": NOISE,
    }
    return StagePlan(**{**fields, **changes})


def _party(number: int, **changes: Any) -> PlanParty:
    fields = {
        "number": number,
        "name": f"Hospital {number}",
        "has_cohort": number != 2,
        "certificate_sha256": CERTIFICATE,
        "attestations": tuple(Attestation) if number != 2 else (Attestation.NO_COLLUSION,),
    }
    return PlanParty(**{**fields, **changes})


def _plan(**changes: Any) -> Plan:
    counts = _stage(
        name="counts", values=3, share=0.25, units=7.0, l2_sq=49, linf=7, touched=1,
        exact_shift=True,
    )  # fmt: skip
    fields = {
        "study_id": "00112233445566778899aabbccddeeff",
        "title": "Étude 1: PAM50 × 3",
        "rehearsal": False,
        "parties": tuple(_party(i) for i in range(3)),
        "threshold": 1,
        "recipe": "marginals",
        "recipe_parameters": (("bins", 4), ("clip", 3.5), ("centred", True), ("note", "")),
        "genes": ("ESR1", "ERBB2", "MKI67"),
        "label_name": "subtype",
        "classes": ("LumA", "LumB"),
        "normalisation": "zscore",
        "n_max": 10_000,
        "holdout_share": 0.2,
        "budget": Budget(epsilon=0.9946),
        "epsilon_accounted": 0.9945,
        "patient_multiplicity": 1,
        "n_records": None,
        "sampler": 0,
        "stages": (counts, _stage()),
    }
    return Plan(**{**fields, **changes})


@pytest.fixture
def stage() -> Callable[..., StagePlan]:
    return _stage


@pytest.fixture
def party() -> Callable[..., PlanParty]:
    return _party


@pytest.fixture
def plan() -> Callable[..., Plan]:
    return _plan
