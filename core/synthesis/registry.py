"""Which recipes this version knows."""

from __future__ import annotations

from core.errors import PlanError
from core.synthesis.marginals.recipe import Marginals
from core.synthesis.recipe import Recipe


def recipe_names() -> tuple[str, ...]:
    """Return the names that a plan may carry.

    >>> recipe_names()
    ('marginals',)
    """
    return ("marginals",)


def recipe_called(name: str) -> Recipe:
    """Return the recipe called ``name``.

    Raises:
        PlanError: PL208 if this version does not know it.
    """
    match name:
        case "marginals":
            return Marginals()
        case _:
            raise PlanError("PL208", recipe=name)


def recipes() -> tuple[Recipe, ...]:
    """Return all recipes, the default first."""
    return tuple(recipe_called(name) for name in recipe_names())
