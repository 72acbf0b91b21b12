"""A table that is judged before it is released: who is looked at, what is charged, who decides."""

import asyncio
import dataclasses
import json

import numpy as np
import pytest

from core.errors import CohortError, InternalError
from core.evaluation import classifiers
from core.messages.events import ReleaseWritten, SpendRecorded
from core.model.judging import CONFUSION, Ballot, Judging, VotePolicy
from core.model.plan import Patients
from core.model.study import StudyState
from core.privacy.ledger import EntryKind
from core.release.package.verifying import verify_release
from core.synthesis.settings import settings_of
from core.worker.home import Home
from core.worker.runs.local_totals import LocalTotals
from core.worker.runs.release_shelf import ReleaseShelf
from tests.privacy_rows.conftest import gone, keys_of_both_sides, planned, public_totals

YES, NO = Ballot(agrees=True), Ballot(agrees=False)
NAMES = ["class-counts", "centre", "scale", "tables", "joint-confusion"]


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    """The forest's size changes nothing here but the time."""
    monkeypatch.setattr(classifiers, "_TREES", 10)


@pytest.fixture(scope="session")
def judged(agreement):
    """The plan with everything that may come between table and release."""
    judging = Judging(evaluation=CONFUSION, vote=VotePolicy.MINIMUM)
    return planned(dataclasses.replace(agreement, judging=judging))


@pytest.fixture(scope="session")
def voted(agreement):
    return planned(dataclasses.replace(agreement, judging=Judging(vote=VotePolicy.YES_NO)))


def good_tables(stage, vector):
    """What was opened: 8 of 10 held-out patients of each class are recognised."""
    if stage.patients is Patients.HOLDOUT:
        return np.array([8, 2, 2, 8] * 2, dtype=np.int64) * stage.linf
    return public_totals(stage, vector)


def run(one, plan, ballot=YES, *, file):
    cohort_id = one.open(file)
    return asyncio.run(one.run(plan, cohort_id, ballot))


# ---------------------------------------------------------------- order, and what is written


def test_the_table_is_judged_after_it_was_handed_out_and_before_it_is_written(
    hospital, cohort_file, judged
):
    one = hospital(totals=good_tables)
    ended = run(one, judged, file=cohort_file())
    assert ended.state is StudyState.FINISHED
    assert one.engine.opened == NAMES == [s.name for s in judged.stages]
    steps = [s for s in one.engine.steps if s in {"compare", "table", "vote", "finish"}]
    assert steps == ["compare", "table", "compare", "vote", "finish"]
    assert one.engine.steps.index("table") < one.engine.steps.index("share joint-confusion")
    (written,) = [e for e in one.events if isinstance(e, ReleaseWritten)]
    joint = written.release.joint
    assert joint.score("random-forest", "accuracy").value == pytest.approx(0.8)
    folder = one.home.study(judged.digest)
    manifest = json.loads((folder / "release" / "manifest.json").read_bytes())
    assert manifest["vote"] == "minimum"
    assert manifest["joint_evaluation"]["n_patients"] == pytest.approx(20)
    assert manifest["sample"]["measurements_digest"] != manifest["measurements_digest"]
    assert [s["patients"] for s in manifest["stages"]] == ["training"] * 4 + ["holdout"]
    public = {p.name: p.read_bytes() for p in (folder / "release").iterdir()}
    assert not verify_release(public, frozenset(), lambda *_: True).problems
    again = ReleaseShelf(Home(one.home.root, rehearsal=False)).release(judged.digest)
    assert again == written.release


def test_one_charge_covers_both_groups(hospital, cohort_file, judged):
    one = hospital(totals=good_tables)
    run(one, judged, file=cohort_file())
    assert sum(isinstance(e, SpendRecorded) for e in one.events) == 1
    spent = [e for e in one.books.main().entries() if e.kind is EntryKind.SPENT]
    assert [e.units for e in spent] == [2.0]


