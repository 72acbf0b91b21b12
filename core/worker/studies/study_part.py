"""One study between installations at this hospital: what coordinator and participant share.

Every change is kept on disk before anybody hears of it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from core.errors import InternalError, StudyError, SynCohortError, WorkerError
from core.messages.events import Event, Refused
from core.messages.ledger_events import LedgersCountersigned
from core.messages.lobby import (
    Continuity,
    CountsShown,
    LedgerReminded,
    LedgersShown,
    ReleaseSignaturesShown,
)
from core.messages.release_events import ReleaseSignedByAll
from core.messages.study_events import LobbyChanged, PlanToSign
from core.model.counts import HospitalCounts
from core.model.judging import Ballot
from core.model.lobby import LobbyView, Phase
from core.model.plan import Plan
from core.ports import Clock
from core.randomness import NoiseSource
from core.study.roster import Endorsement
from core.study.rules import require_ballot
from core.study.session import StudySession
from core.study.signatures import Signer, Verifier, approval_statement, plan_statement
from core.worker.installation.session_shelf import SessionShelf
from core.worker.lines.lobby_line import LobbyWires
from core.worker.redaction import log_unexpected
from core.worker.studies.class_counts import counts_view, with_counts
from core.worker.studies.joint_run import JointRun
from core.worker.studies.ledger_exchange import LedgerExchange
from core.worker.studies.lobby_view import Words, lobby_view
from core.worker.studies.recognition import recognised
from core.worker.studies.release_exchange import ReleaseExchange

NOTHING_SPENT = "Nothing is spent."


def refused_here(command: str, wrong: SynCohortError) -> Refused:
    """Return the event of a step that this computer refused by itself."""
    return Refused(command=command, code=wrong.code, fields=wrong.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What every study of this installation works with.

    Attributes:
        hospital: Its name.
        application: Version of SynCohort.
        signer: Its identity.
        verify: Checks anybody's signature.
        words: Key -> six words.
        wires: How lines come to be.
        shelf: Where sessions are kept.
        run: This hospital's part in a run.
        emit: Where events go.
        clock: Time.
        source: Randomness for one-time secrets
        ledgers: Statements about ledgers; None where there is no ledger.
        releases: Signatures of releases; None where none are kept.
        continuity: What links its identity to the former one, after a renewal.
    """

    hospital: str
    application: str
    signer: Signer
    verify: Verifier
    words: Words
    wires: LobbyWires
    shelf: SessionShelf
    run: JointRun
    emit: Callable[[Event], None]
    clock: Clock
    source: NoiseSource
    ledgers: LedgerExchange | None = None
    releases: ReleaseExchange | None = None
    continuity: Continuity | None = None


