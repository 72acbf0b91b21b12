"""What every recipe does whose stages simply follow each other and whose statistics are encoded
patient by patient.

A recipe of this kind says which statistic a stage sums and how its model is fitted; that the
stages are the plan's, in its order, of its lengths and with its records is checked here, once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, PlanError
from core.model.measurement import Measurement
from core.model.plan import Plan, StagePlan
from core.model.request import StageRequest
from core.statistics.statistic import Records, Statistic, total
from core.synthesis.checks import require_records, require_stages
from core.synthesis.recipe import Design, require_measured, stage_after

_MOST_RECORDS: Final = 1_000_000


class StagedRecipe(ABC):
    """The frame of a ``Recipe``. Invariant: no record is encoded for a stage that is not next."""

    __slots__ = ()

    @property
    @abstractmethod
    def name(self) -> str:
        """The recipe's key in a plan."""

    @abstractmethod
    def requests(self, design: Design) -> tuple[StageRequest, ...]:
        """Return the stages to calibrate; see ``Recipe.requests``."""

    @abstractmethod
    def statistic(
        self, plan: Plan, stage: StagePlan, measurements: Sequence[Measurement], site: int = 0
    ) -> Statistic:
        """Return what one patient of party ``site`` contributes to ``stage``, given what is
        opened.

        Raises:
            PlanError: PL201 if the stage is none of this recipe.
        """

    @abstractmethod
    def noisy_counts(self, plan: Plan, measurements: Sequence[Measurement]) -> NDArray[np.float64]:
        """Return the opened class counts, float64, shape (n_classes,), records."""

    def check_plan(self, plan: Plan) -> None:
        """Refuse a plan that does not state exactly this recipe's stages.

        Raises:
            PlanError: PL201 with the field that differs.
        """
        if plan.recipe != self.name:
            raise PlanError("PL201", field="recipe", reason=f"not {self.name}")
        require_stages(plan, self.requests(Design.of(plan)))

    def next_stage(self, plan: Plan, measurements: Sequence[Measurement]) -> StagePlan | None:
        """Return the stage after what is measured; they follow each other."""
        return stage_after(plan, measurements)

    def local_total(
        self,
        plan: Plan,
        stage: StagePlan,
        records: Records | None,
        measurements: Sequence[Measurement],
        site: int = 0,
    ) -> NDArray[np.int64]:
        """Return this party's vector; see ``Recipe.local_total``.

        Reveals:
            Nothing by itself; the vector goes to ``SecureAggregator.measure`` only.

        Raises:
            CohortError: CH115 if there are more records than the plan allows.
            InternalError: IN901 if the stage is not the next one, or the records do not fit the
                plan.
        """
        if stage_after(plan, measurements) != stage:
            raise InternalError("IN901", rule="stages are measured in the plan's order")
        if records is not None:
            require_records(plan, records)
        return total(self.statistic(plan, stage, measurements, site), stage, records)

    def default_records(self, plan: Plan, measurements: Sequence[Measurement]) -> int:
        """Return the plan's number of records, else the noisy total, rounded."""
        if plan.n_records is not None:
            return plan.n_records
        require_measured(plan, measurements)
        noisy = float(self.noisy_counts(plan, measurements).sum())
        return min(_MOST_RECORDS, max(len(plan.classes), round(noisy)))
