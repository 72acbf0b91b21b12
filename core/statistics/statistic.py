"""From records to the one integer vector that leaves a hospital, as shares.

A ``Statistic`` says what one patient contributes; ``total`` adds the contributions, one patient
after the other, and checks each against the plan's bounds in exact integers. No function here
sees two patients at once.

References:
    privacy.md sections 1 (function of one record and public values), 2 and 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.plan import StagePlan
from core.statistics.encoding import norm_sq


class Records(Protocol):
    """The training records of one hospital, as cohort/ gives them."""

    @property
    def values(self) -> NDArray[np.float64]:
        """Shape (n_records, n_genes), float64, normalised record by record, plan's gene order."""
        ...

    @property
    def class_index(self) -> NDArray[np.int64]:
        """Shape (n_records,), int64, index into the plan's classes."""
        ...

    @property
    def levels(self) -> NDArray[np.float64]:
        """Shape (n_records, 2), float64, log2 units: each record's own mean and standard deviation
        over the panel, before they were taken out.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PatientRecord:
    """One patient, and nobody else, as a statistic sees it.

    Attributes:
        values: Shape (n_genes,), float64, on the normalised scale.
        class_index: Index into the plan's classes.
        level: Mean over the panel before it was taken out, log2 units.
        spread: Standard deviation over the panel before it was divided out, log2 units, positive.
    """

    values: NDArray[np.float64]
    class_index: int
    level: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contribution:
    """What one patient adds to a stage: the cells that move, and by how much.

    Attributes:
        cells: Shape (k,), int64, strictly increasing indices into the stage's values.
        amounts: Shape (k,), int64, integer units.
    """

    cells: NDArray[np.int64]
    amounts: NDArray[np.int64]


class Statistic(Protocol):
    """What one stage sums over patients."""

    @property
    def length(self) -> int:
        """Number of integers in the sum."""
        ...

    def contribution(self, record: PatientRecord) -> Contribution:
        """Return one patient's contribution.

        Reveals:
            Nothing: the result stays in this process until it is summed and secret-shared.
        """
        ...


def total(statistic: Statistic, stage: StagePlan, records: Records | None) -> NDArray[np.int64]:
    """Sum a hospital's contributions, record by record.

    Args:
        statistic: What one patient contributes.
        stage: The plan's bounds, enforced on every contribution.
        records: The hospital's training records; None at a compute partner.

    Returns:
        Shape (stage.values,), int64, integer units; zeros when there are no records.

    Reveals:
        Nothing by itself: the vector goes to ``SecureAggregator.measure`` only.

    Raises:
        InternalError: IN901 if a record is not finite or a contribution breaks the stage's bounds.
    """
    if statistic.length != stage.values:
        raise InternalError("IN901", rule=f"the statistic of {stage.name} has the planned length")
    summed = np.zeros(stage.values, dtype=np.int64)
    if records is None:
        return summed
    n_records = len(records.values)
    if n_records * stage.linf >= np.iinfo(np.int64).max:
        raise InternalError("IN901", rule=f"the sums of {stage.name} fit 64 bits")
    for i in range(n_records):
        # A copy of its own: the same memory layout however many other patients there are.
        one = np.array(records.values[i], dtype=np.float64, order="C", copy=True)
        level, spread = records.levels[i].tolist()
        record = PatientRecord(
            values=one, class_index=int(records.class_index[i]), level=level, spread=spread
        )
        added = statistic.contribution(record)
        require_within(stage, added)
        summed[added.cells] += added.amounts
    return summed


def require_within(stage: StagePlan, added: Contribution) -> None:
    """Refuse a contribution that is larger than the noise was made for.

    Raises:
        InternalError: IN901 naming the stage and the bound; never a value.
    """
    cells, amounts = added.cells, added.amounts
    shapes = cells.shape == amounts.shape and cells.ndim == 1
    if not shapes or cells.dtype != np.int64 or amounts.dtype != np.int64:
        raise InternalError("IN901", rule=f"a contribution to {stage.name} is integer")
    if len(cells) and (cells[0] < 0 or cells[-1] >= stage.values or (np.diff(cells) <= 0).any()):
        raise InternalError("IN901", rule=f"a patient moves each value of {stage.name} once")
    if np.count_nonzero(amounts) > stage.touched:
        raise InternalError("IN901", rule=f"touched of {stage.name} holds for every patient")
    if max(int(amounts.max(initial=0)), -int(amounts.min(initial=0))) > stage.linf:
        raise InternalError("IN901", rule=f"linf of {stage.name} holds for every patient")
    if norm_sq(amounts) > stage.l2_sq:
        raise InternalError("IN901", rule=f"l2_sq of {stage.name} holds for every patient")
