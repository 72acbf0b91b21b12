"""The second person and the session shelf: tries are counted on the disk, files are strict."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import StudyError, WorkerError
from core.randomness import NoiseSource
from core.worker.installation.second_person import SecondPerson
from core.worker.installation.session_shelf import SessionShelf
from tests.unit.study.joint_study import lobby
from tests.unit.worker.lobby_twin import Clock

RIGHT = "correct horse battery"


@pytest.fixture
def shelf(tmp_path: Path) -> SessionShelf:
    return SessionShelf(tmp_path / "joint")


def person_of(shelf: SessionShelf) -> SecondPerson:
    return SecondPerson(shelf, Clock(), NoiseSource())


def test_only_the_second_person_gets_through(shelf: SessionShelf) -> None:
    with pytest.raises(StudyError, match="ST711"):
        person_of(shelf).require("Grace", RIGHT)
    person_of(shelf).set_up("Grace", "Ada", RIGHT, "")
    assert person_of(shelf).require("grace", RIGHT) == "Grace"
    with pytest.raises(StudyError, match="ST710"):
        person_of(shelf).require("Ada", RIGHT)


def test_tries_are_counted_over_restarts(shelf: SessionShelf) -> None:
    person_of(shelf).set_up("Grace", "Ada", RIGHT, "")
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(StudyError, match=rf"ST709.*{left} tries"):
            person_of(shelf).require("Grace", "wrong")
    with pytest.raises(StudyError, match="ST709"):
        person_of(shelf).require("Grace", RIGHT)


def test_a_new_second_person_needs_the_old_one(shelf: SessionShelf) -> None:
    person_of(shelf).set_up("Grace", "Ada", RIGHT, "")
    with pytest.raises(StudyError, match="ST709"):
        person_of(shelf).set_up("Alan", "Ada", "another passphrase", "")
    person_of(shelf).set_up("Alan", "Ada", "another passphrase", RIGHT)
    assert person_of(shelf).named().name == "Alan"


def test_sessions_are_kept_privately_and_read_strictly(shelf: SessionShelf, tmp_path) -> None:
    session = lobby()
    shelf.keep(session)
    path = tmp_path / "joint" / session.study_id / "session.json"
    assert path.stat().st_mode & 0o077 == 0
    assert shelf.session(session.study_id) == session
    assert shelf.sessions() == (session,)
    for unknown in ("0" * 32, "../x", ""):
        with pytest.raises(StudyError, match="ST713"):
            shelf.session(unknown)
    content = path.read_bytes()
    for wrong in (content[:-9], content.replace(b'"lobby"', b'"party"'), b"", b"[]"):
        path.write_bytes(wrong)
        with pytest.raises(WorkerError, match="WO606"):
            shelf.sessions()
