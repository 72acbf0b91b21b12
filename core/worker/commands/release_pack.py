"""``syncohort-cli release pack``: hand a finished study's release on, as two people agree.

The worker does what it does for the window: it puts the package together in memory, and writes it
only when the second person agrees to exactly these bytes for exactly this recipient; the agreement
is an entry of the ledger first. ``--show`` says what would be in it and writes nothing; with
``--contents`` the second person names the digest that was shown to them, and nothing else passes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.messages.commands import ListStudies
from core.messages.events import StudiesListed
from core.messages.release_commands import ApproveRelease, DropRelease, PrepareRelease
from core.messages.release_events import ReleaseHandedOn, ReleasePrepared
from core.model.study import StudyState, StudyView
from core.release.forms import Form
from core.release.package.contents import Recipient
from core.worker.commands.consent import APPROVER, REQUESTER, add_secret, secret
from core.worker.commands.decisions import add_home, open_if_it_opens
from core.worker.headless import HeadlessHospital

_SHORT: Final = 16


def add_pack(pack: argparse.ArgumentParser) -> None:
    """Declare the step."""
    add_home(pack, needed=True)
    add = pack.add_argument
    add("--study", default="", metavar="DIGEST", help="of its plan, or how that begins")
    add("--out", type=Path, required=True, metavar="FOLDER", help="exists; the package goes in it")
    add("--zip", action="store_true", help="one ZIP file; else a folder")
    forms = [form.value for form in Form]
    add("--form", action="append", default=[], choices=forms, help="beside CSV; repeat")
    add("--report", action="store_true", help="with the report of released numbers")
    add("--local-report", action="store_true", help="with your own report; inside only")
    who = pack.add_mutually_exclusive_group(required=True)
    who.add_argument("--outside", metavar="RECIPIENT", help="who outside will receive it")
    who.add_argument("--inside", metavar="RECIPIENT", nargs="?", const="", help="within here")
    add("--show", action="store_true", help="say what would be in it; write nothing")
    add("--contents", default="", metavar="SHA256", help="hand on only what has this digest")
    add("--requester", default="", metavar="NAME", help=f"name of {REQUESTER}")
    add("--approver", default="", metavar="NAME", help=f"name of {APPROVER}")
    add_secret(pack, "--approver-passphrase-file", f"passphrase of {APPROVER}")
    add("--reason", default="", help="one sentence; it stays in the ledger")
    add("--json", action="store_true", help="one JSON object")


async def run_pack(arguments: argparse.Namespace) -> int:
    """Hand a release on; return the exit status.

    Raises:
        WorkerError: WO605 if the study or the contents are others than named; WO604.
        SynCohortError: Why the second person's agreement does not count; then nothing is written.
    """
    if not arguments.out.is_dir():
        raise WorkerError("WO605", reason=f"{arguments.out.name} is no folder that exists")
    hospital = HeadlessHospital(arguments.home, lambda _event: None)
    try:
        await open_if_it_opens(hospital, arguments)
        study = await _study(arguments.study, hospital)
        prepared = await hospital.answer(_wish(arguments, study), ReleasePrepared)
        _tell(study, prepared)
        if arguments.contents and prepared.contents != arguments.contents.lower():
            await hospital.ask(DropRelease(digest=study.digest))
            reason = "the package is another one than --contents names; nothing was written"
            raise WorkerError("WO605", reason=reason)
        if arguments.show:
            await hospital.ask(DropRelease(digest=study.digest))
            _print(arguments, prepared, "")
            return 0
        handed_on = await _approved(arguments, prepared, hospital)
    finally:
        await hospital.close()
    agreed = f"{handed_on.approver} agreed; the ledger holds it. " if handed_on.approver else ""
    _say(f"{agreed}Written: {handed_on.name}")
    _print(arguments, prepared, handed_on.name)
    return 0


def _wish(arguments: argparse.Namespace, study: StudyView) -> PrepareRelease:
    outside = arguments.outside is not None
    return PrepareRelease(
        digest=study.digest,
        folder=str(arguments.out.resolve()),
        as_zip=arguments.zip,
        forms=tuple(dict.fromkeys(arguments.form)),
        report=arguments.report,
        local_report=arguments.local_report,
        recipient=(Recipient.OUTSIDE if outside else Recipient.INSIDE).value,
        to=arguments.outside if outside else arguments.inside,
    )


async def _approved(
    arguments: argparse.Namespace, prepared: ReleasePrepared, hospital: HeadlessHospital
) -> ReleaseHandedOn:
    passphrase = ""
    if prepared.needs_approval:
        for option in ("requester", "approver"):
            if not getattr(arguments, option):
                raise WorkerError("WO605", reason=f"two people hand a release on: --{option}")
        file = arguments.approver_passphrase_file
        passphrase = secret(file, f"passphrase of {arguments.approver}")
    command = ApproveRelease(
        digest=prepared.digest,
        contents=prepared.contents,
        requester=arguments.requester,
        approver=arguments.approver,
        passphrase=passphrase,
        reason=arguments.reason,
    )
    return await hospital.answer(command, ReleaseHandedOn)


async def _study(named: str, hospital: HeadlessHospital) -> StudyView:
    """Return the finished study whose digest begins so; the only one if none is named.

    Raises:
        WorkerError: WO605 if none or several are.
    """
    listed = await hospital.answer(ListStudies(), StudiesListed)
    finished = [s for s in listed.studies if s.state is StudyState.FINISHED]
    found = [s for s in finished if s.digest.startswith(named.lower())]
    if len(found) != 1:
        known = ", ".join(f"{s.digest[:_SHORT]} ({s.title})" for s in finished) or "none"
        raise WorkerError(
            "WO605", reason=f"--study fits {len(found)} finished studies here; there are: {known}"
        )
    return found[0]


def _tell(study: StudyView, prepared: ReleasePrepared) -> None:
    """Say what the second person is asked to agree to, before they are asked."""
    _say(f"{study.title}: for {prepared.recipient} the hospital, {prepared.to or 'nobody named'}")
    for file in prepared.files:
        _say(f"  {file.name}  {file.size_bytes:,} bytes")
    _say(f"Signed by: {', '.join(prepared.signed_by) or 'nobody'}")
    _say(f"Contents: {prepared.contents}")


def _print(arguments: argparse.Namespace, prepared: ReleasePrepared, name: str) -> None:
    if arguments.json:
        tree = {
            "plan_digest": prepared.digest,
            "contents": prepared.contents,
            "written": name,
            "files": [file.name for file in prepared.files],
            "signed_by": list(prepared.signed_by),
        }
        sys.stdout.write(json.dumps(tree) + "\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
