"""The exported ledger: verified with the file and the key, and every change is found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import BudgetError
from core.network.installation import verify
from core.privacy.ledger import (
    Charge,
    Ledger,
    Seals,
    StatementKind,
)
from core.privacy.ledger.export import export_bytes, verify_export
from core.privacy.ledger.seals import key_of
from tests.unit.privacy.signing import A, B, party, spend


@pytest.fixture
def exported(ledger: Ledger, unit: Charge, seals: Seals, others: list[Seals]) -> bytes:
    ledger.seal_with(seals)
    spend(ledger, unit)
    own = ledger.state_own(A, StatementKind.SPENT, "North")
    from core.privacy.ledger import Countersignature

    other = others[0].signer
    said = party(others[0], StatementKind.SPENT)
    ledger.keep_statement(said, other.certificate_pem, verify)
    ledger.countersign(said)
    given = Countersignature(
        plan=A,
        key=own.key,
        kind=own.kind,
        signer=other.certificate_sha256,
        signature=other.sign(own.countersigned_content(other.certificate_sha256)),
    )
    ledger.keep_countersignature(given, other.certificate_pem, verify)
    return export_bytes(ledger, seals, "North", {A: "A study", B: "Another"}, 1.7e9)


def test_an_export_is_verified_with_the_file_and_the_key(exported: bytes, seals: Seals) -> None:
    key = seals.signer.certificate_sha256
    found = verify_export(exported, frozenset({key}), verify, "x.json")
    assert (found.hospital, found.key) == ("North", key)
    assert [e.kind.value for e in found.entries] == ["decision", "reserved", "spent"]
    assert found.studies == {A: "A study"}
    assert list(found.spent.values()) == [1.0]
    assert found.signers == {key: 3}
    assert len(found.countersignatures) == 2


def test_an_export_holds_nothing_about_patients(exported: bytes, ledger: Ledger) -> None:
    record = ledger.cohorts()[0]
    tree = json.loads(exported)
    del tree["certificates"]  # their base64 may hold any two characters
    text = json.dumps(tree)
    assert "P7" not in text
    assert record.holdout_key.hex() not in text
    for (mark,) in ledger.file.rows("SELECT mark FROM marks"):
        assert isinstance(mark, bytes)
        assert mark.hex() not in text
    assert "n_patients" not in text


def test_an_export_of_another_key_is_refused(exported: bytes, others: list[Seals]) -> None:
    for keys in (frozenset(), frozenset({others[0].signer.certificate_sha256})):
        with pytest.raises(BudgetError, match=r"BU317.*did not name"):
            verify_export(exported, keys, verify, "x.json")


def walk(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value of a JSON tree."""
    if isinstance(tree, dict):
        return [way for k, v in tree.items() for way in walk(v, (*path, k))] or [path]
    if isinstance(tree, list):
        return [way for k, v in enumerate(tree) for way in walk(v, (*path, k))] or [path]
    return [path]


def test_every_changed_value_of_an_export_is_found(exported: bytes, seals: Seals) -> None:
    keys = frozenset({seals.signer.certificate_sha256})
    ways = walk(json.loads(exported))
    assert len(ways) > 80
    for way in ways:
        for other in ("x", 7, None, [], {}):
            tree = json.loads(exported)
            spot = tree
            for step in way[:-1]:
                spot = spot[step]
            if spot[way[-1]] == other:
                continue
            spot[way[-1]] = other
            with pytest.raises(BudgetError, match="BU317"):
                verify_export(json.dumps(tree).encode(), keys, verify, "x.json")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"format": NaN}', b"null"]
)
def test_what_is_no_export(content: bytes) -> None:
    with pytest.raises(BudgetError, match="BU317"):
        verify_export(content, frozenset({"a" * 64}), verify, "x.json")


def test_what_is_no_certificate() -> None:
    assert key_of("") == key_of("x" * 10_000) == key_of("no certificate") == ""
