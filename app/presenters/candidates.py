"""The settings of a draft that are tried beside each other: which, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.presenters.wording import count, say
from app.presenters.wording.candidates import counts_in_steps, setting_name, steps_of
from core.messages.forecast_messages import ForecastShown
from core.model.candidate import (
    BINS,
    DEFAULT_BINS,
    MOST_CANDIDATES,
    Candidate,
    CandidateWish,
    Scalar,
    letter_of,
)
from core.model.judging import CONFUSION, Judging, VotePolicy
from core.study.trying import Trade, trade_of

MIN_GENES: Final = 2
Settings = tuple[CandidateWish, ...]


def begun(recipe: str, n_genes: int, proposed: int, recipes: Sequence[str]) -> Settings:
    """Return the two settings that a draft starts to try: its own, and one with fewer genes; with
    the fewest genes that there can be, one that is made in another way.

    Args:
        recipe: Of the draft.
        n_genes: Of its panel.
        proposed: Genes that the usefulness rule proposes; 0 if it proposes none.
        recipes: All ways in which synthetic patients can be made.
    """
    own = (CandidateWish(recipe=recipe, n_genes=n_genes),)
    fewer = proposed if MIN_GENES <= proposed < n_genes else max(MIN_GENES, n_genes // 2)
    if fewer == n_genes:
        return with_another(own, recipes)
    return (*own, CandidateWish(recipe=recipe, n_genes=fewer))


def with_another(settings: Settings, recipes: Sequence[str]) -> Settings:
    """Return the settings with one more: the genes of the first, made in another way if any."""
    if len(settings) >= MOST_CANDIDATES:
        return settings
    tried = {s.recipe for s in settings}
    recipe = next((r for r in recipes if r not in tried), settings[0].recipe)
    return (*settings, CandidateWish(recipe=recipe, n_genes=settings[0].n_genes))


def without(settings: Settings, number: int) -> Settings:
    """Return the settings without one."""
    return tuple(s for i, s in enumerate(settings) if i != number)


def changed(settings: Settings, number: int, **changes: object) -> Settings:
    """Return the settings with one of them changed; what is made in another way keeps its genes
    only.

    Args:
        settings: Those there are.
        number: Of the changed one, from 0.
        changes: Attributes of `CandidateWish` with their new values.
    """
    old = settings[number]
    if changes.get("recipe", old.recipe) != old.recipe:
        changes = {"parameters": (), **changes}
    new = replace(old, **changes)  # type: ignore[arg-type]
    return tuple(new if i == number else s for i, s in enumerate(settings))


def with_steps(settings: Settings, number: int, steps: int) -> Settings:
    """Return the settings with another number of steps per gene in one that counts in steps; the
    usual number is not written down, so that a setting that says it is no other one.
    """
    return changed(settings, number, parameters=_steps(steps))


def _steps(steps: int) -> tuple[tuple[str, Scalar], ...]:
    return () if steps == DEFAULT_BINS else ((BINS, steps),)


def wrong_settings(settings: Settings, most: int) -> str:
    """Return what is wrong with the settings; empty if nothing is.

    Args:
        settings: Those there are.
        most: Genes to choose from; 0 while they are not known.
    """
    for number, one in enumerate(settings):
        name = setting_name(letter_of(number))
        if one in settings[:number]:
            same = setting_name(letter_of(settings.index(one)))
            return say("{one} and {other} are the same: change one.", one=same, other=name)
        if most and (one.n_genes or 0) > most:
            return say("{name} has more genes than there are: {n}.", name=name, n=count(most))
    return ""


def judged(judging: Judging | None) -> Judging:
    """Return how the table is judged where settings are tried: together, as they need it."""
    if judging is not None and judging.evaluation:
        return judging
    vote = judging.vote if judging is not None else VotePolicy.NONE
    return Judging(evaluation=CONFUSION, vote=vote)


def wishes_of(candidates: Sequence[Candidate]) -> Settings:
    """Return the settings of an earlier study as wishes: their split is proposed anew, their steps
    per gene stay.
    """
    return tuple(
        CandidateWish(
            recipe=c.recipe,
            n_genes=c.n_genes,
            parameters=_steps(steps_of(c)) if counts_in_steps(c.recipe) else (),
        )
        for c in candidates
    )


def trade_between(found: Sequence[ForecastShown | None]) -> Trade | None:
    """Weigh what settings are expected to give; None while it is not known of all."""
    pairs = [(f.usefulness, f.undivided) for f in found if f is not None]
    known = [(u.ratio, w.ratio) for u, w in pairs if u is not None and w is not None]
    if not known or len(known) != len(found):
        return None
    return trade_of([among for among, _ in known], [alone for _, alone in known])
