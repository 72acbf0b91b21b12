"""``syncohort-cli release``: check a release that was handed on, or hand one on.

``verify`` needs nothing but the folder or ZIP: no installation, no network. What it finds wrong it
names; what files alone cannot show it says, too. ``pack`` is in ``release_pack``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from core.errors import SynCohortError, WorkerError
from core.network.installation import verify
from core.release.package.holding import read_package
from core.release.package.verifying import Verdict, as_json, verify_release
from core.worker.calibrating import checked_claim
from core.worker.commands.named_keys import keys_of
from core.worker.commands.release_pack import add_pack, run_pack
from core.worker.installation.identity_desk import six_words

_DONE: Final = 0


def add_release(parser: argparse.ArgumentParser, kind: type[argparse.ArgumentParser]) -> None:
    """Declare the command's steps."""
    steps = parser.add_subparsers(dest="step", required=True, parser_class=kind)
    check = steps.add_parser("verify", help="check every file and signature of a release")
    check.add_argument("path", type=Path, metavar="DIR|ZIP")
    check.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="SHA256|PEM",
        help="fingerprint or certificate file of a hospital's key that you know; repeat for each",
    )
    check.add_argument("--json", action="store_true", help="one JSON object")
    add_pack(steps.add_parser("pack", help="hand a study's release on: two people agree"))


async def run_release(arguments: argparse.Namespace) -> int:
    """Check a release or hand one on; return the exit status.

    Raises:
        SynCohortError: As ``run_pack``.
        WorkerError: WO605 for a key that is none, WO606 for what is no release, WO621 for one that
            does not pass, naming the first problem after all were printed.
    """
    if arguments.step == "pack":
        return await run_pack(arguments)
    path: Path = arguments.path
    verdict = verify_release(read_package(path), keys_of(arguments.key), verify)
    claim = _claim(verdict)
    if arguments.json:
        sys.stdout.write(as_json(verdict) + "\n")
    else:
        _print(verdict, claim)
    if verdict.problems:
        raise WorkerError("WO621", name=path.name, reason=verdict.problems[0])
    sys.stderr.write("Nothing was changed.\n")
    return _DONE


def _claim(verdict: Verdict) -> str:
    """Recompute the plan's privacy claim, if the plan is there."""
    if verdict.plan is None:
        return "not recomputed: there is no plan"
    try:
        account = checked_claim(verdict.plan)
    except SynCohortError as wrong:
        return f"not confirmed: {wrong.text}"
    budget = verdict.plan.budget
    return (
        f"recomputed from the plan's noise: epsilon {account.epsilon:.4f} of {budget.epsilon:g} "
        f"at delta {budget.delta:g}"
    )


def _print(verdict: Verdict, claim: str) -> None:
    lines = [f"WRONG       {line}" for line in verdict.problems]
    lines += [f"holds       {line}" for line in verdict.proven]
    lines.append(f"privacy     {claim}")
    if verdict.plan is not None and not verdict.plan.rehearsal:
        lines += [f"key         {name}: {six_words(key)}  {key}" for name, key in verdict.keys]
    lines += [f"not proven  {line}" for line in verdict.not_proven]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
