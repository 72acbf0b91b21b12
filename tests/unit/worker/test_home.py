"""A hospital's folder: private, atomic, and strict about what it reads back."""

import stat
import sys

import pytest

from core.errors import WorkerError
from core.model.study import ActivityLine, StudyState, StudyView
from core.worker.home import Home, write_atomically

VIEW = StudyView(
    digest="a" * 64,
    title="T",
    state=StudyState.FINISHED,
    hospitals=("x", "y"),
    cohort_id="c",
    cohort_name="C",
    epsilon=1.0,
    units=1.0,
    n_genes=2,
    classes=("p", "q"),
    started=5.0,
    finished=6.0,
    code="",
    spent=True,
)


def test_studies_come_back_as_they_were(tmp_path):
    home = Home(tmp_path, rehearsal=False)
    home.write_study(VIEW)
    assert home.studies() == (VIEW,)


def test_a_damaged_study_is_said_not_skipped(tmp_path):
    home = Home(tmp_path, rehearsal=False)
    home.write_study(VIEW)
    (home.study(VIEW.digest) / "study.json").write_text("{}")
    with pytest.raises(WorkerError) as caught:
        home.studies()
    assert caught.value.code == "WO606"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_files_and_folders_are_private(tmp_path):
    home = Home(tmp_path / "deep" / "home", rehearsal=False)
    home.write_study(VIEW)
    path = home.study(VIEW.digest) / "study.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_a_refused_write_leaves_the_old_content_and_no_litter(tmp_path):
    target = tmp_path / "f"
    write_atomically(target, b"old")
    (tmp_path / "d").mkdir()
    with pytest.raises(WorkerError) as caught:
        write_atomically(tmp_path / "d", b"new")  # a folder stands where the file should be
    assert caught.value.code == "WO603"
    assert target.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d", "f"]


def test_activity_is_newest_first_and_survives_a_torn_line(tmp_path):
    home = Home(tmp_path, rehearsal=False)
    for n in range(3):
        home.append_activity(ActivityLine(time=float(n), kind="study", text=f"{n}"))
    with (tmp_path / "activity.jsonl").open("a") as stream:
        stream.write('{"time": 9, "ki')
    assert [line.text for line in home.activity()] == ["2", "1", "0"]


def test_a_rehearsal_keeps_its_files_flat_and_no_diary(tmp_path):
    home = Home(tmp_path, rehearsal=True)
    assert home.study("b" * 64) == tmp_path
    home.write_study(VIEW)
    home.append_activity(ActivityLine(time=0.0, kind="study", text="x"))
    assert list(tmp_path.iterdir()) == []