def test_the_seed_does_not_depend_on_how_the_table_is_judged(hospital, cohort_file, judged):
    tables = []
    for name, totals in (("good", good_tables), ("empty", public_totals)):
        one = hospital(name, totals=totals)
        run(one, judged, file=cohort_file())
        tables += one.engine.sent
    assert len(tables) == 2
    assert tables[0] == tables[1]


# ---------------------------------------------------------------- each stage meets its own side


def vectors(hospital, file, plan, key, name):
    """Every vector that this hospital puts in, by stage."""
    found = {}

    def totals(stage, vector):
        found[stage.name] = vector
        return good_tables(stage, vector)

    one = hospital(name, totals=totals)
    cohort_id = one.open(file)
    opened = one.cohorts.opened(cohort_id)
    one.cohorts._opened[cohort_id] = dataclasses.replace(opened, holdout_key=key)
    asyncio.run(one.run(plan, cohort_id, YES))
    return found


def test_a_patient_moves_only_the_stages_of_their_own_group(hospital, cohort_file, judged):
    """One more patient, training or held out: the other group's vectors are the same integers."""
    for held_out, chosen in keys_of_both_sides(judged).items():
        few = vectors(hospital, cohort_file(40, "few.csv"), judged, chosen, f"few{held_out}")
        more = vectors(hospital, cohort_file(41, "more.csv"), judged, chosen, f"more{held_out}")
        moved = {name for name in few if (few[name] != more[name]).any()}
        evaluation = {"joint-confusion"}
        assert moved <= (evaluation if held_out else set(NAMES) - evaluation)
        assert moved, "the patient is in the sums of their group"


def test_a_planted_bug_is_caught(hospital, cohort_file, judged, monkeypatch):
    """Judging on training patients, as the easiest mistake would: the test above sees it."""
    honest = LocalTotals.__init__

    def swapped(self, plan, settings, training, held_out, site):
        honest(self, plan, settings, training, training, site)

    monkeypatch.setattr(LocalTotals, "__init__", swapped)
    with pytest.raises(AssertionError):
        test_a_patient_moves_only_the_stages_of_their_own_group(hospital, cohort_file, judged)


def test_a_table_is_needed_before_it_is_judged(judged):
    totals = LocalTotals(judged, settings_of(judged), None, None, 0)
    with pytest.raises(InternalError, match="after it was made"):
        asyncio.run(totals.of(judged.evaluation_stages[0], (), ()))


# ---------------------------------------------------------------- the vote


@pytest.mark.parametrize(
    ("ballot", "refuses"),
    [(YES, False), (NO, True), (Ballot(agrees=True, minimum=0.75), False),
     (Ballot(agrees=True, minimum=0.85), True)],
    ids=["yes", "no", "minimum met", "minimum missed"],
)  # fmt: skip
def test_what_goes_into_the_vote(hospital, cohort_file, judged, ballot, refuses):
    one = hospital(totals=good_tables)
    ended = run(one, judged, ballot, file=cohort_file())
    assert one.engine.refused == [refuses]
    assert ended.code == ("SE409" if refuses else "")


def test_without_agreement_nothing_is_released_and_the_spend_stays(hospital, cohort_file, voted):
    one = hospital(totals=good_tables)
    one.engine.others_agree = False
    ended = run(one, voted, file=cohort_file())
    assert (ended.code, ended.state, ended.spent) == ("SE409", StudyState.FAILED, True)
    assert not ended.continues
    assert one.engine.steps[-2:] == ["finish", "stop"], "the others are told properly"
    folder = one.home.study(voted.digest)
    assert not (folder / "release").exists()
    assert one.books.main().state(voted.digest) is EntryKind.SPENT
    assert not any(isinstance(e, ReleaseWritten) for e in one.events)


def test_an_own_no_and_another_hospital_s_no_leave_the_same_traces(hospital, cohort_file, voted):
    traces = []
    for name, ballot, others in (("own", NO, True), ("other", YES, False)):
        one = hospital(name, totals=good_tables)
        one.engine.others_agree = others
        ended = run(one, voted, ballot, file=cohort_file())
        traces.append((ended, one.engine.steps, [type(e).__name__ for e in one.events]))
    assert traces[0] == traces[1]


