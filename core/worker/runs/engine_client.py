"""The hospital's worker side of its run worker: one object, one run, errors as exceptions.

Implements the measuring of core.ports.SecureAggregator over the engine's language, with the gate
that makes a spend durable before anything is opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.errors import SessionError, SynCohortError
from core.messages.engine import (
    ENGINE_EVENTS,
    Cancel,
    CompareMeasurements,
    Connect,
    Connected,
    EngineEvent,
    Failed,
    Finish,
    Finished,
    Measure,
    MeasurementsAgree,
    OpenAgain,
    Opened,
    PeerJoined,
    PeerReached,
    PermitOpening,
    Prepare,
    Prepared,
    Progress,
    ReadyToOpen,
    ReceiveTable,
    SecretVector,
    SendTable,
    ShareStored,
    ShareToStore,
    StoredShare,
    TableReceived,
    TableSent,
    Vote,
    Voted,
)
from core.model.continuing import Choice, Standing
from core.model.measurement import Measurement
from core.model.peer import PeerAddress
from core.model.plan import Plan, StagePlan
from core.ports import ProgressSink, StageProgress
from core.worker.channel import ChildProcess

T = TypeVar("T")
#: A run worker that was told to end and has not after so long is killed.
_CANCEL_GRACE_S = 10.0
_UNKNOWN_SPEND = "The ledger says what is spent."


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An opened stage and what it cost this party."""

    measurement: Measurement
    seconds: float
    bytes_sent: int


class Gate(Protocol):
    """What this hospital does before its opening share of one stage may leave. An error of either
    ends the run, and nothing is opened by this party.
    """

    def store(self, share: StoredShare) -> None:
        """Keep the own share of the noisy total durably."""
        ...

    def permit(self) -> None:
        """Every party has stored its share: make the spend durable."""
        ...


