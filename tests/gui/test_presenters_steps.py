"""The presenters of the five steps, over a scripted worker and without a window."""

from __future__ import annotations

import dataclasses

import pytest

from app.presenters.desk import Desk, WorkerState
from app.presenters.flow import Step
from app.presenters.join import JoinPhase
from app.presenters.privacy import NEUTRAL_SMALLEST, epsilon_for_odds
from app.presenters.run import RunPhase
from core.messages import commands as ask
from core.messages import events as said
from core.model.budget import PRESETS, odds_in_100
from core.model.study import HospitalState, StudyState
from tests.gui import script
from tests.gui.walk import DIGEST, check_cohort, end, price, propose, refused, run

# ---- the background program


def test_ready_worker_is_asked_for_all_lists(desk, link) -> None:
    desk.start()
    assert link.starts == 1
    link.play(script.READY)
    assert desk.state.worker is WorkerState.READY
    assert link.names() == [
        "ListStudies",
        "ListCohorts",
        "ListActivity",
        "ListLobbies",
        "AskIdentity",
        "AskConnection",
    ]


def test_ledger_in_use_elsewhere_is_told_and_nothing_can_start(desk, link) -> None:
    desk.start()
    link.play(refused("Introduce", "BU305"))
    assert desk.state.problem.code == "BU305"
    assert desk.state.worker is WorkerState.STARTING
    desk.dismiss()
    assert desk.state.problem is None


def test_dead_worker_is_told_and_can_be_started_again(desk, link) -> None:
    propose(desk, link)
    link.die(9)
    assert desk.state.worker is WorkerState.GONE
    assert desk.state.problem.code == "WO602"
    assert desk.study.flow is None, "what was not started is gone with the worker"
    desk.start()
    assert desk.state.worker is WorkerState.STARTING
    assert link.starts == 1


def test_worker_that_dies_during_a_run_fails_the_run(desk, link) -> None:
    run(desk, link)
    link.die()
    assert desk.study.run.state.phase is RunPhase.FAILED
    assert desk.study.run.state.problem.code == "WO602"
    assert desk.study.flow.shown is Step.RUN


# ---- privacy


def test_no_number_of_patients_enters_a_question_about_levels(desk, link) -> None:
    check_cohort(desk, link)
    desk.study.forward()
    question = link.last(ask.AskLevels)
    assert question.planned_smallest_class == NEUTRAL_SMALLEST
    counts = {n for _, n in script.summary().class_counts} | {script.summary().n_records}
    assert question.planned_smallest_class not in counts


def test_typed_plan_facts_are_asked_once_after_a_pause(desk, link, qtbot) -> None:
    price(desk, link)
    before = len(link.sent)
    for n in (100, 200, 300):
        desk.study.privacy.set_genes(n)
    assert not desk.study.privacy.state.valid
    qtbot.waitUntil(lambda: len(link.sent) > before, timeout=2_000)
    assert [c.n_genes for c in link.sent[before:]] == [300]
    desk.study.privacy.set_genes(10**9)
    assert desk.study.privacy.state.n_genes == 958


def test_level_beyond_the_cap_is_refused_with_the_numbers(desk, link) -> None:
    price(desk, link)
    desk.study.privacy.choose("most-detail")
    link.play(script.levels(spent=3.0))
    state = desk.study.privacy.state
    assert state.blocked("most-detail") == "Needs 2 units, 1 unit left"
    assert state.chosen == "balanced", "the strongest that the cap allows"


def test_nothing_affordable_keeps_the_steward_here(desk, link) -> None:
    price(desk, link)
    link.play(script.levels(spent=3.9))
    assert not desk.study.privacy.state.valid
    assert desk.study.privacy.state.reason == "Not enough left under the cap"
    desk.study.forward()
    assert desk.study.flow.shown is Step.PRIVACY


