"""What ``syncohort-cli study ...`` prints: facts for a program, words for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

from core.errors import SynCohortError
from core.messages.events import Event, Refused, ReleaseWritten, RunContinued, StageFinished
from core.messages.study_events import ContinuationAwaited, LobbyChanged, PlanToSign
from core.model.lobby import LobbyView, Phase, SeatState
from core.worker.commands.candidate_arguments import selection_lines
from core.worker.commands.judging_arguments import joint_lines
from core.worker.commands.study_words import (
    awaited_words,
    continued_words,
    next_steps,
    reference_words,
    view_words,
)

DONE, SESSION_FAILED = 0, 3
_OVER: Final = {Phase.FINISHED, Phase.FAILED, Phase.ENDED}
_PLANNED: Final = {Phase.PLAN_PROPOSED, Phase.SIGNED, Phase.APPROVED}


def is_over(view: LobbyView) -> bool:
    """Tell whether nothing more can happen."""
    return view.phase in _OVER


def is_planned(view: LobbyView) -> bool:
    """Tell whether a plan waits for signatures, approvals or its first run."""
    return view.phase in _PLANNED


def who(view: LobbyView, words: str) -> str:
    """Return the key of who asks or was accepted and has these words; else empty."""
    for party in view.participants:
        here = not party.own and party.state is not SeatState.REMOVED
        if here and same_words(words, party.words):
            return party.key
    return ""


def same_words(one: str, other: str) -> bool:
    """Compare six words as people say them."""
    return one.casefold().split() == other.casefold().split()


def left_standing(view: LobbyView) -> int:
    """Print where a study stands; return the exit status."""
    print_tree(summary(view))
    return SESSION_FAILED if view.phase in {Phase.FAILED, Phase.ENDED} and view.code else DONE


def summary(view: LobbyView) -> dict[str, object]:
    """Return the public facts of a view, for a program; ``can`` names the steps that it can take
    now.
    """
    tree = asdict(view)
    for name in ("terms", "meeting"):
        tree.pop(name)
    tree["title"] = view.terms.title
    tree["participants"] = [
        {k: v for k, v in p.items() if k != "attestations"} for p in tree["participants"]
    ]
    tree["can"] = [step for step, _ in next_steps(view)]
    return tree


def print_tree(tree: dict[str, object]) -> None:
    """Print one JSON object on standard output."""
    sys.stdout.write(json.dumps(tree) + "\n")


def say(line: str) -> None:
    """Print a line for people on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _say_all(lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _plan_lines(event: PlanToSign) -> list[str]:
    public = event.plan.reference
    said = reference_words(public.note if public is not None else None)
    return [
        f"Plan {event.digest} is to be signed; it takes {event.units:g} units",
        *(f"  Public reference: {line}" for line in said),
        *(f"  {paragraph}" for paragraph in event.explanation),
    ]


def say_event(event: Event, *, asks: bool) -> None:
    """Say in words what happened; ``asks`` whether this step waits for a plan to sign."""
    match event:
        case LobbyChanged():
            _say_all(view_words(event.lobby))
        case PlanToSign() if asks:
            _say_all(_plan_lines(event))
        case StageFinished():
            how = "kept from an earlier run" if event.kept else f"opened, {event.seconds:.1f} s"
            say(f"{event.stage}: {event.values} totals {how}")
        case ReleaseWritten():
            _say_all(selection_lines(event.release.selection))
            _say_all(joint_lines(event.release.joint))
        case RunContinued():
            say(continued_words(event))
        case ContinuationAwaited():
            say(awaited_words(event))
        case Refused():
            say(str(SynCohortError.from_code(event.code, event.fields)))
        case _:
            pass
