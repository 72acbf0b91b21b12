"""Rows 11, 16 and 17 when a study goes on: one charge, one total for each stage, or a refusal."""

import asyncio
from dataclasses import replace

import pytest

from core.errors import BudgetError, WorkerError
from core.evaluation import classifiers
from core.messages.commands import ProposePlan
from core.messages.events import ReleaseWritten, RunContinued, SpendRecorded
from core.model.continuing import Choice, StageLevel
from core.model.judging import CONFUSION, Judging
from core.model.plan import Attestation
from core.model.study import StudyState
from core.privacy.ledger import Decision, EntryKind
from core.worker.runs.release_shelf import ReleaseShelf
from core.worker.runs.run_record import FILE
from tests.privacy_rows.conftest import gone, planned

DECISION = Decision(requester="Ada", approver="Grace", reason="A test.")
CHOICES = {
    StageLevel.NONE: Choice.AFRESH,
    StageLevel.STORED: Choice.AGAIN,
    StageLevel.OPENING: Choice.AGAIN,
    StageLevel.OPENED: Choice.KEPT,
}


@pytest.fixture(scope="session")
def joint(plan):
    """The same plan between installations."""
    said = tuple(sorted((Attestation.DISJOINT_PATIENTS, Attestation.NO_COLLUSION)))
    parties = tuple(replace(p, attestations=said) for p in plan.parties)
    return replace(plan, rehearsal=False, parties=parties)


async def leaves():
    raise gone()


def run(one, plan, cohort_id, faults=None, reason="A test."):
    """Run, with others who came exactly as far as this hospital; return how it ended."""

    async def whole():
        one.engine.faults = faults or {}
        one.engine.steps.clear()
        connect = type(one.engine).connect

        async def agreed(plan, own_number, peers, standings):
            await connect(one.engine, plan, own_number, peers, standings)
            return tuple(CHOICES[s.level] for s in standings)

        one.engine.connect = agreed
        await one.desk.prepare("Hospital 0")
        proposal = ProposePlan(plan=plan, own_number=0, cohort_id=cohort_id)
        await one.desk.accept(proposal, plan)
        one.desk.reason = reason
        return await one.desk.start(plan.digest, ())

    return asyncio.run(whole())


def kinds(one):
    return [e.kind for e in one.books.main().entries() if e.kind is not EntryKind.DECISION]


def charged_once(one, cohort_id):
    assert kinds(one).count(EntryKind.SPENT) == 1
    assert one.books.main().cap_state(cohort_id).spent == 2.0


def steps():
    names = ("class-counts", "centre", "scale", "tables")  # of the recipe of marginals
    yield "connect"
    for name in names:
        yield from (f"share {name}", f"stored {name}", f"open {name}")
    yield from ("compare", "table", "finish")


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("step", list(steps()))
def test_a_run_that_broke_anywhere_goes_on_and_is_charged_once(
    hospital, cohort_file, joint, step, restarts
):
    one = hospital()
    cohort_id = one.open(cohort_file())
    broke = run(one, joint, cohort_id, {step: leaves})
    reached = step in one.engine.steps
    if not reached:
        pytest.skip("this recipe has no such stage")
    assert (broke.state, broke.continues) == (StudyState.FAILED, True)
    opened = list(one.engine.opened)
    if restarts:
        one.books.close()
        one = hospital()
        cohort_id = one.open(cohort_file())
    done = run(one, joint, cohort_id)
    assert (done.state, done.code, done.continues) == (StudyState.FINISHED, "", False)
    charged_once(one, cohort_id)
    known = opened[:-1] if step.startswith("open") else opened
    measured = {s.removeprefix("share ") for s in one.engine.steps if s.startswith("share ")}
    assert measured.isdisjoint(known), "what was opened is not shared again"
    again = [s for s in one.engine.steps if s.startswith("again")]
    assert len(again) == (step.startswith(("stored", "open")))
    continued = [e for e in one.events if isinstance(e, RunContinued)]
    if step != "connect":
        assert continued[-1].kept == len(known)
        assert continued[-1].again == len(again)
    assert [e for e in one.events if isinstance(e, ReleaseWritten)]


