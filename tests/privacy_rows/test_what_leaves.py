"""Rows 7, 9, 10, 22 and 24: what leaves is a function of the plan and of what was opened."""

import ast
import asyncio
import dataclasses
import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest

import core
from core.errors import CohortError
from core.messages.engine import ENGINE_COMMANDS, ENGINE_EVENTS
from core.messages.events import LocalView
from core.model.measurement import Measurement
from core.protocol.mailbox import Kind
from core.synthesis.registry import recipe_called
from tests.privacy_rows.conftest import CLASSES, files_of, rows_of, write_cohort

CORE = Path(core.__file__).parent


def outcome(hospital, plan, file, name, *, rehearsal):
    one = hospital(name, rehearsal=rehearsal)
    ended = asyncio.run(one.run(plan, one.open(file)))
    one.books.close()
    folder = one.home.study(plan.digest)
    events = [e for e in one.events if not isinstance(e, LocalView)]
    return ended, one.engine, events, files_of(folder)


def without_clock(event):
    """A public event without times, and without the hospital's own figures of its own cap."""
    tree = dataclasses.asdict(event)
    for name in ("time", "seconds", "cap"):
        tree.pop(name, None)
    if "release" in tree:
        tree["release"].pop("seconds_total")
    return type(event).__name__, tree


def test_one_patient_more_changes_nothing_but_the_vector(hospital, tmp_path, plan):
    """Row 7: with the same opened totals, every artefact is the same to the byte."""
    files = [write_cohort(tmp_path / f"{n}.csv", rows_of(n)) for n in (40, 41, 400)]
    runs = [outcome(hospital, plan, f, f"home{i}", rehearsal=True) for i, f in enumerate(files)]
    first = runs[0]
    for ended, engine, events, written in runs:
        assert ended == first[0]
        assert engine.sent == first[1].sent
        assert engine.steps == first[1].steps
        assert [without_clock(e) for e in events] == [without_clock(e) for e in first[2]]
        assert set(written) == set(first[3])
        for name in set(written) - {"ledger.sqlite"}:
            assert written[name] == first[3][name], name
    n_files = {"plan.json", "release/synthetic.csv", "release/manifest.json"}
    assert n_files <= set(first[3])


def test_no_file_of_the_hospital_holds_a_patient_code(hospital, cohort_file, plan):
    one = hospital(rehearsal=False)
    asyncio.run(one.run(plan, one.open(cohort_file())))
    one.books.close()
    found = files_of(one.home.ledger.parent)
    assert any(name.endswith("study.json") for name in found)
    for name, content in found.items():
        assert b"CANARY" not in content, name
    run_json = json.loads(next(c for n, c in found.items() if n.endswith("run.json")))
    assert run_json["n_records"] == plan.n_records


def test_the_measurements_alone_decide_the_table(hospital, cohort_file, plan):
    """The model's door takes measurements: two hospitals with unlike patients agree."""
    sent = []
    for k in range(2):
        one = hospital(f"h{k}", rehearsal=True)
        asyncio.run(one.run(plan, one.open(cohort_file(30 + k, f"c{k}.csv", seed=k))))
        sent += one.engine.sent
    assert sent[0] == sent[1]


def test_nobody_changes_sides_when_patients_come_or_codes_are_written_otherwise(
    hospital, tmp_path, plan
):
    """Row 9: the holdout is a keyed hash of the patient alone."""
    one = hospital()
    some = rows_of(60)
    some[7][0] = "Zoë"
    few = one.open(write_cohort(tmp_path / "few.csv", some[:50]))
    before = one.cohorts.split(few, plan)
    many = [[unicodedata.normalize("NFD", code), *rest] for code, *rest in reversed(some)]
    more = one.open(write_cohort(tmp_path / "more.csv", many))
    assert more == few, "new patients join the cohort they come with"
    after = one.cohorts.split(more, plan)

    def codes(records):
        return {unicodedata.normalize("NFC", i) for i in records.identifiers}

    assert codes(before.holdout) <= codes(after.holdout)
    assert codes(before.training) <= codes(after.training)
    assert codes(after.holdout)
    assert not codes(after.holdout) & codes(after.training)
    new = dict(zip(after.training.identifiers, after.training.values, strict=True))
    for code, values in zip(before.training.identifiers, before.training.values, strict=True):
        assert values.tobytes() == new[unicodedata.normalize("NFD", code)].tobytes()


def test_a_code_in_two_spellings_is_one_patient(hospital, tmp_path):
    """Row 21."""
    rows = rows_of(20)
    rows[3][0], rows[9][0] = "Zoë", unicodedata.normalize("NFD", "Zoë")
    with pytest.raises(CohortError, match="CH106"):
        hospital(rehearsal=True).open(write_cohort(tmp_path / "twice.csv", rows))


