"""The words of ``syncohort-cli study ...``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from core.model.budget import DEFAULT_DELTA
from core.model.drawing import MOST_JOINT_VALUES, NoiseChoice
from core.study.drafting import DEFAULT_N_MAX
from core.synthesis.registry import recipe_names
from core.worker.commands.doctor import add_proxy
from core.worker.commands.judging_arguments import add_ballot, add_judging_terms, add_licence
from core.worker.commands.split_arguments import add_split
from core.worker.commands.study_counts import add_counts

_STEPS: Final = {
    "approver": "name the second person, who approves plans with a passphrase of their own",
    "create": "make a study and its invitations",
    "show": "read an invitation in plain words; nobody is contacted",
    "check": "does the own cohort fit an invitation? every gap with advice; nobody is contacted",
    "join": "ask to join, and wait for the plan",
    "accept": "open the lobby, accept whose six words were compared, close the roster",
    "counts": "publish the own class counts with noise, at a price, and what the sum predicts",
    "sign": "sign the proposed plan as its data steward",
    "refuse": "refuse the proposed plan; the reason reaches the coordinator",
    "approve": "approve the signed plan as the second person",
    "run": "go online and run when all have approved and are there, or continue what stopped",
    "status": "where the studies of this installation stand, and what can be done",
    "remove": "take out a hospital that left; the study is planned, signed and charged again",
    "leave": "leave a study; a coordinator ends it for all",
}


def add_study(parser: argparse.ArgumentParser, kind: type[argparse.ArgumentParser]) -> None:
    """Add the steps of a study between installations."""
    steps = parser.add_subparsers(dest="step", required=True, parser_class=kind)
    made = {name: steps.add_parser(name, help=text) for name, text in _STEPS.items()}
    for name, step in made.items():
        step.add_argument("--home", type=Path, required=name != "show", metavar="DIR")
        if name == "show":
            continue
        step.add_argument("--hospital", default="This hospital", metavar="NAME")
        step.add_argument(
            "--passphrase-file",
            type=Path,
            metavar="FILE",
            help="opens the identity where the system has no key store",
        )
        if name in {"join", "accept", "counts", "refuse", "run", "remove", "leave"}:
            add_proxy(step)
        if name not in {"approver", "check", "create", "join", "status"}:
            step.add_argument("--study", default="", metavar="ID", help="default the only one")
    add_counts(made["counts"])
    _add_create(made["create"])
    _add_cohort(made["create"])
    _add_cohort(made["check"])
    _add_cohort(made["join"])
    for name in ("show", "check", "join"):
        made[name].add_argument("invitation", type=Path)
    made["join"].add_argument("--words", default="", help="of the coordinator, as they were read")
    accept = made["accept"]
    accept.add_argument(
        "--words",
        action="append",
        required=True,
        metavar="SIX WORDS",
        help="of a hospital, as they were read to you by telephone; repeat",
    )
    accept.add_argument("--close", action="store_true", help="then close the roster")
    for name in ("refuse", "leave", "remove"):
        made[name].add_argument("--reason", required=True)
    made["sign"].add_argument(
        "--reason", default="", help="why this level, for the ledger; needed above Most detail"
    )
    remove = made["remove"]
    remove.add_argument("--words", required=True, metavar="SIX WORDS", help="of the hospital")
    remove.add_argument("--close", action="store_true", help="then close the roster")
    made["run"].add_argument(
        "--patience",
        type=float,
        default=300.0,
        metavar="SECONDS",
        help="how long an interrupted run waits for everybody to be back before it continues",
    )
    made["run"].add_argument(
        "--no-reports",
        action="store_true",
        help="do not compare the release with the held-out patients",
    )
    for name in ("sign", "refuse", "approve"):
        made[name].add_argument("--digest", required=True, help="of the plan that was read")
    for name in ("approver", "approve"):
        made[name].add_argument("--name", required=True, help="of the second person")
        made[name].add_argument(
            "--approver-passphrase-file", type=Path, required=True, metavar="FILE"
        )
    add_ballot(made["approve"])
    made["approver"].add_argument("--steward", required=True, help="the data steward")
    made["approver"].add_argument("--old-passphrase-file", type=Path, metavar="FILE")
    for name in ("join", "accept", "refuse", "run", "leave"):
        made[name].add_argument("--wait", type=float, default=600.0, metavar="SECONDS")


def add_noise(command: argparse.ArgumentParser) -> None:
    """Add the choice of who draws the noise of the plan's stages."""
    command.add_argument(
        "--noise",
        type=NoiseChoice,
        choices=tuple(NoiseChoice),
        default=NoiseChoice.AUTO,
        help="joint: drawn in the joint computation, nobody knows it; local: every party adds its "
        "own, which is faster and 22 to 29 %% more noise; default auto: local in stages of more "
        f"than {MOST_JOINT_VALUES:,} values",
    )


def _add_cohort(step: argparse.ArgumentParser) -> None:
    add = step.add_argument
    add("--cohort", type=Path, metavar="FILE", help="without it: a compute partner")
    add("--label", default="", metavar="COLUMN", help="column of the file with the diagnosis")
    add("--ignore", action="append", default=[], metavar="COLUMN")
    add(
        "--attest-disjoint",
        action="store_true",
        help="state that these patients are in no other hospital of the study",
    )
    add("--attest-no-collusion", action="store_true", help="state that this party colludes not")


def _add_create(step: argparse.ArgumentParser) -> None:
    add = step.add_argument
    add("--title", required=True)
    add("--purpose", required=True, help="in plain words")
    add("--classes", type=Path, required=True, metavar="FILE", help="one diagnosis per line")
    add(
        "--genes",
        metavar="N|FILE",
        help="the N own columns that vary most in the reference (the first N without one), or a "
        "file with one gene per line; default all own columns",
    )
    add(
        "--reference",
        type=Path,
        metavar="FILE",
        help="summary of an open cohort, from syncohort-cli reference build; it goes into the "
        "plan, and every hospital checks that none of its patients are in it",
    )
    add(
        "--smallest-class",
        type=int,
        metavar="N",
        help="patients planned in the rarest diagnosis, all hospitals together, never counted: "
        "the budget is split over the stages for them",
    )
    add_split(step)
    add_judging_terms(step, default=True)
    add_licence(step)
    add("--recipe", choices=recipe_names(), help=f"default {recipe_names()[0]}")
    add("--epsilon", type=float, default=1.0)
    add("--delta", type=float, default=DEFAULT_DELTA)
    add("--n-max", type=int, default=DEFAULT_N_MAX)
    add("--records", type=int, metavar="N")
    add_noise(step)
    where = step.add_mutually_exclusive_group(required=True)
    where.add_argument("--relay", metavar="HOST:PORT")
    where.add_argument("--direct", metavar="HOST:PORT", help="an address of this computer")
    add("--relay-sha256", default="", help="of the relay's certificate; default a public one")
    add("--invitations", type=int, default=2, metavar="N")
    add("--valid-hours", type=float, default=168.0)
    add("--out", type=Path, required=True, metavar="DIR", help="where invitations are written")