def test_what_was_returned_is_reserved_again_under_the_same_plan(hospital, cohort_file, joint):
    one = hospital()
    cohort_id = one.open(cohort_file())
    for _ in range(3):
        assert run(one, joint, cohort_id, {"connect": leaves}).spent is False
    assert run(one, joint, cohort_id, reason="").state is StudyState.FINISHED
    assert kinds(one) == [EntryKind.RESERVED, EntryKind.RETURNED] * 3 + [
        EntryKind.RESERVED,
        EntryKind.SPENT,
    ]
    assert sum(isinstance(e, SpendRecorded) for e in one.events) == 1


def test_the_share_is_on_the_disk_before_the_others_hear_of_it_and_opening_before_the_spend(
    hospital, cohort_file, joint, monkeypatch
):
    one = hospital()
    cohort_id = one.open(cohort_file())
    path = one.home.study(joint.digest) / FILE
    ledger = one.books.main()
    seen = []
    spend = type(ledger).spend

    def watched(self, *given):
        seen.append(("spend", f'"level":{StageLevel.OPENING.value}' in path.read_text()))
        return spend(self, *given)

    async def looked():
        seen.append(("said", f'"level":{StageLevel.STORED.value}' in path.read_text()))

    monkeypatch.setattr(type(ledger), "spend", watched)
    run(one, joint, cohort_id, {f"stored {joint.stages[0].name}": looked})
    assert seen[:2] == [("said", True), ("spend", True)]


def test_a_full_cap_does_not_stop_a_study_that_is_charged_already(hospital, cohort_file, joint):
    one = hospital()
    cohort_id = one.open(cohort_file())
    run(one, joint, cohort_id, {"compare": leaves})
    one.books.main().change_cap(cohort_id, 2.0, DECISION)
    assert one.books.main().cap_state(cohort_id).left == 0.0
    assert run(one, joint, cohort_id).state is StudyState.FINISHED


def test_a_release_lost_to_a_full_disk_is_written_by_the_next_run(
    hospital, cohort_file, joint, monkeypatch
):
    one = hospital()
    cohort_id = one.open(cohort_file())

    def full(*_):
        raise WorkerError("WO603", file="x", reason="full")

    monkeypatch.setattr(ReleaseShelf, "keep", full)
    broke = run(one, joint, cohort_id)
    assert (broke.code, broke.spent, broke.continues) == ("WO603", True, True)
    monkeypatch.undo()
    monkeypatch.setattr("core.worker.runs.run_desk.EngineClient", lambda: one.engine)
    one.engine.opened.clear()
    assert run(one, joint, cohort_id).state is StudyState.FINISHED
    assert one.engine.opened == [], "nothing is opened again"
    table = one.home.study(joint.digest) / "release" / "synthetic.csv"
    first = table.read_bytes()
    assert run(one, joint, cohort_id).state is StudyState.FINISHED, "and to help another"
    assert table.read_bytes() == first
    charged_once(one, cohort_id)


# ---- records that may not be used


@pytest.fixture
def broken(hospital, cohort_file, joint):
    """A hospital whose run broke off while the second stage was being opened, and its record."""
    one = hospital()
    cohort_id = one.open(cohort_file())
    run(one, joint, cohort_id, {f"open {joint.stages[1].name}": leaves})
    path = one.home.study(joint.digest) / FILE
    return one, cohort_id, path


def refuses(one, joint, cohort_id, reason):
    one.engine.opened.clear()
    ended = run(one, joint, cohort_id)
    assert (ended.code, ended.continues, ended.spent) == ("WO608", False, True)
    assert reason in dict(ended.fields)["reason"]
    assert one.engine.opened == []
    assert "share" not in "".join(one.engine.steps)
    charged_once(one, cohort_id)


def test_a_missing_or_damaged_record_is_refused_and_stays_spent(broken, joint):
    one, cohort_id, path = broken
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    refuses(one, joint, cohort_id, "damaged")
    path.unlink()
    refuses(one, joint, cohort_id, "missing")


