"""Step 3: who takes part, what they agree on, and the start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.carried import Carried
from app.presenters.draft_state import NEUTRAL_PATIENTS
from app.presenters.parties import with_hospital
from app.presenters.presenter import Presenter
from app.presenters.privacy import PrivacyState
from app.presenters.wording import Problem, problem_of, say
from core.messages.commands import LeaveDemonstration, PrepareDemonstration, StartStudy
from core.messages.events import DemonstrationEnded, HospitalChanged, PlanProposed, Refused
from core.model.budget import DEFAULT_DELTA
from core.model.plan import MAX_PARTIES, MIN_PARTIES, Plan
from core.model.study import HospitalState, HospitalView

JoinEvent = HospitalChanged | PlanProposed | DemonstrationEnded
EXAMPLE_PARTNERS: Final = 2
TITLE_LENGTH_MAX: Final = 80


class JoinPhase(StrEnum):
    """Which of the step's pictures is on the screen."""

    CHOOSING = "choosing"
    PREPARING = "preparing"
    PROPOSED = "proposed"
    STARTING = "starting"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinState:
    """Partners and plan.

    Attributes:
        phase: Picture on the screen.
        title: Of the study.
        practice: Whether the own cohort is the example, which has example partners.
        files: Full paths of the partners' files; only names are shown.
        compute_partner: Whether a computer without patients takes part.
        centre_sites: Whether what each hospital's laboratory adds to a gene is taken out.
        site_patients: Of a usual hospital, typed, for the advice on that only.
        carried: What is taken over from a study that was written down; None without one.
        hospitals: All parties as they answer, by number.
        plan: What all of them agreed on.
        digest: Of the plan.
        units: What it takes of the own cap.
        explanation: The plan stage by stage.
        problem: Why it did not work.
    """

    phase: JoinPhase = JoinPhase.CHOOSING
    title: str = ""
    practice: bool = False
    files: tuple[str, ...] = ()
    compute_partner: bool = False
    centre_sites: bool = False
    site_patients: int = NEUTRAL_PATIENTS
    carried: Carried | None = None
    hospitals: tuple[HospitalView, ...] = ()
    plan: Plan | None = None
    digest: str = ""
    units: float = 0.0
    explanation: tuple[str, ...] = ()
    problem: Problem | None = None

    @property
    def n_partners(self) -> int:
        """Partner hospitals with patients."""
        return len(self.files) or (EXAMPLE_PARTNERS if self.practice else 0)

    @property
    def n_parties(self) -> int:
        """Computers that would take part, this one included."""
        return 1 + self.n_partners + int(self.compute_partner)

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of the partners' files, without folders."""
        return tuple(Path(path).name for path in self.files)

    @property
    def reason(self) -> str:
        """What is missing before the hospitals can be connected; empty when nothing is."""
        if not self.title.strip():
            return say("Give the study a name.")
        if self.n_partners == 0:
            return say("Add the file of at least one partner hospital.")
        if self.n_parties < MIN_PARTIES:
            return say("Two hospitals alone are refused: add a hospital or a compute partner.")
        if self.n_parties > MAX_PARTIES:
            return say("At most {n} computers can take part.", n=MAX_PARTIES)
        return ""

    @property
    def can_centre(self) -> bool:
        """Whether what makes the synthetic patients can centre sites."""
        return self.carried is None or self.carried.can_centre

    @property
    def ready_to_connect(self) -> bool:
        """Whether partner processes can be started."""
        return self.phase is JoinPhase.CHOOSING and not self.reason

    @property
    def ready_to_start(self) -> bool:
        """Whether the steward may approve the plan."""
        return self.phase is JoinPhase.PROPOSED and not self.lost

    @property
    def lost(self) -> tuple[HospitalView, ...]:
        """Hospitals that do not answer or refused."""
        gone = (HospitalState.LOST, HospitalState.REFUSED)
        return tuple(h for h in self.hospitals if h.state in gone)


