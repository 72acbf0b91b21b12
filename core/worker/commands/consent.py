"""Passphrases and decisions on the command line.

A passphrase comes from the terminal, unseen, or from the first line of a file (such as
``/dev/fd/3``); never from the command line itself, which every program of the computer can read.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Final

from core.errors import WorkerError
from core.messages.ledger_commands import Consent
from core.worker.commands.study_files import first_line

REQUESTER: Final = "the one who asks"
APPROVER: Final = "the second person"


def add_consent(step: argparse.ArgumentParser) -> None:
    """Declare two people, their passphrases and a reason."""
    add_person(step, "requester", REQUESTER)
    add_person(step, "approver", APPROVER)
    step.add_argument("--reason", required=True, help="one sentence; it stays in the ledger")


def add_person(step: argparse.ArgumentParser, role: str, whose: str) -> None:
    """Declare one person and where their passphrase is."""
    step.add_argument(f"--{role}", required=True, metavar="NAME", help=f"name of {whose}")
    add_secret(step, f"--{role}-passphrase-file", f"passphrase of {whose}")


def add_secret(step: argparse.ArgumentParser, option: str, what: str) -> None:
    """Declare the file of a secret that is asked for at the terminal otherwise."""
    text = f"its first line is the {what}; without it the terminal asks"
    step.add_argument(option, type=Path, metavar="FILE", help=text)


def secret(file: Path | None, what: str) -> str:
    """Return a secret from a file, or as it is typed at the terminal.

    Raises:
        WorkerError: WO605 if there is neither file nor terminal.
    """
    if file is not None:
        return first_line(file)
    if not sys.stdin.isatty():
        raise WorkerError("WO605", reason=f"no terminal to type the {what} at: name its file")
    return getpass.getpass(f"{what[:1].upper()}{what[1:]}: ")


def new_secret(file: Path | None, what: str) -> str:
    """Return a new passphrase; at the terminal it is typed twice.

    Raises:
        WorkerError: WO605 if the two differ, or as ``secret``.
    """
    typed = secret(file, what)
    if file is None and getpass.getpass("The same once more: ") != typed:
        raise WorkerError("WO605", reason="the two passphrases differ")
    return typed


def consent_of(arguments: argparse.Namespace) -> Consent:
    """Return what both people gave.

    Raises:
        WorkerError: WO605, as ``secret``.
    """
    return Consent(
        requester=arguments.requester,
        requester_passphrase=secret(
            arguments.requester_passphrase_file, f"passphrase of {arguments.requester}"
        ),
        approver=arguments.approver,
        approver_passphrase=secret(
            arguments.approver_passphrase_file, f"passphrase of {arguments.approver}"
        ),
        reason=arguments.reason,
    )
