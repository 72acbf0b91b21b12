"""Rows 16 and 17: whatever ends a run, and wherever, the ledger says the truth about it."""

import asyncio

import pytest

from core.errors import BudgetError, SynCohortError, WorkerError
from core.messages.events import SpendRecorded
from core.model.study import StudyState
from core.privacy.ledger import Decision, EntryKind
from core.worker.home import Home
from core.worker.runs.release_shelf import ReleaseShelf
from tests.privacy_rows.conftest import gone

BEFORE = ("connect",)
AFTER = (
    "share class-counts",
    "open class-counts",
    "share centre",
    "open tables",
    "compare",
    "table",
    "finish",
)


async def leaves():
    raise gone()


async def breaks():
    raise RuntimeError("CANARY")


async def is_cancelled():
    raise asyncio.CancelledError


FAULTS = {"leaves": leaves, "breaks": breaks, "is cancelled": is_cancelled}


def run(one, plan, cohort_id):
    """Return how the run ended; None for a cancelled task."""
    try:
        return asyncio.run(one.run(plan, cohort_id))
    except asyncio.CancelledError:
        return None


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", [*BEFORE, *AFTER])
def test_spent_from_the_first_input_share_on_and_returned_before(
    hospital, cohort_file, plan, step, fault
):
    one = hospital(faults={step: FAULTS[fault]})
    cohort_id = one.open(cohort_file())
    ended = run(one, plan, cohort_id)
    spent = step in AFTER
    ledger = one.books.main()
    assert ledger.state(plan.digest) is (EntryKind.SPENT if spent else EntryKind.RETURNED)
    assert ledger.cap_state(cohort_id).spent == (2.0 if spent else 0.0)
    assert ledger.cap_state(cohort_id).reserved == 0.0
    if ended is not None:
        assert ended.spent is spent
        assert ended.state is StudyState.FAILED
        assert "CANARY" not in str(ended)
        (kept,) = one.home.studies()
        assert (kept.state, kept.spent) == (StudyState.FAILED, spent)
    assert not (one.home.study(plan.digest) / "release").exists()
    assert not one.desk.busy
    assert one.engine.steps[-1] == "stop"


def test_every_opening_comes_after_the_spend_and_there_is_one_spend(hospital, cohort_file, plan):
    states = []

    def totals(stage, vector):
        states.append(one.books.main().state(plan.digest))
        return vector

    one = hospital(totals=totals)
    cohort_id = one.open(cohort_file())
    assert run(one, plan, cohort_id).state is StudyState.FINISHED
    assert states == [EntryKind.SPENT] * len(plan.stages)
    assert one.engine.opened == [s.name for s in plan.stages]
    assert sum(isinstance(e, SpendRecorded) for e in one.events) == 1
    kinds = [e.kind for e in one.books.main().entries() if e.kind is not EntryKind.DECISION]
    assert kinds == [EntryKind.RESERVED, EntryKind.SPENT]
    again = run_again(one, plan, cohort_id)
    assert again.code == "BU308"
    assert one.books.main().cap_state(cohort_id).spent == 2.0


def run_again(one, plan, cohort_id):
    one.engine.opened.clear()
    ended = run(one, plan, cohort_id)
    assert one.engine.opened == []
    return ended


def test_a_spend_that_cannot_be_written_opens_nothing_and_is_charged_later(
    hospital, cohort_file, plan, monkeypatch
):
    one = hospital()
    cohort_id = one.open(cohort_file())

    def full(*_):
        raise BudgetError("BU306", reason="the disk is full")

    monkeypatch.setattr(one.books.main(), "_follow", full, raising=False)
    monkeypatch.setattr(type(one.books.main()), "spend", full)
    ended = run(one, plan, cohort_id)
    assert ended.code == "BU306"
    assert ended.spent, "the shares are out: the others may open with theirs"
    assert one.engine.opened == []
    monkeypatch.undo()
    one.books.close()
    assert one.books.main().state(plan.digest) is EntryKind.SPENT


def test_a_full_disk_never_changes_what_the_run_says_of_the_spend(
    hospital, cohort_file, plan, monkeypatch
):
    one = hospital()
    cohort_id = one.open(cohort_file())

    def full(*_):
        raise WorkerError("WO603", file="x", reason="full")

    monkeypatch.setattr(Home, "write_study", full)
    ended = run(one, plan, cohort_id)
    assert (ended.code, ended.spent) == ("WO603", False)
    assert one.books.main().state(plan.digest) is EntryKind.RETURNED
    assert one.engine.steps == ["stop"], "nothing was connected"


def test_a_release_that_cannot_be_written_stays_spent(hospital, cohort_file, plan, monkeypatch):
    one = hospital()
    cohort_id = one.open(cohort_file())

    def full(*_):
        raise WorkerError("WO603", file="x", reason="full")

    monkeypatch.setattr(ReleaseShelf, "keep", full)
    ended = run(one, plan, cohort_id)
    assert (ended.code, ended.spent, ended.state) == ("WO603", True, StudyState.FAILED)
    assert one.books.main().cap_state(cohort_id).spent == 2.0


def test_no_room_is_refused_before_anything(hospital, cohort_file, plan, monkeypatch):
    one = hospital()
    cohort_id = one.open(cohort_file())
    usage = type("Usage", (), {"free": 1 << 20})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(SynCohortError, match="1 MB are free"):
        run(one, plan, cohort_id)
    assert one.books.main().state(plan.digest) is None


def test_the_cap_refuses_the_study_that_does_not_fit(hospital, cohort_file, plan):
    one = hospital()
    cohort_id = one.open(cohort_file())
    record = one.books.main().cohort(cohort_id)
    decision = Decision(requester="Ada", approver="Grace", reason="a test")
    one.books.main().change_cap(cohort_id, 1.0, decision)
    assert record.cap == 4.0
    with pytest.raises(BudgetError, match="BU301"):
        run(one, plan, cohort_id)
    assert one.engine.steps == []


@pytest.mark.parametrize("wrong", [NameError("CANARY"), BudgetError("BU307")])
@pytest.mark.parametrize("written", [False, True])
def test_a_run_that_cannot_begin_ends_at_once_and_tells_the_truth(
    hospital, cohort_file, plan, monkeypatch, wrong, written
):
    one = hospital()
    cohort_id = one.open(cohort_file())
    ledger = one.books.main()
    reserve = type(ledger).reserve

    def broken(self, *asked):
        if written:
            reserve(self, *asked)
        raise wrong

    monkeypatch.setattr(type(ledger), "reserve", broken)
    ended = run(one, plan, cohort_id)
    assert ended.code in {"IN902", "BU307"}
    assert ended.spent is written
    assert one.engine.steps == ["stop"], "the others learn it at once"
    assert "CANARY" not in str(ended)
