"""core.worker.studies.ledger_exchange: three ledgers that hold each other's word after a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.messages import codec
from core.messages.lobby import (
    COORDINATOR_WORDS,
    JOINER_WORDS,
    MAX_LOBBY_BYTES,
    LedgerReminded,
    LedgersShown,
)
from core.network.installation import verify
from core.privacy.ledger import Charge, Ledger, Seals, Topic
from core.worker.studies.ledger_exchange import LedgerExchange
from tests.unit.privacy.signing import new_seals
from tests.unit.worker.lobby_twin import Clock

PLAN = "a" * 64
UNIT = Charge(units=1.0, epsilon=0.9946, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)
NAMES = ("North", "River", "Lake")
SEALS = [new_seals() for _ in NAMES]


@dataclasses.dataclass
class Party:
    """One installation: its ledger, and its side of the exchange."""

    name: str
    seals: Seals
    path: Path
    session: Any
    ledger: Ledger
    exchange: LedgerExchange
    words: int = 0

    @classmethod
    def at(cls, folder: Path, number: int, *, cohort: bool = True) -> Party:
        seats = [
            SimpleNamespace(
                key=s.signer.certificate_sha256,
                certificate_pem=s.signer.certificate_pem,
                name=n,
                has_cohort=n != "Lake" or cohort,
            )
            for n, s in zip(NAMES, SEALS, strict=True)
        ]
        seals, path = SEALS[number], folder / f"{number}.sqlite"
        session = SimpleNamespace(
            plan=SimpleNamespace(digest=PLAN),
            own_key=seats[number].key,
            seated=seats,
            participant=lambda key: next(s for s in seats if s.key == key),
        )
        party = cls(NAMES[number], seals, path, session, None, None)  # type: ignore[arg-type]
        party.open()
        return party

    def open(self) -> None:
        self.ledger = Ledger.open(self.path, Clock())
        self.ledger.seal_with(self.seals)
        self.exchange = LedgerExchange(lambda: self.ledger, self.seals.signer, verify)

    def spend(self, plan: str = PLAN) -> str:
        patients = [f"{self.name} {i}" for i in range(5)]
        cohort = self.ledger.register_cohort(self.name, "x.csv", "0" * 64, patients)
        self.ledger.reserve_charge(cohort.id, plan, UNIT)
        self.ledger.spend(plan)
        return cohort.id


@pytest.fixture
def parties(tmp_path: Path) -> Iterator[list[Party]]:
    found = [Party.at(tmp_path, i) for i in range(3)]
    yield found
    for party in found:
        party.ledger.close()


def over_the_wire(word: Any) -> Any:
    """What arrives at the other end: through the lobby's language, in both directions."""
    body = codec.encode(word, MAX_LOBBY_BYTES)[4:]
    assert codec.decode(body, JOINER_WORDS) == codec.decode(body, COORDINATOR_WORDS) == word
    return word


def exchange(coordinator: Party, joiners: list[Party]) -> int:
    """Let words go round until nobody has anything new; return how many went."""
    queue: list[tuple[Party, LedgersShown]] = []
    count = 0

    def to_all(word: LedgersShown | None) -> None:
        queue.extend((j, word) for j in joiners if word is not None)

    for joiner in joiners:
        shown = joiner.exchange.shown(joiner.session)
        assert shown is not None
        queue.append((coordinator, shown))
    to_all(coordinator.exchange.shown(coordinator.session))
    while queue:
        count += 1
        assert count < 200
        to, word = queue.pop(0)
        held = to.exchange.heard(to.session, over_the_wire(word))
        if to is coordinator:
            to_all(held)
        elif held is not None:
            queue.append((coordinator, held))
    return count


def test_after_a_run_everybody_holds_everybodys_word(parties: list[Party]) -> None:
    for party in parties:
        party.spend()
    assert exchange(parties[0], parties[1:]) < 60
    for party in parties:
        assert {s.name for s in party.ledger.statements(PLAN)} == set(NAMES)
        assert len(party.ledger.countersignatures(PLAN)) == 6
        assert party.exchange.countersigned(party.session) == NAMES
        party.ledger.verify_signatures(verify)
    assert exchange(parties[0], parties[1:]) <= 4  # saying it again changes nothing


def test_a_party_without_patients_countersigns_and_states_nothing(tmp_path: Path) -> None:
    parties = [Party.at(tmp_path, i, cohort=False) for i in range(3)]
    for party in parties[:2]:
        party.spend()
    exchange(parties[0], parties[1:])
    for party in parties:
        assert {s.name for s in party.ledger.statements(PLAN)} == {"North", "River"}
        assert len(party.ledger.countersignatures(PLAN)) == 4
        assert party.exchange.countersigned(party.session) == ("North", "River")
        party.ledger.close()


def test_lies_and_strangers_are_left_out(parties: list[Party]) -> None:
    north, river, lake = parties
    for party in parties:
        party.spend()
    shown = river.exchange.shown(river.session)
    assert shown is not None
    told = shown.statements[0]
    lies = [
        dataclasses.replace(told, **change)
        for change in (
            {"plan": "b" * 64},
            {"key": lake.session.own_key},
            {"key": "f" * 64},
            {"kind": "returned"},
            {"kind": "forgiven"},
            {"number": 99},
            {"number": -1},
            {"head": "0" * 64},
            {"name": "x" * 200},
            {"signature": b""},
        )
    ]
    word = dataclasses.replace(shown, statements=tuple(lies))
    assert north.exchange.heard(north.session, word) is None
    assert north.ledger.statements() == ()
    other = dataclasses.replace(shown, plan="b" * 64)
    assert north.exchange.heard(north.session, other) is None


def test_nothing_is_said_before_a_plan_and_nothing_of_an_open_reservation(
    parties: list[Party],
) -> None:
    north = parties[0]
    cohort = north.ledger.register_cohort("x", "x.csv", "0" * 64, ["P1"])
    north.ledger.reserve_charge(cohort.id, PLAN, UNIT)
    shown = north.exchange.shown(north.session)
    assert shown is not None
    assert shown.statements == ()
    north.session.plan = None
    assert north.exchange.shown(north.session) is None
    assert north.exchange.countersigned(north.session) == ()


def test_a_partner_notices_an_older_copy_when_they_meet_again(parties: list[Party]) -> None:
    north, river, _ = parties
    cohort = north.spend("b" * 64)
    north.ledger.close()
    older = north.path.read_bytes()
    north.open()
    for party in parties:
        party.spend()
    exchange(north, parties[1:])
    north.ledger.close()
    north.path.write_bytes(older)
    north.open()
    word = river.exchange.reminder(north.session.own_key)
    assert isinstance(word, LedgerReminded)
    missing = north.exchange.reminded(over_the_wire(word), "River")
    assert missing is not None
    assert (missing.partner, missing.entry) == ("River", 5)
    assert north.ledger.standing(cohort) == "held"
    assert any(e.topic == Topic.LINES_MISSING for e in north.ledger.entries())
    forged = dataclasses.replace(word, statement=dataclasses.replace(word.statement, number=77))
    assert north.exchange.reminded(forged, "River") is None
    assert river.exchange.reminder("f" * 64) is None
    mine = river.exchange.reminder(north.session.own_key)
    assert mine is not None
    assert river.exchange.reminded(mine, "North") is None  # a word about somebody else's ledger
