"""The study that is open: its five steps, and the way between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.presenters.cohort import CohortPresenter
from app.presenters.draft import DraftPresenter
from app.presenters.flow import Flow, Step
from app.presenters.invited import Fit, InvitedPresenter
from app.presenters.join import JoinPhase, JoinPresenter
from app.presenters.kinds import Kind
from app.presenters.lobbies import BEFORE_RUN, LobbiesPresenter
from app.presenters.parties import expected
from app.presenters.privacy import PrivacyPresenter
from app.presenters.release import ReleasePresenter
from app.presenters.results import ResultsPresenter
from app.presenters.run import RunEvent, RunPhase, RunPresenter
from app.presenters.wording import Problem, say
from core.messages.events import HospitalChanged, RunStarted
from core.model.lobby import LobbyView, Phase
from core.model.plan import Plan
from core.model.study import CohortView, StudyView

__all__ = ["Kind", "StudyPresenter"]


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
        self.release = ReleasePresenter(link, self.results)
        self.draft = DraftPresenter(link, self.privacy.reference, self)
        self.invited = InvitedPresenter(link, self)
        self.lobbies = LobbiesPresenter(link, self)
        self._flow: Flow | None = None
        self._past: StudyView | None = None
        self._kind = Kind.CREATE
        self._study_id = ""
        self._answering = False
        self.join.changed.connect(self._watch_join)
        self.draft.changed.connect(self._watch_join)
        self.cohort.changed.connect(self._watch_cohort)
        self.invited.opened.connect(self._read_invitation)
        self.lobbies.changed.connect(self._watch_lobby)
        self.lobbies.entered.connect(self._entered)
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
        lobby, invitation = self.lobby, self.invited.state.view
        if lobby is not None:
            return lobby.terms.title
        if self.kind is Kind.JOIN and invitation is not None:
            return invitation.terms.title
        typed = self.join.state.title if self.kind is Kind.LOCAL else self.draft.state.title
        return typed or say("New study")

    @property
    def kind(self) -> Kind:
        """What kind of study is open; the simulated patients stay on this computer."""
        if self._kind is Kind.CREATE and self.cohort.state.practice:
            return Kind.LOCAL
        return self._kind

    @property
    def lobby(self) -> LobbyView | None:
        """The study between hospitals that is open, if it is one."""
        return self.lobbies.state.of(self._study_id) if self._kind is Kind.LOBBY else None

    @property
    def reading_invitation(self) -> bool:
        """Whether the invitation itself is on the screen."""
        return self._kind is Kind.JOIN and self._flow is not None and not self._answering

    @property
    def fits(self) -> tuple[Fit, ...]:
        """The chosen cohort compared with the invitation's study; empty for another kind."""
        if self._kind is not Kind.JOIN or not self.cohort.state.valid:
            return ()
        return self.invited.fit(self.cohort.state.cohort)

    @property
    def plan(self) -> Plan | None:
        """The plan of the study that is open, once there is one."""
        lobby = self.lobby
        if lobby is None:
            return self.join.state.plan
        proposed = self.lobbies.state.plan(lobby)
        return proposed.plan if proposed is not None else None

    @property
    def explanation(self) -> tuple[str, ...]:
        """The plan stage by stage; empty without one."""
        lobby = self.lobby
        if lobby is None:
            return self.join.state.explanation
        proposed = self.lobbies.state.plan(lobby)
        return proposed.explanation if proposed is not None else ()

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

    def begin_changed(
        self, view: LobbyView, cohort: CohortView | None, reference: str = ""
    ) -> None:
        """Open a new study that starts with what an earlier one said, and its reference's file."""
        proposed = self.lobbies.state.newest_plan(view.study_id)
        self.begin(cohort)
        genes = proposed.plan.genes if proposed is not None else ()
        self.draft.take_over(view, genes, reference)

    def practise(self) -> None:
        """Open a new study with the simulated patients."""
        self.begin()
        self._kind = Kind.LOCAL
        self.cohort.use_example()

    def rehearse_here(self) -> None:
        """Let files on this computer play the other hospitals, instead of inviting them."""
        if self._flow is not None and self._kind is Kind.CREATE and self._flow.shown is Step.JOIN:
            self._kind = Kind.LOCAL
            self.join.open(title=self.draft.state.title or self.cohort.state.name, practice=False)
            self.join.take_over(self.draft.carried)
            self.changed.emit()

    def open_lobby(self, study_id: str) -> None:
        """Open a study between hospitals, and go online for it."""
        view = self.lobbies.state.of(study_id)
        if view is None:
            return
        self._reset()
        self._kind, self._study_id = Kind.LOBBY, study_id
        self._go(Flow(shown=Step.JOIN, reached=Step.JOIN, settled=True))
        self.lobbies.go_online(study_id)
        if view.phase is Phase.FINISHED:
            self.open_results()

    def open_results(self) -> None:
        """Open the results of the study between hospitals that is on the screen."""
        view = self.lobby
        if view is not None and view.plan_digest:
            self.results.load(view.plan_digest)
            self._go(Flow(shown=Step.RESULTS, reached=Step.RESULTS, settled=True))

    def answer_invitation(self, *, compute: bool) -> None:
        """Go on from the invitation: choose a cohort, or take part without patients."""
        if self.invited.state.view is None or self._kind is not Kind.JOIN:
            return
        self.invited.take_part(compute=compute)
        self._answering = True
        self._go(Flow().advance(Step.JOIN) if compute else Flow())

    def read_invitation_again(self) -> None:
        """Go back to the invitation."""
        self._answering = False
        self._go(Flow())

    def take_run(self, event: RunEvent) -> None:
        """Take what the worker says about a run; that of a lobby opens its study."""
        if isinstance(event, RunStarted):
            lobby, run = self.lobbies.state.of_plan(event.digest), self.run.state
            if lobby is not None and (run.digest != event.digest or run.over):
                self._expect(lobby)
        if isinstance(event, HospitalChanged):
            self.join.receive(event)
        self.run.receive(event)

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
        if self.kind is Kind.CREATE and self.draft.state.without_patients:
            step = Step.COHORT  # there is no cap for which a level could be weighed
        if step < Step.JOIN:
            self.join.leave()
            if self._kind is Kind.LOCAL and not self.cohort.state.practice:
                self._kind = Kind.CREATE
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
        elif flow.shown is Step.PRIVACY and self.kind is Kind.JOIN:
            self._go(flow.advance(Step.JOIN))
        elif flow.shown is Step.PRIVACY and self.privacy.state.valid:
            self._to_join(flow)

    def take_genes(self, n_genes: int) -> None:
        """Plan a study between hospitals with so many of the own columns."""
        self.privacy.set_genes(n_genes)
        self.draft.write(planned_genes=n_genes)

    def coordinate_without_patients(self) -> None:
        """Write a study down that this computer takes part in as a compute partner."""
        flow = self._flow
        if flow is not None and self._kind is Kind.CREATE and flow.shown is Step.COHORT:
            self.cohort.reset()
            self.draft.open_without_patients()
            self._go(Flow().advance(Step.JOIN))

    def connect_hospitals(self) -> None:
        """Start the partners with the cohort and the level that were chosen."""
        cohort = self.cohort.state.cohort
        if cohort is not None:
            self.join.connect_hospitals(cohort.cohort_id, self.privacy.state)

    def start(self) -> None:
        """Approve the plan and start the run."""
        state = self.join.state
        if state.ready_to_start:
            self.run.expect(state.digest, state.plan, state.hospitals)
            self.join.start(self.privacy.state.level_reason)

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
        gathering = self._kind is Kind.LOBBY and not self.run.state.digest
        if self._flow is not None and (gathering or not self._flow.locked):
            self._reset()
            self.changed.emit()
        self.lobbies.reset()

    def _to_join(self, flow: Flow) -> None:
        practice = self.cohort.state.practice
        if self.kind is Kind.LOCAL:
            title = say("Practice study") if practice else self.cohort.state.name
            self.join.open(title=title, practice=practice)
        cohort = self.cohort.state.cohort
        if self.kind is Kind.CREATE and cohort is not None:
            self.draft.open(
                replace(cohort, name=self.cohort.state.name or cohort.name), self.privacy.state
            )
        self._go(flow.advance(Step.JOIN))

    def _to_privacy(self) -> None:
        cohort = self.cohort.state.cohort
        if self._flow is None or not self.cohort.state.valid or cohort is None:
            return
        if self.kind is Kind.JOIN:
            if not any(fit.light == "fail" for fit in self.fits):
                self._go(self._flow.advance(Step.PRIVACY))
        else:
            self.privacy.open(replace(cohort, name=self.cohort.state.name or cohort.name))
            self._go(self._flow.advance(Step.PRIVACY))

    def _watch_join(self) -> None:
        """A new title stands in the header of every step."""
        if self._flow is not None and self._flow.shown is Step.JOIN:
            self.changed.emit()

    def _watch_cohort(self) -> None:
        """A checked cohort is compared with the study it is to join."""
        cohort = self.cohort.state.cohort
        if self._kind is Kind.JOIN and self.cohort.state.valid and cohort is not None:
            self.invited.compare(cohort)

    def _watch_lobby(self) -> None:
        asked = self.invited.state
        if self._kind is Kind.JOIN and asked.sending and asked.view is not None:
            self._entered(asked.view.study_id)
        if self._kind is Kind.LOBBY and self._flow is not None:
            lobby = self.lobby
            if lobby is None:
                self._reset()
            elif lobby.phase is Phase.RUNNING and self.run.state.digest != lobby.plan_digest:
                self._expect(lobby)
            elif lobby.phase in BEFORE_RUN and self._flow.reached >= Step.RUN:
                self.run.reset()  # planned again after a run: the hospitals gather once more
                self._flow = Flow(shown=Step.JOIN, reached=Step.JOIN, settled=True)
            self.changed.emit()

    def _read_invitation(self) -> None:
        """An invitation was opened: show it."""
        self._reset()
        self._kind = Kind.JOIN
        self._go(Flow())

    def _entered(self, study_id: str) -> None:
        """A study was created or joined: show its lobby."""
        known = self.lobbies.state.of(study_id) is not None
        if not known or self._flow is None:
            return
        if self._kind is Kind.CREATE and self.draft.state.sending:
            self.draft.created(study_id)
            self.open_lobby(study_id)
        elif self._kind is Kind.JOIN and self.invited.state.sending:
            self.invited.reset()
            self.open_lobby(study_id)

    def _expect(self, lobby: LobbyView) -> None:
        """Wait for the run of a study between hospitals, and show it."""
        if lobby.study_id != self._study_id or self._kind is not Kind.LOBBY:
            if self.busy:
                return
            self.open_lobby(lobby.study_id)
        self.run.expect(lobby.plan_digest, self.plan, expected(lobby))

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
        self._kind, self._study_id = Kind.CREATE, ""
        self._answering = False
        self.cohort.reset()
        self.privacy.reset()
        self.join.reset()
        self.run.reset()
        self.results.clear()

    def _go(self, flow: Flow) -> None:
        self._flow = flow
        self.changed.emit()
