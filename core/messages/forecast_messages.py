"""What the application asks about a study that is being written down, and what the worker says.

Answered from public numbers only: no patient is looked at, nothing is spent.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.model.candidate import Scalar
from core.model.quality import Usefulness
from core.model.study import StageShare


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForecast:
    """What a planned study can be expected to give, and how what it spends would be shared out
    over its stages. Answered by ForecastShown or Refused.

    Attributes:
        question: Name of the question; the answer repeats it.
        recipe: Name of the recipe.
        cohort_id: The own opened cohort, for its column names; empty without one.
        genes: The panel to choose from; empty takes the own columns.
        n_genes: How many of them; None for all.
        n_classes: Planned number of diagnoses.
        epsilon: Of the plan; so is ``delta``.
        n_max: Most records per hospital.
        planned_smallest_class: Patients planned in the rarest diagnosis, all hospitals together:
            typed, never counted; None if nobody planned it.
        reference: Path of a public reference's file; empty without one.
        shares: (stage, share) of the steward, the other stages are scaled; empty: as proposed.
        centre_sites: Whether what each hospital's pipeline adds is taken out.
        parts: Candidate settings that share what is spent equally, of which this is one and the
            joint evaluation judges all; 1: the one setting.
        parameters: Of the recipe that shall not be the proposed ones, such as ``bins``.
    """

    question: str
    recipe: str
    cohort_id: str
    genes: tuple[str, ...]
    n_genes: int | None
    n_classes: int
    epsilon: float
    delta: float
    n_max: int
    planned_smallest_class: int | None
    reference: str = ""
    shares: tuple[tuple[str, float], ...] = ()
    centre_sites: bool = False
    parts: int = 1
    parameters: tuple[tuple[str, Scalar], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastShown:
    """What a planned study can be expected to give.

    Attributes:
        question: As asked.
        n_genes: Of the panel.
        usefulness: Predicted from the plan alone; None if no smallest class was planned.
        alone: Predicted without the public reference; None if none is used.
        undivided: Of one of several settings: predicted with all that the study spends; None where
            there are no others, or nothing is predicted.
        epsilon: With which it is made: the study's, or of its part where several share it.
        split: What each stage gets, in the order in which they are opened.
        reason: Why the proposed split is as it is, one sentence.
        held_out: Patients of all hospitals who judge the table, as planned or as usual.
        joint_widths: Key of a joint evaluation and how wide the 95 % interval of its macro-F1
            will about be, 0 to 1; from fewer tables to more.
    """

    question: str
    n_genes: int
    usefulness: Usefulness | None
    alone: Usefulness | None
    split: tuple[StageShare, ...]
    reason: str
    held_out: int
    joint_widths: tuple[tuple[str, float], ...]
    epsilon: float
    undivided: Usefulness | None = None
