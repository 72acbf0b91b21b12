"""Several settings of which the patients kept aside choose one: what is said about them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.presenters.wording.figures import count
from app.presenters.wording.language import say
from app.presenters.wording.states import LightName
from core.model.candidate import DEFAULT_BINS, Candidate, CandidateWish, bins_in, letter_of
from core.model.quality import Usefulness
from core.study.trying import Trade

_IN_STEPS: Final = "marginals"
_RECIPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "moments": "averages and common patterns",
        "marginals": "each gene by itself",
    }
)


def recipe_name(recipe: str) -> str:
    """Return how a recipe makes synthetic patients, in a few words."""
    return say(_RECIPES.get(recipe, recipe))


def setting_name(letter: str) -> str:
    """Return the name of a setting of that letter.

    >>> setting_name("a")
    'Setting A'
    """
    return say("Setting {letter}", letter=letter.upper())


def setting_words(setting: Candidate | CandidateWish, most: int = 0) -> str:
    """Return what a setting is: how they are made, of how many genes, in how many steps.

    Args:
        setting: One of a plan or of a draft.
        most: Genes that there are, for a draft's setting that takes all.
    """
    genes = most if setting.n_genes is None else setting.n_genes
    recipe = recipe_name(setting.recipe)
    if counts_in_steps(setting.recipe):
        steps = steps_of(setting)
        return say("{recipe} in {k} steps, {n} genes", recipe=recipe, k=steps, n=count(genes))
    return say("{recipe}, {n} genes", recipe=recipe, n=count(genes))


def counts_in_steps(recipe: str) -> bool:
    """Tell whether a recipe counts patients by steps of each gene."""
    return recipe == _IN_STEPS


def steps_of(setting: Candidate | CandidateWish) -> int:
    """Return in how many steps a setting counts each gene: what it says, or what is usual."""
    given = setting.parameters if isinstance(setting, CandidateWish) else setting.recipe_parameters
    return bins_in(given) or DEFAULT_BINS


def steps_sentence() -> str:
    """Return what more or fewer steps of a gene do."""
    return say(
        "More steps follow the shape of a gene more closely, but each is counted with the same "
        "noise: diagnoses are told apart less well. The score that chooses looks at diagnoses "
        "only."
    )


def settings_words(settings: Sequence[Candidate | CandidateWish], most: int = 0) -> str:
    """Return all settings of a plan or of a draft in one line; ``most`` as in `setting_words`."""
    return "; ".join(
        say("{name}: {what}", name=setting_name(letter_of(i)), what=setting_words(c, most))
        for i, c in enumerate(settings)
    )


def noise_factor(n_settings: int) -> str:
    """Return how many times the noise of one setting alone each of so many has.

    >>> noise_factor(2), noise_factor(3)
    ('1.41', '1.73')
    """
    return f"{math.sqrt(n_settings):.2f}"


def price_sentence(n_settings: int) -> str:
    """Return what trying several settings takes."""
    return say(
        "What the study spends is divided between the {n} settings, and stays what it is: each is "
        "made with **{factor} times the noise** that it would have alone.",
        n=n_settings,
        factor=noise_factor(n_settings),
    )


def trying_advice(trade: Trade) -> tuple[LightName, str]:
    """Return whether trying several settings may pay, with its light."""
    name = setting_name(letter_of(trade.best))
    price, stake = round(100 * trade.price), round(100 * trade.stake)
    if trade.pays:
        return "ok", say(
            "Trying may pay: it is expected to cost {price} of 100, and the settings to differ by "
            "{stake}. If you are sure which is best, take that one alone.",
            price=price,
            stake=stake,
        )
    return "warn", say(
        "Better take {name} alone: trying is expected to cost {price} of 100, and the settings to "
        "differ by only {stake}.",
        name=name,
        price=price,
        stake=stake,
    )


def alone_words(useful: Usefulness) -> str:
    """Return what a setting may give if it were the only one."""
    return say(
        "Alone it may give {low} to {high}.",
        low=round(100 * useful.low),
        high=round(100 * useful.high),
    )


def choice_sentence() -> str:
    """Return who chooses, and by what."""
    return say(
        "The patients whom the hospitals keep aside choose: all hospitals test each setting on "
        "them, only noisy totals are opened, and the setting with the best joint score is "
        "released. No person chooses, and choosing costs nothing more."
    )


def chosen_sentence(settings: Sequence[Candidate]) -> str:
    """Return what a plan with settings agrees on, for those who sign it."""
    return say(
        "one of {n} settings, which the patients kept aside choose. {settings}. Each is made with "
        "an equal part of what is spent, so with {factor} times the noise that it would have "
        "alone; the one with the best noisy joint score is released. The noisy totals and scores "
        "of all settings are opened to all hospitals.",
        n=len(settings),
        settings=settings_words(settings),
        factor=noise_factor(len(settings)),
    )
