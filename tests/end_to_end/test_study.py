"""A study between separate installations, headless, every step and the relay in processes of their
own.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from core.network.installation import verify
from core.privacy.ledger import EntryKind, Ledger, Topic
from core.release.package.holding import read_package
from core.release.package.verifying import verify_release
from core.worker.clock import SystemClock
from tests.end_to_end.study_steps import (
    CHOICE,
    SAMPLE,
    Installation,
    Relay,
    Step,
    free_port,
    gathered,
    runs,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
#: So many genes that a run is not over before it can be broken off.
MANY = 180
stops = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")


def votes(hospitals: list[Installation], digest: str) -> None:
    """Sign, and approve with a vote that cannot be left out."""
    for hospital in hospitals:
        hospital.does("sign", "--digest", digest, "--reason", "A test of the whole way.")
    grace = ["--digest", digest, "--name", "Grace", *hospitals[0].approver()]
    hospitals[0].does("approve", *grace, status=2)
    assert "PL201" in hospitals[0].error, "the plan asks for a vote"
    for hospital in hospitals:
        words = ["--digest", digest, "--name", "Grace", *hospital.approver()]
        hospital.does("approve", *words, "--release", "yes", "--minimum", "0.01")
        assert hospital.does("status")["studies"][0]["own_approved"]


def hands_on(hospital: Installation, digest: str) -> None:
    """Let two people hand the release on: one of them alone cannot."""
    out = hospital.folder / "handed on"
    out.mkdir()
    words = ["release", "pack", "--home", str(hospital.home), "--hospital", hospital.name]
    words += ["--passphrase-file", str(hospital.folder / "identity"), "--study", digest[:12]]
    words += ["--out", str(out), "--zip", "--form", "parquet", "--outside", "The public archive"]
    words += ["--requester", "Ada", "--reason", "For everybody.", "--json", *hospital.approver()]
    alone = Step(*words, "--approver", "Ada")
    alone.ends(status=2)
    assert "ST710" in alone.error
    assert list(out.iterdir()) == []
    (contents,) = (line.split()[1] for line in alone.lines if line.startswith("Contents:"))
    both = Step(*words, "--approver", "Grace", "--contents", contents)
    written = both.ends()
    assert written["contents"] == contents
    verdict = verify_release(read_package(out / written["written"]), frozenset(), verify)
    assert (verdict.problems, len(verdict.signed_by)) == ((), 3)
    assert {"synthetic.csv", "synthetic.parquet", "data-card.md"} <= set(written["files"])
    book = Ledger.open(hospital.home / "ledger.sqlite", SystemClock())
    agreed = [e.people for e in book.entries() if e.topic == Topic.RELEASE_AGREED]
    book.close()
    assert agreed == [("Ada", "Grace")]


def test_three_installations_run_a_whole_study_through_a_relay(hospitals, relay) -> None:
    """With a secret vote on what is judged together, and a release that two people hand on."""
    north, river, lake = hospitals
    judged = ["--vote", "minimum", "--also", "agreement", "--also", "distances"]
    invitations = north.creates(relay.meeting, *judged)
    assert "95 % interval of macro-F1 will be about" in north.error
    shown = river.start("show", invitations[0])
    shown.kill()
    digest, _ = gathered(north, [river, lake], invitations)
    votes(hospitals, digest)
    north.reports = True
    runs(hospitals, digest)
    assert "local-report" in north.error
    study = north.home / "studies" / digest[:32]
    assert (study / "local-report" / "internal-report.pdf").is_file()
    for hospital in hospitals:  # each holds all signatures of the release
        files = read_package(hospital.home / "studies" / digest[:32] / "release")
        verdict = verify_release(files, frozenset(), verify)
        assert (verdict.problems, len(verdict.signed_by)) == ((), 3)
        joint = json.loads(files["manifest.json"])["joint_evaluation"]
        assert set(joint) >= {"scores", "agreement", "distances"}
    for hospital in hospitals:  # each holds what the three ledgers say, signed by the other two
        signed, statements, under = hospital.countersigned()
        assert (statements, under) == (3, 6)
        assert signed >= 4
    hands_on(river, digest)
    north.does("run", status=2)
    assert "ST705" in north.error


@pytest.mark.long
def test_a_coordinator_without_patients_creates_a_study_that_runs(relay, tmp_path: Path) -> None:
    centre = Installation(tmp_path, "Centre", None)
    river, lake = guests = [
        Installation(tmp_path, n, f) for n, f in zip(("River", "Lake"), SAMPLE, strict=False)
    ]
    for hospital in (centre, *guests):
        hospital.set_up()
    invitations = centre.creates(relay.meeting, "--noise", "local", epsilon="1")
    digest, _ = gathered(centre, guests, invitations)
    for hospital in (centre, *guests):
        hospital.agrees(digest)
    runs([centre, river, lake], digest)
    for hospital in (centre, river, lake):  # who has no patients adds its part, too
        for stage in hospital.plan(digest).stages:
            assert (stage.noise.contributors, stage.noise.colluders) == (3, 1)


def test_a_cohort_is_checked_before_anybody_is_contacted(tmp_path: Path) -> None:
    north = Installation(tmp_path, "North", SAMPLE[0])
    north.set_up()
    invitation = north.creates(["--direct", f"127.0.0.1:{free_port()}"])[0]
    river = Installation(tmp_path, "River", SAMPLE[1])
    checked = river.start("check", invitation, *river.data()[:4])
    assert checked.ends()["fits"]
    assert "All 12 genes of the study are in your file." in checked.error

    genes = SAMPLE[1].read_text().split("\n", 1)[0].split(",")[2:5]
    changed = SAMPLE[1].read_text().replace(f"{genes[1]},", "OTHER1,", 1).replace("ALL", "all")
    river.cohort = tmp_path / "changed.csv"
    river.cohort.write_text(changed)
    for begin in (
        lambda: river.start("check", invitation, *river.data()[:4]),
        lambda: river.joins(invitation),  # nobody listens there: it is refused before dialling
    ):
        step = begin()
        step.ends(status=2)
        assert "ST719: changed.csv does not fit the study" in step.error
        assert f"1 of the 12 genes of the study are not in your file: {genes[1]}." in step.error
        assert "It writes “ALL”; your file writes “all”." in step.error
        assert "Nobody was contacted" in step.error


@pytest.mark.long
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
    lake.does("sign", "--digest", digest, "--reason", "A test.")
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


def approved(hospitals: list[Installation], relay: Relay, *words: str) -> str:
    """Bring a study to the point where it can run; return its digest."""
    more = ["--invitations", str(len(hospitals) - 1), *words]
    invitations = hospitals[0].creates(relay.meeting, *more, n_genes=MANY)
    digest, _ = gathered(hospitals[0], hospitals[1:], invitations)
    for hospital in hospitals:
        hospital.agrees(digest)
    return digest


def require_one_charge_and_one_release(hospitals: list[Installation], digest: str) -> None:
    for hospital in hospitals:
        assert hospital.ledger() == [EntryKind.RESERVED, EntryKind.SPENT]
    assert len({h.synthetic(digest) for h in hospitals}) == 1


@pytest.mark.long
@stops
def test_a_killed_hospital_starts_again_and_the_study_goes_on_without_a_charge(
    hospitals, relay
) -> None:
    north, river, _ = hospitals
    digest = approved(hospitals, relay)
    guests = [h.start("run") for h in hospitals[1:]]
    first = north.start("run")
    guests[0].says("class-counts")
    guests[0].freeze()
    guests[0].kill()
    first.says("Waiting up to")
    first.says("River to be back")
    kept = river.does("status")["studies"][0]
    assert (kept["phase"], kept["code"], kept["spent"]) == ("interrupted", "SE406", True)
    assert kept["can"] == ["run", "leave"]
    back = river.start("run")
    back.says("nothing is charged again")
    first.says("Everybody is back")
    first.says("Continuing from stage 2 of")
    results = [step.ends() for step in (first, back, guests[1])]
    assert {r["phase"] for r in results} == {"finished"}
    require_one_charge_and_one_release(hospitals, digest)


@pytest.mark.long
@stops
def test_a_killed_relay_or_coordinator_ends_no_study(hospitals, relay, tmp_path) -> None:
    """Of two settings one is chosen: a kill in the first one's stages, one after judging both."""
    north, river, lake = hospitals
    digest = approved(hospitals, relay, *CHOICE)
    guests = [h.start("run") for h in (river, lake)]
    first = north.start("run", "--patience", "0")
    guests[0].says("class-counts")
    guests[0].freeze()  # between two stages, and everybody waits for it
    relay.close()
    result = first.ends(status=3)
    guests[0].running.send_signal(signal.SIGCONT)
    assert (result["phase"], result["spent"], result["can"]) == (
        "interrupted",
        True,
        ["run", "remove", "leave"],
    )
    relay.again()
    second = north.start("run")
    second.says("It goes on where it stopped")
    second.says("joint-confusion")
    second.freeze()
    second.kill()
    assert north.does("status")["studies"][0]["phase"] == "interrupted"
    last = north.start("run")
    assert last.ends()["phase"] == "finished"
    for guest in guests:
        assert guest.ends()["phase"] == "finished"
    require_one_charge_and_one_release(hospitals, digest)


