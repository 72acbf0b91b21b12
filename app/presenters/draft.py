"""A study that others will be invited to, as its coordinator writes it down."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.lists import names_of_lines, read_genes
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, count, problem_of, say
from core.errors import SynCohortError
from core.messages.commands import AskPanel
from core.messages.events import PanelShown, Refused
from core.messages.study_commands import CreateStudy
from core.model.budget import DEFAULT_DELTA, PRESET_UNITS, PRESETS, Level
from core.model.invitation import MAX_PURPOSE, MeetingPoint, StudyTerms
from core.model.plan import MAX_CLASSES, MAX_GENES, Attestation
from core.study.drafting import DEFAULT_N_MAX

RECIPES: Final = ("moments", "marginals")
DEFAULT_PORT: Final = 443
TITLE_MAX: Final = 80
MIN_GENES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftState:
    """What was written so far.

    Attributes:
        cohort_id: The own cohort.
        cohort_name: Name of it.
        epsilon: Of the chosen privacy level.
        delta: Same.
        units: What it takes of the cap.
        planned_genes: Genes that the privacy step was planned with.
        title: Of the study.
        purpose: In plain words.
        label_name: Heading of the diagnosis column.
        classes: Diagnoses as they stand in the box, one per line.
        own_labels: Diagnoses that the own file names; names only.
        own_genes: Column names of the own file.
        gene_file: Name of the file with the panel; empty takes the own column names.
        file_genes: What stands in it.
        recipe: How they are made, one of `RECIPES`.
        n_records: Synthetic patients; None for the noisy total.
        n_max: Most patients of one hospital.
        relay: Whether the hospitals meet at a relay.
        host: Its name, or that of this computer.
        port: Its port.
        fingerprint: Of the relay's certificate; empty where an authority vouches for it.
        attested: What the steward has stated.
        hospital: Name of this hospital, as the others will see it.
        without_patients: Whether this hospital coordinates as a compute partner.
        sending: Whether the study is being made.
        problem: Why it was not made, or why a file was not read.
    """

    cohort_id: str = ""
    cohort_name: str = ""
    epsilon: float = 0.0
    delta: float = 0.0
    units: float = 0.0
    planned_genes: int = MIN_GENES
    title: str = ""
    purpose: str = ""
    label_name: str = ""
    classes: str = ""
    own_labels: tuple[str, ...] = ()
    own_genes: tuple[str, ...] = ()
    gene_file: str = ""
    file_genes: tuple[str, ...] = ()
    recipe: str = RECIPES[0]
    n_records: int | None = None
    n_max: int = DEFAULT_N_MAX
    relay: bool = True
    host: str = ""
    port: int = DEFAULT_PORT
    fingerprint: str = ""
    attested: tuple[Attestation, ...] = ()
    hospital: str = ""
    without_patients: bool = False
    sending: bool = False
    problem: Problem | None = None

    @property
    def needed(self) -> tuple[Attestation, ...]:
        """Statements that are asked of this hospital."""
        return (Attestation.NO_COLLUSION,) if self.without_patients else tuple(Attestation)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The diagnoses, each once, in the order of the box."""
        return names_of_lines(self.classes)

    @property
    def genes(self) -> tuple[str, ...]:
        """The panel: of the file, or the first so many own columns; names only."""
        if self.gene_file:
            return self.file_genes
        return self.own_genes[: self.planned_genes]

    @property
    def missing_here(self) -> tuple[str, ...]:
        """Genes of the panel that the own file does not name."""
        if self.without_patients:
            return ()
        own = set(self.own_genes)
        return tuple(g for g in self.file_genes if g not in own) if self.gene_file else ()

    @property
    def unlisted(self) -> tuple[str, ...]:
        """Diagnoses of the own file that the study does not name."""
        named = set(self.class_names)
        return tuple(label for label in self.own_labels if label not in named)

    @property
    def wrong_genes(self) -> str:
        """What is wrong with the panel; empty if nothing is."""
        n = len(self.genes)
        if self.without_patients and not self.gene_file:
            return say("Choose a list of genes: there are no columns of your own to take.")
        if not self.own_genes and not self.without_patients:
            return say("The column names of your cohort are being read.")
        if n < MIN_GENES or n > MAX_GENES:
            return say("A panel has {low} to {high} genes; this one has {n}.", low=MIN_GENES,
                       high=count(MAX_GENES), n=count(n))  # fmt: skip
        missing = self.missing_here
        if missing:
            return say(
                "{n} genes of the list are not in your file, the first is {gene}.",
                n=count(len(missing)),
                gene=missing[0],
            )
        return ""

    @property
    def wrong_classes(self) -> str:
        """What is wrong with the diagnoses; empty if nothing is."""
        n = len(self.class_names)
        if not 2 <= n <= MAX_CLASSES:
            return say("Name 2 to {n} diagnoses, one per line.", n=MAX_CLASSES)
        if self.unlisted:
            return say(
                "Your file also names {names}: add it here, or leave these patients out of the "
                "file.",
                names=", ".join(self.unlisted[:3]),
            )
        return ""

    @property
    def wrong_meeting(self) -> str:
        """What is wrong with where the hospitals meet; empty if nothing is."""
        if not self.host.strip():
            return (
                say("Name the relay at which the hospitals meet.")
                if self.relay
                else say("Name this computer as the others can reach it.")
            )
        if self.meeting is None:
            return say("Check address, port and fingerprint of the meeting point.")
        return ""

    @property
    def meeting(self) -> MeetingPoint | None:
        """Where the hospitals meet; None while it cannot be dialled."""
        pinned = re.sub(r"[^0-9a-f]", "", self.fingerprint.lower()) if self.relay else ""
        if self.relay and self.fingerprint.strip() and not pinned:
            return None
        try:
            return MeetingPoint(
                host=self.host.strip(),
                port=self.port,
                relay=self.relay,
                certificate_sha256=pinned,
            )
        except SynCohortError:
            return None

    @property
    def reason(self) -> str:
        """What is missing before hospitals can be invited; empty when nothing is."""
        checks = (
            (not self.hospital.strip(), say("Name this hospital in Settings first.")),
            (not self.title.strip(), say("Give the study a name.")),
            (not self.purpose.strip(), say("Say in plain words what the study is for.")),
            (not self.label_name.strip(), say("Name the diagnosis column.")),
            (bool(self.wrong_classes), self.wrong_classes),
            (bool(self.wrong_genes), self.wrong_genes),
            (bool(self.wrong_meeting), self.wrong_meeting),
            (
                any(a not in self.attested for a in self.needed),
                say("Confirm what this hospital states.")
                if self.without_patients
                else say("Confirm both statements of this hospital."),
            ),
        )
        return next((words for is_wrong, words in checks if is_wrong), "")


