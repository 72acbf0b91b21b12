"""Which recipes this version knows."""

from __future__ import annotations

from core.errors import PlanError
from core.synthesis.marginals.recipe import Marginals
from core.synthesis.moments.recipe import Moments
from core.synthesis.recipe import Recipe


def recipe_names() -> tuple[str, ...]:
    """Return the names that a plan may carry, the default first.

    >>> recipe_names()
    ('moments', 'marginals')
    """
    return ("moments", "marginals")


def default_recipe() -> Recipe:
    """Return the recipe of a study for which nobody chose one."""
    return recipe_called(recipe_names()[0])


def recipe_called(name: str) -> Recipe:
    """Return the recipe called ``name``.

    Raises:
        PlanError: PL208 if this version does not know it.
    """
    match name:
        case "moments":
            return Moments()
        case "marginals":
            return Marginals()
        case _:
            raise PlanError("PL208", recipe=name)


def recipes() -> tuple[Recipe, ...]:
    """Return all recipes, the default first."""
    return tuple(recipe_called(name) for name in recipe_names())
