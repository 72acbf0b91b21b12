"""One study between installations, from the draft to the end, as a pure state machine.

    drafted -> inviting -> lobby -> roster-closed -> plan-proposed -> signed -> approved
                             ^            ^                |                      |
                             |            +--- refused ----+                   running <--+
                             +--- removed, somebody left --+              /       |       |
                             |                              finished, failed  interrupted-+
                             +--------------- removed, somebody left --------------+

    from everywhere before the end: ended (left, or ended by the coordinator)

A run that ended early interrupts the study. Plan, signatures and approvals stay: the same plan
goes on, charged once. Taking a hospital out makes another plan, signed and charged anew.

``signed`` and ``approved`` are not stored: they are what the endorsements of the present plan
say. Every transition that changes a fact drops all endorsements: nothing runs on a signature given
for something else. Coordinator and participants use the same machine and verify every signature
themselves. No method does input or output; each returns the next session or raises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import cast

from core.errors import StudyError
from core.model.drawing import NoiseChoice
from core.model.invitation import MeetingPoint, StudyTerms
from core.model.lobby import Phase, SeatState
from core.model.plan import MAX_PARTIES, Plan
from core.model.reference import PublicReference
from core.study.drafting import Seat, require_enough_parties
from core.study.notices import VOID, VOID_APPROVAL, VOID_SIGNATURE, once, voided, without
from core.study.roster import Endorsement, Invited, Participant, added, facts_of
from core.study.rules import (
    after_run,
    reason_of,
    require_attested,
    require_same_joiner,
    require_same_study,
)
from core.study.signatures import Verifier, approval_statement, plan_statement, require_signed

_OPEN = frozenset({Phase.DRAFTED, Phase.INVITING, Phase.LOBBY})
#: A finished one may run again so that another hospital gets its release.
_RUNNABLE = frozenset({Phase.PLAN_PROPOSED, Phase.INTERRUPTED, Phase.FINISHED})
_OVER = frozenset({Phase.FINISHED, Phase.FAILED, Phase.ENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySession:
    """Everything this installation knows of one study.

    Attributes:
        study_id: Key, 32 hex digits.
        token: Names the session at the relay.
        coordinating: Whether this installation made it.
        own_key: SHA-256 of the own certificate; ``coordinator_key`` of the coordinator's.
        terms: Public facts.
        genes: The panel; empty at a participant until the coordinator has shown it.
        meeting: Where the installations meet.
        cohort_id: The own cohort; empty for a compute partner.
        created: Seconds since the epoch, UTC.
        phase: Stored part of the phase; see ``stage``.
        invitations: Coordinator: all that were made. Participant: the one that was used.
        participants: Coordinator first.
        signatures: Stewards', of the present plan; ``approvals`` second persons'.
        warnings: What the steward should know; this, ``code``, ``reason`` and ``spent`` as in
            LobbyView.
        attempt: Plans that were given up after a run of them; each gets another digest.
        released: Whether the release is here; ``reference``: at the coordinator, of the plan.
        noise: Coordinator: who draws the noise of the stages; the plan states it to everybody.
    """

    study_id: str
    token: str = field(repr=False)
    coordinating: bool
    own_key: str
    coordinator_key: str
    terms: StudyTerms
    genes: tuple[str, ...]
    meeting: MeetingPoint
    cohort_id: str
    created: float
    phase: Phase = Phase.DRAFTED
    invitations: tuple[Invited, ...] = ()
    participants: tuple[Participant, ...] = ()
    plan: Plan | None = None
    signatures: tuple[Endorsement, ...] = ()
    approvals: tuple[Endorsement, ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    code: str = ""
    reason: str = ""
    spent: bool = False
    attempt: int = 0
    released: bool = False
    reference: PublicReference | None = None
    noise: NoiseChoice = NoiseChoice.AUTO

    @property
    def stage(self) -> Phase:
        """The phase that people see: a proposed plan is signed or approved when all did so."""
        if self.phase is not Phase.PLAN_PROPOSED or self.missing("sign"):
            return self.phase
        return Phase.SIGNED if self.missing("approve") else Phase.APPROVED

    @property
    def seated(self) -> tuple[Participant, ...]:
        """Accepted installations in the order of their party numbers."""
        return tuple(p for p in self.participants if p.state is SeatState.ACCEPTED)

    @property
    def over(self) -> bool:
        """Whether nothing more can happen."""
        return self.phase in _OVER

    @property
    def own_number(self) -> int:
        """This installation's party number in the plan; -1 if it is not in it."""
        found = [p.key for p in self.seated]
        return found.index(self.own_key) if self.own_key in found else -1

    def participant(self, key: str) -> Participant:
        """Return an installation of the study.

        Raises:
            StudyError: ST713 if it is none.
        """
        for found in self.participants:
            if found.key == key:
                return found
        raise StudyError("ST713")

    def missing(self, what: str) -> tuple[str, ...]:
        """Return the names of those who have not signed (``sign``) or approved (``approve``)."""
        given = {e.key for e in (self.signatures if what == "sign" else self.approvals)}
        return tuple(p.name for p in self.seated if p.key not in given)

    # ---- the coordinator gathers a roster

    def invited(self, invitation: Invited) -> StudySession:
        """Remember an invitation."""
        self._require(_OPEN, "the roster is closed")
        phase = Phase.INVITING if self.phase is Phase.DRAFTED else self.phase
        return replace(self, phase=phase, invitations=(*self.invitations, invitation))

    def asked(self, joiner: Participant, now: float) -> StudySession:
        """Note that an installation proved an invitation's secret and asks to join.

        The first certificate that uses a secret owns it; asking again with the same changes
        nothing that was agreed.

        Raises:
            StudyError: ST702 to ST704 for an invitation expired, used or unknown; ST705 if closed.
        """
        known = {i.secret_id: i for i in self.invitations}
        if joiner.secret_id not in known:
            raise StudyError("ST704", reason="it is not one of this study")
        invitation = known[joiner.secret_id]
        if invitation.used_by not in {"", joiner.key}:
            raise StudyError("ST703")
        old = [p for p in self.participants if p.key == joiner.key]
        if old:
            require_same_joiner(old[0], joiner)
            return self
        if now >= invitation.expires:
            raise StudyError("ST702")
        self._require(_OPEN, "the roster is closed")
        if len([p for p in self.participants if p.state is not SeatState.REMOVED]) >= MAX_PARTIES:
            raise StudyError("ST704", reason="the study is full")
        if any(p.name == joiner.name for p in self.participants):
            raise StudyError("ST704", reason="a hospital of this name is in the study already")
        used = replace(invitation, used_by=joiner.key)
        fresh = replace(joiner, state=SeatState.ASKED, compared=False, reason="")
        return replace(
            self,
            phase=Phase.LOBBY,
            invitations=tuple(used if i is invitation else i for i in self.invitations),
            participants=(*self.participants, fresh),
        )

    def misused(self, secret_id: str) -> StudySession:
        """Warn that a second installation used an invitation."""
        return replace(self, warnings=once(self.warnings, "secret-used-twice", secret_id))

    def accepted(self, key: str) -> StudySession:
        """Let an installation take part."""
        self._require({Phase.LOBBY}, "the roster is closed")
        found = self.participant(key)
        if found.state is SeatState.REMOVED:
            raise StudyError("ST705", phase=self.stage.value, reason="it was taken out")
        return _with(self, replace(found, state=SeatState.ACCEPTED))

    def compared(self, key: str, *, same: bool) -> StudySession:
        """Note whether the six words agreed; words that differ take the installation out."""
        self._require_going()
        found = self.participant(key)
        if not same:
            warnings = once(self.warnings, "words-differ", found.name)
            return replace(self, warnings=warnings).removed(key, "the six words differ")
        return _with(self, replace(found, compared=True))

    def removed(self, key: str, reason: str) -> StudySession:
        """Take an installation out; a closed roster opens again, and every signature is void."""
        self._require_going()
        found = self.participant(key)
        if key == self.coordinator_key:
            reason = "the coordinator ends the study instead"
            raise StudyError("ST705", phase=self.stage.value, reason=reason)
        gone = replace(found, state=SeatState.REMOVED, reason=reason_of(reason))
        phase = self.phase if self.phase in _OPEN else Phase.LOBBY
        void = _without_plan(self, f"{found.name} is not in the study any more")
        attempt = self.attempt + (self.phase is Phase.INTERRUPTED)
        return _with(replace(void, phase=phase, attempt=attempt), gone)

    def closed(self) -> StudySession:
        """Close the roster.

        Raises:
            PlanError: PL203 or PL204 for fewer than three or more than ten computing parties.
            StudyError: ST712 or ST714 for what somebody has not attested or nobody has compared.
        """
        self._require({Phase.LOBBY}, "the roster is closed already")
        require_enough_parties(self.seats())
        for number, party in enumerate(self.seated):
            require_attested(party.name, party.seat(number).missing_attestations)
            if not party.compared:
                raise StudyError("ST714", party=party.name)
        for name in (p.name for p in self.participants if p.state is SeatState.ASKED):
            reason = f"{name} asks to join; accept it or take it out"
            raise StudyError("ST705", phase=self.stage.value, reason=reason)
        return replace(self, phase=Phase.ROSTER_CLOSED)

    def seats(self) -> tuple[Seat, ...]:
        """Return the parties for ``draft_plan``, in order."""
        return tuple(p.place for p in self.seated)

    # ---- a participant follows

    def shown(
        self, participants: Iterable[Participant], *, closed: bool, plan_digest: str
    ) -> StudySession:
        """Take over the coordinator's roster; at a participant only. What was compared here stays
        compared. Another roster, or another plan than ``plan_digest``, voids every signature.
        """
        self._require_going()
        compared = {p.key for p in self.participants if p.compared}
        participants = tuple(participants)
        own = [p for p in participants if p.key == self.own_key]
        require_same_joiner(self.participant(self.own_key), *own)
        fresh = tuple(replace(p, compared=p.key in compared) for p in participants)
        same = [facts_of(p) for p in fresh] == [facts_of(p) for p in self.participants]
        if closed and same and self.plan is not None and self.plan.digest == plan_digest:
            return replace(self, participants=fresh)
        phase = Phase.ROSTER_CLOSED if closed else Phase.LOBBY
        cause = "the plan was changed or taken back"
        if not (same and closed):
            cause = "the hospitals of the study changed"
        return replace(_without_plan(self, cause), phase=phase, participants=fresh)

    # ---- all agree on a plan

    def proposed(self, plan: Plan) -> StudySession:
        """Take a plan for signing. Every endorsement of an earlier plan is void.

        Raises:
            StudyError: ST712 or ST715 if it is not the study that was joined.
        """
        self._require({Phase.ROSTER_CLOSED, Phase.PLAN_PROPOSED}, "the roster is open")
        require_same_study(plan, self.study_id, self.terms, self.seated)
        if self.plan is not None and self.plan.digest == plan.digest:
            return self
        void = _without_plan(self, "the plan changed")
        return replace(void, phase=Phase.PLAN_PROPOSED, plan=plan)

    def signed(self, given: Endorsement, verify: Verifier) -> StudySession:
        """Add a steward's signature of the present plan.

        Raises:
            StudyError: ST705 if no such plan is proposed, ST707 if the signature does not fit.
        """
        plan, party = self._endorsed(given)
        content = plan_statement(plan, self.terms.purpose, given.key)
        require_signed(verify, party.certificate_pem, content, given.signature, party.name)
        found = _with(self, replace(party, reason=""))
        told = without(self.warnings, VOID_SIGNATURE if given.key == self.own_key else "")
        return replace(found, signatures=added(self.signatures, given), warnings=told)

    def approved(self, given: Endorsement, verify: Verifier) -> StudySession:
        """Add a second person's approval of the present plan, which the steward has signed.

        Raises:
            StudyError: As ``signed``; ST708 if the steward has not signed.
        """
        plan, party = self._endorsed(given)
        if given.key not in {e.key for e in self.signatures}:
            raise StudyError("ST708", party=party.name, what="signed")
        if not given.person:
            raise StudyError("ST711")
        content = approval_statement(plan, self.terms.purpose, given.key, given.person)
        require_signed(verify, party.certificate_pem, content, given.signature, party.name)
        told = without(self.warnings, VOID_APPROVAL if given.key == self.own_key else "")
        return replace(self, approvals=added(self.approvals, given), warnings=told)

    def _endorsed(self, given: Endorsement) -> tuple[Plan, Participant]:
        plan, party = self._present(given.digest), self.participant(given.key)
        if party.state is not SeatState.ACCEPTED:
            raise StudyError("ST705", phase=self.stage.value, reason="it has no seat")
        return plan, party

    def _present(self, digest: str) -> Plan:
        """Return the proposed plan, which must be the one of ``digest``."""
        self._require({Phase.PLAN_PROPOSED}, "no plan is proposed")
        if self.plan is None or digest != self.plan.digest:
            raise StudyError("ST705", phase=self.stage.value, reason="another plan is proposed")
        return self.plan

    def refused(self, key: str, digest: str, reason: str) -> StudySession:
        """Note that a steward refuses the plan; every signature is void, the roster stays.

        Raises:
            StudyError: ST706 without a reason, ST705 if no such plan is proposed.
        """
        line = reason_of(reason)
        self._present(digest)
        party = self.participant(key)
        void = _without_plan(self, f"{party.name} refused the plan")
        warnings = once(void.warnings, "refused", party.name)
        closed = replace(void, phase=Phase.ROSTER_CLOSED, warnings=warnings)
        return _with(closed, replace(party, reason=line))

    # ---- the run and the end

    def require_runnable(self) -> Plan:
        """Return the plan that may run now, for the first time or to go on.

        Raises:
            StudyError: ST705 if none is proposed, ST708 naming who has not signed or approved.
            PlanError: PL203 or PL204 for too few parties.
        """
        self._require(_RUNNABLE if self.plan else (), "no plan is proposed")
        plan = cast("Plan", self.plan)
        require_enough_parties(self.seats())
        for what, word in (("sign", "signed"), ("approve", "approved")):
            for name in self.missing(what):
                raise StudyError("ST708", party=name, what=word)
        return plan

    def running(self) -> StudySession:
        """Start the run, if it may."""
        self.require_runnable()
        return replace(self, phase=Phase.RUNNING, code="")

    def ran(self, *, code: str, spent: bool, others: Iterable[str] = ()) -> StudySession:
        """Note how the run ended here and, at the coordinator, at the ``others``: an error code,
        or empty where the release was written.
        """
        self._require({Phase.RUNNING}, "it does not run")
        released = self.released or not code
        phase, code = after_run(code, others, released=released)
        return replace(self, phase=phase, code=code, spent=spent, released=released)

    def completed(self) -> StudySession:
        """Note that every other hospital has its release, too."""
        self._require({Phase.INTERRUPTED}, "it was not interrupted")
        return replace(self, phase=Phase.FINISHED, code="") if self.released else self

    def ended(self, reason: str) -> StudySession:
        """End the study here.

        Raises:
            StudyError: ST705 if it is over or runs; ST706 without a reason.
        """
        self._require_going()
        line, warnings = reason_of(reason), without(self.warnings, *VOID)
        return replace(_without_plan(self), phase=Phase.ENDED, reason=line, warnings=warnings)

    def _require(self, phases: Iterable[Phase], reason: str) -> None:
        if self.phase not in phases:
            raise StudyError("ST705", phase=self.stage.value, reason=reason)

    def _require_going(self) -> None:
        if self.over or self.phase is Phase.RUNNING:
            raise StudyError("ST705", phase=self.stage.value, reason="it runs or is over")


def _with(session: StudySession, changed: Participant) -> StudySession:
    kept = tuple(changed if p.key == changed.key else p for p in session.participants)
    return replace(session, participants=kept)


def _without_plan(session: StudySession, cause: str = "") -> StudySession:
    """Drop the plan and with it every signature and approval; a ``cause`` is kept to be told."""
    warnings, given = session.warnings, (session.signatures, session.approvals)
    if cause:
        warnings = voided(warnings, session.own_key, given, cause)
    return replace(session, plan=None, signatures=(), approvals=(), code="", warnings=warnings)
