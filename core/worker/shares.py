"""How what a study spends is shared out over its stages where a person wants it otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.errors import PlanError
from core.model.plan import Scalar
from core.model.study import StageShare
from core.synthesis.recipe import Design, Recipe

#: With less, a stage opens next to nothing but noise.
LEAST_SHARE: Final = 0.005
_DIGITS: Final = 6


def parameter_of(stage: str) -> str:
    """Return the parameter that holds a stage's share.

    >>> parameter_of("class-counts")
    'share_class_counts'
    """
    return f"share_{stage.replace('-', '_')}"


def split_of(recipe: Recipe, design: Design) -> tuple[StageShare, ...]:
    """Return what each stage of a design gets, in the order in which they are opened."""
    held = {name for name, _ in design.parameters}
    return tuple(
        StageShare(stage=r.name, share=r.share, own=parameter_of(r.name) in held)
        for r in recipe.requests(design)
    )


def shared_out(
    recipe: Recipe, design: Design, given: Sequence[tuple[str, float]]
) -> tuple[tuple[str, Scalar], ...]:
    """Return the design's parameters with the given shares; the other stages are scaled alike, so
    that all sum to 1.

    Args:
        recipe: Of the study.
        design: With the shares that are proposed for it.
        given: (stage, share) as a person chose them; shares are parts of mu squared, 0 to 1.

    Raises:
        PlanError: PL201 for a stage that the plan does not have, one that is given twice, a share
            that is none, or shares that leave nothing for the other stages.
    """
    if not given:
        return design.parameters
    proposed = {part.stage: part.share for part in split_of(recipe, design)}
    asked = _checked(given, proposed)
    others = [stage for stage in proposed if stage not in asked]
    left = 1.0 - math.fsum(asked.values())
    _require_rest(left, others)
    together = math.fsum(proposed[stage] for stage in others)
    shares = asked | {stage: left * proposed[stage] / together for stage in others}
    held = {parameter_of(stage): round(share, _DIGITS) for stage, share in shares.items()}
    return tuple((name, held.get(name, value)) for name, value in design.parameters)


def with_own(
    recipe: Recipe,
    proposed: Sequence[tuple[str, Scalar]],
    own: Sequence[tuple[str, Scalar]],
) -> tuple[tuple[str, Scalar], ...]:
    """Return the proposed parameters with those that somebody chose instead; the recipe looks
    whether it can take them.

    Raises:
        PlanError: PL201 for a parameter that the recipe does not have.
    """
    chosen = dict(own)
    for name in chosen.keys() - dict(proposed).keys():
        field = f"candidates.{recipe.name}.{name}"
        raise PlanError("PL201", field=field, reason="no parameter of this recipe")
    return tuple((name, chosen.get(name, value)) for name, value in proposed)


def split_parameters(
    recipe: Recipe, design: Design, n_min: int | None, shares: Sequence[tuple[str, float]]
) -> tuple[tuple[str, Scalar], ...]:
    """Return the parameters that suit a design, with a person's own shares in them.

    Args:
        recipe: Of the study.
        design: Public.
        n_min: Planned size of the smallest class, if somebody planned it.
        shares: As ``given`` of ``shared_out``.

    Raises:
        PlanError: As ``shared_out``.
    """
    proposed = recipe.proposed(design, n_min).parameters
    return shared_out(recipe, replace(design, parameters=proposed), shares)


def _checked(
    given: Sequence[tuple[str, float]], proposed: Mapping[str, float]
) -> dict[str, float]:
    asked: dict[str, float] = {}
    for stage, share in given:
        if stage not in proposed:
            _refuse(f"this plan has no stage {stage!r}; it has {', '.join(proposed)}")
        if stage in asked:
            _refuse(f"the stage {stage!r} is given twice")
        if not (math.isfinite(share) and LEAST_SHARE <= share < 1):
            _refuse(f"{share:g} for {stage!r} is not from {LEAST_SHARE:g} to below 1")
        asked[stage] = share
    return asked


def _require_rest(left: float, others: Sequence[str]) -> None:
    if others and left < LEAST_SHARE * len(others):
        _refuse(f"they leave nothing for {', '.join(others)}")
    if not others and abs(left) > LEAST_SHARE:
        _refuse(f"they name every stage and sum to {1 - left:g}, not to 1")


def _refuse(reason: str) -> None:
    raise PlanError("PL201", field="shares", reason=reason)
