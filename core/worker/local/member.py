"""The parties of a study on this computer, as their conductor sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from core.errors import SessionError, SynCohortError
from core.messages.commands import (
    AskPanel,
    AskReport,
    CancelRun,
    Introduce,
    OpenCohort,
    PrepareRun,
    ProposePlan,
    Shutdown,
    StartRun,
)
from core.messages.events import (
    EVENTS,
    CohortChecked,
    Event,
    PanelShown,
    PlanAccepted,
    Refused,
    RunEnded,
    RunPrepared,
    WorkerReady,
)
from core.messages.report_events import ReportReady
from core.model.cohort import Layout
from core.model.judging import Ballot
from core.model.peer import PeerAddress, Route
from core.model.plan import Plan
from core.study.drafting import Seat
from core.worker.channel import ChildProcess

EventSink = Callable[[Event], None]
Answer = TypeVar("Answer")


class Member(Protocol):
    """One party: this hospital itself, or a partner process."""

    @property
    def seat(self) -> Seat:
        """Name, and whether it has patients."""
        ...

    async def prepare(self) -> PeerAddress:
        """Start its run worker and return where it listens (number 0 until the plan gives one)."""
        ...

    async def accept(self, plan: Plan, number: int) -> None:
        """Let it check the plan against its own patients, cap and accounting.

        Raises:
            SynCohortError: Its refusal.
        """
        ...

    async def start(self, digest: str, peers: tuple[PeerAddress, ...]) -> RunEnded:
        """Run the accepted plan to its end."""
        ...

    async def cancel(self) -> None:
        """Stop its part of the run."""
        ...

    async def close(self) -> None:
        """End its processes."""
        ...


class PartnerMember:
    """A partner hospital or compute partner: a hospital worker of its own, with its own folder and
    ledger.
    """

    def __init__(
        self,
        seat: Seat,
        home: Path,
        on_event: Callable[[str, Event], None],
        route: Route | None = None,
        ballot: Ballot | None = None,
    ) -> None:
        """Name the partner; ``open`` starts it.

        Args:
            seat: Name, and whether it has patients.
            home: Its folder.
            on_event: Gets (name, event) for everything it says.
            route: Where run workers meet; None: on the loopback.
            ballot: Its vote on the release, in a rehearsal; None where none is asked for.
        """
        self._seat, self._route, self._ballot = seat, route, ballot
        self._home = home
        self._on_event = on_event
        self._child = ChildProcess(EVENTS)
        self._waiting: list[tuple[str, tuple[type, ...], asyncio.Future[Any]]] = []
        self._reader: asyncio.Task[None] | None = None
        self._gone = False
        self._cohort_id = ""

    @property
    def seat(self) -> Seat:
        """Name, and whether it has patients."""
        return self._seat

    async def open(self, app_version: str) -> None:
        """Start the partner's worker and wait until it is ready."""
        await self._child.start("-m", "core.worker", "--home", str(self._home), "--rehearsal")
        self._reader = asyncio.create_task(self._read())
        await self._ask(Introduce(hospital=self._seat.name, app_version=app_version), WorkerReady)

    async def open_cohort(self, path: str, layout: Layout) -> CohortChecked:
        """Let the partner read its file.

        Raises:
            CohortError: If the file cannot be used.
        """
        checked = await self._ask(
            OpenCohort(path=path, layout=layout, name=self._seat.name), CohortChecked
        )
        self._cohort_id = checked.cohort.cohort_id
        return checked

    async def panel(self) -> PanelShown:
        """Ask for gene and label names."""
        return await self._ask(AskPanel(cohort_id=self._cohort_id), PanelShown)

    async def prepare(self) -> PeerAddress:
        """Start its run worker."""
        return (await self._ask(PrepareRun(route=self._route), RunPrepared)).address

    async def accept(self, plan: Plan, number: int) -> None:
        """Let it check the plan."""
        await self._ask(
            ProposePlan(
                plan=plan, own_number=number, cohort_id=self._cohort_id, ballot=self._ballot
            ),
            PlanAccepted,
        )

    async def start(self, digest: str, peers: tuple[PeerAddress, ...]) -> RunEnded:
        """Run the accepted plan to its end."""
        return await self._ask(StartRun(digest=digest, peers=peers), RunEnded)

    async def report(self, digest: str) -> ReportReady:
        """Let it compare the release with its own held-out patients."""
        return await self._ask(AskReport(digest=digest), ReportReady)

    async def cancel(self) -> None:
        """Stop its part of the run."""
        await self._child.send(CancelRun())

    async def close(self) -> None:
        """End the partner's worker."""
        if self._reader is None:
            return
        await self._child.send(Shutdown())
        await self._child.stop(grace_s=15.0)
        await self._reader

    def kill(self) -> None:
        """Kill the partner's worker at once (its run worker notices and ends too)."""
        self._child.kill()

    async def _ask(self, command: object, answer: type[Answer]) -> Answer:
        if self._gone:
            raise self._lost()
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((type(command).__name__, (answer,), future))
        await self._child.send(command)
        return await future

    async def _read(self) -> None:
        try:
            async for event in self._child.received():
                self._settle(event)
                self._on_event(self._seat.name, event)
        finally:
            self._gone = True
            for _, _, future in self._waiting:
                if not future.done():
                    future.set_exception(self._lost())
            self._waiting.clear()

    def _lost(self) -> SessionError:
        return SessionError(
            "SE406", party=self._seat.name, spent="Its own ledger says what it has spent."
        )

    def _settle(self, event: Event) -> None:
        for entry in self._waiting:
            command, answers, future = entry
            if future.done():
                continue
            if isinstance(event, Refused) and event.command == command:
                future.set_exception(SynCohortError.from_code(event.code, event.fields))
            elif isinstance(event, answers):
                future.set_result(event)
            else:
                continue
            self._waiting.remove(entry)
            return