class EngineClient:
    """Owns one run worker. Invariant: every step waits for exactly one answer or raises."""

    def __init__(self) -> None:
        """Prepare; ``prepare`` starts the process."""
        self._child = ChildProcess(ENGINE_EVENTS)
        self._events: asyncio.Queue[EngineEvent | None] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None
        self._cancelled = False
        self._name = ""
        self.certificate_sha256 = ""
        self.on_peer: Callable[[PeerJoined | PeerReached], None] = lambda _peer: None

    async def prepare(self, name: str, wishes: Prepare | None = None) -> PeerAddress:
        """Start the run worker and return how it can be reached.

        Args:
            name: Of this hospital, for errors.
            wishes: Route, proxy and limits; None: this computer only.
        """
        self._name = name
        await self._child.start("-m", "core.worker.engine")
        self._reader = asyncio.create_task(self._read())
        await self._child.send(wishes or Prepare())
        ready = await self._next(Prepared)
        self.certificate_sha256 = ready.certificate_sha256
        return PeerAddress(number=0, route=ready.route, certificate_pem=ready.certificate_pem)

    async def connect(
        self,
        plan: Plan,
        own_number: int,
        peers: tuple[PeerAddress, ...],
        standings: tuple[Standing, ...],
    ) -> tuple[Choice, ...]:
        """Connect to every other party of the plan, and agree what is done with each stage.

        Args:
            plan: With the certificates of this run.
            own_number: This party.
            peers: Where all parties are reached.
            standings: How far each stage came here.

        Raises:
            ProtocolError: PR509 if the parties' records cannot be gone on from.
        """
        others = tuple(p for p in peers if p.number != own_number)
        await self._child.send(
            Connect(plan=plan, own_number=own_number, peers=others, standings=standings)
        )
        choices = (await self._next(Connected)).choices
        if len(choices) != len(plan.stages):
            raise SessionError("SE406", party=self._name, spent=_UNKNOWN_SPEND)
        return choices

    async def measure(
        self, stage: StagePlan, vector: NDArray[np.int64], gate: Gate, on_progress: ProgressSink
    ) -> Measured:
        """Share, add noise, store the share, pass the gate, open.

        Args:
            stage: The plan's next stage.
            vector: Shape (stage.values,), int64, integer units; zeros at a compute partner.
            gate: Makes share and spend durable.
            on_progress: Gets every progress.

        Reveals:
            The noisy total, to every party.
        """
        secret = SecretVector(values=tuple(int(v) for v in vector))
        await self._child.send(Measure(stage=stage.name, vector=secret))
        stored = await self._next(ShareToStore, on_progress)
        gate.store(stored.share)
        await self._child.send(ShareStored(stage=stage.name))
        return await self._pass(stage, gate, on_progress)

    async def open_again(
        self, stage: StagePlan, share: StoredShare, gate: Gate, on_progress: ProgressSink
    ) -> Measured:
        """Open exactly the share that an earlier run of this plan stored.

        Reveals:
            The noisy total, to every party: the one that the earlier run opened or would have.
        """
        await self._child.send(OpenAgain(stage=stage.name, share=share))
        return await self._pass(stage, gate, on_progress)

    async def _pass(self, stage: StagePlan, gate: Gate, on_progress: ProgressSink) -> Measured:
        await self._next(ReadyToOpen, on_progress)
        gate.permit()
        await self._child.send(PermitOpening(stage=stage.name))
        opened = await self._next(Opened, on_progress)
        totals = np.array(opened.totals, dtype=np.int64)
        return Measured(
            measurement=Measurement(stage=stage, totals=totals),
            seconds=opened.seconds,
            bytes_sent=opened.bytes_sent,
        )

    async def compare(self, digest: str) -> None:
        """Compare the measurements' digest with every party.

        Raises:
            ProtocolError: PR505 if one differs.
        """
        await self._child.send(CompareMeasurements(digest=digest))
        await self._next(MeasurementsAgree)

    async def send_table(self, content: bytes) -> str:
        """Send the released table to every party; return its SHA-256."""
        await self._child.send(SendTable(content=content))
        return (await self._next(TableSent)).sha256

    async def receive_table(self) -> tuple[bytes, str]:
        """Wait for the released table; return it and its SHA-256."""
        await self._child.send(ReceiveTable())
        received = await self._next(TableReceived)
        return received.content, received.sha256

    async def vote(self, *, refuses: bool) -> bool:
        """Vote; return whether every hospital agrees.

        Reveals:
            To every party whether all agree.
        """
        await self._child.send(Vote(bit=SecretVector(values=(int(refuses),))))
        return (await self._next(Voted)).agreed

    async def finish(self) -> None:
        """Wait until every party is done."""
        await self._child.send(Finish())
        await self._next(Finished)

    async def cancel(self, code: str = "SE403") -> None:
        """End the run at once and tell the others; a waiting step raises."""
        self._cancelled = True
        asyncio.get_running_loop().call_later(_CANCEL_GRACE_S, self._child.kill)
        await self._child.send(Cancel(code=code))

    async def stop(self) -> None:
        """End the process; safe at every moment."""
        await self._child.stop()
        if self._reader is not None:
            await self._reader

    async def _read(self) -> None:
        try:
            async for event in self._child.received():
                self._events.put_nowait(event)
        except SynCohortError as wrong:
            self._events.put_nowait(Failed(code=wrong.code, fields=wrong.fields))
            self._child.kill()
        finally:
            self._events.put_nowait(None)

    async def _next(self, answer: type[T], on_progress: ProgressSink | None = None) -> T:
        while True:
            event: Any = await self._events.get()
            match event:
                case None:
                    self._events.put_nowait(None)
                    raise SessionError("SE406", party=self._name, spent=_UNKNOWN_SPEND)
                case Failed():
                    raise SynCohortError.from_code(event.code, event.fields)
                case PeerJoined() | PeerReached():
                    self.on_peer(event)
                case Progress():
                    if on_progress is not None:
                        on_progress(_progress(event))
                case _ if isinstance(event, answer):
                    return event
                case _:
                    raise SessionError("SE406", party=self._name, spent=_UNKNOWN_SPEND)


def _progress(event: Progress) -> StageProgress:
    return StageProgress(
        stage=event.stage,
        step=event.step,
        done=event.done,
        total=event.total,
        bytes_sent=event.bytes_sent,
        bytes_received=event.bytes_received,
    )
