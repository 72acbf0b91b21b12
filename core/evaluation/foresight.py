"""How wide will the interval of a score be? Said before the run, from public numbers.

To first order. Taken is an even table: as many held-out patients in each class, four fifths of
them told rightly, the rest spread evenly. Macro-F1 moves with the cells by its gradient g; noise
moves it by sd |P g|, P being the projection to common totals, and which patients were held out by
the square root of the sum of g^2 times the cell. On even classes that is within a fifth of what
``resampling`` finds; where some classes are rare the interval is wider, as one of their patients
is a larger part (resources/benchmarks/joint.md).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from core.errors import PlanError
from core.evaluation.common_totals import agreed, parted
from core.evaluation.stages import requests, shapes
from core.model.budget import Budget
from core.model.judging import AGREEMENT, DISTANCES, Judging, evaluation_key
from core.privacy.calibration import calibrate

#: Held-out patients of all hospitals where nobody planned how many there are.
USUAL_HELD_OUT: Final = 100
#: What the plan may ask, from less to more.
CHOICES: Final = tuple(
    evaluation_key(*further)
    for further in ((), (AGREEMENT,), (DISTANCES,), (AGREEMENT, DISTANCES))
)
_RIGHT: Final = 0.8
_NORMAL_95: Final = 1.96


def expected_width(judging: Judging, n_classes: int, n_held_out: float, noise_sd: float) -> float:
    """Return the expected width of the 95 % interval of one classifier's macro-F1.

    Args:
        judging: What is asked.
        n_classes: Of the plan.
        n_held_out: Held-out patients of all hospitals, planned.
        noise_sd: On each cell of the stage, patients.

    Returns:
        0 to 1; 1: nobody will know more than before.

    Raises:
        PlanError: PL201 for fewer than one patient.
    """
    if not n_held_out >= 1:
        raise PlanError("PL201", field="held_out", reason="no patients are planned to be held out")
    planned = shapes(judging, n_classes)
    each = n_held_out / n_classes
    cells = np.full((n_classes, n_classes), each * (1 - _RIGHT) / (n_classes - 1))
    np.fill_diagonal(cells, each * _RIGHT)
    # F1 = 2 hits / (row + column), and both sums are ``each``.
    slope = np.full((n_classes, n_classes), -2 * each * _RIGHT * 2 / (2 * each) ** 2)
    slope[np.diag_indices(n_classes)] += 2 / (2 * each)
    slope /= n_classes
    gradient = np.zeros(sum(shape.cells for shape in planned))
    gradient[: slope.size] = slope.ravel()
    moved = sum(float((table**2).sum()) for table in agreed(parted(gradient, planned)))
    variance = noise_sd**2 * moved + float((slope**2 * cells).sum())
    return min(1.0, 2 * _NORMAL_95 * math.sqrt(variance))


def widths(
    budget: Budget,
    n_classes: int,
    n_max: int,
    n_parties: int,
    n_held_out: float,
    *,
    n_candidates: int = 1,
) -> tuple[tuple[str, float], ...]:
    """Return for each choice of tables its key and the expected width of the macro-F1's interval.

    Args:
        budget: Of the study: held-out patients have it to themselves.
        n_classes: Of the plan.
        n_max: Most patients of one hospital.
        n_parties: Of the study.
        n_held_out: Planned, of all hospitals.
        n_candidates: Settings whose tables are opened together, with so much more noise on each.

    Raises:
        BudgetError: BU303 or BU310 if no certified noise fits.
        PlanError: PL201 for fewer than one patient.
    """
    return tuple(
        (key, expected_width(asked, n_classes, n_held_out, sd))
        for key in CHOICES
        for asked in [Judging(evaluation=key)]
        for sd in [_noise(asked, budget, n_classes, n_max, n_parties, n_candidates)]
    )


def _noise(
    judging: Judging,
    budget: Budget,
    n_classes: int,
    n_max: int,
    n_parties: int,
    n_candidates: int,
) -> float:
    asked = requests(judging, n_classes, n_candidates if n_candidates > 1 else 0)
    (stage,) = calibrate(asked, budget, n_max=n_max, n_parties=n_parties).stages
    return stage.sigma_real
