"""``syncohort-cli doctor``: can this computer reach the relay, and what to tell the IT."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from getpass import getpass
from typing import Final

from core.errors import PlanError, WorkerError
from core.model.peer import TOKEN_BYTES, ProxySetting, RelayRoute
from core.network.doctor import CheckRow, Patient, Verdict, examine, it_text
from core.randomness import NoiseSource
from core.worker.commands.relay import listen_place

_PASSWORD: Final = "SYNCOHORT_PROXY_PASSWORD"  # noqa: S105 - the name of a variable
_PROXY_VARIABLES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--relay", required=True, metavar="HOST:PORT", help="relay of the study")
    add(
        "--pin", default="", metavar="SHA256", help="of its certificate; default: public authority"
    )
    add_proxy(parser)
    add("--json", action="store_true", help="print the rows as JSON on standard output")


def add_proxy(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of a proxy."""
    add = parser.add_argument
    add("--proxy", default="", metavar="HOST:PORT", help="HTTP proxy of this hospital")
    add(
        "--proxy-user",
        default="",
        metavar="NAME",
        help=f"for Basic login; the password is asked for, or taken from {_PASSWORD}",
    )


def proxy_of(arguments: argparse.Namespace) -> ProxySetting | None:
    """Return the proxy that the arguments set, or None.

    Raises:
        WorkerError: WO605 if they do not fit.
    """
    if not arguments.proxy:
        if arguments.proxy_user:
            raise WorkerError("WO605", reason="--proxy-user needs --proxy")
        return None
    host, port = listen_place(arguments.proxy)
    password = ""
    if arguments.proxy_user:
        password = os.environ.get(_PASSWORD) or getpass("Password of the proxy: ")
    return ProxySetting(host=host, port=port, user=arguments.proxy_user, password=password)


def relay_of(place: str, pin: str, session: str) -> RelayRoute:
    """Return the route that arguments name.

    Raises:
        WorkerError: WO605 if they do not fit.
    """
    host, port = listen_place(place)
    try:
        return RelayRoute(
            relay_host=host,
            relay_port=port,
            relay_certificate_sha256=pin.lower().replace(":", ""),
            session=session,
        )
    except PlanError:
        raise WorkerError("WO605", reason="--relay is HOST:PORT, --pin a SHA-256") from None


async def run_doctor(arguments: argparse.Namespace) -> int:
    """Print the rows; status 0 if none fails, 3 otherwise.

    Raises:
        WorkerError: WO605 if the arguments do not fit.
    """
    session = NoiseSource().token(TOKEN_BYTES).hex()
    patient = Patient(
        route=relay_of(arguments.relay, arguments.pin, session),
        proxy=proxy_of(arguments),
        now=time.time,
        environment_proxy=any(os.environ.get(v) for v in _PROXY_VARIABLES),
    )
    rows = await examine(patient)
    if arguments.json:
        sys.stdout.write(json.dumps([_tree(row) for row in rows]) + "\n")
    else:
        sys.stdout.write(it_text(patient, rows))
    return 3 if any(row.verdict is Verdict.FAIL for row in rows) else 0


def _tree(row: CheckRow) -> dict[str, str]:
    return {**asdict(row), "verdict": row.verdict.value}
