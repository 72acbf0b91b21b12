"""How the table is judged before it is released, in words: the joint evaluation and the vote."""

from __future__ import annotations

from typing import assert_never

from app.presenters.wording import say
from core.model.judging import VotePolicy


def evaluation_sentence(*, evaluated: bool) -> str:
    """Return whether and how the hospitals judge the table together, and what that takes."""
    if not evaluated:
        return say("by each hospital for itself, after the release; those numbers stay there")
    return say(
        "by all hospitals together, before it is released: each tests it on its own patients who "
        "are kept aside, and only noisy totals over all hospitals are opened. These patients have "
        "the whole privacy level to themselves, as nobody is both kept aside and used for the "
        "table: judging takes nothing from making it"
    )


def vote_sentence(vote: VotePolicy) -> str:
    """Return who decides that the table is released."""
    match vote:
        case VotePolicy.NONE:
            return say("as soon as it is made and checked: the signatures on this plan are enough")
        case VotePolicy.YES_NO:
            return say(
                "only if every hospital said yes, in secret and before the run. Nobody learns who "
                "said no, nor how many; then nothing is released, and the study counts as spent"
            )
        case VotePolicy.MINIMUM:
            return say(
                "only if the joint score reaches the minimum of every hospital, which each fixes "
                "in secret before the run. Nobody learns whose was missed; then nothing is "
                "released, and the study counts as spent"
            )
    assert_never(vote)


def ballot_note() -> str:
    """Return what happens with a vote, beside the box in which it is cast."""
    return say(
        "Kept on this computer and never changed. It goes, as one secret bit, into the joint "
        "computation; only whether all agree comes out. It is cast before any report on your own "
        "patients: a decision made after that would not be covered by the promise."
    )
