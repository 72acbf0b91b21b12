"""What the screens and the command line show of a study, its hospitals and the activity: public
values.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.model.budget import CapState
from core.model.cohort import CohortSummary, Layout
from core.model.quality import Usefulness


class HospitalState(StrEnum):
    """What one party of a study is doing, as seen from this computer."""

    STARTING = "starting"
    READING = "reading"
    READY = "ready"
    CONNECTED = "connected"
    IN_STEP = "in-step"
    FINISHED = "finished"
    LOST = "lost"
    REFUSED = "refused"


class StudyState(StrEnum):
    """Where a study stands."""

    PREPARED = "prepared"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalView:
    """One party's row in a study.

    Attributes:
        number: In the plan.
        name: Of the hospital.
        has_cohort: Whether it has patients.
        own: Whether it is this computer.
        state: What it is doing.
        code: Error code of a party that ended early; empty otherwise.
        stages: Of the plan, of which it says that it has computed its share.
    """

    number: int
    name: str
    has_cohort: bool
    own: bool
    state: HospitalState
    code: str = ""
    stages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StageShare:
    """What one stage gets of what a study spends.

    Attributes:
        stage: Its name.
        share: Of mu squared, 0 to 1; the shares of all stages sum to 1.
        own: Whether it can be chosen; the rest goes to the stage that cannot.
    """

    stage: str
    share: float
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelView:
    """One privacy level offered to the steward.

    Attributes:
        key: ``strictest``, ``balanced``, ``most-detail`` or ``exact``.
        epsilon: Of the level.
        delta: Of the level.
        units: What the study takes of the cap.
        affordable: Whether the cap allows it.
        odds: Worst-case chance of 100 for this study alone.
        total_odds: Worst-case chance of 100 for everything ever released from these patients, this
            study included.
        usefulness: Predicted from the plan alone; no patient is looked at.
        alone: Predicted without the public reference; None if none is used.
        split: What each stage gets at this level, in the order in which they are opened.
    """

    key: str
    epsilon: float
    delta: float
    units: float
    affordable: bool
    odds: int
    total_odds: int
    usefulness: Usefulness
    alone: Usefulness | None = None
    split: tuple[StageShare, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortView:
    """One cohort of this hospital on its own screen. Counts in the summary are exact: LocalView
    only.

    Attributes:
        cohort_id: Key in the ledger.
        name: Chosen by the steward.
        practice: Whether these are the simulated example patients (own practice ledger).
        file_present: Whether the file is still where it was and unchanged.
        layout: How the file is read.
        summary: The checks; None if the file was not read in this session.
        cap: What these patients have used of their lifetime cap.
    """

    cohort_id: str
    name: str
    practice: bool
    file_present: bool
    layout: Layout
    summary: CohortSummary | None
    cap: CapState


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyView:
    """One study in the list.

    Attributes:
        digest: Of the plan.
        title: Of the plan.
        state: Where it stands.
        hospitals: Names of all parties.
        cohort_id: The own cohort; empty for a compute partner.
        cohort_name: Name of it.
        epsilon: Of the plan.
        units: Charged, or to be charged.
        n_genes: In the panel.
        classes: Of the plan.
        started: Seconds since the epoch, UTC; 0 if it never started.
        finished: Same; 0 while it runs.
        code: Error code if it failed, else empty.
        spent: Whether the units are spent.
    """

    digest: str
    title: str
    state: StudyState
    hospitals: tuple[str, ...]
    cohort_id: str
    cohort_name: str
    epsilon: float
    units: float
    n_genes: int
    classes: tuple[str, ...]
    started: float
    finished: float
    code: str
    spent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityLine:
    """Who did what when on this installation; no patient data, no folder names.

    Attributes:
        time: Seconds since the epoch, UTC.
        kind: ``study``, ``cohort``, ``privacy``, ``release`` or ``problem``.
        text: One sentence.
        detail: Public detail such as an error code; may be empty.
        who: Who asked for it, by the name they gave; empty if the program did it by itself.
    """

    time: float
    kind: str
    text: str
    detail: str = ""
    who: str = ""
