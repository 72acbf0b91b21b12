"""What a plan says about the time between the synthetic table and its release.

References:
    protocol.md "Stages"; privacy.md section 8.3; resources/decisions/012.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.model.stage import is_number, require

#: Confusion tables of a logistic regression and a random forest trained on the synthetic table.
CONFUSION: Final = "confusion-1"
#: Do the synthetic table's differences between classes show in the held-out patients, too?
AGREEMENT: Final = "agreement-1"
#: How far the held-out patients lie from the synthetic records.
DISTANCES: Final = "distances-1"
#: What may be asked beside the confusion tables, in the order of the key.
FURTHER: Final = (AGREEMENT, DISTANCES)
_JOINT: Final = "+"


def evaluation_key(*further: str) -> str:
    """Return the key of the confusion tables with these tables beside them.

    Args:
        further: Of ``FURTHER``, each at most once, in any order.

    >>> evaluation_key(), evaluation_key(DISTANCES)
    ('confusion-1', 'confusion-1+distances-1')
    """
    return _JOINT.join((CONFUSION, *(kind for kind in FURTHER if kind in further)))


_EVALUATIONS: Final = (
    "",
    CONFUSION,
    evaluation_key(AGREEMENT),
    evaluation_key(DISTANCES),
    evaluation_key(AGREEMENT, DISTANCES),
)


class VotePolicy(StrEnum):
    """Who decides that the table is released: the plan alone, or all hospitals in secret."""

    NONE = "none"
    YES_NO = "yes-no"
    MINIMUM = "minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """The plan's joint evaluation and private vote. Invariant: there is at least one of them, and
    a minimum needs an evaluation to be compared with.

    Attributes:
        evaluation: Key of the joint evaluation, as ``evaluation_key`` writes it; empty: none.
        vote: How the hospitals agree. Without agreement nothing is released and the spend stays.
    """

    evaluation: str = ""
    vote: VotePolicy = VotePolicy.NONE

    def __post_init__(self) -> None:
        """Refuse what judges nothing.

        Raises:
            PlanError: PL201 with the field.
        """
        require(self.evaluation in _EVALUATIONS, "judging.evaluation", "unknown to this version")
        require(type(self.vote) is VotePolicy, "judging.vote", "unknown")
        evaluated = self.evaluation != ""
        require(
            evaluated or self.vote is not VotePolicy.NONE, "judging", "neither evaluation nor vote"
        )
        require(
            evaluated or self.vote is not VotePolicy.MINIMUM,
            "judging.vote",
            "a minimum needs the joint evaluation",
        )

    @property
    def further(self) -> tuple[str, ...]:
        """What is asked beside the confusion tables: of ``FURTHER``, in its order."""
        return tuple(self.evaluation.split(_JOINT)[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One hospital's secret vote, cast before the run and before any report on real patients.

    It never leaves the hospital but as shares of one bit. Its text does not show it.

    Attributes:
        agrees: Yes or no; where the plan asks for a minimum, a hospital may still say no to
            everything.
        minimum: Least mean macro-F1 of the joint evaluation, 0 to 1; 0 where none is asked for.
    """

    agrees: bool
    minimum: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no vote.

        Raises:
            PlanError: PL201 with the field.
        """
        require(type(self.agrees) is bool, "ballot.agrees", "not yes or no")
        require(
            is_number(self.minimum) and 0 <= self.minimum <= 1, "ballot.minimum", "not from 0 to 1"
        )

    def __repr__(self) -> str:
        """Hide the vote."""
        return "Ballot(hidden)"

    def refuses(self, score: float | None) -> bool:
        """Tell whether this hospital says no to a table of that score.

        Args:
            score: Mean macro-F1 of the joint evaluation: noisy, public; None without one.

        >>> Ballot(agrees=True, minimum=0.5).refuses(0.4), Ballot(agrees=True).refuses(None)
        (True, False)
        """
        return not self.agrees or (score is not None and score < self.minimum)
