"""The run worker's composition root: commands in, the joint computation, events out.

One task performs the commands in order, since MPyC numbers its messages by the order of calls.
Only ShareStored, PermitOpening and Cancel act beside it. The process ends with one Finished or
Failed; whatever ends it, the other parties are told first.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, BinaryIO, Final, TypeVar

import numpy as np

from core.errors import (
    CODES,
    InternalError,
    SessionError,
    SynCohortError,
    WorkerError,
)
from core.messages import codec
from core.messages.engine import (
    ENGINE_COMMANDS,
    MAX_TABLE_BYTES,
    Cancel,
    CompareMeasurements,
    Connect,
    Connected,
    EngineCommand,
    EngineEvent,
    Failed,
    Finish,
    Finished,
    Measure,
    MeasurementsAgree,
    OpenAgain,
    Opened,
    PermitOpening,
    Prepare,
    Prepared,
    Progress,
    ReadyToOpen,
    ReceiveTable,
    SendTable,
    ShareStored,
    ShareToStore,
    StoredShare,
    TableReceived,
    TableSent,
    Vote,
    Voted,
)
from core.model.drawing import deals_numbers
from core.model.judging import VotePolicy
from core.model.measurement import Measurement
from core.model.stage import StagePlan
from core.network.direct import DirectChannels
from core.network.identity import RunIdentity
from core.network.relay_channels import RelayChannels
from core.ports import PeerChannels, StageProgress
from core.protocol.aggregation import JointAggregator, field_for
from core.protocol.continuing import agree
from core.protocol.dealing import exchange_pair_keys
from core.protocol.mpyc_backend import MpycBackend
from core.protocol.session import Session
from core.protocol.table import receive_table, send_table
from core.protocol.vote import all_agree
from core.randomness import NoiseSource
from core.worker.redaction import guard_process, log_unexpected
from core.worker.runs.engine_parts import ReportingSession, channels_of, standings_of

T = TypeVar("T")
_READ_BYTES: Final = 1 << 20
_NOTHING: Final = "Nothing was opened and none of the privacy cap was used."


def main(events: BinaryIO) -> int:
    """Run until Finished (status 0) or Failed (status 1)."""
    guard_process()
    return asyncio.run(_run(events))


async def _run(events: BinaryIO) -> int:
    worker = RunWorker(events)
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read_commands, args=(loop, worker.arrived), daemon=True).start()
    return await worker.run()


def _read_commands(
    loop: asyncio.AbstractEventLoop,
    arrived: Callable[[EngineCommand | SynCohortError | None], None],
) -> None:
    """Hand on each command from standard input, then None; blocking, as every system can."""
    frames = codec.FrameReader()
    last: SynCohortError | None = None
    try:
        while chunk := os.read(0, _READ_BYTES):
            for body in frames.feed(chunk):
                loop.call_soon_threadsafe(arrived, codec.decode(body, ENGINE_COMMANDS))
    except SynCohortError as wrong:  # a plan that is none is refused while it is read
        last = wrong
    except RuntimeError:  # the loop is closed: the run has ended
        return
    if not loop.is_closed():
        loop.call_soon_threadsafe(arrived, last)


class RunWorker:
    """One party's side of one run.

    Invariant: emits exactly one of Finished and Failed, as its last event.
    """

    def __init__(self, events: BinaryIO) -> None:
        """Emit into ``events``; commands come through ``arrived``."""
        self._events = events
        self._commands: asyncio.Queue[EngineCommand] = asyncio.Queue()
        self._failure: asyncio.Future[SynCohortError] = asyncio.get_running_loop().create_future()
        self._limits = Prepare()
        self._identity: RunIdentity | None = None
        self._channels: DirectChannels | RelayChannels | None = None
        self._session: Session | None = None
        self._aggregator: JointAggregator | None = None
        self._backend: MpycBackend | None = None
        self._asked: tuple[type, str, asyncio.Future[None]] | None = None

    # ---- life

    async def run(self) -> int:
        """Perform commands until the end; return the exit status."""
        script = asyncio.ensure_future(self._perform_all())
        ends: set[asyncio.Future[Any]] = {script, self._failure}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        error = self._failure.result() if self._failure.done() else _error_of(script)
        if error is None:
            self._emit(Finished())
            await self._close()
            return 0
        script.cancel()
        if error.__cause__ is not None:
            log_unexpected(error.__cause__, "the run worker")
        if self._session is not None:
            self._session.tell(error)
        self._emit(Failed(code=error.code, fields=error.fields))
        await self._close()
        return 1

    async def _close(self) -> None:
        if self._channels is not None:
            await self._channels.aclose()

    def _fail(self, error: SynCohortError) -> None:
        if not self._failure.done():
            self._failure.set_result(error)

    def _emit(self, event: EngineEvent) -> None:
        frame = memoryview(codec.encode(event))
        try:
            while frame:
                frame = frame[self._events.write(frame) :]
        except OSError:  # nobody listens any more; standard input tells the same
            self._fail(self._ended_here("SE406"))

    def _ended_here(self, code: str) -> SynCohortError:
        """Return the error of a run that this party ends."""
        session = self._session
        party = session.name(session.own_number) if session else "this hospital"
        spent = session.spent() if session else _NOTHING
        if code in {"SE403", "SE406"}:
            return SessionError(code, party=party, spent=spent)
        return SessionError("SE405", party=party, code=code, spent=spent)

    # ---- commands

    def arrived(self, command: EngineCommand | SynCohortError | None) -> None:
        """Take one command; an error or None means that there will be no more."""
        match command:
            case None:
                self._fail(self._ended_here("SE406"))
            case SynCohortError():
                self._fail(command)
            case Cancel():
                self._cancel(command.code)
            case ShareStored() | PermitOpening():
                self._answered(command)
            case _:
                self._commands.put_nowait(command)

    def _cancel(self, code: str) -> None:
        self._fail(self._ended_here(code if code in CODES else "SE403"))

    def _answered(self, command: ShareStored | PermitOpening) -> None:
        asked, kind = self._asked, type(command)
        if asked is None or asked[:2] != (kind, command.stage) or asked[2].done():
            self._fail(WorkerError("WO604", step=kind.__name__, reason="no stage waits for it"))
        else:
            asked[2].set_result(None)

    async def _perform_all(self) -> None:
        finished = False
        while not finished:
            command = await self._commands.get()
            match command:
                case Prepare():
                    self._prepare(command)
                case Connect():
                    await self._connect(command)
                case Measure():
                    await self._measure(command)
                case OpenAgain():
                    await self._open_again(command)
                case _:
                    finished = await self._conclude(command)

    async def _conclude(self, command: EngineCommand) -> bool:
        """Perform one of the commands after the last stage; return whether the run is finished."""
        session = _required(self._session, type(command).__name__)
        match command:
            case CompareMeasurements():
                await session.compare_digests(command.digest)
                self._emit(MeasurementsAgree())
            case SendTable():
                ours = session.plan.sampler == session.own_number
                _require(ours, "SendTable", "another party is the sampler")
                sha256 = await send_table(session, command.content, MAX_TABLE_BYTES)
                self._emit(TableSent(sha256=sha256))
            case ReceiveTable():
                sampler = session.plan.sampler
                _require(
                    sampler != session.own_number, "ReceiveTable", "this party is the sampler"
                )
                content, sha256 = await receive_table(session, sampler, MAX_TABLE_BYTES)
                self._emit(TableReceived(content=content, sha256=sha256))
            case Vote():
                await self._vote(session, command)
            case Finish():
                await session.finish()
                return True
            case _:
                raise WorkerError("WO604", step=type(command).__name__, reason="not now")
        return False

    async def _vote(self, session: Session, command: Vote) -> None:
        bit = command.bit.values
        if session.plan.vote is VotePolicy.NONE or len(bit) != 1 or bit[0] not in {0, 1}:
            raise InternalError("IN901", rule="a vote is one bit, and the plan asks for it")
        backend = _required(self._backend, "Vote")
        agreed = await all_agree(
            session, backend, NoiseSource(), self._limits.stage_s, refuses=bit[0] == 1
        )
        self._emit(Voted(agreed=agreed))

    def _prepare(self, command: Prepare) -> None:
        _require(self._identity is None, "Prepare", "the run is prepared")
        self._limits = command
        self._identity = RunIdentity(NoiseSource(), dt.datetime.now(dt.UTC))
        self._channels = channels_of(command, self._identity)
        self._emit(
            Prepared(
                route=self._channels.route,
                certificate_pem=self._identity.certificate_pem,
                certificate_sha256=self._identity.certificate_sha256,
            )
        )

    async def _connect(self, command: Connect) -> None:
        channels: PeerChannels = _required(self._channels, "Connect")
        _require(self._session is None, "Connect", "the run is connected")
        _require(
            command.own_number in range(len(command.plan.parties)), "Connect", "no such party"
        )
        for stage in command.plan.stages:
            field_for(command.plan, stage)  # refuses a range that would wrap around
        session = ReportingSession(command, self._limits.stage_s, self._emit)
        self._session = session
        session.failure.add_done_callback(lambda done: self._fail(done.result()))
        self._backend = backend = MpycBackend(session)
        await channels.connect(command.plan, command.own_number, command.peers, session)
        choices = await agree(session, standings_of(command))
        parties, threshold = len(command.plan.parties), command.plan.threshold
        keys = (
            await exchange_pair_keys(session, NoiseSource())
            if deals_numbers(parties, threshold)
            else await backend.deal_keys()
        )
        self._aggregator = JointAggregator(
            session, backend, keys, self, self._show_progress, self._limits.stage_s
        )
        self._aggregator.draw_ahead(choices)
        self._emit(Connected(choices=choices))

    async def _measure(self, command: Measure) -> None:
        aggregator = _required(self._aggregator, "Measure")
        session = _required(self._session, "Measure")
        stage = session.plan.stage(command.stage)
        values = command.vector.values
        if len(values) != stage.values or not all(abs(v) < 2**62 for v in values):
            raise InternalError(
                "IN901", rule="a hospital's vector has the stage's length and whole numbers"
            )
        await self._timed(stage, aggregator.measure(stage, np.array(values, dtype=np.int64)))

    async def _open_again(self, command: OpenAgain) -> None:
        aggregator = _required(self._aggregator, "OpenAgain")
        stage = _required(self._session, "OpenAgain").plan.stage(command.stage)
        share = command.share
        await self._timed(stage, aggregator.open_again(stage, share.sharing, share.content))

    async def _timed(self, stage: StagePlan, step: Coroutine[Any, Any, Measurement]) -> None:
        """Perform a stage, and say what was opened and what it cost."""
        session = _required(self._session, "Measure")
        loop = asyncio.get_running_loop()
        started, sent = loop.time(), session.sent_beside_noise()
        measurement = await step
        noise_sent = session.noise_sent[session.plan.stages.index(stage)]
        self._emit(
            Opened(
                stage=stage.name,
                totals=tuple(measurement.totals.tolist()),
                seconds=loop.time() - started,
                bytes_sent=session.sent_beside_noise() - sent + noise_sent,
            )
        )

    async def store(self, stage: StagePlan, sharing: str, share: bytes) -> None:
        """Wait until the hospital's worker has our share on its disk; see OpeningGate."""
        kept = StoredShare(sharing=sharing, content=share)
        await self._ask(ShareToStore(stage=stage.name, share=kept), ShareStored, stage)

    async def permit(self, stage: StagePlan) -> None:
        """Wait until the hospital's worker has recorded the spend; see OpeningGate."""
        await self._ask(ReadyToOpen(stage=stage.name), PermitOpening, stage)

    async def _ask(self, event: EngineEvent, answer: type, stage: StagePlan) -> None:
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._asked = (answer, stage.name, given)
        self._emit(event)
        await given

    def _show_progress(self, progress: StageProgress) -> None:
        self._emit(
            Progress(
                stage=progress.stage,
                step=progress.step,
                done=progress.done,
                total=progress.total,
                bytes_sent=progress.bytes_sent,
                bytes_received=progress.bytes_received,
            )
        )


def _required(value: T | None, step: str) -> T:
    if value is None:
        raise WorkerError("WO604", step=step, reason="the run is not that far")
    return value


def _require(ok: bool, step: str, reason: str) -> None:  # noqa: FBT001
    if not ok:
        raise WorkerError("WO604", step=step, reason=reason)


def _error_of(script: asyncio.Future[None]) -> SynCohortError | None:
    """Return how the commands ended: None when finished."""
    error = script.exception()
    if error is None or isinstance(error, SynCohortError):
        return error
    unexpected = InternalError("IN902", kind=type(error).__name__)
    unexpected.__cause__ = error
    return unexpected
