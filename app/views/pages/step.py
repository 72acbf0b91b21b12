"""What the five steps of a study have in common: the header, the problem banner, the record."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.presenters.flow import Flow, Step
from app.presenters.study import StudyPresenter
from app.presenters.wording import Problem, say
from app.presenters.wording.connection import concerns_connection
from app.views.page import ActionBar, StudyHeader
from app.views.pages.live import LivePage
from app.views.widgets import Banner, Button, button
from app.views.widgets.status import BannerTone


class StepPage(LivePage):
    """One step: its header follows the study, its bar says what is missing."""

    def __init__(
        self,
        study: StudyPresenter,
        actions: ActionBar,
        *,
        help_topic: str,
        panel: bool = True,
        under_header: QWidget | None = None,
    ) -> None:
        """Make an empty step.

        Args:
            study: Owner of the steps.
            actions: The sticky bar.
            help_topic: What F1 opens.
            panel: Whether the boundary panel stands beside it.
            under_header: Tabs, for instance.
        """
        flow = study.flow or Flow()
        header = StudyHeader(study.title, flow.shown, flow.reached)
        super().__init__(
            header, actions, under_header=under_header, wants_panel=panel, help_topic=help_topic
        )
        self.study = study
        self.bar = actions
        self._header = header
        header.back_wanted.connect(self._leave)
        header.step_chosen.connect(self._show_step)
        study.changed.connect(self._follow)

    def _follow(self) -> None:
        flow = self.study.flow
        if flow is not None:
            self._header.set_step(flow.shown, flow.reached)
            if self._header.title.text() != self.study.title:
                self._header.title.setText(self.study.title)

    def _leave(self) -> None:
        self.study.leave_wanted.emit()

    def _show_step(self, number: int) -> None:
        self.study.show(Step(number))


def check_button(page: LivePage) -> Button:
    """A button that opens the connection doctor for what is on the screen."""
    check = button(say("Check the connection"), "secondary", "link")
    check.clicked.connect(page.check_wanted)
    return check


def step_problem(page: LivePage, problem: Problem) -> Banner:
    """A problem on a page; one of the connection offers the doctor."""
    if concerns_connection(problem.code):
        return problem_banner(problem, check_button(page))
    return problem_banner(problem)


def problem_banner(
    problem: Problem, *actions: Button, tone: BannerTone = "danger", lead: str = ""
) -> Banner:
    """A problem in the shape of every problem: what happened, what to do, details."""
    return Banner(
        tone,
        lead or problem.title,
        (say("What happened."), problem.text),
        (say("What you can do."), problem.remedy),
        actions=actions,
        details=problem.details,
    )


def alarm_banner(alarm: Problem, look: Button) -> Banner:
    """The ledger does not pass its check: said on every page, with the way to its own."""
    return Banner(
        "danger",
        say("{title}. New studies are blocked.", title=alarm.title),
        (say("What happened."), alarm.text),
        (say("What it means."), say("Nothing can be spent until the ledger is put right.")),
        actions=(look,),
        details=alarm.details,
    )