class StudyPart(ABC):
    """Holds one session. Invariant: what is in memory is on disk."""

    def __init__(self, office: Office, session: StudySession) -> None:
        """Take over a kept session; nobody is contacted yet."""
        self._office = office
        self._session = session
        self._tasks: set[asyncio.Task[None]] = set()
        self._shown: LobbyView | None = None
        self._known: dict[str, str] = {}
        self._trouble = ""
        self._checked = ""
        self._countersigned: tuple[str, ...] = ()
        self._signed: tuple[str, ...] = ()
        self._counts = office.shelf.counts(session.study_id)

    @property
    def session(self) -> StudySession:
        """Where the study stands."""
        return self._session

    @property
    @abstractmethod
    def online_keys(self) -> set[str]:
        """Installations with an open line."""

    @property
    @abstractmethod
    def online(self) -> bool:
        """Whether the own side is open."""

    @abstractmethod
    async def open(self) -> None:
        """Go online."""

    @abstractmethod
    def tell(self) -> None:
        """Say to the others what changed."""

    @abstractmethod
    async def leave(self, reason: str) -> None:
        """End the study here, and say so."""

    @abstractmethod
    async def aclose(self) -> None:
        """Go offline; the study stays."""

    # ---- what the ledgers say, and who signed the release

    def say_held(self, say: Callable[[object], None], key: str = "") -> None:
        """Say what is held about the plan here, the own statement and signature included; at a
        meeting with ``key`` remind it of its own newest line.
        """
        releases = self._office.releases
        if releases is not None:
            signatures = releases.shown(self._session)
            if signatures is not None:
                say(signatures)
            self._tell_if_all_signed()
        ledgers = self._office.ledgers
        if ledgers is not None:
            held = ledgers.shown(self._session)
            for word in (ledgers.reminder(key) if key else None, held):
                if word is not None:
                    say(word)
            self._tell_if_all_hold_it()

    def hears_what_is_held(
        self, word: object, say: Callable[[object], None], partner: str
    ) -> bool:
        """Take a word about ledgers or signatures and say on what is new; return whether it was
        one.
        """
        ledgers, releases = self._office.ledgers, self._office.releases
        if releases is not None and isinstance(word, ReleaseSignaturesShown):
            signatures = releases.heard(self._session, word)
            if signatures is not None:
                say(signatures)
                self._tell_if_all_signed()
        if ledgers is not None and isinstance(word, LedgersShown):
            held = ledgers.heard(self._session, word)
            if held is not None:
                say(held)
                self._tell_if_all_hold_it()
        elif ledgers is not None and isinstance(word, LedgerReminded):
            missing = ledgers.reminded(word, partner)
            if missing is not None:
                self._office.emit(missing)
        return isinstance(word, LedgersShown | LedgerReminded | ReleaseSignaturesShown)

    def _tell_if_all_signed(self) -> None:
        releases, plan = self._office.releases, self._session.plan
        names = releases.signed_by_all(self._session) if releases is not None else ()
        if names and names != self._signed and plan is not None:
            self._signed = names
            self._office.emit(ReleaseSignedByAll(digest=plan.digest, parties=names))

    def _tell_if_all_hold_it(self) -> None:
        ledgers = self._office.ledgers
        names = ledgers.countersigned(self._session) if ledgers is not None else ()
        if names and names != self._countersigned:
            self._countersigned = names
            digest = self._session.plan.digest if self._session.plan else ""
            self._office.emit(LedgersCountersigned(digest=digest, parties=names))

    # ---- changes

    def change(self, session: StudySession) -> None:
        """Keep a new session, then tell everybody."""
        if session == self._session:
            return
        self._office.shelf.keep(session)
        self._trouble = ""
        self._session = session
        self.tell()
        self.show()

    def tell_trouble(self, wrong: WorkerError) -> None:
        """Say that this computer fails, once for as long as it does: a line is tried again and
        again.
        """
        if wrong.text != self._trouble:
            self._trouble = wrong.text
            self._office.emit(refused_here("OpenLobby", wrong))

    def show(self) -> None:
        """Emit the present view, if it is another than before."""
        view = self.view()
        if view != self._shown:
            self._shown = view
            self._office.emit(LobbyChanged(lobby=view))

    def view(self) -> LobbyView:
        """Return the complete view."""
        return lobby_view(
            self._session,
            self.online_keys,
            self._office.words,
            online=self.online,
            known=self._known,
            counts=counts_view(self._session, self._counts),
        )

    def recognise(self, key: str, certificate_pem: str, continuity: Continuity | None) -> None:
        """Note whether an installation was compared in another study."""
        shelf, study_id = self._office.shelf, self._session.study_id
        self._known[key] = recognised(shelf, study_id, certificate_pem, continuity)

    # ---- what stewards and second persons do

    def present_plan(self, digest: str) -> Plan:
        """Return the proposed plan if it is the one of ``digest``.

        Raises:
            StudyError: ST705.
        """
        plan = self._session.plan
        if plan is None or plan.digest != digest:
            raise StudyError(
                "ST705", phase=self._session.stage.value, reason="another plan is proposed"
            )
        return plan

    async def check(self, plan: Plan) -> None:
        """Check a plan against own patients, cap and accounting, unless that was done since start.

        Raises:
            SynCohortError: What this hospital cannot agree to.
        """
        if self._checked != plan.digest:
            await self._office.run.examine(self._session, plan)
            self._checked = plan.digest

    def sign(self, digest: str) -> None:
        """Sign the proposed plan as its steward."""
        session, key = self._session, self._session.own_key
        plan = self.present_plan(digest)
        content = plan_statement(plan, session.terms.purpose, key)
        signature = self._office.signer.sign(content)
        given = Endorsement(key=key, digest=digest, person="", signature=signature)
        self.change(session.signed(given, self._office.verify))

    def cast(self, digest: str, ballot: Ballot | None) -> None:
        """Keep the own vote on the release, before anybody hears of the approval.

        Raises:
            PlanError: PL201 if the plan asks for a vote and there is none, or the other way round.
        """
        session, plan = self._session, self.present_plan(digest)
        require_ballot(plan, ballot, has_cohort=bool(session.cohort_id))
        if ballot is not None:
            self._office.shelf.keep_ballot(session.study_id, digest, ballot)

    def approve(self, digest: str, approver: str) -> None:
        """Approve the proposed plan; the second person has proved who they are."""
        session, key = self._session, self._session.own_key
        plan = self.present_plan(digest)
        content = approval_statement(plan, session.terms.purpose, key, approver)
        signature = self._office.signer.sign(content)
        given = Endorsement(key=key, digest=digest, person=approver, signature=signature)
        self.change(session.approved(given, self._office.verify))

    def take_counts(self, counts: HospitalCounts) -> None:
        """Keep a hospital's noisy class counts, then show them.

        Raises:
            StudyError: ST715 if they are of other classes.
        """
        if len(counts.counts) != len(self._session.terms.classes):
            raise StudyError("ST715", field="classes")
        self._counts = with_counts(self._counts, counts)
        self._office.shelf.keep_counts(self._session.study_id, self._counts)
        self.show()

    @property
    def own_counts(self) -> tuple[CountsShown, ...]:
        """What this hospital published of its class counts, as it is said; at most one."""
        own = self._session.own_key
        kept = (h for h in self._counts.hospitals if h.key == own)
        return tuple(CountsShown(counts=h.counts, scale=h.scale) for h in kept)

    async def show_plan(self, plan: Plan) -> None:
        """Check a plan against own patients, cap and accounting, then show it to the steward.

        Raises:
            SynCohortError: What this hospital cannot agree to.
        """
        examined = await self._office.run.examine(self._session, plan)
        self._checked = plan.digest
        self._office.emit(
            PlanToSign(
                study_id=self._session.study_id,
                plan=plan,
                digest=plan.digest,
                units=examined.units,
                explanation=examined.explanation,
            )
        )

    async def show_again(self) -> None:
        """After a restart, show the steward the plan that lies on the table."""
        plan = self._session.plan
        if plan is None or self._session.over or self._session.phase is Phase.RUNNING:
            return
        try:
            await self.show_plan(plan)
        except SynCohortError as wrong:
            self._office.emit(refused_here("SignPlan", wrong))

    def start_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run ``work`` beside the commands; it ends with this part."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, SynCohortError):
            self._office.emit(refused_here("OpenLobby", error))
        elif isinstance(error, Exception):
            log_unexpected(error, "a study's line")
            wrong = InternalError("IN902", kind=type(error).__name__)
            self._office.emit(refused_here("OpenLobby", wrong))

    async def end_tasks(self) -> None:
        """Cancel what runs beside the commands."""
        own = asyncio.current_task()
        tasks = [t for t in self._tasks if t is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
