"""What the application, or the conductor of a local study, asks of a hospital's worker.

Commands carry file paths of this computer and choices of the steward; they never leave the
computer.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.messages.codec import language
from core.messages.forecast_messages import AskForecast
from core.messages.ledger_commands import LedgerCommand
from core.messages.reference_messages import ReferenceCommand
from core.messages.release_commands import ReleaseCommand
from core.messages.study_commands import StudyCommand
from core.model.candidate import CandidateWish
from core.model.cohort import Layout
from core.model.judging import Ballot, Judging
from core.model.peer import PeerAddress, Route
from core.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduce:
    """First command: who speaks. Answered by WorkerReady.

    Attributes:
        hospital: Name of the hospital.
        app_version: Of the window or the command line.
        person: Who works there, for the activity; empty if they gave no name.
    """

    hospital: str
    app_version: str
    person: str = ""


# ---- cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectFile:
    """Recognise a file's layout from its head. Answered by FileInspected or Refused."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCohort:
    """Read and check a file. Answered by ReadingProgressed ... CohortChecked, or Refused."""

    path: str
    layout: Layout
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenExample:
    """Open the simulated example cohort into a fresh practice ledger. Answered like OpenCohort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReading:
    """Stop the reading that is under way. Answered by Refused (CH116) for the OpenCohort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPanel:
    """Name the genes and labels of an open cohort (names only). Answered by PanelShown."""

    cohort_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCohorts:
    """Answered by CohortsListed."""


# ---- privacy


@dataclass(frozen=True, slots=True, kw_only=True)
class AskLevels:
    """Price privacy levels before anything is spent. Answered by LevelsShown.

    Attributes:
        cohort_id: Whose cap.
        epsilons: Levels to price, besides the three presets; may be empty.
        n_genes: Planned size of the panel.
        n_classes: Planned number of diagnoses.
        planned_smallest_class: Patients planned in the rarest diagnosis, all hospitals together:
            typed, never counted.
        reference: Path of a public reference's file; empty without one.
        shares: What the steward gives to stages, as (stage, share); empty takes what is proposed.
    """

    cohort_id: str
    epsilons: tuple[float, ...]
    n_genes: int
    n_classes: int
    planned_smallest_class: int
    reference: str = ""
    shares: tuple[tuple[str, float], ...] = ()


# ---- study


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareDemonstration:
    """Start partner hospitals as real processes on this computer, agree on a plan with them, and
    propose it.

    Answered by HospitalChanged ... PlanProposed, or Refused.

    Attributes:
        title: Of the study.
        cohort_id: The own cohort.
        partner_files: Paths of the partners' files, same layout as the own file; empty uses the
            example partners.
        compute_partner: Whether a partner without patients takes part.
        epsilon: Of the plan.
        delta: Of the plan.
        n_genes: Use so many genes of the common panel: those that vary most in the reference,
            without one the first; None uses all.
        n_records: Synthetic records; None uses the noisy total.
        reference: Path of a public reference's file; empty without one.
        planned_smallest_class: As in AskLevels, for the split over the stages; None if nobody
            planned it.
        shares: As in AskLevels.
        centre_sites: As in CreateStudy, and so are ``candidates`` and ``judging``; nobody is there
            to vote, so a plan that asks for a vote is refused when it starts.
        recipe: Name of the recipe; empty takes the default, with candidates it does not count.
        genes: The panel, of which ``n_genes`` are taken; empty takes the files' common genes.
    """

    title: str
    cohort_id: str
    partner_files: tuple[str, ...]
    compute_partner: bool
    epsilon: float
    delta: float
    n_genes: int | None
    n_records: int | None
    reference: str = ""
    planned_smallest_class: int | None = None
    shares: tuple[tuple[str, float], ...] = ()
    centre_sites: bool = False
    candidates: tuple[CandidateWish, ...] = ()
    judging: Judging | None = None
    recipe: str = ""
    genes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveDemonstration:
    """End the partners of a study that was not started. Answered by DemonstrationEnded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartStudy:
    """Approve the proposed plan and start its run everywhere. Answered by the run's events.

    Attributes:
        digest: Of the plan.
        reason: Why this level, for the ledger; needed above the level Most detail (BU314).
    """

    digest: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRun:
    """Stop the run at every hospital. Answered by RunEnded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStudies:
    """Answered by StudiesListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListActivity:
    """Answered by ActivityListed."""


# ---- one hospital's part in a local study (sent by the conductor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareRun:
    """Start the run worker. Answered by RunPrepared.

    Attributes:
        route: Where the run workers of this study meet; None: on this computer's own loopback.
    """

    route: Route | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposePlan:
    """Check a plan against this hospital's cohort, cap and own accounting. Answered by
    PlanAccepted or Refused.

    Attributes:
        plan: The whole plan.
        own_number: This hospital's party number in it.
        cohort_id: The own cohort; empty for a compute partner.
        ballot: This hospital's secret vote on the release; None where the plan asks for none.
    """

    plan: Plan
    own_number: int
    cohort_id: str
    ballot: Ballot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRun:
    """Reserve the budget and run the accepted plan. Answered by the run's events and RunEnded."""

    digest: str
    peers: tuple[PeerAddress, ...]


# ---- results


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReport:
    """Compare a release with the local held-out patients. Answered by ReportProgressed ...
    ReportReady.
    """

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskGene:
    """Compare one gene of a release with the local patients. Answered by GeneShown.

    Attributes:
        digest: Of the plan.
        gene: One of the plan's genes.
    """

    digest: str
    gene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """End the worker. A run that is under way is cancelled first."""


Command = (
    Introduce
    | InspectFile
    | OpenCohort
    | OpenExample
    | StopReading
    | AskPanel
    | ListCohorts
    | AskLevels
    | AskForecast
    | LedgerCommand
    | ReferenceCommand
    | PrepareDemonstration
    | LeaveDemonstration
    | StartStudy
    | CancelRun
    | ListStudies
    | ListActivity
    | PrepareRun
    | ProposePlan
    | StartRun
    | StudyCommand
    | AskReport
    | AskGene
    | ReleaseCommand
    | Shutdown
)

COMMANDS = language(*Command.__args__)
