"""Step 3, Join, between hospitals: who is there, who they really are, the plan, two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QFrame

from app.presenters.desk import Desk
from app.presenters.lobbies import GATHERING, PLANNED, Act, act_of, to_compare
from app.presenters.wording import say, seated, waiting_sentence
from app.settings import Settings
from app.views.dialogs.approve import ApproveDialog, ApproverDialog
from app.views.dialogs.invitation import InvitationDialog
from app.views.dialogs.reason import ReasonDialog
from app.views.dialogs.words import CompareDialog
from app.views.page import ActionBar
from app.views.pages.join import PlanDetails, terms_card
from app.views.pages.joint_terms import stated_card, study_card
from app.views.pages.lobby_banners import cap_sentence, lobby_banners
from app.views.pages.lobby_cards import ApprovalCard, HospitalsCard, SignCard
from app.views.pages.step import StepPage, problem_banner
from app.views.widgets import button, card, para, row
from app.views.widgets.layout import Item
from core.messages.study_events import InvitationMade, PlanToSign
from core.model.lobby import LobbyView, ParticipantView, Phase, SeatState
from core.model.study import CohortView

_ACTS: Final = {
    Act.INVITE: "Invite a hospital",
    Act.COMPARE: "Compare six words",
    Act.ACCEPT: "Accept",
    Act.CLOSE: "Close the list and make the plan",
    Act.REPLAN: "Close the list and make the plan",
    Act.SIGN: "Sign the plan",
    Act.APPROVE: "Approve as second person",
    Act.RUN: "Start secure counting",
}
_NEXT: Final = {
    Act.INVITE: "Make one invitation for each hospital. At least three computers take part.",
    Act.COMPARE: "Call them and compare six words before anything else.",
    Act.ACCEPT: "They asked to join. Accepting shares nothing about a patient.",
    Act.CLOSE: "Everybody is here and checked. After closing, nobody else can join.",
    Act.APPROVE: "The steward has signed. A second person of this hospital approves.",
    Act.RUN: "All hospitals have signed and approved this plan.",
}


class LobbyPage(StepPage):
    """The bar always says who is missing, and offers the one thing to do here and now."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._leave_button = button(say("Leave the study"), "ghost")
        self._refuse = button(say("Refuse the plan"))
        self._on = button(say("Start secure counting"), "primary")
        bar = ActionBar("", self._leave_button, self._refuse, self._on)
        super().__init__(desk.study, bar, help_topic="join")
        self._desk = desk
        self._settings = settings
        self._lobbies = desk.study.lobbies
        self._ticked: frozenset[str] = frozenset()
        self._shape: tuple[object, ...] = ()
        self._digest = ""
        self._leave_button.clicked.connect(self._ask_leave)
        self._refuse.clicked.connect(self._ask_refuse)
        self._on.clicked.connect(self._act)
        self._lobbies.invitation_made.connect(self._show_invitation)
        for presenter in (self._lobbies, desk.identity, desk.records):
            presenter.changed.connect(self.show_state)
        self.show_state()

    @property
    def view(self) -> LobbyView | None:
        """The study on the screen."""
        return self.study.lobby

    @property
    def plan(self) -> PlanToSign | None:
        """The plan on the table, if it came."""
        return self._lobbies.state.plan(self.view) if self.view is not None else None

    def show_state(self) -> None:
        """Follow the presenters."""
        view, state = self.view, self._lobbies.state
        if view is None:
            return
        plan = self.plan
        problem = state.problem if state.problem_in == view.study_id else None
        identity = self._desk.identity.state.shown
        shape = (view, plan, problem, view.study_id in state.voided, identity)
        if shape != self._shape:
            if self._digest != view.plan_digest:
                self._digest, self._ticked = view.plan_digest, frozenset()
            self._shape = shape
            items: list[Item] = [] if problem is None else [problem_banner(problem)]
            self.refill(*items, *self._picture(view, plan))
        self._show_bar(view, plan)

    # ---- pictures

    def _picture(self, view: LobbyView, plan: PlanToSign | None) -> tuple[Item, ...]:
        voided = view.study_id in self._lobbies.state.voided
        again = button(say("Try again"), "secondary", "refresh")
        again.clicked.connect(self._go_online)
        items: list[Item] = [*lobby_banners(view, again, voided=voided)]
        if view.coordinating and view.phase in GATHERING:
            items.append(self._invitations())
        hospitals = HospitalsCard(view, self._own_words)
        hospitals.compare_wanted.connect(self.compare)
        hospitals.accept_wanted.connect(self._accept)
        hospitals.remove_wanted.connect(self._ask_remove)
        items.append(hospitals)
        if view.phase in PLANNED:
            if plan is not None and not view.own_signed:
                sign = SignCard(view, self._ticked)
                sign.ticked.connect(self._tick)
                items += [*self._terms(view, plan), sign]
                return tuple(items)
            items.append(self._approval(view))
        items += self._terms(view, plan)
        return tuple(items)

    def _terms(self, view: LobbyView, plan: PlanToSign | None) -> list[Item]:
        items: list[Item] = []
        if plan is not None:
            items.append(terms_card(plan.plan, plan.units))
        items += [study_card(view.terms, view.meeting), stated_card(view)]
        if plan is not None:
            items.append(PlanDetails(plan.explanation))
        return items

    def _invitations(self) -> QFrame:
        make = button(say("Make an invitation"), "secondary", "plus")
        make.clicked.connect(self._invite)
        words = para(
            say(
                "One for each hospital or compute partner, as text or as a file. It says what the "
                "study is and where to meet, and holds a secret that lets one of them ask to "
                "join, once."
            )
        )
        return card(say("Invite hospitals"), row((words, 1), make, gap="l"))

    def _approval(self, view: LobbyView) -> ApprovalCard:
        approval = ApprovalCard(view, self._settings.hospital_name, self._approver)
        approval.approve_wanted.connect(self.approve)
        approval.set_up_wanted.connect(self._set_up)
        return approval

    # ---- the bar

    def _show_bar(self, view: LobbyView, plan: PlanToSign | None) -> None:
        act, missing = act_of(view), waiting_sentence(view)
        over = act is Act.NOTHING
        words = say("End the study") if view.coordinating else say("Leave the study")
        self._leave_button.set_words(words)
        self._leave_button.setVisible(not over and view.phase is not Phase.RUNNING)
        self._refuse.setVisible(view.phase in PLANNED and bool(view.plan_digest) and not over)
        self._on.set_words(say(_ACTS.get(act, "Start secure counting")))
        if over:
            self._show_end(view)
        elif act is Act.WAIT:
            self._show_waiting(view, missing)
        elif self._lobbies.state.asked:
            self.bar.block(say("One moment"), "busy")
        elif act is Act.REPLAN:
            who = ", ".join(p.name for p in seated(view) if p.refusal)
            self.bar.block(
                say("{name} refused: take it out, or end the study and begin another.", name=who)
            )
        elif act is Act.SIGN:
            self._show_sign(view, plan, missing)
        else:
            if act is Act.APPROVE and not self._approver:
                self._on.set_words(say("Set up the second person"))
            self.bar.allow(missing or say(_NEXT[act]), "warn" if missing else None)

    def _show_end(self, view: LobbyView) -> None:
        if view.phase is Phase.FINISHED:
            self._on.set_words(say("Open results"))
            self.bar.allow(say("The study is finished."), "ok")
        else:
            self._on.set_words(say("Back to all studies"))
            self.bar.allow(cap_sentence(view))

    def _show_waiting(self, view: LobbyView, missing: str) -> None:
        if view.phase is Phase.RUNNING:
            self.bar.block(say("The hospitals are starting."), "busy")
        elif view.phase is Phase.ROSTER_CLOSED:
            self.bar.block(missing or say("The plan is being made and checked."), "busy")
        elif view.phase is Phase.APPROVED and not view.coordinating:
            name = next((p.name for p in view.participants if p.coordinator), "")
            self.bar.block(missing or say("Waiting for: {name} to start", name=name), "busy")
        else:
            self.bar.block(missing or say("Waiting for the other hospitals"), "warn")

    def _show_sign(self, view: LobbyView, plan: PlanToSign | None, missing: str) -> None:
        if plan is None:
            self.bar.block(say("The plan is on its way to this computer."), "busy")
        elif self._ticked != SignCard.needed(view):
            self.bar.block(say("Read the plan and tick what this hospital confirms."))
        else:
            self.bar.allow(missing or say("Signing spends nothing."), "warn" if missing else None)

    # ---- acts

    def _act(self) -> None:
        view = self.view
        if view is None:
            return
        study_id = view.study_id
        asking = (p.key for p in view.participants if p.state is SeatState.ASKED)
        acts: dict[Act, Callable[[], object]] = {
            Act.INVITE: self._invite,
            Act.COMPARE: lambda: self.compare(to_compare(view)[0].key),
            Act.ACCEPT: lambda: self._accept(next(asking)),
            Act.CLOSE: lambda: self._lobbies.close_roster(study_id),
            Act.SIGN: lambda: self._lobbies.sign(study_id),
            Act.APPROVE: self.approve,
            Act.RUN: lambda: self._lobbies.run(study_id),
            Act.NOTHING: lambda: self._go_on(view),
        }
        act = acts.get(act_of(view))
        if act is not None:
            act()

    def _go_on(self, view: LobbyView) -> None:
        if view.phase is Phase.FINISHED:
            self.study.open_lobby(view.study_id)
        else:
            self._leave()

    def compare(self, key: str) -> None:
        """Compare the six words of a hospital."""
        who = self._who(key)
        if who is not None:
            dialog = CompareDialog(self, who, self._own_words)
            dialog.setProperty("key", key)
            dialog.done_comparing.connect(self._compared)
            dialog.open()

    def approve(self) -> None:
        """Let the second person approve, or set one up first."""
        view, plan = self.view, self.plan
        if not self._approver:
            self._set_up()
        elif view is not None and plan is not None:
            cohort = self._cohort
            dialog = ApproveDialog(
                self,
                self._lobbies,
                view,
                plan,
                approver=self._approver,
                steward=self._steward,
                cohort=cohort.name if cohort is not None else "",
                cap=cohort.cap if cohort is not None else None,
            )
            dialog.refused.connect(self._refuse_plan)
            dialog.open()

    def _set_up(self) -> None:
        ApproverDialog(self, self._desk.identity, self._steward).open()

    def _invite(self) -> None:
        if self.view is not None:
            self._lobbies.invite(self.view.study_id)

    def _show_invitation(self, made: InvitationMade) -> None:
        if self.view is not None and made.study_id == self.view.study_id:
            InvitationDialog(self, made, self._settings).open()

    def _compared(self, same: bool) -> None:  # noqa: FBT001 - Qt's signal
        if self.view is not None:
            key = str(self.sender().property("key"))
            self._lobbies.compared(self.view.study_id, key, same=same)

    def _accept(self, key: str) -> None:
        if self.view is not None:
            self._lobbies.accept(self.view.study_id, key)

    def _ask_remove(self, key: str) -> None:
        who = self._who(key)
        if who is None:
            return
        dialog = ReasonDialog(
            self,
            say("Take {name} out of the study?", name=who.name),
            say("Take out"),
            (who.name, say("reads your reason and cannot come back with this invitation")),
            (say("Signatures"), say("all of them are void; the list is open again")),
            (say("Privacy cap"), say("nothing is spent")),
            stay=say("Keep them"),
            reads=say("{name} reads it.", name=who.name),
        )
        dialog.setProperty("key", key)
        dialog.given.connect(self._remove)
        dialog.open()

    def _remove(self, reason: str) -> None:
        if self.view is not None:
            key = str(self.sender().property("key"))
            self._lobbies.remove(self.view.study_id, key, reason)

    def _ask_refuse(self) -> None:
        dialog = ReasonDialog(
            self,
            say("Refuse this plan?"),
            say("Refuse the plan"),
            (say("Other hospitals"), say("all signatures and approvals are void")),
            (say("Privacy cap"), say("nothing is spent")),
            stay=say("Keep reading"),
            reads=say("The coordinator reads it."),
        )
        dialog.given.connect(self._refuse_plan)
        dialog.open()

    def _refuse_plan(self, reason: str) -> None:
        if self.view is not None:
            self._lobbies.refuse_plan(self.view.study_id, reason)

    def _ask_leave(self) -> None:
        view = self.view
        if view is None:
            return
        own = view.coordinating
        dialog = ReasonDialog(
            self,
            say("End the study for all hospitals?") if own else say("Leave this study?"),
            say("End the study") if own else say("Leave the study"),
            (
                say("Other hospitals"),
                say("are told at once; the study is over for them too")
                if own
                else say("are told at once; they can go on without this hospital"),
            ),
            (say("Privacy cap"), say("nothing is spent")),
            stay=say("Stay"),
            reads=say("The other hospitals read it."),
        )
        dialog.given.connect(self._leave_study)
        dialog.open()

    def _leave_study(self, reason: str) -> None:
        if self.view is not None:
            self._lobbies.leave(self.view.study_id, reason)

    def _go_online(self) -> None:
        if self.view is not None:
            self._lobbies.go_online(self.view.study_id, again=True)

    def _tick(self, name: str, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._ticked = self._ticked | {name} if on else self._ticked - {name}
        self.show_state()

    # ---- who is who

    @property
    def _own_words(self) -> str:
        shown = self._desk.identity.state.shown
        if shown is not None:
            return shown.words
        view = self.view
        return next((p.words for p in view.participants if p.own), "") if view else ""

    @property
    def _approver(self) -> str:
        return self._desk.identity.state.approver

    @property
    def _steward(self) -> str:
        shown = self._desk.identity.state.shown
        return (shown.steward if shown is not None else "") or self._settings.steward_name

    @property
    def _cohort(self) -> CohortView | None:
        return self._desk.records.state.cohort(self.view.cohort_id) if self.view else None

    def _who(self, key: str) -> ParticipantView | None:
        return (
            next((p for p in self.view.participants if p.key == key), None) if self.view else None
        )
