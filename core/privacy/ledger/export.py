"""The ledger as one signed JSON file, and its verification with nothing but the file and a key.

The file holds what the ledger holds except everything about patients: no mark, no key of a
holdout, no number of patients. Its seal is the installation's signature of the whole file; each
line has its own signature too, and other hospitals' countersignatures stand beside it. Whoever
verifies brings the fingerprint of the key, read out by telephone or kept from before: a file alone
proves nothing, since a forger would seal with a key of their own.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from core.errors import BudgetError
from core.ports import Verifier
from core.privacy.ledger.account_book import Ledger
from core.privacy.ledger.entries import Entry, EntryKind, utc_text
from core.privacy.ledger.index import Index
from core.privacy.ledger.seals import (
    Seals,
    certificates,
    check_signatures,
    key_of,
    signatures,
    signed_bytes,
)
from core.privacy.ledger.statements import (
    Countersignature,
    Statement,
    StatementKind,
    require_statements_sound,
)

FORMAT: Final = "syncohort-ledger-export"
FORMAT_VERSION: Final = 1
MOST_BYTES: Final = 512 * 1024 * 1024
_PARTS: Final = {
    "format": str,
    "format_version": int,
    "hospital": str,
    "exported": str,
    "cohorts": dict,
    "studies": dict,
    "entries": list,
    "certificates": dict,
    "signatures": list,
    "statements": list,
    "countersignatures": list,
    "seal": dict,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedExport:
    """An export that passed every check.

    Attributes:
        hospital: Who made it.
        exported: When, as text.
        entries: All lines.
        cohorts: Cohort -> its name.
        studies: Plan digest -> title.
        key: That sealed it.
        signers: Number of lines signed by each key.
        statements: What parties stated.
        countersignatures: Who signed under these statements.
    """

    hospital: str
    exported: str
    entries: tuple[Entry, ...]
    cohorts: Mapping[str, str]
    studies: Mapping[str, str]
    key: str
    signers: Mapping[str, int]
    statements: tuple[Statement, ...]
    countersignatures: tuple[Countersignature, ...]

    @property
    def spent(self) -> dict[str, float]:
        """Units spent by each cohort's own studies."""
        found: dict[str, list[float]] = {c: [] for c in self.cohorts}
        for entry in self.entries:
            if entry.kind is EntryKind.SPENT:
                found.setdefault(entry.cohort_id, []).append(entry.units)
        return {c: round(math.fsum(units), 9) for c, units in found.items()}


def export_bytes(
    ledger: Ledger, seals: Seals, hospital: str, titles: Mapping[str, str], now: float
) -> bytes:
    """Return the whole ledger as signed JSON.

    Args:
        ledger: An open ledger, sealed with ``seals``.
        seals: The installation's key.
        hospital: Its name.
        titles: Plan digest -> title, for readers.
        now: Seconds since the epoch, UTC.

    Reveals:
        To whoever gets the file: every study of this installation with its units, names of cohorts
        and people, reasons; nothing about a patient, and not how many there are.
    """
    known = {e.digest for e in ledger.entries()}
    tree: dict[str, object] = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "hospital": hospital,
        "exported": utc_text(now),
        "cohorts": {c.id: c.name for c in ledger.cohorts()},
        "studies": {d: t for d, t in titles.items() if d in known},
        "entries": [asdict(e) for e in ledger.entries()],
        "certificates": certificates(ledger.file),
        "signatures": [
            {"number": n, "key": k, "signature": s.hex()}
            for n, (k, s) in signatures(ledger.file).items()
        ],
        "statements": [_plain(s) for s in ledger.statements()],
        "countersignatures": [_plain(c) for c in ledger.countersignatures()],
    }
    signature = seals.signer.sign(_seal_bytes(tree))
    tree["seal"] = {"key": seals.signer.certificate_sha256, "signature": signature.hex()}
    return json.dumps(tree, sort_keys=True, indent=1, ensure_ascii=True).encode() + b"\n"


def _plain(value: Statement | Countersignature) -> dict[str, object]:
    return {**asdict(value), "signature": value.signature.hex()}


