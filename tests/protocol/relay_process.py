"""A relay in a process of its own, and run workers that meet through it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from engine_parties import ROOT, Parties, plan_of, session

from core.model.peer import RelayRoute
from core.model.stage import StagePlan

TOKEN = "5" * 32


class RelayProcess:
    """``python -m core.worker.commands.relay``; killed at the end."""

    def __init__(self, home: Path, *arguments: str, port: int = 0) -> None:
        self.child = subprocess.Popen(
            [
                *(sys.executable, "-X", "utf8", "-m", "core.worker.commands.relay"),
                *("--listen", f"127.0.0.1:{port}", "--home", str(home), *arguments),
            ],
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        lines = [self.child.stderr.readline().decode() for _ in range(3)]
        place = re.search(r"127\.0\.0\.1:(\d+)", lines[0])
        assert place, lines
        self.port = int(place[1])
        self.sha256 = lines[1].split()[-1]

    def route(self, token: str = TOKEN) -> RelayRoute:
        return RelayRoute(
            relay_host="127.0.0.1",
            relay_port=self.port,
            relay_certificate_sha256=self.sha256,
            session=token,
        )

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.child.kill()
        self.child.wait(10)
        self.child.stderr.close()


@contextlib.contextmanager
def relay_process(home: Path, *arguments: str) -> Iterator[RelayProcess]:
    relay = RelayProcess(home, *arguments)
    try:
        yield relay
    finally:
        relay.close()


@contextlib.contextmanager
def through(
    relay: RelayProcess, n_parties: int, *stages: StagePlan, rogue: str = "", **limits: object
) -> Iterator[Parties]:
    """Start run workers that use the relay, up to their prepared plan."""
    with session(n_parties, rogue) as parties:
        certificates = parties.prepare(route=relay.route(), **limits)
        parties.plan = plan_of(certificates, (n_parties - 1) // 2, *stages)
        yield parties
