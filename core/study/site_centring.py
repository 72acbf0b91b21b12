"""Site centring between a wish and a plan: when it is worth asking for, and whose blocks it takes.

Terms that people read before they join cannot know how many parties there will be. Where they ask
for site centring they say one block for each party; the plan says how many parties there are.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from core.errors import PlanError
from core.model.candidate import Candidate, Scalar

#: Parameter of a recipe that can take out what a hospital's pipeline adds; 0: it does not.
SITE_BLOCKS: Final = "site_blocks"
#: Below these its guard lets next to nothing pass: what it takes of the budget would be lost.
LEAST_EPSILON: Final = 4.0
LEAST_PATIENTS: Final = 150
#: Parties of terms that people read before it is known who joins.
ONE_EACH: Final = 1


class SiteAdvice(StrEnum):
    """Whether site centring can do anything, if pipelines differ at all."""

    CAN_HELP = "can-help"
    LEVEL_TOO_STRICT = "level-too-strict"
    TOO_FEW_PATIENTS = "too-few-patients"


def advised(epsilon: float, patients_per_site: int) -> SiteAdvice:
    """Return whether site centring can do anything at this level.

    Args:
        epsilon: Of the whole study.
        patients_per_site: That a usual hospital brings, as planned; never counted.

    >>> [advised(e, n).value for e, n in ((4.0, 150), (2.0, 400), (10.0, 40))]
    ['can-help', 'level-too-strict', 'too-few-patients']
    """
    if epsilon < LEAST_EPSILON:
        return SiteAdvice.LEVEL_TOO_STRICT
    if patients_per_site < LEAST_PATIENTS:
        return SiteAdvice.TOO_FEW_PATIENTS
    return SiteAdvice.CAN_HELP


def with_site_centring(
    parameters: tuple[tuple[str, Scalar], ...], recipe: str
) -> tuple[tuple[str, Scalar], ...]:
    """Return parameters that ask for one block for each party.

    Raises:
        PlanError: PL201 if the recipe cannot take out what pipelines add.
    """
    if SITE_BLOCKS not in dict(parameters):
        reason = f"{recipe} cannot take out what each hospital's pipeline adds"
        raise PlanError("PL201", field="centre_sites", reason=reason)
    return tuple((k, ONE_EACH if k == SITE_BLOCKS else v) for k, v in parameters)


def centres_sites(
    parameters: tuple[tuple[str, Scalar], ...], candidates: tuple[Candidate, ...] = ()
) -> bool:
    """Tell whether terms or a plan take out what each hospital's pipeline adds; with candidates,
    whether one of them does.
    """
    every = (parameters, *(c.recipe_parameters for c in candidates))
    return any(bool(dict(each).get(SITE_BLOCKS, 0)) for each in every)


def for_parties(
    parameters: tuple[tuple[str, Scalar], ...], n_parties: int
) -> tuple[tuple[str, Scalar], ...]:
    """Return what a plan of so many parties says where its terms say ``parameters``.

    >>> for_parties((("site_blocks", 1), ("bins", 4)), 3)
    (('site_blocks', 3), ('bins', 4))
    >>> for_parties((("site_blocks", 0),), 3)
    (('site_blocks', 0),)
    """
    return tuple((k, n_parties if k == SITE_BLOCKS and v else v) for k, v in parameters)


def candidates_for(candidates: tuple[Candidate, ...], n_parties: int) -> tuple[Candidate, ...]:
    """Return what a plan of so many parties says where its terms say ``candidates``."""
    return tuple(
        replace(c, recipe_parameters=for_parties(c.recipe_parameters, n_parties))
        for c in candidates
    )
