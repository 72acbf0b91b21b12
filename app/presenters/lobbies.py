"""Studies between hospitals: what each lobby shows, and what may be asked of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, assert_never

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of, seated, voided
from core.messages.commands import Command
from core.messages.events import Refused
from core.messages.study_commands import (
    AcceptParticipant,
    ApprovePlan,
    CloseRoster,
    LeaveStudy,
    ListLobbies,
    MakeInvitation,
    MarkCompared,
    OpenLobby,
    PublishCounts,
    RefusePlan,
    RemoveParticipant,
    RunStudy,
    SignPlan,
)
from core.messages.study_events import (
    ContinuationAwaited,
    InvitationMade,
    LobbiesListed,
    LobbyChanged,
    PlanToSign,
)
from core.model.judging import Ballot
from core.model.lobby import LobbyView, ParticipantView, Phase, SeatState

LobbyEvent = LobbyChanged | LobbiesListed | PlanToSign | InvitationMade | ContinuationAwaited
GATHERING: Final = (Phase.DRAFTED, Phase.INVITING, Phase.LOBBY)
PLANNED: Final = (Phase.PLAN_PROPOSED, Phase.SIGNED, Phase.APPROVED)
OVER: Final = (Phase.FINISHED, Phase.FAILED, Phase.ENDED)
#: Where a study can be after a run of it only because it is planned again, or ended.
BEFORE_RUN: Final = (*GATHERING, Phase.ROSTER_CLOSED, *PLANNED, Phase.ENDED)
#: The second person's commands: a refusal is said where the passphrase was typed.
_BY_SECOND_PERSON: Final = frozenset({ApprovePlan.__name__, PublishCounts.__name__})
WEEK_S: Final = 7 * 24 * 3600


class Act(StrEnum):
    """What this hospital has to do next in a study between hospitals."""

    INVITE = "invite"
    COMPARE = "compare"
    ACCEPT = "accept"
    CLOSE = "close"
    REPLAN = "replan"
    SIGN = "sign"
    APPROVE = "approve"
    RUN = "run"
    CONTINUE = "continue"
    WAIT = "wait"
    NOTHING = "nothing"


def act_of(view: LobbyView) -> Act:
    """Return what this hospital has to do next; WAIT if others have to, NOTHING at the end."""
    if view.phase in OVER:
        return Act.NOTHING
    if view.phase is not Phase.RUNNING and to_compare(view):
        return Act.COMPARE
    if view.phase is Phase.INTERRUPTED:
        return Act.CONTINUE if view.coordinating and not view.waiting_for else Act.WAIT
    if view.phase in PLANNED:
        return _agreeing(view)
    if view.coordinating and view.phase in GATHERING:
        return _gathering(view)
    closed = view.phase is Phase.ROSTER_CLOSED
    return Act.REPLAN if view.coordinating and closed else Act.WAIT


def _agreeing(view: LobbyView) -> Act:
    if not view.own_signed:
        return Act.SIGN
    if not view.own_approved:
        return Act.APPROVE
    ready = view.phase is Phase.APPROVED and view.coordinating and not view.waiting_for
    return Act.RUN if ready else Act.WAIT


def _gathering(view: LobbyView) -> Act:
    if any(p.state is SeatState.ASKED for p in view.participants):
        return Act.ACCEPT
    if view.phase is Phase.LOBBY and not view.waiting_for:
        return Act.CLOSE
    few = any(code == "parties" for code, _name in view.waiting_for)
    return Act.INVITE if few or view.phase is Phase.DRAFTED else Act.WAIT


def to_compare(view: LobbyView) -> tuple[ParticipantView, ...]:
    """Return whose six words this hospital has still to compare."""
    return tuple(
        p
        for p in seated(view)
        if not p.own and not p.compared and (view.coordinating or p.coordinator)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LobbiesState:
    """All studies between hospitals.

    Attributes:
        lobbies: Newest first; None until they were listed.
        plans: Plans to sign, at most one for each study.
        awaited: What interrupted studies wait for to go on by themselves, one for each study.
        asked: Command that is under way, by its name; empty if none is.
        problem: Why the last wish was refused, with ``problem_in`` the study.
        problem_in: Key of the study of ``problem``.
        approval_problem: Why what the second person approved was refused.
    """

    lobbies: tuple[LobbyView, ...] | None = None
    plans: tuple[PlanToSign, ...] = ()
    awaited: tuple[ContinuationAwaited, ...] = ()
    asked: str = ""
    problem: Problem | None = None
    problem_in: str = ""
    approval_problem: Problem | None = None

    @property
    def voided(self) -> frozenset[str]:
        """Studies in which the own signature or approval lost its meaning, and that go on."""
        return frozenset(
            v.study_id for v in self.lobbies or () if v.phase not in OVER and voided(v)
        )

    def of(self, study_id: str) -> LobbyView | None:
        """The study of a key."""
        return next((v for v in self.lobbies or () if v.study_id == study_id), None)

    def of_plan(self, digest: str) -> LobbyView | None:
        """The study whose proposed plan has this digest."""
        found = (v for v in self.lobbies or () if digest and v.plan_digest == digest)
        return next(found, None)

    def awaited_in(self, study_id: str) -> ContinuationAwaited | None:
        """What an interrupted study waits for to go on by itself, if it does."""
        return next((a for a in self.awaited if a.study_id == study_id), None)

    def newest_plan(self, study_id: str) -> PlanToSign | None:
        """The plan of a study that came last, even if it is not on the table any more."""
        return next((p for p in self.plans if p.study_id == study_id), None)

    def plan(self, view: LobbyView) -> PlanToSign | None:
        """The plan that lies on the table of a study, if it came and is still the one."""
        newest = self.newest_plan(view.study_id)
        return newest if newest is not None and newest.digest == view.plan_digest else None


class LobbiesPresenter(Presenter):
    """Invariant: what is signed, approved or refused is the plan on the screen, by its digest."""

    invitation_made = Signal(object)
    """An `InvitationMade`; it holds a secret and is shown once."""
    entered = Signal(str)
    """Key of a study that was not known before: created or joined here."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = LobbiesState()
        self._dialled: set[str] = set()
        self._study = ""

    @property
    def state(self) -> LobbiesState:
        """What is on the screens."""
        return self._state

    def refresh(self) -> None:
        """Ask for all studies between hospitals."""
        self.send(ListLobbies())

    def reset(self) -> None:
        """The background program is another one: what it held open is closed."""
        self._dialled.clear()
        self._set(LobbiesState())

    # ---- wishes

    def go_online(self, study_id: str, *, again: bool = False) -> None:
        """Open the lobby, or dial the coordinator, once for each start of the program."""
        view = self._state.of(study_id)
        if view is None or view.online or view.phase in OVER:
            return
        if again or study_id not in self._dialled:
            self._dialled.add(study_id)
            self._ask(study_id, OpenLobby(study_id=study_id))

    def invite(self, study_id: str) -> None:
        """Make one invitation."""
        self._ask(study_id, MakeInvitation(study_id=study_id, valid_s=WEEK_S))

    def accept(self, study_id: str, key: str) -> None:
        """Let a hospital take part."""
        self._ask(study_id, AcceptParticipant(study_id=study_id, key=key))

    def remove(self, study_id: str, key: str, reason: str) -> None:
        """Take a hospital out."""
        self._ask(study_id, RemoveParticipant(study_id=study_id, key=key, reason=reason))

    def compared(self, study_id: str, key: str, *, same: bool) -> None:
        """The six words were compared by telephone."""
        self._ask(study_id, MarkCompared(study_id=study_id, key=key, same=same))

    def close_roster(self, study_id: str) -> None:
        """Nobody else joins; the plan is made."""
        self._ask(study_id, CloseRoster(study_id=study_id))

    def sign(self, study_id: str, reason: str = "") -> None:
        """The steward signs the plan on the screen; above Most detail with a reason."""
        view = self._state.of(study_id)
        plan = self._state.plan(view) if view is not None else None
        if plan is not None:
            self._ask(study_id, SignPlan(study_id=study_id, digest=plan.digest, reason=reason))

    def refuse_plan(self, study_id: str, reason: str) -> None:
        """The steward, or the second person, refuses the plan on the screen."""
        view = self._state.of(study_id)
        if view is not None and view.plan_digest:
            digest = view.plan_digest
            self._ask(study_id, RefusePlan(study_id=study_id, digest=digest, reason=reason))

    def approve(
        self, study_id: str, approver: str, passphrase: str, ballot: Ballot | None = None
    ) -> None:
        """The second person approves the plan on the screen, with the vote that it asks for."""
        view = self._state.of(study_id)
        if view is None or not view.plan_digest:
            return
        self._set(replace(self._state, approval_problem=None))
        self._ask(
            study_id,
            ApprovePlan(
                study_id=study_id,
                digest=view.plan_digest,
                approver=approver,
                passphrase=passphrase,
                ballot=ballot,
            ),
        )

    def publish_counts(self, study_id: str, scale: int, approver: str, passphrase: str) -> None:
        """Publish the own class counts with noise; the second person approves it."""
        self._set(replace(self._state, approval_problem=None))
        self._ask(
            study_id,
            PublishCounts(
                study_id=study_id, scale=scale, approver=approver, passphrase=passphrase
            ),
        )

    def run(self, study_id: str) -> None:
        """Start the run at every hospital, or continue one that was interrupted."""
        self._ask(study_id, RunStudy(study_id=study_id))

    def leave(self, study_id: str, reason: str) -> None:
        """Leave a study, or end it for all."""
        self._ask(study_id, LeaveStudy(study_id=study_id, reason=reason))

    def forget_problem(self) -> None:
        """The reader has read why something was refused."""
        self._set(replace(self._state, problem=None, problem_in="", approval_problem=None))

    # ---- answers

    def receive(self, event: LobbyEvent) -> None:
        """Take what the worker says about studies between hospitals."""
        match event:
            case LobbiesListed():
                self._set(replace(self._state, lobbies=event.lobbies))
            case LobbyChanged():
                self._changed(event.lobby)
            case PlanToSign():
                others = tuple(p for p in self._state.plans if p.study_id != event.study_id)
                self._set(replace(self._state, plans=(*others, event)))
            case ContinuationAwaited():
                kept = tuple(a for a in self._state.awaited if a.study_id != event.study_id)
                self._set(replace(self._state, awaited=(*kept, event), asked=""))
            case InvitationMade():
                self._set(replace(self._state, asked=""))
                self.invitation_made.emit(event)
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """A wish was refused."""
        problem = problem_of(event.code, event.fields)
        if event.command in _BY_SECOND_PERSON:
            self._set(replace(self._state, asked="", approval_problem=problem))
        else:
            study = self._study
            self._set(replace(self._state, asked="", problem=problem, problem_in=study))

    def _changed(self, view: LobbyView) -> None:
        before = self._state.of(view.study_id)
        known = tuple(v for v in self._state.lobbies or ())
        if before is None:
            lobbies = (view, *known)
        else:
            lobbies = tuple(view if v.study_id == view.study_id else v for v in known)
        awaited = self._state.awaited
        if view.phase is not Phase.INTERRUPTED:
            awaited = tuple(a for a in awaited if a.study_id != view.study_id)
        state = replace(self._state, lobbies=lobbies, awaited=awaited)
        planning = self._state.asked == CloseRoster.__name__ and not view.plan_digest
        if view.study_id == self._study and not (planning and view.phase is Phase.ROSTER_CLOSED):
            state = replace(state, asked="")
        self._set(state)
        if before is None:
            self.entered.emit(view.study_id)

    def _ask(self, study_id: str, command: Command) -> None:
        self._study = study_id
        asked = type(command).__name__
        self._set(replace(self._state, asked=asked, problem=None, problem_in=""))
        self.send(command)

    def _set(self, state: LobbiesState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