class DraftPresenter(Presenter):
    """Invariant: panel and classes come from names and from what was typed, never from values."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = DraftState()

    @property
    def state(self) -> DraftState:
        """What is on the screen."""
        return self._state

    def open(  # noqa: PLR0913 - what the steps before decided
        self,
        *,
        cohort_id: str,
        cohort_name: str,
        epsilon: float,
        delta: float,
        units: float,
        label_name: str,
        planned_genes: int,
    ) -> None:
        """Start with what cohort and privacy step decided; what was typed before stays."""
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
                cohort_name=cohort_name,
                epsilon=epsilon,
                delta=delta,
                units=units,
                planned_genes=planned_genes,
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
            sending=False,
        )
        self.set_level(level)

    def set_level(self, level: Level) -> None:
        """Choose one of the three privacy levels, where no cap of an own cohort is to be asked."""
        self.write(epsilon=dict(PRESETS)[level], units=PRESET_UNITS[level])

    def take_over(self, terms: StudyTerms, meeting: MeetingPoint, genes: tuple[str, ...]) -> None:
        """Start with what an earlier study said; everything can be changed.

        Args:
            terms: Of the earlier study.
            meeting: Where its hospitals met.
            genes: Of its plan; empty if there was none yet.
        """
        self.write(
            title=terms.title,
            purpose=terms.purpose,
            label_name=terms.label_name,
            classes="\n".join(terms.classes),
            n_max=terms.n_max,
            recipe=terms.recipe,
            n_records=terms.n_records,
            gene_file=say("the earlier study") if genes else "",
            file_genes=genes,
            relay=meeting.relay,
            host=meeting.host,
            port=meeting.port,
            fingerprint=meeting.certificate_sha256,
        )

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
        own_columns = not state.gene_file and state.genes == state.own_genes
        self._set(replace(state, sending=True, problem=None))
        self.send(
            CreateStudy(
                title=state.title.strip(),
                purpose=" ".join(state.purpose.split())[:MAX_PURPOSE],
                cohort_id=state.cohort_id,
                genes=() if own_columns else state.genes,
                label_name=state.label_name.strip(),
                classes=state.class_names,
                recipe=state.recipe,
                epsilon=state.epsilon,
                delta=state.delta,
                n_max=state.n_max,
                n_records=state.n_records,
                meeting=meeting,
                attestations=tuple(a for a in state.attested if a in state.needed),
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

    def _set(self, state: DraftState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
