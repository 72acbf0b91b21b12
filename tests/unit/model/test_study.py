"""core.model.study and core.model.peer: frozen views, and states that are stable words."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

from core.model import peer, study
from core.model.study import HospitalState, HospitalView, StudyState


def test_states_are_stable_words() -> None:
    """They cross the boundary between worker and window, and stand in stored files."""
    assert [s.value for s in StudyState] == [
        "prepared",
        "running",
        "finished",
        "failed",
        "cancelled",
    ]
    assert [s.value for s in HospitalState] == [
        "starting",
        "reading",
        "ready",
        "connected",
        "in-step",
        "finished",
        "lost",
        "refused",
    ]


def test_every_view_is_a_frozen_value() -> None:
    views = [
        value
        for module in (study, peer)
        for _, value in inspect.getmembers(module, dataclasses.is_dataclass)
        if value.__module__ == module.__name__
    ]
    assert len(views) >= 7
    for view in views:
        assert view.__dataclass_params__.frozen, view  # type: ignore[attr-defined]
        assert "__slots__" in vars(view), view
    row = HospitalView(number=0, name="A", has_cohort=True, own=True, state=HospitalState.READY)
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.name = "B"  # type: ignore[misc]
    assert row.code == ""
