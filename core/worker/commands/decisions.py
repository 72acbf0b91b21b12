"""``syncohort-cli cap ...`` and the steps of ``ledger`` that people decide.

    cap show | change                         caps; a change takes two people and a reason
    cap requester | lost                      who asks, and a lost passphrase of either
    ledger restore | withdraw | forget        a backup back; a cohort out; its identifiers deleted

The worker does what it does for the window: both passphrases are checked there, tries are counted
there, and each decision is an entry of the ledger.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from core.errors import SynCohortError, WorkerError
from core.messages import ledger_commands as ask
from core.messages import ledger_events as said
from core.model.ledger import CohortStanding
from core.worker.commands.consent import (
    APPROVER,
    REQUESTER,
    add_consent,
    add_person,
    add_secret,
    consent_of,
    new_secret,
    secret,
)
from core.worker.commands.study_files import first_line
from core.worker.headless import HeadlessHospital
from core.worker.ledger.officer import when

Step = Callable[[argparse.Namespace, HeadlessHospital], Awaitable[None]]


def add_cap(parser: argparse.ArgumentParser, kind: type[argparse.ArgumentParser]) -> None:
    """Declare the steps of ``cap``."""
    steps = parser.add_subparsers(dest="step", required=True, parser_class=kind)
    show = steps.add_parser("show", help="every cohort: cap, used, left, and whether it is held")
    change = steps.add_parser(
        "change", help="set a cohort's cap, or free a held cohort: two people and a reason"
    )
    change.add_argument("--cohort", required=True, metavar="NAME|ID")
    change.add_argument("--units", required=True, type=float, help="the cap from now on")
    add_consent(change)
    named = steps.add_parser("requester", help="name the one who asks for decisions")
    named.add_argument("--name", required=True)
    add_secret(named, "--requester-passphrase-file", f"new passphrase of {REQUESTER}")
    named.add_argument(
        "--old-passphrase-file", type=Path, metavar="FILE", help="of the present one who asks"
    )
    _add_lost(steps.add_parser("lost", help="replace a lost passphrase; it counts after 3 days"))
    for step in (show, change, named, steps.choices["lost"]):
        add_home(step, needed=True)
    show.add_argument("--json", action="store_true", help="one JSON object")


def _add_lost(lost: argparse.ArgumentParser) -> None:
    lost.add_argument("whose", choices=("requester", "approver"), help="whose passphrase is lost")
    lost.add_argument("--name", required=True, help="who has the new passphrase")
    add_secret(lost, "--new-passphrase-file", "new passphrase")
    add_person(lost, "by", "the other of the two, who arranges it")
    add_secret(lost, "--recovery-code-file", f"recovery code, needed for {REQUESTER}")
    lost.add_argument("--reason", required=True, help="one sentence; it stays in the ledger")


def add_home(step: argparse.ArgumentParser, *, needed: bool) -> None:
    """Declare which installation it is."""
    step.add_argument("--home", type=Path, required=needed, metavar="DIR")
    step.add_argument("--hospital", default="This hospital", metavar="NAME")
    step.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="opens the identity where the system has no key store",
    )


def add_decisions(
    steps: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    """Declare the steps of ``ledger`` that people decide; ``add_home`` is the caller's."""
    restore = steps.add_parser("restore", help="bring a checked backup back: two people")
    source = restore.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", type=Path, help="the backup")
    source.add_argument(
        "--without-backup", action="store_true", help="go on with the older copy that is here"
    )
    add_consent(restore)
    withdraw = steps.add_parser("withdraw", help="take a cohort out of all future studies")
    withdraw.add_argument("--person", required=True, metavar="NAME", help="who decides")
    withdraw.add_argument("--reason", required=True, help="it stays in the ledger")
    forget = steps.add_parser(
        "forget", help="delete the marks of a cohort's patients for ever: two people"
    )
    add_consent(forget)
    for step in (withdraw, forget):
        step.add_argument("--cohort", required=True, metavar="NAME|ID")
        step.add_argument(
            "--for-ever", action="store_true", required=True, help="it cannot be undone"
        )
    return restore, withdraw, forget


async def run_cap(arguments: argparse.Namespace) -> int:
    """Do one step of ``cap``; return the exit status.

    Raises:
        SynCohortError: Its refusal; then nothing is changed.
    """
    hospital = HeadlessHospital(arguments.home, lambda _event: None)
    try:
        await open_if_it_opens(hospital, arguments)
        await _CAP[arguments.step](arguments, hospital)
    finally:
        await hospital.close()
    return 0


async def open_if_it_opens(hospital: HeadlessHospital, arguments: argparse.Namespace) -> None:
    """Open the identity if it opens; what needs it says so itself."""
    file = arguments.passphrase_file
    try:
        await hospital.open(arguments.hospital, first_line(file) if file else "")
    except WorkerError:
        if file:
            raise


# ---- cap


