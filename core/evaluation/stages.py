"""The stages of a joint evaluation, derived from public values; every party derives them again.

A held-out patient falls into one cell of each classifier's confusion table, so adding or removing
the patient moves as many cells as there are classifiers, each by one (privacy.md section 3 row
(c)). Where there are several candidate tables, each of them has its classifiers. Evaluation stages
touch held-out patients only and have their budget to themselves (core/privacy/accountant.py says
why).
"""

from __future__ import annotations

import math
from typing import Final

from core.errors import PlanError
from core.model.judging import CONFUSION, Judging
from core.model.plan import Patients, Plan, StagePlan
from core.model.request import StageRequest
from core.synthesis.checks import require_stage

STAGE: Final = "joint-confusion"
LOGISTIC: Final = "logistic-regression"
FOREST: Final = "random-forest"
#: In the order of their tables in the stage's vector.
CLASSIFIERS: Final = (LOGISTIC, FOREST)


def requests(
    judging: Judging | None, n_classes: int, n_candidates: int = 0
) -> tuple[StageRequest, ...]:
    """Return the stages to calibrate; none where the plan evaluates nothing.

    Args:
        judging: Of the plan.
        n_classes: Of the plan.
        n_candidates: Settings to choose from; 0 where the plan has one recipe.

    >>> [r.values for r in requests(Judging(evaluation=CONFUSION), 5)]
    [50]
    >>> [(r.values, r.touched) for r in requests(Judging(evaluation=CONFUSION), 5, 3)]
    [(150, 6)]
    """
    if judging is None or judging.evaluation != CONFUSION:
        return ()
    tables = len(CLASSIFIERS) * max(1, n_candidates)
    return (
        StageRequest(
            name=STAGE,
            values=tables * n_classes**2,
            share=1.0,
            l2=math.sqrt(tables),
            linf=1.0,
            touched=tables,
            counts=True,
            patients=Patients.HOLDOUT,
        ),
    )


def check_plan(plan: Plan) -> None:
    """Refuse a plan whose evaluation stages are not exactly these.

    Raises:
        PlanError: PL201 with the field that differs.
    """
    wanted = requests(plan.judging, len(plan.classes), len(plan.candidates))
    if [s.name for s in plan.evaluation_stages] != [r.name for r in wanted]:
        raise PlanError("PL201", field="stages", reason="others than the evaluation's")
    for stage, request in zip(plan.evaluation_stages, wanted, strict=True):
        require_stage(stage, request)


def is_evaluation(stage: StagePlan) -> bool:
    """Tell whether a stage judges the table, rather than makes it."""
    return stage.patients is Patients.HOLDOUT
