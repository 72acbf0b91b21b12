"""``syncohort-cli release pack``: what is shown, what is refused, and that nothing is written.

Two people who agree are in ``tests/end_to_end/test_study.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import pytest

from core.errors import StudyError, WorkerError
from core.model.study import StudyState, StudyView
from core.worker.commands.release import add_release, run_release
from core.worker.home import Home
from tests.unit.privacy.signing import new_seals
from tests.unit.release import conftest
from tests.unit.release.released import joint_plan, release_of

KEYS = [new_seals().signer for _ in range(3)]


@pytest.fixture(scope="module")
def released():
    return release_of(joint_plan(conftest.a_plan(), KEYS), KEYS)


@pytest.fixture
def home(tmp_path: Path, released) -> Path:
    """A hospital's folder with one finished study and one that failed."""
    plan, kept = released.plan, Home(tmp_path / "home", rehearsal=False)
    folder = kept.study(plan.digest) / "release"
    folder.mkdir(parents=True)
    for name, content in released.files.items():
        (folder / name).write_bytes(content)
    kept.write_plan(plan)
    for digest, state in ((plan.digest, StudyState.FINISHED), ("f" * 64, StudyState.FAILED)):
        kept.write_study(
            StudyView(
                digest=digest,
                title="A study",
                state=state,
                hospitals=("Hospital 0",),
                cohort_id="c",
                cohort_name="Ours",
                epsilon=1.0,
                units=1.0,
                n_genes=3,
                classes=plan.classes,
                started=1.0,
                finished=2.0,
                code="",
                spent=True,
            )
        )
    (tmp_path / "out").mkdir()
    return tmp_path


def packs(home: Path, *words: str) -> int:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_release(parser, argparse.ArgumentParser)
    own = ["pack", "--home", str(home / "home"), "--out", str(home / "out")]
    return asyncio.run(run_release(parser.parse_args([*own, *words])))


def test_what_would_be_in_it_is_shown_and_nothing_is_written(home, released, capsys) -> None:
    assert packs(home, "--outside", "The archive", "--show", "--json") == 0
    printed = capsys.readouterr()
    tree = json.loads(printed.out)
    assert tree["written"] == ""
    assert {"synthetic.csv", "manifest.json", "data-card.md"} <= set(tree["files"])
    assert tree["plan_digest"] == released.plan.digest
    assert "for outside the hospital, The archive" in printed.err
    assert f"Contents: {tree['contents']}" in printed.err
    assert list((home / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("--study", "f" * 12), WorkerError, "fits 0 finished studies"),
        (("--contents", "0" * 64), WorkerError, "another one than --contents names"),
        ((), WorkerError, "two people hand a release on: --requester"),
        (("--requester", "Ada"), WorkerError, "two people hand a release on: --approver"),
        (("--requester", "Ada", "--approver", "Grace"), WorkerError, "no terminal to type"),
    ],
)
def test_what_is_missing_or_another_is_refused(home, words, error, said, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(error, match="WO605") as caught:
        packs(home, "--outside", "The archive", *words)
    assert said in str(caught.value)
    assert list((home / "out").iterdir()) == []


def test_nobody_who_was_not_set_up_agrees(home, tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a passphrase\n")
    words = ["--requester", "Ada", "--approver", "Grace", "--reason", "For all."]
    words += ["--approver-passphrase-file", str(secret)]
    with pytest.raises(StudyError, match="ST711"):
        packs(home, "--outside", "The archive", *words)
    assert list((home / "out").iterdir()) == []


def test_the_own_report_never_goes_outside(home) -> None:
    with pytest.raises(WorkerError, match="WO604"):
        packs(home, "--outside", "The archive", "--local-report", "--show")
    (home / "elsewhere").write_text("")
    with pytest.raises(WorkerError, match="no folder that exists"):
        packs(home, "--inside", "--show", "--out", str(home / "elsewhere"))