def test_a_missing_class_is_zeros_of_the_same_shape(hospital, tmp_path, plan):
    """Row 10."""
    one = hospital()
    only = [[code, CLASSES[0], *rest] for code, _, *rest in rows_of(30)]
    split = one.cohorts.split(one.open(write_cohort(tmp_path / "one.csv", only)), plan)
    recipe, done = recipe_called(plan.recipe), ()
    while (stage := recipe.next_stage(plan, done)) is not None:
        vector = recipe.local_total(plan, stage, split.training, done)
        assert vector.shape == (stage.values,)
        if stage.name in {"class-counts", "tables"}:
            assert not vector.reshape(len(CLASSES), -1)[1].any()
            assert vector.any()
        done = (*done, Measurement(stage=stage, totals=np.zeros(stage.values, dtype=np.int64)))


def test_an_unknown_label_is_refused_here_and_told_to_nobody(hospital, tmp_path, plan):
    """Row 10."""
    one = hospital()
    rows = rows_of(30)
    rows[4][1] = "CANARY-CLASS"
    cohort_id = one.open(write_cohort(tmp_path / "other.csv", rows))
    with pytest.raises(CohortError, match="CH109") as refused:
        asyncio.run(one.run(plan, cohort_id))
    assert "CANARY" not in str(refused.value)
    assert one.engine.steps == []


def test_only_the_planned_totals_are_opened():
    """Row 22: the list of message kinds is closed, and MPyC's own opening is never called."""
    assert {k.name for k in Kind} == {
        "KEYS",
        "MPYC",
        "SQUARES",
        "DEALT",
        "PARTS",
        "OPENING",
        "DIGEST",
        "TABLE_HEAD",
        "TABLE_PART",
        "DONE",
        "REASON",
        "STANDINGS",
        "STORED",
        "VOTE",
    }

    def senders(kind):
        return [
            path.name
            for path in (CORE / "protocol").glob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and ast.unparse(node) == kind
        ]

    assert senders("Kind.OPENING") == ["aggregation.py"]
    assert senders("Kind.VOTE") == ["vote.py"], "zero or a random number: see its first lines"
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in {"output", "transfer", "gather"} or (
                    ast.unparse(node.func.value) == "asyncio"
                ), (path.name, node.lineno)


def users_of(name):
    """Files of core in which ``something.name`` stands."""
    return {
        f"{path.parent.name}/{path.name}"
        for path in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == name
    }


def test_real_patients_are_read_by_the_charged_run_and_the_local_report_only():
    """Row 24: no other code reaches the records of a cohort."""
    readers = {
        f"{path.parent.name}/{path.name}"
        for path in (CORE / "worker").rglob("*.py")
        if "_cohorts.split" in path.read_text()
    }
    assert readers == {"runs/run_desk.py", "runs/report_desk.py"}
    counted = [p.name for p in CORE.rglob("*.py") if "cohorts.class_counts" in p.read_text()]
    assert counted == ["studies_desk.py"], "there they are charged, then noised"
    # A trial runs on open cohorts named on the command line, never on a registered one: no desk,
    # run or hospital reaches it, and it reaches none of them.
    assert users_of("local_total") == {"runs/local_totals.py", "commands/trial.py"}
    judges = {
        f"{path.parent.name}/{path.name}"
        for path in CORE.rglob("*.py")
        if "core.evaluation.tables" in path.read_text() and path.parent.name != "evaluation"
    }
    assert judges == {"runs/local_totals.py"}, "held-out patients meet charged stages only"
    worker = {p.stem: p.read_text() for p in (CORE / "worker").rglob("*.py")}
    inside = {"trial", "comparing", "comparison_files", "open_studies"}
    for stem in set(worker) - inside:
        assert not any(f"core.worker.commands.{n}" in worker[stem] for n in inside), stem
    for stem in inside:
        for private in ("cohorts", "home", "hospital", "runs"):
            assert f"core.worker.{private}" not in worker[stem]
    for kind in (*ENGINE_COMMANDS.values(), *ENGINE_EVENTS.values()):
        assert not issubclass(kind, LocalView)
        assert "quality" not in str(kind.__annotations__).lower()


def test_no_check_disappears_with_python_dash_o():
    """Row 3."""
    for path in CORE.rglob("*.py"):
        found = [n.lineno for n in ast.walk(ast.parse(path.read_text())) if type(n) is ast.Assert]
        assert not found, (path.name, found)
