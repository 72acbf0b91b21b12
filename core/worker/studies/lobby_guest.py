"""A joiner's side of a study between installations.

It dials the coordinator again and again, until the study is over. Everything that it is shown is
checked here: the panel against the invitation, the plan against what was joined, every signature
and approval before a run, every run certificate before it is connected to.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import Any, Final

from core.errors import (
    BudgetError,
    CohortError,
    ProtocolError,
    SessionError,
    StudyError,
    SynCohortError,
    WorkerError,
)
from core.messages.lobby import (
    COORDINATOR_WORDS,
    LOBBY_VERSION,
    CancelAsked,
    EndorsementsShown,
    Entered,
    Knock,
    Left,
    PanelAsked,
    PanelShown,
    PlanProposed,
    PlanRefused,
    Presence,
    RosterShown,
    RunPrepareAsked,
    StartAsked,
    Turned,
)
from core.model.lobby import Phase, SeatState
from core.model.plan import MAX_PARTIES
from core.model.study import StudyState
from core.study.invitation import panel_digest
from core.study.roster import Participant
from core.study.session import StudySession
from core.worker.lines.lobby_line import LobbyLine, facts_at_joiner
from core.worker.studies.lobby_words import (
    endorsement,
    key_of,
    own_word,
    prepared,
    refusal,
    report,
    said_before,
)
from core.worker.studies.recognition import join_request
from core.worker.studies.study_part import NOTHING_SPENT, Office, StudyPart, refused_here

_ANSWER_S: Final = 30.0
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 15.0
#: Lines that a finished installation still tries to hold, for who lacks the release.
_MOST_HELP: Final = 60


class LobbyGuest(StudyPart):
    """Follows one coordinator. Invariant: at most one line."""

    def __init__(self, office: Office, session: StudySession) -> None:
        """Take over a session; ``join`` or ``open`` goes online."""
        super().__init__(office, session)
        self._line: LobbyLine | None = None
        self._peers: StartAsked | None = None

    @property
    def online_keys(self) -> set[str]:
        """The coordinator, while its line is open."""
        return {self._session.coordinator_key} if self._line is not None else set()

    @property
    def online(self) -> bool:
        """Whether the line to the coordinator is open."""
        return self._line is not None

    @property
    def _gone(self) -> bool:
        """Whether nobody needs this installation any more; a finished one may still help another
        to get its release.
        """
        return self._session.phase in {Phase.FAILED, Phase.ENDED}

    # ---- going online

    async def join(self) -> None:
        """Ask to join for the first time: the study is kept only if the coordinator answers and
        the own cohort fits.

        Raises:
            SynCohortError: What is wrong; nothing is kept.
        """
        line = await self._dial()
        try:
            line.say(PanelAsked())
            shown = await self._answer(line, PanelShown)
            await self._check_panel(shown.genes)
            roster = await self._ask(line)
        except BaseException:
            await line.hang_up()
            raise
        self._office.shelf.keep(self._session)
        self._line = line
        self._follow(roster)
        self.start_task(self._stay(line))
        self.show()

    async def _check_panel(self, genes: tuple[str, ...]) -> None:
        """Hold the panel against the invitation, and the own cohort against the panel."""
        terms = self._session.terms
        if panel_digest(genes) != terms.panel_sha256:
            raise StudyError("ST715", field="genes")
        self._session = replace(self._session, genes=genes)
        await self._office.run.check_panel(
            self._session.cohort_id, genes, terms.classes, terms.n_max
        )

    async def open(self) -> None:
        """Go online, and again whenever the line breaks."""
        if self._line is None and not self._tasks and not self._gone:
            self.start_task(self._stay(None))
        self.show()

    async def aclose(self) -> None:
        """Hang up; the study stays."""
        await self.end_tasks()
        line, self._line = self._line, None
        if line is not None:
            await line.hang_up()

    async def leave(self, reason: str) -> None:
        """Leave the study and say so."""
        self.change(self._session.ended(reason))
        if self._line is not None:
            self._line.say(Left(reason=self._session.reason))
        await self.aclose()
        self.show()

    async def _dial(self) -> LobbyLine:
        session, office = self._session, self._office
        invitation = session.invitations[0]
        try:
            stream = await office.wires.dial(
                session.meeting, session.token, invitation.secret_id, session.coordinator_key
            )
        except SessionError as wrong:
            if dict(wrong.fields).get("code") == "PR503":  # the slot is another certificate's
                raise StudyError("ST703") from None
            raise
        facts = facts_at_joiner(stream, session.token)
        line = LobbyLine(stream, facts, office.signer, office.verify, COORDINATOR_WORDS)
        try:
            line.say(
                Knock(
                    version=LOBBY_VERSION,
                    application=office.application,
                    secret_id=invitation.secret_id,
                    proof=facts.proof(invitation.secret),
                )
            )
            entered: Entered = await self._answer(line, Entered)
            self.recognise(session.coordinator_key, line.peer_pem, entered.continuity)
        except BaseException:
            await line.hang_up()
            raise
        return line

    async def _ask(self, line: LobbyLine) -> RosterShown:
        own = self._session.participant(self._session.own_key)
        line.say(join_request(own, self._office.continuity))
        roster: RosterShown = await self._answer(line, RosterShown)
        return roster

    async def _answer(self, line: LobbyLine, kind: type) -> Any:  # noqa: ANN401 - of ``kind``
        """Return the next message of ``kind``.

        Raises:
            StudyError: What the coordinator refuses.
            SessionError: SE401 if it says nothing.
        """
        try:
            async with asyncio.timeout(_ANSWER_S):
                word = await line.heard()
        except TimeoutError:
            word = None
        if word is None:
            raise SessionError("SE401", party="The coordinator", spent=NOTHING_SPENT)
        if isinstance(word, Turned):
            raise refusal(word)
        if not isinstance(word, kind):
            raise ProtocolError("PR502", party="the coordinator", reason="an unexpected message")
        return word

    # ---- staying online

    async def _stay(self, line: LobbyLine | None) -> None:
        pause, helped = _FIRST_PAUSE_S, 0
        while not self._gone and helped < _MOST_HELP:
            helped += self._session.over
            try:
                if line is None:
                    line = await self._dial()
                    self._line = line
                    self._follow(await self._ask(line))
                    self._say_again(line)
                self.show()
                pause = _FIRST_PAUSE_S
                await self._listen(line)
            except StudyError as wrong:
                if self._session.over:
                    return  # the coordinator needs nobody any more
                self._office.emit(refused_here("OpenLobby", wrong))
                if wrong.code in {"ST703", "ST704", "ST717"}:
                    self._end(wrong.text)
            except WorkerError as wrong:
                self.tell_trouble(wrong)  # this computer's own; dial again
            except SynCohortError:
                pass  # no coordinator at the moment; dial again
            finally:
                self._line = None
                if line is not None:
                    await line.hang_up()
                line = None
                self.show()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _say_again(self, line: LobbyLine) -> None:
        """After a break, say again what the coordinator may not have heard."""
        for word in (*self.own_counts, *said_before(self._session)):
            line.say(word)
        self.say_held(line.say, line.peer_key)

    async def _listen(self, line: LobbyLine) -> None:
        while (word := await line.heard()) is not None:
            if not self.hears_what_is_held(word, line.say, "The coordinator"):
                await self._take(line, word)

    async def _take(self, line: LobbyLine, word: object) -> None:
        match word:
            case Presence() | Turned():
                pass  # what was refused stays visible: the coordinator does not count it
            case Left():
                self._end(word.reason)
            case RosterShown():
                self._follow(word)
            case PlanProposed():
                await self._consider(line, word)
            case EndorsementsShown():
                self._verify(word)
            case RunPrepareAsked():
                await self._prepare(line, word)
            case StartAsked():
                self.start_task(self._run(line, word))
            case CancelAsked():
                await self._office.run.cancel()
            case _:
                raise ProtocolError("PR502", party="the coordinator", reason="not now")

    def _end(self, reason: str) -> None:
        with contextlib.suppress(StudyError):  # a run that is under way ends by itself
            self.change(self._session.ended(" ".join(reason.split())[:300] or "no reason given"))

    def _follow(self, roster: RosterShown) -> None:
        """Take over the coordinator's roster."""
        if not 2 <= len(roster.seats) <= MAX_PARTIES:
            raise ProtocolError("PR502", party="the coordinator", reason="a roster of no study")
        if self._session.phase in {Phase.RUNNING, Phase.FINISHED}:
            return
        parties = tuple(
            Participant(
                key=key_of(seat.certificate_pem),
                certificate_pem=seat.certificate_pem,
                name=seat.name,
                has_cohort=seat.has_cohort,
                attestations=seat.attestations,
                secret_id="",
                state=SeatState.ACCEPTED if seat.accepted else SeatState.ASKED,
                compared=False,
            )
            for seat in roster.seats
        )
        if parties[0].key != self._session.coordinator_key:
            raise ProtocolError("PR503", party="the coordinator")
        self.change(
            self._session.shown(parties, closed=roster.closed, plan_digest=roster.plan_digest)
        )

    async def _consider(self, line: LobbyLine, word: PlanProposed) -> None:
        """Check a plan; what this hospital cannot agree to is refused with a public reason."""
        plan = word.plan
        if self._session.plan is not None and self._session.plan.digest == plan.digest:
            self._say_again(line)
            return
        try:
            self.change(self._session.proposed(plan))
            await self.show_plan(plan)
        except SynCohortError as wrong:
            private = isinstance(wrong, CohortError | BudgetError)
            reason = "The hospital's own check refuses it." if private else wrong.text
            self._noterefusal(plan.digest, reason)
            line.say(PlanRefused(digest=plan.digest, reason=reason[:300]))
            self._office.emit(refused_here("SignPlan", wrong))

    def _noterefusal(self, digest: str, reason: str) -> None:
        session = self._session
        if session.plan is not None and session.plan.digest == digest:
            self.change(session.refused(session.own_key, digest, reason))

    def _verify(self, word: EndorsementsShown) -> None:
        """Take over everybody's endorsements, each only if it fits."""
        session = self._session
        if session.phase is not Phase.PLAN_PROPOSED or session.plan is None:
            return
        if session.plan.digest != word.digest:
            return
        for shown in word.signatures:
            session = session.signed(endorsement(session, word, shown), self._office.verify)
        for shown in word.approvals:
            session = session.approved(endorsement(session, word, shown), self._office.verify)
        self.change(session)

    def tell(self) -> None:
        """Only the coordinator tells."""

    def say_own(self, kind: str) -> None:
        """Send the own signature (``sign``) or approval (``approve``), if there is a line."""
        session = self._session
        for own in session.signatures if kind == "sign" else session.approvals:
            if own.key == session.own_key and self._line is not None:
                self._line.say(own_word(own))

    def say_counts(self) -> None:
        """Say the own class counts now; without a line they are said at the next one."""
        if self._line is not None and self.own_counts:
            self._line.say(*self.own_counts)

    def sign(self, digest: str) -> None:
        """Sign and send it; without a line it is sent at the next one."""
        super().sign(digest)
        self.say_own("sign")

    def approve(self, digest: str, approver: str) -> None:
        """Approve and send it; without a line it is sent at the next one."""
        super().approve(digest, approver)
        self.say_own("approve")

    def refuse(self, digest: str, reason: str) -> None:
        """Refuse the plan; the reason reaches the coordinator.

        Raises:
            SessionError: SE401 without a line: a refusal must arrive.
        """
        if self._line is None:
            raise SessionError("SE401", party="The coordinator", spent=NOTHING_SPENT)
        self.change(self._session.refused(self._session.own_key, digest, reason))
        party = self._session.participant(self._session.own_key)
        self._line.say(PlanRefused(digest=digest, reason=party.reason))

    # ---- the run

    async def _prepare(self, line: LobbyLine, word: RunPrepareAsked) -> None:
        try:
            self.present_plan(word.digest)
            seat = await self._office.run.prepare(self._session)
        except SynCohortError as wrong:
            self._office.emit(refused_here("RunStudy", wrong))
            line.say(report(word.digest, StudyState.FAILED, wrong.code, spent=False))
            return
        line.say(prepared(word.digest, seat))

    async def _run(self, line: LobbyLine, word: StartAsked) -> None:
        run = self._office.run
        try:
            plan = self.present_plan(word.digest)
            await run.accept(self._session, word.peers)
            self.change(self._session.running())
        except SynCohortError as wrong:
            await run.put_away()
            self._office.emit(refused_here("RunStudy", wrong))
            line.say(report(word.digest, StudyState.FAILED, wrong.code, spent=False))
            return
        ended = await run.start(plan, word.peers)
        try:
            self.change(self._session.ran(code=ended.code, spent=ended.spent))
        finally:  # also when the disk is full: the others wait for this word
            self._office.emit(ended)
            say = (self._line or line).say
            say(report(word.digest, ended.state, ended.code, spent=ended.spent))
            self.say_held(say)
