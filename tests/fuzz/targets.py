"""What listens: each in a process of its own, with a proof that it still serves honest people."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from core import __version__
from core.messages.codec import encode
from core.messages.engine import Connect, Connected, Finish, Finished
from core.messages.relay import Hello, Purpose, Ready
from core.model.invitation import Invitation
from core.network.installation import Installation as Identity
from core.network.lobby_channel import Approach
from core.randomness import NoiseSource
from core.study.invitation import read_invitation
from core.worker.lines.hosted_relay import HostedRelay

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / name) for name in ("fuzz", "protocol", "end_to_end")]
from assault import HOST, Assault, trusting_anybody
from engine_parties import plan_of, session, stage_of
from relay_process import relay_process
from study_steps import SAMPLE, Installation, Step, free_port

#: More than any of these programs may ever hold, over what it holds at rest.
MOST_GROWTH_KB = 80 * 1024
TOKEN = "7" * 32
HELLO = Hello(version=1, session=TOKEN, purpose=Purpose.RUN, own="0", wanted="1")


@dataclass(frozen=True)
class Outcome:
    """What an attack left.

    Attributes:
        assault: What was sent.
        growth_kb: How much more memory the process held at its peak.
        log: Everything that it wrote to standard error.
    """

    assault: Assault
    growth_kb: int
    log: str

    def require_well(self) -> None:
        assert self.growth_kb < MOST_GROWTH_KB, f"{self.growth_kb} kB more"
        for word in ("Traceback", "Error", "exception", "never retrieved", "WARNING"):
            assert word not in self.log, self.log[-2000:]


def peak_kb(pid: int) -> int:
    """The most memory that a process has held (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("no such process")


async def _echo(port: int) -> None:
    """Two parties meet through a relay and hear each other."""

    async def meet(own: str, wanted: str):
        reader, writer = await asyncio.open_connection(HOST, port, ssl=trusting_anybody())
        writer.write(
            encode(Hello(version=1, session=TOKEN, purpose=Purpose.RUN, own=own, wanted=wanted))
        )
        return reader, writer

    async with asyncio.timeout(10.0):
        ends = [await meet("0", "1"), await meet("1", "0")]
        for reader, writer in ends:
            seen = b""
            while b"Spliced" not in seen:
                seen += await reader.read(4096)
            writer.write(encode(Ready()))
        ends[0][1].write(b"well")
        assert await ends[1][0].readexactly(4) == b"well"
        for _, writer in ends:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


def attack_relay(folder: Path, n_bytes: int) -> Outcome:
    """``syncohort-cli relay``."""
    with relay_process(folder) as relay:
        asyncio.run(_echo(relay.port))
        before = peak_kb(relay.child.pid)
        assault = Assault(relay.port, n_bytes, words=(encode(HELLO), encode(Ready())))
        assault.run()
        asyncio.run(_echo(relay.port))
        growth = peak_kb(relay.child.pid) - before
        relay.child.terminate()
        relay.child.wait(20)
        return Outcome(assault, growth, relay.child.stderr.read().decode())


def attack_hosted_relay(folder: Path, n_bytes: int) -> Outcome:
    """The relay that a coordinator starts with one click; its log is nowhere."""

    async def main() -> Outcome:
        relay = HostedRelay(folder)
        place = await relay.start(HOST, 0)
        try:
            pid = relay._child.pid
            await _echo(place.port)
            before = peak_kb(pid)
            assault = Assault(place.port, n_bytes, seed=2, words=(encode(HELLO), encode(Ready())))
            await asyncio.to_thread(assault.run)
            await _echo(place.port)
            assert relay.running
            return Outcome(assault, peak_kb(pid) - before, "")
        finally:
            await relay.stop()

    return asyncio.run(main())


def attack_run_worker(n_bytes: int) -> Outcome:
    """A run worker in direct mode that waits for two others; afterwards they come and compute."""
    with session(3) as parties:
        plan = plan_of(parties.prepare(connect_s=120.0), 1, stage_of())
        last = parties[2]
        peak = peak_kb(last.child.pid)
        last.send(Connect(plan=plan, own_number=2, peers=parties.addresses(2)))
        assault = Assault(last.address.route.port, n_bytes, seed=3, words=(encode(HELLO),))
        assault.run()
        for number in (0, 1):
            parties[number].send(
                Connect(plan=plan, own_number=number, peers=parties.addresses(number))
            )
        for party in parties:
            party.expect(Connected)
        opened = parties.measure(plan.stages[0], [[1] * 50] * 3)
        assert len({o.totals for o in opened}) == 1
        growth = peak_kb(last.child.pid) - peak
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)
        return Outcome(assault, growth, last.errors.decode())


def until_listening(port: int) -> None:
    limit = time.monotonic() + 60.0
    while time.monotonic() < limit:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection((HOST, port)).close()
            return
        time.sleep(0.1)
    raise AssertionError("nobody listens")


def approach(invitation: Invitation) -> bytes:
    """The first word of somebody who has the invitation."""
    stranger = Identity.new(NoiseSource(), dt.datetime.now(dt.UTC))
    return encode(
        Approach(
            version=1,
            application=__version__,
            session=invitation.token,
            slot=invitation.secret_id,
            certificate_pem=stranger.certificate_pem,
        )
    )


def attack_lobby(folder: Path, n_bytes: int) -> Outcome:
    """A coordinator's lobby in direct mode; afterwards a hospital asks to join."""
    folder.mkdir()
    north = Installation(folder, "North", SAMPLE[0])
    river = Installation(folder, "River", SAMPLE[1])
    for hospital in (north, river):
        hospital.set_up()
    port = free_port()
    invitations = north.creates(["--direct", f"{HOST}:{port}"])
    words = tuple(approach(read_invitation(Path(i).read_text())) for i in invitations)
    accepting = north.start("accept", "--words", river.words, "--wait", "300")
    try:
        until_listening(port)
        before = peak_kb(accepting.running.pid)
        assault = Assault(port, n_bytes, seed=4, words=words)
        assault.run()
        joining = river.joins(invitations[0], "--words", north.words)
        accepting.says("River: accepted")
        growth = peak_kb(accepting.running.pid) - before
        joining.kill()
        return Outcome(assault, growth, "".join(accepting.lines))
    finally:
        for step in tuple(Step.alive):
            step.kill()
