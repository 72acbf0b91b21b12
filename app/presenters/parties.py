"""The parties of a run as the screens show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.presenters.wording import seated
from core.model.lobby import LobbyView
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


def expected(view: LobbyView) -> tuple[HospitalView, ...]:
    """Return the parties of a study between hospitals before its run has begun."""
    return tuple(
        HospitalView(
            number=number,
            name=p.name,
            has_cohort=p.has_cohort,
            own=p.own,
            state=HospitalState.CONNECTED if p.own else HospitalState.STARTING,
        )
        for number, p in enumerate(seated(view))
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
