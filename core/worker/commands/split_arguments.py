"""The words of the command line about what the stages get of what a study spends."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from core.errors import WorkerError
from core.model.study import StageShare
from core.study.site_centring import LEAST_EPSILON, LEAST_PATIENTS, SiteAdvice, advised

_HUNDRED: Final = 100


def add_split(parser: argparse.ArgumentParser) -> None:
    """Add the options that change which stages there are and what each gets."""
    parser.add_argument(
        "--share",
        action="append",
        default=[],
        metavar="STAGE=PART",
        help="what a stage gets of what is spent, such as class-sums=0.5; repeat; the other "
        "stages are scaled so that all sum to 1 (default: as proposed, with the reason)",
    )
    parser.add_argument(
        "--centre-sites",
        action="store_true",
        help="moments: measure what each hospital's pipeline adds to a gene and take it out where "
        "it stands clear of the noise; for hospitals that prepare or sequence differently, from "
        f"epsilon {LEAST_EPSILON:g} and about {LEAST_PATIENTS} patients at each",
    )


def shares_of(arguments: argparse.Namespace) -> tuple[tuple[str, float], ...]:
    """Return (stage, share) as typed.

    Raises:
        WorkerError: WO605 for what is no stage with a number.
    """
    return tuple(_share(words) for words in arguments.share)


def _share(words: str) -> tuple[str, float]:
    stage, _, part = words.partition("=")
    try:
        return stage.strip(), float(part)
    except ValueError:
        reason = f"--share {words} is not STAGE=PART, such as class-sums=0.5"
        raise WorkerError("WO605", reason=reason) from None


def split_lines(split: Sequence[StageShare], reason: str, *, own: bool) -> list[str]:
    """Return what each stage gets, and why, for the terminal.

    Args:
        split: Of the plan.
        reason: Why the proposed one is as it is.
        own: Whether a person changed it.
    """
    largest = sorted(split, key=lambda part: -part.share)
    parts = ", ".join(f"{part.stage} {_HUNDRED * part.share:.1f} %" for part in largest)
    if own:
        return [f"What is spent is shared out as asked: {parts}", f"Proposed was: {reason}"]
    return [f"What is spent is shared out over the stages: {parts}", reason]


def sites_lines(epsilon: float, *, centred: bool) -> list[str]:
    """Return the advice on site centring, for the terminal; nothing where it is not asked for."""
    if not centred:
        return []
    guard = (
        "Site centring: a gene is shifted at a hospital only where its noisy mean stands four "
        "standard deviations of the noise above nothing; 10 % of what is spent goes to it unless "
        "--share sites=PART says otherwise. All hospitals see these noisy means of each other."
    )
    if advised(epsilon, LEAST_PATIENTS) is SiteAdvice.LEVEL_TOO_STRICT:
        advice = (
            f"Advice: leave it off. Below epsilon {LEAST_EPSILON:g} next to nothing passes that "
            "guard, and the share is lost."
        )
    else:
        advice = (
            f"It can help where pipelines differ and each hospital brings about {LEAST_PATIENTS} "
            "patients or more; with fewer its share is lost."
        )
    return [guard, advice]
