"""The other values of core.model: what each refuses, and that arrays inside cannot be changed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.errors import InternalError, PlanError, ProtocolError
from core.model.cohort import Check, CheckState, CohortSummary, GeneNaming, Scale
from core.model.measurement import Measurement, measurements_digest
from core.model.measures import Direction, Group, Interval, Measure, Reason
from core.model.plan import StagePlan
from core.model.quality import (
    Advice,
    Depth,
    QualityReport,
    Usefulness,
)
from core.model.release import SyntheticCohort
from core.model.request import StageRequest

Stage = Callable[..., StagePlan]


# ---------------------------------------------------------------- requests


def request(**changes: Any) -> StageRequest:
    fields = {
        "name": "sums",
        "values": 100,
        "share": 0.5,
        "l2": 6.0,
        "linf": 4.0,
        "touched": 20,
        "counts": False,
    }
    return StageRequest(**{**fields, **changes})


@pytest.mark.parametrize(
    "change",
    [
        *[{f: v} for f in ("share", "l2", "linf") for v in (0.0, -1.0, math.nan, math.inf)],
        {"touched": 0},
        {"touched": 101},
        {"counts": True},
        {"counts": True, "linf": 1.0, "l2": 4.0},
    ],
    ids=str,
)
def test_what_is_no_request(change: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match=r"PL201.*stages\.sums"):
        request(**change)


def test_a_count_table_moves_by_one() -> None:
    assert request(counts=True, linf=1, l2=math.sqrt(20)).touched == 20


# ---------------------------------------------------------------- measurements


def test_a_measurement_keeps_its_own_totals(stage: Stage) -> None:
    totals = np.arange(12, dtype=np.int64) - 5
    measured = Measurement(stage=stage(), totals=totals)
    totals[:] = 0
    assert measured.totals.tolist() == list(range(-5, 7))
    with pytest.raises(ValueError, match="read-only"):
        measured.totals[0] = 1
    real = measured.real()
    assert real.dtype == np.float64
    assert real.tolist() == [v / 2.5 for v in range(-5, 7)]


@pytest.mark.parametrize(
    "totals",
    [
        np.zeros(11, dtype=np.int64),
        np.zeros((12, 1), dtype=np.int64),
        np.zeros(12, dtype=np.int32),
        np.zeros(12, dtype=np.float64),
        np.zeros(12, dtype=object),
    ],
    ids=lambda t: f"{t.dtype}{t.shape}",
)
def test_what_is_no_measurement(stage: Stage, totals: Any) -> None:
    with pytest.raises(ProtocolError, match=r"PR507.*sums"):
        Measurement(stage=stage(), totals=totals)


def test_the_digest_of_measurements_is_fixed(stage: Stage) -> None:
    """Two versions that hash differently could not agree on what was opened."""
    totals = np.array([1, -2, 2**60], dtype=np.int64)
    made = Measurement(stage=stage(name="a", values=3, touched=3, l2_sq=60), totals=totals)
    expected = hashlib.sha256(b"syncohort-measurements-1a\0" + (3).to_bytes(8, "little"))
    for value in totals.tolist():
        expected.update(value.to_bytes(8, "little", signed=True))
    assert measurements_digest([made]) == expected.hexdigest()
    assert measurements_digest([made, made]) != measurements_digest([made])
    changed = Measurement(stage=made.stage, totals=totals + np.array([0, 0, 1]))
    assert measurements_digest([changed]) != measurements_digest([made])
    assert measurements_digest([]) != measurements_digest([made])


# ---------------------------------------------------------------- synthetic cohorts


def synthetic(**changes: Any) -> SyntheticCohort:
    fields = {
        "label_name": "subtype",
        "classes": ("A", "B"),
        "genes": ("G1", "G2", "G3"),
        "class_index": np.array([0, 1, 1, 0], dtype=np.int64),
        "values": np.ones((4, 3)),
    }
    return SyntheticCohort(**{**fields, **changes})


def test_a_synthetic_cohort_keeps_its_own_values() -> None:
    values = np.ones((4, 3))
    made = synthetic(values=values)
    values[:] = 7
    assert made.n_records == 4
    assert float(made.values.max()) == 1.0
    for array in (made.values, made.class_index):
        assert not array.flags.writeable


def test_a_synthetic_cohort_may_be_empty() -> None:
    made = synthetic(class_index=np.zeros(0, dtype=np.int64), values=np.zeros((0, 3)))
    assert made.n_records == 0


@pytest.mark.parametrize(
    "change",
    [
        {"values": np.ones((4, 2))},
        {"values": np.ones((3, 3))},
        {"values": np.full((4, 3), np.nan)},
        {"values": np.full((4, 3), np.inf)},
        {"class_index": np.array([0, 1, 2, 0])},
        {"class_index": np.array([0, 1, -1, 0])},
    ],
    ids=str,
)
def test_what_is_no_synthetic_cohort(change: dict[str, Any]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        synthetic(**change)


# ---------------------------------------------------------------- cohorts and quality


def test_one_problem_makes_a_cohort_unusable() -> None:
    def summary(*states: CheckState) -> CohortSummary:
        return CohortSummary(
            file_name="a.csv",
            n_records=10,
            n_left_out=0,
            n_genes=3,
            scale=Scale.LOG,
            naming=GeneNaming.SYMBOL,
            label_name="subtype",
            class_counts=(("A", 6), ("B", 4)),
            checks=tuple(Check(key="values", state=s, text="x") for s in states),
            fingerprint="0" * 64,
        )

    assert summary().usable
    assert summary(CheckState.OK, CheckState.NOTE).usable
    assert not summary(CheckState.OK, CheckState.PROBLEM).usable


def usefulness(**changes: Any) -> Usefulness:
    fields = {
        "ratio": 0.8,
        "low": 0.7,
        "high": 0.9,
        "signal": 1.2,
        "genes_for_good": 40,
        "advice": Advice.GOOD,
    }
    return Usefulness(**{**fields, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"low": -0.1},
        {"low": 0.85},
        {"high": 0.75},
        {"high": 1.1},
        {"ratio": math.nan},
        {"signal": math.inf},
        {"signal": math.nan},
    ],
    ids=str,
)
def test_what_is_no_expectation(change: dict[str, Any]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        usefulness(**change)


def measure(**changes: Any) -> Measure:
    fields = {
        "key": "wasserstein",
        "group": Group.RESEMBLANCE,
        "value": 0.2,
        "reference": None,
        "better": Direction.LOWER,
        "low": 0.0,
        "high": 1.0,
    }
    return Measure(**{**fields, **changes})


@pytest.mark.parametrize(
    "change",
    [
        *[{f: v} for f in ("value", "reference", "low", "high") for v in (math.nan, math.inf)],
        {"low": 1.0},
        {"low": 2.0},
        {"value": None, "interval": Interval(low=0.1, high=0.3)},
        {"interval": Interval(low=0.3, high=0.4)},
        {"reason": Reason.FEW_PATIENTS},
    ],
    ids=str,
)
def test_what_is_no_measure(change: dict[str, Any]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        measure(**change)


def test_a_measure_is_found_by_its_key() -> None:
    report = QualityReport(
        depth=Depth.QUICK,
        n_train=8,
        n_holdout=2,
        n_synthetic=10,
        classes=("A", "B"),
        measures=(measure(), measure(key="correlation", value=None)),
        pca=None,
        curves=(),
        correlations=None,
        utility=(),
        class_scores=(),
    )
    found = report.measure("correlation")
    assert found is not None
    assert found.value is None
    assert report.measure("x") is None
    assert usefulness().advice is Advice.GOOD
