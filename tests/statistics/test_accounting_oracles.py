"""The accountant against dp-accounting: other people's code, other methods, the same releases.

Their privacy loss distributions bracket the exact epsilon from both sides. Ours must never be
below the lower end, and is at most 12 % above the upper one (7 % in mu from 155 bits, and a grid).
"""

from __future__ import annotations

import numpy as np
import pytest
from dp_accounting.pld import privacy_loss_distribution as pld
from dp_accounting.rdp import rdp_privacy_accountant

from core.evaluation.stages import requests
from core.model.budget import Budget
from core.model.judging import CONFUSION, Judging
from core.model.plan import NoiseLadder
from core.privacy.accountant import Exposure, compose, theorem_a
from core.privacy.calibration import calibrate
from core.privacy.conversion import ORDERS, gaussian_epsilon, renyi_epsilon
from core.privacy.noise import DiscreteGaussian, Noise, certified_ladder, noise_table

MEDIUM = NoiseLadder(levels=((1, 4), (2, 4), (4, 4), (8, 155)))
GAUSSIAN = DiscreteGaussian(sigma_sq=2500.0)
MOST = 1.12


def distribution(noise: Noise, shift: int, copies: int, *, pessimistic: bool):
    """Their distribution of ``copies`` values that each move by ``shift``."""
    return distribution_of(noise_table(noise).pmf, shift, copies, pessimistic=pessimistic)


def distribution_of(p: np.ndarray, shift: int, copies: int, *, pessimistic: bool):
    """The same for noise with the probabilities ``p``."""
    kept = np.flatnonzero(p > 1e-40)
    still = {int(i): float(np.log(p[i])) for i in kept}
    moved = {int(i) + shift: float(np.log(p[i])) for i in kept}
    return pld.from_two_probability_mass_functions(
        still, moved, value_discretization_interval=1e-5, pessimistic_estimate=pessimistic
    ).self_compose(copies)


def table(noise: Noise, shift: int, cells: int, name: str = "table") -> Exposure:
    return Exposure(
        name=name,
        noise=noise,
        l2_sq=cells * shift**2,
        linf=shift,
        touched=cells,
        exact_shift=True,
    )


@pytest.mark.parametrize(
    ("noise", "shift", "cells", "delta"),
    [
        (MEDIUM, 1, 100, 1e-5),
        (MEDIUM, 1, 1000, 1e-5),
        (MEDIUM, 4, 100, 1e-6),
        (MEDIUM, 8, 20, 1e-5),
        (GAUSSIAN, 2, 400, 1e-5),
        (certified_ladder(6), 40, 100, 1e-6),
    ],
)
def test_tables(noise: Noise, shift: int, cells: int, delta: float) -> None:
    found = compose([table(noise, shift, cells)], delta).epsilon
    low = distribution(noise, shift, cells, pessimistic=False).get_epsilon_for_delta(delta)
    high = distribution(noise, shift, cells, pessimistic=True).get_epsilon_for_delta(delta)
    assert low * (1 - 1e-6) <= found <= MOST * high


def test_two_unlike_stages() -> None:
    stages = [table(MEDIUM, 1, 200, "a"), table(GAUSSIAN, 3, 40, "b")]
    found = compose(stages, 1e-5).epsilon
    low, high = (
        distribution(MEDIUM, 1, 200, pessimistic=end)
        .compose(distribution(GAUSSIAN, 3, 40, pessimistic=end))
        .get_epsilon_for_delta(1e-5)
        for end in (False, True)
    )
    assert low * (1 - 1e-6) <= found <= MOST * high


def test_one_vector_with_unlike_shifts() -> None:
    """A patient who moves values by 5, 3 and 1, known to us by the two norms only."""
    shifts = {5: 4, 3: 20, 1: 100}
    exact = None
    for shift, copies in shifts.items():
        one = distribution(MEDIUM, shift, copies, pessimistic=False)
        exact = one if exact is None else exact.compose(one)
    assert exact is not None
    exposure = Exposure(
        name="x",
        noise=MEDIUM,
        l2_sq=sum(n * s * s for s, n in shifts.items()),
        linf=5,
        touched=sum(shifts.values()),
    )
    low = exact.get_epsilon_for_delta(1e-5) * (1 - 1e-6)
    assert low <= theorem_a([exposure], 1e-5)[0]
    assert low <= compose([exposure], 1e-5, with_renyi=False).epsilon <= MOST * low


@pytest.mark.parametrize(("mu", "delta"), [(0.3, 1e-5), (1.0, 1e-6)])
def test_the_gaussian_itself(mu: float, delta: float) -> None:
    theirs = pld.from_gaussian_mechanism(1 / mu, value_discretization_interval=1e-5)
    assert gaussian_epsilon(mu, delta) == pytest.approx(
        theirs.get_epsilon_for_delta(delta), abs=1e-4
    )


@pytest.mark.parametrize("rho", [0.01, 0.1, 1.0, 10.0])
def test_the_conversion_from_renyi(rho: float) -> None:
    orders = np.array(ORDERS)
    theirs, _ = rdp_privacy_accountant.compute_epsilon(orders, rho * orders, 1e-5)
    ours = min(renyi_epsilon(rho * order, order, 1e-5) for order in ORDERS)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_held_out_patients_in_the_tables_of_three_candidates() -> None:
    """Two classifiers' tables for each of three settings: a patient moves six cells by one."""
    (asked,) = requests(Judging(evaluation=CONFUSION), 3, 3)
    made = calibrate([asked], Budget(epsilon=2.0), n_max=10_000, n_parties=3)
    (stage,) = made.stages
    assert (stage.touched, stage.l2_sq) == (6, 6 * stage.linf**2)
    low, high = (
        distribution(stage.noise, stage.linf, 6, pessimistic=end).get_epsilon_for_delta(1e-6)
        for end in (False, True)
    )
    assert low * (1 - 1e-6) <= made.account.epsilon <= MOST * high
    assert made.account.epsilon <= 2.0
