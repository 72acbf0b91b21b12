"""core.synthesis.moments.levels: records get back a level and a spread of their own."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.measurement import Measurement
from core.model.plan import NoiseLadder, StagePlan
from core.randomness import SamplingSource
from core.statistics.statistic import PatientRecord, total
from core.synthesis.moments.levels import L2, LINF, N_SUMS, LevelRange, Levels, fitted_levels

WITHIN = LevelRange(level=16.0, spread=5.0)
UNITS = 10_000.0
NUMBERS = st.floats(-1e6, 1e6)


def stage(top_bits: int = 4) -> StagePlan:
    return StagePlan(
        name="levels",
        values=N_SUMS,
        share=1.0,
        units=UNITS,
        l2_sq=math.floor((UNITS * L2) ** 2),
        linf=math.floor(UNITS * LINF),
        touched=N_SUMS,
        exact_shift=False,
        noise=NoiseLadder(levels=((1, 4), (2, 4), (4, top_bits))),
    )


def record(level: float, spread: float) -> PatientRecord:
    return PatientRecord(values=np.zeros(3), class_index=0, level=level, spread=spread)


def many(n: int, seed: int = 1) -> SimpleNamespace:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 2))
    levels = np.stack([6 + 0.9 * z[:, 0], 2.2 + 0.4 * (0.6 * z[:, 0] + 0.8 * z[:, 1])], axis=1)
    return SimpleNamespace(
        values=np.zeros((n, 3)), class_index=np.zeros(n, np.int64), levels=levels
    )


@given(level=NUMBERS, spread=NUMBERS)
def test_no_patient_moves_the_sums_further_than_planned(level: float, spread: float) -> None:
    made = Levels(stage=stage(), within=WITHIN).contribution(record(level, spread))
    assert int((made.amounts**2).sum()) <= stage().l2_sq
    assert int(np.abs(made.amounts).max()) <= stage().linf
    bounded = WITHIN.bounded(level, spread)
    a, b = bounded
    assert max(abs(a), abs(b)) <= 1
    assert math.hypot(a, b, a * a - 0.5, b * b - 0.5, a * b) <= L2 + 1e-12


def test_the_bound_is_reached_so_it_is_not_larger_than_needed() -> None:
    made = Levels(stage=stage(), within=WITHIN).contribution(record(99.0, 99.0))
    assert int((made.amounts**2).sum()) >= stage().l2_sq * 0.999


def test_without_noise_level_and_spread_come_back() -> None:
    patients = many(4000)
    totals = total(Levels(stage=stage(), within=WITHIN), stage(), patients)
    model = fitted_levels(Measurement(stage=stage(), totals=totals), 4000.0, WITHIN)
    np.testing.assert_allclose(model.mean, patients.levels.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(model.sd, patients.levels.std(axis=0), atol=1e-3)
    assert model.correlation == pytest.approx(np.corrcoef(patients.levels.T)[0, 1], abs=0.01)
    drawn = model.sample(np.zeros(20_000, np.int64), SamplingSource(3))
    np.testing.assert_allclose(drawn.mean(axis=0), model.mean, atol=0.03)
    np.testing.assert_allclose(drawn.std(axis=0), model.sd, rtol=0.03)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(model.correlation, abs=0.03)
    np.testing.assert_array_equal(
        drawn, model.sample(np.zeros(20_000, np.int64), SamplingSource(3))
    )


def test_a_variance_that_the_noise_hides_is_not_believed() -> None:
    loud = stage(4_000_000)
    totals = total(Levels(stage=loud, within=WITHIN), loud, many(50))
    rng = np.random.default_rng(0)
    noisy = totals + np.rint(rng.normal(0, loud.sigma_real * UNITS, N_SUMS)).astype(np.int64)
    model = fitted_levels(Measurement(stage=loud, totals=noisy), 50.0, WITHIN)
    assert (model.sd > 0).all()
    assert (model.sd < 2.0).all()
    assert (model.error > 0).all()


@given(totals=st.lists(st.integers(-(10**12), 10**12), min_size=N_SUMS, max_size=N_SUMS))
def test_whatever_was_opened_gives_records_that_can_exist(totals: list[int]) -> None:
    measurement = Measurement(stage=stage(), totals=np.array(totals, dtype=np.int64))
    drawn = fitted_levels(measurement, 100.0, WITHIN).sample(
        np.zeros(50, np.int64), SamplingSource(1)
    )
    assert np.isfinite(drawn).all()
    assert (drawn[:, 1] > 0).all()
