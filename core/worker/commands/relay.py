"""``syncohort-cli relay``: run the blind relay until a signal ends it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import sys
import threading
import time
from asyncio import sslproto
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from platformdirs import user_data_path

from core.errors import SynCohortError, WorkerError
from core.network.words import fingerprint_words
from core.relay.certificate import CertificateFiles, kept_in, server_context
from core.relay.server import RelayLimits, RelayServer

_GRACE_S: Final = 10.0
_METRICS_S: Final = 60.0
_HOSTED_METRICS_S: Final = 2.0
_DEFAULT_PORT: Final = 8443
#: What asyncio reads at once from each TLS connection, bytes. It keeps a buffer of this size for
#: every connection; its own 256 kB are for clients with a few.
_READ_BYTES: Final = 64 * 1024


def add_relay(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    limits = RelayLimits()
    add = parser.add_argument
    add("--listen", default=f"0.0.0.0:{_DEFAULT_PORT}", metavar="HOST:PORT")
    add(
        "--cert", type=Path, metavar="FILE", help="PEM certificate (chain); default one of its own"
    )
    add("--key", type=Path, metavar="FILE", help="PEM key of --cert")
    add("--home", type=Path, metavar="DIR", help="where its own certificate is kept")
    add("--connections", type=int, default=limits.connections, help="most in all")
    add("--per-address", type=int, default=limits.per_address, help="most from one address")
    add("--per-session", type=int, default=limits.per_session, help="most of one session")
    add("--idle", type=float, default=limits.idle_s, metavar="SECONDS", help="longest silence")
    add("--longest", type=float, default=limits.splice_s, metavar="SECONDS", help="of a session")
    add(
        "--hosted",
        action="store_true",
        help="print port, certificate and then counts as JSON lines on standard output; end when "
        "standard input does",
    )
    add("--metrics", action="store_true", help="one line of counts a minute on standard error")


async def run_relay(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then say goodbye to everybody.

    Raises:
        WorkerError: WO603, WO604, WO605 or WO606 if it cannot start.
    """
    host, port = listen_place(arguments.listen)
    sslproto.SSLProtocol.max_size = _READ_BYTES  # of this process, which does nothing else
    context, sha256 = server_context(_files(arguments))
    limits = RelayLimits(
        connections=arguments.connections,
        per_address=arguments.per_address,
        per_session=arguments.per_session,
        idle_s=arguments.idle,
        splice_s=arguments.longest,
    )
    server = RelayServer(context, limits, time.time)
    port = await server.start(host, port)
    _say(f"Relay listens on {host}:{port}")
    _say(f"Certificate SHA-256: {sha256}")
    _say(f"Certificate words: {' '.join(fingerprint_words(sha256))}")
    ended = _end_signal()
    if arguments.hosted:
        _tell_owner({"port": port, "certificate_sha256": sha256})
        _end_with_input(ended)
    while not ended.is_set():
        with contextlib.suppress(TimeoutError):
            pause = _HOSTED_METRICS_S if arguments.hosted else _METRICS_S
            await asyncio.wait_for(ended.wait(), pause)
        if arguments.hosted:
            _tell_owner(server.metrics())
        elif arguments.metrics:
            _say(json.dumps(server.metrics()))
    _say("Relay ends")
    await server.aclose(_GRACE_S)
    return 0


def listen_place(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT``; IPv6 in brackets.

    >>> listen_place("[::1]:8443")
    ('::1', 8443)

    Raises:
        WorkerError: WO605 if it is anything else.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise WorkerError("WO605", reason="an address is HOST:PORT")
    return host, int(port)


def _files(arguments: argparse.Namespace) -> CertificateFiles:
    if (arguments.cert is None) != (arguments.key is None):
        raise WorkerError("WO605", reason="--cert and --key belong together")
    if arguments.cert is not None:
        return CertificateFiles(certificate=arguments.cert, key=arguments.key)
    home = arguments.home or user_data_path("syncohort-relay", appauthor=False)
    return kept_in(home, dt.datetime.now(dt.UTC))


def _end_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    return ended


def _end_with_input(ended: asyncio.Event) -> None:
    """Set the event when whoever started us closes our standard input, or dies."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        with contextlib.suppress(OSError):  # NB: os.read, since sys.stdin is locked at exit
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=watch, daemon=True).start()


def _tell_owner(facts: Mapping[str, object]) -> None:
    """Say one line to whoever started us; one that is gone is noticed by standard input."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main() -> int:
    """Run the relay alone: ``python -m core.worker.commands.relay``, without what hospitals need.

    Besides Python it needs cryptography and platformdirs.
    """
    parser = argparse.ArgumentParser(prog="syncohort-relay", description=__doc__)
    add_relay(parser)
    try:
        return asyncio.run(run_relay(parser.parse_args()))
    except SynCohortError as wrong:
        _say(str(wrong))
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
