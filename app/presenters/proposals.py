"""Why so many genes, and what the stages get of what is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.presenters.wording import count, say, stage_words
from core.model.quality import Usefulness
from core.model.study import StageShare

FEWEST_PROPOSED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """From what a proposed split follows.

    Attributes:
        n_genes: Of the panel.
        n_classes: Diagnoses.
        smallest: Patients planned in the rarest of them.
        fitted: Whether the split is fitted to these numbers, or the same for every plan.
    """

    n_genes: int
    n_classes: int
    smallest: int
    fitted: bool = True


def proposed_of(useful: Usefulness, most: int) -> int:
    """Return how many of ``most`` genes the usefulness rule allows; 0 if they are too few to be
    worth a study.
    """
    proposed = min(most, useful.genes_for_good)
    return proposed if useful.genes_for_good >= FEWEST_PROPOSED or proposed == most else 0


def proposal_words(useful: Usefulness, *, most: int, smallest: int) -> str:
    """Say how many genes are proposed, and from what it follows.

    Args:
        useful: What is expected at the chosen level.
        most: Genes that there are.
        smallest: Patients planned in the rarest diagnosis.
    """
    proposed = proposed_of(useful, most)
    if not proposed:
        return say(
            "With {smallest} patients in the rarest diagnosis no panel of {few} genes or more "
            "comes close to real data at this level.",
            smallest=count(smallest),
            few=FEWEST_PROPOSED,
        )
    if useful.genes_for_good >= most:
        return say(
            "Proposed: all {n} genes. With {smallest} patients in the rarest diagnosis even so "
            "many stay close to real data at this level.",
            n=count(proposed),
            smallest=count(smallest),
        )
    return say(
        "Proposed: {n} genes. With {smallest} patients in the rarest diagnosis so many come "
        "close to real data at this level; each further gene adds noise to all. It follows from "
        "the plan alone.",
        n=count(proposed),
        smallest=count(smallest),
    )


def split_words(split: tuple[StageShare, ...], planned: Planned, *, own: bool) -> str:
    """Say what each stage gets of what is spent, largest first, and why.

    Args:
        split: Of the chosen level.
        planned: From what the proposal follows.
        own: Whether the steward chose it.
    """
    largest = sorted(split, key=lambda part: -part.share)
    parts = ", ".join(
        say("{stage} {n} of 100", stage=stage_title(s.stage), n=round(100 * s.share))
        for s in largest
    )
    if own:
        return say("You share out what is spent over the stages: {parts}.", parts=parts)
    if not planned.fitted:
        return say(
            "What is spent is shared out over the stages as {parts}: the same for every study of "
            "this kind.",
            parts=parts,
        )
    return say(
        "Proposed: what is spent is shared out over the stages as {parts}. With {genes} genes, "
        "{classes} diagnoses and {smallest} patients in the rarest one, moving a hundredth to "
        "another stage is expected to lose more than it wins.",
        parts=parts,
        genes=count(planned.n_genes),
        classes=planned.n_classes,
        smallest=count(planned.smallest),
    )


def stage_title(stage: str) -> str:
    """Return what a stage counts, inside a sentence."""
    title = stage_words(stage).title
    return title[0].lower() + title[1:]
