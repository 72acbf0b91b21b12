"""Statements of the parties: signed, countersigned, kept, and what a partner remembers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from core.errors import BudgetError
from core.network.installation import verify
from core.privacy.ledger import (
    Charge,
    Decision,
    EntryKind,
    Ledger,
    Seals,
    StatementKind,
    Topic,
)
from tests.unit.privacy.signing import PATIENTS, A, B, party, spend


def test_statements_are_signed_countersigned_and_kept(
    ledger: Ledger, unit: Charge, seals: Seals, others: list[Seals]
) -> None:
    ledger.seal_with(seals)
    spend(ledger, unit)
    own = ledger.state_own(A, StatementKind.SPENT, "North")
    assert (own.number, own.head) == ledger.head
    assert ledger.state_own(A, StatementKind.SPENT, "North") == own
    other = others[0].signer
    signature = other.sign(own.countersigned_content(other.certificate_sha256))
    from core.privacy.ledger import Countersignature

    given = Countersignature(
        plan=A, key=own.key, kind=own.kind, signer=other.certificate_sha256, signature=signature
    )
    ledger.keep_countersignature(given, other.certificate_pem, verify)
    ledger.keep_countersignature(given, other.certificate_pem, verify)
    assert ledger.countersignatures(A) == (given,)
    ledger.verify_signatures(verify)
    wrong = dataclasses.replace(given, signature=b"x")
    with pytest.raises(BudgetError, match="BU315"):
        ledger.keep_countersignature(wrong, other.certificate_pem, verify)
    with pytest.raises(BudgetError, match="BU315"):  # nobody countersigns themselves
        ledger.countersign(own)


def test_a_statement_says_what_the_ledger_says(ledger: Ledger, unit: Charge, seals: Seals) -> None:
    spend(ledger, unit)
    with pytest.raises(BudgetError, match=r"BU308.*key"):
        ledger.state_own(A, StatementKind.SPENT, "North")
    ledger.seal_with(seals)
    for lie in (StatementKind.UNOPENED, StatementKind.RETURNED):
        with pytest.raises(BudgetError, match=r"BU308.*spent"):
            ledger.state_own(A, lie, "North")


def test_a_return_needs_every_partys_word(
    ledger: Ledger, unit: Charge, seals: Seals, others: list[Seals]
) -> None:
    """privacy.md 8.2: given back only if all parties signed that nothing was opened."""
    ledger.seal_with(seals)
    cohort = ledger.register_cohort("Breast", "breast.csv", "f" * 64, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    keys = frozenset(s.signer.certificate_sha256 for s in (seals, *others))
    ledger.state_own(A, StatementKind.UNOPENED, "North")
    assert not ledger.give_back_unopened(A, keys)
    for one in others:
        assert ledger.state(A) is EntryKind.RESERVED
        said = party(one, StatementKind.UNOPENED)
        ledger.keep_statement(said, one.signer.certificate_pem, verify)
    assert ledger.give_back_unopened(A, keys)
    assert ledger.state(A) is EntryKind.RETURNED
    assert ledger.entries()[-1].note == "all 3 parties signed that nothing was opened"
    with pytest.raises(BudgetError, match=r"BU308.*promised"):
        ledger.reserve_charge(cohort.id, A, unit)


def test_one_party_that_spent_keeps_the_charge(
    ledger: Ledger, unit: Charge, seals: Seals, others: list[Seals]
) -> None:
    ledger.seal_with(seals)
    cohort = ledger.register_cohort("Breast", "breast.csv", "f" * 64, PATIENTS)
    ledger.reserve_charge(cohort.id, A, unit)
    ledger.state_own(A, StatementKind.UNOPENED, "North")
    for one, kind in zip(others, (StatementKind.UNOPENED, StatementKind.SPENT), strict=True):
        said = party(one, kind)
        ledger.keep_statement(said, one.signer.certificate_pem, verify)
    keys = frozenset(s.signer.certificate_sha256 for s in (seals, *others))
    assert not ledger.give_back_unopened(A, keys)
    assert not ledger.give_back_unopened(A, frozenset())
    late = party(others[1], StatementKind.UNOPENED)
    with pytest.raises(BudgetError, match=r"BU315.*two statements"):  # nobody takes it back
        ledger.keep_statement(late, others[1].signer.certificate_pem, verify)


@pytest.mark.parametrize(
    "change",
    [
        {"plan": B},
        {"number": 8},
        {"head": "0" * 64},
        {"kind": StatementKind.RETURNED},
        {"name": "Lake"},
        {"signature": b""},
    ],
    ids=str,
)
def test_a_changed_statement_is_refused(
    ledger: Ledger, others: list[Seals], change: dict[str, Any]
) -> None:
    said = dataclasses.replace(party(others[0], StatementKind.SPENT), **change)
    with pytest.raises(BudgetError, match="BU315"):
        ledger.keep_statement(said, others[0].signer.certificate_pem, verify)
    right = party(others[0], StatementKind.SPENT)
    with pytest.raises(BudgetError, match="BU315"):
        ledger.keep_statement(right, others[1].signer.certificate_pem, verify)
    assert ledger.statements() == ()


def test_a_partner_reminds_an_older_copy(
    path: Path, clock: Any, unit: Charge, seals: Seals
) -> None:
    """The whole computer was brought back, keyring and all: only a partner can tell."""
    ledger = Ledger.open(path, clock)
    ledger.seal_with(seals)
    cohort_id = spend(ledger, unit)
    ledger.close()
    older = path.read_bytes()
    ledger = Ledger.open(path, clock)
    ledger.seal_with(seals)
    spend(ledger, unit, B)
    own = ledger.state_own(B, StatementKind.SPENT, "North")
    pem = seals.signer.certificate_pem
    assert not ledger.reminded(own, pem, verify, "River")
    ledger.close()
    path.write_bytes(older)
    ledger = Ledger.open(path, clock)
    ledger.seal_with(seals)
    assert ledger.standing(cohort_id) == ""
    assert ledger.reminded(own, pem, verify, "River")
    assert ledger.reminded(own, pem, verify, "Lake")
    missing = [e for e in ledger.entries() if e.topic == Topic.LINES_MISSING]
    assert len(missing) == 1
    assert "River holds entry 5" in missing[0].note
    with pytest.raises(BudgetError, match=r"BU313.*held"):
        ledger.reserve_charge(cohort_id, "c" * 64, unit)
    new = ledger.register_cohort("New", "new.csv", "0" * 64, ["N1"])
    assert ledger.standing(new.id) == "held"
    decision = Decision(requester="Ada", approver="Grace", reason="compared with the partners")
    ledger.change_cap(cohort_id, 2.0, decision)
    ledger.reserve_charge(cohort_id, "c" * 64, unit)
    ledger.close()
