"""Signatures of the ledger's lines by the installation's key.

A line's signature is of its fingerprint, which depends on all lines before it: one signature
vouches for the whole history up to there. The key may be closed when a line is written (it may
need a passphrase); such lines are signed when it is opened, and until then they are shown as not
signed. Keys come through ports; this room knows no network.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import BudgetError
from core.ports import Signer, Verifier
from core.privacy.ledger.entries import Entry
from core.privacy.ledger.store import LedgerFile

_DOMAIN: Final = b"SynCohort ledger 1"
_MOST_PEM: Final = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """The installation's key, and how anybody's signature is checked."""

    signer: Signer
    verify: Verifier


def signed_bytes(kind: str, *parts: str | int) -> bytes:
    """Return unambiguous bytes: the kind and every part, each behind its length.

    >>> signed_bytes("a", "bc") == signed_bytes("ab", "c")
    False
    """
    found = [_DOMAIN]
    for part in (kind, *parts):
        content = str(part).encode()
        found.append(len(content).to_bytes(8, "big") + content)
    return b"".join(found)


def line_bytes(sha256: str) -> bytes:
    """Return what is signed of one line."""
    return signed_bytes("line", sha256)


def key_of(pem: str) -> str:
    """Return the SHA-256 of a certificate, 64 hex digits; empty for text that is none."""
    try:
        if len(pem) > _MOST_PEM:
            return ""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    except ValueError:
        return ""


def keep_certificate(file: LedgerFile, key: str, pem: str) -> None:
    """Keep a certificate beside the signatures that need it, inside ``writing``.

    Raises:
        BudgetError: BU315 if it is another certificate than ``key`` names.
    """
    if key_of(pem) != key:
        raise BudgetError("BU315", what="a certificate")
    file.insert("INSERT OR IGNORE INTO certificates VALUES (?, ?)", key, pem)


def certificates(file: LedgerFile) -> dict[str, str]:
    """Return all kept certificates by their SHA-256."""
    return {str(k): str(p) for k, p in file.rows("SELECT key, pem FROM certificates ORDER BY key")}


def store_signature(file: LedgerFile, entry: Entry, signer: Signer) -> None:
    """Sign one line, inside ``writing``."""
    key = signer.certificate_sha256
    keep_certificate(file, key, signer.certificate_pem)
    signature = signer.sign(line_bytes(entry.sha256))
    file.insert("INSERT INTO signatures VALUES (?, ?, ?)", entry.number, key, signature)


def signatures(file: LedgerFile) -> dict[int, tuple[str, bytes]]:
    """Return who signed each line: number -> key and signature."""
    rows = file.rows("SELECT number, key, signature FROM signatures ORDER BY number")
    return {
        n: (str(k), s if isinstance(s, bytes) else b"") for n, k, s in rows if isinstance(n, int)
    }


def last_signer(file: LedgerFile) -> str:
    """Return the key of the newest signature; empty if there is none."""
    found = file.rows("SELECT key FROM signatures ORDER BY number DESC LIMIT 1")
    return str(found[0][0]) if found else ""


def require_sealed(
    file: LedgerFile, entries: list[Entry], verify: Verifier, *, every: bool
) -> None:
    """Refuse lines whose signature does not fit.

    Raises:
        BudgetError: BU304 with the line, BU315 for a signature without its line or certificate.
    """
    found, kept = signatures(file), certificates(file)
    if any(key_of(pem) != key for key, pem in kept.items()):
        raise BudgetError("BU315", what="a certificate")
    check_signatures(entries, found, kept, verify, every=every)


def check_signatures(
    entries: Sequence[Entry],
    found: Mapping[int, tuple[str, bytes]],
    kept: Mapping[str, str],
    verify: Verifier,
    *,
    every: bool,
) -> None:
    """Check signatures of lines; ``kept`` are certificates by their SHA-256.

    The newest signature of each key vouches for all lines before it; ``every`` checks each one.

    Raises:
        BudgetError: BU304 with the line, BU315 for a signature without its line or certificate.
    """
    newest = {key: number for number, (key, _) in sorted(found.items())}
    for number in sorted(found) if every else sorted(newest.values()):
        key, signature = found[number]
        if not 1 <= number <= len(entries) or key not in kept:
            raise BudgetError("BU315", what=f"the signature of entry {number}")
        if not verify(kept[key], line_bytes(entries[number - 1].sha256), signature):
            raise BudgetError("BU304", entry=number)
