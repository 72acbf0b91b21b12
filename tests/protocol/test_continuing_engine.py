"""Real run workers, killed at every step of every stage: the next run opens what the first one
opened, and nothing is opened to two totals.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_parties import Party, plan_of, stage_of
from relay_process import RelayProcess, relay_process

from core.messages.engine import (
    CompareMeasurements,
    Connect,
    Connected,
    Failed,
    Finish,
    Finished,
    Measure,
    MeasurementsAgree,
    OpenAgain,
    Opened,
    PeerJoined,
    PermitOpening,
    Prepare,
    Prepared,
    ReadyToOpen,
    ReceiveTable,
    SecretVector,
    SendTable,
    ShareStored,
    ShareToStore,
    StoredShare,
    TableReceived,
    TableSent,
)
from core.model.continuing import Choice
from core.model.measurement import Measurement, measurements_digest
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.model.stage import LocalGaussian, StagePlan
from core.worker.runs.run_record import RunRecord, open_record

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]
#: One with joint noise, one to which every party adds noise of its own.
OWN = LocalGaussian(sigma_sq=2 * 512**2, contributors=3, colluders=1)
STAGES = (stage_of("one", 40), stage_of("two", 30, noise=OWN))
PLAN = plan_of([f"{i:064x}" for i in range(3)], 1, *STAGES)
TABLE = b"patient,A,B\n1,2,3\n"
STEPS = (
    "share",
    "share to store",
    "stored",
    "said stored",
    "ready to open",
    "opening",
    "permitted",
    "opened",
    "kept",
)
LATE = ("connected", "compare", "agreed", "table")


class KilledError(Exception):
    """The test killed this hospital here."""


class EndedError(Exception):
    """Its run worker told why the run ended."""


@dataclass
class Hospital:
    """What survives of one hospital: its record, and how often it paid."""

    number: int
    folder: Path
    charges: int = 0
    sharings: dict[str, set[str]] = field(default_factory=dict)
    first: dict[str, tuple[int, ...]] = field(default_factory=dict)
    table: bytes = b""

    @property
    def path(self) -> Path:
        return self.folder / f"{self.number}" / "run-record.json"


class Script(threading.Thread):
    """One hospital's part in one run."""

    def __init__(
        self,
        hospital: Hospital,
        moment: str,
        meet: Callable[..., Any],
        relay: RelayProcess | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.hospital, self.moment, self.meet, self.relay = hospital, moment, meet, relay
        self.party = Party()
        self.party.stores = False
        self.failed: Failed | None = None
        self.done = False
        self.error: BaseException | None = None

    def at(self, moment: str) -> None:
        if moment != self.moment:
            return
        if self.relay is not None:
            os.kill(self.relay.child.pid, signal.SIGKILL)
            return
        self.party.child.kill()
        raise KilledError

    def run(self) -> None:
        try:
            self._run()
            self.done = True
        except (KilledError, EndedError):
            pass
        except BaseException as wrong:  # noqa: BLE001 - looked at by the test
            self.error = wrong
        finally:
            if not self.done:
                self.party.child.kill()

    def _next(self, kind: type) -> Any:
        event = self.party.next()
        while isinstance(event, PeerJoined):
            event = self.party.next()
        if event is None or isinstance(event, Failed):
            self.failed = event
            raise EndedError
        assert isinstance(event, kind), (event, kind)
        return event

    def _run(self) -> None:
        party, own = self.party, self.hospital
        route = self.relay.route() if self.relay is not None else None
        party.send(Prepare(route=route))
        ready = self._next(Prepared)
        wired, peers = self.meet(own.number, ready)
        record = open_record(own.path, PLAN, "c", "f", started=own.charges > 0)
        others = tuple(p for p in peers if p.number != own.number)
        standings = record.standings()
        party.send(Connect(plan=wired, own_number=own.number, peers=others, standings=standings))
        choices = self._next(Connected).choices
        self.at("connected")
        record.follow(choices)
        measured = [
            self._stage(stage, choice, record)
            for stage, choice in zip(PLAN.stages, choices, strict=True)
        ]
        self.at("compare")
        party.send(CompareMeasurements(digest=measurements_digest(measured)))
        self._next(MeasurementsAgree)
        self.at("agreed")
        self._table()
        party.send(Finish())
        self._next(Finished)

    def _table(self) -> None:
        own = self.hospital
        if own.number == PLAN.sampler:
            self.party.send(SendTable(content=TABLE))
            self.at("table")
            assert self._next(TableSent).sha256 == hashlib.sha256(TABLE).hexdigest()
            own.table = TABLE
        else:
            self.party.send(ReceiveTable())
            self.at("table")
            own.table = self._next(TableReceived).content

    def _stage(self, stage: StagePlan, choice: Choice, record: RunRecord) -> Measurement:
        party, own, name = self.party, self.hospital, stage.name
        kept = record.of(stage)
        if choice is Choice.KEPT:
            return kept.measurement(stage)
        if choice is Choice.AGAIN:
            party.send(OpenAgain(stage=name, share=kept.share))
        else:
            vector = SecretVector(values=(own.number + 1,) * stage.values)
            party.send(Measure(stage=name, vector=vector))
            self.at(f"{name} share")
            share = self._next(ShareToStore).share
            self.at(f"{name} share to store")
            record.store(stage, share)
            self.at(f"{name} stored")
            party.send(ShareStored(stage=name))
            self.at(f"{name} said stored")
        self._next(ReadyToOpen)
        self.at(f"{name} ready to open")
        record.begin(stage)
        own.charges = 1 if own.charges == 0 else own.charges
        self.at(f"{name} opening")
        own.sharings.setdefault(name, set()).add(record.of(stage).share.sharing)
        party.send(PermitOpening(stage=name))
        self.at(f"{name} permitted")
        opened = self._next(Opened)
        own.first.setdefault(name, opened.totals)
        assert own.first[name] == opened.totals, "another total than the first time"
        self.at(f"{name} opened")
        found = Measurement(stage=stage, totals=np.array(opened.totals, dtype=np.int64))
        record.opened(found, 0.0, 0)
        self.at(f"{name} kept")
        return found


def conduct(
    hospitals: list[Hospital], moments: dict[int, str], relay: RelayProcess | None = None
) -> list[Script]:
    """Run with fresh run workers; each hospital, or with one the relay, dies at its moment."""
    ready: dict[int, Prepared] = {}
    all_ready = threading.Barrier(len(hospitals), timeout=60)

    def meet(number: int, prepared: Prepared) -> tuple[Plan, tuple[PeerAddress, ...]]:
        ready[number] = prepared
        all_ready.wait()
        wired = replace(
            PLAN,
            parties=tuple(
                replace(p, certificate_sha256=ready[p.number].certificate_sha256)
                for p in PLAN.parties
            ),
        )
        return wired, tuple(
            PeerAddress(number=n, route=r.route, certificate_pem=r.certificate_pem)
            for n, r in sorted(ready.items())
        )

    scripts = [Script(h, moments.get(h.number, ""), meet, relay) for h in hospitals]
    try:
        for script in scripts:
            script.start()
        for script in scripts:
            script.join(60)
            assert not script.is_alive(), "nobody hangs"
            if script.error is not None:
                raise script.error
    finally:
        for script in scripts:
            script.party.close()
    return scripts


def require_sound(hospitals: list[Hospital]) -> None:
    for stage in PLAN.stages:
        sharings = set().union(*(h.sharings.get(stage.name, set()) for h in hospitals))
        assert len(sharings) == 1, "shares of one sharing only ever left anybody"
        assert len({h.first[stage.name] for h in hospitals if stage.name in h.first}) == 1
    assert [h.charges for h in hospitals] == [1, 1, 1]
    assert {h.table for h in hospitals} == {TABLE}


MOMENTS = [f"{stage.name} {step}" for stage in STAGES for step in STEPS]


@pytest.mark.parametrize(("number", "moment"), list(enumerate([*MOMENTS, *LATE])))
def test_a_hospital_killed_anywhere_comes_back_and_the_run_goes_on(tmp_path, number, moment):
    hospitals = [Hospital(i, tmp_path) for i in range(3)]
    broke = conduct(hospitals, {number % 3: moment})
    assert not any(s.done for s in broke)
    before = [dict(h.first) for h in hospitals]
    done = conduct(hospitals, {})
    assert all(s.done for s in done)
    require_sound(hospitals)
    for then, hospital in zip(before, hospitals, strict=True):
        assert then.items() <= hospital.first.items()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("number", "moment"),
    list(enumerate(["one share", "one said stored", "one permitted", "two opening", "table"])),
)
def test_a_relay_killed_anywhere_comes_back_and_the_run_goes_on(tmp_path, number, moment):
    hospitals = [Hospital(i, tmp_path) for i in range(3)]
    with relay_process(tmp_path / "relay") as relay:
        conduct(hospitals, {number % 3: moment}, relay)
    with relay_process(tmp_path / "relay") as relay:
        done = conduct(hospitals, {}, relay)
    assert all(s.done for s in done)
    require_sound(hospitals)


