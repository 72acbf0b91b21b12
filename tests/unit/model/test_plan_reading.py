"""Plans of others are read strictly: whatever is not exactly a plan is refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import PlanError
from core.model.plan import NoiseLadder, Plan, PlanParty, StagePlan
from core.model.stage import is_number

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "plan-3-local-noise.json"

Make = Callable[..., Any]


# ---------------------------------------------------------------- another's bytes


def changed(plan: Plan, *path: Any, value: Any) -> bytes:
    """The plan's JSON with one place changed; Ellipsis removes it."""
    tree = json.loads(plan.canonical_bytes())
    place = tree
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(tree).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("title",), ...),
        (("surprise",), 1),
        (("title",), 5),
        (("parties",), {}),
        (("parties",), ["x"]),
        (("parties", 0, "surprise"), 1),
        (("parties", 0, "name"), ...),
        (("stages",), None),
        (("stages", 0), 5),
        (("stages", 0, "noise"), []),
        (("stages", 0, "noise", "surprise"), 1),
        (("stages", 0, "noise"), {"sigma_sq": 524288, "contributors": 3}),
        (("stages", 0, "noise"), {"sigma_sq": 524288, "contributors": 3, "colluders": 1, "n": 1}),
        (("stages", 0, "noise"), {"sigma_sq": "524288", "contributors": 3, "colluders": 1}),
        (("stages", 0, "noise"), {"sigma_sq": [524288], "contributors": 3, "colluders": 1}),
        (("stages", 0, "noise"), {"levels": [[1, 4]], "sigma_sq": 524288}),
        (("stages", 0, "noise", "levels"), [[1, 2, 3]]),
        (("stages", 0, "noise", "levels"), [1, 2]),
        (("stages", 0, "noise", "levels"), "ab"),
        (("stages", 0, "noise", "levels"), [["1", 2]]),
        (("stages", 0, "units"), "7"),
        (("stages", 0, "units"), 10**400),
        (("stages", 0, "units"), float("nan")),
        (("stages", 0, "share"), float("inf")),
        (("budget",), 4.0),
        (("budget", "surprise"), 1),
        (("recipe_parameters",), {"bins": 4}),
        (("recipe_parameters",), [["bins", [4]]]),
        (("recipe_parameters",), [[["bins"], 4]]),
        (("recipe_parameters",), [["bins", float("nan")]]),
        (("genes",), "ABC"),
        (("genes",), {"A": 1, "B": 2}),
        (("genes",), [["A"], ["B"]]),
        (("classes",), None),
        (("n_records",), "many"),
        (("holdout_share",), [0.2]),
        (("epsilon_accounted",), None),
    ],
    ids=str,
)
def test_bytes_that_are_no_plan(plan: Make, path: tuple[Any, ...], value: Any) -> None:
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(changed(plan(), *path, value=value))


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"[]", b"7", b'"plan"', b"null", b"[" * 100_000, b"9" * 5000],
    ids=lambda c: repr(c[:10]),
)
def test_bytes_that_are_no_json_object(content: bytes) -> None:
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(content)


@pytest.mark.parametrize("version", [5, 0, None, True, "1", ...])
def test_a_plan_of_another_version(plan: Make, version: Any) -> None:
    with pytest.raises(PlanError, match="PL209"):
        Plan.from_bytes(changed(plan(), "format_version", value=version))


@pytest.mark.parametrize(
    ("field", "value"),
    [("adjacency", "replace-one-patient"), ("adjacency", ...), ("format_version", 1)],
)
def test_a_plan_states_the_adjacency_of_its_version(plan: Make, field: str, value: Any) -> None:
    """A later plan without it, one with another, and a first version with one are refused."""
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(changed(plan(), field, value=value))


def test_a_budget_beyond_the_largest_is_refused_on_reading(plan: Make) -> None:
    from core.errors import BudgetError

    for value in (51.0, float("nan"), 10**400):
        with pytest.raises((BudgetError, PlanError)):
            Plan.from_bytes(changed(plan(), "budget", "epsilon", value=value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FIELDS = [f.name for f in dataclasses.fields(Plan)]


@given(field=st.sampled_from(FIELDS), value=JSON)
def test_any_value_in_any_place_is_read_or_refused(field: str, value: Any) -> None:
    """Never another exception, and never a plan that does not come back as itself."""
    from core.errors import SynCohortError

    tree = json.loads(GOLDEN.read_bytes())
    tree[field] = value
    try:
        read = Plan.from_bytes(json.dumps(tree).encode())
    except SynCohortError:
        return
    assert Plan.from_bytes(read.canonical_bytes()) == read


@given(st.binary(max_size=60))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(PlanError):
        Plan.from_bytes(content)


def test_numbers_that_are_none() -> None:
    for value in (True, None, "1", float("nan"), float("-inf"), 10**400, [1]):
        assert not is_number(value)
    for value in (0, -3, 0.5, 10**200):
        assert is_number(value)


def test_values_are_frozen(plan: Make, party: Make) -> None:
    made = plan()
    for value in (made, made.stages[0], made.stages[0].noise, party(0)):
        assert isinstance(value, Plan | StagePlan | NoiseLadder | PlanParty)
        field = dataclasses.fields(value)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, "x")
