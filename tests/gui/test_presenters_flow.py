"""The way between the five steps, without Qt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presenters.flow import Flow, Step
from core.errors import WorkerError


def test_later_steps_are_closed() -> None:
    with pytest.raises(WorkerError, match="WO604"):
        Flow().show(Step.PRIVACY)
    with pytest.raises(WorkerError, match="WO604"):
        Flow(shown=Step.RUN, reached=Step.JOIN)


def test_going_back_before_the_start_closes_what_came_later() -> None:
    flow = Flow().advance(Step.PRIVACY).advance(Step.JOIN).retreat(Step.PRIVACY)
    assert (flow.shown, flow.reached) == (Step.PRIVACY, Step.PRIVACY)


def test_once_the_run_started_earlier_steps_are_read_only() -> None:
    flow = Flow().advance(Step.RUN)
    with pytest.raises(WorkerError, match="WO604"):
        flow.retreat(Step.PRIVACY)
    back = flow.show(Step.PRIVACY)
    assert back.read_only
    assert back.reached is Step.RUN
    assert not flow.read_only


@given(
    st.lists(
        st.tuples(st.sampled_from(["advance", "open", "show", "retreat"]), st.sampled_from(Step))
    )
)
def test_no_path_shows_a_step_that_is_not_open(moves: list[tuple[str, Step]]) -> None:
    flow = Flow()
    for name, step in moves:
        try:
            flow = getattr(flow, name)(step)
        except WorkerError:
            continue
        assert flow.shown <= flow.reached
