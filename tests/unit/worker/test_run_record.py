"""core.worker.runs.run_record: durable, private, and for one plan and one cohort only."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import WorkerError
from core.messages.engine import StoredShare
from core.model.continuing import Choice, StageLevel
from core.model.measurement import Measurement
from core.model.plan import Plan
from core.worker import home
from core.worker.runs.run_record import RunRecord, open_record, opened_in
from tests.unit.study.joint_study import plan_for
from tests.unit.study.test_session import lobby

SHARING = "5" * 64
PRINT = "f" * 64


@pytest.fixture(scope="module")
def plan() -> Plan:
    one = plan_for(lobby().closed())
    half = replace(one.stages[0], share=0.5)
    return replace(one, stages=(half, replace(half, name="second")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "studies" / "one" / "run-record.json"


def opened(path: Path | None, plan: Plan, started: bool = True, **changes: str) -> RunRecord:
    who = {"cohort_id": "c", "fingerprint": PRINT} | changes
    return open_record(path, plan, who["cohort_id"], who["fingerprint"], started=started)


def share_of(plan: Plan, index: int = 0, sharing: str = SHARING) -> StoredShare:
    return StoredShare(sharing=sharing, content=bytes(8 * plan.stages[index].values))


def totals(plan: Plan, index: int = 0, value: int = -7) -> Measurement:
    stage = plan.stages[index]
    return Measurement(stage=stage, totals=np.full(stage.values, value, np.int64))


def level(record: RunRecord, index: int = 0) -> StageLevel:
    return record.standings()[index].level


def test_each_level_is_on_the_disk_when_the_method_returns(path: Path, plan: Plan) -> None:
    record = opened(path, plan, started=False)
    stage = plan.stages[0]
    assert level(opened(path, plan)) is StageLevel.NONE
    record.store(stage, share_of(plan))
    assert level(opened(path, plan)) is StageLevel.STORED
    record.begin(stage)
    assert level(opened(path, plan)) is StageLevel.OPENING
    record.opened(totals(plan), 1.5, 99)
    again = opened(path, plan)
    assert again.standings() == record.standings()
    assert again.of(stage).totals == (-7,) * stage.values
    assert (again.of(stage).seconds, again.of(stage).bytes_sent) == (1.5, 99)
    assert again.of(stage).share == share_of(plan)
    again.begin(stage)
    assert level(again) is StageLevel.OPENED, "what was opened stays opened"
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_done_afresh_is_forgotten_durably_and_the_rest_is_kept(path, plan) -> None:
    record = opened(path, plan, started=False)
    for index, stage in enumerate(plan.stages[:2]):
        record.store(stage, share_of(plan, index))
    record.begin(plan.stages[0])
    record.opened(totals(plan), 0.0, 0)
    rest = len(plan.stages) - 1
    record.follow((Choice.KEPT, *(Choice.AFRESH,) * rest))
    for found in (record, opened(path, plan)):
        assert level(found) is StageLevel.OPENED
        assert level(found, 1) is StageLevel.NONE
        assert found.of(plan.stages[1]).share is None


def test_a_disk_that_refuses_leaves_the_record_as_it_was(path, plan, monkeypatch) -> None:
    record = opened(path, plan, started=False)

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(home.os, "fsync", full)
    with pytest.raises(WorkerError, match="WO603"):
        record.store(plan.stages[0], share_of(plan))
    monkeypatch.undo()
    assert level(record) is level(opened(path, plan)) is StageLevel.NONE


def refused(path: Path, plan: Plan, reason: str, **changes: str) -> None:
    with pytest.raises(WorkerError, match=f"WO608.*{reason}"):
        opened(path, plan, **changes)


def test_a_missing_record_cannot_be_continued(path: Path, plan: Plan) -> None:
    refused(path, plan, "missing")
    assert not path.exists()


def test_every_byte_counts(path: Path, plan: Plan) -> None:
    opened(path, plan, started=False).store(plan.stages[0], share_of(plan))
    whole = path.read_bytes()
    for at in range(0, len(whole), 97):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refused(path, plan, "damaged")
    for short in (b"", whole[:64], whole[:-1]):
        path.write_bytes(short)
        refused(path, plan, "damaged")


def test_another_plan_cohort_or_file_is_refused(path: Path, plan: Plan) -> None:
    opened(path, plan, started=False)
    refused(path, replace(plan, epsilon_accounted=0.98), "another plan")
    refused(path, plan, "other patients", cohort_id="d")
    refused(path, plan, "other patients", fingerprint="e" * 64)


@pytest.mark.parametrize("field", ["title", "n_max", "n_records", "holdout_share", "study_id"])
def test_a_plan_that_differs_in_one_field_is_another(path, plan, field) -> None:
    opened(path, plan, started=False)
    values = {
        "title": "Another",
        "n_max": plan.n_max + 1,
        "n_records": 7,
        "holdout_share": 0.5,
        "study_id": "9" * 32,
    }
    refused(path, replace(plan, **{field: values[field]}), "another plan")


def test_totals_of_the_wrong_length_are_damage(path: Path, plan: Plan, monkeypatch) -> None:
    record = opened(path, plan, started=False)
    record.store(plan.stages[0], share_of(plan))
    record.opened(totals(plan), 0.0, 0)
    kept = record._kept.stages[0]
    short = replace(record._kept, stages=(replace(kept, totals=(1,)), *record._kept.stages[1:]))
    record._write(short)
    refused(path, plan, "damaged")


def test_a_rehearsal_keeps_nothing_on_the_disk(plan: Plan, tmp_path: Path) -> None:
    record = opened(None, plan, started=True)
    record.store(plan.stages[0], share_of(plan))
    assert level(record) is StageLevel.STORED
    assert not record.durable
    assert list(tmp_path.iterdir()) == []


def test_its_text_shows_no_share_and_no_total(path: Path, plan: Plan) -> None:
    record = opened(path, plan, started=False)
    record.store(plan.stages[0], share_of(plan))
    record.opened(totals(plan, value=918_273), 0.0, 0)
    shown = repr(record.of(plan.stages[0]))
    assert "918273" not in shown
    assert "x00" not in shown


def test_a_report_reads_what_was_opened_when_all_of_it_was(path: Path, plan: Plan) -> None:
    assert opened_in(path, plan) == ()
    record = opened(path, plan, started=False)
    for index, stage in enumerate(plan.stages):
        assert opened_in(path, plan) == (), "not before all is there"
        record.store(stage, share_of(plan, index))
        record.opened(totals(plan, index, value=index), 1.0, 9)
    found = opened_in(path, plan)
    assert [m.stage for m in found] == list(plan.stages)
    assert [int(m.totals[0]) for m in found] == list(range(len(plan.stages)))
    assert opened_in(path, replace(plan, title="Another")) == ()
    path.write_bytes(path.read_bytes()[:-9])
    assert opened_in(path, plan) == ()
