"""The stages of a joint evaluation, derived from public values; every party derives them again.

A held-out patient falls into one cell of each table, so adding or removing the patient moves as
many cells as there are tables, each by one (privacy.md section 3 row (c)): two classifiers'
confusion tables and what the plan asks for beside them. Where there are several candidate tables,
each of them has all of these. Evaluation stages touch held-out patients only and have their budget
to themselves (core/privacy/accountant.py says why).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.errors import PlanError
from core.model.joint_tables import LEVELS, QUANTILES
from core.model.judging import AGREEMENT, DISTANCES, Judging
from core.model.plan import Patients, Plan, StagePlan
from core.model.request import StageRequest
from core.synthesis.checks import require_stage

STAGE: Final = "joint-confusion"
#: With what a plan asks for beside the confusion tables.
STAGE_FURTHER: Final = "joint-tables"
LOGISTIC: Final = "logistic-regression"
FOREST: Final = "random-forest"
#: In the order of their tables in the stage's vector.
CLASSIFIERS: Final = (LOGISTIC, FOREST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One table of the stage's vector, written row by row.

    Attributes:
        kind: A classifier, or one of ``core.model.judging.FURTHER``.
        rows: One for each true class, or one only.
        columns: At least 2.
    """

    kind: str
    rows: int
    columns: int

    @property
    def cells(self) -> int:
        """Number of values."""
        return self.rows * self.columns


def shapes(judging: Judging, n_classes: int) -> tuple[Shape, ...]:
    """Return the tables that judge one synthetic cohort, in the order of the vector.

    >>> [s.cells for s in shapes(Judging(evaluation="confusion-1+distances-1"), 3)]
    [9, 9, 6]
    """
    columns = {AGREEMENT: (n_classes, len(LEVELS)), DISTANCES: (1, len(QUANTILES) + 1)}
    confusion = tuple(Shape(kind=k, rows=n_classes, columns=n_classes) for k in CLASSIFIERS)
    further = tuple(
        Shape(kind=k, rows=columns[k][0], columns=columns[k][1]) for k in judging.further
    )
    return confusion + further


def requests(
    judging: Judging | None, n_classes: int, n_candidates: int = 0
) -> tuple[StageRequest, ...]:
    """Return the stages to calibrate; none where the plan evaluates nothing.

    Args:
        judging: Of the plan.
        n_classes: Of the plan.
        n_candidates: Settings to choose from; 0 where the plan has one recipe.

    >>> [r.values for r in requests(Judging(evaluation="confusion-1"), 5)]
    [50]
    >>> [(r.values, r.touched) for r in requests(Judging(evaluation="confusion-1"), 5, 3)]
    [(150, 6)]
    """
    if judging is None or not judging.evaluation:
        return ()
    tables = shapes(judging, n_classes) * max(1, n_candidates)
    return (
        StageRequest(
            name=STAGE_FURTHER if judging.further else STAGE,
            values=sum(table.cells for table in tables),
            share=1.0,
            l2=math.sqrt(len(tables)),
            linf=1.0,
            touched=len(tables),
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