def test_exact_value_is_priced_and_chosen(desk, link) -> None:
    price(desk, link)
    desk.study.privacy.set_exact(1.5)
    assert link.last(ask.AskLevels).epsilons == (1.5,)
    link.play(script.levels(exact=1.5))
    assert desk.study.privacy.state.level.epsilon == 1.5


@pytest.mark.parametrize(("_level", "epsilon"), PRESETS)
def test_presets_are_what_their_odds_say(_level, epsilon) -> None:
    assert epsilon_for_odds(odds_in_100(epsilon)) == epsilon


@pytest.mark.parametrize("odds", range(51, 100))
def test_derived_epsilon_keeps_the_promise_and_wastes_nothing(odds: int) -> None:
    epsilon = epsilon_for_odds(odds)
    assert odds_in_100(epsilon) <= odds
    assert odds_in_100(epsilon + 2e-4) > odds


def test_answer_for_another_cohort_changes_nothing(desk, link) -> None:
    price(desk, link)
    other = dataclasses.replace(script.levels(spent=3.9), cohort_id="c-2")
    link.play(other)
    assert desk.study.privacy.state.cap.spent == 1.5


# ---- join


def test_two_hospitals_alone_are_refused_and_a_compute_partner_helps(desk, link) -> None:
    price(desk, link)
    desk.study.forward()
    desk.study.rehearse_here()
    join = desk.study.join
    assert "at least one partner" in join.state.reason
    join.add_files(("/data/a.csv",))
    assert "Two hospitals alone are refused" in join.state.reason
    desk.study.connect_hospitals()
    assert "PrepareDemonstration" not in link.names()
    join.set_compute_partner(wanted=True)
    assert join.state.ready_to_connect
    desk.study.connect_hospitals()
    command = link.last(ask.PrepareDemonstration)
    assert command.compute_partner
    assert command.partner_files == ("/data/a.csv",)
    assert command.epsilon == desk.study.privacy.state.level.epsilon
    assert command.n_genes is None, "the whole panel"


def test_more_than_ten_computers_are_refused(desk, link) -> None:
    price(desk, link)
    desk.study.forward()
    desk.study.rehearse_here()
    desk.study.join.add_files(tuple(f"/data/{n}.csv" for n in range(10)))
    assert "At most 10" in desk.study.join.state.reason


def test_study_without_a_name_waits(desk, link) -> None:
    price(desk, link)
    desk.study.forward()
    desk.study.rehearse_here()
    desk.study.join.add_files(("/a", "/b"))
    desk.study.join.set_title("  ")
    assert desk.study.join.state.reason == "Give the study a name."


def test_refused_plan_leaves_the_choices(desk, link) -> None:
    price(desk, link)
    desk.study.forward()
    desk.study.rehearse_here()
    desk.study.join.add_files(("/a", "/b"))
    desk.study.connect_hospitals()
    link.play(refused("PrepareDemonstration", "PL206"))
    state = desk.study.join.state
    assert (state.phase, state.problem.code, state.files) == (
        JoinPhase.CHOOSING,
        "PL206",
        ("/a", "/b"),
    )


def test_going_back_gives_up_the_proposal(desk, link) -> None:
    propose(desk, link)
    desk.study.show(Step.PRIVACY)
    assert link.sent[-1] == ask.LeaveDemonstration() or "LeaveDemonstration" in link.names()
    assert desk.study.join.state.plan is None
    assert desk.study.flow.reached is Step.PRIVACY


def test_what_is_approved_is_what_was_shown(desk, link) -> None:
    propose(desk, link)
    desk.study.start()
    assert link.sent[-1] == ask.StartStudy(digest=DIGEST)
    assert desk.study.join.state.phase is JoinPhase.STARTING


def test_refused_start_comes_back_to_the_proposal(desk, link) -> None:
    propose(desk, link)
    desk.study.start()
    link.play(refused("StartStudy", "BU301", asked="1", left="0.5", cap="4"))
    assert desk.study.join.state.phase is JoinPhase.PROPOSED
    assert desk.study.join.state.problem.code == "BU301"
    assert not desk.study.busy


