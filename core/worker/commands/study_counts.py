"""``syncohort-cli study counts``: publish the own class counts with noise, and what the hospitals'
sum says about the study before anything else is spent.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Final

from core.errors import SessionError, WorkerError
from core.messages.study_commands import OpenLobby, PublishCounts
from core.model.counts import SCALES, CountsView, epsilon_of, units_of
from core.model.lobby import LobbyView
from core.model.quality import Usefulness
from core.privacy.class_counts import explained_counts
from core.worker.commands.consent import APPROVER, add_secret, secret
from core.worker.commands.study_output import is_over, left_standing, say
from core.worker.headless import HeadlessHospital

_OFFERED: Final = {epsilon_of(scale): scale for scale in SCALES}
#: No study is planned above this epsilon.
_MOST_EPSILON: Final = 10.0


def add_counts(step: argparse.ArgumentParser) -> None:
    """Declare what ``study counts`` takes."""
    step.add_argument(
        "--epsilon", type=float, choices=sorted(_OFFERED), default=min(_OFFERED), help="its price"
    )
    step.add_argument(
        "--publish", action="store_true", help="do it; without this it says what it would cost"
    )
    step.add_argument("--approver", default="", metavar="NAME", help="the second person")
    add_secret(step, "--approver-passphrase-file", f"passphrase of {APPROVER}")
    step.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="coordinator: for the others' counts",
    )


async def counts(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    """Say what publishing costs, or publish; then say what the sum predicts.

    Raises:
        SynCohortError: Its refusal; then nothing is charged.
    """
    view = await hospital.view(arguments.study)
    scale = _OFFERED[arguments.epsilon]
    if arguments.publish:
        await _publish(view, scale, arguments, hospital)
    else:
        say(explained_counts(scale, len(view.terms.classes)))
        say("Nothing is published. With --publish it is charged and sent to the coordinator.")
    if view.coordinating and arguments.wait > 0:
        await _gather(view.study_id, arguments.wait, hospital)
    view = await hospital.view(view.study_id)
    for line in counts_words(view):
        say(line)
    return left_standing(view)


async def _publish(
    view: LobbyView, scale: int, arguments: argparse.Namespace, hospital: HeadlessHospital
) -> None:
    if not arguments.approver:
        raise WorkerError("WO605", reason="--approver names the second person, who approves it")
    file: Path | None = arguments.approver_passphrase_file
    passphrase = secret(file, f"passphrase of {arguments.approver}")
    study_id = view.study_id
    command = PublishCounts(
        study_id=study_id, scale=scale, approver=arguments.approver, passphrase=passphrase
    )
    await hospital.ask(command)
    say(f"Published with noise; {units_of(scale):g} units of the cap are used")
    if not view.coordinating:
        await hospital.ask(OpenLobby(study_id=study_id))
        try:
            await hospital.until(study_id, lambda v: v.online or is_over(v), 10.0)
        except SessionError:
            say("The coordinator is not there: it hears them when this hospital meets it next")


async def _gather(study_id: str, wait_s: float, hospital: HeadlessHospital) -> None:
    await hospital.ask(OpenLobby(study_id=study_id))
    try:
        await hospital.until(
            study_id, lambda v: v.counts is not None and not v.counts.silent, wait_s
        )
    except SessionError:
        say("Not every hospital has published its class counts")


def counts_words(view: LobbyView) -> list[str]:
    """Return what the published counts say about a study; nothing while there are none."""
    found = view.counts
    if found is None:
        return ["No hospital has published class counts; predictions use planned numbers only."]
    sums = ", ".join(f"{c} {n}" for c, n in zip(found.classes, found.totals, strict=True))
    if not view.coordinating:  # it knows its own counts only
        return [f"Published here, with noise: {sums}. The coordinator adds them up."]
    low, high = max(0, found.smallest - found.margin), found.smallest + found.margin
    names, useful = ", ".join(found.published), found.usefulness
    total = f"{sums}, each within {found.margin} with 95% probability"
    expected = (
        f"about {useful.ratio:.0%} ({found.usefulness_low.low:.0%} to "
        f"{found.usefulness_high.high:.0%}) of those trained on real ones"
    )
    lines = [
        f"Noisy class counts of {names}: {total}",
        f"So the smallest class has {low} to {high} patients",
        f"Models trained on the synthetic patients would reach {expected}",
    ]
    if found.silent:
        lines.append(f"Not counted, for they published nothing: {', '.join(found.silent)}")
    return lines + advice_words(found, view.terms.n_genes, view.terms.budget.epsilon)


def advice_words(found: CountsView, n_genes: int, epsilon: float) -> list[str]:
    """Return what would make a study good, as far as it is not; nothing is refused."""
    useful: Usefulness = found.usefulness
    if useful.genes_for_good >= n_genes:
        return []
    ways = []
    if useful.genes_for_good >= 2:
        ways.append(f"up to {useful.genes_for_good} genes instead of {n_genes}")
    more = useful.patients_for_good / max(1, found.smallest)
    ways.append(
        f"{math.ceil(more * 10) / 10:g} times as many patients in the smallest class (more "
        "hospitals)"
    )
    if epsilon < useful.epsilon_for_good <= _MOST_EPSILON:
        ways.append(
            f"epsilon {math.ceil(useful.epsilon_for_good * 100) / 100:g} instead of {epsilon:g}"
        )
    return [f"About 90% would take one of: {'; '.join(ways)}."]
