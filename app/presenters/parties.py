"""The parties of a run as the screens show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from core.model.plan import Plan
from core.model.study import HospitalState, HospitalView

#: How a party is called that the error of a run names.
_ENDED: Final[Mapping[str, HospitalState]] = MappingProxyType(
    {"SE401": HospitalState.LOST, "SE402": HospitalState.LOST, "SE406": HospitalState.LOST}
)
_OVER: Final = (HospitalState.FINISHED, HospitalState.LOST, HospitalState.REFUSED)


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


def after_failure(
    hospitals: tuple[HospitalView, ...], code: str, fields: Mapping[str, str]
) -> tuple[HospitalView, ...]:
    """Return the hospitals with the one that a run's error names marked as lost or refusing.

    Args:
        hospitals: As they were.
        code: Of the error.
        fields: Its public fields; ``party`` names the hospital.
    """
    named = fields.get("party", "")
    state = _ENDED.get(code, HospitalState.REFUSED)
    said = fields.get("code", code)
    return tuple(
        replace(h, state=state, code=said)
        if h.name == named and not h.own and h.state not in _OVER
        else h
        for h in hospitals
    )
