"""How the table is judged before it is released, in words: the joint evaluation and the vote."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never

from app.presenters.wording import count, say
from core.messages.forecast_messages import ForecastShown
from core.model.judging import AGREEMENT, CONFUSION, DISTANCES, Judging, VotePolicy

_FURTHER: Final[Mapping[str, str]] = MappingProxyType(
    {
        AGREEMENT: "they are also asked whether genes that differ between the synthetic diagnoses "
        "lie on the same side in their patients",
        DISTANCES: "they are also asked how far their patients lie from the synthetic ones",
    }
)


def evaluation_sentence(judging: Judging | None) -> str:
    """Return whether and how the hospitals judge the table together, and what that takes."""
    if judging is None or not judging.evaluation:
        return say("by each hospital for itself, after the release; those numbers stay there")
    told = say(
        "by all hospitals together, before it is released: each tests it on its own patients who "
        "are kept aside, and only noisy totals over all hospitals are opened. These patients have "
        "the whole privacy level to themselves, as nobody is both kept aside and used for the "
        "table: judging takes nothing from making it"
    )
    return "; ".join((told, *(say(_FURTHER[kind]) for kind in judging.further)))


def width_sentence(judging: Judging | None, shown: ForecastShown | None) -> str:
    """Return how sure the joint score will be, and what further tests change in that; empty while
    nobody knows.
    """
    if judging is None or not judging.evaluation or shown is None:
        return ""
    known = {key: round(50 * width) for key, width in shown.joint_widths}
    told = say(
        "With about {n} patients kept aside in all hospitals, the joint score will be known to "
        "within {own} points of 100 up or down",
        n=count(shown.held_out),
        own=known[judging.evaluation],
    )
    if judging.further:
        fewer = known[CONFUSION]
        return say("{told}; to within {n} without the further tests.", told=told, n=fewer)
    most = known[shown.joint_widths[-1][0]]
    return say("{told}; to within {n} with both further tests.", told=told, n=most)


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
