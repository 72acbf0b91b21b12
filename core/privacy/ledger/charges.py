"""What a release charges, computed here and never taken from a plan."""

from __future__ import annotations

import math
from typing import Final

from core.errors import BudgetError
from core.model.budget import charged_units
from core.model.counts import SCALES, epsilon_of, units_of
from core.model.plan import Plan
from core.privacy.calibration import verify
from core.privacy.class_counts import counts_mu_sq
from core.privacy.ledger.entries import Charge

#: Noisy class counts have delta 0; the books want one that is not, so this is charged.
_COUNTS_DELTA: Final = 1e-9


def charge_of(plan: Plan) -> Charge:
    """Compute what ``plan`` costs, here, and return what it charges every patient: the larger of
    what training and held-out patients lose.

    Raises:
        PlanError: PL201 if the plan states less than it costs.
        BudgetError: BU310 if it cannot be certified.
    """
    accounted = verify(plan)
    return Charge(
        units=charged_units(plan.budget),
        epsilon=float(plan.epsilon_accounted),
        delta=float(plan.budget.delta),
        mu_sq=max(a.mu_sq for a in accounted.groups),
        delta_tail=max(a.delta_tail + a.extra_delta for a in accounted.groups),
    )


def counts_charge(scale: int) -> Charge:
    """Return what publishing noisy class counts at this scale charges.

    >>> counts_charge(20).units, counts_charge(20).epsilon
    (0.05, 0.05)

    Raises:
        BudgetError: BU302 for a scale that is not offered.
    """
    if scale not in SCALES or isinstance(scale, bool):
        raise BudgetError("BU302", field="scale", value=scale, reason="not one that is offered")
    return Charge(
        units=units_of(scale),
        epsilon=epsilon_of(scale),
        delta=_COUNTS_DELTA,
        mu_sq=counts_mu_sq(scale),
        delta_tail=0.0,
    )


def require_cap(cap: float) -> None:
    """Refuse a cap that is not an amount of units.

    Raises:
        BudgetError: BU302.
    """
    if isinstance(cap, bool) or not math.isfinite(cap) or cap <= 0:
        raise BudgetError("BU302", field="cap", value=cap, reason="not an amount of units")
