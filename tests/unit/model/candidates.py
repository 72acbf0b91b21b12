"""The small plan of these tests with two candidate settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from core.model.candidate import Candidate, stage_of
from core.model.plan import Plan
from tests.unit.model.judged import judged


def choosing(plan: Callable[..., Plan], **changes: Any) -> Plan:
    """Return the judged plan with two candidates, each with half of the budget."""
    one = judged(plan)
    stages = tuple(
        dataclasses.replace(s, name=stage_of(letter, s.name), share=s.share / 2)
        for letter in "ab"
        for s in one.recipe_stages
    )
    fields: dict[str, Any] = {
        "format_version": 4,
        "recipe": "",
        "recipe_parameters": (),
        "candidates": (
            Candidate(recipe="marginals", recipe_parameters=(("bins", 4),), n_genes=3),
            Candidate(recipe="moments", recipe_parameters=(("note", ""),), n_genes=2),
        ),
        "stages": (*stages, *one.evaluation_stages),
    }
    return dataclasses.replace(one, **{**fields, **changes})
