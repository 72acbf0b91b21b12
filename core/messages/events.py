"""What a hospital's worker says: one frozen class per fact.

No event carries a share, a key, a patient identifier or a path. Subclasses of LocalView carry the
steward's own counts, preview rows, scores and plot coordinates: they go to the steward's own
screen only and are never logged, stored or sent to a peer.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.messages.codec import language
from core.messages.forecast_messages import ForecastShown
from core.messages.ledger_events import LedgerEvent
from core.messages.local_view import LocalView
from core.messages.reference_messages import ReferenceEvent
from core.messages.release_events import ReleaseEvent
from core.messages.report_events import ReportEvent
from core.messages.study_events import (
    ApproverSetUp,
    ConnectionChecked,
    ConnectionShown,
    ContinuationAwaited,
    IdentityBackedUp,
    IdentityReplaced,
    IdentityShown,
    InvitationMade,
    InvitationOpened,
    LobbiesListed,
    LobbyChanged,
    PlanToSign,
    ProxySet,
    RelayHosted,
    RelayStopped,
)
from core.model.budget import CapState
from core.model.cohort import Layout, Preview
from core.model.peer import PeerAddress
from core.model.plan import Plan
from core.model.release import Release
from core.model.study import (
    ActivityLine,
    CohortView,
    HospitalView,
    LevelView,
    StudyState,
    StudyView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerReady:
    """The worker runs; the ledger's chain was verified (``broken_entry`` 0) or is broken at that
    entry.

    Attributes:
        version: Of the application.
        ledger_entries: Lines of the ledger.
        broken_entry: First line that does not fit or is missing; 0 if all are there.
        ledger_code: Error code of what is wrong with the ledger; empty if nothing is.
    """

    version: str
    ledger_entries: int
    broken_entry: int
    ledger_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A command was refused: nothing was lost and nothing was spent by it.

    Attributes:
        command: Name of the command's class.
        code: Of core.errors.
        fields: Public fields of the error.
    """

    command: str
    code: str
    fields: tuple[tuple[str, str], ...]


# ---- cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInspected(LocalView):
    """What the head of a file looks like."""

    file_name: str
    layout: Layout
    preview: Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingProgressed(LocalView):
    """So many of about so many records were read (total 0 while it is not known)."""

    file_name: str
    records_read: int
    records_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortChecked(LocalView):
    """A file was read and checked; it can be used if its summary says so."""

    cohort: CohortView
    preview: Preview


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelShown(LocalView):
    """Gene and label names of an open cohort, and whether its values are counts."""

    cohort_id: str
    genes: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortsListed(LocalView):
    """All cohorts of this hospital."""

    cohorts: tuple[CohortView, ...]


# ---- privacy


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelsShown:
    """Prices of privacy levels for one cohort."""

    cohort_id: str
    cap: CapState
    levels: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRecorded:
    """The study's units are durably spent; from now on totals may be opened."""

    digest: str
    units: float
    cap: CapState


# ---- study and run


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalChanged:
    """One party's state changed."""

    hospital: HospitalView


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposed:
    """All parties accepted this plan; the steward may approve it.

    Attributes:
        plan: The whole public plan.
        digest: Its SHA-256.
        units: What it takes of the own cap.
        explanation: Stage by stage: what is opened, sensitivity, noise, the inequality; one
            paragraph each.
    """

    plan: Plan
    digest: str
    units: float
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemonstrationEnded:
    """The partner processes are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPrepared:
    """The run worker listens here and will show this certificate."""

    address: PeerAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAccepted:
    """This hospital recomputed the plan's claim and agrees."""

    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The run began; ``stages`` are (name, values) in order."""

    digest: str
    stages: tuple[tuple[str, int], ...]
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContinued:
    """This run goes on where an earlier one of the same plan stopped. Nothing is charged again.

    Attributes:
        digest: Of the plan.
        kept: Stages that were opened already and are kept: the run goes on with stage kept + 1.
        again: Stages whose opening broke off: exactly the same totals are opened again.
        stages: Of the plan, all together.
    """

    digest: str
    kept: int
    again: int
    stages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted:
    """A stage began at this hospital."""

    digest: str
    stage: str
    values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageProgressed:
    """A stage goes on.

    Attributes:
        digest: Of the plan.
        stage: Name.
        step: ``share``, ``noise`` or ``open``.
        done: Values finished in this step.
        total: Values of the step.
        bytes_sent: In the session so far.
        bytes_received: In the session so far.
        seconds_left: Estimated for the whole run from measured speed; negative while it is not
            known.
    """

    digest: str
    stage: str
    step: str
    done: int
    total: int
    bytes_sent: int
    bytes_received: int
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFinished:
    """A stage's noisy totals were opened to all hospitals; ``kept``: by an earlier run."""

    digest: str
    stage: str
    values: int
    seconds: float
    bytes_sent: int
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseWritten:
    """The synthetic cohort is on this hospital's disk."""

    digest: str
    release: Release


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The run is over at this hospital.

    Attributes:
        digest: Of the plan.
        state: finished, failed or cancelled.
        spent: Whether the units count as spent.
        code: Error code, empty when finished.
        fields: Public fields of the error.
        continues: Whether the same plan can go on where it stopped, without another charge.
    """

    digest: str
    state: StudyState
    spent: bool
    code: str
    fields: tuple[tuple[str, str], ...]
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StudiesListed:
    """All studies of this installation, newest first."""

    studies: tuple[StudyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityListed:
    """What happened on this installation, newest first."""

    lines: tuple[ActivityLine, ...]


Event = (
    WorkerReady
    | Refused
    | FileInspected
    | ReadingProgressed
    | CohortChecked
    | PanelShown
    | CohortsListed
    | LevelsShown
    | ForecastShown
    | LedgerEvent
    | ReportEvent
    | ReferenceEvent
    | SpendRecorded
    | HospitalChanged
    | PlanProposed
    | DemonstrationEnded
    | RunPrepared
    | PlanAccepted
    | RunStarted
    | RunContinued
    | StageStarted
    | StageProgressed
    | StageFinished
    | ReleaseWritten
    | RunEnded
    | StudiesListed
    | ActivityListed
    | IdentityShown
    | IdentityBackedUp
    | IdentityReplaced
    | ApproverSetUp
    | InvitationMade
    | InvitationOpened
    | LobbyChanged
    | LobbiesListed
    | PlanToSign
    | ContinuationAwaited
    | ProxySet
    | ConnectionShown
    | RelayHosted
    | RelayStopped
    | ConnectionChecked
    | ReleaseEvent
)

EVENTS = language(*Event.__args__)
