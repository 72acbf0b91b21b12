"""Noise that every party adds itself, in a plan: sized for its parties, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import PlanError
from core.model.plan import LocalGaussian, Plan

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
Make = Callable[..., Any]
#: Every one of three parties adds a standard deviation of 2^9; one may collude.
LOCAL = LocalGaussian(sigma_sq=2 * 512**2, contributors=3, colluders=1)


def test_local_noise_in_numbers(stage: Make) -> None:
    assert LOCAL.own_exponent == 9
    assert LOCAL.own_variance == 512**2
    assert LOCAL.variance == 2 * 512**2, "what is left when one party subtracts its own"
    assert LOCAL.opened_variance == 3 * 512**2
    assert LOCAL.half_width == 3 * 20 * 512
    assert LOCAL.bits == 0
    assert stage(noise=LOCAL).sigma_real == pytest.approx((3 * 512**2) ** 0.5 / 2.5)
    assert stage(noise=LOCAL).largest_total(3, 100) == 3 * 100 * 5 + LOCAL.half_width


def test_a_plan_with_local_noise_is_read_for_ever(plan: Make, stage: Make) -> None:
    made = plan(stages=(plan().stages[0], stage(noise=LOCAL)))
    content = (GOLDEN / "plan-3-local-noise.json").read_bytes()
    assert Plan.from_bytes(content) == made
    assert made.canonical_bytes() == content
    assert made.digest == "abb34e4f38fbe596be8c5a023b2ffd6a17bffe519443709e3e2e07d1a5988e0c"
    assert made.digest != plan().digest
    other = LocalGaussian(sigma_sq=2 * 1024**2, contributors=3, colluders=1)
    assert plan(stages=(plan().stages[0], stage(noise=other))).digest != made.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"sigma_sq": 2 * 64},  # a standard deviation of 8: below 10
        {"sigma_sq": 2 * 4**16},
        {"sigma_sq": 2 * 300**2},  # no power of two
        {"sigma_sq": 512**2},  # sized with m - t forgotten
        {"sigma_sq": 3 * 512**2},  # sized for all
        {"sigma_sq": 2 * 512.0**2},
        {"sigma_sq": 0},
        {"sigma_sq": -2 * 512**2},
        {"sigma_sq": True},
        {"contributors": 2},  # one honest party
        {"contributors": 3.0},
        {"contributors": True},
        {"colluders": 2},
        {"colluders": -1},
        {"colluders": False},
    ],
    ids=str,
)
def test_local_noise_that_would_not_protect(changes: dict[str, Any]) -> None:
    fields = {"sigma_sq": 2 * 512**2, "contributors": 3, "colluders": 1, **changes}
    with pytest.raises(PlanError, match=r"PL201.*noise"):
        LocalGaussian(**fields)


@pytest.mark.parametrize(("contributors", "colluders"), [(4, 1), (4, 2), (3, 0), (2, 0)])
def test_local_noise_is_sized_for_the_parties_of_the_plan(
    plan: Make, stage: Make, contributors: int, colluders: int
) -> None:
    noise = LocalGaussian(
        sigma_sq=(contributors - colluders) * 512**2,
        contributors=contributors,
        colluders=colluders,
    )
    with pytest.raises(PlanError, match=r"PL201.*stages\.sums\.noise"):
        plan(stages=(plan().stages[0], stage(noise=noise)))


@pytest.mark.parametrize("version", [1, 2])
def test_an_earlier_format_knows_no_local_noise(plan: Make, stage: Make, version: int) -> None:
    with pytest.raises(PlanError, match=r"PL201.*stages\.sums\.noise"):
        plan(format_version=version, stages=(plan().stages[0], stage(noise=LOCAL)))
