"""One hospital's worker: takes commands, does them, says what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from core.errors import InternalError, SynCohortError, WorkerError
from core.messages import commands as ask
from core.messages import events as said
from core.messages.engine import Prepare
from core.messages.forecast_messages import AskForecast
from core.messages.ledger_commands import LedgerCommand
from core.messages.reference_messages import ReferenceCommand
from core.messages.release_commands import ApproveRelease, ReleaseCommand
from core.messages.study_events import IdentityBackedUp, IdentityReplaced, LobbyChanged
from core.model.budget import CapState
from core.network.installation import KeyPlace
from core.network.key_place import SystemKeys
from core.ports import Clock
from core.synthesis.registry import default_recipe
from core.worker.cohorts.books import Books, entry_of
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.diary import Diary
from core.worker.forecast import forecast_shown
from core.worker.home import Home
from core.worker.ledger.head_keeper import HeadKeeper
from core.worker.ledger.ledger_desk import Keeping, LedgerDesk
from core.worker.levels import levels_shown
from core.worker.local.demonstration import Demonstration
from core.worker.redaction import log_unexpected
from core.worker.references.reference_desk import ReferenceDesk
from core.worker.runs.release_desk import Agreeing, ReleaseDesk
from core.worker.runs.release_shelf import ReleaseShelf
from core.worker.runs.report_desk import ReportDesk
from core.worker.runs.run_desk import RunDesk
from core.worker.studies.offices import Desks
from core.worker.studies.studies_desk import StudiesDesk

DISTRIBUTION = "syncohort"


def version() -> str:
    """Return the installed version of the application."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0"


