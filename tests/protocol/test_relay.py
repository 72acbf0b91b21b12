"""Whole sessions through a relay in its own process: the same sums, and how they end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from engine_parties import ROOT, stage_of
from relay_process import RelayProcess, relay_process, through

from core.messages.engine import (
    CompareMeasurements,
    Connect,
    Connected,
    Finish,
    Finished,
    Measure,
    Opened,
    PermitOpening,
    ReadyToOpen,
    SecretVector,
)

#: "Within seconds", and some for a busy machine.
SOON_S = 8.0
VECTOR = SecretVector(values=(3,) * 20_000)


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    with relay_process(tmp_path_factory.mktemp("relay")) as running:
        yield running


def fields_of(failed):
    return dict(failed.fields)


@pytest.mark.parametrize("m", [3, 5])
def test_parties_open_the_same_sum_as_without_a_relay(relay, m):
    stage = stage_of(values=200)
    with through(relay, m, stage) as parties:
        parties.connect(parties.plan)
        rows = [[(17 * i + j) % 400 for i in range(200)] for j in range(m)]
        opened = parties.measure(parties.plan.stages[0], rows)
        assert len({o.totals for o in opened}) == 1
        noise = np.array(opened[0].totals) - np.sum(rows, axis=0)
        assert np.abs(noise).max() <= stage.noise.half_width
        for party in parties:
            party.send(Finish())
        for party in parties:
            party.expect(Finished)


def test_a_party_may_come_late(relay):
    with through(relay, 3, stage_of()) as parties:
        for number in (2, 0):
            parties[number].send(
                Connect(plan=parties.plan, own_number=number, peers=parties.addresses(number))
            )
        time.sleep(2.0)
        parties[1].send(Connect(plan=parties.plan, own_number=1, peers=parties.addresses(1)))
        for party in parties:
            party.expect(Connected)


def test_a_party_that_does_not_come_is_named_within_the_limit(relay):
    with through(relay, 3, stage_of(), connect_s=2.0) as parties:
        began = time.monotonic()
        for number in (0, 1):
            parties[number].send(
                Connect(plan=parties.plan, own_number=number, peers=parties.addresses(number))
            )
        failures = parties.failures(without=(2,))
        first = [f for f in failures.values() if f.code == "SE402"]
        assert {fields_of(f)["party"] for f in first} == {"Hospital C"}
        for failed in failures.values():  # the slower one may hear of it from the faster one
            assert failed in first or fields_of(failed)["code"] == "SE402"
        assert time.monotonic() - began < 2.0 + SOON_S


def test_a_relay_that_starts_late_is_found(tmp_path):
    with relay_process(tmp_path) as first, through(first, 3, stage_of()) as parties:
        first.close()
        parties.start_connecting(parties.plan)
        time.sleep(1.5)
        second = RelayProcess(tmp_path, port=first.port)
        try:
            assert second.sha256 == first.sha256  # it keeps its certificate
            for party in parties:
                party.expect(Connected)
        finally:
            second.close()


def test_without_a_relay_everybody_is_told_so(tmp_path):
    with relay_process(tmp_path) as relay, through(relay, 3, stage_of(), connect_s=2.0) as parties:
        relay.close()
        parties.start_connecting(parties.plan)
        for failed in parties.failures().values():
            assert failed.code == "SE407"
            assert "nothing answers" in fields_of(failed)["reason"]


def test_another_certificate_of_the_relay_is_refused_before_anything_is_said(tmp_path):
    with relay_process(tmp_path / "one") as relay:
        relay.sha256 = "ab" * 32
        with through(relay, 3, stage_of()) as parties:
            parties.start_connecting(parties.plan)
            assert {f.code for f in parties.failures().values()} == {"PR508"}


@pytest.mark.parametrize("mode", ["show_another_certificate", "claim_another_version"])
def test_a_wrong_certificate_and_another_version_end_the_session_clearly(relay, mode):
    code = {"show_another_certificate": "PR503", "claim_another_version": "PR504"}[mode]
    with through(relay, 3, stage_of(), rogue=mode) as parties:
        began = time.monotonic()
        parties.start_connecting(parties.plan)
        failures = parties.failures()
        assert time.monotonic() - began < SOON_S
        assert code in {f.code for n, f in failures.items() if n != 2}
        assert {f.code for f in failures.values()} <= {code, "SE405", "SE406"}
        for number in (0, 1):
            fields = fields_of(failures[number])
            assert "Nothing" in fields.get("spent", "Nothing")
            assert "Hospital C" in fields["party"] or fields.get("code") == code


@contextlib.contextmanager
def measuring(relay, **limits):
    """Three parties in the middle of a stage's noise."""
    with through(relay, 3, stage_of(values=20_000), **limits) as parties:
        parties.connect(parties.plan)
        for party in parties:
            party.send(Measure(stage="tables", vector=VECTOR))
        yield parties


def test_a_killed_relay_ends_the_session_everywhere_and_nobody_else_is_blamed(tmp_path):
    with relay_process(tmp_path) as relay, measuring(relay) as parties:
        time.sleep(0.2)
        began = time.monotonic()
        os.kill(relay.child.pid, signal.SIGKILL)
        failures = parties.failures()
        assert time.monotonic() - began < SOON_S
        for failed in failures.values():
            assert failed.code == "SE407"
            assert "Nothing was opened" in fields_of(failed)["spent"]


