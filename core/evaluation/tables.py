"""What one held-out patient adds to the evaluation: one cell of each table.

References:
    privacy.md section 3 row (c).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.cohort.narrowing import narrowed_record
from core.errors import InternalError
from core.evaluation.agreement import AgreementTable
from core.evaluation.classifiers import Classifier, trained
from core.evaluation.distances import DistanceTable
from core.evaluation.stages import shapes
from core.model.judging import AGREEMENT, DISTANCES, Judging
from core.model.plan import Plan, StagePlan
from core.model.release import SyntheticCohort
from core.statistics.statistic import Contribution, PatientRecord, Records, total
from core.synthesis.checks import require_records


class Question(Protocol):
    """One table: which of its cells a patient falls into."""

    @property
    def cells(self) -> int:
        """Number of cells."""
        ...

    def cell(self, record: PatientRecord) -> int:
        """Return the one cell of this patient, 0 to ``cells`` - 1: a function of the record and
        of the released table.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """True class x predicted class.

    Attributes:
        classifier: Trained on the synthetic table.
        n_classes: Of the plan.
    """

    classifier: Classifier
    n_classes: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.n_classes**2

    def cell(self, record: PatientRecord) -> int:
        """Return row and column of this patient."""
        return record.class_index * self.n_classes + self.classifier.says(record.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """A statistic: tables, one after the other.

    Attributes:
        questions: One for each table.
        amount: Integer units of one patient.
    """

    questions: Sequence[Question]
    amount: int

    @property
    def length(self) -> int:
        """Number of cells of all tables."""
        return sum(question.cells for question in self.questions)

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return one cell of each table.

        Reveals:
            Nothing: the result stays in this process until it is summed and secret-shared.

        Raises:
            InternalError: IN901 if a question answers with a cell of another table.
        """
        cells, start = [], 0
        for question in self.questions:
            cell = question.cell(record)
            if not 0 <= cell < question.cells:
                raise InternalError("IN901", rule="a patient falls into one cell of each table")
            cells.append(start + cell)
            start += question.cells
        amounts = np.full(len(cells), self.amount, dtype=np.int64)
        return Contribution(cells=np.array(cells, dtype=np.int64), amounts=amounts)


def questions(judging: Judging, table: SyntheticCohort) -> tuple[Question, ...]:
    """Return the tables of one synthetic cohort, in the order of ``shapes``.

    Reveals:
        Nothing beyond the synthetic cohort.

    Raises:
        InternalError: IN901 if they are not of the planned shapes.
    """
    n = len(table.classes)
    asked: list[Question] = [Confusion(classifier=c, n_classes=n) for c in trained(table)]
    if AGREEMENT in judging.further:
        asked.append(AgreementTable.of(table))
    if DISTANCES in judging.further:
        asked.append(DistanceTable.of(table))
    if [question.cells for question in asked] != [s.cells for s in shapes(judging, n)]:
        raise InternalError("IN901", rule="the tables have the planned shapes")
    return tuple(asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFirstGenes:
    """A question about the first genes of the panel only, on their own scale.

    Attributes:
        question: About records over so many genes.
        n_genes: How many.
    """

    question: Question
    n_genes: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.question.cells

    def cell(self, record: PatientRecord) -> int:
        """Return the one cell of a patient whose record is over the whole panel."""
        one = narrowed_record(record.values, self.n_genes)
        narrow = PatientRecord(
            values=one.values,
            class_index=record.class_index,
            level=record.level + record.spread * one.level,
            spread=record.spread * one.spread,
        )
        return self.question.cell(narrow)


def _over_panel(judging: Judging, table: SyntheticCohort, n_genes: int) -> tuple[Question, ...]:
    """Return the tables of one synthetic cohort for records over ``n_genes`` genes."""
    found, own = questions(judging, table), len(table.genes)
    if own == n_genes:
        return found
    return tuple(OnFirstGenes(question=one, n_genes=own) for one in found)


def local_total(
    plan: Plan, stage: StagePlan, tables: Sequence[SyntheticCohort], held_out: Records | None
) -> NDArray[np.int64]:
    """Return this party's vector of an evaluation stage.

    Args:
        plan: A plan that ``core.evaluation.stages.check_plan`` accepted.
        stage: One of its evaluation stages.
        tables: The synthetic tables as they were handed to every party: one, or one of each
            candidate setting in the plan's order.
        held_out: The hospital's held-out records; None at a compute partner.

    Returns:
        Shape (stage.values,), int64, integer units; zeros for a compute partner.

    Reveals:
        Nothing by itself; the vector goes to ``SecureAggregator.measure`` only.

    Raises:
        InternalError: IN901 if the stage is none of the plan's evaluation, or the tables are not
            one of each setting.
        CohortError: CH115 if there are more records than the plan allows.
    """
    if plan.judging is None or stage not in plan.evaluation_stages:
        rule = "held-out patients are touched by evaluation stages only"
        raise InternalError("IN901", rule=rule)
    if held_out is None:
        return np.zeros(stage.values, dtype=np.int64)
    require_records(plan, held_out)
    if len(tables) != max(1, len(plan.candidates)):
        raise InternalError("IN901", rule="every setting's table is judged")
    n_genes = len(plan.genes)
    asked = [one for table in tables for one in _over_panel(plan.judging, table, n_genes)]
    statistic = Tables(questions=asked, amount=stage.linf)
    return total(statistic, stage, held_out)
