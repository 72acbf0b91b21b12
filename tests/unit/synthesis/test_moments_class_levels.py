"""Level and spread of records by class: bounds, what comes back, and what noise may not invent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.measurement import Measurement
from core.model.stage import StagePlan
from core.privacy.noise import certified_ladder
from core.randomness import SamplingSource
from core.statistics.statistic import PatientRecord, total
from core.synthesis.moments.class_levels import ClassLevels, by_class
from core.synthesis.moments.levels import LevelModel
from core.worker.commands.trial import OpenRecords

UNITS = 4000.0
WINDOW = np.array([2.0, 1.0])
AROUND = np.array([3.0, 2.0])
OVERALL = LevelModel(
    mean=AROUND,
    sd=np.array([0.5, 0.2]),
    correlation=0.4,
    error=np.array([0.1, 0.1]),
    clear=np.array([False, False]),
)


def stage(units: float = UNITS, n_classes: int = 3) -> StagePlan:
    linf = int(units)
    return StagePlan(
        name="class-levels",
        values=2 * n_classes,
        share=1.0,
        units=units,
        l2_sq=2 * linf**2,
        linf=linf,
        touched=2,
        exact_shift=False,
        noise=certified_ladder(8),
    )


def statistic(planned: StagePlan) -> ClassLevels:
    return ClassLevels(stage=planned, around=AROUND, window=WINDOW)


def one(level: float, spread: float, label: int) -> PatientRecord:
    return PatientRecord(values=np.zeros(2), class_index=label, level=level, spread=spread)


def many(per_class: int, away: np.ndarray, seed: int = 0) -> OpenRecords:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(away)), per_class)
    levels = AROUND + away[labels] + rng.normal(0, [0.2, 0.1], (len(labels), 2))
    return OpenRecords(values=np.zeros((len(labels), 2)), class_index=labels, levels=levels)


AWAY = np.array([[0.5, 0.2], [0.0, 0.0], [-0.8, -0.1]])


@given(level=st.floats(-100, 100), spread=st.floats(0.001, 100), label=st.integers(0, 2))
def test_a_patient_moves_the_two_numbers_of_the_own_class_within_the_bounds(
    level: float, spread: float, label: int
) -> None:
    made = statistic(stage()).contribution(one(level, spread, label))
    assert made.cells.tolist() == [2 * label, 2 * label + 1]
    assert sum(v * v for v in made.amounts.tolist()) <= stage().l2_sq
    assert int(np.abs(made.amounts).max()) <= stage().linf


def test_without_noise_the_classes_come_back() -> None:
    patients = many(500, AWAY)
    sums = Measurement(stage=stage(1e6), totals=total(statistic(stage(1e6)), stage(1e6), patients))
    model = by_class(OVERALL, sums, np.full(3, 500.0), WINDOW)
    assert model.away is not None
    np.testing.assert_allclose(model.mean, patients.levels.mean(axis=0), atol=2e-3)
    np.testing.assert_allclose(model.mean + model.away, AROUND + AWAY, atol=0.04)
    labels = np.repeat(np.arange(3), 5000)
    drawn = model.sample(labels, SamplingSource(2))
    means = np.stack([drawn[labels == c].mean(axis=0) for c in range(3)])
    np.testing.assert_allclose(means, AROUND + AWAY, atol=0.06)


def test_a_measured_spread_is_shared_between_classes_and_records() -> None:
    patients = many(500, AWAY)
    known = LevelModel(
        mean=AROUND,
        sd=patients.levels.std(axis=0),
        correlation=0.0,
        error=np.zeros(2),
        clear=np.array([True, True]),
    )
    sums = Measurement(stage=stage(1e6), totals=total(statistic(stage(1e6)), stage(1e6), patients))
    model = by_class(known, sums, np.full(3, 500.0), WINDOW)
    np.testing.assert_allclose(model.sd, [0.2, 0.1], rtol=0.1)


def test_noise_alone_makes_no_difference_between_classes() -> None:
    """Over many draws around equal classes, what is believed is much less than the noise."""
    planned, rng = stage(200.0), np.random.default_rng(5)
    patients = many(60, np.zeros((3, 2)))
    exact = total(statistic(planned), planned, patients)
    noisy, believed = [], []
    for _ in range(200):
        noise = np.rint(rng.normal(0, planned.noise.variance**0.5, 6)).astype(np.int64)
        model = by_class(
            OVERALL, Measurement(stage=planned, totals=exact + noise), np.full(3, 60.0), WINDOW
        )
        assert model.away is not None
        believed.append(np.square(model.away).mean(axis=0))
        noisy.append(np.square(noise.reshape(3, 2) / planned.units / 60.0 * WINDOW).mean(axis=0))
    assert (np.mean(believed, axis=0) < 0.45 * np.mean(noisy, axis=0)).all()


def test_records_without_classes_are_drawn_as_before() -> None:
    drawn = OVERALL.sample(np.zeros(10, np.int64), SamplingSource(1))
    with_none = OVERALL.sample(np.arange(10), SamplingSource(1))
    np.testing.assert_array_equal(drawn, with_none)


@pytest.mark.parametrize("count", [5.0, 5000.0])
@given(totals=st.lists(st.integers(-(10**12), 10**12), min_size=6, max_size=6))
def test_whatever_was_opened_gives_records_that_can_exist(count: float, totals: list[int]) -> None:
    sums = Measurement(stage=stage(), totals=np.array(totals, dtype=np.int64))
    model = by_class(OVERALL, sums, np.full(3, count), WINDOW)
    drawn = model.sample(np.arange(30) % 3, SamplingSource(1))
    assert np.isfinite(drawn).all()
    assert (drawn[:, 1] > 0).all()
