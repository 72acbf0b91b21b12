"""``syncohort-cli ledger``: the privacy ledger without a window.

``verify`` and ``show`` need nothing but the file: no installation, no network. ``verify`` of an
export also needs the hospital's key, as fingerprint or certificate, from another way than the file
came; that is what makes it a proof.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from core.errors import BudgetError, SynCohortError, WorkerError
from core.messages.ledger_commands import BackUpLedger, ExportLedger, ListLedger
from core.messages.ledger_events import LedgerBackedUp, LedgerExported, LedgerListed
from core.model.ledger import LedgerLine
from core.network.installation import verify
from core.privacy.ledger import Entry, EntryKind
from core.privacy.ledger.backup import examined
from core.privacy.ledger.entries import utc_seconds
from core.privacy.ledger.export import MOST_BYTES, VerifiedExport, verify_export
from core.privacy.ledger.sentences import sentence
from core.worker.commands.decisions import (
    DECISIONS,
    add_decisions,
    add_home,
    open_if_it_opens,
)
from core.worker.commands.named_keys import keys_of
from core.worker.headless import HeadlessHospital
from core.worker.installation.identity_desk import six_words
from core.worker.ledger.ledger_desk import FORMATS
from core.worker.ledger.ledger_view import Choice
from core.worker.ledger.officer import when

_SQLITE: Final = b"SQLite format 3\0"
_DONE: Final = 0


def add_ledger(parser: argparse.ArgumentParser, kind: type[argparse.ArgumentParser]) -> None:
    """Declare the command's steps."""
    steps = parser.add_subparsers(dest="step", required=True, parser_class=kind)
    check = steps.add_parser("verify", help="check an exported ledger, or an installation's own")
    check.add_argument("file", nargs="?", type=Path, help="export (JSON) or ledger (SQLite)")
    check.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="SHA256|PEM",
        help="fingerprint or certificate file of the hospital's key; repeat for former ones",
    )
    show = steps.add_parser("show", help="every entry in a sentence")
    show.add_argument("file", nargs="?", type=Path, help="export (JSON) or ledger (SQLite)")
    show.add_argument("--cohort", default="", metavar="NAME|ID")
    show.add_argument("--study", default="", metavar="TEXT", help="part of the study's title")
    show.add_argument("--year", type=int, default=0)
    export = steps.add_parser("export", help="for the privacy officer: signed JSON, CSV and PDF")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="existing folder")
    export.add_argument(
        "--format", action="append", default=[], choices=FORMATS, help="default all three"
    )
    backup = steps.add_parser("backup", help="write a checked copy of the whole ledger")
    backup.add_argument("--out", type=Path, required=True, metavar="FILE")
    for step in (export, backup, *add_decisions(steps)):
        add_home(step, needed=True)
    for step in (check, show):
        add_home(step, needed=False)
        step.add_argument("--json", action="store_true", help="one JSON object")


async def run_ledger(arguments: argparse.Namespace) -> int:
    """Do one step; return the exit status.

    Raises:
        BudgetError: BU304, BU312, BU315 or BU317 if the ledger or the export does not pass.
        WorkerError: WO605 if the arguments do not fit.
    """
    if arguments.step in {"verify", "show"}:
        if (arguments.file is None) == (arguments.home is None):
            raise WorkerError("WO605", reason="name a file, or an installation with --home")
        if arguments.file is not None:
            return _of_file(arguments)
    hospital = HeadlessHospital(arguments.home, lambda _event: None)
    try:
        await open_if_it_opens(hospital, arguments)
        return await _of_home(arguments, hospital)
    finally:
        await hospital.close()


# ---- an installation's own ledger


async def _of_home(arguments: argparse.Namespace, hospital: HeadlessHospital) -> int:
    match arguments.step:
        case "export":
            formats = tuple(dict.fromkeys(arguments.format)) or FORMATS
            command = ExportLedger(folder=str(arguments.out.resolve()), formats=formats)
            written = await hospital.answer(command, LedgerExported)
            _say(*(f"Written: {name}" for name in written.files))
        case "backup":
            kept = await hospital.answer(
                BackUpLedger(path=str(arguments.out.resolve())), LedgerBackedUp
            )
            _say(f"Written: {kept.file_name}, {kept.entries} entries, newest {kept.fingerprint}")
        case step if step in DECISIONS:
            await DECISIONS[step](arguments, hospital)
        case _:
            _list(arguments, await hospital.answer(_question(arguments), LedgerListed))
    return _DONE


def _question(arguments: argparse.Namespace) -> ListLedger:
    if arguments.step == "verify":
        return ListLedger(signatures=True)
    return ListLedger(study=arguments.study, year=arguments.year)