async def _show(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    cohorts = await _cohorts(hospital)
    if arguments.json:
        facts = [{**asdict(c), "left": c.cap.left} for c in cohorts]
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    for c in cohorts:
        cap = c.cap
        standing = f"; takes part in no study: {c.standing}" if c.standing else ""
        sys.stdout.write(
            f"{c.cohort_id[:8]}  {c.name}: cap {cap.cap:g}, used {cap.spent:g}, set aside "
            f"{cap.reserved:g}, left {cap.left:g} units{standing}\n"
        )


async def _change(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    cohort = await _cohort(arguments.cohort, hospital)
    command = ask.ChangeCap(
        cohort_id=cohort.cohort_id, cap=arguments.units, consent=consent_of(arguments)
    )
    changed = await hospital.answer(command, said.CapChanged)
    cap = changed.cap
    _say(f"The cap of {cohort.name} was {cohort.cap.cap:g} units and is {cap.cap:g} from now on")
    _say(f"Used: {cap.spent:g}; left: {cap.left:g}. The decision is an entry of the ledger.")


async def _requester(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    old = arguments.old_passphrase_file
    whose = f"new passphrase of {arguments.name}"
    command = ask.SetUpRequester(
        name=arguments.name,
        passphrase=new_secret(arguments.requester_passphrase_file, whose),
        old_passphrase=first_line(old) if old else "",
    )
    named = await hospital.answer(command, said.RequesterSetUp)
    _say(f"{named.name} may ask for decisions")
    _show_code(named.recovery_code)


async def _lost(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    fresh = new_secret(arguments.new_passphrase_file, f"new passphrase of {arguments.name}")
    theirs = secret(arguments.by_passphrase_file, f"passphrase of {arguments.by}")
    if arguments.whose == "approver":
        replaced = await hospital.answer(
            ask.ReplaceApprover(
                name=arguments.name,
                passphrase=fresh,
                requester=arguments.by,
                requester_passphrase=theirs,
                reason=arguments.reason,
            ),
            said.ApproverReplaced,
        )
        _say(f"The new passphrase of {replaced.name} counts from {when(replaced.waits_until)} UTC")
        return
    code = secret(arguments.recovery_code_file, "recovery code")
    arranged = await hospital.answer(
        ask.ReplaceRequester(
            name=arguments.name,
            passphrase=fresh,
            recovery_code=code,
            approver=arguments.by,
            approver_passphrase=theirs,
            reason=arguments.reason,
        ),
        said.RequesterReplaced,
    )
    _say(f"The new passphrase of {arranged.name} counts from {when(arranged.waits_until)} UTC")
    _say("Until then the one before can take it back: syncohort-cli cap requester")
    _show_code(arranged.recovery_code)


def _show_code(code: str) -> None:
    """Show the recovery code, on standard output only."""
    _say("Recovery code, shown this once and kept nowhere. Give it in a closed envelope to a")
    _say(f"third person, such as the privacy officer, and not to {APPROVER}:")
    sys.stdout.write(f"{code}\n")


# ---- ledger


async def _restore(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    path = "" if arguments.without_backup else str(arguments.file.resolve())
    command = ask.RestoreLedger(path=path, consent=consent_of(arguments))
    found = await hospital.answer(command, said.LedgerRestored)
    _say(f"The ledger with {found.entries} entries is back")
    if found.missing:
        _say(f"Entries are missing in it ({found.missing} or more): all cohorts wait until two")
        _say("people decide on their caps: syncohort-cli cap change")
    else:
        _say("It lacks no entry")
    if found.set_aside:
        _say(f"The file that was here is kept as {found.set_aside}")


async def _withdraw(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    cohort = await _cohort(arguments.cohort, hospital)
    command = ask.WithdrawCohort(
        cohort_id=cohort.cohort_id, person=arguments.person, reason=arguments.reason
    )
    await hospital.answer(command, said.CohortWithdrawn)
    _say(f"{cohort.name} takes part in no study any more; what it has used stays used")


async def _forget(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    cohort = await _cohort(arguments.cohort, hospital)
    command = ask.ForgetIdentifiers(cohort_id=cohort.cohort_id, consent=consent_of(arguments))
    await hospital.answer(command, said.IdentifiersForgotten)
    _say(f"The marks of the patients of {cohort.name} are deleted. Backups made before still hold")
    _say("them. Cohorts that are added from now on wait until two people decide on their caps.")


_CAP: Final[dict[str, Step]] = {
    "show": _show,
    "change": _change,
    "requester": _requester,
    "lost": _lost,
}
DECISIONS: Final[dict[str, Step]] = {
    "restore": _restore,
    "withdraw": _withdraw,
    "forget": _forget,
}


async def _cohorts(hospital: HeadlessHospital) -> tuple[CohortStanding, ...]:
    listed = await hospital.answer(ask.ListLedger(), said.LedgerListed)
    if listed.code:
        raise SynCohortError.from_code(listed.code, listed.fields)
    return listed.cohorts


async def _cohort(named: str, hospital: HeadlessHospital) -> CohortStanding:
    """Return the cohort of this name, or of an id that begins so.

    Raises:
        WorkerError: WO605 if none or several are.
    """
    cohorts = await _cohorts(hospital)
    found = [c for c in cohorts if named == c.name or (named and c.cohort_id.startswith(named))]
    if len(found) != 1:
        raise WorkerError("WO605", reason=f"--cohort fits {len(found)} cohorts: see cap show")
    return found[0]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