class Hospital:
    """The composition of all desks. Invariant: every command is answered, refusals included."""

    def __init__(
        self,
        *,
        home: Home,
        emit: Callable[[said.Event], None],
        clock: Clock,
        keys: KeyPlace | None = None,
    ) -> None:
        """Build the desks; nothing is read or written yet. ``keys`` is the system's key store."""
        self._home = home
        self._emit = emit
        self._clock = clock
        self._name = "This hospital"
        self._diary = Diary(home, clock)
        keys = keys or SystemKeys()
        place = None if home.rehearsal else HeadKeeper(home.root, keys)
        self._books = Books(home, clock, place)
        self._cohorts = CohortDesk(home, self._books)
        self._references = ReferenceDesk(self._cohorts, emit)
        self._shelf = ReleaseShelf(home)
        self._runs = RunDesk(
            home=home,
            books=self._books,
            cohorts=self._cohorts,
            shelf=self._shelf,
            emit=self._on_run_event,
            clock=clock,
        )
        self._studies = StudiesDesk(
            Desks(
                home=home,
                books=self._books,
                cohorts=self._cohorts,
                runs=self._runs,
                keys=keys,
                clock=clock,
                emit=self._on_run_event,
                version=version(),
                shelf=self._shelf,
            )
        )
        self._ledger = LedgerDesk(
            Keeping(
                home=home,
                books=self._books,
                people=self._studies.people,
                seals=self._studies.sealing.seals,
                busy=lambda: self._runs.busy,
                emit=emit,
                clock=clock,
            )
        )
        self._releases = ReleaseDesk(
            home,
            self._books,
            self._shelf,
            Agreeing(
                waited=self._studies.sealing.require_waited,
                require=self._studies.approves,
                seals=self._studies.sealing.seals,
                practice=self._is_practice,
            ),
            emit,
        )
        self._reports = ReportDesk(home, self._cohorts, self._shelf, emit)
        self._demonstration = Demonstration(
            home=home, cohorts=self._cohorts, runs=self._runs, emit=emit, version=version()
        )

    async def perform(self, command: ask.Command) -> None:
        """Do one command and say what happened; an error becomes Refused."""
        name = type(command).__name__
        try:
            await self._dispatch(command)
            self._diary.done(command)
        except SynCohortError as wrong:
            self._refuse(name, wrong)
        except Exception as wrong:  # noqa: BLE001 - one of the two places: nothing may die silently
            log_unexpected(wrong, name)
            self._refuse(name, InternalError("IN902", kind=type(wrong).__name__))

    def _refuse(self, name: str, wrong: SynCohortError) -> None:
        self._diary.refused(name, wrong.code)
        self._emit(said.Refused(command=name, code=wrong.code, fields=wrong.fields))

    async def _dispatch(self, command: ask.Command) -> None:  # noqa: C901, PLR0912, PLR0915 - one line per command
        match command:
            case ask.Introduce():
                self._introduce(command)
            case ask.InspectFile():
                self._emit(await asyncio.to_thread(self._cohorts.inspect, command.path))
            case ask.OpenCohort():
                await self._open_cohort(command)
            case ask.OpenExample():
                if self._runs.busy:
                    raise WorkerError("WO604", step="practise", reason="a run is under way")
                self._emit(self._cohorts.open_example(self._emit))
            case ask.StopReading():
                self._cohorts.stop()
            case ask.AskPanel():
                self._emit(self._cohorts.panel(command.cohort_id))
            case ask.ListCohorts():
                self._emit(self._cohorts.listed())
            case ask.AskLevels():
                await self._show_levels(command)
            case AskForecast():
                n_genes, reference = await self._references.for_forecast(command)
                self._emit(await asyncio.to_thread(forecast_shown, command, n_genes, reference))
            case ask.PrepareDemonstration():
                await self._demonstration.prepare(command, self._name)
                proposed = f"{command.title}: proposed to the partner hospitals"
                self._diary.note("study", proposed, asked=True)
            case ask.LeaveDemonstration():
                await self._demonstration.leave()
                await self._runs.put_away()
                self._emit(said.DemonstrationEnded())
            case ask.StartStudy():
                await self._run_demonstration(command)
            case ask.CancelRun():
                await self._cancel()
            case ask.ListStudies():
                self._emit(said.StudiesListed(studies=self._home.studies()))
            case ask.ListActivity():
                self._emit(said.ActivityListed(lines=self._home.activity()))
            case ask.PrepareRun():
                wishes = Prepare(route=command.route) if command.route is not None else None
                self._emit(said.RunPrepared(address=await self._runs.prepare(self._name, wishes)))
            case ask.ProposePlan():
                accepted = await self._runs.accept(command)
                self._emit(said.PlanAccepted(digest=accepted.plan.digest))
            case ask.StartRun():
                self._emit(await self._runs.start(command.digest, command.peers))
            case ask.AskReport():
                await self._report(command)
            case ask.AskGene():
                cohort_id = self._cohort_of(command.digest)
                await self._cohorts.reopen(cohort_id)
                self._emit(await self._reports.gene(command.digest, cohort_id, command.gene))
            case ask.Shutdown():
                await self.close()
            case _ if isinstance(command, ReleaseCommand):
                await self._releases.perform(command)
                self._note_release(command)
            case _ if isinstance(command, LedgerCommand):
                await self._ledger.perform(command)
            case _ if isinstance(command, ReferenceCommand):
                await self._references.perform(command)
            case _:
                await self._studies.perform(command)

    # ---- steps

    def _introduce(self, command: ask.Introduce) -> None:
        self._name = command.hospital
        self._diary.introduce(command.person)
        self._studies.introduce(command.hospital)
        self._releases.introduce(command.hospital)
        if self._home.rehearsal:
            self._emit(said.WorkerReady(version=version(), ledger_entries=0, broken_entry=0))
            return
        self._ledger.introduce(command.hospital)
        wrong = self._books.trouble()
        if wrong is None:
            wrong = self._studies.sealing.seal_ledger()
        self._emit(
            said.WorkerReady(
                version=version(),
                ledger_entries=0 if wrong else len(self._books.main().entries()),
                broken_entry=entry_of(wrong) if wrong else 0,
                ledger_code=wrong.code if wrong else "",
            )
        )

    async def _open_cohort(self, command: ask.OpenCohort) -> None:
        loop = asyncio.get_running_loop()

        def progress(event: said.ReadingProgressed) -> None:
            loop.call_soon_threadsafe(self._emit, event)

        cohort, summary, preview = await asyncio.to_thread(
            self._cohorts.read, command.path, command.layout, progress
        )
        view = self._cohorts.register(command.path, command.layout, command.name, cohort, summary)
        self._diary.note("cohort", f"{Path(command.path).name} was read and checked", asked=True)
        self._emit(said.CohortChecked(cohort=view, preview=preview))

    async def _show_levels(self, command: ask.AskLevels) -> None:
        cap: CapState = self._cohorts.cap_of(command.cohort_id)
        reference = await self._references.for_levels(command)
        self._emit(
            await asyncio.to_thread(levels_shown, command, cap, default_recipe(), reference)
        )

    async def _run_demonstration(self, command: ask.StartStudy) -> None:
        if self._books.broken_entry():
            raise WorkerError("WO604", step="start", reason="the ledger's chain is broken")
        self._diary.note("study", "The run was started", asked=True)
        self._runs.reason = command.reason
        ended = await self._demonstration.run(command.digest)
        self._diary.note(
            "problem" if ended.code else "study", f"The run ended: {ended.state.value}", ended.code
        )
        self._emit(ended)

    async def _cancel(self) -> None:
        await asyncio.gather(
            self._demonstration.cancel(), self._runs.cancel(), return_exceptions=True
        )
        self._reports.stop()
        self._diary.note("study", "The run was cancelled", asked=True)

    def _on_run_event(self, event: said.Event) -> None:
        match event:
            case said.SpendRecorded():
                spent = "1 unit was" if event.units == 1 else f"{event.units:g} units were"
                self._diary.note("privacy", f"{spent} spent", event.digest[:16])
            case said.ReleaseWritten():
                self._diary.note(
                    "release",
                    "The synthetic cohort was written",
                    event.release.synthetic_sha256[:16],
                )
            case LobbyChanged():
                self._diary.follow(event.lobby)
            case IdentityBackedUp():
                self._diary.note("study", "The identity was backed up", asked=True)
            case IdentityReplaced():
                self._diary.note("study", f"The identity was {event.how}", event.words, asked=True)
            case _:
                pass
        self._emit(event)

    async def _report(self, command: ask.AskReport) -> None:
        cohort_id = self._cohort_of(command.digest)
        loop = asyncio.get_running_loop()

        def progress(event: said.ReadingProgressed) -> None:
            loop.call_soon_threadsafe(self._emit, event)

        await self._cohorts.reopen(cohort_id, progress)
        self._emit(await self._reports.report(command.digest, cohort_id))

    def _is_practice(self, digest: str) -> bool:
        """Tell whether the patients of a study are simulated; if in doubt they are not."""
        cohort_id = self._cohort_of(digest)
        found = [c for c in self._cohorts.listed().cohorts if c.cohort_id == cohort_id]
        return bool(found) and found[0].practice

    def _note_release(self, command: ReleaseCommand) -> None:
        if isinstance(command, ApproveRelease):
            kind = "A release was handed on; releasing uses nothing more"
            self._diary.note("release", kind, command.contents[:16], asked=True)

    def _cohort_of(self, digest: str) -> str:
        accepted = self._runs.accepted
        if accepted is not None and accepted.plan.digest == digest:
            return accepted.cohort_id
        for view in self._home.studies():
            if view.digest == digest:
                return view.cohort_id
        raise WorkerError("WO604", step="report", reason="the study is not known here")

    async def close(self) -> None:
        """End runs, partners and ledgers; studies with other installations stay as they are."""
        await self._cancel_quietly()
        await self._studies.close()
        self._books.close()

    async def _cancel_quietly(self) -> None:
        if self._runs.busy:
            await self._demonstration.cancel()
            await self._runs.cancel()
            await self._runs.wait_idle(15.0)
        await self._demonstration.leave()
        await self._runs.put_away()
