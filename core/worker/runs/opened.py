"""What a finished study opened, for the attack that is matched to the mechanism. Public."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import PlanError
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.quality.attacks.likelihood import ReleasedStage
from core.synthesis.registry import recipe_called
from core.synthesis.staged import StagedRecipe


def released_stages(plan: Plan, measurements: Sequence[Measurement]) -> tuple[ReleasedStage, ...]:
    """Return the stages of the plan's recipe with what each patient adds to them.

    Args:
        plan: The study's plan.
        measurements: All that was opened, in the plan's order; none where it is not known.

    Returns:
        Nothing where it is not known, or for a recipe that does not encode patient by patient.

    Reveals:
        Nothing: the totals are public, and no patient is read here.
    """
    recipe = recipe_called(plan.recipe)
    if not measurements or not isinstance(recipe, StagedRecipe):
        return ()
    n_records = max(1.0, float(recipe.noisy_counts(plan, measurements).sum()))
    found = []
    for place, measured in enumerate(measurements):
        try:
            statistic = recipe.statistic(plan, measured.stage, measurements[:place])
        except PlanError:  # a stage that judges the release, not one of the recipe
            continue
        found.append(
            ReleasedStage(
                statistic=statistic,
                totals=measured.totals,
                noise_variance=measured.stage.noise.opened_variance,
                n_records=n_records,
            )
        )
    return tuple(found)
