"""Results and records, over a scripted worker and without a window."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

from app.presenters.records import activity_table, write_table
from core.messages import commands as ask
from core.messages import events as said
from core.messages import report_events as reported
from core.messages.release_commands import PrepareRelease
from core.model.study import StudyState
from tests.gui import script, script_lists, states_release
from tests.gui.walk import DIGEST, end, refused, run

# ---- results


def test_results_of_a_listed_study_are_asked_for(desk, link) -> None:
    link.play(script_lists.studies(StudyState.FINISHED))
    desk.study.reopen(desk.records.state.studies[0])
    digest = desk.records.state.studies[0].digest
    assert link.last(ask.AskReport).digest == digest
    link.play(reported.ReportProgressed(digest=digest, step="utility", done=2, total=6))
    assert desk.study.results.state.loading
    link.play(script_lists.report(digest))
    assert not desk.study.results.state.loading


def test_report_of_another_release_is_not_shown(desk, link) -> None:
    link.play(script_lists.studies(StudyState.FINISHED))
    desk.study.reopen(desk.records.state.studies[0])
    link.play(script_lists.report("e" * 64))
    assert desk.study.results.state.ready is None


def test_comparison_without_the_file_reads_it_anew_and_goes_on(desk, link) -> None:
    link.play(
        script_lists.studies(StudyState.FINISHED),
        said.CohortsListed(cohorts=(script.cohort(known=False),)),
    )
    study = desk.records.state.studies[0]
    desk.study.reopen(study)
    link.play(refused("AskReport", "WO604", step="use the cohort", reason="not opened"))
    results = desk.study.results
    assert results.state.needs_file
    results.read_file("/home/steward/x.csv", script.LAYOUT, "Leukaemia")
    assert link.sent[-1] == ask.OpenCohort(
        path="/home/steward/x.csv", layout=script.LAYOUT, name="Leukaemia"
    )
    link.play(refused("OpenCohort", "CH103", file="x.csv", reason="cut off"))
    assert results.state.problem.code == "CH103"
    results.read_file("/home/steward/y.csv", script.LAYOUT, "Leukaemia")
    other = dataclasses.replace(script.cohort(), cohort_id="c-2")
    link.play(said.CohortChecked(cohort=other, preview=script.PREVIEW))
    assert "other patients" in results.state.problem.text
    results.read_file("/home/steward/z.csv", script.LAYOUT, "Leukaemia")
    link.play(script.CHECKED)
    assert link.last(ask.AskReport).digest == study.digest
    assert link.names().count("AskReport") == 2
    assert results.state.loading


# ---- records


def test_broken_ledger_is_known_from_the_first_moment(desk, link) -> None:
    link.play(said.WorkerReady(version="1", ledger_entries=4, broken_entry=3))
    assert desk.records.state.broken_entry == 3


def test_formulas_in_a_table_are_disarmed_and_numbers_stay_numbers() -> None:
    lines = script_lists.activity().lines
    bad = dataclasses.replace(lines[0], text="=HYPERLINK(1)", detail="-0.5")
    row = activity_table((bad,)).splitlines()[1]
    assert "'=HYPERLINK(1)" in row
    assert row.endswith(",-0.5")


def test_activity_is_exported_in_utc() -> None:
    table = activity_table(script_lists.activity().lines)
    assert table.splitlines()[1].startswith("2026-")
    assert "+00:00" in table


def test_export_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    assert write_table(tmp_path / "a.csv", "x\r\n") is None
    assert (tmp_path / "a.csv").read_bytes() == b"x\r\n"
    assert write_table(tmp_path / "gone" / "a.csv", "x").code == "WO603"


# ---- handing a release on

WISH = PrepareRelease(
    digest=DIGEST,
    folder="/home/steward/out",
    as_zip=True,
    forms=(),
    report=True,
    local_report=False,
    recipient="outside",
    to="The public archive",
)


def test_only_what_was_asked_for_last_can_be_approved(desk, link) -> None:
    run(desk, link)
    link.play(end(StudyState.FINISHED), script_lists.report(DIGEST))
    release = desk.study.release
    release.approve(requester="a", approver="b", passphrase="c", reason="d")
    assert "ApproveRelease" not in link.names()
    release.prepare(WISH)
    assert release.state.preparing
    link.play(states_release.PREPARED)
    release.approve(requester="a", approver="b", passphrase="c", reason="d")
    release.approve(requester="a", approver="b", passphrase="c", reason="d")
    assert link.names().count("ApproveRelease") == 1
    link.play(refused("ApproveRelease", "ST709", left="4"))
    assert release.state.approval_problem.code == "ST709"
    assert release.state.prepared is not None
    assert desk.state.problem is None, "it stands in the dialog"
    release.prepare(replace(WISH, to="Somebody else"))
    assert release.state.prepared is None
    link.play(refused("PrepareRelease", "WO606", file="synthetic.csv", reason="changed"))
    assert release.state.problem.code == "WO606"


def test_a_release_of_another_study_is_not_on_the_screen(desk, link) -> None:
    run(desk, link)
    link.play(end(StudyState.FINISHED), script_lists.report(DIGEST))
    release = desk.study.release
    release.prepare(WISH)
    link.play(replace(states_release.PREPARED, digest="e" * 64))
    assert release.state.prepared is None
    link.play(states_release.PREPARED)
    desk.study.results.clear()
    assert release.state.prepared is None