def test_nothing_is_kept_of_a_table_that_was_refused(hospital, cohort_file, agreement):
    """Between hospitals a record of the run is kept; after a refusal it holds no total."""
    from core.worker.runs.run_record import open_record

    plan = planned(dataclasses.replace(agreement, judging=Judging(vote=VotePolicy.YES_NO)))
    one = hospital()
    path = one.home.root / "run-record.json"
    record = open_record(path, plan, "c", "f", started=False)
    from core.messages.engine import StoredShare
    from core.model.measurement import Measurement

    for stage in plan.stages:
        record.store(stage, StoredShare(sharing="5" * 64, content=b"\x07" * 8))
        record.begin(stage)
        record.opened(Measurement(stage=stage, totals=np.full(stage.values, 77_777)), 0.1, 1)
    assert b"77777" in path.read_bytes()
    record.forget()
    assert b"77777" not in path.read_bytes()
    assert b"BwcHBwcHBwc" not in path.read_bytes(), "nor its shares"


def test_a_run_without_the_vote_does_not_begin(hospital, cohort_file, voted):
    one = hospital()
    ended = run(one, voted, None, file=cohort_file())
    assert ended.code == "WO604"
    assert not ended.spent
    assert one.engine.steps == ["stop"]


def test_a_vote_is_never_said_asked_or_shown(hospital, cohort_file, judged):
    one = hospital(totals=good_tables)
    run(one, judged, Ballot(agrees=True, minimum=0.123456), file=cohort_file())
    assert "0.123456" not in "".join(map(str, one.events))
    for path in one.home.root.rglob("*"):
        if path.is_file():
            assert b"0.123456" not in path.read_bytes()


# ---------------------------------------------------------------- ends


@pytest.mark.parametrize("step", ["share joint-confusion", "open joint-confusion", "vote"])
def test_a_fault_while_the_table_is_judged_leaves_it_unreleased(
    hospital, cohort_file, judged, step
):
    async def leaves():
        raise gone()

    one = hospital(totals=good_tables, faults={step: leaves})
    ended = run(one, judged, file=cohort_file())
    assert (ended.code, ended.spent) == ("SE406", True)
    assert not (one.home.study(judged.digest) / "release").exists()


def test_another_table_cannot_be_judged_by_the_same_plan(tmp_path, judged):
    from core.errors import ProtocolError
    from core.worker.runs.run_record import open_record

    path = tmp_path / "record.json"
    record = open_record(path, judged, "c", "f", started=False)
    record.judge("a" * 64)
    record.judge("a" * 64)
    again = open_record(path, judged, "c", "f", started=True)
    with pytest.raises(ProtocolError, match="PR509"):
        again.judge("b" * 64)


def test_a_record_of_before_tables_were_judged_is_read(tmp_path, voted):
    from core.worker.runs import run_record

    path = tmp_path / "record.json"
    run_record.open_record(path, voted, "c", "f", started=False)
    body = path.read_bytes()[65:].replace(b',"table_sha256":""', b"")
    assert b"table_sha256" not in body
    import hashlib

    path.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    again = run_record.open_record(path, voted, "c", "f", started=True)
    assert again.level() == 0
    again.judge("a" * 64)


def test_more_held_out_patients_than_the_plan_allows_are_refused(judged):
    from core.cohort.normalisation import TrainingRecords
    from core.evaluation.tables import local_total
    from core.model.release import SyntheticCohort

    few = dataclasses.replace(judged, n_max=5)
    n = 6
    held = TrainingRecords(
        identifiers=tuple(map(str, range(n))),
        class_index=np.zeros(n, dtype=np.int64),
        values=np.zeros((n, 4)),
        levels=np.ones((n, 2)),
    )
    table = SyntheticCohort(
        label_name="s",
        classes=judged.classes,
        genes=judged.genes,
        class_index=np.zeros(1, dtype=np.int64),
        values=np.zeros((1, 4)),
    )
    with pytest.raises(CohortError, match="CH115"):
        local_total(few, few.evaluation_stages[0], (table,), held)
