"""The recipe ``marginals`` as the worker sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, PlanError
from core.model.measurement import Measurement
from core.model.plan import Plan, Scalar, StagePlan
from core.model.quality import Usefulness
from core.model.request import StageRequest
from core.statistics.statistic import Records, Statistic, total
from core.synthesis.checks import require_records, require_stages
from core.synthesis.marginals import design as designs
from core.synthesis.marginals import fit as fitting
from core.synthesis.marginals.model import StarModel
from core.synthesis.marginals.normals import moments, nearest_normals
from core.synthesis.marginals.stages import (
    CENTRE,
    CLASS_COUNTS,
    SCALE,
    TABLES,
    Centre,
    ClassCounts,
    Scale,
    Tables,
)
from core.synthesis.recipe import Design, require_measured, stage_after

NAME: Final = "marginals"
_MOST_RECORDS: Final = 1_000_000


class Marginals:
    """Label x gene tables on noisily centred and scaled bins; see ``Recipe``."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The recipe's key in a plan."""
        return NAME

    def parameters(self) -> tuple[tuple[str, Scalar], ...]:
        """Return the default public parameters."""
        return designs.PARAMETERS

    def requests(self, design: Design) -> tuple[StageRequest, ...]:
        """Return the four stages to calibrate.

        Raises:
            PlanError: PL201 if a parameter is missing or outside its range.
        """
        return designs.requests(design)

    def check_plan(self, plan: Plan) -> None:
        """Refuse a plan that does not state exactly this recipe's stages.

        Raises:
            PlanError: PL201 with the field that differs.
        """
        if plan.recipe != NAME:
            raise PlanError("PL201", field="recipe", reason=f"not {NAME}")
        require_stages(plan, designs.requests(Design.of(plan)))

    def next_stage(self, plan: Plan, measurements: Sequence[Measurement]) -> StagePlan | None:
        """Return the stage after what is measured; the four follow each other."""
        return stage_after(plan, measurements)

    def local_total(
        self,
        plan: Plan,
        stage: StagePlan,
        records: Records | None,
        measurements: Sequence[Measurement],
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
        return total(self._statistic(plan, stage, measurements), stage, records)

    def fit(self, plan: Plan, measurements: Sequence[Measurement]) -> StarModel:
        """Fit the star: closed form, deterministic.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        require_measured(plan, measurements)
        measured = fitting.by_stage(measurements)
        counts = fitting.class_counts(plan, measured)
        standard = fitting.standard(measured)
        fitted = fitting.class_tables(plan, measured, counts)
        shift, spread = nearest_normals(fitted.tables)
        mean, variance = moments(fitted.tables, shift, spread)
        return StarModel(
            label_name=plan.label_name,
            classes=plan.classes,
            genes=plan.genes,
            counts=counts,
            tables=fitted.tables,
            shift=shift,
            spread=spread,
            contraction=fitting.contraction(standard, fitted, mean, variance, counts),
            centre=standard.centre,
            scale=standard.scale,
        )

    def differences(self, plan: Plan, measurements: Sequence[Measurement]) -> None:  # noqa: ARG002
        """Return nothing: quartile tables hold no class means."""
        return

    def default_records(self, plan: Plan, measurements: Sequence[Measurement]) -> int:
        """Return the plan's number of records, else the noisy total, rounded."""
        if plan.n_records is not None:
            return plan.n_records
        require_measured(plan, measurements)
        noisy = fitting.class_counts(plan, fitting.by_stage(measurements)).sum()
        return min(_MOST_RECORDS, max(len(plan.classes), round(float(noisy))))

    def predict(self, design: Design, n_min: int) -> Usefulness:
        """Return what may be expected before anything is spent."""
        return designs.predict(design, n_min)

    @staticmethod
    def _statistic(plan: Plan, stage: StagePlan, measurements: Sequence[Measurement]) -> Statistic:
        measured = fitting.by_stage(measurements)
        match stage.name:
            case name if name == CLASS_COUNTS:
                return ClassCounts(stage=stage)
            case name if name == CENTRE:
                return Centre(stage=stage)
            case name if name == SCALE:
                first = fitting.first_standard(measured)
                clip = plan.parameter("scale_clip")
                return Scale(
                    stage=stage,
                    centre=first.centre,
                    scale=float(first.scale[0]),
                    clip=float(clip),
                )
            case name if name == TABLES:
                standard = fitting.standard(measured)
                return Tables(stage=stage, centre=standard.centre, scale=standard.scale)
            case _:
                raise PlanError("PL201", field=f"stages.{stage.name}", reason="not of this recipe")