def _seal_bytes(tree: Mapping[str, object]) -> bytes:
    body = {k: v for k, v in tree.items() if k != "seal"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return signed_bytes("export", hashlib.sha256(text.encode()).hexdigest())


def verify_export(
    content: bytes, keys: frozenset[str], verify: Verifier, file_name: str
) -> VerifiedExport:
    """Check an export: seal, chain, every signature and every statement.

    Args:
        content: Of the file; untrusted.
        keys: Fingerprints of the keys that the reader trusts to be this hospital's.
        verify: Checks signatures.
        file_name: For the error text.

    Raises:
        BudgetError: BU317 with the reason.
    """
    tree = _tree(content, file_name)
    try:
        return _verified(tree, keys, verify)
    except BudgetError as wrong:
        if wrong.code == "BU317":
            raise
        raise _refuse(file_name, wrong.text.rstrip(".")) from None
    except _RefusedError as wrong:
        raise _refuse(file_name, str(wrong)) from None
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        raise _refuse(file_name, "it is damaged") from None


class _RefusedError(Exception):
    """Why an export is not believed."""


def _refuse(file_name: str, reason: str) -> BudgetError:
    return BudgetError("BU317", file=file_name, reason=reason)


def _tree(content: bytes, file_name: str) -> dict[str, Any]:
    if len(content) > MOST_BYTES:
        raise _refuse(file_name, "it is too large")
    try:
        tree = json.loads(content, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _refuse(file_name, "it is not JSON") from None
    right = (
        isinstance(tree, dict)
        and set(tree) == set(_PARTS)
        and all(type(tree[n]) is kind for n, kind in _PARTS.items())
        and tree["format"] == FORMAT
    )
    if not right:
        raise _refuse(file_name, "it is not an export of a ledger")
    if tree["format_version"] != FORMAT_VERSION:
        raise _refuse(file_name, "another version of SynCohort wrote it")
    return dict(tree)


def _no_constant(_text: str) -> float:
    raise ValueError


def _verified(tree: dict[str, Any], keys: frozenset[str], verify: Verifier) -> VerifiedExport:
    kept = {str(k): str(p) for k, p in tree["certificates"].items()}
    if any(key_of(pem) != key for key, pem in kept.items()):
        raise _RefusedError("a certificate does not fit its fingerprint")
    key = str(tree["seal"]["key"])
    if key not in keys:
        raise _RefusedError(f"it is sealed by the key {key[:64]}, which you did not name")
    pem = kept.get(key, "")
    if not verify(pem, _seal_bytes(tree), bytes.fromhex(tree["seal"]["signature"])):
        raise _RefusedError("its seal does not fit: it was changed")
    entries = tuple(_entry(e) for e in tree["entries"])
    index = Index.of(entries)
    found = {s["number"]: (s["key"], bytes.fromhex(s["signature"])) for s in tree["signatures"]}
    check_signatures(index.entries, found, kept, verify, every=True)
    stated = tuple(_statement(s) for s in tree["statements"])
    under = tuple(_countersignature(c) for c in tree["countersignatures"])
    require_statements_sound(stated, under, kept, verify)
    signers: dict[str, int] = {}
    for signer, _ in found.values():
        signers[signer] = signers.get(signer, 0) + 1
    return VerifiedExport(
        hospital=tree["hospital"],
        exported=tree["exported"],
        entries=entries,
        cohorts={str(k): str(v) for k, v in tree["cohorts"].items()},
        studies={str(k): str(v) for k, v in tree["studies"].items()},
        key=key,
        signers=signers,
        statements=stated,
        countersignatures=under,
    )


_KINDS: Final = {"int": int, "str": str, "float": float, "EntryKind": str, "tuple[str, ...]": list}


def _entry(tree: dict[str, Any]) -> Entry:
    names = {f.name: _KINDS[str(f.type)] for f in fields(Entry)}
    if set(tree) != set(names) or any(type(tree[n]) is not k for n, k in names.items()):
        raise ValueError
    if any(type(name) is not str for name in tree["people"]):
        raise ValueError
    return Entry(**{**tree, "kind": EntryKind(tree["kind"]), "people": tuple(tree["people"])})


def _statement(tree: dict[str, Any]) -> Statement:
    signature, kind = bytes.fromhex(tree["signature"]), StatementKind(tree["kind"])
    return Statement(**{**tree, "kind": kind, "signature": signature})


def _countersignature(tree: dict[str, Any]) -> Countersignature:
    signature, kind = bytes.fromhex(tree["signature"]), StatementKind(tree["kind"])
    return Countersignature(**{**tree, "kind": kind, "signature": signature})
