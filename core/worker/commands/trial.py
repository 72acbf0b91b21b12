"""A study tried out in one process, on data that are open: the same integers, noise and models.

NB: it protects nobody and writes no ledger. It serves open cohorts only: to compare recipes and to
choose settings before a study.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.budget import Budget
from core.model.measurement import Measurement
from core.model.plan import Plan, Scalar
from core.model.reference import PublicReference
from core.model.release import SyntheticCohort
from core.privacy.calibration import DEFAULT_FAMILY
from core.protocol.plaintext import sample_noise
from core.randomness import NoiseSource, SamplingSource
from core.statistics.statistic import Records
from core.study.drafting import Agreement, Seat, draft_plan
from core.synthesis.recipe import Model, sampling_seed
from core.synthesis.registry import recipe_called
from core.worker.calibrating import calibrated, with_split

_PARTIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenRecords:
    """Normalised records of an open cohort; implements ``Records``.

    Attributes:
        values: Shape (n_records, n_genes).
        class_index: Shape (n_records,), int64.
        levels: Shape (n_records, 2), log2 units.
    """

    values: NDArray[np.float64]
    class_index: NDArray[np.int64]
    levels: NDArray[np.float64]

    def some(self, chosen: NDArray[np.int64]) -> OpenRecords:
        """Return the chosen records."""
        return OpenRecords(
            values=self.values[chosen],
            class_index=self.class_index[chosen],
            levels=self.levels[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """The public side of a trial.

    Attributes:
        recipe: Name.
        parameters: Its parameters; None for those proposed for this plan.
        genes: The panel.
        classes: The classes.
        budget: What a study would spend.
        n_max: Most records of one hospital.
        reference: Public reference, if any.
        smallest_class: Planned patients of the smallest class, for the split of the budget.
    """

    recipe: str
    genes: tuple[str, ...]
    classes: tuple[str, ...]
    budget: Budget
    n_max: int
    reference: PublicReference | None = None
    parameters: tuple[tuple[str, Scalar], ...] | None = None
    smallest_class: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrialResult:
    """What a study with these settings would have opened and released."""

    plan: Plan
    measurements: tuple[Measurement, ...]
    model: Model
    synthetic: SyntheticCohort


def trial_plan(settings: TrialSettings) -> Plan:
    """Return the plan of a rehearsal with these settings: same accounting, same stages.

    Raises:
        PlanError: If a parameter is wrong.
        BudgetError: If no noise fits.
    """
    recipe = recipe_called(settings.recipe)
    agreement = Agreement(
        study_id="0" * 32,
        title="Trial",
        rehearsal=True,
        recipe=recipe.name,
        recipe_parameters=settings.parameters or recipe.parameters(),
        genes=settings.genes,
        label_name=_free_name("label", settings.genes),
        classes=settings.classes,
        budget=settings.budget,
        n_max=settings.n_max,
        reference=settings.reference,
    )
    if settings.parameters is None:
        agreement = with_split(agreement, settings.smallest_class)
    calibration = calibrated(agreement, _PARTIES, DEFAULT_FAMILY)
    seats = [Seat(name=f"Hospital {i}", has_cohort=True) for i in range(_PARTIES)]
    certificates = ["0" * 64] * _PARTIES
    epsilon = calibration.account.epsilon
    return draft_plan(agreement, seats, certificates, calibration.stages, epsilon)


def _free_name(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name


def run_trial(plan: Plan, records: Records) -> TrialResult:
    """Measure, fit and sample as a study would, all patients in this process.

    Args:
        plan: From ``trial_plan``.
        records: Open records.

    Raises:
        CohortError: CH115 if there are more records than the plan allows.
    """
    recipe, coins = recipe_called(plan.recipe), NoiseSource()
    done: tuple[Measurement, ...] = ()
    while (stage := recipe.next_stage(plan, done)) is not None:
        totals = recipe.local_total(plan, stage, records, done)
        noisy = totals + sample_noise(stage.noise, stage.values, coins)
        done = (*done, Measurement(stage=stage, totals=noisy))
    model = recipe.fit(plan, done)
    n_records = recipe.default_records(plan, done)
    source = SamplingSource(sampling_seed(plan, done))
    return TrialResult(
        plan=plan, measurements=done, model=model, synthetic=model.sample(n_records, source)
    )
