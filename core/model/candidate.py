"""Candidate settings of a plan: two or three ways of making the table, of which the joint
evaluation chooses one.

A plan with candidates names no recipe of its own. Each candidate has one, with parameters, and the
first so many genes of the plan's panel; its stages stand in the plan behind its letter, such as
``a:class-counts``. Training patients pay for all candidates, each the same part of mu squared.

References:
    resources/decisions/021-choosing-among-candidates.md; privacy.md sections 6 and 8.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.model.stage import Patients, StagePlan, is_number, is_text, require

#: A public recipe parameter: plain JSON scalars only.
Scalar = bool | int | float | str

LEAST_CANDIDATES: Final = 2
MOST_CANDIDATES: Final = 3
#: Parameter of a recipe that counts in how many bins each gene is, and how many there may be.
BINS: Final = "bins"
LEAST_BINS: Final = 2
MOST_BINS: Final = 8
DEFAULT_BINS: Final = 4
_LETTERS: Final = "abc"
_MARK: Final = ":"


def require_parameters(parameters: Sequence[tuple[str, Scalar]], field: str) -> None:
    """Refuse recipe parameters that are no plain values, or stand twice.

    Raises:
        PlanError: PL201 with the field.
    """
    names = [name for name, _ in parameters]
    require(
        all(is_text(name, 100) for name in names) and len(set(names)) == len(names),
        field,
        "a name is empty, too long or stands twice",
    )
    for name, value in parameters:
        scalar = type(value) is bool or is_number(value) or value == "" or is_text(value)
        require(scalar, f"{field}.{name}", "not a plain value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One setting of a plan.

    Attributes:
        recipe: Name of the recipe.
        recipe_parameters: Its public parameters.
        n_genes: The first so many of the plan's genes.
    """

    recipe: str
    recipe_parameters: tuple[tuple[str, Scalar], ...]
    n_genes: int

    def __post_init__(self) -> None:
        """Refuse what no recipe could take.

        Raises:
            PlanError: PL201 with the field.
        """
        require(is_text(self.recipe, 40), "candidates", "one names no recipe")
        require_parameters(self.recipe_parameters, "candidates.recipe_parameters")
        ok = type(self.n_genes) is int and self.n_genes >= 2
        require(ok, "candidates.n_genes", "must be 2 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateWish:
    """What somebody who drafts a study says about one candidate; the rest is proposed.

    Attributes:
        recipe: Name of the recipe.
        n_genes: The first so many genes of the panel; None for all.
        parameters: Recipe parameters that shall not be the proposed ones.
    """

    recipe: str
    n_genes: int | None = None
    parameters: tuple[tuple[str, Scalar], ...] = ()


def bins_in(parameters: Sequence[tuple[str, Scalar]]) -> int | None:
    """Return how many bins recipe parameters name; None where they name none."""
    found = dict(parameters).get(BINS)
    return int(found) if is_number(found) else None


def setting_line(recipe: str, n_genes: int, parameters: Sequence[tuple[str, Scalar]] = ()) -> str:
    """Return what a setting is, in the words of the command line and of released pages.

    >>> setting_line("moments", 1200)
    'moments, 1,200 genes'
    >>> setting_line("marginals", 147, (("bins", 6), ("centre_clip", 6.0)))
    'marginals, 147 genes, 6 bins'
    """
    bins = bins_in(parameters)
    return f"{recipe}, {n_genes:,} genes" + (f", {bins} bins" if bins is not None else "")


def require_number(n_candidates: int) -> None:
    """Refuse one candidate, which is no choice, and more than the budget can carry.

    Raises:
        PlanError: PL201.
    """
    least, most = LEAST_CANDIDATES, MOST_CANDIDATES
    require(least <= n_candidates <= most, "candidates", f"must be {least} or {most}, or none")


def letter_of(number: int) -> str:
    """Return the letter of the candidate of that number, from 0.

    >>> letter_of(0), letter_of(2)
    ('a', 'c')
    """
    return _LETTERS[number]


def stage_of(letter: str, name: str) -> str:
    """Return the name in the plan of a candidate's stage.

    >>> stage_of("b", "centre")
    'b:centre'
    """
    return f"{letter}{_MARK}{name}"


def own_name(letter: str, name: str) -> str | None:
    """Return what the recipe calls a stage of the plan; None if it is not this candidate's.

    >>> own_name("b", "b:centre"), own_name("b", "a:centre")
    ('centre', None)
    """
    before = f"{letter}{_MARK}"
    return name.removeprefix(before) if name.startswith(before) else None


def parted_name(name: str) -> tuple[str, str]:
    """Return the letter of a plan's stage, empty where the plan has one recipe, and what its
    recipe calls it.

    >>> parted_name("b:centre"), parted_name("centre")
    (('b', 'centre'), ('', 'centre'))
    """
    for letter in _LETTERS:
        own = own_name(letter, name)
        if own is not None:
            return letter, own
    return "", name


def require_candidates(
    candidates: Sequence[Candidate], n_genes: int, stages: Sequence[StagePlan]
) -> None:
    """Refuse candidates that do not fit their plan.

    Args:
        candidates: Of the plan; there are some.
        n_genes: Of the plan's panel.
        stages: Of the plan.

    Raises:
        PlanError: PL201 with the field.
    """
    require_number(len(candidates))
    require(len(set(candidates)) == len(candidates), "candidates", "one stands twice")
    require(
        max(c.n_genes for c in candidates) == n_genes,
        "candidates.n_genes",
        "the largest is not the plan's number of genes",
    )
    training = [s for s in stages if s.patients is Patients.TRAINING]
    letters = _LETTERS[: len(candidates)]
    owned = [next((x for x in letters if own_name(x, s.name)), "") for s in training]
    require(
        owned == sorted(owned) and set(owned) == set(letters),
        "stages",
        "they are not those of the candidates, in order",
    )
    for letter in letters:
        share = sum(s.share for s, x in zip(training, owned, strict=True) if x == letter)
        same = abs(share * len(letters) - 1) < 1e-9
        require(same, "stages", "the candidates do not share the budget equally")