@pytest.mark.long
@stops
def test_a_hospital_that_left_is_taken_out_and_the_rest_plan_again(tmp_path, relay) -> None:
    names = ("North", "River", "Lake", "Hill")
    files = (*SAMPLE[:3], None)
    hospitals = [Installation(tmp_path, n, f) for n, f in zip(names, files, strict=True)]
    for hospital in hospitals:
        hospital.set_up()
    north, river, lake, hill = hospitals
    first_digest = approved(hospitals, relay)
    invitations = sorted(str(p) for p in (north.folder / "invitations").iterdir())
    guests = [h.start("run") for h in (river, lake, hill)]
    running = north.start("run", "--patience", "2")
    guests[2].says("class-counts")
    guests[2].freeze()
    guests[2].kill()
    assert running.ends(status=3)["phase"] == "interrupted"
    for guest in guests[:2]:
        guest.kill()
    waiting = [h.joins(i) for h, i in zip((river, lake), invitations, strict=False)]
    digest = north.does("remove", "--words", hill.words, "--reason", "It left.", "--close")[
        "plan_digest"
    ]
    assert "charged in full" in north.error
    holding = north.start("run", "--wait", "90")
    assert {w.ends()["plan_digest"] for w in waiting} == {digest} != {first_digest}
    holding.kill()
    for hospital in hospitals[:3]:
        hospital.agrees(digest)
    again = [h.start("run") for h in (river, lake)]
    assert north.does("run")["phase"] == "finished"
    for step in again:
        assert step.ends()["phase"] == "finished"
    for hospital in hospitals[:3]:
        assert hospital.ledger() == [EntryKind.RESERVED, EntryKind.SPENT] * 2
