"""How the table of a new study is judged and who lets it out: one card of the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QFrame

from app.presenters.judging import evaluation_sentence, vote_sentence
from app.presenters.wording import say
from app.views.widgets import Check, Segments, card, col, para, row, text
from core.model.judging import CONFUSION, Judging, VotePolicy

_POLICIES: Final = (VotePolicy.NONE, VotePolicy.YES_NO, VotePolicy.MINIMUM)


def judging_card(judging: Judging | None, chosen: Callable[[Judging | None], None]) -> QFrame:
    """Let the steward choose; ``chosen`` gets what the plan will say.

    A minimum is compared with the joint score, so choosing it brings the evaluation with it.
    """
    evaluated = judging is not None and judging.evaluation != ""
    vote = judging.vote if judging is not None else VotePolicy.NONE

    def take(*, evaluated: bool, vote: VotePolicy) -> None:
        evaluation = CONFUSION if evaluated or vote is VotePolicy.MINIMUM else ""
        if evaluation or vote is not VotePolicy.NONE:
            chosen(Judging(evaluation=evaluation, vote=vote))
        else:
            chosen(None)

    tick = Check(say("All hospitals judge the synthetic patients together"), checked=evaluated)
    tick.toggled.connect(lambda on: take(evaluated=on, vote=vote))
    way = Segments(
        say("Who lets it out"),
        say("The plan alone"),
        say("All say yes"),
        say("Everybody’s minimum"),
        chosen=_POLICIES.index(vote),
    )
    way.chosen.connect(lambda n: take(evaluated=evaluated, vote=_POLICIES[n]))
    tick.setEnabled(vote is not VotePolicy.MINIMUM)
    return card(
        say("Before it is released"),
        tick,
        para(_sentence(evaluation_sentence(evaluated=evaluated))),
        col(text(say("Who lets it out"), "label", "text"), row(way, None), gap="xs"),
        para(_sentence(vote_sentence(vote))),
        note=say("Each hospital votes in secret when its second person approves the plan."),
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
