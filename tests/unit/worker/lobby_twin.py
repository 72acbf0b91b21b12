"""Installations that meet in memory: all is real but the network and the run."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import SessionError
from core.messages.events import Event, Refused, RunEnded
from core.messages.lobby import RunSeat
from core.messages.study_events import LobbyChanged
from core.model.invitation import Invitation, MeetingPoint
from core.model.lobby import Phase, SeatState
from core.model.peer import DirectRoute
from core.model.plan import Attestation, Plan
from core.model.study import StudyState
from core.network.certificate import fingerprint
from core.network.installation import Installation, verify
from core.randomness import NoiseSource
from core.study.roster import Participant
from core.study.session import StudySession
from core.study.signatures import run_statement
from core.worker.installation.session_shelf import SessionShelf
from core.worker.studies.conducting import Conducting
from core.worker.studies.joint_run import Examined, JointRun
from core.worker.studies.lobby_guest import LobbyGuest
from core.worker.studies.lobby_host import LobbyHost
from core.worker.studies.study_part import Office, StudyPart
from core.worker.studies.study_setup import joining
from tests.unit.study.joint_study import GENES, MEETING, TERMS, plan_for

SOURCE = NoiseSource()
NOW = 1_800_000_000.0


async def until(met: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(5.0):
        while not met():  # noqa: ASYNC110 - any condition of a test
            await asyncio.sleep(0.005)


class Clock:
    """Stands still unless a test moves it."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class Stream:
    """One end of a line in memory."""

    def __init__(self, slot: str, own: Installation, peer: Installation, nonces) -> None:
        self.slot = slot
        self.own_certificate_sha256 = own.certificate_sha256
        self.peer_certificate_sha256 = peer.certificate_sha256
        self.peer_certificate_pem = peer.certificate_pem
        self.own_nonce, self.peer_nonce = nonces
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.other: Stream
        self.open = True
        self.sent: list[bytes] = []

    def send(self, frame: bytes) -> None:
        if self.open:
            self.sent.append(frame)
            self.other.frames.put_nowait(frame)

    async def drain(self) -> None:
        """Nothing is ever queued here."""

    async def receive(self) -> bytes | None:
        return await self.frames.get()

    async def aclose(self) -> None:
        if self.open:
            self.open = self.other.open = False
            self.frames.put_nowait(None)
            self.other.frames.put_nowait(None)


class Doors:
    def __init__(self, exchange: Exchange, identity: Installation, arrived, turned_away) -> None:
        self.exchange, self.identity = exchange, identity
        self.arrived, self.turned_away = arrived, turned_away
        self.expected: dict[str, str] = {}

    @property
    def reachable(self) -> bool:
        return True

    def watch(self, changed) -> None:
        pass

    def expect(self, slot: str, certificate_sha256: str = "") -> None:
        self.expected[slot] = certificate_sha256

    def forget(self, slot: str) -> None:
        self.expected.pop(slot, None)

    async def aclose(self) -> None:
        self.exchange.doors.clear()


class Exchange:
    """Where everybody meets; pins certificates as the real network does."""

    def __init__(self) -> None:
        self.doors: dict[str, Doors] = {}
        self.streams: list[Stream] = []

    def wires(self, identity: Installation) -> Wires:
        return Wires(self, identity)


class Wires:
    def __init__(self, exchange: Exchange, identity: Installation) -> None:
        self.exchange, self.identity = exchange, identity

    async def listen(self, meeting: MeetingPoint, token: str, arrived, turned_away) -> Doors:
        self.exchange.doors[token] = Doors(self.exchange, self.identity, arrived, turned_away)
        return self.exchange.doors[token]

    async def dial(self, meeting: MeetingPoint, token: str, slot: str, sha256: str) -> Stream:
        doors = self.exchange.doors.get(token)
        if doors is None or slot not in doors.expected:
            raise SessionError("SE402", party="The coordinator", seconds="0", spent="Nothing.")
        own = self.identity
        if doors.expected[slot] not in {"", own.certificate_sha256}:
            doors.turned_away(slot, own.certificate_sha256)
            raise SessionError("SE405", party="the coordinator", code="PR503", spent="Nothing.")
        assert doors.identity.certificate_sha256 == sha256
        mine, theirs = SOURCE.token(32), SOURCE.token(32)
        near = Stream(slot, own, doors.identity, (mine, theirs))
        far = Stream(slot, doors.identity, own, (theirs, mine))
        near.other, far.other = far, near
        self.exchange.streams += [near, far]
        doors.arrived(slot, far)
        return near


