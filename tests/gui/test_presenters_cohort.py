"""The presenter of the first step, over a scripted worker and without a window."""

from __future__ import annotations

import dataclasses

from app.presenters.cohort import CohortPhase
from app.presenters.flow import Step
from core.messages import commands as ask
from core.messages import events as said
from tests.gui import script
from tests.gui.walk import FILE, refused


def test_recognised_file_is_read_at_once(desk, link) -> None:
    desk.study.begin()
    desk.study.cohort.choose_file(FILE)
    assert link.sent[-1] == ask.InspectFile(path=FILE)
    link.play(said.FileInspected(file_name="x.csv", layout=script.LAYOUT, preview=script.PREVIEW))
    assert link.sent[-1] == ask.OpenCohort(
        path=FILE, layout=script.LAYOUT, name="leukaemia 2019 2025"
    )
    link.play(said.ReadingProgressed(file_name="x.csv", records_read=3, records_total=9))
    assert (desk.study.cohort.state.read, desk.study.cohort.state.total) == (3, 9)
    link.play(script.CHECKED)
    assert desk.study.cohort.state.valid


def test_file_without_a_recognised_label_waits_for_the_steward(desk, link) -> None:
    desk.study.begin()
    desk.study.cohort.choose_file(FILE)
    unknown = dataclasses.replace(script.LAYOUT, label="")
    link.play(said.FileInspected(file_name="x.csv", layout=unknown, preview=script.PREVIEW))
    assert desk.study.cohort.state.correcting
    assert link.names() == ["InspectFile"]
    desk.study.cohort.read(script.LAYOUT, "Leukaemia")
    assert link.sent[-1].layout.label == "diagnosis"


def test_refused_file_can_be_read_in_another_way(desk, link) -> None:
    desk.study.begin()
    desk.study.cohort.choose_file(FILE)
    link.play(
        said.FileInspected(file_name="x.csv", layout=script.LAYOUT, preview=script.PREVIEW),
        refused("OpenCohort", "CH119", file="x.csv"),
    )
    state = desk.study.cohort.state
    assert (state.phase, state.problem.code) == (CohortPhase.REFUSED, "CH119")
    desk.study.forward()
    assert desk.study.flow.shown is Step.COHORT
    desk.study.cohort.correct()
    assert desk.study.cohort.state.correcting
    desk.study.cohort.read(dataclasses.replace(script.LAYOUT, identifier="code"), "L")
    link.play(script.CHECKED)
    assert desk.study.cohort.state.valid


def test_diagnoses_of_a_second_file_are_chosen_from_its_columns(desk, link) -> None:
    desk.study.begin()
    cohort = desk.study.cohort
    cohort.choose_file(FILE)
    unknown = dataclasses.replace(script.LAYOUT, label="")
    link.play(said.FileInspected(file_name="x.csv", layout=unknown, preview=script.PREVIEW))
    cohort.add_label_file("/home/steward/labels.csv")
    assert link.sent[-1] == ask.InspectFile(path="/home/steward/labels.csv")
    second = dataclasses.replace(
        script.PREVIEW, label_candidates=("cms",), column_names=("id", "cms")
    )
    link.play(said.FileInspected(file_name="labels.csv", layout=unknown, preview=second))
    assert cohort.state.correcting
    assert cohort.state.label_columns == ("cms", "id")
    assert cohort.state.label_file_name == "labels.csv"
    layout = dataclasses.replace(cohort.state.layout, label="cms")
    cohort.read(layout, "Colon")
    assert link.last(ask.OpenCohort).layout.label_file == "/home/steward/labels.csv"
    link.play(script.CHECKED)
    cohort.drop_label_file()
    assert cohort.state.layout.label_file == ""
    assert cohort.state.layout.label == ""


def test_stopped_reading_leaves_an_empty_step_and_late_answers_change_nothing(desk, link) -> None:
    desk.study.begin()
    desk.study.cohort.choose_file(FILE)
    link.play(said.FileInspected(file_name="x", layout=script.LAYOUT, preview=script.PREVIEW))
    desk.study.cohort.stop()
    assert link.sent[-1] == ask.StopReading()
    link.play(refused("OpenCohort", "CH116", file="x"), script.CHECKED)
    assert desk.study.cohort.state.phase is CohortPhase.EMPTY


def test_cohort_with_a_problem_cannot_go_on(desk, link) -> None:
    desk.study.begin()
    desk.study.cohort.choose_file(FILE)
    bad = said.CohortChecked(cohort=script.cohort(problem=True), preview=script.PREVIEW)
    link.play(said.FileInspected(file_name="x", layout=script.LAYOUT, preview=script.PREVIEW), bad)
    assert desk.study.cohort.state.n_problems == 1
    desk.study.forward()
    assert desk.study.flow.shown is Step.COHORT
