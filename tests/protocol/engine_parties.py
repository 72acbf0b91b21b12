"""Real run workers, driven over their pipes: the tests and the benchmark use them."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.messages import codec
from core.messages.engine import (
    ENGINE_EVENTS,
    Connect,
    Connected,
    Failed,
    Measure,
    Opened,
    PeerJoined,
    PeerReached,
    PermitOpening,
    Prepare,
    Prepared,
    Progress,
    ReadyToOpen,
    SecretVector,
    ShareStored,
    ShareToStore,
    StoredShare,
)
from core.model.budget import Budget
from core.model.peer import PeerAddress
from core.model.plan import Plan, PlanParty
from core.model.stage import NoiseLadder, StagePlan

ROOT = Path(__file__).resolve().parents[2]
SMALL_LADDER = NoiseLadder(levels=((1, 4), (2, 4), (4, 4), (8, 40)))
ANSWER_S = 60.0


def stage_of(name: str = "tables", values: int = 50, **changes: Any) -> StagePlan:
    fields: dict[str, Any] = {
        "name": name,
        "values": values,
        "share": 1.0,
        "units": 1.0,
        "l2_sq": 100,
        "linf": 10,
        "touched": 1,
        "exact_shift": True,
        "noise": SMALL_LADDER,
    }
    return StagePlan(**{**fields, **changes})


def plan_of(certificates: list[str], threshold: int, *stages: StagePlan, **changes: Any) -> Plan:
    shared = tuple(replace(s, share=1.0 / len(stages)) for s in stages)
    parties = tuple(
        PlanParty(
            number=i, name=f"Hospital {'ABCDEFGHIJ'[i]}", has_cohort=True, certificate_sha256=c
        )
        for i, c in enumerate(certificates)
    )
    fields: dict[str, Any] = {
        "study_id": "0" * 32,
        "title": "Test",
        "rehearsal": True,
        "parties": parties,
        "threshold": threshold,
        "recipe": "marginals",
        "recipe_parameters": (),
        "genes": ("A", "B"),
        "label_name": "label",
        "classes": ("x", "y"),
        "normalisation": "zscore",
        "n_max": 1000,
        "holdout_share": 0.0,
        "budget": Budget(epsilon=1.0, delta=1e-6),
        "epsilon_accounted": 1.0,
        "patient_multiplicity": 1,
        "n_records": 10,
        "sampler": 0,
        "stages": shared,
    }
    return Plan(**{**fields, **changes})


class Party:
    """One run worker: commands in, events out, never longer than ANSWER_S for an answer."""

    def __init__(
        self, arguments: tuple[str, ...] = ("-m", "core.worker.engine"), **environment: str
    ) -> None:
        self.child = subprocess.Popen(
            [sys.executable, "-X", "utf8", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        self.events: queue.Queue[Any] = queue.Queue()
        self.raw = bytearray()
        self.errors = bytearray()
        self.progress: list[Progress] = []
        self.reached: list[PeerReached] = []
        self.stores = True
        self.shares: dict[str, StoredShare] = {}
        self._sending = threading.Lock()
        self._threads = [
            threading.Thread(target=t, daemon=True) for t in (self._read, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()
        self.address: PeerAddress | None = None
        self.certificate = ""

    def _read(self) -> None:
        frames = codec.FrameReader()
        while chunk := os.read(self.child.stdout.fileno(), 1 << 20):
            self.raw += chunk
            for body in frames.feed(chunk):
                event = codec.decode(body, ENGINE_EVENTS)
                if isinstance(event, ShareToStore) and self.stores:
                    self.shares[event.stage] = event.share
                    self.send(ShareStored(stage=event.stage))
                else:
                    self.events.put(event)
        self.events.put(None)

    def _read_errors(self) -> None:
        while chunk := os.read(self.child.stderr.fileno(), 1 << 16):
            self.errors += chunk

    def send(self, command: object) -> None:
        with contextlib.suppress(BrokenPipeError, ValueError), self._sending:
            self.child.stdin.write(codec.encode(command))
            self.child.stdin.flush()

    def next(self, timeout: float = ANSWER_S) -> Any:
        """Return the next event that is no progress; None when the output ended."""
        while True:
            event = self.events.get(timeout=timeout)
            if isinstance(event, Progress):
                self.progress.append(event)
            elif isinstance(event, PeerReached):
                self.reached.append(event)
            else:
                return event

    def expect(self, kind: Any, timeout: float = ANSWER_S) -> Any:
        event = self.next(timeout)
        while isinstance(event, PeerJoined):
            event = self.next(timeout)
        assert isinstance(event, kind), (
            f"{event} instead of {kind}; log: {self.errors.decode()[-2000:]}"
        )
        return event

    def prepare(self, number: int, **limits: float) -> PeerAddress:
        self.send(Prepare(**limits))
        ready = self.expect(Prepared)
        self.certificate = ready.certificate_sha256
        self.address = PeerAddress(
            number=number, route=ready.route, certificate_pem=ready.certificate_pem
        )
        return self.address

    def close(self) -> None:
        if self.child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                if hasattr(signal, "SIGCONT"):
                    self.child.send_signal(signal.SIGCONT)
                self.child.kill()
        self.child.wait(10)
        for thread in self._threads:
            thread.join(10)
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            with contextlib.suppress(BrokenPipeError):
                stream.close()


class Parties(list[Party]):
    """All parties of one session."""

    plan: Plan

    def prepare(self, **limits: float) -> list[str]:
        for party in self:
            party.send(Prepare(**limits))
        for number, party in enumerate(self):
            ready = party.expect(Prepared)
            party.certificate = ready.certificate_sha256
            party.address = PeerAddress(
                number=number,
                route=ready.route,
                certificate_pem=ready.certificate_pem,
            )
        return [p.certificate for p in self]

    def addresses(self, own: int) -> tuple[PeerAddress, ...]:
        return tuple(p.address for i, p in enumerate(self) if i != own)

    def start_connecting(self, plan: Plan) -> None:
        self.plan = plan
        for number, party in enumerate(self):
            party.send(Connect(plan=plan, own_number=number, peers=self.addresses(number)))

    def connect(self, plan: Plan) -> None:
        self.start_connecting(plan)
        for party in self:
            party.expect(Connected)

    def measure(self, stage: StagePlan, vectors: list[list[int]]) -> list[Opened]:
        for party, vector in zip(self, vectors, strict=True):
            party.send(Measure(stage=stage.name, vector=SecretVector(values=tuple(vector))))
        for party in self:
            party.expect(ReadyToOpen)
        for party in self:
            party.send(PermitOpening(stage=stage.name))
        return [party.expect(Opened) for party in self]

    def failures(
        self,
        without: tuple[int, ...] = (),
        timeout: float = ANSWER_S,
        *,
        ready_before: bool = False,
    ) -> dict[int, Failed]:
        """Return each party's one Failed, and check that it was the last word.

        ``ready_before``: it may have become ready to open before it learnt of the failure.
        """
        found = {}
        for number, party in enumerate(self):
            if number not in without:
                kinds = (ReadyToOpen, Failed) if ready_before else Failed
                while not isinstance(event := party.expect(kinds, timeout), Failed):
                    pass
                found[number] = event
                assert party.next() is None
                assert party.child.wait(10) == 1
        return found


@contextlib.contextmanager
def session(n_parties: int, rogue: str = "", everywhere: str = "") -> Iterator[Parties]:
    """Start the run workers; the last one misbehaves as ``rogue`` says, all as ``everywhere``."""
    script = str(Path(__file__).with_name("rogue.py"))
    modes = [everywhere] * (n_parties - 1) + [rogue or everywhere]
    parties = Parties(Party((script, mode)) if mode else Party() for mode in modes)
    try:
        yield parties
    finally:
        for party in parties:
            party.close()


@contextlib.contextmanager
def connected(
    n_parties: int,
    threshold: int,
    *stages: StagePlan,
    rogue: str = "",
    everywhere: str = "",
    **limits: float,
) -> Iterator[Parties]:
    with session(n_parties, rogue, everywhere) as parties:
        parties.connect(plan_of(parties.prepare(**limits), threshold, *stages))
        yield parties
