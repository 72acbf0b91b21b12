"""The whole application without a window: every event goes to the presenter it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.presenters import asked
from app.presenters.connection import ConnectionEvent, ConnectionPresenter
from app.presenters.identity import IdentityPresenter
from app.presenters.kinds import Kind
from app.presenters.ledger import LedgerPresenter
from app.presenters.records import RecordsPresenter
from app.presenters.study import StudyPresenter
from app.presenters.wording import Problem, problem_of, say
from app.presenters.wording.ledger import missing_problem
from core.errors import WorkerError
from core.messages.commands import AskLevels, AskPanel, CancelRun, StartStudy
from core.messages.events import (
    ActivityListed,
    CohortChecked,
    CohortsListed,
    DemonstrationEnded,
    Event,
    FileInspected,
    HospitalChanged,
    LevelsShown,
    PanelShown,
    PlanAccepted,
    PlanProposed,
    ReadingProgressed,
    Refused,
    ReleaseWritten,
    RunContinued,
    RunEnded,
    RunPrepared,
    RunStarted,
    SpendRecorded,
    StageFinished,
    StageProgressed,
    StageStarted,
    StudiesListed,
    WorkerReady,
)
from core.messages.forecast_messages import AskForecast, ForecastShown
from core.messages.ledger_events import (
    ApproverReplaced,
    LedgerEvent,
    LedgerLinesMissing,
    LedgerListed,
    RequesterSetUp,
)
from core.messages.reference_messages import ReferenceEvent
from core.messages.release_events import ReleaseEvent
from core.messages.report_events import ReportEvent
from core.messages.study_commands import CreateStudy
from core.messages.study_events import (
    ApproverSetUp,
    ConnectionChecked,
    ConnectionShown,
    ContinuationAwaited,
    IdentityBackedUp,
    IdentityReplaced,
    IdentityShown,
    InvitationMade,
    InvitationOpened,
    LobbiesListed,
    LobbyChanged,
    PlanToSign,
    ProxySet,
    RelayHosted,
    RelayStopped,
)


class WorkerState(StrEnum):
    """How the background program is."""

    STARTING = "starting"
    READY = "ready"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """The background program, as the banner above every page tells it.

    Attributes:
        worker: How it is.
        version: Its version, once it is ready.
        problem: Why it is gone, or what it refused that belongs to no page.
    """

    worker: WorkerState = WorkerState.STARTING
    version: str = ""
    problem: Problem | None = None


class Desk(QObject):
    """Root of the presenters. Invariant: each event has exactly one place to go."""

    changed = Signal()
    """The background program is in another state."""

    def __init__(
        self, link: Link, clock: Callable[[], float], parent: QObject | None = None
    ) -> None:
        """Connect to the worker, without starting it; ``clock``: seconds since the epoch."""
        super().__init__(parent)
        self._link = link
        self.clock = clock
        self._state = DeskState()
        self.study = StudyPresenter(link, clock, self)
        self.records = RecordsPresenter(link, self)
        self.identity = IdentityPresenter(link, self)
        self.connection = ConnectionPresenter(link, self)
        self.ledger = LedgerPresenter(link, self)
        link.told.connect(self.receive)
        link.ended.connect(self._gone)

    @property
    def state(self) -> DeskState:
        """How the background program is."""
        return self._state

    def start(self) -> None:
        """Start the background program, again if need be."""
        self._set(DeskState())
        self._link.start()

    def dismiss(self) -> None:
        """The reader has read the problem."""
        if self._state.worker is not WorkerState.GONE:
            self._set(replace(self._state, problem=None))

    def confess(self, kind: str) -> None:
        """Show that something unexpected went wrong in the window itself."""
        self._set(replace(self._state, problem=problem_of("IN902", (("kind", kind),))))

    def object_to_invitation(self) -> None:
        """Show that an invitation cannot be opened while a study runs here."""
        if self._state.worker is not WorkerState.GONE:
            why = (("step", say("open the invitation")), ("reason", say("a study runs here")))
            self._set(replace(self._state, problem=problem_of("WO604", why)))

    def receive(self, event: Event) -> None:
        """Give an event to the presenter it concerns."""
        if isinstance(event, LedgerEvent | ReleaseEvent):
            self._account(event)
            return
        if isinstance(event, ReportEvent | ReferenceEvent | ForecastShown):
            self._tell(event)
            return
        match event:
            case WorkerReady():
                self._ready(event)
            case Refused():
                self._refuse(event)
            case (
                FileInspected()
                | ReadingProgressed()
                | CohortChecked()
                | PanelShown()
                | LevelsShown()
                | PlanProposed()
                | DemonstrationEnded()
            ):
                self._prepare(event)
            case (
                HospitalChanged()
                | RunStarted()
                | StageStarted()
                | StageProgressed()
                | StageFinished()
                | SpendRecorded()
                | ReleaseWritten()
                | RunEnded()
                | RunContinued()
            ):
                self._run(event)
            case StudiesListed() | CohortsListed() | ActivityListed():
                self.records.receive(event)
            case (
                IdentityShown()
                | IdentityBackedUp()
                | IdentityReplaced()
                | ApproverSetUp()
                | InvitationMade()
                | InvitationOpened()
                | ContinuationAwaited()
                | LobbyChanged()
                | LobbiesListed()
                | PlanToSign()
                | ProxySet()
                | ConnectionShown()
                | RelayHosted()
                | RelayStopped()
                | ConnectionChecked()
            ):
                self._between_hospitals(event)
            case RunPrepared() | PlanAccepted():
                pass  # between a conductor and its members, or to the command line
            case _:
                assert_never(event)

    def _tell(self, event: ReportEvent | ReferenceEvent | ForecastShown) -> None:
        if isinstance(event, ForecastShown):
            self.study.draft.forecast.receive(event)
        elif isinstance(event, ReferenceEvent):
            self.study.privacy.reference.receive(event)
        else:
            self.study.results.receive(event)

    def _account(self, event: LedgerEvent | ReleaseEvent) -> None:
        if isinstance(event, ReleaseEvent):
            self._refresh()
            return
        self.ledger.receive(event)
        if isinstance(event, LedgerListed):
            self.records.ledger_found(event.broken_entry, event.code)
            return
        self.records.refresh()
        if isinstance(event, LedgerLinesMissing):
            self._set(replace(self._state, problem=missing_problem(event)))
        if isinstance(event, ApproverReplaced | RequesterSetUp):
            self.identity.refresh()

    def _refresh(self) -> None:
        """Ask again for whatever a study may have changed."""
        self.records.refresh()
        self.ledger.refresh()

    def _prepare(
        self,
        event: FileInspected
        | ReadingProgressed
        | CohortChecked
        | PanelShown
        | LevelsShown
        | PlanProposed
        | DemonstrationEnded,
    ) -> None:
        match event:
            case FileInspected() | ReadingProgressed():
                self.study.cohort.receive(event)
            case CohortChecked():
                self._checked(event)
            case LevelsShown():
                self.study.privacy.receive(event)
            case PlanProposed() | DemonstrationEnded():
                self.study.join.receive(event)
            case PanelShown():
                self.study.draft.receive(event)
                self.study.invited.receive(event)
            case _:
                assert_never(event)

    def _between_hospitals(
        self,
        event: IdentityShown
        | IdentityBackedUp
        | IdentityReplaced
        | ApproverSetUp
        | InvitationMade
        | InvitationOpened
        | ContinuationAwaited
        | LobbyChanged
        | LobbiesListed
        | PlanToSign
        | ConnectionEvent,
    ) -> None:
        match event:
            case (
                ProxySet()
                | ConnectionShown()
                | RelayHosted()
                | RelayStopped()
                | ConnectionChecked()
            ):
                self.connection.receive(event)
            case IdentityShown() | ApproverSetUp() | IdentityBackedUp() | IdentityReplaced():
                self.identity.receive(event)
            case InvitationOpened():
                self.study.invited.receive(event)
            case (
                InvitationMade()
                | LobbyChanged()
                | LobbiesListed()
                | PlanToSign()
                | ContinuationAwaited()
            ):
                self.study.lobbies.receive(event)
                if isinstance(event, LobbyChanged) and event.lobby.counts is not None:
                    self._refresh()  # publishing counts uses the cap
            case _:
                assert_never(event)

    def _checked(self, event: CohortChecked) -> None:
        results, past = self.study.results, self.study.past
        if results.state.reading and past is not None:
            results.file_was_read(event.cohort.cohort_id, past.cohort_id)
        else:
            self.study.cohort.receive(event)
        self._refresh()

    def _run(
        self,
        event: HospitalChanged
        | RunStarted
        | StageStarted
        | StageProgressed
        | StageFinished
        | SpendRecorded
        | ReleaseWritten
        | RunContinued
        | RunEnded,
    ) -> None:
        self.study.take_run(event)
        if isinstance(event, RunStarted | SpendRecorded | RunEnded):
            self._refresh()

    def _ready(self, event: WorkerReady) -> None:
        self._set(DeskState(worker=WorkerState.READY, version=event.version))
        self.records.ledger_found(event.broken_entry, event.ledger_code)
        self.ledger.found(event.broken_entry, event.ledger_code)
        self._refresh()
        self.study.lobbies.refresh()
        self.identity.refresh()
        self.connection.refresh()

    def _refuse(self, event: Refused) -> None:
        if event.command in asked.RELEASE:
            return  # its presenter listens itself
        if event.command in asked.LOBBY:
            self.study.lobbies.refuse(event)
        elif event.command in asked.INVITED:
            self.study.invited.refuse(event)
        elif event.command == CreateStudy.__name__:
            self.study.draft.refuse(event)
        elif event.command == AskForecast.__name__:
            self.study.draft.forecast.refuse(event)
        elif event.command == AskPanel.__name__:
            joining = self.study.kind is Kind.JOIN
            (self.study.invited if joining else self.study.draft).refuse(event)
        elif event.command in asked.REFERENCE:
            self.study.privacy.reference.refuse(event)
        elif event.command in asked.IDENTITY:
            self.identity.refuse(event)
        elif event.command in asked.CONNECTION:
            self.connection.refuse(event)
        else:
            self._refuse_step(event)

    def _refuse_step(self, event: Refused) -> None:
        if event.command in asked.COHORT and self.study.results.state.reading:
            self.study.results.file_was_refused(problem_of(event.code, event.fields))
        elif event.command in asked.COHORT:
            self.study.cohort.refuse(event)
        elif event.command == AskLevels.__name__:
            self.study.privacy.refuse(event)
        elif event.command in asked.JOIN:
            self.study.join.refuse(event)
            if event.command == StartStudy.__name__:
                self.study.run.reset()
        elif event.command == CancelRun.__name__:
            self.study.run.refuse(event)
        elif event.command in asked.RESULTS:
            self.study.results.refuse(event)
        elif event.command in asked.RECORDS:
            self.records.refuse(event)
        elif event.command in asked.LEDGER:
            self.ledger.refuse(event)
        else:
            problem = problem_of(event.code, event.fields)
            self._set(replace(self._state, problem=problem))

    def _gone(self, error: WorkerError) -> None:
        problem = problem_of(error.code, error.fields)
        self._set(DeskState(worker=WorkerState.GONE, problem=problem))
        self.ledger.abandon()
        self.study.abandon(problem)

    def _set(self, state: DeskState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
