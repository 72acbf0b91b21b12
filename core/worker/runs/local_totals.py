"""Which records a stage may look at: one room hands each stage its own side, and nothing else.

Two accounts, one for each group of patients, hold only if no patient meets stages of both
(core/privacy/accountant.py). So a recipe is given training records and never sees held-out ones;
the evaluation is given held-out records and never sees training ones. A candidate setting is given
them over its own genes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.cohort.narrowing import narrowed
from core.cohort.normalisation import TrainingRecords
from core.errors import InternalError
from core.model.measurement import Measurement
from core.model.plan import Patients, Plan, StagePlan
from core.model.release import SyntheticCohort
from core.synthesis.settings import Setting


class LocalTotals:
    """This party's vectors of one plan's stages."""

    def __init__(
        self,
        plan: Plan,
        settings: Sequence[Setting],
        training: TrainingRecords | None,
        held_out: TrainingRecords | None,
        site: int,
    ) -> None:
        """Take both sides of the cohort.

        Args:
            plan: Accepted.
            settings: Of the plan.
            training: None at a compute partner.
            held_out: None at a compute partner.
            site: Number of this party in the plan.
        """
        self._site = site
        self._plan, self._settings = plan, tuple(settings)
        self._training, self._held_out = training, held_out
        self._narrowed: dict[int, TrainingRecords] = {}

    async def of(
        self, stage: StagePlan, before: Sequence[Measurement], tables: Sequence[SyntheticCohort]
    ) -> NDArray[np.int64]:
        """Return this party's vector for ``stage``.

        Args:
            stage: The plan's next stage.
            before: What was opened.
            tables: The tables that are judged, one of each setting; none before there are any.

        Returns:
            Shape (stage.values,), int64, integer units; zeros at a compute partner.

        Reveals:
            Nothing by itself; the vector goes to the joint sum only.

        Raises:
            InternalError: IN901 if tables are to be judged before there are any, or the stage is
                of no setting.
            CohortError: CH115 if there are more records than the plan allows.
        """
        match stage.patients:
            case Patients.TRAINING:
                return await asyncio.to_thread(self._trained, stage, before)
            case Patients.HOLDOUT:
                if not tables:
                    raise InternalError("IN901", rule="a table is judged after it was made")
                from core.evaluation.tables import local_total  # noqa: PLC0415 - scikit-learn loads only where a table is judged

                return await asyncio.to_thread(
                    local_total, self._plan, stage, tables, self._held_out
                )

    def _trained(self, stage: StagePlan, before: Sequence[Measurement]) -> NDArray[np.int64]:
        for setting in self._settings:
            own = setting.own(stage)
            if own is not None:
                records, done = self._over(len(setting.plan.genes)), setting.understood(before)
                return setting.recipe.local_total(setting.plan, own, records, done, self._site)
        raise InternalError("IN901", rule="a stage is of one of the plan's settings")

    def _over(self, n_genes: int) -> TrainingRecords | None:
        """Return the training records over the first genes of the panel."""
        if self._training is not None and n_genes not in self._narrowed:
            self._narrowed[n_genes] = narrowed(self._training, n_genes)
        return self._narrowed.get(n_genes)