def test_everybody_killed_at_once_again_and_again(tmp_path):
    hospitals = [Hospital(i, tmp_path) for i in range(3)]
    for moments in (
        {0: "one stored", 1: "one share to store", 2: "one share"},
        {0: "one opening", 1: "one ready to open", 2: "one permitted"},
        {0: "one opened", 1: "one permitted", 2: "one kept"},
        {1: "two permitted", 2: "two opening"},
    ):
        conduct(hospitals, moments)
    assert all(s.done for s in conduct(hospitals, {}))
    require_sound(hospitals)


def test_an_altered_stored_share_is_noticed(tmp_path):
    hospitals = [Hospital(i, tmp_path) for i in range(3)]
    conduct(hospitals, {1: "one permitted"})
    record = open_record(hospitals[0].path, PLAN, "c", "f", started=True)
    share = record.of(PLAN.stages[0]).share
    content = bytes([share.content[0] ^ 1]) + share.content[1:]
    record.store(PLAN.stages[0], StoredShare(sharing=share.sharing, content=content))
    record.begin(PLAN.stages[0])
    ended = conduct(hospitals, {})
    assert {s.failed.code for s in ended if s.failed is not None} <= {"PR501", "SE405"}
    assert "PR501" in {s.failed.code for s in ended if s.failed is not None}
    assert not any(s.done for s in ended)


@pytest.mark.parametrize("who", [0, 2])
def test_a_lost_record_is_refused_by_all_and_named(tmp_path, who):
    hospitals = [Hospital(i, tmp_path) for i in range(3)]
    conduct(hospitals, {1: "one permitted"})
    hospitals[who].path.unlink()
    hospitals[who].charges = 0  # and so is its ledger
    ended = conduct(hospitals, {})
    codes = {s.failed.code for s in ended if s.failed is not None}
    assert "PR509" in codes
    assert codes <= {"PR509", "SE405", "SE406"}
    assert not any(s.done for s in ended)
    sharings = set().union(*(h.sharings.get("one", set()) for h in hospitals))
    assert len(sharings) == 1
