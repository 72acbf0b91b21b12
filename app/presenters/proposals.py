"""Why so many genes, and what the stages get of what is spent."""

from __future__ import annotations

from app.presenters.privacy import FEWEST_PROPOSED, PrivacyState
from app.presenters.wording import count, say, stage_words
from core.model.study import StageShare


def proposal_words(state: PrivacyState) -> str:
    """Say how many genes are proposed, and from what it follows; empty while nothing is priced."""
    if state.level is None:
        return ""
    fits, n = state.level.usefulness.genes_for_good, count(state.proposed_genes)
    if not state.proposed_genes:
        return say(
            "With {smallest} patients in the rarest diagnosis no panel of {few} genes or more "
            "comes close to real data at this level.",
            smallest=count(state.smallest),
            few=FEWEST_PROPOSED,
        )
    if fits >= state.most_genes:
        return say(
            "Proposed: all {n} genes. With {smallest} patients in the rarest diagnosis even so "
            "many stay close to real data at this level.",
            n=n,
            smallest=count(state.smallest),
        )
    return say(
        "Proposed: {n} genes. With {smallest} patients in the rarest diagnosis so many come "
        "close to real data at this level; each further gene adds noise to all. It follows from "
        "the plan alone.",
        n=n,
        smallest=count(state.smallest),
    )


def split_words(split: tuple[StageShare, ...], *, own: bool) -> str:
    """Say what each stage gets of what is spent, largest first.

    Args:
        split: Of the chosen level.
        own: Whether the steward chose it.
    """
    largest = sorted(split, key=lambda part: -part.share)
    parts = ", ".join(
        say("{stage} {n} of 100", stage=stage_title(s.stage), n=round(100 * s.share))
        for s in largest
    )
    if own:
        return say("You share out what is spent over the stages: {parts}.", parts=parts)
    return say(
        "Proposed for these genes, patients and this level: what is spent is shared out over the "
        "stages as {parts}.",
        parts=parts,
    )


def stage_title(stage: str) -> str:
    """Return what a stage counts, inside a sentence."""
    title = stage_words(stage).title
    return title[0].lower() + title[1:]
