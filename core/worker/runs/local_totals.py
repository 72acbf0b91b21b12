"""Which records a stage may look at: one room hands each stage its own side, and nothing else.

Two accounts, one for each group of patients, hold only if no patient meets stages of both
(core/privacy/accountant.py). So the recipe is given training records and never sees held-out ones;
the evaluation is given held-out records and never sees training ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.measurement import Measurement
from core.model.plan import Patients, Plan, StagePlan
from core.model.release import SyntheticCohort
from core.statistics.statistic import Records
from core.synthesis.recipe import Recipe


class LocalTotals:
    """This party's vectors of one plan's stages."""

    def __init__(
        self,
        plan: Plan,
        recipe: Recipe,
        training: Records | None,
        held_out: Records | None,
        site: int,
    ) -> None:
        """Take both sides of the cohort.

        Args:
            plan: Accepted.
            recipe: Its recipe.
            training: None at a compute partner.
            held_out: None at a compute partner.
            site: Number of this party in the plan.
        """
        self._site = site
        self._plan, self._recipe = plan, recipe
        self._training, self._held_out = training, held_out

    async def of(
        self, stage: StagePlan, before: Sequence[Measurement], table: SyntheticCohort | None
    ) -> NDArray[np.int64]:
        """Return this party's vector for ``stage``.

        Args:
            stage: The plan's next stage.
            before: What was opened.
            table: The table that is judged; None before there is one.

        Returns:
            Shape (stage.values,), int64, integer units; zeros at a compute partner.

        Reveals:
            Nothing by itself; the vector goes to the joint sum only.

        Raises:
            InternalError: IN901 if a table is to be judged before there is one.
            CohortError: CH115 if there are more records than the plan allows.
        """
        match stage.patients:
            case Patients.TRAINING:
                return await asyncio.to_thread(
                    self._recipe.local_total,
                    self._plan,
                    stage,
                    self._training,
                    before,
                    self._site,
                )
            case Patients.HOLDOUT:
                if table is None:
                    raise InternalError("IN901", rule="a table is judged after it was made")
                from core.evaluation.tables import local_total  # noqa: PLC0415 - scikit-learn loads only where a table is judged

                return await asyncio.to_thread(
                    local_total, self._plan, stage, table, self._held_out
                )
