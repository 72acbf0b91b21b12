"""A run between three windows breaks off in the middle and goes on; each ledger has one charge."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from app.presenters.desk import WorkerState
from app.presenters.run import RunPhase
from app.views.pages.joint_run import JointRunPage
from core.model.lobby import Phase
from tests.gui.hands import banners
from tests.gui.joint_hospital import Hospital, Meeting, agree

pytest.importorskip("core.worker.studies.conducting")
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(420),
    pytest.mark.qt_log_ignore("propagateSizeHints"),
]


@pytest.fixture
def n_genes() -> int:
    return 900


@pytest.fixture
def running(hospitals: tuple[Hospital, ...], relay: Meeting) -> tuple[Hospital, ...]:
    """Three hospitals in the middle of a run: the first stage is open, the last is not."""
    north, *others = hospitals
    north.begin(relay)
    north.join_all(*others)
    agree(hospitals)
    north.press("Start secure counting")
    north.wait(lambda: any(s.state == "ok" for s in north.desk.study.run.state.stages), 120)
    assert not north.desk.study.run.state.over
    return hospitals


def finished_once(hospitals: tuple[Hospital, ...]) -> None:
    """All hold the same synthetic patients, and each has paid once."""
    for one in hospitals:
        one.wait(lambda one=one: one.lobby.phase is Phase.FINISHED, 180)
        one.wait(lambda one=one: one.desk.study.results.state.ready, 120)
        assert one.charges() == ["reserved", "spent"]
        assert one.desk.records.state.broken_entry == 0
    found = {one.desk.study.results.state.ready.release.synthetic_sha256 for one in hospitals}
    assert len(found) == 1


def children(pid: int) -> list[int]:
    """The child processes of a process (Linux)."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(n) for task in tasks for n in task.read_text().split()]


def test_a_killed_run_worker_and_the_study_goes_on_by_itself(
    running: tuple[Hospital, ...],
) -> None:
    north, _river, lake = running
    seen: list[str] = []
    north.desk.study.lobbies.changed.connect(lambda: seen.append(north.lobby.phase.value))
    engines = children(lake.link._process.processId())
    assert engines
    for pid in engines:
        os.kill(pid, signal.SIGKILL)
    for one in running:
        one.wait(lambda one=one: one.desk.study.run.state.continued is not None, 60)
        assert isinstance(one.window.page, JointRunPage)
    assert Phase.INTERRUPTED.value in seen
    finished_once(running)


def test_a_killed_worker_is_started_again_and_the_study_goes_on(
    running: tuple[Hospital, ...],
) -> None:
    north, river, lake = running
    os.kill(lake.link._process.processId(), signal.SIGKILL)
    for one in (north, river):
        one.wait(lambda one=one: one.lobby.phase is Phase.INTERRUPTED, 60)
        one.wait(lambda one=one: "count as spent" in banners(one.window), 20)
    north.wait(lambda: "by itself" in banners(north.window), 20)
    assert "Continues by itself as soon as Lake is back." in north.window.page.bar.sentence
    lake.restart()
    lake.press("Open, Two kinds")
    for one in running:  # opening the study goes online, and that is all it waits for
        one.wait(lambda one=one: one.desk.study.run.state.continued is not None, 60)
    finished_once(running)


def test_a_cancelled_run_is_continued_by_a_click(running: tuple[Hospital, ...]) -> None:
    north = running[0]
    north.press("Cancel run")
    north.press("Cancel run", north.dialog())
    for one in running:
        one.wait(lambda one=one: one.desk.study.run.state.over, 60)
        one.wait(lambda one=one: one.lobby.phase is Phase.INTERRUPTED, 20)
    assert north.desk.study.run.state.phase is RunPhase.CANCELLED
    north.press("Continue the study", seconds=60)
    north.wait(lambda: north.desk.study.run.state.continued is not None, 60)
    assert north.desk.state.worker is WorkerState.READY
    finished_once(running)
