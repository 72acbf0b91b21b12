"""How the table of a new study is judged and who lets it out: one card of the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QFrame

from app.presenters.judging import evaluation_sentence, vote_sentence, width_sentence
from app.presenters.wording import say
from app.views.widgets import Check, Segments, card, col, framed, para, row, text
from core.messages.forecast_messages import ForecastShown
from core.model.judging import AGREEMENT, DISTANCES, Judging, VotePolicy, evaluation_key

_POLICIES: Final = (VotePolicy.NONE, VotePolicy.YES_NO, VotePolicy.MINIMUM)
_TESTS: Final = {
    AGREEMENT: "Also: do genes that differ between diagnoses lie on the same side in patients",
    DISTANCES: "Also: how far do patients lie from the synthetic ones",
}


class JudgingCard:
    """The card, and the one line in it that follows the forecast."""

    def __init__(
        self,
        judging: Judging | None,
        chosen: Callable[[Judging | None], None],
        needed: str = "",
    ) -> None:
        """Let the steward choose.

        Args:
            judging: What is chosen.
            chosen: Gets what the plan will say.
            needed: Why it has to be judged together; empty if it need not.
        """
        self._judging, self._chosen, self._needed = judging, chosen, needed
        self._evaluated = judging is not None and judging.evaluation != ""
        self._vote = judging.vote if judging is not None else VotePolicy.NONE
        self._further = judging.further if judging is not None else ()
        self._width = para("", "caption")
        self.frame = self._picture()
        self.follow(None)

    def follow(self, shown: ForecastShown | None) -> None:
        """Say how sure the joint score will be."""
        words = width_sentence(self._judging, shown)
        self._width.set_words(words)
        self._width.setVisible(bool(words))

    def _picture(self) -> QFrame:
        tick = Check(
            say("All hospitals judge the synthetic patients together"), checked=self._evaluated
        )
        tick.toggled.connect(lambda on: self._take(evaluated=on))
        needed = self._needed
        if self._vote is VotePolicy.MINIMUM:
            needed = needed or say("A minimum is compared with the joint score.")
        tick.setEnabled(not needed)
        tick.setAccessibleDescription(needed)
        tick.setToolTip(needed)
        way = Segments(
            say("Who lets it out"),
            say("The plan alone"),
            say("All say yes"),
            say("Everybody’s minimum"),
            chosen=_POLICIES.index(self._vote),
        )
        way.chosen.connect(lambda n: self._take(vote=_POLICIES[n]))
        tests = [self._test(kind) for kind in _TESTS] if self._evaluated else []
        return card(
            say("Before it is released"),
            tick,
            *tests,
            para(_sentence(evaluation_sentence(self._judging))),
            self._width,
            col(text(say("Who lets it out"), "label", "text"), row(way, None), gap="xs"),
            para(_sentence(vote_sentence(self._vote))),
            note=say("Each hospital votes in secret when its second person approves the plan."),
        )

    def _test(self, kind: str) -> QFrame:
        further = Check(say(_TESTS[kind]), checked=kind in self._further)
        further.toggled.connect(
            lambda on: self._take(
                further=tuple({*self._further, kind} if on else {*self._further} - {kind})
            )
        )
        return framed(row(28, further, None, gap="none"))

    def _take(
        self,
        *,
        evaluated: bool | None = None,
        vote: VotePolicy | None = None,
        further: tuple[str, ...] | None = None,
    ) -> None:
        """Pass on what is chosen now; a minimum is compared with the joint score, so choosing it
        brings the evaluation with it.
        """
        evaluated = self._evaluated if evaluated is None else evaluated
        vote = self._vote if vote is None else vote
        key = evaluation_key(*(self._further if further is None else further))
        evaluation = key if evaluated or vote is VotePolicy.MINIMUM else ""
        if evaluation or vote is not VotePolicy.NONE:
            self._chosen(Judging(evaluation=evaluation, vote=vote))
        else:
            self._chosen(None)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