def test_a_record_rolled_back_behind_the_ledger_is_refused(hospital, cohort_file, joint):
    one = hospital()
    cohort_id = one.open(cohort_file())
    run(one, joint, cohort_id, {"connect": leaves})
    path = one.home.study(joint.digest) / FILE
    old = path.read_bytes()
    run(one, joint, cohort_id, {f"open {joint.stages[0].name}": leaves})
    path.write_bytes(old)
    refuses(one, joint, cohort_id, "older than the ledger")


def test_a_record_without_its_ledger_entry_is_refused(broken, joint, monkeypatch):
    one, cohort_id, _ = broken
    ledger = one.books.main()
    monkeypatch.setattr(type(ledger), "state", lambda *_: None)
    ended = run(one, joint, cohort_id)
    assert ended.code in {"WO608", "BU301"}
    assert "newer" in dict(ended.fields).get("reason", "newer")
    assert one.engine.steps in (["stop"], [])


def test_another_file_of_the_same_patients_is_refused(broken, joint, cohort_file):
    one, cohort_id, _ = broken
    other = cohort_file(name="other.csv")
    other.write_text(other.read_text().replace("CANARY-P0-0,A", "CANARY-P0-0,B"))
    assert one.open(other) == cohort_id
    refuses(one, joint, cohort_id, "other patients")


def test_a_total_that_differs_from_the_first_opening_is_refused(broken, joint):
    one, cohort_id, _ = broken
    first = one.engine.totals

    async def connect(plan, own_number, peers, standings):
        return (Choice.AGAIN,) * 2 + (Choice.AFRESH,) * (len(plan.stages) - 2)

    async def whole():
        await one.desk.prepare("Hospital 0")
        one.engine.connect = connect
        one.engine.totals = lambda stage, vector: first(stage, vector) + 1
        proposal = ProposePlan(plan=joint, own_number=0, cohort_id=cohort_id)
        await one.desk.accept(proposal, joint)
        return await one.desk.start(joint.digest, ())

    one.engine.faults = {}
    ended = asyncio.run(whole())
    assert (ended.code, ended.continues) == ("PR509", False)
    charged_once(one, cohort_id)


def test_the_ledger_refuses_the_same_plan_as_a_new_study(broken, joint):
    one, cohort_id, _ = broken
    with pytest.raises(BudgetError, match="BU308"):
        one.books.main().reserve(cohort_id, joint)


# ---------------------------------------------------------------- while the table is judged


@pytest.fixture(scope="session")
def judged(agreement, joint):
    """The same study with a joint evaluation."""
    made = planned(replace(agreement, judging=Judging(evaluation=CONFUSION)))
    return replace(made, rehearsal=False, parties=joint.parties)


@pytest.mark.parametrize("step", ["share joint-confusion", "open joint-confusion", "finish"])
def test_judging_goes_on_with_the_same_table_and_one_charge(
    hospital, cohort_file, judged, step, monkeypatch
):
    monkeypatch.setattr(classifiers, "_TREES", 5)
    one = hospital()
    cohort_id = one.open(cohort_file())
    assert run(one, judged, cohort_id, faults={step: leaves}).code == "SE406"
    first = list(one.engine.sent)
    ended = run(one, judged, cohort_id)
    assert ended.state is StudyState.FINISHED
    assert one.engine.sent == first * 2, "judged again on the very same bytes"
    charged_once(one, cohort_id)
    (written,) = [e for e in one.events if isinstance(e, ReleaseWritten)]
    assert written.release.joint is not None


def test_another_table_is_not_judged_by_a_run_that_goes_on(
    hospital, cohort_file, judged, monkeypatch
):
    """A hospital whose program would sample otherwise after an update cannot judge that."""
    monkeypatch.setattr(classifiers, "_TREES", 5)
    one = hospital()
    cohort_id = one.open(cohort_file())
    assert run(one, judged, cohort_id, faults={"open joint-confusion": leaves}).code == "SE406"

    async def other(content):
        return "1" * 64

    monkeypatch.setattr(one.engine, "send_table", other)
    ended = run(one, judged, cohort_id)
    assert (ended.code, ended.continues) == ("PR509", False)
    assert not (one.home.study(judged.digest) / "release").exists()
