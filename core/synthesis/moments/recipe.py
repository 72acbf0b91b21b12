"""The recipe ``moments`` as the worker sees it."""

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
from core.synthesis.coexpression import CoExpression, co_expression
from core.synthesis.differences import Differences, differences
from core.synthesis.moments import design as designs
from core.synthesis.moments import fit as fitting
from core.synthesis.moments.class_levels import CLASS_LEVELS, ClassLevels, by_class
from core.synthesis.moments.classes import class_means, mean_variances, noisy_means
from core.synthesis.moments.level_scores import ExpectedLevels, expected_levels
from core.synthesis.moments.levels import LEVELS, LevelModel, Levels, fitted_levels
from core.synthesis.moments.loadings import loadings
from core.synthesis.moments.model import FactorModel, variances
from core.synthesis.moments.sites import SITES, Sites, centred
from core.synthesis.moments.split import proposal
from core.synthesis.moments.stages import (
    CENTRE,
    CLASS_COUNTS,
    CLASS_SCORES,
    CLASS_SUMS,
    CROSS,
    SCALE,
    Centre,
    ClassCounts,
    ClassScores,
    ClassSums,
    Cross,
    Scale,
    Standard,
)
from core.synthesis.recipe import Design, Proposal, require_measured
from core.synthesis.reference.panel import PanelReference, panel_reference
from core.synthesis.staged import StagedRecipe

NAME: Final = "moments"