def test_a_relay_killed_before_the_opening_leaves_nothing_open(tmp_path):
    with relay_process(tmp_path) as relay, measuring(relay) as parties:
        for party in parties:
            party.expect(ReadyToOpen)
        os.kill(relay.child.pid, signal.SIGKILL)
        for failed in parties.failures().values():
            assert failed.code == "SE407"
            assert "Nothing was opened" in fields_of(failed)["spent"]
        assert all(b"Opened" not in bytes(p.raw) for p in parties)


def test_a_relay_killed_between_stages_leaves_the_first_one_spent(tmp_path):
    stages = (stage_of("first"), stage_of("second"))
    with relay_process(tmp_path) as relay, through(relay, 3, *stages) as parties:
        parties.connect(parties.plan)
        parties.measure(parties.plan.stages[0], [[1] * 50] * 3)
        os.kill(relay.child.pid, signal.SIGKILL)
        for failed in parties.failures().values():
            assert failed.code == "SE407"
            assert "(first)" in fields_of(failed)["spent"]


def test_a_relay_killed_in_the_middle_of_an_opening_counts_as_spent_where_permitted(tmp_path):
    """Two parties have permitted the opening, the third has not: their shares are under way."""
    with relay_process(tmp_path) as relay, measuring(relay) as parties:
        for party in parties:
            party.expect(ReadyToOpen)
        for party in parties[:2]:
            party.send(PermitOpening(stage="tables"))
        time.sleep(0.3)
        os.kill(relay.child.pid, signal.SIGKILL)
        failures = parties.failures()
        assert {f.code for f in failures.values()} == {"SE407"}
        spent = [fields_of(failures[n])["spent"] for n in range(3)]
        assert all("(tables)" in text for text in spent[:2])
        assert "Nothing was opened" in spent[2]


def test_a_relay_killed_after_the_last_stage_ends_the_comparison_clearly(tmp_path):
    with relay_process(tmp_path) as relay, through(relay, 3, stage_of()) as parties:
        parties.connect(parties.plan)
        parties.measure(parties.plan.stages[0], [[1] * 50] * 3)
        for party in parties[:2]:
            party.send(CompareMeasurements(digest="a" * 64))
        time.sleep(0.2)
        os.kill(relay.child.pid, signal.SIGKILL)
        assert {f.code for f in parties.failures().values()} == {"SE407"}


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="POSIX signals")
def test_a_stopped_relay_is_noticed_within_the_limit(tmp_path):
    with relay_process(tmp_path) as relay, measuring(relay, silence_s=2.0) as parties:
        os.kill(relay.child.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            failures = parties.failures()
        finally:
            os.kill(relay.child.pid, signal.SIGCONT)
        assert time.monotonic() - began < 2.0 + 3.0 + SOON_S
        assert {f.code for f in failures.values()} == {"SE407"}


def test_a_killed_party_is_named_not_the_relay(relay):
    with measuring(relay) as parties:
        time.sleep(0.2)
        began = time.monotonic()
        parties[1].child.kill()
        failures = parties.failures(without=(1,))
        assert time.monotonic() - began < SOON_S
        for failed in failures.values():
            assert (failed.code, fields_of(failed)["party"]) == ("SE406", "Hospital B")


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="POSIX signals")
def test_a_stopped_party_is_named_within_the_limit(relay):
    with measuring(relay, silence_s=2.0) as parties:
        parties[2].child.send_signal(signal.SIGSTOP)
        for failed in parties.failures(without=(2,)).values():
            assert (failed.code, fields_of(failed)["party"]) == ("SE401", "Hospital C")


def test_a_relay_that_is_asked_to_end_says_so_and_goes(tmp_path):
    with relay_process(tmp_path, "--metrics") as relay:
        with through(relay, 3, stage_of()) as parties:
            parties.connect(parties.plan)
            opened = parties.measure(parties.plan.stages[0], [[1] * 50] * 3)
            assert all(isinstance(o, Opened) for o in opened)
            for party in parties:
                party.send(Finish())
            for party in parties:
                party.expect(Finished)
        relay.child.send_signal(signal.SIGTERM)
        assert relay.child.wait(15) == 0
        rest = relay.child.stderr.read().decode()
        assert '"spliced": 3' in rest
        assert "127.0.0.1" not in rest
        assert "5" * 32 not in rest


def test_the_doctor_of_the_command_line_examines_this_relay(relay):
    def doctor(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "core.cli", "doctor", "--json", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    place = f"127.0.0.1:{relay.port}"
    well = doctor("--relay", place, "--pin", relay.sha256)
    assert well.returncode == 0, well.stderr
    assert {row["verdict"] for row in json.loads(well.stdout)} == {"pass"}
    ill = doctor("--relay", place, "--pin", "ab" * 32)
    assert ill.returncode == 3
    verdicts = {row["name"]: row["verdict"] for row in json.loads(ill.stdout)}
    assert verdicts["Encryption"] == "fail"
    assert verdicts["Run time"] == "wait"  # what needs a line to the relay is not guessed
    assert doctor("--relay", "nowhere").returncode == 2
