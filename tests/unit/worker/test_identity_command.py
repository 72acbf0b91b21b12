"""``syncohort-cli identity``: what it writes, prints and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import DONE, REFUSED, main
from core.network import installation

Run = Callable[..., tuple[int, dict, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys) -> Run:
    """Run one command in a home of its own; there is no key store in a test."""
    monkeypatch.setattr(installation, "_SCRYPT_N", 1 << 14)
    for name, words in (("own", "words of this hospital"), ("backup", "words of the backup")):
        (tmp_path / name).write_text(words + "\n")

    def ran(step: str, home: str, *words: str) -> tuple[int, dict, str]:
        secret = ["--backup-passphrase-file", str(tmp_path / "backup")]
        own = ["--passphrase-file", str(tmp_path / "own")]
        more = [*words, *(secret if step in {"backup", "restore"} else [])]
        status = main(["identity", step, "--home", str(tmp_path / home), *own, *more])
        said = capsys.readouterr()
        return status, json.loads(said.out) if said.out else {}, said.err

    return ran


def test_from_one_computer_to_the_next(run: Run, tmp_path: Path) -> None:
    status, shown, said = run("show", "north")
    assert status == DONE
    assert shown["words"] in said
    assert "in a file under a passphrase, because this computer has no key store" in said
    file = tmp_path / "saved.syncohort-identity"
    assert run("backup", "north", str(file))[0] == DONE
    status, _, said = run("backup", "north", str(file))
    assert (status, "never overwritten" in said) == (REFUSED, True)

    status, changed, _ = run("restore", "new", str(file))
    assert (status, changed["words"]) == (DONE, shown["words"])
    other = run("show", "lake")[1]["words"]
    status, _, said = run("restore", "lake", str(file))
    assert status == REFUSED
    assert other in said
    assert run("show", "lake")[1]["words"] == other
    status, changed, said = run("restore", "lake", "--replace", str(file))
    assert (status, changed["former_words"]) == (DONE, other)
    assert f"Until now they were: {other}" in said


def test_a_renewal_changes_the_words(run: Run) -> None:
    before = run("show", "north")[1]
    status, changed, _ = run("renew", "north")
    after = run("show", "north")[1]
    assert status == DONE
    assert (changed["former_words"], changed["words"]) == (before["words"], after["words"])
    assert after["renewed"]
    assert before["words"] != after["words"]
