"""One hospital's cable is cut in the middle of an opening, or something on it changes a share."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from cable import Cable
from engine_parties import Parties, plan_of, session, stage_of
from relay_process import RelayProcess, relay_process

from core.errors import SynCohortError
from core.messages.engine import (
    Measure,
    Opened,
    PermitOpening,
    Prepare,
    Prepared,
    ReadyToOpen,
    SecretVector,
)
from core.model.peer import PeerAddress

SILENCE_S = 2.0
#: The limit, the doubt whose fault it is, and a busy machine.
NOTICED_S = SILENCE_S + 3.0 + 4.0


@pytest.fixture
def cable() -> Iterator[Cable]:
    made = Cable()
    yield made
    made.close()


@pytest.fixture
def relay(tmp_path) -> Iterator[RelayProcess]:
    with relay_process(tmp_path) as running:
        yield running


def ready_to_open(parties: Parties, relay: RelayProcess, cable: Cable) -> None:
    """Party 1 reaches the relay over the cable; all stand before the opening."""
    for number, party in enumerate(parties):
        proxy = cable.setting if number == 1 else None
        party.send(Prepare(route=relay.route(), proxy=proxy, silence_s=SILENCE_S))
    for number, party in enumerate(parties):
        ready = party.expect(Prepared)
        party.certificate = ready.certificate_sha256
        party.address = PeerAddress(
            number=number, route=ready.route, certificate_pem=ready.certificate_pem
        )
    parties.connect(plan_of([p.certificate for p in parties], 1, stage_of()))
    for party in parties:
        party.send(Measure(stage="tables", vector=SecretVector(values=(1,) * 50)))
    for party in parties:
        party.expect(ReadyToOpen)


def fields_of(failed) -> dict[str, str]:
    return dict(SynCohortError.from_code(failed.code, failed.fields).fields)


def test_a_cable_cut_in_the_middle_of_an_opening(relay, cable):
    """Two have sent their opening shares; the third's cable is cut before its own come through."""
    with session(3) as parties:
        ready_to_open(parties, relay, cable)
        for number in (0, 2):
            parties[number].send(PermitOpening(stage="tables"))
        time.sleep(0.3)
        cable.cut()
        began = time.monotonic()
        parties[1].send(PermitOpening(stage="tables"))
        # the others' shares were there already: it has seen the total that they have not, which
        # is why an opening is charged before the first share leaves
        assert parties[1].expect(Opened).totals
        failures = parties.failures()
        assert time.monotonic() - began < NOTICED_S
        assert failures[1].code == "SE407"  # its own line, not the other hospitals
        for number in (0, 2):
            assert (failures[number].code, fields_of(failures[number])["party"]) == (
                "SE401",
                "Hospital B",
            )
        for failed in failures.values():
            assert "counts as spent (tables)" in fields_of(failed)["spent"]


def test_a_share_changed_on_the_way_is_noticed_by_tls_and_never_opened(relay, cable):
    with session(3) as parties:
        ready_to_open(parties, relay, cable)
        cable.change()
        for number in (0, 2):
            parties[number].send(PermitOpening(stage="tables"))
        failures = parties.failures()
        for failed in failures.values():
            # one end breaks the line off (SE407: its own) or sees it broken off (SE406); whoever
            # is named by another hospital before it sees anything itself says who gave it up
            code = failed.code
            if code == "SE405":
                code = fields_of(failed)["code"]
            assert code in {"SE406", "SE407"}
        assert {f.code for f in failures.values()} & {"SE406", "SE407"}
        assert all(b'"Opened"' not in bytes(p.raw) for p in parties)
        spent = [fields_of(failures[n])["spent"] for n in range(3)]
        assert "Nothing was opened" in spent[1]  # it had not permitted its own opening
