"""Every party derives the stages of a plan again from its public design and refuses others.

A plan is a proposal by somebody else. Its noise was chosen for the lengths and sensitivities that
it states; a hospital that used a longer or larger statistic than stated would get less protection
than promised, and one that clipped tighter would get wrong results. So both must be exactly what
the recipe needs.

References:
    privacy.md section 3.
"""

from __future__ import annotations

import math
from typing import Final

from core.errors import CohortError, InternalError, PlanError
from core.model.plan import Plan, StagePlan
from core.model.request import StageRequest
from core.statistics.statistic import Records

_SHARE_TOLERANCE: Final = 1e-9
#: Relative slack for floor((units * l2)^2) computed in another order of float operations.
_FLOAT_SLACK: Final = 1e-12


def require_stages(plan: Plan, requests: tuple[StageRequest, ...]) -> None:
    """Refuse a plan whose recipe's stages are not the calibration of ``requests``.

    Raises:
        PlanError: PL201 with the field.
    """
    _require(
        [s.name for s in plan.recipe_stages] == [r.name for r in requests],
        "stages",
        "others than the recipe's",
    )
    for stage, request in zip(plan.recipe_stages, requests, strict=True):
        require_stage(stage, request)


def require_records(plan: Plan, records: Records) -> None:
    """Refuse records that are not of the plan, or more than it allows.

    Raises:
        CohortError: CH115 if there are more records than the plan allows.
        InternalError: IN901 if genes or classes are not the plan's.
    """
    if len(records.values) > plan.n_max:
        raise CohortError("CH115", file="The cohort", limit=plan.n_max)
    shape = (len(records.class_index), len(plan.genes))
    labels = records.class_index
    inside = len(labels) == 0 or (labels.min() >= 0 and labels.max() < len(plan.classes))
    if records.values.shape != shape or not inside:
        raise InternalError("IN901", rule="training records have the plan's genes and classes")


def require_stage(stage: StagePlan, request: StageRequest) -> None:
    """Refuse a stage that is not the calibration of ``request``.

    Raises:
        PlanError: PL201 with the field.
    """

    def need(field: str, ok: bool) -> None:  # noqa: FBT001 (the outcome of the comparison)
        _require(ok, f"stages.{stage.name}.{field}", "differs from what the recipe needs")

    need("patients", stage.patients is request.patients)
    need("values", stage.values == request.values)
    need("touched", stage.touched == request.touched)
    need("share", abs(stage.share - request.share) < _SHARE_TOLERANCE)
    need("exact_shift", stage.exact_shift == request.counts)
    if request.counts:
        need("units", stage.units == int(stage.units))
        need("linf", stage.linf == int(stage.units))
        need("l2_sq", stage.l2_sq == request.touched * stage.linf**2)
    else:
        pairs = _bounds(stage.units, request)
        need("linf", stage.linf in {linf for linf, _ in pairs})
        need("l2_sq", (stage.linf, stage.l2_sq) in pairs)


def _bounds(units: float, request: StageRequest) -> set[tuple[int, int]]:
    """Return (linf, l2_sq) for ``units``: more than one pair only at a float's edge."""
    pairs = set()
    for norm in _floors((units * request.l2) ** 2):
        for largest in _floors(units * request.linf):
            linf = min(largest, math.isqrt(norm))
            pairs.add((linf, min(norm, request.touched * linf**2)))
    return pairs


def _floors(real: float) -> set[int]:
    return {math.floor(real * (1 - _FLOAT_SLACK)), math.floor(real * (1 + _FLOAT_SLACK))}


def _require(ok: bool, field: str, reason: str) -> None:  # noqa: FBT001 (the outcome of the comparison)
    if not ok:
        raise PlanError("PL201", field=field, reason=reason)
