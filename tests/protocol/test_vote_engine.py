"""The private vote through real run workers, and what a killed party leaves of it."""

from __future__ import annotations

import pytest
from engine_parties import Parties, plan_of, session, stage_of

from core.messages.engine import (
    CompareMeasurements,
    Failed,
    Finish,
    Finished,
    MeasurementsAgree,
    SecretVector,
    Vote,
    Voted,
)
from core.model.judging import Judging, VotePolicy


def voted(parties: Parties, vote: VotePolicy = VotePolicy.YES_NO) -> None:
    """Connect, open one stage, and compare what was opened, twice as a judged run does."""
    judging = Judging(vote=vote) if vote is not VotePolicy.NONE else None
    m = len(parties)
    parties.connect(plan_of(parties.prepare(), (m - 1) // 2, stage_of(), judging=judging))
    parties.measure(parties.plan.stages[0], [[i] * 50 for i in range(m)])
    for digest in ("a" * 64, "b" * 64):
        for party in parties:
            party.send(CompareMeasurements(digest=digest))
        for party in parties:
            party.expect(MeasurementsAgree)


@pytest.mark.parametrize("noes", [(0, 0, 0), (0, 1, 0), (0, 1, 0, 0, 1)])
def test_every_run_worker_learns_whether_all_agree_and_ends_well(noes) -> None:
    with session(len(noes)) as parties:
        voted(parties)
        for party, no in zip(parties, noes, strict=True):
            party.send(Vote(bit=SecretVector(values=(no,))))
        assert [p.expect(Voted).agreed for p in parties] == [not any(noes)] * len(noes)
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)


def test_a_hospital_killed_in_the_vote_ends_it_for_all() -> None:
    with session(3) as parties:
        voted(parties)
        for party in parties[:2]:
            party.send(Vote(bit=SecretVector(values=(0,))))
        parties[2].child.kill()
        failed = parties.failures(without=(2,), timeout=30)
        assert {f.code for f in failed.values()} <= {"SE406", "SE405"}
        assert "counts as spent (tables)" in dict(failed[0].fields)["spent"]


@pytest.mark.parametrize(
    ("vote", "bit"),
    [(VotePolicy.YES_NO, (2,)), (VotePolicy.YES_NO, (0, 1)), (VotePolicy.NONE, (0,))],
)
def test_what_is_no_vote_of_this_plan_is_refused(vote, bit) -> None:
    with session(3) as parties:
        voted(parties, vote)
        parties[0].send(Vote(bit=SecretVector(values=bit)))
        assert parties[0].expect(Failed).code == "IN901"
