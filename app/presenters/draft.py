"""A study that others will be invited to, as its coordinator writes it down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.link import Link
from app.presenters.candidates import Settings, judged, wishes_of
from app.presenters.carried import Carried, carried_of
from app.presenters.draft_state import NEUTRAL_PATIENTS, RECIPES, DraftState
from app.presenters.forecast import ForecastPresenter
from app.presenters.lists import read_genes
from app.presenters.presenter import Presenter
from app.presenters.privacy import PrivacyState
from app.presenters.reference import ReferencePresenter
from app.presenters.wording import problem_of, say
from core.messages.commands import AskPanel
from core.messages.events import PanelShown, Refused
from core.messages.study_commands import CreateStudy
from core.model.budget import DEFAULT_DELTA, PRESET_UNITS, PRESETS, Level
from core.model.invitation import MAX_PURPOSE, MeetingPoint
from core.model.lobby import LobbyView
from core.model.plan import Attestation
from core.model.study import CohortView
from core.study.site_centring import centres_sites


class DraftPresenter(Presenter):
    """Invariant: panel and classes come from names and from what was typed, never from values."""

    referenced = Signal(str, str)
    """Key of a study that was created here, and path of the public reference that it uses."""

    def __init__(
        self, link: Link, reference: ReferencePresenter, parent: QObject | None = None
    ) -> None:
        super().__init__(link, parent)
        self.reference = reference
        reference.changed.connect(self._follow_reference)
        self.forecast = ForecastPresenter(link, self)
        self._state = DraftState()

    @property
    def state(self) -> DraftState:
        """What is on the screen."""
        return self._state

    @property
    def carried(self) -> Carried | None:
        """What a rehearsal on this computer takes over; None while too little is known."""
        return carried_of(self._state, self.forecast.state.epsilon)

    def open(self, cohort: CohortView, planned: PrivacyState) -> None:
        """Start with what cohort and privacy step decided; what was typed before stays.

        Args:
            cohort: The own one, under the name that the steward chose.
            planned: Level, genes, patients and split; nothing happens without a level.
        """
        level, cohort_id, label_name = planned.level, cohort.cohort_id, cohort.layout.label
        if level is None:
            return
        state = self._state
        if cohort_id != state.cohort_id:
            other = bool(state.cohort_id)  # what was written for it belongs to it
            state = replace(
                state,
                own_genes=(),
                own_labels=(),
                classes="" if other else state.classes,
                label_name=label_name if other else state.label_name or label_name,
            )
            self.send(AskPanel(cohort_id=cohort_id))
        self._set(
            replace(
                state,
                cohort_id=cohort_id,
                cohort_name=cohort.name,
                epsilon=level.epsilon,
                delta=level.delta,
                units=level.units,
                planned_genes=planned.n_genes,
                smallest=planned.smallest,
                shares=_shares(state, planned.shares),
                planned_shares=planned.shares,
                without_patients=False,
                sending=False,
                problem=None,
            )
        )

    def open_without_patients(self) -> None:
        """Start a study that this hospital coordinates as a compute partner."""
        level = Level.BALANCED
        self.write(
            cohort_id="",
            cohort_name="",
            own_genes=(),
            own_labels=(),
            delta=DEFAULT_DELTA,
            label_name=self._state.label_name or "diagnosis",
            without_patients=True,
            smallest=self._state.smallest or NEUTRAL_PATIENTS,
            shares=(),
            sending=False,
        )
        self.set_level(level)

    def set_level(self, level: Level) -> None:
        """Choose one of the three privacy levels, where no cap of an own cohort is to be asked."""
        self.write(epsilon=dict(PRESETS)[level], units=PRESET_UNITS[level])

    def take_over(self, view: LobbyView, genes: tuple[str, ...], reference: str) -> None:
        """Start with what an earlier study said; everything can be changed.

        Args:
            view: The earlier study.
            genes: Of its plan; empty if there was none yet.
            reference: Path of its public reference's file; empty where it is not known.
        """
        terms, meeting = view.terms, view.meeting
        if terms.reference is not None:
            self.reference.recall(reference, terms.reference)
        self.write(
            title=terms.title,
            purpose=terms.purpose,
            licence=terms.licence or "",
            label_name=terms.label_name,
            classes="\n".join(terms.classes),
            n_max=terms.n_max,
            recipe=terms.recipe or RECIPES[0],
            centre_sites=centres_sites(terms.recipe_parameters, terms.candidates),
            judging=terms.judging,
            candidates=wishes_of(terms.candidates),
            n_records=terms.n_records,
            gene_file=say("the earlier study") if genes else "",
            file_genes=genes,
            relay=meeting.relay,
            host=meeting.host,
            port=meeting.port,
            fingerprint=meeting.certificate_sha256,
        )

    def created(self, study_id: str) -> None:
        """The study was made; what was written is in it."""
        if self._state.reference:
            self.referenced.emit(study_id, self._state.reference)
        self.reset()

    def reset(self) -> None:
        """Forget the draft; where hospitals met last stays."""
        state = self._state
        self._set(
            DraftState(
                relay=state.relay,
                host=state.host,
                port=state.port,
                fingerprint=state.fingerprint,
                hospital=state.hospital,
            )
        )

    def set_hospital(self, name: str) -> None:
        """The hospital was named in the settings."""
        self._set(replace(self._state, hospital=name))

    def set_meeting(self, *, host: str, port: int, fingerprint: str) -> None:
        """The relay that stands in the settings; what was typed here stays."""
        if not self._state.host:
            self._set(replace(self._state, host=host, port=port, fingerprint=fingerprint))

    def meet_at(self, place: MeetingPoint) -> None:
        """Take a relay with its certificate; the invitations will carry both."""
        self.write(
            relay=place.relay,
            host=place.host,
            port=place.port,
            fingerprint=place.certificate_sha256,
        )

    def write(self, **changes: object) -> None:
        """Take what the steward typed.

        Args:
            changes: Attributes of `DraftState` with their new values.
        """
        self._set(replace(self._state, problem=None, **changes))  # type: ignore[arg-type]

    def choose_recipe(self, recipe: str) -> None:
        """Make them in another way, with other stages: shares of the steward are forgotten."""
        if recipe != self._state.recipe:
            self.write(recipe=recipe, shares=())

    def try_settings(self, settings: Settings) -> None:
        """Try these beside each other, judged together as they need it; none: the one setting."""
        if settings:
            self.write(candidates=settings, judging=judged(self._state.judging))
        else:
            self.write(candidates=())

    def centre_sites(self, *, centred: bool, patients: int) -> None:
        """Take out what each hospital's laboratory adds, or not: that is a stage more, or less.

        Args:
            centred: Whether.
            patients: Of a usual hospital, typed, for the advice only.
        """
        same = centred == self._state.centre_sites
        shares = self._state.shares if same else ()
        self.write(centre_sites=centred, site_patients=patients, shares=shares)

    def attest(self, statement: Attestation, *, stated: bool) -> None:
        """The steward states something, or takes it back."""
        others = [a for a in self._state.attested if a is not statement]
        given = tuple(sorted([*others, statement])) if stated else tuple(others)
        self._set(replace(self._state, attested=given))

    def take_gene_file(self, path: str) -> None:
        """Read the panel from a list of names."""
        name = Path(path).name
        genes, wrong = read_genes(Path(path))
        if wrong:
            problem = problem_of("CH103", (("file", name), ("reason", wrong)))
            self._set(replace(self._state, problem=problem))
            return
        self._set(replace(self._state, gene_file=name, file_genes=genes, problem=None))

    def take_own_genes(self) -> None:
        """Take the column names of the own cohort as the panel."""
        self._set(replace(self._state, gene_file="", file_genes=(), problem=None))

    def create(self) -> None:
        """Make the study; nobody is asked by it."""
        state, meeting = self._state, self._state.meeting
        if state.reason or state.sending or meeting is None:
            return
        self._set(replace(state, sending=True, problem=None))
        self.send(
            CreateStudy(
                title=state.title.strip(),
                purpose=" ".join(state.purpose.split())[:MAX_PURPOSE],
                cohort_id=state.cohort_id,
                genes=state.asked_list,
                n_genes=state.asked_genes if state.reference and not state.candidates else None,
                reference=state.reference,
                planned_smallest_class=state.smallest,
                shares=() if state.candidates else state.shares,
                candidates=state.candidates,
                centre_sites=state.site_centring,
                label_name=state.label_name.strip(),
                classes=state.class_names,
                recipe=state.recipe,
                epsilon=state.epsilon,
                delta=state.delta,
                n_max=state.n_max,
                n_records=state.n_records,
                meeting=meeting,
                attestations=tuple(a for a in state.attested if a in state.needed),
                judging=state.judging,
                licence=state.licence,
            )
        )

    def receive(self, event: PanelShown) -> None:
        """Take the names of the own cohort's columns and diagnoses."""
        if event.cohort_id != self._state.cohort_id:
            return
        typed = self._state.classes or "\n".join(event.labels)
        genes, labels = event.genes, event.labels
        self._set(replace(self._state, own_genes=genes, own_labels=labels, classes=typed))

    def refuse(self, event: Refused) -> None:
        """The study was not made."""
        problem = problem_of(event.code, event.fields)
        self._set(replace(self._state, sending=False, problem=problem))

    def _follow_reference(self) -> None:
        found = self.reference.state
        state = replace(self._state, reference=found.used, checking=found.reason)
        if bool(found.used) != bool(self._state.reference):
            state = replace(state, shares=())  # of other stages
        self._set(state)

    def _check_reference(self) -> None:
        """Let a chosen reference be checked against the panel."""
        state = self._state
        self.reference.plan_for(
            cohort_id=state.cohort_id, genes=state.file_genes, n_genes=state.asked_genes
        )

    def _set(self, state: DraftState) -> None:
        if state != self._state:
            panel = (self._state.cohort_id, self._state.file_genes, self._state.asked_genes)
            self._state = state
            self.changed.emit()
            self.forecast.plan_for(state.question, state.questions)
            if panel != (state.cohort_id, state.file_genes, state.asked_genes):
                self._check_reference()


def _shares(
    state: DraftState, planned: tuple[tuple[str, float], ...]
) -> tuple[tuple[str, float], ...]:
    """Return the steward's shares: those of the privacy step, for whose recipe they are, if they
    were changed there last, else those of the draft.
    """
    if planned == state.planned_shares:
        return state.shares
    return planned if state.recipe == RECIPES[0] else ()