def test_plan_with_a_lost_hospital_cannot_be_started(desk, link) -> None:
    propose(desk, link)
    link.play(script.hospital(2, HospitalState.LOST, "SE401"))
    desk.study.start()
    assert "StartStudy" not in link.names()


# ---- run


def test_progress_counts_numbers_of_named_stages(desk, link) -> None:
    run(desk, link)
    state = desk.study.run.state
    assert (state.phase, state.fraction) == (RunPhase.RUNNING, 0.0)
    assert desk.study.flow.shown is Step.RUN
    seen = [0.0]
    for event in (
        said.StageStarted(digest=DIGEST, stage="class-counts", values=5),
        script.progressed(DIGEST, "class-counts", "share", 5, 5),
        script.progressed(DIGEST, "class-counts", "noise", 3, 5),
        script.progressed(DIGEST, "class-counts", "open", 5, 5),
        script.finished(DIGEST, "class-counts", 5, 1.0),
        script.finished(DIGEST, "centre", 958, 1.0),
        script.progressed(DIGEST, "scale", "noise", 479, 958),
    ):
        link.play(event)
        seen.append(desk.study.run.state.fraction)
    assert seen == sorted(seen)
    bits = 400 + 155 * 2  # of the plan's noise, per total
    done = (5 + 958) * (2 + bits) + 958 + 479 * bits
    whole = (5 + 958 + 958 + 19_160) * (2 + bits)
    assert seen[-1] == pytest.approx(done / whole)


def test_events_of_another_study_change_nothing(desk, link) -> None:
    run(desk, link)
    before = desk.study.run.state
    link.play(script.finished("e" * 64, "class-counts", 5, 1.0))
    assert desk.study.run.state == before


def test_spend_is_said_when_it_is_durable(desk, link) -> None:
    run(desk, link)
    assert not desk.study.run.state.spent
    link.play(said.SpendRecorded(digest=DIGEST, units=1.0, cap=script.cohort().cap))
    assert (desk.study.run.state.spent, desk.study.run.state.units) == (True, 1.0)


def test_cancel_waits_for_the_worker_to_say_it_ended(desk, link) -> None:
    run(desk, link)
    desk.study.run.cancel()
    desk.study.run.cancel()
    assert link.names().count("CancelRun") == 1
    assert desk.study.run.state.phase is RunPhase.CANCELLING
    assert desk.study.busy
    link.play(end(StudyState.CANCELLED, spent=False))
    assert desk.study.run.state.phase is RunPhase.CANCELLED
    assert not desk.study.busy


def test_lost_hospital_fails_the_run_and_says_what_is_spent(desk, link) -> None:
    run(desk, link)
    link.play(
        said.StageStarted(digest=DIGEST, stage="tables", values=19_160),
        end(StudyState.FAILED, code="SE401"),
    )
    state = desk.study.run.state
    assert (state.phase, state.problem.code, state.spent) == (RunPhase.FAILED, "SE401", True)
    assert next(s for s in state.stages if s.name == "tables").state == "fail"
    assert desk.study.flow.reached is Step.RUN, "no results"


def test_finished_run_opens_results_and_asks_for_the_comparison(desk, link) -> None:
    run(desk, link)
    link.play(end(StudyState.FINISHED))
    assert desk.study.flow.reached is Step.RESULTS
    assert desk.study.flow.shown is Step.RUN, "the steward decides when to look"
    assert link.last(ask.AskReport) == ask.AskReport(digest=DIGEST)
    assert desk.study.run.state.fraction == 1.0


def test_run_that_takes_twice_its_estimate_is_overdue(link) -> None:
    now = [script.NOW]
    desk = Desk(link, lambda: now[0])
    run(desk, link)
    link.play(script.progressed(DIGEST, "class-counts", "share", 1, 5, 50.0))
    assert not desk.study.run.state.overdue
    now[0] += 400
    link.play(script.progressed(DIGEST, "class-counts", "share", 2, 5, 500.0))
    assert desk.study.run.state.overdue
