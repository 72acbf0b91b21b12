"""``syncohort-cli doctor``: can this computer reach the others, and what to tell the IT."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from getpass import getpass
from pathlib import Path
from typing import Final

from core.errors import PlanError, WorkerError
from core.messages.study_commands import CheckConnection, SetProxy
from core.messages.study_events import ConnectionChecked
from core.model.peer import TOKEN_BYTES, DirectRoute, ProxySetting, RelayRoute, Route
from core.network.doctor import Patient, examine
from core.network.doctor_rows import Verdict
from core.randomness import NoiseSource
from core.worker.commands.relay import listen_place
from core.worker.commands.study_files import first_line
from core.worker.headless import HeadlessHospital
from core.worker.lines.proxy_shelf import environment_proxy
from core.worker.lines.relay_desk import checked_by

_PASSWORD: Final = "SYNCOHORT_PROXY_PASSWORD"  # noqa: S105 - the name of a variable


def add_doctor(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--relay", default="", metavar="HOST:PORT", help="a relay")
    where.add_argument(
        "--direct", default="", metavar="HOST:PORT", help="a coordinator's own address"
    )
    where.add_argument(
        "--study", metavar="ID", help="a kept study and its hospitals; needs --home"
    )
    add(
        "--pin", default="", metavar="SHA256", help="of its certificate; default: public authority"
    )
    add_proxy(parser)
    add("--home", type=Path, metavar="DIR", help="of this installation")
    add("--hospital", default="This hospital", metavar="NAME")
    add(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="opens the identity where the system has no key store",
    )
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


def meeting_of(arguments: argparse.Namespace) -> Route | None:
    """Return the relay of ``--relay`` and ``--pin`` with a new session, or None without one.

    Raises:
        WorkerError: WO605 if they do not fit.
    """
    if not arguments.relay:
        return None
    return relay_of(arguments.relay, arguments.pin, NoiseSource().token(TOKEN_BYTES).hex())


async def run_doctor(arguments: argparse.Namespace) -> int:
    """Print the rows; status 0 if none fails, 3 otherwise.

    Raises:
        WorkerError: WO605 if the arguments do not fit.
        StudyError: ST713 if the study is not known.
    """
    checked = await (_of_study(arguments) if arguments.study else _of_place(arguments))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(row) for row in checked.rows]) + "\n")
    else:
        sys.stdout.write(checked.text)
    return 3 if any(row.verdict == Verdict.FAIL.value for row in checked.rows) else 0


async def _of_place(arguments: argparse.Namespace) -> ConnectionChecked:
    """Look at a relay or a coordinator's address, which needs no installation."""
    route: Route
    if arguments.direct:
        host, port = listen_place(arguments.direct)
        route = DirectRoute(host=host, port=port)
    else:
        session = NoiseSource().token(TOKEN_BYTES).hex()
        route = relay_of(arguments.relay, arguments.pin, session)
    patient = Patient(
        route=route,
        proxy=proxy_of(arguments),
        now=time.time,
        environment=environment_proxy(),
    )
    return checked_by(patient, await examine(patient))


async def _of_study(arguments: argparse.Namespace) -> ConnectionChecked:
    """Look at a kept study as this installation, through its own proxy unless one is named."""
    if arguments.home is None:
        raise WorkerError("WO605", reason="--study needs --home")
    file = arguments.passphrase_file
    hospital = HeadlessHospital(arguments.home, lambda _event: None)
    try:
        await hospital.open(arguments.hospital, first_line(file) if file else "")
        proxy = proxy_of(arguments)
        if proxy is not None:
            await hospital.ask(SetProxy(proxy=proxy))
        check = CheckConnection(meeting=None, content="", study_id=arguments.study)
        return await hospital.answer(check, ConnectionChecked)
    finally:
        await hospital.close()