class JoinPresenter(Presenter):
    """Invariant: the digest that is approved is the digest of the plan on the screen."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = JoinState()

    @property
    def state(self) -> JoinState:
        """What is on the screen."""
        return self._state

    def open(self, *, title: str, practice: bool) -> None:
        """Start with the partners that fit the cohort; what was typed before stays."""
        title = self._state.title or title
        if practice != self._state.practice:
            self._set(JoinState(title=title, practice=practice))
        elif not self._state.title:
            self._set(replace(self._state, title=title))

    def reset(self) -> None:
        """Forget partners and plan; the partner programs are not asked to end."""
        self._set(JoinState())

    def set_title(self, title: str) -> None:
        """Name the study."""
        self._set(replace(self._state, title=title[:TITLE_LENGTH_MAX]))

    def add_files(self, paths: tuple[str, ...]) -> None:
        """Add partner hospitals' files; a file that is there already is not added twice."""
        new = tuple(p for p in dict.fromkeys(paths) if p not in self._state.files)
        self._set(replace(self._state, files=self._state.files + new, problem=None))

    def remove_file(self, number: int) -> None:
        """Leave one partner hospital out."""
        files = tuple(f for n, f in enumerate(self._state.files) if n != number)
        self._set(replace(self._state, files=files, problem=None))

    def set_compute_partner(self, *, wanted: bool) -> None:
        """Let a computer without patients take part, or not."""
        self._set(replace(self._state, compute_partner=wanted, problem=None))

    def centre(self, *, centred: bool, patients: int) -> None:
        """Take out what each hospital's laboratory adds, or not; see `JoinState`."""
        state = replace(self._state, centre_sites=centred, site_patients=patients, problem=None)
        self._set(state)

    def take_over(self, carried: Carried | None) -> None:
        """Rehearse what was written down, as it was written last; None takes nothing over."""
        self._set(replace(self._state, carried=carried))
        if carried is not None:
            self.centre(centred=carried.centred, patients=carried.patients)

    def connect_hospitals(self, cohort_id: str, planned: PrivacyState) -> None:
        """Start the partner programs and agree on a plan with them.

        Args:
            cohort_id: The own cohort.
            planned: What the step before decided; nothing happens without a level.
        """
        state, level = self._state, planned.level
        if not state.ready_to_connect or level is None:
            return
        self._set(replace(state, phase=JoinPhase.PREPARING, hospitals=(), problem=None))
        taken = state.carried
        self.send(
            PrepareDemonstration(
                title=state.title.strip(),
                cohort_id=cohort_id,
                partner_files=state.files,
                compute_partner=state.compute_partner,
                epsilon=level.epsilon,
                delta=DEFAULT_DELTA,
                n_genes=taken.n_genes if taken else planned.asked_genes,
                n_records=taken.n_records if taken else None,
                reference=planned.reference,
                planned_smallest_class=planned.smallest,
                shares=taken.shares if taken else planned.shares,
                centre_sites=state.centre_sites and state.can_centre,
                candidates=taken.candidates if taken else (),
                judging=taken.judging if taken else None,
                recipe=taken.recipe if taken else "",
                genes=taken.genes if taken else (),
            )
        )

    def leave(self) -> None:
        """End the partner programs; the choices stay."""
        if self._state.phase is JoinPhase.CHOOSING:
            return
        self.send(LeaveDemonstration())
        self._choose_again(None)

    def start(self, reason: str = "") -> None:
        """Approve the plan on the screen and start its run everywhere.

        Args:
            reason: Why a level above Most detail; empty for others.
        """
        if self._state.ready_to_start:
            self._set(replace(self._state, phase=JoinPhase.STARTING, problem=None))
            self.send(StartStudy(digest=self._state.digest, reason=reason))

    def receive(self, event: JoinEvent) -> None:
        """Take what the worker says about partners and plan."""
        match event:
            case HospitalChanged():
                if self._state.phase is not JoinPhase.CHOOSING:
                    hospitals = with_hospital(self._state.hospitals, event.hospital)
                    self._set(replace(self._state, hospitals=hospitals))
            case PlanProposed():
                self._proposed(event)
            case DemonstrationEnded():
                if self._state.phase is JoinPhase.PROPOSED:
                    self._choose_again(None)
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """The plan or the start was refused."""
        problem = problem_of(event.code, event.fields)
        if event.command == PrepareDemonstration.__name__:
            if self._state.phase is JoinPhase.PREPARING:
                self._choose_again(problem)
        elif self._state.phase is JoinPhase.STARTING:
            self._set(replace(self._state, phase=JoinPhase.PROPOSED, problem=problem))

    def _proposed(self, event: PlanProposed) -> None:
        if self._state.phase is not JoinPhase.PREPARING:
            return
        self._set(
            replace(
                self._state,
                phase=JoinPhase.PROPOSED,
                plan=event.plan,
                digest=event.digest,
                units=event.units,
                explanation=event.explanation,
            )
        )

    def _choose_again(self, problem: Problem | None) -> None:
        state = self._state
        self._set(
            JoinState(
                title=state.title,
                practice=state.practice,
                files=state.files,
                compute_partner=state.compute_partner,
                centre_sites=state.centre_sites,
                site_patients=state.site_patients,
                carried=state.carried,
                problem=problem,
            )
        )

    def _set(self, state: JoinState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
