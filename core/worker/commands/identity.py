"""``syncohort-cli identity ...``: show, back up, restore and renew this installation's identity.

Results are one JSON object on standard output, words for people go to standard error.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.messages.identity_commands import BackUpIdentity, RenewIdentity, RestoreIdentity
from core.messages.study_events import IdentityBackedUp, IdentityReplaced, IdentityShown
from core.worker.commands.study_files import first_line
from core.worker.headless import HeadlessHospital

_STEPS: Final = {
    "show": "six words, where the key is kept and why, how long the certificate is good",
    "backup": "write the identity into a file that opens with a passphrase of its own",
    "restore": "let the identity of a backup be the one of this installation",
    "renew": "make a new key; the present one vouches for it and stays for studies under way",
}


def add_identity(parser: argparse.ArgumentParser, kind: type[argparse.ArgumentParser]) -> None:
    """Add the steps."""
    steps = parser.add_subparsers(dest="step", required=True, parser_class=kind)
    made = {name: steps.add_parser(name, help=text) for name, text in _STEPS.items()}
    for step in made.values():
        step.add_argument("--home", type=Path, required=True, metavar="DIR")
        step.add_argument(
            "--passphrase-file",
            type=Path,
            metavar="FILE",
            help="opens the identity where the system has no key store",
        )
    for name in ("backup", "restore"):
        made[name].add_argument(
            "--backup-passphrase-file", type=Path, required=True, metavar="FILE"
        )
        made[name].add_argument("file", type=Path, help="the backup")
    made["restore"].add_argument(
        "--replace", action="store_true", help="the present identity, another one, may go"
    )


async def run_identity(arguments: argparse.Namespace) -> int:
    """Do one step; return the exit status.

    Raises:
        SynCohortError: Its refusal; then nothing is changed.
    """
    hospital = HeadlessHospital(arguments.home, lambda _event: None)
    try:
        own = first_line(arguments.passphrase_file) if arguments.passphrase_file else ""
        match arguments.step:
            case "restore":
                await _restore(arguments, hospital)
            case "show":
                _print(await hospital.open(_NAME, own))
            case "backup":
                await hospital.open(_NAME, own)
                await _back_up(arguments, hospital)
            case _:
                await hospital.open(_NAME, own)
                _tell(await hospital.answer(RenewIdentity(passphrase=own), IdentityReplaced))
    finally:
        await hospital.close()
    return 0


_NAME: Final = "This hospital"


async def _back_up(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    if arguments.file.exists():
        reason = f"{arguments.file.name} is there already; a backup is never overwritten"
        raise WorkerError("WO605", reason=reason)
    passphrase = first_line(arguments.backup_passphrase_file)
    asked = BackUpIdentity(path=str(arguments.file), passphrase=passphrase)
    made = await hospital.answer(asked, IdentityBackedUp)
    _say(
        f"Written and read again: {made.file_name}. Whoever has this file and its passphrase can "
        "sign as this hospital: keep them apart."
    )
    sys.stdout.write(json.dumps({"file": str(arguments.file)}) + "\n")


async def _restore(arguments: argparse.Namespace, hospital: HeadlessHospital) -> None:
    passphrase = first_line(arguments.backup_passphrase_file)
    asked = RestoreIdentity(
        path=str(arguments.file), passphrase=passphrase, replace=arguments.replace
    )
    _tell(await hospital.answer(asked, IdentityReplaced))


def _tell(changed: IdentityReplaced) -> None:
    _say(f"The identity was {changed.how}. Its six words: {changed.words}")
    if changed.former_words and changed.former_words != changed.words:
        _say(f"Until now they were: {changed.former_words}. Tell the hospitals you work with.")
    for title in changed.going_on:
        _say(f"Goes on with the former identity: {title}")
    for title in changed.to_join_again:
        _say(f"Has to be joined again with a new invitation: {title}")
    sys.stdout.write(json.dumps(asdict(changed)) + "\n")


def _print(shown: IdentityShown) -> None:
    ends = dt.datetime.fromtimestamp(shown.valid_until, dt.UTC)
    kept = "the key store of this computer" if shown.in_keyring else "a file under a passphrase"
    why = f", because {shown.kept_reason}" if shown.kept_reason else ""
    _say(f"Six words: {shown.words}")
    _say(f"The key is kept in {kept}{why}.")
    _say(f"The certificate is good until {ends:%Y-%m-%d}{_advice(shown)}.")
    for title in shown.former_studies:
        _say(f"Goes on with a former identity: {title}")
    for title in shown.lost_studies:
        _say(f"Has to be joined again, its identity is not here: {title}")
    sys.stdout.write(json.dumps(asdict(shown)) + "\n")


def _advice(shown: IdentityShown) -> str:
    if shown.expired:
        return "; it has ended: renew it"
    return "; renew it soon" if shown.due else ""


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