def _list(arguments: argparse.Namespace, listed: LedgerListed) -> None:
    if listed.code or listed.standing is None:
        raise SynCohortError.from_code(listed.code, listed.fields)
    standing = listed.standing
    if arguments.step == "show":
        lines = [e for e in listed.entries if _is_of(e, arguments.cohort)]
        _print(arguments, [asdict(e) for e in lines], [_words(e) for e in lines])
        return
    facts = {
        "entries": standing.entries,
        "signed": standing.signed,
        "fingerprint": standing.fingerprint,
        "key": standing.key,
        "partners": standing.partners,
    }
    _print(arguments, facts, [f"{k}: {v}" for k, v in facts.items()])
    _say("The chain holds, and every signature in it fits.")


def _is_of(line: LedgerLine, cohort: str) -> bool:
    return cohort in {"", line.cohort_id, line.cohort_name}


def _words(line: LedgerLine) -> str:
    about = " / ".join(t for t in (line.cohort_name, line.study) if t)
    return f"{line.number:>6}  {when(line.time)}  {about:<30}  {line.sentence}"


# ---- a file


def _of_file(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    content = _content(path)
    if content.startswith(_SQLITE):
        _of_ledger_file(arguments, path)
    elif arguments.step == "verify":
        found = verify_export(content, _keys(arguments.key, path), verify, path.name)
        facts = _facts(found)
        _print(arguments, facts, [f"{k}: {v}" for k, v in facts.items()])
        _say(f"Sealed by {six_words(found.key)}: the key that you named. Nothing was changed.")
    else:
        _show_export(arguments, content, path)
    return _DONE


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError:
        raise WorkerError("WO606", file=path.name, reason="it cannot be read") from None


def _keys(named: list[str], path: Path) -> frozenset[str]:
    """Return the fingerprints that the reader named.

    Raises:
        BudgetError: BU317 without one: a file alone proves nothing.
        WorkerError: WO605 for what is neither a fingerprint nor a certificate.
    """
    found = keys_of(named)
    if not found:
        raise BudgetError("BU317", file=path.name, reason="name the hospital's key with --key")
    return found


def _facts(found: VerifiedExport) -> dict[str, object]:
    last = found.entries[-1] if found.entries else None
    spent = {found.cohorts.get(c, c): units for c, units in found.spent.items()}
    named = {s.key: s.name for s in found.statements}
    under = sorted({named.get(c.signer, c.signer) for c in found.countersignatures})
    return {
        "hospital": found.hospital,
        "exported": found.exported,
        "entries": len(found.entries),
        "signed": sum(found.signers.values()),
        "key": found.key,
        "newest": last.sha256 if last else "",
        "spent": spent,
        "countersigned_by": under,
    }


def _show_export(arguments: argparse.Namespace, content: bytes, path: Path) -> None:
    """Show an export without believing it: its own key is taken for the hospital's."""
    try:
        claimed = str(json.loads(content)["seal"]["key"])
    except (ValueError, TypeError, KeyError, RecursionError):
        claimed = ""
    found = verify_export(content, frozenset({claimed}), verify, path.name)
    _entries(arguments, found.entries, dict(found.cohorts), dict(found.studies))
    _say(f"Whether it is this hospital's: syncohort-cli ledger verify {path.name} --key ...")


def _of_ledger_file(arguments: argparse.Namespace, path: Path) -> None:
    entries = examined(path)
    if arguments.step == "show":
        _entries(arguments, entries, {}, {})
        return
    newest = entries[-1].sha256 if entries else ""
    facts = {"entries": len(entries), "newest": newest}
    _print(arguments, facts, [f"{k}: {v}" for k, v in facts.items()])
    _say("The chain holds. Signatures are compared with a key in exports, or with --home.")


def _entries(
    arguments: argparse.Namespace,
    entries: tuple[Entry, ...],
    cohorts: dict[str, str],
    studies: dict[str, str],
) -> None:
    choice = Choice(study=arguments.study, year=arguments.year)
    totals: dict[str, float] = {}
    lines = []
    for entry in entries:
        if entry.kind is EntryKind.SPENT:
            spent = totals.get(entry.cohort_id, 0.0) + entry.units
            totals[entry.cohort_id] = round(spent, 9)
        lines.append(
            LedgerLine(
                number=entry.number,
                time=utc_seconds(entry.time),
                cohort_id=entry.cohort_id,
                cohort_name=cohorts.get(entry.cohort_id, entry.cohort_id[:8]),
                study=studies.get(entry.digest, ""),
                kind=entry.kind.value,
                units=entry.units,
                total=totals.get(entry.cohort_id, 0.0),
                fingerprint=entry.sha256[:16],
                note=entry.note,
                topic=str(entry.topic),
                sentence=sentence(entry),
                people=entry.people,
                reason=entry.reason,
                epsilon=entry.epsilon,
            )
        )
    chosen = [e for e in lines if choice.takes(e) and _is_of(e, arguments.cohort)]
    _print(arguments, [asdict(e) for e in chosen], [_words(e) for e in chosen])


def _print(arguments: argparse.Namespace, facts: object, words: list[str]) -> None:
    if arguments.json:
        sys.stdout.write(json.dumps(facts) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in words))


def _say(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(f"{line}\n")
