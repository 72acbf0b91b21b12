"""Step 3, Join, between hospitals: who is there, who they really are, the plan, two people."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame

from app.presenters.desk import Desk
from app.presenters.lobbies import GATHERING, PLANNED, Act, act_of, to_compare
from app.presenters.next_step import next_step
from app.presenters.wording import say
from app.settings import Settings
from app.views.page import ActionBar
from app.views.pages.joint_plan import plan_cards
from app.views.pages.joint_terms import stated_card, study_card
from app.views.pages.lobby_asks import LobbyAsks
from app.views.pages.lobby_banners import LobbyBanners
from app.views.pages.lobby_cards import ApprovalCard, HospitalsCard, SignCard
from app.views.pages.lobby_counts import CountsCard
from app.views.pages.lobby_relay import own_relay_banners
from app.views.pages.step import StepPage, step_problem
from app.views.widgets import button, card, para, row
from app.views.widgets.layout import Item
from core.messages.study_events import PlanToSign
from core.model.lobby import LobbyView, Phase, SeatState


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
        self.asks = LobbyAsks(self, desk, settings)
        self._leave_button.clicked.connect(self.asks.leave)
        self._refuse.clicked.connect(self.asks.refuse)
        self._on.clicked.connect(self._act)
        for presenter in (self._lobbies, desk.identity, desk.records, desk.connection):
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
        cohort = self.asks.cohort
        name = cohort.name if cohort is not None else ""
        way = self._desk.connection.state
        relay = (way.lacks_relay(view.meeting), way.hosting, way.hosting_problem)
        awaited = state.awaited_in(view.study_id)
        told = (problem, awaited, view.study_id in state.voided)
        shape = (view, plan, told, identity, name, relay)
        if shape != self._shape:
            if self._digest != view.plan_digest:
                self._digest, self._ticked = view.plan_digest, frozenset()
            self._shape = shape
            items: list[Item] = [] if problem is None else [step_problem(self, problem)]
            self.refill(*items, *self._picture(view, plan, name))
        self._show_bar(view, plan)

    # ---- pictures

    def _picture(self, view: LobbyView, plan: PlanToSign | None, cohort: str) -> tuple[Item, ...]:
        state = self._lobbies.state
        banners = LobbyBanners(
            view,
            awaited=state.awaited_in(view.study_id),
            voided=view.study_id in state.voided,
        )
        banners.results_wanted.connect(self.study.open_results)
        banners.again_wanted.connect(self._go_online)
        banners.check_wanted.connect(self.check_wanted)
        banners.remove_wanted.connect(self.asks.remove)
        banners.change_wanted.connect(self.asks.begin_changed)
        items: list[Item] = [*own_relay_banners(self._desk.connection, view)]
        items += [banners] if banners.any else []
        if view.coordinating and view.phase in GATHERING:
            items.append(self._invitations())
        hospitals = HospitalsCard(view, self.asks.own_words)
        hospitals.compare_wanted.connect(self.asks.compare)
        hospitals.accept_wanted.connect(self.asks.accept)
        hospitals.remove_wanted.connect(self.asks.remove)
        hospitals.check_wanted.connect(self.check_wanted)
        items.append(hospitals)
        if view.phase in (*GATHERING, Phase.ROSTER_CLOSED) and plan is None:
            counts = CountsCard(view)
            counts.publish_wanted.connect(self.asks.publish_counts)
            items.append(counts)
        if plan is None:
            agreed: list[Item] = [study_card(view.terms, view.meeting), stated_card(view)]
        else:
            agreed = plan_cards(view, plan, cohort)
        if view.phase not in PLANNED:
            return (*items, *agreed)
        if plan is not None and not view.own_signed:
            sign = SignCard(view, self._ticked)
            sign.ticked.connect(self._tick)
            return (*items, *agreed, sign)
        return (*items, self._approval(view), *agreed)

    def _invitations(self) -> QFrame:
        make = button(say("Make an invitation"), "secondary", "plus")
        make.clicked.connect(self.asks.invite)
        words = para(
            say(
                "One for each hospital or compute partner, as text or as a file. It says what the "
                "study is and where to meet, and holds a secret that lets one of them ask to "
                "join, once."
            )
        )
        return card(say("Invite hospitals"), row((words, 1), make, gap="l"))

    def _approval(self, view: LobbyView) -> ApprovalCard:
        approval = ApprovalCard(view, self._settings.hospital_name, self.asks.approver)
        approval.approve_wanted.connect(self.asks.approve)
        approval.set_up_wanted.connect(self.asks.set_up)
        return approval

    # ---- the bar

    def _show_bar(self, view: LobbyView, plan: PlanToSign | None) -> None:
        over = act_of(view) is Act.NOTHING
        words = say("End the study") if view.coordinating else say("Leave the study")
        self._leave_button.set_words(words)
        self._leave_button.setVisible(not over and view.phase is not Phase.RUNNING)
        self._refuse.setVisible(view.phase in PLANNED and plan is not None and not over)
        step = next_step(
            view,
            self._lobbies.state,
            confirmed=self._ticked == SignCard.needed(view),
            approver=self.asks.approver,
        )
        self._on.set_words(step.button)
        if step.ready:
            self.bar.allow(step.sentence, step.light)
        else:
            self.bar.block(step.sentence, step.light)

    # ---- acts

    def _act(self) -> None:
        view = self.view
        if view is None:
            return
        study_id = view.study_id
        asking = (p.key for p in view.participants if p.state is SeatState.ASKED)
        acts: dict[Act, Callable[[], object]] = {
            Act.INVITE: self.asks.invite,
            Act.COMPARE: lambda: self.asks.compare(to_compare(view)[0].key),
            Act.ACCEPT: lambda: self.asks.accept(next(asking)),
            Act.CLOSE: lambda: self._lobbies.close_roster(study_id),
            Act.REPLAN: lambda: self._lobbies.close_roster(study_id),
            Act.SIGN: self.asks.sign,
            Act.APPROVE: self.asks.approve,
            Act.RUN: lambda: self._lobbies.run(study_id),
            Act.CONTINUE: lambda: self._lobbies.run(study_id),
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

    def _go_online(self) -> None:
        if self.view is not None:
            self._lobbies.go_online(self.view.study_id, again=True)

    def _tick(self, name: str, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._ticked = self._ticked | {name} if on else self._ticked - {name}
        self.show_state()
