"""Step 3 before a study is joined: what this hospital states, and asking the coordinator."""

from __future__ import annotations

from app.presenters.agreement import meeting_words
from app.presenters.invited import InvitedState
from app.presenters.study import StudyPresenter
from app.presenters.wording import say
from app.presenters.wording.connection import concerns_connection
from app.views.page import ActionBar
from app.views.pages.joint_terms import statements
from app.views.pages.step import StepPage, check_button, step_problem
from app.views.widgets import Banner, Pairs, button, card, row
from app.views.widgets.layout import Item
from core.model.invitation import InvitationView
from core.model.plan import Attestation


class AskPage(StepPage):
    """Two ticks, one button; the coordinator is dialled only then."""

    def __init__(self, study: StudyPresenter) -> None:
        self._back = button(say("Back"), "ghost")
        on = button(say("Ask to join"), "primary")
        super().__init__(study, ActionBar("", self._back, on), help_topic="join")
        self._shape: tuple[object, ...] = ()
        self._back.clicked.connect(self._go_back)
        on.clicked.connect(self._ask)
        study.invited.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        state = self.study.invited.state
        if state.view is None:
            return
        shape = (state.view, state.problem, state.compute)
        if shape != self._shape:
            self._shape = shape
            self.refill(*self._picture(state, state.view))
        if state.sending:
            words = say("Dialling {place}", place=state.view.meeting.host)
            self.bar.block(words, "busy")
        elif state.reason:
            self.bar.block(state.reason)
        else:
            self.bar.allow(
                say("Asking spends nothing. {name} decides who takes part.",
                    name=state.view.coordinator)
            )  # fmt: skip

    def _picture(self, state: InvitedState, view: InvitationView) -> tuple[Item, ...]:
        items: list[Item] = []
        if state.problem is not None:
            items.append(step_problem(self, state.problem))
        offered = state.problem is not None and concerns_connection(state.problem.code)
        cohort = (
            say("none: this computer only adds shares, without patients")
            if state.compute
            else self.study.cohort.state.name
        )
        facts = card(
            say("You ask to join"),
            Pairs(
                (say("Study"), view.terms.title),
                (say("Coordinated by"), view.coordinator),
                (say("Your cohort"), cohort),
                (say("As"), state.hospital or say("not named yet; name it in Settings")),
                (say("Dialled"), meeting_words(view.meeting)),
            ),
            *([] if offered else [row(check_button(self), None)]),
        )
        stated = card(
            say("What this hospital states"),
            *statements(state.needed, state.attested, self._attest),
            note=say("It will stand in the plan that all hospitals sign."),
        )
        after = Banner(
            "accent",
            say("What happens then"),
            (
                "",
                say(
                    "{name} sees that you ask. You compare six words by telephone; then they "
                    "close the list and propose the plan. You read it in full, sign it, and a "
                    "second person of your hospital approves it. You can leave until the run "
                    "starts.",
                    name=view.coordinator,
                ),
            ),
        )
        return (*items, facts, stated, after)

    def _attest(self, statement: Attestation, stated: bool) -> None:  # noqa: FBT001 - a tick
        self.study.invited.attest(statement, stated=stated)

    def _ask(self) -> None:
        cohort = self.study.cohort.state.cohort
        self.study.invited.ask(cohort.cohort_id if cohort is not None else "")

    def _go_back(self) -> None:
        if self.study.invited.state.compute:
            self.study.read_invitation_again()
        else:
            self._show_step(1)
