"""The words of the command line about judging the table before it is released."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import PlanError
from core.messages.forecast_messages import ForecastShown
from core.model.candidate import CandidateWish
from core.model.evaluation import JointScores
from core.model.joint_tables import CHANCE, JointShare
from core.model.judging import (
    AGREEMENT,
    CONFUSION,
    DISTANCES,
    Ballot,
    Judging,
    VotePolicy,
    evaluation_key,
)
from core.worker.commands.candidate_arguments import add_candidates, candidates_of

_FURTHER: Final = {"agreement": AGREEMENT, "distances": DISTANCES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a rehearsal's table is judged, and how its hospitals vote.

    Attributes:
        judging: For the plan; None: the table is released at once.
        candidates: Settings of which the joint evaluation chooses one; none: the one recipe.
        minimum: Every hospital's least score; 0 where none is asked for.
        refusing: Names of hospitals that vote no.
    """

    judging: Judging | None = None
    candidates: tuple[CandidateWish, ...] = ()
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


def add_licence(parser: argparse.ArgumentParser) -> None:
    """Add the terms under which the table is released; they stand in the plan."""
    parser.add_argument(
        "--licence",
        default="",
        metavar="TEXT",
        help="under which terms the hospitals release the table, such as CC BY 4.0",
    )


def add_judging_terms(parser: argparse.ArgumentParser, *, default: bool) -> None:
    """Add the options that say how a study's table is judged."""
    add = parser.add_argument
    add(
        "--evaluate",
        action=argparse.BooleanOptionalAction,
        default=default or None,
        help="score the table on everybody's held-out patients together; costs no training "
        "patient anything",
    )
    add(
        "--also",
        action="append",
        default=[],
        choices=sorted(_FURTHER),
        help="judge this together, too: whether differences between classes agree with held-out "
        "patients, or how far these lie from the table; every score gets less sure; repeat",
    )
    add(
        "--vote",
        choices=[policy.value for policy in VotePolicy],
        default=VotePolicy.NONE.value,
        help="release only if all agree, without telling who does not: yes-no, or each hospital's "
        "minimum for the joint score",
    )

    add_candidates(parser)


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rehearse``, whose hospitals have one owner."""
    add_judging_terms(parser, default=False)
    add = parser.add_argument
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


def add_ballot(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``study approve``: this hospital's vote."""
    parser.add_argument(
        "--release",
        choices=("yes", "no"),
        help="this hospital's secret vote on the release, if the plan asks for one; it cannot be "
        "changed",
    )
    parser.add_argument(
        "--minimum",
        type=float,
        metavar="F1",
        help="this hospital's secret minimum for the joint score, if the plan asks for one",
    )


def judging_of(arguments: argparse.Namespace) -> Judging | None:
    """Return how the table is judged; a minimum, further tables and candidates need the
    evaluation, so it comes with them.
    """
    vote = VotePolicy(arguments.vote)
    needed = arguments.also or arguments.candidate or vote is VotePolicy.MINIMUM
    evaluated = arguments.evaluate or needed
    if not evaluated and vote is VotePolicy.NONE:
        return None
    further = [_FURTHER[name] for name in arguments.also]
    return Judging(evaluation=evaluation_key(*further) if evaluated else "", vote=vote)


def ballot_of(arguments: argparse.Namespace) -> Ballot | None:
    """Return the vote of ``study approve``; a minimum alone is a yes with a condition."""
    if arguments.release is None and arguments.minimum is None:
        return None
    return Ballot(agrees=arguments.release != "no", minimum=arguments.minimum or 0.0)


def wishes_of(arguments: argparse.Namespace) -> Wishes:
    """Return what the options of ``rehearse`` ask for.

    Raises:
        PlanError: PL201 for what does not go together.
        WorkerError: WO605 for a candidate that is no setting.
    """
    judging, candidates = judging_of(arguments), candidates_of(arguments)
    vote = VotePolicy(arguments.vote)
    if vote is VotePolicy.NONE and arguments.refusing:
        raise PlanError("PL201", field="vote", reason="a no needs a vote (--vote)")
    if vote is not VotePolicy.MINIMUM and arguments.minimum:
        raise PlanError("PL201", field="vote", reason="a minimum needs --vote minimum")
    return Wishes(
        judging=judging,
        candidates=candidates,
        minimum=arguments.minimum,
        refusing=tuple(arguments.refusing),
    )


def joint_lines(joint: JointScores | None) -> tuple[str, ...]:
    """Return the released scores for the terminal, one a line."""
    if joint is None:
        return ()
    lines = [
        f"Joint evaluation: {score.classifier} {score.score} {score.value:.2f} "
        f"({score.low:.2f} to {score.high:.2f})"
        for score in joint.scores
    ]
    if joint.agreement is not None:
        lines.append(
            f"Joint evaluation: agreement of differences {_share(joint.agreement.overall)}; "
            f"chance {CHANCE:.2f}"
        )
    if joint.distances is not None:
        closer, further = joint.distances.closer, joint.distances.further
        lines += [
            f"Joint evaluation: closer than half of the records are {_share(closer)}",
            f"Joint evaluation: beyond nearly all records {_share(further)}",
        ]
    return tuple(lines)


def _share(share: JointShare) -> str:
    return (
        f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f}), the records themselves "
        f"{share.synthetic:.2f}"
    )


def width_lines(judging: Judging | None, shown: ForecastShown) -> list[str]:
    """Return how sure the joint score will be, and what further tables change in that."""
    if judging is None or not judging.evaluation:
        return []
    known = dict(shown.joint_widths)
    said = (
        f"Joint evaluation with about {shown.held_out} held-out patients of all hospitals: the "
        f"95 % interval of macro-F1 will be about {known[judging.evaluation]:.2f} wide"
    )
    if judging.further:
        return [f"{said}, {known[CONFUSION]:.2f} without --also."]
    return [f"{said}, {shown.joint_widths[-1][1]:.2f} with all of --also."]
