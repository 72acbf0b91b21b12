"""The parties of a run as the screens show them."""

from __future__ import annotations

from core.model.plan import Plan
from core.model.study import HospitalState, HospitalView


def with_hospital(
    hospitals: tuple[HospitalView, ...], changed: HospitalView
) -> tuple[HospitalView, ...]:
    """Return the hospitals with one replaced or added, by number."""
    others = [h for h in hospitals if h.number != changed.number]
    return tuple(sorted([*others, changed], key=lambda h: h.number))


def expected(plan: Plan, own_key: str) -> tuple[HospitalView, ...]:
    """Return the parties of a plan before its run has begun.

    Args:
        plan: Approved by all.
        own_key: SHA-256 of this installation's certificate.
    """
    return tuple(
        HospitalView(
            number=p.number,
            name=p.name,
            has_cohort=p.has_cohort,
            own=p.certificate_sha256 == own_key,
            state=HospitalState.CONNECTED
            if p.certificate_sha256 == own_key
            else HospitalState.STARTING,
        )
        for p in plan.parties
    )
