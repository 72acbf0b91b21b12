"""core.study.counts: sums of noisy counts, and how far they can be from the truth."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from core.errors import PlanError
from core.model.counts import HospitalCounts
from core.study.counts import SURE, margin_of, totals_of


def of(*counts: int, scale: int = 20) -> HospitalCounts:
    return HospitalCounts(key="a" * 64, counts=counts, scale=scale)


def test_sums_are_by_class_and_never_below_zero() -> None:
    assert totals_of([of(10, -4), of(3, 1)], 2) == (13, 0)
    assert totals_of([], 2) == (0, 0)


@pytest.mark.parametrize(
    ("scales", "n_classes"), [([20], 1), ([20] * 3, 4), ([5, 10, 20], 2), ([5] * 10, 8)]
)
def test_the_margin_holds_as_often_as_it_says_and_no_wider(
    scales: list[int], n_classes: int
) -> None:
    """Against draws of another generator; 200,000 studies, five standard errors."""
    random = np.random.default_rng(7)
    n = 200_000
    errors = np.zeros((n, n_classes), dtype=np.int64)
    for scale in scales:
        p = -np.expm1(-1 / scale)
        one, other = (random.geometric(p, (n, n_classes)) for _ in range(2))
        errors += one - other
    worst = np.abs(errors).max(axis=1)
    margin = margin_of(scales, n_classes)
    slack = 5 * np.sqrt(SURE * (1 - SURE) / n)
    assert np.mean(worst <= margin) >= SURE - slack
    assert np.mean(worst <= 0.8 * margin) < SURE


def test_the_smallest_class_is_within_the_margin_when_all_are() -> None:
    for truth in itertools.product((0, 5, 40), repeat=3):
        for errors in itertools.product((-9, 0, 9), repeat=3):
            noisy = [max(0, t + e) for t, e in zip(truth, errors, strict=True)]
            assert abs(min(noisy) - min(truth)) <= 9


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "x"},
        {"counts": ()},
        {"counts": (1.5,)},
        {"counts": (True,)},
        {"counts": (10**8,)},
        {"counts": (1,) * 101},
        {"scale": 1},
        {"scale": 0},
    ],
)
def test_what_no_hospital_published_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="PL201"):
        HospitalCounts(**({"key": "a" * 64, "counts": (1,), "scale": 20} | changes))  # type: ignore[arg-type]
