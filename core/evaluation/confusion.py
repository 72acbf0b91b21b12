"""What one held-out patient adds to the evaluation: one cell of each classifier's table.

References:
    privacy.md section 3 row (c).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.evaluation.classifiers import Classifier, trained
from core.model.plan import Plan, StagePlan
from core.model.release import SyntheticCohort
from core.statistics.statistic import Contribution, PatientRecord, Records, total
from core.synthesis.checks import require_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """A statistic: tables of true class x predicted class, one after the other.

    Attributes:
        classifiers: Trained on the synthetic table.
        n_classes: Of the plan.
        amount: Integer units of one patient.
    """

    classifiers: Sequence[Classifier]
    n_classes: int
    amount: int

    @property
    def length(self) -> int:
        """Number of cells of all tables."""
        return len(self.classifiers) * self.n_classes**2

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return one cell of each table.

        Reveals:
            Nothing: the result stays in this process until it is summed and secret-shared.
        """
        size = self.n_classes**2
        true = record.class_index * self.n_classes
        cells = [
            start * size + true + classifier.says(record.values)
            for start, classifier in enumerate(self.classifiers)
        ]
        amounts = np.full(len(cells), self.amount, dtype=np.int64)
        return Contribution(cells=np.array(cells, dtype=np.int64), amounts=amounts)


def local_total(
    plan: Plan, stage: StagePlan, table: SyntheticCohort, held_out: Records | None
) -> NDArray[np.int64]:
    """Return this party's vector of an evaluation stage.

    Args:
        plan: A plan that ``core.evaluation.stages.check_plan`` accepted.
        stage: One of its evaluation stages.
        table: The synthetic table as it was handed to every party.
        held_out: The hospital's held-out records; None at a compute partner.

    Returns:
        Shape (stage.values,), int64, integer units; zeros for a compute partner.

    Reveals:
        Nothing by itself; the vector goes to ``SecureAggregator.measure`` only.

    Raises:
        InternalError: IN901 if the stage is none of the plan's evaluation.
        CohortError: CH115 if there are more records than the plan allows.
    """
    if stage not in plan.evaluation_stages:
        rule = "held-out patients are touched by evaluation stages only"
        raise InternalError("IN901", rule=rule)
    if held_out is None:
        return np.zeros(stage.values, dtype=np.int64)
    require_records(plan, held_out)
    statistic = Confusion(
        classifiers=trained(table), n_classes=len(plan.classes), amount=stage.linf
    )
    return total(statistic, stage, held_out)
