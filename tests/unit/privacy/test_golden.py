"""The accountant against 51 cases computed by an independent reference."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import SynCohortError
from core.model.plan import NoiseLadder
from core.privacy.accountant import TAIL_PROPORTION, Exposure, compose, theorem_a
from core.privacy.conversion import ORDERS, gaussian_epsilon, gaussian_mu
from core.privacy.loss import gaussian_shift, renyi_shift
from core.privacy.noise import DiscreteGaussian, Noise, cut_for, noise_table, tail_mass

GOLDEN = json.loads(
    (Path(__file__).resolve().parents[2] / "golden" / "accounting.json").read_text("utf-8")
)


def noise_of(tree: dict[str, Any]) -> Noise:
    if tree["kind"] == "msb":
        return NoiseLadder(levels=tuple((w, n) for w, n in tree["levels"]))
    return DiscreteGaussian(sigma_sq=float(tree["sigma_sq"]))


def accounted(case: dict[str, Any]) -> dict[str, float]:
    try:
        exposures = [
            Exposure(
                name=s["name"],
                noise=noise_of(s["noise"]),
                l2_sq=s["l2_sq"],
                linf=s["linf"],
                touched=s["touched"],
                exact_shift=s["exact"],
            )
            for s in case["stages"]
        ]
        whole = compose(exposures, case["delta"], case["extra_delta"])
        renyi, _ = theorem_a(exposures, case["delta"], case["extra_delta"])
    except SynCohortError:
        return {"error": 1}
    return {
        "eps_gdp": whole.epsilon_gaussian,
        "mu": whole.mu,
        "delta_tail": whole.delta_tail,
        "eps_rdp": renyi,
        "eps": whole.epsilon,
    }


def tabulated(case: dict[str, Any]) -> dict[str, float]:
    noise = noise_of(case["noise"])
    table = noise_table(noise)
    h = table.half_width
    at = {f"p{z}": float(table.pmf[h + z]) for z in case["at"]}
    return {"half_width": h, "variance": noise.variance, **at}


EVALUATE: dict[str, Callable[[dict[str, Any]], dict[str, float]]] = {
    "pmf": tabulated,
    "tail": lambda c: {"tail_two_sided": tail_mass(noise_of(c["noise"]), c["t0"])},
    "cut": lambda c: {"t0": cut_for(noise_of(c["noise"]), c["tau"])},
    "renyi": lambda c: {"d_alpha": renyi_shift(noise_of(c["noise"]), c["s"], c["alpha"], c["t0"])},
    "gdp_shift": lambda c: {"mu": gaussian_shift(noise_of(c["noise"]), c["s"], c["t0"])},
    "gaussian_eps": lambda c: {"eps": gaussian_epsilon(c["mu"], c["delta"])},
    "gaussian_mu": lambda c: {"mu": gaussian_mu(c["eps"], c["delta"])},
    "account": accounted,
}


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda c: c["id"])
def test_golden(case: dict[str, Any]) -> None:
    found = EVALUATE[case["kind"]](case["input"])
    assert found.keys() == case["expected"].keys()
    for key, value in case["expected"].items():
        assert found[key] == pytest.approx(value, rel=case["rtol"], abs=case["atol"]), key


def test_the_reference_and_we_use_the_same_orders_and_tails() -> None:
    assert pytest.approx(GOLDEN["alphas"], rel=1e-15) == ORDERS
    assert GOLDEN["tail_fraction"] == TAIL_PROPORTION
    assert len(GOLDEN["cases"]) == 51
