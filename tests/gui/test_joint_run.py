"""What the page of a joint run says about each hospital, and for whom this computer waits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from app.presenters import crossing
from app.presenters.parties import after_failure
from app.presenters.run import RunPhase, RunState, StageState
from app.presenters.together import awaited, awaited_sentence, hospital_said, stages_done
from app.presenters.wording import step_words
from core.model.study import HospitalState, HospitalView
from tests.gui import script

NORTH, RIVER, LAKE = (
    HospitalView(number=n, name=name, has_cohort=True, own=n == 0, state=HospitalState.CONNECTED)
    for n, name in enumerate(("North", "River", "Lake"))
)
COUNTS = StageState(name="class-counts", values=5)
TABLES = StageState(name="tables", values=90)


def running(*hospitals: HospitalView, stages: tuple[StageState, ...]) -> RunState:
    return RunState(phase=RunPhase.RUNNING, stages=stages, hospitals=hospitals)


def said(state: RunState) -> list[str]:
    return [hospital_said(h, state)[1] for h in state.hospitals]


def test_each_hospital_is_told_by_its_stage() -> None:
    counting = replace(COUNTS, state="busy", step="noise", done=2, total=5)
    state = running(NORTH, replace(RIVER, stages=1), LAKE, stages=(counting, TABLES))
    assert said(state) == [
        "Computes stage 1 of 2: Patients per diagnosis counted",
        "Stage 1 of 2 computed, waits for the others",
        "Computes stage 1 of 2: Patients per diagnosis counted",
    ]
    assert awaited(state) == (), "this computer is not done itself"


def test_noise_of_this_computers_own_is_in_the_totals_before_they_are_shared() -> None:
    own = replace(COUNTS, bits=0, state="busy", total=5)
    drawn, half, shared, opening = (
        replace(own, step=step, done=done)
        for step, done in (("noise", 5), ("share", 2), ("share", 5), ("open", 1))
    )
    assert own.own_noise
    assert not COUNTS.own_noise
    assert [s.shared for s in (drawn, half, shared, opening)] == [0, 2, 5, 5]
    assert [s.computed for s in (drawn, half, shared, opening)] == [False, False, True, True]
    done = [s.work_done for s in (drawn, half, shared, opening, replace(own, state="ok"))]
    assert done == sorted(done) == [5, 7, 10, 11, 15]
    assert step_words("noise", "3", "5", own_noise=True) == (
        "3 of 5 totals covered with this computer’s own noise"
    )
    assert step_words("noise", "3", "5") == "3 of 5 totals covered with noise nobody knows"


def test_what_leaves_names_each_kind_of_noise() -> None:
    own = replace(TABLES, bits=0)

    def keys(*stages: StageState) -> list[str]:
        state = running(NORTH, RIVER, LAKE, stages=stages)
        return [key for key, _ in crossing._running(state, None).sent]

    joint_noise, own_noise = "Secret shares of noise", "This computer’s own noise"
    totals = "Secret shares of your totals"
    shared = replace(COUNTS, state="ok")
    assert keys(shared, TABLES) == [totals, joint_noise]
    assert keys(shared, own) == [totals, joint_noise, own_noise]
    assert keys(replace(shared, bits=0), own) == [totals, own_noise]


def test_a_stage_that_is_open_here_was_computed_by_all() -> None:
    state = running(NORTH, RIVER, LAKE, stages=(replace(COUNTS, state="ok"), TABLES))
    assert [stages_done(h, state) for h in state.hospitals] == [1, 1, 1]


def test_this_computer_names_for_whom_it_waits() -> None:
    done = replace(COUNTS, state="busy", step="noise", done=5, total=5)
    state = running(NORTH, replace(RIVER, stages=1), LAKE, stages=(done, TABLES))
    assert [h.name for h in awaited(state)] == ["Lake"]
    assert "waits for Lake" in awaited_sentence(state)
    everybody = running(
        NORTH, replace(RIVER, stages=1), replace(LAKE, stages=1), stages=(done, TABLES)
    )
    assert awaited_sentence(everybody) == ""


def test_a_hospital_that_has_not_connected_is_waited_for_by_name() -> None:
    late = replace(LAKE, state=HospitalState.STARTING)
    state = running(NORTH, RIVER, late, stages=(COUNTS, TABLES))
    assert awaited_sentence(state) == "Waiting for Lake to connect."
    assert said(state)[1:] == ["Connected", "Starting"]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("SE401", HospitalState.LOST),
        ("SE406", HospitalState.LOST),
        ("SE405", HospitalState.REFUSED),
        ("PR501", HospitalState.REFUSED),
    ],
)
def test_the_error_of_a_run_marks_the_hospital_it_names(code: str, state: HospitalState) -> None:
    marked = after_failure((NORTH, RIVER, LAKE), code, {"party": "Lake"})
    assert [h.state for h in marked] == [HospitalState.CONNECTED, HospitalState.CONNECTED, state]
    assert after_failure((NORTH, RIVER, LAKE), code, {"party": "North"}) == (NORTH, RIVER, LAKE)


def test_the_page_shows_who_computes_and_who_was_lost(reach) -> None:
    made = reach("run_joint_waits")
    page = made.window.page
    lights = {n: row[0].words for n, row in page._rows.items()}
    assert lights[2] == "Stage 2 of 4 computed, waits for the others"
    assert lights[3] == "Computes stage 2 of 4: Middle of each gene measured"
    words = " ".join(w.text() for w in page.findChildren(QLabel) if w.isVisible())
    assert f"waits for {script.HOSPITALS[1]}, {script.HOSPITALS[3]}" in words
    lost = reach("run_joint_lost").window.page
    assert lost._rows[3][0].words.startswith("No answer since")
    assert lost._rows[3][0].state == "fail"
    assert lost._rows[1][0].words == "Stopped"
