"""The coordinator's side of a study between installations.

It sees names, certificates, signatures and how runs ended; never a patient, a share or a key.
Every word of a joiner is untrusted: it goes through the session, which refuses or keeps it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.errors import (
    ProtocolError,
    SessionError,
    StudyError,
    SynCohortError,
    WorkerError,
)
from core.messages.lobby import (
    JOINER_WORDS,
    LOBBY_VERSION,
    Approved,
    CountsShown,
    Endorsed,
    EndorsementsShown,
    Entered,
    JoinRequest,
    Knock,
    Left,
    PanelAsked,
    PanelShown,
    PlanProposed,
    PlanRefused,
    PlanSigned,
    Presence,
    RosterSeat,
    RosterShown,
    RunPrepared,
    RunReported,
    Turned,
)
from core.model.counts import HospitalCounts
from core.model.invitation import Invitation
from core.model.lobby import Phase, SeatState
from core.model.study import StudyState
from core.study.invitation import invite
from core.study.roster import Endorsement, Invited, Participant
from core.study.session import StudySession
from core.worker.lines.lobby_line import Doors, FrameStream, LobbyLine, facts_at_coordinator
from core.worker.studies.remote_member import RemoteMember
from core.worker.studies.study_part import NOTHING_SPENT, Office, StudyPart

_KNOCK_S = 30.0
_CLOSED = frozenset({Phase.ROSTER_CLOSED, Phase.PLAN_PROPOSED, Phase.INTERRUPTED})


class LobbyHost(StudyPart):
    """Holds the lobby open. Invariant: ``_members`` are joiners whose invitation was proved."""

    def __init__(self, office: Office, session: StudySession) -> None:
        """Take over a kept session; ``open`` goes online."""
        super().__init__(office, session)
        self._doors: Doors | None = None
        self._members: dict[str, RemoteMember] = {}
        self._finished: set[str] = set()

    @property
    def online_keys(self) -> set[str]:
        """Joiners with an open line."""
        return {k for k, m in self._members.items() if m.joined}

    @property
    def online(self) -> bool:
        """Whether the lobby is open and can be reached."""
        return self._doors is not None and self._doors.reachable

    @property
    def members(self) -> tuple[RemoteMember, ...]:
        """The seated joiners in the order of their party numbers.

        Raises:
            SessionError: SE401 naming who has no line.
        """
        seated = [p for p in self._session.seated if p.key != self._session.own_key]
        for party in seated:
            if party.key not in self.online_keys:
                raise SessionError("SE401", party=party.name, spent=NOTHING_SPENT)
        return tuple(self._members[p.key] for p in seated)

    async def open(self) -> None:
        """Open the lobby for everybody who was invited."""
        if self._doors is None and not self._session.over:
            self._doors = await self._office.wires.listen(
                self._session.meeting, self._session.token, self._arrived, self._turned_away
            )
            self._doors.watch(self.show)
            for invitation in self._session.invitations:
                self._doors.expect(invitation.secret_id, invitation.used_by)
        self.show()

    async def aclose(self) -> None:
        """Close the lobby; the study stays."""
        doors, self._doors = self._doors, None
        if doors is not None:
            await doors.aclose()
        await self.end_tasks()
        await asyncio.gather(*(m.line.hang_up() for m in self._members.values()))
        self._members.clear()

    # ---- what the coordinator does

    def make_invitation(self, valid_s: int) -> Invitation:
        """Return a new invitation for one joiner."""
        session, office = self._session, self._office
        invitation = invite(
            study_id=session.study_id,
            token=session.token,
            secret=office.source.key().hex(),
            meeting=session.meeting,
            coordinator=session.participant(session.own_key).name,
            coordinator_sha256=session.own_key,
            expires=int(office.clock.now()) + valid_s,
            terms=session.terms,
            genes=session.genes,
        )
        kept = Invited(
            secret=invitation.secret, secret_id=invitation.secret_id, expires=invitation.expires
        )
        self.change(session.invited(kept))
        if self._doors is not None:
            self._doors.expect(invitation.secret_id)
        return invitation

    async def remove(self, key: str, reason: str) -> None:
        """Take a joiner out and tell it why."""
        self.change(self._session.removed(key, reason))
        await self._dismiss(key)

    async def compare(self, key: str, *, same: bool) -> None:
        """Note the outcome of the telephone call."""
        self.change(self._session.compared(key, same=same))
        if not same:
            await self._dismiss(key)

    async def _dismiss(self, key: str) -> None:
        """Say goodbye; its door stays open to it alone: if it is away, it hears why later."""
        party = self._session.participant(key)
        member = self._members.pop(key, None)
        if member is not None:
            member.line.say(Left(reason=party.reason))
            member.ended()
            await member.line.hang_up()
        self.show()

    async def leave(self, reason: str) -> None:
        """End the study for everybody."""
        self.change(self._session.ended(reason))
        for member in self._members.values():
            member.line.say(Left(reason=self._session.reason))
        await self.aclose()
        self.show()

    # ---- what joiners see

    def tell(self) -> None:
        """Show every joiner what it may know and does not know yet."""
        session = self._session
        for member in self._members.values():
            if member.joined and not session.over and session.phase is not Phase.RUNNING:
                seated = member.key in {p.key for p in session.seated}
                plan = PlanProposed(plan=session.plan) if seated and session.plan else None
                shown = self._endorsements() if plan is not None else None
                member.show(self._roster_for(member.key, seated=seated), plan, shown)

    def _roster_for(self, key: str, *, seated: bool) -> RosterShown:
        session = self._session
        visible = session.seated
        if not seated:
            visible = (session.participant(session.own_key), session.participant(key))
        closed = seated and session.phase in _CLOSED
        return RosterShown(
            seats=tuple(_seat(p) for p in visible),
            closed=closed,
            plan_digest=session.plan.digest if closed and session.plan else "",
        )

    def _endorsements(self) -> EndorsementsShown:
        session = self._session
        numbers = {p.key: i for i, p in enumerate(session.seated)}

        def shown(given: tuple[Endorsement, ...]) -> tuple[Endorsed, ...]:
            return tuple(
                Endorsed(number=numbers[e.key], approver=e.person, signature=e.signature)
                for e in given
            )

        return EndorsementsShown(
            digest=session.plan.digest if session.plan else "",
            signatures=shown(session.signatures),
            approvals=shown(session.approvals),
        )

    # ---- lines

    def _turned_away(self, slot: str, key: str) -> None:
        """Somebody came with another certificate than the invitation is bound to."""
        used = {i.secret_id: i.used_by for i in self._session.invitations}.get(slot, "")
        if key and used and key != used and not self._session.over:
            self.change(self._session.misused(slot))

    def _arrived(self, slot: str, stream: FrameStream) -> None:
        facts = facts_at_coordinator(stream, self._session.token)
        line = LobbyLine(stream, facts, self._office.signer, self._office.verify, JOINER_WORDS)
        self.start_task(self._serve(RemoteMember(line, slot)))

    async def _serve(self, member: RemoteMember) -> None:
        try:
            await self._admit(member)
            while (word := await member.line.heard()) is not None:
                self._hear(member, word)
        except (ProtocolError, TimeoutError):
            pass  # it does not speak our language: the line is over
        finally:
            if self._members.get(member.key) is member:
                del self._members[member.key]
            member.ended()
            await member.line.hang_up()
            self.show()

    async def _admit(self, member: RemoteMember) -> None:
        """Let in who proves the one-time secret of this slot."""
        async with asyncio.timeout(_KNOCK_S):
            knock = await member.line.heard()
        wrong = self._wrong_with(member, knock)
        if wrong is not None:
            member.line.say(Turned(code=wrong.code, fields=wrong.fields))
            raise ProtocolError("PR502", party="a joiner", reason="its invitation is not good")
        former = self._members.pop(member.key, None)
        if former is not None:
            former.ended()
            await former.line.hang_up()
        self._members[member.key] = member
        office = self._office
        member.line.say(
            Entered(
                version=LOBBY_VERSION,
                application=office.application,
                continuity=office.continuity,
            )
        )

    def _wrong_with(self, member: RemoteMember, knock: object) -> StudyError | None:
        known = {i.secret_id: i for i in self._session.invitations}
        invitation = known.get(member.slot)
        if (
            not isinstance(knock, Knock)
            or invitation is None
            or knock.version != LOBBY_VERSION
            or knock.secret_id != member.slot
            or not member.line.facts.proves(invitation.secret, knock.proof)
        ):
            return StudyError("ST704", reason="it is not one of this study")
        if self._session.over:
            return StudyError("ST704", reason="the study has ended")
        if invitation.used_by not in {"", member.key}:
            self.change(self._session.misused(member.slot))
            return StudyError("ST703")
        if not invitation.used_by and self._office.clock.now() >= invitation.expires:
            return StudyError("ST702")
        removed = [p for p in self._session.participants if p.key == member.key]
        if removed and removed[0].state is SeatState.REMOVED:
            return StudyError("ST717", party="The coordinator", reason=removed[0].reason)
        return None

    def _hear(self, member: RemoteMember, word: object) -> None:
        """Take one message; what the session refuses is said back and changes nothing.

        Raises:
            ProtocolError: If this computer could not keep it. The line ends, so that the joiner
                comes again and says it again.
        """
        if self.hears_what_is_held(word, self._say_to_all, member.name):
            return
        try:
            self._take(member, word)
        except WorkerError as wrong:  # ours: the disk is full
            self.tell_trouble(wrong)
            told = SessionError(
                "SE405", party="The coordinator", code=wrong.code, spent=NOTHING_SPENT
            )
            member.line.say(Turned(code=told.code, fields=told.fields))
            raise ProtocolError("PR502", party=member.name, reason="it was not kept") from None
        except SynCohortError as wrong:
            member.line.say(Turned(code=wrong.code, fields=wrong.fields))

    def _take(self, member: RemoteMember, word: object) -> None:
        session = self._session
        match word:
            case Presence():
                pass
            case PanelAsked():
                member.line.say(PanelShown(genes=session.genes))
            case JoinRequest():
                self._join(member, word)
            case CountsShown():
                shown = HospitalCounts(key=member.key, counts=word.counts, scale=word.scale)
                self.take_counts(shown)
            case PlanSigned() | Approved():
                self._endorse(member, word)
            case PlanRefused():
                self.change(session.refused(member.key, word.digest, word.reason))
            case RunPrepared():
                member.has_prepared(word)
            case RunReported():
                member.has_reported(word)
                self._note_finished(member, word)
            case Left():
                self.change(session.removed(member.key, word.reason))
            case _:
                raise StudyError("ST705", phase=session.stage.value, reason="not now")

    def show_held(self) -> None:
        """Say to everybody what the ledgers say about the plan and who signed, after a run."""
        self.say_held(self._say_to_all)

    def _say_to_all(self, word: object) -> None:
        for member in self._members.values():
            if member.joined:
                member.line.say(word)

    def _note_finished(self, member: RemoteMember, word: RunReported) -> None:
        """An interrupted study is finished when every hospital has its release."""
        session = self._session
        if session.plan is None or word.digest != session.plan.digest:
            return
        if word.state == StudyState.FINISHED.value:
            self._finished.add(member.key)
        others = {p.key for p in session.seated} - {session.own_key}
        if session.phase is Phase.INTERRUPTED and others <= self._finished:
            self.change(session.completed())

    def _join(self, member: RemoteMember, word: JoinRequest) -> None:
        joiner = Participant(
            key=member.key,
            certificate_pem=member.line.peer_pem,
            name=word.name,
            has_cohort=word.has_cohort,
            attestations=word.attestations,
            secret_id=member.slot,
            state=SeatState.ASKED,
            compared=False,
        )
        asked = self._session.asked(joiner, self._office.clock.now())
        member.joined, member.name = True, word.name
        self.recognise(member.key, member.line.peer_pem, word.continuity)
        if self._doors is not None:
            self._doors.expect(member.slot, member.key)
        self.change(asked)
        self.tell()
        self.say_held(member.line.say, member.key)
        self.show()

    def _endorse(self, member: RemoteMember, word: PlanSigned | Approved) -> None:
        person = word.approver if isinstance(word, Approved) else ""
        given = Endorsement(
            key=member.key, digest=word.digest, person=person, signature=word.signature
        )
        session, verify = self._session, self._office.verify
        if isinstance(word, Approved):
            self.change(session.approved(given, verify))
        else:
            self.change(session.signed(given, verify))


def _seat(party: Participant) -> RosterSeat:
    party = replace(party, secret_id="")
    return RosterSeat(
        certificate_pem=party.certificate_pem,
        name=party.name,
        has_cohort=party.has_cohort,
        attestations=party.attestations,
        accepted=party.state is SeatState.ACCEPTED,
    )
