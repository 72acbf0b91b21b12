"""One hospital's side of studies: preparing a run, accepting a plan, running it, writing what
comes out.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.errors import BudgetError, InternalError, PlanError, SynCohortError, WorkerError
from core.messages.commands import ProposePlan
from core.messages.engine import Prepare
from core.messages.events import Event, ReleaseWritten, RunEnded, SpendRecorded
from core.model.budget import charged_units
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.model.study import StudyState, StudyView
from core.ports import Clock
from core.privacy.accountant import Account
from core.privacy.ledger import EntryKind, Ledger
from core.study.rules import can_go_on
from core.worker.calibrating import checked_claim, room_needed
from core.worker.cohorts.books import Books
from core.worker.cohorts.cohort_desk import REHEARSAL_COHORT, CohortDesk
from core.worker.home import Home
from core.worker.redaction import log_unexpected
from core.worker.runs.engine_client import EngineClient
from core.worker.runs.going_on import UNOPENED, Entered, charge_or_go_on
from core.worker.runs.participation import Outcome, Participation, Purse
from core.worker.runs.release_shelf import ReleaseShelf
from core.worker.runs.run_record import FILE as RECORD_FILE
from core.worker.runs.run_record import open_record
from core.worker.runs.run_views import Accepted, peer_changed, running_view

Emit = Callable[[Event], None]
_ON_ONE_COMPUTER = "A study on one computer; no reason was written."
_NOTHING_SPENT = "Nothing is spent."
_SPENT = "The units of this study count as spent."


class RunDesk:
    """Owns this hospital's run worker. Invariant: at most one run at a time."""

    def __init__(
        self,
        *,
        home: Home,
        books: Books,
        cohorts: CohortDesk,
        shelf: ReleaseShelf,
        emit: Emit,
        clock: Clock,
    ) -> None:
        """Start idle."""
        self._home = home
        self._shelf = shelf
        self._books = books
        self._cohorts = cohorts
        self._emit = emit
        self._clock = clock
        self._idle = asyncio.Event()
        self._idle.set()
        self._engine: EngineClient | None = None
        self._accepted: Accepted | None = None
        self._part: Participation | None = None
        self._cancelled = False
        #: Why the level of the next run was chosen, for the ledger.
        self.reason = ""

    @property
    def connected(self) -> bool:
        """Whether the run under way has reached every party."""
        return self.busy and self._part is not None and self._part.connected

    @property
    def busy(self) -> bool:
        """Whether a run is under way."""
        return not self._idle.is_set()

    @property
    def accepted(self) -> Accepted | None:
        """The plan accepted last, if any; after a run its cohort is registered."""
        return self._accepted

    async def wait_idle(self, timeout_s: float) -> None:
        """Wait until no run is under way, at most ``timeout_s``."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), timeout_s)

    # ---- before the run

    async def prepare(self, name: str, wishes: Prepare | None = None) -> PeerAddress:
        """Start the run worker, which makes its key and gets ready to be reached.

        Args:
            name: Of this hospital, for errors.
            wishes: How it is reached; None: on this computer only.
        """
        if self.busy:
            raise WorkerError("WO604", step="prepare", reason="a run is under way")
        await self.put_away()
        self._engine = EngineClient()
        return await self._engine.prepare(name, wishes)

    async def examine(self, proposal: ProposePlan) -> Account:
        """Check a plan against own accounting, own patients and own cap.

        Raises:
            PlanError: If the plan is not what this version would build.
            BudgetError: If its claim does not hold or the cap does not allow it.
            CohortError: If the own file cannot serve it.
            WorkerError: WO603 if there is no room for what it would release.
        """
        plan, number = proposal.plan, proposal.own_number
        own = plan.parties[number] if 0 <= number < len(plan.parties) else None
        if own is None or own.has_cohort != bool(proposal.cohort_id):
            raise PlanError("PL201", field="parties", reason="this hospital's seat is another")
        account = await asyncio.to_thread(checked_claim, plan)
        if proposal.cohort_id:
            await asyncio.to_thread(self._cohorts.check_against, proposal.cohort_id, plan)
            self._require_affordable(proposal.cohort_id, plan)
            self._home.require_room(room_needed(plan))
        return account

    async def accept(self, proposal: ProposePlan, wired: Plan | None = None) -> Accepted:
        """Check a plan and take it for the next run.

        Args:
            proposal: The plan.
            wired: Between installations the same plan with the certificates of this run, which
                the installations vouched for; None where the plan itself names them.

        Raises:
            SynCohortError: As ``examine``; PL202 if the own run worker is not in it.
        """
        if wired is None and not proposal.plan.rehearsal:  # only a lobby knows who signed
            raise PlanError("PL201", field="rehearsal", reason="it is between hospitals")
        await self.examine(proposal)
        wired = wired or proposal.plan
        own = wired.parties[proposal.own_number]
        if self._engine is None or self._engine.certificate_sha256 != own.certificate_sha256:
            raise PlanError("PL202", party="the coordinator", field="certificate")
        self._accepted = Accepted(
            plan=proposal.plan,
            wired=wired,
            own_number=proposal.own_number,
            cohort_id=proposal.cohort_id,
            ballot=proposal.ballot,
        )
        return self._accepted

    def _require_affordable(self, cohort_id: str, plan: Plan) -> None:
        if cohort_id == REHEARSAL_COHORT:
            return
        cap = self._cohorts.cap_of(cohort_id)
        if self._cohorts.ledger_of(cohort_id).state(plan.digest) is EntryKind.SPENT:
            return  # its charge covers the whole plan
        units = charged_units(plan.budget)
        if units > cap.left + 1e-9:
            raise BudgetError("BU301", asked=units, left=cap.left, cap=cap.cap)

    # ---- the run

    async def start(self, digest: str, peers: tuple[PeerAddress, ...]) -> RunEnded:
        """Run the accepted plan to its end; errors become the returned RunEnded.

        Raises:
            WorkerError: WO604 if another or no plan was accepted.
        """
        accepted, engine = self._accepted, self._engine
        if accepted is None or engine is None or accepted.plan.digest != digest or self.busy:
            raise WorkerError("WO604", step="start", reason="this plan was not accepted here")
        self._cancelled, self._part = False, None
        self._idle.clear()
        try:
            return await self._run(accepted, engine, peers)
        finally:
            try:
                await self.put_away()
            finally:
                self._idle.set()

    async def _run(
        self, accepted: Accepted, engine: EngineClient, peers: tuple[PeerAddress, ...]
    ) -> RunEnded:
        plan = accepted.plan
        try:
            accepted, entered = self._enter(accepted)
        except SynCohortError as wrong:
            return self._ended(accepted, None, wrong, spent=self._on_the_books(plan))
        except Exception as wrong:  # noqa: BLE001 - the others must not wait for us
            log_unexpected(wrong, "entering a run")
            broken = InternalError("IN902", kind=type(wrong).__name__)
            return self._ended(accepted, None, broken, spent=self._on_the_books(plan))
        ledger, split = entered.ledger, entered.split
        began = self._clock.now()
        view = self._running(accepted, began)
        part = Participation(
            plan=plan,
            wired=accepted.wired,
            own_number=accepted.own_number,
            training=split.training if split is not None else None,
            held_out=split.holdout if split is not None else None,
            ballot=accepted.ballot,
            purse=Purse(spend=lambda: self._spend(accepted, ledger), spent=entered.spent),
            record=entered.record,
            engine=engine,
            emit=self._emit,
            clock=self._clock,
            started=self._clock.monotonic(),
        )
        self._part = part
        engine.on_peer = lambda peer: self._emit(peer_changed(accepted, peer))
        error: SynCohortError | None = None
        try:
            self._home.write_study(view)
            outcome = await part.run(peers)
            if split is not None:  # a compute partner keeps the plan and its ledger only
                self._write(plan, outcome)
        except SynCohortError as wrong:
            error = wrong
        except Exception as wrong:  # noqa: BLE001 - whatever broke, the reservation is settled
            log_unexpected(wrong, "a run")
            error = InternalError("IN902", kind=type(wrong).__name__)
        finally:  # cancelled tasks come by here, too
            spent = self._settle(plan, ledger, part)
        return self._ended(accepted, view, error, spent=spent)

    def _enter(self, accepted: Accepted) -> tuple[Accepted, Entered]:
        """Write the plan, register a rehearsal's patients, open the record of the plan's runs,
        reserve the budget or go on with what is spent, split off the holdout.
        """
        plan = accepted.plan
        started = (self._home.study(plan.digest) / "study.json").exists()
        self._home.write_plan(plan)
        if not accepted.cohort_id:
            self._books.main()  # a compute partner has a ledger too: it stays empty
            record = open_record(self._record_of(plan), plan, "", "", started=started)
            return accepted, Entered(record=record)
        if accepted.cohort_id == REHEARSAL_COHORT:
            accepted = replace(
                accepted, cohort_id=self._cohorts.register_rehearsal(charged_units(plan.budget))
            )
            self._accepted = accepted
        ledger = self._cohorts.ledger_of(accepted.cohort_id)
        split = self._cohorts.split(accepted.cohort_id, plan)
        record = open_record(
            self._record_of(plan),
            plan,
            accepted.cohort_id,
            self._cohorts.opened(accepted.cohort_id).cohort.fingerprint,
            started=started or ledger.state(plan.digest) is EntryKind.SPENT,
        )
        spent = charge_or_go_on(ledger, accepted.cohort_id, plan, record, self._reason_for(plan))
        return accepted, Entered(ledger=ledger, split=split, record=record, spent=spent)

    def _record_of(self, plan: Plan) -> Path | None:
        """Return the file of a plan's record; none where the plan names one run's certificates."""
        kept = not (plan.rehearsal or self._home.rehearsal)
        return self._home.study(plan.digest) / RECORD_FILE if kept else None

    def _running(self, accepted: Accepted, began: float) -> StudyView:
        cohort = accepted.cohort_id
        name = self._cohorts.opened(cohort).view.name if cohort else ""
        return running_view(accepted, name, began)

    def _reason_for(self, plan: Plan) -> str:
        reason, self.reason = self.reason, ""
        return reason or (_ON_ONE_COMPUTER if plan.rehearsal else "")

    def _spend(self, accepted: Accepted, ledger: Ledger | None) -> None:
        if ledger is None:
            return
        plan = accepted.plan
        ledger.spend(plan.digest)
        self._emit(
            SpendRecorded(
                digest=plan.digest,
                units=charged_units(plan.budget),
                cap=ledger.cap_state(accepted.cohort_id),
            )
        )

    def _on_the_books(self, plan: Plan) -> bool:
        """Return whether this plan is charged, or will be, although its run never began."""
        cohort_id = self._accepted.cohort_id if self._accepted is not None else ""
        if cohort_id in {"", REHEARSAL_COHORT}:
            return False
        try:
            state = self._cohorts.ledger_of(cohort_id).state(plan.digest)
        except SynCohortError:  # a ledger that does not open holds no reservation of this run
            return False
        return state in {EntryKind.RESERVED, EntryKind.SPENT}

    def _settle(self, plan: Plan, ledger: Ledger | None, part: Participation) -> bool:
        """Spend or give back what is still reserved; return whether the study counts as spent.

        Nothing of ours can have been opened without our input shares; with them, the study counts
        as spent. A ledger that cannot be written now charges the reservation when it is opened
        again.
        """
        if ledger is None:
            return False
        if not part.spent:
            with contextlib.suppress(BudgetError):
                if part.shares_sent:
                    ledger.spend(plan.digest, UNOPENED)
                else:
                    ledger.give_back(plan.digest)
        return ledger.state(plan.digest) is not EntryKind.RETURNED

    def _write(self, plan: Plan, outcome: Outcome) -> None:
        self._shelf.keep(plan, outcome)
        self._emit(ReleaseWritten(digest=plan.digest, release=outcome.release))

    def _ended(
        self,
        accepted: Accepted,
        view: StudyView | None,
        wrong: SynCohortError | None,
        *,
        spent: bool,
    ) -> RunEnded:
        state = (
            StudyState.FINISHED
            if wrong is None
            else StudyState.CANCELLED
            if self._cancelled
            else StudyState.FAILED
        )
        code = "" if wrong is None else wrong.code
        fields = () if wrong is None else tuple((k, v) for k, v in wrong.fields if k != "spent")
        if wrong is not None and any(k == "spent" for k, _ in wrong.fields):
            fields = (*fields, ("spent", _SPENT if spent else _NOTHING_SPENT))
        if view is not None:
            ended = replace(view, state=state, finished=self._clock.now(), code=code, spent=spent)
            with contextlib.suppress(WorkerError):  # the ledger, not this file, is the truth
                self._home.write_study(ended)
        return RunEnded(
            digest=accepted.plan.digest,
            state=state,
            spent=spent,
            code=code,
            fields=fields,
            continues=can_go_on(code) and not accepted.plan.rehearsal,
        )

    async def cancel(self) -> None:
        """Stop the run, or put away a prepared one; safe at every moment."""
        self._cancelled = True
        if self._engine is not None:
            await self._engine.cancel()
        if not self.busy:
            await self.put_away()

    async def put_away(self) -> None:
        """End the run worker, if there is one."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.stop()
