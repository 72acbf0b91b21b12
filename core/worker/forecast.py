"""What a planned study can be expected to give, from public numbers, before anything is spent."""

from __future__ import annotations

from dataclasses import replace

from core.evaluation.foresight import USUAL_HELD_OUT, widths
from core.messages.forecast_messages import AskForecast, ForecastShown
from core.model.budget import Budget
from core.model.candidate import require_number
from core.model.plan import MIN_PARTIES
from core.model.reference import PublicReference
from core.study.drafting import DEFAULT_HOLDOUT_SHARE
from core.study.site_centring import with_site_centring
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called
from core.synthesis.settings import budget_part
from core.worker.shares import shared_out, split_of, with_own


def forecast_shown(
    ask: AskForecast, n_genes: int, reference: PublicReference | None
) -> ForecastShown:
    """Predict one planned study.

    Args:
        ask: What is planned.
        n_genes: Of the panel.
        reference: What the plan would carry, if it would carry one.

    Raises:
        BudgetError: BU302 if the level is not one.
        PlanError: PL207 for fewer than two genes or classes, PL208 for another recipe, PL201 for
            shares that leave nothing, a recipe that cannot centre, parameters that it cannot take,
            or more candidates than a plan may have.
    """
    recipe = recipe_called(ask.recipe)
    parameters = recipe.parameters()
    if ask.centre_sites:
        parameters = with_site_centring(parameters, recipe.name)
    n_min = ask.planned_smallest_class
    budget = Budget(epsilon=ask.epsilon, delta=ask.delta)
    if ask.parts != 1:
        require_number(ask.parts)
    design = Design(
        n_genes=n_genes,
        n_classes=ask.n_classes,
        n_max=ask.n_max,
        budget=budget_part(budget, ask.parts),
        parameters=parameters,
        reference=reference,
    )
    proposal = recipe.proposed(design, n_min)
    design = replace(design, parameters=with_own(recipe, proposal.parameters, ask.parameters))
    design = replace(design, parameters=shared_out(recipe, design, ask.shares))
    plain = replace(design, reference=None)
    held_out = USUAL_HELD_OUT
    if n_min is not None:  # as if no class had more: rare ones make the interval wide
        held_out = max(1, round(DEFAULT_HOLDOUT_SHARE * n_min * ask.n_classes))
    return ForecastShown(
        question=ask.question,
        n_genes=n_genes,
        usefulness=recipe.predict(design, n_min) if n_min is not None else None,
        alone=None if n_min is None or reference is None else recipe.predict(plain, n_min),
        undivided=recipe.predict(replace(design, budget=budget), n_min)
        if n_min is not None and ask.parts != 1
        else None,
        epsilon=design.budget.epsilon,
        split=split_of(recipe, design),
        reason=proposal.reason,
        held_out=held_out,
        joint_widths=widths(
            budget, ask.n_classes, ask.n_max, MIN_PARTIES, held_out, n_candidates=ask.parts
        ),
    )