class Moments(StagedRecipe):
    """Class means and a factor model from clipped sums; see ``Recipe``."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The recipe's key in a plan."""
        return NAME

    def parameters(self) -> tuple[tuple[str, Scalar], ...]:
        """Return the default public parameters."""
        return designs.PARAMETERS

    def proposed(self, design: Design, n_min: int | None) -> Proposal:
        """Return the default parameters with the budget split for this plan."""
        return proposal(designs.PARAMETERS, design, n_min)

    def requests(self, design: Design) -> tuple[StageRequest, ...]:
        """Return the six stages to calibrate, or eight with a public reference.

        Raises:
            PlanError: PL201 if a parameter is missing or outside its range.
        """
        return designs.requests(design)

    def check_plan(self, plan: Plan) -> None:
        """Refuse a plan that does not state exactly this recipe's stages, or blocks for other
        parties than its own.

        Raises:
            PlanError: PL201 with the field that differs.
        """
        super().check_plan(plan)
        blocks = designs.numbers_of(Design.of(plan))["site_blocks"]
        if blocks not in (0, len(plan.parties)):
            reason = "neither none nor one for each party"
            raise PlanError("PL201", field="recipe_parameters.site_blocks", reason=reason)

    def fit(self, plan: Plan, measurements: Sequence[Measurement]) -> FactorModel:
        """Fit the model: closed form, deterministic.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        require_measured(plan, measurements)
        measured = fitting.by_stage(measurements)
        reference = _reference(plan)
        number = designs.numbers_of(Design.of(plan))
        means = class_means(measured, reference, _expected(plan, reference), together=_later(plan))
        found = loadings(measured, means, reference, number["factor_strength"])
        common, own = variances(means, found)
        return FactorModel(
            label_name=plan.label_name,
            classes=plan.classes,
            genes=plan.genes,
            means=means,
            common=common,
            own=own,
            standard=fitting.standard(measured, reference),
            levels=_levels(
                plan, measured, expected_levels(means, reference, number["factor_strength"])
            ),
        )

    def differences(self, plan: Plan, measurements: Sequence[Measurement]) -> Differences:
        """Test every gene in every pair of classes on the unshrunk class means.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        require_measured(plan, measurements)
        measured, reference = fitting.by_stage(measurements), _reference(plan)
        return differences(
            plan.classes,
            plan.genes,
            noisy_means(measured),
            mean_variances(measured),
            fitting.standard(measured, reference).scale,
            adaptive=_later(plan),
        )

    def co_expression(
        self, plan: Plan, measurements: Sequence[Measurement]
    ) -> CoExpression | None:
        """Test every pair of genes on the unshrunk class means; None for a plan of before.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        require_measured(plan, measurements)
        if not _later(plan):
            return None
        measured = fitting.by_stage(measurements)
        counts = fitting.class_counts(measured)
        weights = counts / counts.sum()
        return co_expression(plan.genes, noisy_means(measured), mean_variances(measured), weights)

    def noisy_counts(
        self,
        plan: Plan,  # noqa: ARG002 - the frame passes it
        measurements: Sequence[Measurement],
    ) -> NDArray[np.float64]:
        """Return the opened class counts, float64, shape (n_classes,), records."""
        return fitting.class_counts(fitting.by_stage(measurements))

    def predict(self, design: Design, n_min: int) -> Usefulness:
        """Return what may be expected before anything is spent."""
        return designs.predict(design, n_min)

    def statistic(
        self, plan: Plan, stage: StagePlan, measurements: Sequence[Measurement], site: int = 0
    ) -> Statistic:
        """Return what one patient of party ``site`` contributes to ``stage``, given what is
        opened.

        Raises:
            PlanError: PL201 if the stage is none of this recipe.
        """
        match stage.name:
            case name if name == CLASS_COUNTS:
                return ClassCounts(stage=stage)
            case name if name == LEVELS:
                return Levels(stage=stage, within=designs.level_range(Design.of(plan)))
            case name if name == CLASS_LEVELS:
                around = _all_levels(plan, fitting.by_stage(measurements)).mean
                window = designs.level_window(Design.of(plan))
                return ClassLevels(stage=stage, around=around, window=window)
            case _:
                return _of_genes(plan, stage, fitting.by_stage(measurements), site)


def _all_levels(plan: Plan, measured: dict[str, Measurement]) -> LevelModel:
    """Return the level and spread of records, whatever their class."""
    n_records = float(fitting.class_counts(measured).sum())
    return fitted_levels(measured[LEVELS], n_records, designs.level_range(Design.of(plan)))


def _levels(
    plan: Plan, measured: dict[str, Measurement], expected: ExpectedLevels | None
) -> LevelModel:
    """Return the level and spread of records, by class where the plan measures that."""
    overall, sums = _all_levels(plan, measured), measured.get(CLASS_LEVELS)
    if sums is None:
        return overall
    window = designs.level_window(Design.of(plan))
    return by_class(overall, sums, fitting.class_counts(measured), window, expected)


def _later(plan: Plan) -> bool:
    """Tell whether the plan asks for the estimators that came later."""
    return designs.numbers_of(Design.of(plan))["estimators"] >= designs.TOGETHER


def _reference(plan: Plan) -> PanelReference | None:
    return panel_reference(plan.reference, len(plan.genes))


def _expected(plan: Plan, reference: PanelReference | None) -> NDArray[np.float64] | None:
    return None if reference is None else reference.expected(plan.classes)


def _of_genes(
    plan: Plan, stage: StagePlan, measured: dict[str, Measurement], site: int
) -> Statistic:
    reference = _reference(plan)
    match stage.name:
        case name if name == CENTRE:
            expected = fitting.expected_centre(reference, len(plan.genes))
            return Centre(stage=stage, expected=expected)
        case name if name == SCALE:
            first = fitting.first_standard(measured, reference)
            return Scale(stage=stage, standard=first, clip=float(plan.parameter("scale_clip")))
        case name if name == SITES:
            standard = fitting.standard(measured, reference)
            return Sites(stage=stage, standard=standard, site=site, record_clip=_record_clip(plan))
        case name if name == CLASS_SUMS:
            return ClassSums(stage=stage, standard=_centred(measured, reference, site))
        case name if name == CLASS_SCORES and reference is not None:
            k, _ = designs.factors_of(Design.of(plan), reference)
            standard = _centred(measured, reference, site)
            return ClassScores(stage=stage, standard=standard, weights=reference.weights(k))
        case name if name == CROSS and reference is not None:
            return _cross(plan, stage, _centred(measured, reference, site), reference)
        case _:
            raise PlanError("PL201", field=f"stages.{stage.name}", reason="not of this recipe")


def _centred(
    measured: dict[str, Measurement], reference: PanelReference | None, site: int
) -> Standard:
    """Return the standard of one party's records once sites are measured, if they are at all."""
    return centred(fitting.standard(measured, reference), measured.get(SITES), site)


def _record_clip(plan: Plan) -> tuple[float, float]:
    """Return the largest norm and the largest entry of a standardised record."""
    number = designs.numbers_of(Design.of(plan))
    return number["record_clip"] * len(plan.genes) ** 0.5, number["value_clip"]


def _cross(plan: Plan, stage: StagePlan, standard: Standard, reference: PanelReference) -> Cross:
    _, k = designs.factors_of(Design.of(plan), reference)
    norm = designs.score_norm(k)
    return Cross(
        stage=stage,
        standard=standard,
        weights=reference.weights(k),
        record_clip=_record_clip(plan),
        score_clip=(norm, norm),
    )
