"""What a release says about the settings among which the joint evaluation chose."""

from __future__ import annotations

from collections.abc import Sequence

from core.model.candidate import DEFAULT_BINS, Candidate, bins_in, letter_of
from core.model.plan import Plan
from core.model.selection import Selection
from core.release.choosing import choice_words
from core.release.pages.document import Block, Grid, Paragraph


def candidate_blocks(plan: Plan, selection: Selection | None) -> tuple[Block, ...]:
    """Return the settings, their scores and what choosing means; nothing without candidates."""
    if selection is None:
        return ()
    level = selection.chosen.scores.level
    words = choice_words(len(plan.candidates), level)
    grid = Grid(
        caption=f"Candidate settings: mean macro-F1, out of 100, with {level:.0%} intervals that "
        "hold for all at once",
        heads=("Setting", "Recipe", "Genes", "Score", "From", "To", "Released"),
        rows=tuple(
            (
                letter_of(i),
                recipe,
                f"{c.n_genes:,}",
                *(f"{100 * v:.1f}" for v in (s.value, s.low, s.high)),
                "yes" if i == selection.number else "no",
            )
            for i, (c, recipe, s) in enumerate(
                zip(
                    plan.candidates,
                    recipes_said(plan.candidates),
                    selection.candidates,
                    strict=True,
                )
            )
        ),
        words=2,
    )
    return (Paragraph(text=words), grid)


def recipes_said(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Return how each setting is made: its recipe, and in how many bins unless all that count in
    bins have the usual number, as those of earlier releases, whose pages stay as they are.
    """
    bins = [bins_in(c.recipe_parameters) for c in candidates]
    if set(bins) <= {None, DEFAULT_BINS}:
        return tuple(c.recipe for c in candidates)
    return tuple(
        c.recipe if n is None else f"{c.recipe}, {n} bins"
        for c, n in zip(candidates, bins, strict=True)
    )
