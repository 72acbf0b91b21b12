"""A study between separate installations, headless, every step and the relay in processes of their
own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from core.privacy.ledger import EntryKind
from tests.end_to_end.study_steps import SAMPLE, Installation, Relay, Step, free_port, gathered

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(autouse=True)
def nobody_left():
    yield
    for step in tuple(Step.alive):
        step.kill()


@pytest.fixture
def relay(tmp_path: Path):
    running = Relay(tmp_path)
    yield running
    running.close()


@pytest.fixture
def hospitals(tmp_path: Path) -> list[Installation]:
    names = ("North", "River", "Lake")
    made = [Installation(tmp_path, n, f) for n, f in zip(names, SAMPLE, strict=True)]
    for hospital in made:
        hospital.set_up()
    return made


def runs(hospitals: list[Installation], digest: str) -> None:
    """Run the approved plan everywhere and look at what it left."""
    running = [h.start("run") for h in hospitals[1:]]
    first = hospitals[0].does("run")
    results = [first, *(step.ends() for step in running)]
    assert {r["phase"] for r in results} == {"finished"}
    tables = {h.synthetic(digest) for h in hospitals if h.cohort}
    assert len(tables) == 1
    assert first["synthetic_sha256"] == hashlib.sha256(tables.pop()).hexdigest()
    for hospital in hospitals:
        spent = [EntryKind.RESERVED, EntryKind.SPENT] if hospital.cohort else []
        assert hospital.ledger() == spent


def test_three_installations_run_a_whole_study_through_a_relay(hospitals, relay) -> None:
    north, river, lake = hospitals
    invitations = north.creates(relay.meeting)
    shown = river.start("show", invitations[0])
    shown.kill()
    digest, _ = gathered(north, [river, lake], invitations)
    for hospital in hospitals:
        hospital.agrees(digest)
        assert hospital.does("status")["studies"][0]["own_approved"]
    runs(hospitals, digest)
    north.does("run", status=2)
    assert "ST705" in north.error


def test_two_hospitals_and_a_compute_partner_meet_directly(tmp_path: Path) -> None:
    files = (SAMPLE[0], SAMPLE[1], None)
    hospitals = [
        Installation(tmp_path, n, f)
        for n, f in zip(("North", "River", "Partner"), files, strict=True)
    ]
    for hospital in hospitals:
        hospital.set_up()
    invitations = hospitals[0].creates(["--direct", f"127.0.0.1:{free_port()}"])
    digest, _ = gathered(hospitals[0], hospitals[1:], invitations)
    for hospital in hospitals:
        hospital.agrees(digest)
    runs(hospitals, digest)


def test_wrong_things_are_refused_and_reach_the_coordinator(hospitals, relay, tmp_path) -> None:
    north, river, lake = hospitals
    invitations = north.creates(relay.meeting)

    # ---- two parties never make a study
    joining = river.joins(invitations[0])
    north.does("accept", "--words", river.words, "--close", status=2)
    assert "PL203" in north.error

    # ---- a stolen invitation serves nobody else, and the coordinator reads of it
    thief = Installation(tmp_path, "Thief", SAMPLE[2])
    thief.set_up()
    accepting = north.start("accept", "--words", lake.words, "--close")
    accepting.says("River: accepted, online")
    thief.joins(invitations[0]).ends(status=2)
    accepting.says("An invitation that was already used was tried by somebody else.")

    # ---- nobody signs for another hospital, and nothing runs that was not approved
    other = lake.joins(invitations[1])
    digest = accepting.ends()["plan_digest"]
    assert joining.ends()["plan_digest"] == other.ends()["plan_digest"] == digest
    river.does("approve", "--digest", digest, "--name", "Grace", *river.approver(), status=2)
    assert "ST708" in river.error
    for hospital in (north, river):
        hospital.agrees(digest)
    lake.does("sign", "--digest", digest)
    lake.does("approve", "--digest", digest, "--name", "ada", *lake.approver(), status=2)
    assert "ST710" in lake.error
    wrong = lake.approver("wrong")
    lake.does("approve", "--digest", digest, "--name", "Grace", *wrong, status=2)
    assert "ST709" in lake.error
    waiting = [h.start("run") for h in (river, lake)]
    north.does("run", "--wait", "6", status=3)
    assert "the approval of Lake" in north.error
    for step in waiting:
        step.kill()

    # ---- a refusal needs a reason, reaches the coordinator, and voids every signature
    listening = north.start("run")
    lake.does("refuse", "--digest", digest, "--reason", " ", status=2)
    assert "ST706" in lake.error
    lake.does("refuse", "--digest", digest, "--reason", "The cap is needed elsewhere.")
    listening.says("The cap is needed elsewhere.")
    listening.kill()
    status = north.does("status")["studies"][0]
    assert status["phase"] == "roster-closed"
    assert not any(p["signed"] or p["approved"] for p in status["participants"])
    for hospital in hospitals:
        assert hospital.ledger() == []


def test_a_killed_hospital_is_noticed_and_its_spend_is_known_afterwards(hospitals, relay) -> None:
    north, river, lake = hospitals
    invitations = north.creates(relay.meeting)
    digest, _ = gathered(north, [river, lake], invitations)
    for hospital in hospitals:
        hospital.agrees(digest)
    guests = [h.start("run") for h in (river, lake)]
    first = north.start("run")
    guests[0].says("class-counts")
    guests[0].kill()
    for step in (first, guests[1]):
        result = step.ends(status=3)
        assert (result["phase"], result["spent"]) == ("failed", True)
        assert "count as spent" in step.error
    after = river.does("status")["studies"][0]
    assert (after["phase"], after["code"], after["spent"]) == ("failed", "SE406", True)
    for hospital in hospitals:
        assert hospital.ledger() == [EntryKind.RESERVED, EntryKind.SPENT]