class PretendedRun(JointRun):
    """Checks everything that the real one checks, and computes nothing."""

    def __init__(self, signer: Installation) -> None:
        self._signer, self._verify = signer, verify
        self.started: list[tuple[Plan, tuple[RunSeat, ...]]] = []
        self.outcome = ("", True)
        self.before: list[tuple[str, bool]] = []
        self.reached = True
        self.objection: Exception | None = None
        self.cancelled = 0

    async def examine(self, session: StudySession, plan: Plan) -> Examined:
        if self.objection is not None:
            raise self.objection
        return Examined(units=1.0, explanation=("fine",))

    async def check_panel(self, cohort_id, genes, classes, n_max) -> None:
        if self.objection is not None:
            raise self.objection

    async def prepare(self, session: StudySession) -> RunSeat:
        plan, number = session.require_runnable(), session.own_number
        pem = self._signer.certificate_pem
        content = run_statement(plan.digest, session.own_key, number, fingerprint(pem))
        return RunSeat(
            number=number,
            route=DirectRoute(host="127.0.0.1", port=1),
            certificate_pem=pem,
            voucher=self._signer.sign(content),
        )

    async def accept(self, session: StudySession, seats) -> None:
        self.require_vouched(session, session.require_runnable(), seats)

    async def start(self, plan: Plan, seats) -> RunEnded:
        self.started.append((plan, tuple(seats)))
        code, spent = self.before.pop(0) if self.before else self.outcome
        state = StudyState.FAILED if code else StudyState.FINISHED
        return RunEnded(digest=plan.digest, state=state, spent=spent, code=code, fields=())

    @property
    def connected(self) -> bool:
        return self.reached

    async def cancel(self) -> None:
        self.cancelled += 1

    async def put_away(self) -> None:
        """Nothing was started."""


class Site:
    """One installation of a test."""

    def __init__(self, name: str, folder: Path, exchange: Exchange) -> None:
        self.name = name
        self.identity = Installation.new(SOURCE, dt.datetime.now(dt.UTC))
        self.key = self.identity.certificate_sha256
        self.run = PretendedRun(self.identity)
        self.events: list[Event] = []
        self.clock = Clock()
        self.part: StudyPart
        self.office = Office(
            hospital=name,
            application="1",
            signer=self.identity,
            verify=verify,
            words=lambda key: key[:8],
            wires=exchange.wires(self.identity),
            shelf=SessionShelf(folder / name),
            run=self.run,
            emit=self.events.append,
            clock=self.clock,
            source=SOURCE,
        )

    @property
    def session(self) -> StudySession:
        return self.part.session

    def seat(self, **changes: Any) -> Participant:
        fields: dict[str, Any] = {
            "key": self.key,
            "certificate_pem": self.identity.certificate_pem,
            "name": self.name,
            "has_cohort": True,
            "attestations": tuple(Attestation),
            "secret_id": "",
            "state": SeatState.ASKED,
            "compared": False,
        }
        return Participant(**{**fields, **changes})

    def refusals(self) -> list[str]:
        return [e.code for e in self.events if isinstance(e, Refused)]

    async def until(self, met: Callable[[StudySession], bool]) -> None:
        await until(lambda: met(self.session))

    async def hosts(self) -> LobbyHost:
        own = self.seat(state=SeatState.ACCEPTED, compared=True)
        session = StudySession(
            study_id="ab" * 16,
            token="cd" * 16,
            coordinating=True,
            own_key=self.key,
            coordinator_key=self.key,
            terms=TERMS,
            genes=GENES,
            meeting=MEETING,
            cohort_id="c",
            created=NOW,
            participants=(own,),
        )
        self.part = host = LobbyHost(self.office, session)
        self.office.shelf.keep(session)
        await host.open()
        return host

    async def joins(self, invitation: Invitation, **changes: Any) -> LobbyGuest:
        guest = LobbyGuest(self.office, joining(invitation, self.seat(**changes), "c", NOW))
        await guest.join()
        self.part = guest
        return guest

    async def restarts(self) -> None:
        """The program ends and starts again: only the disk stays."""
        await self.part.aclose()
        session = self.office.shelf.session(self.session.study_id)
        kind = LobbyHost if session.coordinating else LobbyGuest
        self.part = kind(self.office, session)
        await self.part.open()

    def views(self) -> list[Any]:
        return [e.lobby for e in self.events if isinstance(e, LobbyChanged)]

    async def conducts(self, patience_s: float = 0.0) -> RunEnded:
        """Run; return how the last run ended here."""
        assert isinstance(self.part, LobbyHost)
        await Conducting(self.events.append).conduct(self.part, self.run, patience_s)
        return [e for e in self.events if isinstance(e, RunEnded)][-1]


class Sites:
    """A coordinator and its guests."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.exchange = folder, Exchange()
        self.north, self.river, self.lake = (self.site(n) for n in ("North", "River", "Lake"))
        self.all = [self.north, self.river, self.lake]
        self.invitations: list[Invitation] = []

    def site(self, name: str) -> Site:
        return Site(name, self.folder, self.exchange)

    @property
    def host(self) -> LobbyHost:
        assert isinstance(self.north.part, LobbyHost)
        return self.north.part

    async def gather(self) -> None:
        await self.north.hosts()
        for site in self.all[1:]:
            self.invitations.append(self.host.make_invitation(3600))
            await site.joins(self.invitations[-1])
            self.host.change(self.north.session.accepted(site.key))
            self.host.change(self.north.session.compared(site.key, same=True))

    async def propose(self, **changes: Any) -> Plan:
        if self.north.session.phase is Phase.LOBBY:
            self.host.change(self.north.session.closed())
        plan = plan_for(self.north.session, **changes)
        self.host.change(self.north.session.proposed(plan))
        for site in self.all[1:]:
            await site.until(lambda s: s.plan is not None and s.plan.digest == plan.digest)
        return plan

    async def agree(self) -> Plan:
        plan = await self.propose()
        for site in self.all:
            site.part.sign(plan.digest)
            site.part.approve(plan.digest, "Grace")
        for site in self.all:
            await site.until(lambda s: not s.missing("sign") and not s.missing("approve"))
        return plan

    async def close(self) -> None:
        for site in reversed(self.all):
            if hasattr(site, "part"):
                await site.part.aclose()
