"""What the joint evaluation counts, in words, with what asking for more costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.evaluation.foresight import USUAL_HELD_OUT, expected_width
from core.evaluation.stages import CLASSIFIERS, FOREST, LOGISTIC, shapes
from core.model.judging import AGREEMENT, CONFUSION, DISTANCES, Judging
from core.model.plan import Plan

_COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        LOGISTIC: "diagnosis by what a logistic regression trained on the table says",
        FOREST: "diagnosis by what a random forest trained on the table says",
        AGREEMENT: "diagnosis by how many of the genes that the table names for it lie on the "
        "side it says, in quarters",
        DISTANCES: "distance to the nearest synthetic record, between quantiles of the records' "
        "own",
    }
)


def explain_tables(plan: Plan) -> tuple[str, ...]:
    """Return what one held-out patient is counted in, and how sure the score will be; nothing
    without a joint evaluation.
    """
    judging = plan.judging
    if judging is None or not judging.evaluation:
        return ()
    n = len(plan.classes)
    (stage,) = plan.evaluation_stages
    kinds = [shape.kind for shape in shapes(judging, n)]
    named = "; ".join(f"{k}) {_COUNTED[kind]}" for k, kind in enumerate(kinds, start=1))
    each = " for each candidate" if plan.candidates else ""
    wide = expected_width(judging, n, USUAL_HELD_OUT, stage.sigma_real)
    words = (
        f"The joint evaluation counts every held-out patient in one cell of each of {len(kinds)} "
        f"tables{each}: {named}. They share the held-out patients' budget. With "
        f"{USUAL_HELD_OUT} held-out patients of all hospitals, the diagnoses evenly common, the "
        f"95 % interval of macro-F1 will be about {wide:.2f} wide"
    )
    if not judging.further:
        return (f"{words}.",)
    less = stage.sigma_real * math.sqrt(len(CLASSIFIERS) / len(kinds))
    alone = expected_width(Judging(evaluation=CONFUSION), n, USUAL_HELD_OUT, less)
    return (f"{words}; with the first {len(CLASSIFIERS)} tables alone, {alone:.2f}.",)
