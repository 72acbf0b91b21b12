"""What the joint evaluation says of several candidate settings, and which of them is released.

References:
    resources/decisions/021-choosing-among-candidates.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from core.errors import InternalError
from core.model.candidate import LEAST_CANDIDATES, MOST_CANDIDATES, letter_of
from core.model.evaluation import JointScores


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateScore:
    """What the joint evaluation says of one candidate setting.

    Attributes:
        value: Mean macro-F1 over the classifiers, by which candidates are compared.
        low: Lower end of its interval, which holds for all candidates at once.
        high: Upper end.
        scores: Everything that was evaluated.
    """

    value: float
    low: float
    high: float
    scores: JointScores

    def __post_init__(self) -> None:
        """Refuse another value than the scores tell.

        Raises:
            InternalError: IN901.
        """
        same = self.value == self.scores.macro_f1
        if not same or not 0 <= self.low <= self.value <= self.high <= 1:
            raise InternalError("IN901", rule="a candidate's score is the mean of its macro-F1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The candidates of a plan and their scores: public, charged to the plan. The one with the
    largest score is released.

    The largest of several noisy scores is on average too high; its interval is wide enough for
    that, because it holds for all candidates at once.

    Attributes:
        candidates: In the plan's order; two or three.
    """

    candidates: tuple[CandidateScore, ...]

    def __post_init__(self) -> None:
        """Refuse what leaves no choice.

        Raises:
            InternalError: IN901.
        """
        if not LEAST_CANDIDATES <= len(self.candidates) <= MOST_CANDIDATES:
            raise InternalError("IN901", rule="two or three candidates are compared")

    @property
    def number(self) -> int:
        """Number of the chosen candidate, from 0: the first with the largest score."""
        values = [c.value for c in self.candidates]
        return values.index(max(values))

    @property
    def letter(self) -> str:
        """Letter of the chosen candidate."""
        return letter_of(self.number)

    @property
    def chosen(self) -> CandidateScore:
        """What is said of the chosen candidate."""
        return self.candidates[self.number]

    def tree(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "candidates": [
                {"value": c.value, "low": c.low, "high": c.high, "scores": c.scores.tree()}
                for c in self.candidates
            ]
        }

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Return what ``tree`` or ``dataclasses.asdict``, and JSON, have made plain; errors as in
        ``JointScores.from_tree``.
        """
        return cls(
            candidates=tuple(
                CandidateScore(**{**c, "scores": JointScores.from_tree(c["scores"])})
                for c in tree["candidates"]
            )
        )
