"""The words of the command line about judging the table before it is released."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import PlanError
from core.model.evaluation import JointScores
from core.model.judging import CONFUSION, Ballot, Judging, VotePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a rehearsal's table is judged, and how its hospitals vote.

    Attributes:
        judging: For the plan; None: the table is released at once.
        minimum: Every hospital's least score; 0 where none is asked for.
        refusing: Names of hospitals that vote no.
    """

    judging: Judging | None = None
    minimum: float = 0.0
    refusing: tuple[str, ...] = ()

    def ballot_of(self, name: str) -> Ballot | None:
        """Return the vote of one hospital, if there is one."""
        if self.judging is None or self.judging.vote is VotePolicy.NONE:
            return None
        return Ballot(agrees=name not in self.refusing, minimum=self.minimum)

    def require_known(self, names: Sequence[str]) -> None:
        """Refuse a no of a hospital that is not there.

        Raises:
            PlanError: PL201.
        """
        for name in self.refusing:
            if name not in names:
                raise PlanError("PL201", field="vote", reason=f"no hospital is called {name!r}")


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rehearse``."""
    add = parser.add_argument
    add(
        "--evaluate",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="score the table on everybody's held-out patients together; costs no training "
        "patient anything",
    )
    add(
        "--vote",
        choices=[policy.value for policy in VotePolicy],
        default=VotePolicy.NONE.value,
        help="release only if all agree, without telling who does not: yes-no, or each hospital's "
        "minimum for the joint score",
    )
    add(
        "--minimum",
        type=float,
        default=0.0,
        metavar="F1",
        help="every hospital's least mean macro-F1 (with --vote minimum)",
    )
    add(
        "--refusing",
        action="append",
        default=[],
        metavar="NAME",
        help="hospital that votes no; repeat",
    )


def wishes_of(arguments: argparse.Namespace) -> Wishes:
    """Return what the options ask for; a minimum needs the evaluation, so it comes with it.

    Raises:
        PlanError: PL201 for what does not go together.
    """
    vote = VotePolicy(arguments.vote)
    evaluated = arguments.evaluate or vote is VotePolicy.MINIMUM
    if vote is VotePolicy.NONE and arguments.refusing:
        raise PlanError("PL201", field="vote", reason="a no needs a vote (--vote)")
    if vote is not VotePolicy.MINIMUM and arguments.minimum:
        raise PlanError("PL201", field="vote", reason="a minimum needs --vote minimum")
    judging = None
    if evaluated or vote is not VotePolicy.NONE:
        judging = Judging(evaluation=CONFUSION if evaluated else "", vote=vote)
    return Wishes(judging=judging, minimum=arguments.minimum, refusing=tuple(arguments.refusing))


def joint_lines(joint: JointScores | None) -> tuple[str, ...]:
    """Return the released scores for the terminal, one a line."""
    if joint is None:
        return ()
    return tuple(
        f"Joint evaluation: {score.classifier} {score.score} {score.value:.2f} "
        f"({score.low:.2f} to {score.high:.2f})"
        for score in joint.scores
    )
