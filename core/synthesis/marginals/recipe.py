"""The recipe ``marginals`` as the worker sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import PlanError
from core.model.measurement import Measurement
from core.model.plan import Plan, Scalar, StagePlan
from core.model.quality import Usefulness
from core.model.request import StageRequest
from core.statistics.statistic import Statistic
from core.synthesis.marginals import design as designs
from core.synthesis.marginals import fit as fitting
from core.synthesis.marginals.bins import bins_of, number_in
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
from core.synthesis.recipe import Design, Proposal, require_measured
from core.synthesis.staged import StagedRecipe

NAME: Final = "marginals"


class Marginals(StagedRecipe):
    """Label x gene tables on noisily centred and scaled bins; see ``Recipe``."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The recipe's key in a plan."""
        return NAME

    def parameters(self) -> tuple[tuple[str, Scalar], ...]:
        """Return the default public parameters."""
        return designs.PARAMETERS

    def proposed(self, design: Design, n_min: int | None) -> Proposal:  # noqa: ARG002 - not needed
        """Return the default parameters: this recipe's split is the same for every plan."""
        reason = "The split between class counts and gene tables is the same for every plan."
        return Proposal(parameters=designs.PARAMETERS, reason=reason)

    def requests(self, design: Design) -> tuple[StageRequest, ...]:
        """Return the four stages to calibrate.

        Raises:
            PlanError: PL201 if a parameter is missing or outside its range.
        """
        return designs.requests(design)

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
        """Return nothing: tables of bins hold no class means."""
        return

    def co_expression(self, plan: Plan, measurements: Sequence[Measurement]) -> None:
        """Return None: tables of single genes say nothing about pairs."""

    def noisy_counts(
        self,
        plan: Plan,
        measurements: Sequence[Measurement],
    ) -> NDArray[np.float64]:
        """Return the opened class counts, float64, shape (n_classes,), records."""
        return fitting.class_counts(plan, fitting.by_stage(measurements))

    def predict(self, design: Design, n_min: int) -> Usefulness:
        """Return what may be expected before anything is spent."""
        return designs.predict(design, n_min)

    def statistic(
        self,
        plan: Plan,
        stage: StagePlan,
        measurements: Sequence[Measurement],
        site: int = 0,  # noqa: ARG002 - the frame passes it; no stage has blocks for parties
    ) -> Statistic:
        """Return what one patient contributes to ``stage``, given what is opened.

        Raises:
            PlanError: PL201 if the stage is none of this recipe.
        """
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
                return Tables(
                    stage=stage,
                    centre=standard.centre,
                    scale=standard.scale,
                    bins=bins_of(number_in(plan.recipe_parameters)),
                )
            case _:
                raise PlanError("PL201", field=f"stages.{stage.name}", reason="not of this recipe")
