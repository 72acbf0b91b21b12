"""What a finished study opened, for the attack that is matched to the mechanism. Public."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.measurement import Measurement
from core.quality.attacks.likelihood import ReleasedStage
from core.synthesis.settings import Setting
from core.synthesis.staged import StagedRecipe


def released_stages(
    setting: Setting, measurements: Sequence[Measurement]
) -> tuple[ReleasedStage, ...]:
    """Return the stages of the release's recipe with what each patient adds to them.

    What other candidate settings opened is left out: it is of other genes.

    Args:
        setting: With which the release was made.
        measurements: All that was opened, in the plan's order; none where it is not known.

    Returns:
        Nothing where it is not known, or for a recipe that does not encode patient by patient.

    Reveals:
        Nothing: the totals are public, and no patient is read here.
    """
    plan, recipe = setting.plan, setting.recipe
    if not measurements or not isinstance(recipe, StagedRecipe):
        return ()
    measurements = setting.understood(measurements)
    n_records = max(1.0, float(recipe.noisy_counts(plan, measurements).sum()))
    found = []
    for place, measured in enumerate(measurements):
        statistic = recipe.statistic(plan, measured.stage, measurements[:place])
        found.append(
            ReleasedStage(
                statistic=statistic,
                totals=measured.totals,
                noise_variance=measured.stage.noise.opened_variance,
                n_records=n_records,
            )
        )
    return tuple(found)
