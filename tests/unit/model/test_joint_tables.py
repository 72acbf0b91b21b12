"""Further tables of the joint evaluation: refusals, JSON, and what they say of themselves."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from core.errors import InternalError
from core.model.joint_tables import (
    ALL,
    DistanceReading,
    JointAgreement,
    JointDistances,
    JointShare,
)

SHARE = JointShare(value=0.75, low=0.6, high=0.9, synthetic=0.8)
AGREEMENT = JointAgreement(
    n_genes=50,
    counts=((1.0, -0.5, 3.0, 9.0, 4.0), (0.0, 1.0, 2.0, 3.0, 4.0)),
    noise_sd=2.0,
    overall=SHARE,
    by_class=(SHARE, SHARE),
)
DISTANCES = JointDistances(
    edges=(0.1, 0.2, 0.2, 0.4, 0.5),
    counts=(1.0, 2.0, 3.0, -4.0, 5.0, 6.0),
    synthetic=(0.05, 0.2, 0.25, 0.25, 0.2, 0.05),
    noise_sd=2.0,
    closer=replace(SHARE, synthetic=0.7),
    further=replace(SHARE, value=0.05, low=0.0, high=0.1, synthetic=0.05),
)


def test_they_survive_json() -> None:
    for kept in (AGREEMENT, DISTANCES):
        assert type(kept).from_tree(json.loads(json.dumps(asdict(kept)))) == kept
        tree = asdict(kept)
        with pytest.raises(TypeError):
            type(kept).from_tree({**tree, "exact": 3})
        with pytest.raises(KeyError):
            type(kept).from_tree({k: v for k, v in tree.items() if k != "counts"})


@pytest.mark.parametrize("change", [
    {"value": 0.5}, {"low": -0.1}, {"high": 1.2}, {"synthetic": 1.1}, {"value": float("nan")},
])  # fmt: skip
def test_a_share_lies_in_its_interval(change: dict[str, float]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        replace(SHARE, **change)


@pytest.mark.parametrize("change", [
    {"counts": ((1.0,) * 4,) * 2}, {"counts": ()}, {"by_class": (SHARE,)}, {"noise_sd": 0.0},
    {"counts": ((float("inf"),) * 5,) * 2}, {"n_genes": 0},
])  # fmt: skip
def test_agreement_has_the_planned_columns(change: dict[str, object]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        replace(AGREEMENT, **change)


@pytest.mark.parametrize("change", [
    {"edges": (0.2, 0.1, 0.3, 0.4, 0.5)}, {"edges": (0.1,)}, {"counts": (1.0,) * 5},
    {"synthetic": (0.5, 0.5)}, {"edges": (0.1, 0.2, 0.3, 0.4, float("inf"))},
])  # fmt: skip
def test_distances_have_edges_in_order(change: dict[str, object]) -> None:
    with pytest.raises(InternalError, match="IN901"):
        replace(DISTANCES, **change)


def test_only_what_stands_out_of_the_interval_is_said() -> None:
    assert AGREEMENT.above_chance
    assert not replace(AGREEMENT, overall=replace(SHARE, low=0.5)).above_chance
    assert AGREEMENT.rows(("x", "y"))[0] == (ALL, SHARE)
    assert DISTANCES.reading is DistanceReading.ALIKE
    far = replace(DISTANCES.further, low=0.06, value=0.08)
    near = replace(DISTANCES.closer, low=0.71)
    assert replace(DISTANCES, further=far).reading is DistanceReading.MISSES
    assert replace(DISTANCES, closer=near).reading is DistanceReading.SPREADS
    assert replace(DISTANCES, closer=near, further=far).reading is DistanceReading.MISSES
