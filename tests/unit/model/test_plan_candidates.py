"""A plan with candidate settings: what fits, what is refused, and that older plans stay as they
were.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import PlanError
from core.model.candidate import Candidate
from core.model.plan import Plan
from tests.unit.model.candidates import choosing
from tests.unit.model.judged import judged

Make = Callable[..., Any]
GOLDEN = Path(__file__).resolve().parents[2] / "golden"
A = Candidate(recipe="marginals", recipe_parameters=(("bins", 4),), n_genes=3)
B = dataclasses.replace(A, n_genes=2)


def test_a_plan_with_candidates_is_read_for_ever(plan: Make) -> None:
    content = (GOLDEN / "plan-4.json").read_bytes()
    read = Plan.from_bytes(content)
    assert read == choosing(plan)
    assert read.canonical_bytes() == content
    assert read.digest == "727a320ae2459b2ae6563876e4627abe376159489cc616dabb3b27af5c8db221"


def test_a_plan_without_candidates_has_no_word_about_them(plan: Make) -> None:
    tree = json.loads(judged(plan).canonical_bytes())
    assert "candidates" not in tree
    assert tree["format_version"] == 3
    tree["candidates"] = []
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(json.dumps(tree).encode())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format_version": 3}, "candidates"),
        ({"candidates": ()}, "candidates"),
        ({"candidates": (A,)}, "candidates"),
        ({"candidates": (A, A)}, "candidates"),
        ({"candidates": (B, dataclasses.replace(B, recipe="moments"))}, "n_genes"),
        ({"candidates": (dataclasses.replace(A, n_genes=4), B)}, "n_genes"),
        ({"candidates": (A, B, dataclasses.replace(A, recipe="moments"))}, "stages"),
        ({"recipe": "marginals"}, "recipe"),
        ({"recipe_parameters": (("bins", 4),)}, "recipe"),
    ],
    ids=[
        "version before candidates",
        "version of candidates without any",
        "one is no choice",
        "the same twice",
        "genes of nobody",
        "more genes than there are",
        "one without stages",
        "a recipe beside them",
        "parameters beside them",
    ],
)
def test_candidates_that_do_not_fit(plan: Make, change: dict[str, Any], field: str) -> None:
    with pytest.raises(PlanError, match=field):
        choosing(plan, **change)


def test_nothing_is_chosen_without_a_joint_evaluation(plan: Make) -> None:
    found = choosing(plan)
    with pytest.raises(PlanError, match="no joint evaluation"):
        dataclasses.replace(found, stages=found.recipe_stages, judging=None)


def test_every_training_stage_is_of_one_candidate_and_they_share_equally(plan: Make) -> None:
    found = choosing(plan)
    a1, a2, b1, b2, held = found.stages
    more = dataclasses.replace(a1, share=a1.share + 0.1)
    less = dataclasses.replace(b1, share=b1.share - 0.1)
    for stages in (
        (b1, b2, a1, a2, held),
        (a1, b1, a2, b2, held),
        (dataclasses.replace(a1, name="counts"), a2, b1, b2, held),
        (dataclasses.replace(a1, name="c:counts"), a2, b1, b2, held),
        (more, a2, less, b2, held),
    ):
        with pytest.raises(PlanError, match="stages"):
            dataclasses.replace(found, stages=stages)


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipe": ""},
        {"n_genes": 1},
        {"n_genes": 2.0},
        {"n_genes": True},
        {"recipe_parameters": (("bins", 4), ("bins", 5))},
        {"recipe_parameters": (("bins", float("nan")),)},
    ],
    ids=str,
)
def test_a_setting_that_no_recipe_could_take(wrong: dict[str, Any]) -> None:
    with pytest.raises(PlanError, match="candidates"):
        dataclasses.replace(A, **wrong)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c[0].pop("n_genes"),
        lambda c: c[0].update(share=0.5),
        lambda c: c[0].update(recipe_parameters=[["bins"]]),
        lambda c: c.append(7),
        lambda c: c.clear(),
    ],
)
def test_candidates_are_read_strictly(plan: Make, change: Callable[[Any], None]) -> None:
    tree = json.loads(choosing(plan).canonical_bytes())
    change(tree["candidates"])
    with pytest.raises(PlanError, match="PL201"):
        Plan.from_bytes(json.dumps(tree).encode())
