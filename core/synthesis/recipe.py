"""What every recipe offers. The worker knows this page and no recipe by name.

References:
    architecture.md "A new kind of study must be one new folder".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError, PlanError
from core.model.budget import Budget
from core.model.measurement import Measurement, measurements_digest
from core.model.plan import Patients, Plan, Scalar, StagePlan
from core.model.quality import Usefulness
from core.model.reference import PublicReference
from core.model.release import SyntheticCohort
from core.model.request import StageRequest
from core.randomness import SamplingSource
from core.statistics.statistic import Records
from core.synthesis.coexpression import CoExpression
from core.synthesis.differences import Differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The public numbers from which a recipe derives its stages, before any noise is chosen.

    Attributes:
        n_genes: Genes of the panel.
        n_classes: Classes of the plan.
        n_max: Most records per hospital.
        budget: What the study may spend.
        parameters: The recipe's public parameters, as they stand in the plan.
        reference: The plan's public reference, if it has one.
    """

    n_genes: int
    n_classes: int
    n_max: int
    budget: Budget
    parameters: tuple[tuple[str, Scalar], ...]
    reference: PublicReference | None = None

    def __post_init__(self) -> None:
        """Refuse a design without genes or classes.

        Raises:
            PlanError: PL207.
        """
        if self.n_genes < 2:
            raise PlanError("PL207", needed=2, what="genes", found=self.n_genes)
        if self.n_classes < 2:
            raise PlanError("PL207", needed=2, what="classes", found=self.n_classes)

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Return the design that a plan states."""
        return cls(
            n_genes=len(plan.genes),
            n_classes=len(plan.classes),
            n_max=plan.n_max,
            budget=plan.budget,
            parameters=plan.recipe_parameters,
            reference=plan.reference,
        )

    def parameter(self, name: str) -> Scalar:
        """Return one public parameter.

        Raises:
            PlanError: PL201 if it is missing.
        """
        for key, value in self.parameters:
            if key == name:
                return value
        raise PlanError("PL201", field=f"recipe_parameters.{name}", reason="missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Parameters that suit a plan, and why.

    Attributes:
        parameters: To be written into the plan; people may change them.
        reason: One sentence for people.
    """

    parameters: tuple[tuple[str, Scalar], ...]
    reason: str


class Model(Protocol):
    """A fitted generative model: public, post-processing of measurements."""

    def sample(self, n_records: int, source: SamplingSource) -> SyntheticCohort:
        """Draw synthetic records.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        ...


class Recipe(Protocol):
    """One way of making a synthetic cohort from noisy sums."""

    @property
    def name(self) -> str:
        """The recipe's key in a plan."""
        ...

    def parameters(self) -> tuple[tuple[str, Scalar], ...]:
        """Return the default public parameters, before anything is known of a plan."""
        ...

    def proposed(self, design: Design, n_min: int | None) -> Proposal:
        """Return the parameters that suit a plan: above all how the budget is split.

        Args:
            design: Public; its own parameters do not matter.
            n_min: Planned size of the smallest class over all hospitals, never the exact one;
                None if nobody planned it.
        """
        ...

    def requests(self, design: Design) -> tuple[StageRequest, ...]:
        """Return the stages to calibrate, in order; from public design values only.

        Raises:
            PlanError: PL201 if a parameter is missing or outside its range.
        """
        ...

    def check_plan(self, plan: Plan) -> None:
        """Derive lengths and sensitivities again and refuse a plan that states others.

        Every party calls this before it touches a patient.

        Raises:
            PlanError: PL201 with the field that differs.
        """
        ...

    def next_stage(self, plan: Plan, measurements: Sequence[Measurement]) -> StagePlan | None:
        """Return the stage after what is measured, or None when all are."""
        ...

    def local_total(
        self,
        plan: Plan,
        stage: StagePlan,
        records: Records | None,
        measurements: Sequence[Measurement],
        site: int = 0,
    ) -> NDArray[np.int64]:
        """Return this party's vector for ``stage``.

        Args:
            plan: A plan that ``check_plan`` accepted.
            stage: The stage that ``next_stage`` named.
            records: The hospital's training records; None at a compute partner.
            measurements: What was opened so far.
            site: Number of this party in the plan: some stages have a block for each.

        Returns:
            Shape (stage.values,), int64, integer units; zeros for a compute partner.

        Reveals:
            Nothing by itself; the vector goes to ``SecureAggregator.measure`` only.

        Raises:
            CohortError: CH115 if there are more records than the plan allows.
        """
        ...

    def fit(self, plan: Plan, measurements: Sequence[Measurement]) -> Model:
        """Fit the model to all measurements: deterministic, no patient, no randomness."""
        ...

    def differences(self, plan: Plan, measurements: Sequence[Measurement]) -> Differences | None:
        """Return which genes differ between classes, or None if this recipe cannot say.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        ...

    def co_expression(
        self, plan: Plan, measurements: Sequence[Measurement]
    ) -> CoExpression | None:
        """Return which genes are co-expressed, or None if this recipe cannot say.

        Reveals:
            Nothing beyond the measurements, at no further spend.
        """
        ...

    def default_records(self, plan: Plan, measurements: Sequence[Measurement]) -> int:
        """Return the plan's number of records, else the noisy total, rounded."""
        ...

    def predict(self, design: Design, n_min: int) -> Usefulness:
        """Return what may be expected before anything is spent.

        Args:
            design: Public.
            n_min: Size of the smallest class over all hospitals: planned, public or noisy, never
                exact.
        """
        ...


def stage_after(plan: Plan, measurements: Sequence[Measurement]) -> StagePlan | None:
    """Return the recipe's next stage when its stages simply follow each other.

    Raises:
        InternalError: IN901 if what is measured is not the beginning of the plan.
    """
    done = tuple(m.stage for m in measurements)
    stages = plan.recipe_stages
    if done != stages[: len(done)]:
        raise InternalError("IN901", rule="stages are measured in the plan's order")
    return stages[len(done)] if len(done) < len(stages) else None


def require_measured(plan: Plan, measurements: Sequence[Measurement]) -> None:
    """Refuse to fit before every stage is opened.

    Raises:
        InternalError: IN901.
    """
    if stage_after(plan, measurements) is not None:
        raise InternalError("IN901", rule="a model is fitted to all measurements of its plan")


def sampling_seed(plan: Plan, measurements: Sequence[Measurement]) -> bytes:
    """Return the seed of a release's one sample, a hash of plan and measurements (privacy.md 8.3).

    Nobody can draw again until a sample looks good: the seed follows from what was opened for the
    recipe. What was opened to judge the sample comes after it and does not count.
    """
    made_from = [m for m in measurements if m.stage.patients is Patients.TRAINING]
    text = f"syncohort-sample-1:{plan.digest}:{measurements_digest(made_from)}"
    return hashlib.sha256(text.encode("ascii")).digest()
