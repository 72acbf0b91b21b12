"""The study that is open: its five steps, and the way between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.presenters.cohort import CohortPresenter
from app.presenters.flow import Flow, Step
from app.presenters.join import JoinPhase, JoinPresenter
from app.presenters.privacy import PrivacyPresenter
from app.presenters.results import ResultsPresenter
from app.presenters.run import RunPhase, RunPresenter
from app.presenters.wording import Problem, say
from core.model.study import CohortView, StudyView


class StudyPresenter(QObject):
    """Owns the presenters of the five steps. Invariant: the steps agree on cohort and plan."""

    changed = Signal()
    """Another step, or another study, is on the screen."""
    leave_wanted = Signal()
    """The reader wants to see all studies; this one stays open."""

    def __init__(
        self, link: Link, clock: Callable[[], float], parent: QObject | None = None
    ) -> None:
        """Start without a study.

        Args:
            link: To the worker.
            clock: Seconds since the epoch.
            parent: Owner.
        """
        super().__init__(parent)
        self.cohort = CohortPresenter(link, self)
        self.privacy = PrivacyPresenter(link, self)
        self.join = JoinPresenter(link, self)
        self.run = RunPresenter(link, clock, self)
        self.results = ResultsPresenter(link, self)
        self._flow: Flow | None = None
        self._past: StudyView | None = None
        self.join.changed.connect(self._watch_join)
        self.run.changed.connect(self._watch_run)

    @property
    def flow(self) -> Flow | None:
        """Where the study is; None while none is open."""
        return self._flow

    @property
    def past(self) -> StudyView | None:
        """The study as the list knows it, when it was opened from there."""
        return self._past

    @property
    def title(self) -> str:
        """Name of the study."""
        if self._past is not None:
            return self._past.title
        return self.join.state.title or say("New study")

    @property
    def busy(self) -> bool:
        """Whether leaving would end something that is under way."""
        starting = self.join.state.phase is JoinPhase.STARTING and not self.run.state.over
        return self.run.state.active or starting

    def begin(self, cohort: CohortView | None = None) -> None:
        """Open a new study, perhaps with a cohort that was checked before."""
        self._reset()
        if cohort is not None:
            self.cohort.adopt(cohort)
        self._go(Flow())

    def practise(self) -> None:
        """Open a new study with the simulated patients."""
        self.begin()
        self.cohort.use_example()

    def reopen(self, study: StudyView) -> None:
        """Open a study of the list to read its results again."""
        self._reset()
        self._past = study
        self.results.load(study.digest)
        self._go(Flow().advance(Step.RESULTS))

    def show(self, step: Step) -> None:
        """Show an open step; going back before the start gives up what came later."""
        if self._flow is None or step > self._flow.reached or step is self._flow.shown:
            return
        if self._flow.locked:
            self._go(self._flow.show(step))
            return
        if step < Step.JOIN:
            self.join.leave()
        self._go(self._flow.retreat(step))

    def forward(self) -> None:
        """Go on from the step on the screen, if it is done."""
        flow = self._flow
        if flow is None:
            return
        if flow.shown < flow.reached:
            self.show(Step(flow.shown + 1))
        elif flow.shown is Step.COHORT:
            self._to_privacy()
        elif flow.shown is Step.PRIVACY and self.privacy.state.valid:
            practice = self.cohort.state.practice
            title = say("Practice study") if practice else self.cohort.state.name
            self.join.open(title=title, practice=practice)
            self._go(flow.advance(Step.JOIN))

    def connect_hospitals(self) -> None:
        """Start the partners with the cohort and the level that were chosen."""
        level, cohort = self.privacy.state.level, self.cohort.state.cohort
        if level is None or cohort is None:
            return
        planned, most = self.privacy.state.n_genes, self.privacy.state.most_genes
        self.join.connect_hospitals(
            cohort_id=cohort.cohort_id,
            epsilon=level.epsilon,
            n_genes=planned if planned < most else None,
        )

    def start(self) -> None:
        """Approve the plan and start the run."""
        state = self.join.state
        if state.ready_to_start:
            self.run.expect(state.digest, state.plan, state.hospitals)
            self.join.start()

    def close(self) -> None:
        """Go back to the list; a run that is under way goes on."""
        if self.busy or self._flow is None:
            return
        self.join.leave()
        self._reset()
        self.changed.emit()

    def abandon(self, problem: Problem) -> None:
        """The worker is gone, and with it everything that was not written."""
        self.run.abandon(problem)
        self.results.abandon(problem)
        if self._flow is not None and not self._flow.locked:
            self._reset()
            self.changed.emit()

    def _to_privacy(self) -> None:
        cohort = self.cohort.state.cohort
        if self._flow is not None and self.cohort.state.valid and cohort is not None:
            self.privacy.open(replace(cohort, name=self.cohort.state.name or cohort.name))
            self._go(self._flow.advance(Step.PRIVACY))

    def _watch_join(self) -> None:
        """A new title stands in the header of every step."""
        if self._flow is not None and self._flow.shown is Step.JOIN:
            self.changed.emit()

    def _watch_run(self) -> None:
        flow, state = self._flow, self.run.state
        if flow is None or self._past is not None:
            return
        if state.phase is RunPhase.RUNNING and flow.reached < Step.RUN:
            self._go(flow.advance(Step.RUN))
        elif state.phase is RunPhase.FINISHED and flow.reached < Step.RESULTS:
            self._go(flow.open(Step.RESULTS))
            self.results.load(state.digest)
        elif state.over and flow.reached < Step.RUN:
            self._go(flow.advance(Step.RUN))

    def _reset(self) -> None:
        self._past = None
        self._flow = None
        self.cohort.reset()
        self.privacy.reset()
        self.join.reset()
        self.run.reset()
        self.results.clear()

    def _go(self, flow: Flow) -> None:
        self._flow = flow
        self.changed.emit()
