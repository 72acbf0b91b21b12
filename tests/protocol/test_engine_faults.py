"""Parties that die, stop, cancel or deviate: everybody learns of it, at once, and by name."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from engine_parties import ROOT, Parties, connected, plan_of, session, stage_of

from core.errors import SynCohortError
from core.messages.engine import (
    Cancel,
    CompareMeasurements,
    Connect,
    Failed,
    Finish,
    Measure,
    PermitOpening,
    ReadyToOpen,
    ReceiveTable,
    SecretVector,
    SendTable,
    TableReceived,
)
from core.model.stage import NoiseLadder, StagePlan

#: A killed party is noticed within a second; the rest is for a busy machine.
NOTICED_S = 1.0 + 2.0
LONG_NOISE = NoiseLadder(levels=((1, 4), (2, 4), (64, 400)))


def share(parties: Parties, stage: StagePlan) -> None:
    for party in parties:
        vector = SecretVector(values=(1,) * stage.values)
        party.send(Measure(stage=stage.name, vector=vector))


def fields_of(failed: Failed) -> dict[str, str]:
    error = SynCohortError.from_code(failed.code, failed.fields)  # every field is there
    return dict(error.fields)


def require_all_blame(failures: dict[int, Failed], code: str, name: str) -> None:
    for failed in failures.values():
        assert failed.code == code
        assert fields_of(failed)["party"] == name


# ---- death and silence


@pytest.mark.parametrize("moment", ["connected", "noise", "permit"])
def test_a_killed_party_is_noticed_by_all_and_named(moment):
    stage = stage_of(values=20_000, noise=LONG_NOISE) if moment == "noise" else stage_of()
    with connected(4, 1, stage) as parties:
        if moment != "connected":
            share(parties, stage)
        if moment == "permit":
            for party in parties:
                party.expect(ReadyToOpen)
        if moment == "noise":
            time.sleep(0.5)
        parties[2].child.kill()
        started = time.monotonic()
        failures = parties.failures(without=(2,))
        assert time.monotonic() - started < NOTICED_S
        require_all_blame(failures, "SE406", "Hospital C")
        assert all("none of the privacy cap" in fields_of(f)["spent"] for f in failures.values())


def test_a_party_killed_while_opening_leaves_a_stage_that_counts_as_spent():
    with connected(3, 1, stage_of()) as parties:
        share(parties, stage_of())
        for party in parties:
            party.expect(ReadyToOpen)
        for party in parties[:2]:
            party.send(PermitOpening(stage="tables"))
        time.sleep(0.3)
        parties[2].child.kill()
        failures = parties.failures(without=(2,))
        require_all_blame(failures, "SE406", "Hospital C")
        assert all("counts as spent (tables)" in fields_of(f)["spent"] for f in failures.values())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")
def test_a_stopped_party_is_noticed_within_the_limit():
    with connected(3, 1, stage_of(), silence_s=2.0) as parties:
        share(parties, stage_of())
        for party in parties:
            party.expect(ReadyToOpen)
        parties[1].child.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        failures = parties.failures(without=(1,))
        assert time.monotonic() - started < 2.0 + NOTICED_S
        require_all_blame(failures, "SE401", "Hospital B")
        parties[1].child.send_signal(signal.SIGCONT)
        late = parties[1].expect(Failed)  # it learns why it was given up, or sees them gone
        assert late.code in {"SE401", "SE405", "SE406"}


def test_a_busy_party_is_not_taken_for_a_dead_one():
    """Nobody sends anything for several limits: heartbeats alone keep the session alive."""
    with connected(3, 1, stage_of(), silence_s=2.0) as parties:
        time.sleep(4.5)
        assert parties.measure(parties.plan.stages[0], [[1] * 50] * 3)


def test_a_party_that_never_connects_is_named_after_the_limit():
    with session(3) as parties:
        plan = plan_of(parties.prepare(connect_s=1.0), 1, stage_of())
        for number in (0, 1):
            parties[number].send(
                Connect(plan=plan, own_number=number, peers=parties.addresses(number))
            )
        failures = parties.failures(without=(2,)).values()
        reached_limit = [fields_of(f) for f in failures if f.code == "SE402"]
        assert reached_limit
        assert all(f["party"] == "Hospital C" for f in reached_limit)
        assert {f.code for f in failures} <= {"SE402", "SE405"}


def test_a_hospital_that_never_permits_ends_the_others_after_their_limit():
    with connected(3, 1, stage_of(), stage_s=1.0) as parties:
        share(parties, stage_of())
        for party in parties:
            party.expect(ReadyToOpen)
        for party in parties[:2]:
            party.send(PermitOpening(stage="tables"))
        failures = parties.failures()
        assert "SE404" in {failures[0].code, failures[1].code}
        assert {f.code for f in failures.values()} <= {"SE404", "SE405"}


def test_a_hospital_worker_that_dies_takes_its_run_worker_along():
    with connected(3, 1, stage_of()) as parties:
        parties[0].child.stdin.close()
        assert parties[0].child.wait(10) == 1
        failures = parties.failures(without=(0,))
        require_all_blame(failures, "SE406", "Hospital A")


# ---- cancelling


WAITING = {
    "comparing": CompareMeasurements(digest="a" * 64),
    "table": ReceiveTable(),
    "finish": Finish(),
}


def reach(parties: Parties, moment: str) -> None:
    """Bring a session to the moment at which it is cancelled."""
    stage = stage_of(values=20_000, noise=LONG_NOISE) if moment == "noise" else stage_of()
    plan = plan_of(parties.prepare(), 1, stage)
    if moment == "connecting":
        for number in (0, 1):
            parties[number].send(
                Connect(plan=plan, own_number=number, peers=parties.addresses(number))
            )
        time.sleep(0.7)
    if moment not in {"before", "connecting"}:
        parties.connect(plan)
        pursue(parties, moment, stage)


def pursue(parties: Parties, moment: str, stage: StagePlan) -> None:
    """Go on from a connected session."""
    if moment in {"noise", "permit"}:
        share(parties, stage)
    if moment == "noise":
        time.sleep(0.4)
    if moment == "permit":
        for party in parties:
            party.expect(ReadyToOpen)
    if moment in {"opened", *WAITING}:
        parties.measure(stage, [[1] * 50] * 3)
    if moment in WAITING:
        for party in parties[1:]:
            party.send(WAITING[moment])


@pytest.mark.parametrize(
    "moment",
    [
        "before",
        "connecting",
        "connected",
        "noise",
        "permit",
        "opened",
        "comparing",
        "table",
        "finish",
    ],
)
def test_cancelling_ends_everything_at_once(moment):
    with session(3) as parties:
        reach(parties, moment)
        started = time.monotonic()
        parties[0].send(Cancel())
        if moment == "before":
            assert parties[0].expect(Failed).code == "SE403"
            return
        without = (2,) if moment == "connecting" else ()
        failures = parties.failures(without=without)
        assert time.monotonic() - started < NOTICED_S
        require_all_blame(failures, "SE403", "Hospital A")
        spent = fields_of(failures[1])["spent"]
        opened = moment in {"opened", "comparing", "table", "finish"}
        assert ("counts as spent (tables)" in spent) == opened


def test_a_hospital_that_refuses_to_go_on_is_named_with_its_code():
    with connected(3, 1, stage_of()) as parties:
        share(parties, stage_of())
        for party in parties:
            party.expect(ReadyToOpen)
        parties[1].send(Cancel(code="BU306"))
        failures = parties.failures()
        require_all_blame(failures, "SE405", "Hospital B")
        assert all(fields_of(f)["code"] == "BU306" for f in failures.values())


# ---- deviations


def test_another_plan_is_refused_at_once_on_both_ends():
    with session(3) as parties:
        plan = plan_of(parties.prepare(), 1, stage_of())
        other = replace(plan, title="Another")
        started = time.monotonic()
        for number, own in enumerate((plan, plan, other)):
            parties[number].send(
                Connect(plan=own, own_number=number, peers=parties.addresses(number))
            )
        failures = parties.failures()
        assert time.monotonic() - started < 1.0 + NOTICED_S
        told = [fields_of(f) for f in failures.values() if f.code == "PR504"]
        assert len(told) >= 2  # whoever was late is told by the others
        assert {f["field"] for f in told} == {"plan"}
        assert {f.code for f in failures.values()} <= {"PR504", "SE405", "SE406"}


def test_another_version_is_refused_and_both_versions_are_named():
    with session(3, rogue="claim_another_version") as parties:
        parties.start_connecting(plan_of(parties.prepare(), 1, stage_of()))
        failures = parties.failures()
        told = [fields_of(f) for f in failures.values() if f.code == "PR504"]
        assert len(told) >= 2
        assert all(f["field"] == "SynCohort version" for f in told)
        assert all("0.0.9" in (f["theirs"], f["ours"]) for f in told)


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_another_certificate_than_the_plans_is_refused_on_both_ends(wrong):
    """The rogue is always started last; its number decides whether it dials or listens."""
    with session(3, rogue="show_another_certificate") as parties:
        parties.insert(wrong, parties.pop())
        parties.start_connecting(plan_of(parties.prepare(connect_s=2.0), 1, stage_of()))
        started = time.monotonic()
        honest = parties.failures(without=(wrong,)).values()
        assert time.monotonic() - started < 1.0 + NOTICED_S
        assert any(f.code == "PR503" for f in honest)
        assert {f.code for f in honest} <= {"PR503", "SE405", "SE406"}
        late = parties[wrong].expect(Failed)  # who shows a wrong one may only miss the others
        assert late.code in {"PR503", "SE402", "SE405", "SE406"}


def test_an_address_with_another_certificate_is_refused_before_connecting():
    with session(3) as parties:
        plan = plan_of(parties.prepare(), 1, stage_of())
        swapped = tuple(
            replace(a, certificate_pem=parties[2 if a.number == 1 else 1].address.certificate_pem)
            for a in parties.addresses(0)
        )
        parties[0].send(Connect(plan=plan, own_number=0, peers=swapped))
        failed = parties[0].expect(Failed)
        assert failed.code == "PR503"


@pytest.mark.parametrize(
    ("rogue", "reason"),
    [("send_pickles", "wrong length"), ("send_large_numbers", "no field element")],
)
def test_a_peer_that_sends_no_strict_array_is_refused_and_named(rogue, reason):
    with connected(3, 1, stage_of(), rogue=rogue) as parties:
        share(parties, stage_of())
        failures = parties.failures(without=(2,))
        refused = [fields_of(f) for f in failures.values() if f.code == "PR502"]
        assert refused
        assert all(f["party"] == "Hospital C" and reason in f["reason"] for f in refused)


def test_a_peer_that_sends_garbage_is_refused_and_named():
    with connected(3, 1, stage_of(), rogue="send_no_frames") as parties:
        share(parties, stage_of())
        for party in parties:
            party.expect(ReadyToOpen)
        parties[2].send(PermitOpening(stage="tables"))
        failures = parties.failures(without=(2,))
        assert any(f.code == "PR502" for f in failures.values())


@pytest.mark.parametrize(("m", "named"), [(3, "a hospital"), (4, "Hospital D")])
def test_a_wrong_opening_share_is_noticed_by_everybody(m, named):
    with connected(m, 1, stage_of(), rogue="open_wrongly") as parties:
        share(parties, stage_of())
        for party in parties:
            party.expect(ReadyToOpen)
        for party in parties:
            party.send(PermitOpening(stage="tables"))
        for failed in parties.failures().values():
            assert failed.code in {"PR501", "SE405"}
            if failed.code == "PR501":
                assert fields_of(failed) == {"stage": "tables", "party": named}


def test_measurements_that_differ_end_the_session():
    with connected(3, 1, stage_of(), rogue="lie_about_measurements") as parties:
        parties.measure(parties.plan.stages[0], [[1] * 50] * 3)
        for party in parties:
            party.send(CompareMeasurements(digest="ab" * 32))
        failures = parties.failures()
        assert {f.code for f in failures.values()} <= {"PR505", "SE405"}
        assert any(f.code == "PR505" for f in failures.values())


def test_a_table_that_is_not_what_was_announced_is_refused():
    with session(3, rogue="announce_another_table") as parties:
        parties.insert(0, parties.pop())  # the sampler is party 0
        parties.connect(plan_of(parties.prepare(), 1, stage_of()))
        parties[0].send(SendTable(content=b"label\n"))
        for party in parties[1:]:
            party.send(ReceiveTable())
        for party in parties[1:]:
            event = party.next()
            assert not isinstance(event, TableReceived)
            assert event.code in {"PR502", "SE405"}


def test_an_exception_inside_mpyc_ends_the_session_and_never_hangs():
    with connected(3, 1, stage_of(), rogue="fail_inside_mpyc") as parties:
        share(parties, stage_of())
        failures = parties.failures(ready_before=True)
        assert failures[2].code == "IN902"
        assert fields_of(failures[2]) == {"kind": "ZeroDivisionError"}
        for number in (0, 1):
            assert failures[number].code == "SE405"
            assert fields_of(failures[number])["code"] == "IN902"
        assert b"ZeroDivisionError in the run worker at rogue.py" in parties[2].errors


def test_a_command_that_is_none_ends_the_run():
    with session(1) as parties:
        parties.prepare()
        parties[0].child.stdin.write(b"\0\0\0\2{}")
        parties[0].child.stdin.flush()
        assert parties.failures()[0].code == "WO601"


def test_the_module_runs_without_commands_and_ends():
    done = subprocess.run(
        [sys.executable, "-m", "core.worker.engine"],
        input=b"",
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert b"SE406" in done.stdout
