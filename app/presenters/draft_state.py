"""What a coordinator has written down of a study, and what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final

from app.presenters.candidates import MIN_GENES, Settings, wrong_settings
from app.presenters.lists import names_of_lines
from app.presenters.wording import Problem, count, say
from core.errors import SynCohortError
from core.messages.forecast_messages import AskForecast
from core.model.invitation import MeetingPoint
from core.model.judging import CONFUSION, Judging
from core.model.plan import MAX_CLASSES, MAX_GENES, Attestation
from core.study.drafting import DEFAULT_N_MAX

RECIPES: Final = ("moments", "marginals")
DEFAULT_PORT: Final = 443
TITLE_MAX: Final = 80
#: A round figure until the steward types another; never read from the cohort.
NEUTRAL_PATIENTS: Final = 50


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
        licence: Under which terms the table is released; may be empty.
        label_name: Heading of the diagnosis column.
        classes: Diagnoses as they stand in the box, one per line.
        own_labels: Diagnoses that the own file names; names only.
        own_genes: Column names of the own file.
        gene_file: Name of the file with the panel; empty takes the own column names.
        file_genes: What stands in it.
        recipe: How they are made, one of `RECIPES`.
        n_records: Synthetic patients; None for the noisy total.
        n_max: Most patients of one hospital.
        judging: How the table is judged and who lets it out.
        relay: Whether the hospitals meet at a relay.
        host: Its name, or that of this computer.
        port: Its port.
        fingerprint: Of the relay's certificate; empty where an authority vouches for it.
        attested: What the steward has stated.
        hospital: Name of this hospital, as the others will see it.
        without_patients: Whether this hospital coordinates as a compute partner.
        sending: Whether the study is being made.
        reference: Path of the public reference; empty without one.
        smallest: Patients planned in the rarest diagnosis; None if nobody planned it.
        shares: What the steward gives to stages; empty takes what is proposed.
        planned_shares: Of them, as the privacy step last said.
        candidates: Settings that are tried beside each other; empty: the one that stands here.
        centre_sites: Whether what each hospital's laboratory adds to a gene is taken out.
        site_patients: Patients that a usual hospital brings, typed, for the advice on that only.
        checking: Why a chosen reference does not let the study go on; empty if nothing does.
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
    licence: str = ""
    label_name: str = ""
    classes: str = ""
    own_labels: tuple[str, ...] = ()
    own_genes: tuple[str, ...] = ()
    gene_file: str = ""
    file_genes: tuple[str, ...] = ()
    recipe: str = RECIPES[0]
    n_records: int | None = None
    n_max: int = DEFAULT_N_MAX
    judging: Judging | None = field(default_factory=lambda: Judging(evaluation=CONFUSION))
    relay: bool = True
    host: str = ""
    port: int = DEFAULT_PORT
    fingerprint: str = ""
    attested: tuple[Attestation, ...] = ()
    hospital: str = ""
    without_patients: bool = False
    sending: bool = False
    reference: str = ""
    smallest: int | None = None
    shares: tuple[tuple[str, float], ...] = ()
    planned_shares: tuple[tuple[str, float], ...] = ()
    candidates: Settings = ()
    centre_sites: bool = False
    site_patients: int = NEUTRAL_PATIENTS
    checking: str = ""
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
    def most_genes(self) -> int:
        """Genes to choose from: of the file, or the own columns."""
        return len(self.file_genes) if self.gene_file else len(self.own_genes)

    @property
    def alone_genes(self) -> int:
        """How many of them one setting alone would have."""
        return self.most_genes if self.gene_file else self.planned_genes

    @property
    def wanted_genes(self) -> int:
        """How many of them the study has: of settings, as many as the largest."""
        if self.candidates:
            return max(c.n_genes or self.most_genes for c in self.candidates)
        return self.alone_genes

    @property
    def genes(self) -> tuple[str, ...]:
        """The panel: of the file, or the first so many own columns; names only."""
        found = self.file_genes if self.gene_file else self.own_genes
        return found[: self.wanted_genes]

    @property
    def asked_genes(self) -> int | None:
        """How many of the genes are taken; None for all of them."""
        return self.wanted_genes if self.wanted_genes < self.most_genes else None

    @property
    def asked_list(self) -> tuple[str, ...]:
        """The panel as it is asked for: with a reference the worker chooses among the columns by
        public spread; all columns need no list.
        """
        if self.reference or self.candidates or self.genes == self.own_genes:
            return self.file_genes
        return self.genes

    @property
    def site_centring(self) -> bool:
        """Whether the study will centre sites."""
        return self.centre_sites and self.can_centre

    @property
    def can_centre(self) -> bool:
        """Whether what makes the synthetic patients can: one recipe can."""
        return RECIPES[0] in ({c.recipe for c in self.candidates} or {self.recipe})

    @property
    def questions(self) -> tuple[AskForecast, ...]:
        """What is planned with each setting that is tried, with its part of what is spent."""
        whole = self.question
        if whole is None:
            return ()
        return tuple(
            replace(
                whole,
                recipe=c.recipe,
                genes=self.file_genes,
                n_genes=c.n_genes if (c.n_genes or self.most_genes) < self.most_genes else None,
                shares=(),
                centre_sites=self.centre_sites and c.recipe == RECIPES[0],
                parts=len(self.candidates),
                parameters=c.parameters,
            )
            for c in self.candidates
        )

    @property
    def question(self) -> AskForecast | None:
        """What is planned with one setting, for the worker to predict; None while too little is
        written down.
        """
        if self.candidates:
            return None if self.wrong_candidates else replace(self, candidates=()).question
        ready = self.epsilon > 0 and len(self.class_names) >= 2 and not self.wrong_genes
        if not ready or self.checking:
            return None
        return AskForecast(
            question="",
            recipe=self.recipe,
            cohort_id=self.cohort_id,
            genes=self.asked_list,
            n_genes=self.asked_genes if self.reference else None,
            n_classes=len(self.class_names),
            epsilon=self.epsilon,
            delta=self.delta,
            n_max=self.n_max,
            planned_smallest_class=self.smallest,
            reference=self.reference,
            shares=self.shares,
            centre_sites=self.site_centring,
        )

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
    def wrong_candidates(self) -> str:
        """What is wrong with the settings that are tried; empty if nothing is."""
        return wrong_settings(self.candidates, self.most_genes)

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
            (bool(self.wrong_candidates), self.wrong_candidates),
            (bool(self.checking), self.checking),
            (bool(self.wrong_meeting), self.wrong_meeting),
            (
                any(a not in self.attested for a in self.needed),
                say("Confirm what this hospital states.")
                if self.without_patients
                else say("Confirm both statements of this hospital."),
            ),
        )
        return next((words for is_wrong, words in checks if is_wrong), "")
