"""What a privacy level costs and promises, before anything is spent and without looking at a
patient.
"""

from __future__ import annotations

from dataclasses import replace

from core.messages.commands import AskLevels
from core.messages.events import LevelsShown
from core.model.budget import (
    DEFAULT_DELTA,
    PRESETS,
    Budget,
    CapState,
    Level,
    charged_units,
    odds_in_100,
)
from core.model.reference import PublicReference
from core.model.study import LevelView
from core.study.drafting import DEFAULT_N_MAX
from core.synthesis.recipe import Design, Recipe
from core.worker.shares import split_of, split_parameters


def levels_shown(
    ask: AskLevels, cap: CapState, recipe: Recipe, reference: PublicReference | None = None
) -> LevelsShown:
    """Price the three presets and the levels asked for.

    Args:
        ask: What is planned.
        cap: Of the cohort.
        recipe: Of the study.
        reference: What the plan would carry, if it would carry one.

    Raises:
        BudgetError: BU302 if a level is not one.
        PlanError: PL207 for fewer than two genes or classes, PL201 for shares that leave nothing.
    """
    named = [(level.value, epsilon) for level, epsilon in PRESETS]
    named += [(Level.EXACT.value, epsilon) for epsilon in ask.epsilons]
    first = Design(
        n_genes=ask.n_genes,
        n_classes=ask.n_classes,
        n_max=DEFAULT_N_MAX,
        budget=Budget(epsilon=named[0][1], delta=DEFAULT_DELTA),
        parameters=recipe.parameters(),
        reference=reference,
    )
    return LevelsShown(
        cohort_id=ask.cohort_id,
        cap=cap,
        levels=tuple(_level(key, epsilon, ask, first, cap, recipe) for key, epsilon in named),
    )


def _level(
    key: str, epsilon: float, ask: AskLevels, first: Design, cap: CapState, recipe: Recipe
) -> LevelView:
    budget = Budget(epsilon=epsilon, delta=DEFAULT_DELTA)
    n_min = ask.planned_smallest_class
    design = replace(first, budget=budget)
    design = replace(design, parameters=split_parameters(recipe, design, n_min, ask.shares))
    units = charged_units(budget)
    plain = replace(design, reference=None)
    return LevelView(
        key=key,
        epsilon=epsilon,
        delta=budget.delta,
        units=units,
        affordable=units <= cap.left + 1e-9,
        odds=odds_in_100(epsilon, budget.delta),
        total_odds=odds_in_100(cap.total_epsilon + epsilon, budget.delta),
        usefulness=recipe.predict(design, n_min),
        alone=recipe.predict(plain, n_min) if design.reference is not None else None,
        split=split_of(recipe, design),
    )
