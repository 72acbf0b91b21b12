"""What a privacy level costs and promises, before anything is spent and without looking at a
patient.
"""

from __future__ import annotations

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
from core.model.study import LevelView
from core.study.drafting import DEFAULT_N_MAX
from core.synthesis.recipe import Design, Recipe


def levels_shown(ask: AskLevels, cap: CapState, recipe: Recipe) -> LevelsShown:
    """Price the three presets and the levels asked for.

    Raises:
        BudgetError: BU302 if a level is not one.
        PlanError: PL207 for fewer than two genes or classes.
    """
    named = [(level.value, epsilon) for level, epsilon in PRESETS]
    named += [(Level.EXACT.value, epsilon) for epsilon in ask.epsilons]
    return LevelsShown(
        cohort_id=ask.cohort_id,
        cap=cap,
        levels=tuple(_level(key, epsilon, ask, cap, recipe) for key, epsilon in named),
    )


def _level(key: str, epsilon: float, ask: AskLevels, cap: CapState, recipe: Recipe) -> LevelView:
    budget = Budget(epsilon=epsilon, delta=DEFAULT_DELTA)
    design = Design(
        n_genes=ask.n_genes,
        n_classes=ask.n_classes,
        n_max=DEFAULT_N_MAX,
        budget=budget,
        parameters=recipe.parameters(),
    )
    units = charged_units(budget)
    return LevelView(
        key=key,
        epsilon=epsilon,
        delta=budget.delta,
        units=units,
        affordable=units <= cap.left + 1e-9,
        odds=odds_in_100(epsilon, budget.delta),
        total_odds=odds_in_100(cap.total_epsilon + epsilon, budget.delta),
        usefulness=recipe.predict(design, ask.planned_smallest_class),
    )
