"""All studies between installations at this hospital: commands in, views out."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import assert_never

from core.errors import StudyError
from core.messages import identity_commands as who
from core.messages import study_commands as ask
from core.messages.events import Event
from core.messages.study_events import (
    ApproverSetUp,
    IdentityReplaced,
    InvitationMade,
    InvitationOpened,
    LobbiesListed,
    LobbyChanged,
)
from core.model.invitation import Invitation
from core.model.lobby import LobbyView, Phase
from core.network.identity_store import IdentityStore
from core.privacy.ledger import EntryKind, Topic, Words
from core.randomness import NoiseSource
from core.study.drafting import draft_plan
from core.study.invitation import SUFFIX, read_invitation, require_fresh, to_file, to_text
from core.study.session import StudySession
from core.worker.calibrating import calibrated
from core.worker.installation.identity_desk import IdentityDesk, six_words
from core.worker.installation.sealing import Sealing
from core.worker.installation.second_person import SecondPerson
from core.worker.installation.session_shelf import SessionShelf
from core.worker.installation.two_people import TwoPeople
from core.worker.lines.relay_desk import RelayDesk, Tools
from core.worker.noise_family import family_for
from core.worker.studies.class_counts import counts_view, publish, require_planning
from core.worker.studies.conducting import Conducting
from core.worker.studies.lobby_guest import LobbyGuest
from core.worker.studies.lobby_host import LobbyHost
from core.worker.studies.lobby_view import lobby_view
from core.worker.studies.offices import Desks, Offices
from core.worker.studies.study_check import patient_of
from core.worker.studies.study_part import StudyPart
from core.worker.studies.study_setup import (
    agreement_of,
    drafted,
    invitation_view,
    joining,
    own_seat,
    panel_of,
    terms_of,
)

MIN_VALID_S, MAX_VALID_S = 60, 90 * 86_400


class StudiesDesk:
    """Owns this hospital's part in every study. Invariant: at most one part for each study."""

    def __init__(self, desks: Desks) -> None:
        """Start with nothing online and the identity closed."""
        self._desks = desks
        self._source = NoiseSource()
        folder = desks.home.studies_between_installations
        self._shelf = SessionShelf(folder)
        self._person = SecondPerson(self._shelf, desks.clock, self._source)
        store = IdentityStore(folder, desks.keys, self._source)
        self._identity = IdentityDesk(store, self._shelf, self._person, desks.clock)
        self.people = TwoPeople(self._shelf, desks.clock, self._source, self._person)
        self.sealing = Sealing(self._identity, desks.books, desks.clock)
        self._relay = RelayDesk(
            Tools(
                home=desks.home,
                keys=desks.keys,
                emit=desks.emit,
                clock=desks.clock,
                wires=lambda: self._offices.present().wires,
            )
        )
        self._offices = Offices(desks, self._identity, self._shelf, self._relay.proxy)
        self._hospital = ""
        self._parts: dict[str, StudyPart] = {}
        self._conducting = Conducting(desks.emit)

    def introduce(self, hospital: str) -> None:
        """Take the name under which this hospital asks to join."""
        self._hospital = self._offices.hospital = hospital

    def approves(self, name: str, passphrase: str) -> str:
        """Return the second person's name if this is they.

        Raises:
            StudyError: ST709, ST710 or ST711.
        """
        return self._person.require(name, passphrase)

    async def close(self) -> None:
        """Go offline with every study."""
        await asyncio.gather(*(p.aclose() for p in self._parts.values()), return_exceptions=True)
        self._parts.clear()
        await self._relay.close()

    async def perform(self, command: ask.StudyCommand) -> None:
        """Do one command and emit its answer.

        Raises:
            SynCohortError: Its refusal.
        """
        match command:
            case (
                who.AskIdentity()
                | who.BackUpIdentity()
                | who.RestoreIdentity()
                | who.RenewIdentity()
            ):
                await self._perform_identity(command)
            case ask.SetUpApprover():
                await self._set_up_approver(command)
            case ask.CreateStudy():
                await self._create(command)
            case ask.OpenInvitation():
                view = invitation_view(read_invitation(command.content), self._desks.clock.now())
                self._desks.emit(InvitationOpened(invitation=view))
            case ask.JoinStudy():
                await self._join(command)
            case ask.ListLobbies():
                self._desks.emit(LobbiesListed(lobbies=self.lobbies()))
            case ask.OpenLobby():
                part = self._part(command.study_id)
                await part.open()
                part.show()
                part.start_task(part.show_again())
            case ask.CheckConnection() if command.study_id:
                part = self._part(command.study_id)
                patient = self._relay.patient(part.session.meeting)
                await self._relay.examine(
                    await patient_of(part, patient, self._offices.of(part.session.own_key).wires)
                )
            case (
                ask.SetProxy()
                | ask.AskConnection()
                | ask.HostRelay()
                | ask.StopRelay()
                | ask.CheckConnection()
            ):
                await self._relay.perform(command)
            case _:
                await self._perform_in_lobby(command)

    async def _perform_in_lobby(self, command: ask.LobbyCommand) -> None:  # noqa: C901
        match command:
            case ask.MakeInvitation():
                self._invite(command)
            case ask.AcceptParticipant():
                host = self._host(command.study_id)
                host.change(host.session.accepted(command.key))
            case ask.RemoveParticipant():
                await self._host(command.study_id).remove(command.key, command.reason)
            case ask.MarkCompared():
                await self._compare(command)
            case ask.CloseRoster():
                await self._close_roster(self._host(command.study_id))
            case ask.SignPlan():
                await self._sign(command)
            case ask.RefusePlan():
                self._refuse(command)
            case ask.ApprovePlan():
                await self._approve(command)
            case ask.PublishCounts():
                await self._publish(command)
            case ask.RunStudy():
                await self._run(command)
            case ask.LeaveStudy():
                await self._leave(command)
            case _:
                assert_never(command)

    # ---- what is there

    def lobbies(self) -> tuple[LobbyView, ...]:
        """Return all studies, newest first; those that are not online as they were kept."""
        return tuple(
            self._parts[s.study_id].view() if s.study_id in self._parts else self._kept_view(s)
            for s in self._shelf.sessions()
        )

    def _kept_view(self, session: StudySession) -> LobbyView:
        """Return a study that is not online; one whose identity is gone says so."""
        settled = self._settled(session)
        if not settled.over and not self._identity.holds(settled.own_key):
            gone = (*settled.warnings, ("identity-gone", ""))
            settled = replace(settled, warnings=gone)
        counts = counts_view(settled, self._shelf.counts(settled.study_id))
        return lobby_view(settled, (), six_words, online=False, counts=counts)

    def _show_kept(self, study_id: str) -> None:
        self._desks.emit(LobbyChanged(lobby=self._kept_view(self._shelf.session(study_id))))

    def _part(self, study_id: str) -> StudyPart:
        if study_id not in self._parts:
            session = self._settled(self._shelf.session(study_id))
            kind = LobbyHost if session.coordinating else LobbyGuest
            self._parts[study_id] = kind(self._offices.of(session.own_key), session)
        return self._parts[study_id]

    def _host(self, study_id: str) -> LobbyHost:
        part = self._part(study_id)
        if not isinstance(part, LobbyHost):
            raise StudyError(
                "ST705", phase=part.session.stage.value, reason="only its coordinator may"
            )
        return part

    def _settled(self, session: StudySession) -> StudySession:
        """A run that was under way when the worker died failed; the ledger says if it spent."""
        if session.phase is not Phase.RUNNING or session.plan is None:
            return session
        spent = self._desks.books.main().state(session.plan.digest) is EntryKind.SPENT
        ended = session.ran(code="SE406", spent=spent)
        self._shelf.keep(ended)
        return ended

    # ---- commands

    async def _perform_identity(self, command: who.IdentityCommand) -> None:
        """Key derivation and the key store take a while: they work beside the event loop."""
        said: list[Event] = []
        try:
            await asyncio.to_thread(self._identity.perform, command, self._hospital, said.append)
        finally:
            for event in said:
                self._desks.emit(event)
            self.sealing.seal_ledger()
        if any(isinstance(event, IdentityReplaced) for event in said):
            self._desks.emit(LobbiesListed(lobbies=self.lobbies()))

    async def _set_up_approver(self, command: ask.SetUpApprover) -> None:
        approver = await asyncio.to_thread(
            self._person.set_up,
            command.name,
            command.steward,
            command.passphrase,
            command.old_passphrase,
            self.sealing.waits(),
        )
        words = Words(
            note=f"{approver.name} was named",
            topic=Topic.SECOND_PERSON_NAMED,
            people=(approver.name,),
        )
        self._desks.books.main().record(words)
        self._shelf.keep_waits("approver", 0.0)
        self._shelf.keep_former("approver", None)
        self._desks.emit(ApproverSetUp(name=approver.name))

    async def _create(self, command: ask.CreateStudy) -> None:
        office = self._offices.fresh()
        cohorts, cohort_id = self._desks.cohorts, command.cohort_id
        own_genes = cohorts.panel(cohort_id).genes if cohort_id else ()
        panel = await asyncio.to_thread(panel_of, command, own_genes)
        terms = terms_of(command, panel)
        await office.run.check_panel(cohort_id, panel.genes, terms.classes, terms.n_max)
        if cohort_id and panel.reference is not None:
            await asyncio.to_thread(cohorts.refuse_public, cohort_id, panel.reference)
        own = own_seat(
            office.signer,
            self._hospital,
            has_cohort=bool(command.cohort_id),
            attestations=command.attestations,
            accepted=True,
        )
        session = drafted(command, panel, own, self._source, self._desks.clock.now())
        host = LobbyHost(office, session)
        self._shelf.keep(session)
        self._parts[session.study_id] = host
        host.show()

    def _invite(self, command: ask.MakeInvitation) -> None:
        valid_s = min(max(command.valid_s, MIN_VALID_S), MAX_VALID_S)
        invitation = self._host(command.study_id).make_invitation(valid_s)
        self._desks.emit(
            InvitationMade(
                study_id=invitation.study_id,
                text=to_text(invitation),
                content=to_file(invitation),
                file_name=f"{invitation.terms.title}-{invitation.secret_id[:6]}{SUFFIX}",
                expires=invitation.expires,
            )
        )

    async def _join(self, command: ask.JoinStudy) -> None:
        invitation = read_invitation(command.content)
        if any(s.study_id == invitation.study_id for s in self._shelf.sessions()):
            raise StudyError("ST705", phase="joined", reason="this hospital is in it already")
        require_fresh(invitation, self._desks.clock.now())
        guest = self._guest(invitation, command)
        await guest.join()
        self._parts[invitation.study_id] = guest

    def _guest(self, invitation: Invitation, command: ask.JoinStudy) -> LobbyGuest:
        office = self._offices.fresh()
        own = own_seat(
            office.signer,
            self._hospital,
            has_cohort=bool(command.cohort_id),
            attestations=command.attestations,
            accepted=False,
        )
        now = self._desks.clock.now()
        return LobbyGuest(office, joining(invitation, own, command.cohort_id, now))

    async def _compare(self, command: ask.MarkCompared) -> None:
        part = self._part(command.study_id)
        if isinstance(part, LobbyHost):
            await part.compare(command.key, same=command.same)
        elif command.same:
            part.change(part.session.compared(command.key, same=True))
        else:
            await part.leave("The six words of the coordinator differ.")

    async def _close_roster(self, host: LobbyHost) -> None:
        """Close the roster, or propose again after a refusal."""
        if host.session.phase is not Phase.ROSTER_CLOSED:
            host.change(host.session.closed())
        session = host.session
        agreement, n_parties = agreement_of(session), len(session.seated)
        family = family_for(agreement, n_parties, session.noise)
        calibration = await asyncio.to_thread(calibrated, agreement, n_parties, family)
        plan = draft_plan(
            agreement,
            session.seats(),
            [p.key for p in session.seated],
            calibration.stages,
            calibration.account.epsilon,
        )
        await host.show_plan(plan)
        host.change(host.session.proposed(plan))

    async def _sign(self, command: ask.SignPlan) -> None:
        """Nothing is signed that this hospital has not checked: the plan may have come and gone
        while a command line that waited for it was ending.
        """
        part = self._part(command.study_id)
        plan = part.present_plan(command.digest)
        await part.check(plan)
        self.sealing.keep_reason(part.session.cohort_id, plan, command.reason)
        part.sign(command.digest)

    def _refuse(self, command: ask.RefusePlan) -> None:
        part = self._part(command.study_id)
        if isinstance(part, LobbyGuest):
            part.refuse(command.digest, command.reason)
        else:
            session = part.session
            part.change(session.refused(session.own_key, command.digest, command.reason))

    async def _approve(self, command: ask.ApprovePlan) -> None:
        part = self._part(command.study_id)
        part.present_plan(command.digest)
        self.sealing.require_waited()
        approver = await asyncio.to_thread(
            self._person.require, command.approver, command.passphrase
        )
        part.cast(command.digest, command.ballot)
        part.approve(command.digest, approver)

    async def _publish(self, command: ask.PublishCounts) -> None:
        """Publish the own class counts: what is refused is refused before the cap is charged."""
        part = self._part(command.study_id)
        require_planning(part.session, command.scale)
        self.sealing.require_waited()
        await asyncio.to_thread(self._person.require, command.approver, command.passphrase)
        cohorts, session = self._desks.cohorts, part.session
        await cohorts.reopen(session.cohort_id)
        exact = await asyncio.to_thread(cohorts.class_counts, session.cohort_id, session.terms)
        require_planning(part.session, command.scale)  # a plan may have come meanwhile
        ledger = self._desks.books.main()
        part.take_counts(publish(ledger, part.session, exact, command, self._source))
        if isinstance(part, LobbyGuest):
            part.say_counts()

    async def _run(self, command: ask.RunStudy) -> None:
        host = self._host(command.study_id)
        run = self._offices.of(host.session.own_key).run
        await self._conducting.conduct(host, run, command.patience_s)

    async def _leave(self, command: ask.LeaveStudy) -> None:
        session = self._shelf.session(command.study_id)
        if not self._identity.holds(session.own_key):
            self._shelf.keep(session.ended(command.reason))
            self._show_kept(command.study_id)
            return
        part = self._part(command.study_id)
        if part.session.phase is Phase.RUNNING:
            await self._offices.of(session.own_key).run.cancel()
            return
        await part.leave(command.reason)
