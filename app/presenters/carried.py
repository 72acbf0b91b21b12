"""What a rehearsal on this computer takes over from a study that was written down."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.presenters.candidates import Settings
from app.presenters.draft_state import RECIPES, DraftState
from app.presenters.wording import count, say
from app.presenters.wording.candidates import recipe_name, settings_words
from core.model.judging import Judging, VotePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What is taken over.

    Attributes:
        recipe: How they are made; does not count where settings are tried.
        genes: The list of genes that was chosen; empty: what the files have in common.
        n_genes: So many of them; None: all.
        most_genes: Of the list, or of the own file.
        n_records: Synthetic patients; None for the noisy total.
        shares: What the steward gives to stages; empty takes what is proposed.
        candidates: Settings that are tried beside each other; empty: the one way.
        judging: The joint evaluation; None: the table is not judged together.
        epsilon: With what the table, or each of several, is made.
        centred: Whether what each hospital's laboratory adds to a gene is taken out.
        patients: Of a usual hospital, typed, for the advice on that only.
    """

    recipe: str
    genes: tuple[str, ...]
    n_genes: int | None
    most_genes: int
    n_records: int | None
    shares: tuple[tuple[str, float], ...]
    candidates: Settings
    judging: Judging | None
    epsilon: float
    centred: bool
    patients: int

    @property
    def can_centre(self) -> bool:
        """Whether what makes the synthetic patients can centre sites."""
        return RECIPES[0] in ({c.recipe for c in self.candidates} or {self.recipe})


def carried_of(draft: DraftState, epsilon: float | None) -> Carried | None:
    """Return what a rehearsal takes over; None while it is not known which genes there are.

    Args:
        draft: What was written down.
        epsilon: With what each of several settings is made; None while that is not known.
    """
    if not draft.most_genes:
        return None
    return Carried(
        recipe=draft.recipe,
        genes=draft.file_genes,
        n_genes=draft.asked_genes,
        most_genes=draft.most_genes,
        n_records=draft.n_records,
        shares=() if draft.candidates else draft.shares,
        candidates=draft.candidates,
        judging=_without_vote(draft.judging),
        epsilon=epsilon or draft.epsilon,
        centred=draft.site_centring,
        patients=draft.site_patients,
    )


def _without_vote(judging: Judging | None) -> Judging | None:
    """Return the joint evaluation alone: nobody else is there who could vote."""
    if judging is None or not judging.evaluation:
        return None
    return replace(judging, vote=VotePolicy.NONE)


def carried_facts(carried: Carried) -> tuple[tuple[str, str], ...]:
    """Return what is taken over, as names and words."""
    n = count(carried.n_genes or carried.most_genes)
    if carried.genes:
        genes = say("{n} of your list", n=n)
    elif carried.n_genes is None:
        genes = say("all that the files have in common")
    else:
        genes = say("{n} that the files have in common", n=n)
    if carried.candidates:
        made = (
            say("Settings that are tried"),
            settings_words(carried.candidates, carried.most_genes),
        )
    else:
        made = (say("How they are made"), recipe_name(carried.recipe))
    split = say("as you share it out") if carried.shares else say("as it is proposed")
    judged = (
        say("by all hospitals together, before the release")
        if carried.judging
        else say("by each hospital for itself")
    )
    return (
        made,
        (say("Genes"), genes),
        (say("Split of what is spent"), split),
        (say("Judged"), judged),
    )


def left_out() -> str:
    """Return what is not taken over, in a sentence or two."""
    return say(
        "Not taken over: the vote, as nobody else is there; the diagnoses as you typed them, as "
        "those of the files count; the most patients of one hospital; purpose and licence."
    )
