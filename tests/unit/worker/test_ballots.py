"""A hospital's vote on its disk: private, the first one counts, one for each plan."""

from __future__ import annotations

import json
import stat

import pytest

from core.errors import WorkerError
from core.model.judging import Ballot
from core.worker.installation.session_shelf import SessionShelf
from tests.unit.study.joint_study import lobby, plan_for

STUDY, PLAN, OTHER = "ab" * 16, "1" * 64, "2" * 64


def test_the_first_vote_on_a_plan_counts(tmp_path) -> None:
    shelf = SessionShelf(tmp_path)
    assert shelf.ballot(STUDY, PLAN) is None
    shelf.keep_ballot(STUDY, PLAN, Ballot(agrees=True, minimum=0.5))
    shelf.keep_ballot(STUDY, PLAN, Ballot(agrees=False))
    assert SessionShelf(tmp_path).ballot(STUDY, PLAN) == Ballot(agrees=True, minimum=0.5)
    assert shelf.ballot(STUDY, OTHER) is None, "another plan is another vote"


def test_only_its_owner_reads_it(tmp_path) -> None:
    SessionShelf(tmp_path).keep_ballot(STUDY, PLAN, Ballot(agrees=False))
    (path,) = tmp_path.rglob("ballot-*")
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_changed_vote_is_refused(tmp_path) -> None:
    shelf = SessionShelf(tmp_path)
    shelf.keep_ballot(STUDY, PLAN, Ballot(agrees=False))
    (path,) = tmp_path.rglob("ballot-*")
    path.write_bytes(path.read_bytes().replace(b"false", b'"no"'))
    with pytest.raises(WorkerError, match="WO606"):
        shelf.ballot(STUDY, PLAN)


def test_a_study_of_before_tables_were_judged_is_read(tmp_path) -> None:
    """A session with a plan, as it was written when neither said how a table is judged."""
    session = lobby().closed()
    session = session.proposed(plan_for(session))
    shelf = SessionShelf(tmp_path)
    shelf.keep(session)
    (path,) = tmp_path.rglob("session.json")
    tree = json.loads(path.read_bytes())
    fields = tree["fields"]
    del fields["terms"]["judging"], fields["plan"]["judging"]
    for stage in fields["plan"]["stages"]:
        del stage["patients"]
    path.write_text(json.dumps(tree))
    assert shelf.session(session.study_id) == session
