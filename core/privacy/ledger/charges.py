"""What a plan charges, computed here and never taken from the plan."""

from __future__ import annotations

import math

from core.errors import BudgetError
from core.model.budget import charged_units
from core.model.plan import Plan
from core.privacy.calibration import verify
from core.privacy.ledger.entries import Charge


def charge_of(plan: Plan) -> Charge:
    """Compute what ``plan`` costs, here, and return what it charges.

    Raises:
        PlanError: PL201 if the plan states less than it costs.
        BudgetError: BU310 if it cannot be certified.
    """
    accounted = verify(plan)
    return Charge(
        units=charged_units(plan.budget),
        epsilon=float(plan.epsilon_accounted),
        delta=float(plan.budget.delta),
        mu_sq=accounted.mu_sq,
        delta_tail=accounted.delta_tail + accounted.extra_delta,
    )


def require_cap(cap: float) -> None:
    """Refuse a cap that is not an amount of units.

    Raises:
        BudgetError: BU302.
    """
    if isinstance(cap, bool) or not math.isfinite(cap) or cap <= 0:
        raise BudgetError("BU302", field="cap", value=cap, reason="not an amount of units")
