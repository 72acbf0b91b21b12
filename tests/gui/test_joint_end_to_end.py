"""Three hospitals, each with its own window, home and worker, begin, join, sign and run a study.

Nothing is scripted: fields are filled and buttons are pressed in three windows, and three workers
talk to each other, through a relay in a process of its own or directly.
"""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.presenters.run import RunPhase
from app.views.dialogs.reason import ReasonDialog
from app.views.dialogs.release import ReleaseApprovalDialog, ReleaseDialog
from app.views.pages.run import RunPage
from core.network.installation import verify
from core.release.package.holding import read_package
from core.release.package.verifying import verify_release
from tests.gui.hands import banners
from tests.gui.joint_hospital import PASSPHRASE, Hospital, Meeting, agree

pytest.importorskip("core.worker.studies.studies_desk")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(420),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]


@pytest.mark.long
def test_three_windows_run_a_study_through_a_relay(
    hospitals: tuple[Hospital, ...], relay: Meeting, tmp_path: Path
) -> None:
    north, *others = hospitals
    north.begin(relay, settings=True)
    north.join_all(*others)
    agree(hospitals)
    north.press("Start secure counting")
    for one in hospitals:
        one.wait(lambda one=one: one.desk.study.run.state.over, 180)
        run = one.desk.study.run.state
        assert (run.phase, run.spent) == (RunPhase.FINISHED, True), run.problem
        assert isinstance(one.window.page, RunPage)
    for one in hospitals:
        one.wait(lambda one=one: one.desk.study.results.state.ready, 120)
        ready = one.desk.study.results.state.ready
        sizes = [c.n_genes for c in ready.plan.candidates]
        assert sizes == [6, 3], "all genes, and half of them"
        assert ready.release.n_genes == sizes[ready.release.selection.number]
        one.wait(lambda one=one: one.charges() == ["reserved", "spent"])
        assert one.desk.records.state.broken_entry == 0
    assert len({exported(one, tmp_path) for one in hospitals}) == 1, "the same bytes everywhere"


def exported(hospital: Hospital, folder: Path) -> bytes:
    """Release the synthetic patients into a folder; return what a recipient gets."""
    out = folder / f"out-{hospital.name}"
    out.mkdir()
    hospital.press("See results")
    hospital.press("Release synthetic data")
    asked = hospital.dialog(ReleaseDialog)
    asked.set_folder(str(out))
    asked._beyond.setChecked(True)
    asked._to.setText("The public archive")
    hospital.press("Put it together", asked)
    release = hospital.desk.study.release
    hospital.wait(lambda: release.state.prepared or release.state.problem)
    assert release.state.problem is None
    asked = hospital.dialog(ReleaseApprovalDialog)
    asked._asks.setText(f"Steward of {hospital.name}")
    asked._who.setText(f"Second of {hospital.name}")
    asked._pass.setText(PASSPHRASE)
    asked._why.setText("For everybody")
    hospital.press("Approve and write", asked)
    hospital.wait(lambda: release.state.handed_on or release.state.approval_problem)
    assert release.state.approval_problem is None
    files = read_package(out / release.state.handed_on.name)
    verdict = verify_release(files, frozenset(), verify)
    assert verdict.problems == ()
    assert len(verdict.signed_by) == 3, "every hospital has signed"
    return files["synthetic.csv"]


def test_hospitals_meet_directly_and_one_refuses_the_plan_at_first(
    hospitals: tuple[Hospital, ...],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    north, river, lake = hospitals
    north.begin(Meeting(host="127.0.0.1", port=port, relay=False))
    north.join_all(river, lake)
    river.sign()
    lake.wait(lambda: lake.window.page.plan is not None)
    lake.press("Refuse the plan")
    asked = lake.dialog(ReasonDialog)
    asked._box.setPlainText("The ethics board decides today.")
    lake.press("Refuse the plan", asked)
    north.wait(lambda: "The ethics board decides today." in banners(north.window))
    river.wait(lambda: not river.lobby.own_signed)
    river.wait(lambda: "no longer count" in banners(river.window))
    north.press("Ask again with the same plan")
    for one in hospitals:
        one.sign()
    assert len({one.lobby.plan_digest for one in hospitals}) == 1
    north.wait(lambda: "The ethics board" not in banners(north.window))
