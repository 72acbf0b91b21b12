"""From a session to what people see of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from core.model.counts import CountsView
from core.model.lobby import LobbyView, ParticipantView, Phase, SeatState
from core.model.plan import MIN_PARTIES
from core.study.roster import Participant
from core.study.session import StudySession

Words = Callable[[str], str]


def lobby_view(
    session: StudySession,
    online_keys: Collection[str],
    words: Words,
    *,
    online: bool,
    known: Mapping[str, str] = MappingProxyType({}),
    counts: CountsView | None = None,
) -> LobbyView:
    """Return the complete view.

    Args:
        session: The study.
        online_keys: Keys of installations with an open line.
        words: Key -> six words.
        online: Whether this installation's own side is open.
        known: Key -> whether it was compared in another study, see ParticipantView.
        counts: What hospitals published of their class counts.
    """
    online_keys = {*online_keys, session.own_key} if online else set(online_keys)
    participants = sorted(session.participants, key=lambda p: p.state is SeatState.REMOVED)
    signed = {e.key for e in session.signatures}
    approved = {e.key: e.person for e in session.approvals}
    return LobbyView(
        study_id=session.study_id,
        phase=session.stage,
        coordinating=session.coordinating,
        terms=session.terms,
        meeting=session.meeting,
        online=online,
        cohort_id=session.cohort_id,
        participants=tuple(
            ParticipantView(
                key=p.key,
                name=p.name,
                words=words(p.key),
                own=p.key == session.own_key,
                coordinator=p.key == session.coordinator_key,
                has_cohort=p.has_cohort,
                state=p.state,
                online=p.key in online_keys,
                compared=p.compared or p.key == session.own_key,
                signed=p.key in signed,
                approved=p.key in approved,
                approver=approved.get(p.key, ""),
                refusal=p.reason,
                attestations=p.attestations,
                known=known.get(p.key, ""),
            )
            for p in participants
        ),
        plan_digest=session.plan.digest if session.plan else "",
        own_signed=session.own_key in signed,
        own_approved=session.own_key in approved,
        waiting_for=waiting_for(session, online_keys),
        warnings=session.warnings,
        code=session.code,
        reason=session.reason,
        spent=session.spent,
        released=session.released,
        counts=counts,
    )


def waiting_for(
    session: StudySession, online_keys: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Return what is missing before the next step, see LobbyView."""
    if session.over or session.phase is Phase.RUNNING:
        return ()
    if session.plan is not None:
        missing = [("sign", n) for n in session.missing("sign")]
        missing += [("approve", n) for n in session.missing("approve")]
        missing += [("online", p.name) for p in session.seated if p.key not in online_keys]
        return tuple(missing)
    if not session.coordinating:
        return tuple(
            ("coordinator", p.name)
            for p in session.participants
            if p.key == session.coordinator_key
        )
    return _before_the_plan(session, session.participants)


def _before_the_plan(
    session: StudySession, participants: Collection[Participant]
) -> tuple[tuple[str, str], ...]:
    here = [p for p in participants if p.state is not SeatState.REMOVED]
    missing = [("parties", "")] if len(session.seated) < MIN_PARTIES else []
    missing += [("accept", p.name) for p in here if p.state is SeatState.ASKED]
    missing += [("compare", p.name) for p in here if not p.compared]
    missing += [("attest", p.name) for p in here if p.seat(0).missing_attestations]
    return tuple(missing)
