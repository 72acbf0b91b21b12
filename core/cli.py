"""``syncohort-cli``: everything without a window.

Exit status: 0 done, 2 bad input or refused (nothing written, nothing spent), 3 the session failed
(what is spent is said), 1 our fault.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NoReturn

from core.cohort.inspection import named_layout
from core.cohort.normalisation import normalise_file
from core.errors import (
    BudgetError,
    CohortError,
    InternalError,
    PlanError,
    ProtocolError,
    SessionError,
    StudyError,
    SynCohortError,
    WorkerError,
)
from core.model.budget import DEFAULT_DELTA, Budget
from core.model.plan import Plan
from core.study.drafting import DEFAULT_HOLDOUT_SHARE, DEFAULT_N_MAX
from core.synthesis.registry import recipe_names
from core.worker.calibrating import checked_claim, explained
from core.worker.commands.candidate_arguments import made_with, recipe_of
from core.worker.commands.decisions import add_cap, run_cap
from core.worker.commands.doctor import add_doctor, meeting_of, run_doctor
from core.worker.commands.identity import add_identity, run_identity
from core.worker.commands.judging_arguments import add_judging, add_licence, wishes_of
from core.worker.commands.ledger import add_ledger, run_ledger
from core.worker.commands.open_studies import add_open_commands, run_open_command
from core.worker.commands.quality import add_quality, run_quality
from core.worker.commands.rehearsal import (
    Rehearsal,
    RehearsalRequest,
    RehearsalResult,
    first_error,
    spent_text,
)
from core.worker.commands.rehearsal_output import result_lines, summary
from core.worker.commands.relay import add_relay, run_relay
from core.worker.commands.release import add_release, run_release
from core.worker.commands.split_arguments import add_split, shares_of
from core.worker.commands.study import run_study
from core.worker.commands.study_arguments import add_noise, add_study
from core.worker.redaction import configure_logging, log_unexpected

DONE, OUR_FAULT, REFUSED, SESSION_FAILED = 0, 1, 2, 3
#: Commands that live in their own module.
_ALONE: Final = {
    "relay": run_relay,
    "doctor": run_doctor,
    "identity": run_identity,
    "ledger": run_ledger,
    "release": run_release,
    "quality": run_quality,
    "cap": run_cap,
}


class _Parser(argparse.ArgumentParser):
    """Turns argparse's own complaints into one error of the tree."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting."""
        raise WorkerError("WO605", reason=message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="syncohort-cli",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    _add_rehearse(
        commands.add_parser(
            "rehearse", help="a whole study on this computer, one process per hospital"
        )
    )
    normalise = commands.add_parser("normalise", help="bring another cohort onto a plan's scale")
    normalise.add_argument("--plan", required=True, type=Path, help="plan.json of the study")
    normalise.add_argument("--label", help="label column; default the plan's, if the file has it")
    normalise.add_argument("--ignore", action="append", default=[], metavar="COLUMN")
    normalise.add_argument("--setting", default="", metavar="LETTER", help="of several: chosen")
    normalise.add_argument("input", type=Path)
    normalise.add_argument("output", type=Path)
    privacy = commands.add_parser("privacy", help="explain a plan's privacy claim")
    steps = privacy.add_subparsers(dest="step", required=True, parser_class=_Parser)
    explained = steps.add_parser(
        "explain", help="stage by stage: what is opened, sensitivity, noise, inequality"
    )
    explained.add_argument("plan", type=Path)
    add_study(
        commands.add_parser("study", help="a study between hospitals, step by step"), _Parser
    )
    add_identity(
        commands.add_parser("identity", help="who this installation is to others"), _Parser
    )
    add_ledger(
        commands.add_parser("ledger", help="the privacy ledger: check, export, back up, restore"),
        _Parser,
    )
    add_cap(commands.add_parser("cap", help="caps, and the two people who decide"), _Parser)
    add_release(commands.add_parser("release", help="check a release, or hand one on"), _Parser)
    add_doctor(commands.add_parser("doctor", help="check the connection to a relay"))
    add_quality(
        commands.add_parser("quality", help="judge a synthetic cohort made by any software")
    )
    add_relay(commands.add_parser("relay", help="run the blind relay between hospitals"))
    add_open_commands(commands, _Parser)
    return parser


def _add_rehearse(rehearse: argparse.ArgumentParser) -> None:
    add = rehearse.add_argument
    add(
        "--cohort",
        action="append",
        required=True,
        type=Path,
        metavar="FILE",
        help="repeat for each hospital",
    )
    add(
        "--compute-partner",
        action="store_true",
        help="add a party without patients (needed for two hospitals)",
    )
    add("--label", required=True, metavar="COLUMN", help="column with the diagnosis")
    add(
        "--ignore",
        action="append",
        default=[],
        metavar="COLUMN",
        help="column that is neither gene nor label",
    )
    add("--recipe", choices=recipe_names(), help=f"default {recipe_names()[0]}")
    add("--reference", type=Path, metavar="FILE", help="open cohort's summary (reference build)")
    add("--smallest-class", type=int, metavar="N", help="planned, as in study create")
    add_split(rehearse)
    add(
        "--relay",
        default="",
        metavar="HOST:PORT",
        help="meet at this relay, as a study between hospitals does; default: directly",
    )
    add("--pin", default="", metavar="SHA256", help="of the relay's certificate")
    add(
        "--genes",
        metavar="N|FILE",
        help="the N common genes that vary most in the reference (the first N without one), or a "
        "file with one gene per line",
    )
    add("--epsilon", type=float, default=1.0)
    add("--delta", type=float, default=DEFAULT_DELTA)
    add("--records", type=int, metavar="N", help="synthetic records; default the noisy total")
    add("--n-max", type=int, default=DEFAULT_N_MAX, help="most records that one hospital may have")
    add(
        "--classes",
        type=Path,
        metavar="FILE",
        help="one class per line; default the union of the files' labels",
    )
    add(
        "--holdout",
        type=float,
        default=DEFAULT_HOLDOUT_SHARE,
        metavar="SHARE",
        help="patients that never enter",
    )
    add(
        "--noise-bits",
        type=int,
        choices=(155, 400),
        help="family of joint noise; default 400, or 155 where that takes long",
    )
    add_noise(rehearse)
    add(
        "--no-reports",
        action="store_true",
        help="do not compare the release with the held-out patients",
    )
    add_judging(rehearse)
    add_licence(rehearse)
    add("--out", required=True, type=Path, metavar="DIR")
    add("--json", action="store_true", help="print one JSON object on standard output")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; see the module's docstring for the exit status."""
    started = time.monotonic()
    os.umask(0o077)  # what is written here may come from patients
    configure_logging()
    try:
        return _perform(_parser().parse_args(argv), started)
    except SynCohortError as wrong:
        return _fail(wrong)
    except KeyboardInterrupt:
        return _fail(SessionError("SE403", party="you", spent="The ledgers say what is spent."))
    except Exception as wrong:  # noqa: BLE001 - the text of a foreign error may hold a patient
        log_unexpected(wrong, "syncohort-cli")
        return _fail(InternalError("IN902", kind=type(wrong).__name__))


def _perform(arguments: argparse.Namespace, started: float) -> int:
    match arguments.command:
        case "rehearse":
            return asyncio.run(_rehearse(arguments, started))
        case "study":
            return asyncio.run(run_study(arguments))
        case name if name in _ALONE:
            return asyncio.run(_ALONE[name](arguments))
        case "normalise":
            _normalise(arguments)
        case "privacy":
            _explain(arguments)
        case _:  # the parser knows no other
            run_open_command(arguments)
    return DONE


def _fail(wrong: SynCohortError) -> int:
    sys.stderr.write(f"{wrong}\n")
    match wrong:
        case CohortError() | PlanError() | BudgetError() | StudyError():
            return REFUSED
        case SessionError() | ProtocolError():
            return SESSION_FAILED
        case WorkerError():
            return OUR_FAULT if wrong.code in {"WO601", "WO602"} else REFUSED
        case _:
            return OUR_FAULT


# ---- rehearse


def _request(arguments: argparse.Namespace) -> RehearsalRequest:
    n_genes, genes = None, None
    if arguments.genes is not None:
        if arguments.genes.isdigit():
            n_genes = int(arguments.genes)
        else:
            genes = _lines(Path(arguments.genes), "genes")
    return RehearsalRequest(
        cohorts=tuple(arguments.cohort),
        compute_partner=arguments.compute_partner,
        label=arguments.label,
        ignored=tuple(arguments.ignore),
        recipe=recipe_of(arguments),
        n_genes=n_genes,
        genes=genes,
        classes=_lines(arguments.classes, "classes") if arguments.classes else None,
        budget=Budget(epsilon=arguments.epsilon, delta=arguments.delta),
        n_records=arguments.records,
        n_max=arguments.n_max,
        holdout_share=arguments.holdout,
        top_bits=arguments.noise_bits,
        noise=arguments.noise,
        out=arguments.out,
        reports=not arguments.no_reports,
        reference=arguments.reference,
        smallest_class=arguments.smallest_class,
        centre_sites=arguments.centre_sites,
        shares=shares_of(arguments),
        route=meeting_of(arguments),
        licence=arguments.licence,
        wishes=wishes_of(arguments),
    )


def _lines(path: Path, what: str) -> tuple[str, ...]:
    try:
        lines = tuple(
            line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
        )
    except (OSError, UnicodeDecodeError):
        raise CohortError("CH101", file=path.name) from None
    if len(lines) < 2:
        raise PlanError("PL207", needed=2, what=what, found=len(lines))
    return lines


async def _rehearse(arguments: argparse.Namespace, started: float) -> int:
    def say(line: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more: no reason to lose a study
            sys.stderr.write(f"[{time.monotonic() - started:6.1f} s] {line}\n")
            sys.stderr.flush()

    request = _request(arguments)
    rehearsal = Rehearsal(request, say)
    task = asyncio.current_task()
    if task is not None and sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        result = await rehearsal.run()
        total = time.monotonic() - started
        failed = first_error(result.hospitals)
        if failed is not None:
            return _ended(failed, result, say)
        for line in result_lines(result):
            say(line)
        say(f"Released: one synthetic cohort, the same everywhere: {result.synthetic_sha256[:16]}")
        if request.reports:
            try:
                await rehearsal.report(result.plan.digest)
            except SynCohortError as wrong:  # the release is there and paid for
                return _ended(wrong, result, say)
        reports = time.monotonic() - started - total
    except asyncio.CancelledError:
        await rehearsal.cancel()
        raise KeyboardInterrupt from None
    finally:
        await rehearsal.close()
    if arguments.json:
        sys.stdout.write(json.dumps(summary(result, total, reports)) + "\n")
    say(f"The result is in {request.out}")
    return DONE


def _ended(wrong: SynCohortError, result: RehearsalResult, say: Callable[[str], None]) -> int:
    """Say what a run that went wrong spent; nothing spent is a refusal or our fault."""
    say(spent_text(result.hospitals))
    status = _fail(wrong)
    return SESSION_FAILED if any(h.ended.spent for h in result.hospitals) else status


# ---- other commands


def _plan(path: Path) -> Plan:
    try:
        return Plan.from_bytes(path.read_bytes())
    except OSError:
        raise WorkerError("WO606", file=path.name, reason="it cannot be read") from None


def _normalise(arguments: argparse.Namespace) -> None:
    plan = made_with(_plan(arguments.plan), arguments.setting)
    if arguments.output.exists() and arguments.output.samefile(arguments.input):
        raise WorkerError("WO605", reason="the output is the input itself")
    layout = None
    if arguments.label or arguments.ignore:
        label, ignored = arguments.label or plan.label_name, tuple(arguments.ignore)
        layout = named_layout(arguments.input, label=label, ignored=ignored)
    normalise_file(plan, arguments.input, layout, arguments.output)
    sys.stderr.write(f"Written: {arguments.output}\n")


def _explain(arguments: argparse.Namespace) -> None:
    plan = _plan(arguments.plan)
    for paragraph in explained(plan, checked_claim(plan)):
        sys.stdout.write(paragraph + "\n\n")


if __name__ == "__main__":
    raise SystemExit(main())
