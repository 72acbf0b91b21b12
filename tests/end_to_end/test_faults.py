"""Faults between real installations, before and at the beginning of a run: every step, the relay
and the run workers in processes of their own. FAULTS.md says which fault is shown where.

Two of the three clocks are off by a day, in opposite directions, all the way.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.privacy.ledger import EntryKind
from tests.end_to_end.study_steps import SAMPLE, Installation, Relay, Step

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform == "win32", reason="SIGSTOP and /proc"),
]
SKEWED = str(Path(__file__).with_name("skewed"))
#: A killed process is noticed within a second; the rest is for a busy machine.
NOTICED_S = 1.0 + 4.0
#: Longest pause between two attempts to reach a relay or a coordinator, and some.
AGAIN_S = 15.0 + 10.0


def wrong_clock(installation: Installation, days: int) -> None:
    path = os.pathsep.join([SKEWED, os.environ.get("PYTHONPATH", "")])
    installation.environment = {"CLOCK_OF_THE_TEST_DAYS": str(days), "PYTHONPATH": path}


@pytest.fixture
def hospitals(tmp_path: Path) -> list[Installation]:
    names = ("North", "River", "Lake")
    made = [Installation(tmp_path, n, f) for n, f in zip(names, SAMPLE, strict=True)]
    wrong_clock(made[1], 1)
    wrong_clock(made[2], -1)
    for hospital in made:
        hospital.set_up()
    return made


def charges(installation: Installation) -> list[EntryKind]:
    """What a ledger says of the cap; a plan that is only proposed takes nothing."""
    return [kind for kind in installation.ledger() if kind is not EntryKind.PROPOSED]


def line_of(step: Step, name: str) -> str:
    """What a step said last about a hospital."""
    return next((line for line in reversed(step.lines) if line.startswith(f"  {name}:")), "")


def until(met: Callable[[], bool], timeout_s: float, what: str) -> float:
    """Wait for it; return how long it took, seconds."""
    started = time.monotonic()
    while not met():
        assert time.monotonic() - started < timeout_s, what
        time.sleep(0.05)
    return time.monotonic() - started


def online(step: Step, name: str) -> bool:
    return "online" in line_of(step, name)


def alone(step: Step) -> bool:
    """Whether a step said last that nobody is there."""
    heads = [line for line in step.lines if line.startswith("Three hospitals:")]
    return bool(heads) and "(offline)" in heads[-1]


def run_worker_of(step: Step) -> int:
    """The number of a step's run worker; 0 while there is none."""
    for listing in Path(f"/proc/{step.running.pid}/task").glob("*/children"):
        for number in listing.read_text().split():
            command = Path(f"/proc/{number}/cmdline").read_bytes()
            if b"core.worker.engine" in command:
                return int(number)
    return 0


@dataclass
class Gathering:
    """A lobby that is held open: the coordinator waits for somebody who never comes."""

    north: Installation
    river: Installation
    lake: Installation
    relay: Relay

    def __post_init__(self) -> None:
        self.invitations = self.north.creates(self.relay.meeting)
        self.words = ["--words", self.river.words, "--words", self.lake.words]
        self.river_there = self.river.joins(self.invitations[0], "--words", self.north.words)
        self.open()

    def open(self) -> None:
        self.held = self.north.start("accept", *self.words, "--words", "nobody has these")

    def lake_comes(self) -> None:
        self.lake_there = self.lake.joins(self.invitations[1], "--words", self.north.words)

    def sees(self, name: str, *, there: bool, within_s: float) -> None:
        until(lambda: online(self.held, name) == there, within_s, f"{name} online: {there}")

    def stopped_participant(self) -> None:
        """An early guest waits for the coordinator; stopped, it hurts nobody."""
        self.sees("River", there=True, within_s=60)
        self.river_there.running.send_signal(signal.SIGSTOP)
        self.lake_comes()
        self.sees("Lake", there=True, within_s=60)

    def killed_coordinator(self) -> None:
        """Both wait for the next one."""
        self.held.kill()
        until(lambda: alone(self.lake_there), NOTICED_S, "Lake sees it")
        self.open()
        self.sees("Lake", there=True, within_s=AGAIN_S)
        self.river_there.running.send_signal(signal.SIGCONT)
        self.sees("River", there=True, within_s=AGAIN_S)

    def stopped_for_a_moment(self) -> None:
        """Coordinator and relay stand still, as when a computer sleeps; nothing is lost by it."""
        both = (self.held, self.relay.step)
        for step in both:
            step.running.send_signal(signal.SIGSTOP)
        time.sleep(1.0)
        for step in both:
            step.running.send_signal(signal.SIGCONT)
        assert online(self.held, "River")
        assert online(self.held, "Lake")

    def killed_participant(self) -> None:
        """The coordinator sees it at once, the others go on, and it may come again."""
        self.lake_there.kill()
        self.sees("Lake", there=False, within_s=NOTICED_S)
        assert online(self.held, "River")
        self.lake_comes()
        self.sees("Lake", there=True, within_s=AGAIN_S)

    def killed_relay(self) -> None:
        """Everybody sees it, waits, and meets at the next one."""
        self.relay.step.kill()
        for name in ("River", "Lake"):
            self.sees(name, there=False, within_s=NOTICED_S)
        until(lambda: alone(self.lake_there), NOTICED_S, "Lake sees it, too")
        self.relay.again()
        for name in ("River", "Lake"):
            self.sees(name, there=True, within_s=AGAIN_S)

    def closed(self) -> str:
        """Kill the coordinator again, close the roster, and return the plan's digest."""
        self.held.kill()
        digest = self.north.does("accept", *self.words, "--close")["plan_digest"]
        for step in (self.river_there, self.lake_there):
            assert step.ends()["plan_digest"] == digest
        return digest


@pytest.mark.long
def test_faults_before_a_run_end_clearly_and_cost_nothing(hospitals, relay) -> None:
    north, river, lake = hospitals
    lobby = Gathering(north, river, lake, relay)
    lobby.stopped_participant()
    lobby.killed_coordinator()
    lobby.stopped_for_a_moment()
    lobby.killed_participant()
    lobby.killed_relay()
    digest = lobby.closed()

    # ---- a kill while signing leaves a signature or none, never half of one
    signing = river.start("sign", "--digest", digest)
    signing.says(f"River: {river.words}")
    signing.kill()
    for hospital in hospitals:
        hospital.agrees(digest)
        assert charges(hospital) == []

    # ---- killed while a run is prepared: the coordinator is told, and nothing is spent
    first = north.start("run")
    second, third = river.start("run"), lake.start("run")
    until(lambda: run_worker_of(second) != 0, 60, "River's run worker")
    second.kill()
    first.ends(status=3)
    assert "River stopped answering" in first.error
    assert all(charges(hospital) == [] for hospital in (north, river))

    # ---- and the very same plan runs, whoever was killed, late, or has a wrong clock
    first, second = north.start("run"), river.start("run")
    results = [step.ends() for step in (first, second, third)]
    assert {r["phase"] for r in results} == {"finished"}
    assert len({h.synthetic(digest) for h in hospitals}) == 1
    for hospital in hospitals:
        assert charges(hospital) == [EntryKind.RESERVED, EntryKind.SPENT]
