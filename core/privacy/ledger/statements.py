"""What each party of a study states about the ledger after a run, and who countersigned it.

    spent       the plan is charged here; the line's number and fingerprint are this ledger's head
    unopened    no opening share of this plan left this installation, and none ever will: whoever
                states this reserves the plan never again
    returned    the reservation was given back; the plan may be reserved again

A statement is signed by the party's installation and countersigned by all others, and every party
keeps all of them beside its own lines. So a party that brings back an older copy of its ledger is
told by the others which line it lacks; and a reservation whose input shares had left is given back
only when every party has signed ``unopened`` (privacy.md section 8.2).

Statements of others are untrusted: each is checked before it is kept, and none changes what this
ledger charges, except that all of them together allow a return.

Reveals:
    To the other parties: that a plan was spent or not, how many lines this ledger has, and a hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.errors import BudgetError
from core.ports import Verifier
from core.privacy.ledger.entries import MOST_NAME
from core.privacy.ledger.heads import Head
from core.privacy.ledger.seals import Seals, keep_certificate, key_of, signed_bytes
from core.privacy.ledger.store import LedgerFile


class StatementKind(StrEnum):
    """What a party states about one plan."""

    SPENT = "spent"
    UNOPENED = "unopened"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One party's signed word about one plan.

    Attributes:
        plan: Digest of the plan.
        key: SHA-256 of the party's certificate.
        kind: What it states.
        number: Newest line of its ledger.
        head: Fingerprint of that line.
        name: Of the party, as in the plan.
        signature: By the party's installation.
    """

    plan: str
    key: str
    kind: StatementKind
    number: int
    head: str
    name: str
    signature: bytes

    def content(self) -> bytes:
        """Return what is signed."""
        parts = (self.plan, self.key, self.kind, self.number, self.head, self.name)
        return signed_bytes("statement", *parts)

    def countersigned_content(self, signer: str) -> bytes:
        """Return what ``signer`` signs to say that it has seen and keeps this statement."""
        parts = (self.plan, self.key, self.kind, self.number, self.head, self.signature.hex())
        return signed_bytes("countersignature", *parts, signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersignature:
    """Another party's signature under a statement."""

    plan: str
    key: str
    kind: StatementKind
    signer: str
    signature: bytes


def stated(seals: Seals, plan: str, kind: StatementKind, head: Head, name: str) -> Statement:
    """Sign the own statement."""
    bare = Statement(
        plan=plan,
        key=seals.signer.certificate_sha256,
        kind=kind,
        number=head[0],
        head=head[1],
        name=name,
        signature=b"",
    )
    signature = seals.signer.sign(bare.content())
    return Statement(
        plan=plan,
        key=bare.key,
        kind=kind,
        number=bare.number,
        head=bare.head,
        name=name,
        signature=signature,
    )


def require_statement(statement: Statement, pem: str, verify: Verifier) -> None:
    """Refuse a statement that its party did not sign.

    Raises:
        BudgetError: BU315.
    """
    fits = (
        key_of(pem) == statement.key
        and 0 <= statement.number < 1 << 53
        and len(statement.head) == 64
        and len(statement.name) <= MOST_NAME
        and statement.name.isprintable()
        and verify(pem, statement.content(), statement.signature)
    )
    if not fits:
        raise BudgetError("BU315", what=f"the statement of {statement.name[:MOST_NAME]!r}")


def keep_statement(file: LedgerFile, statement: Statement, pem: str, verify: Verifier) -> bool:
    """Keep a statement, inside ``writing``; return whether it is new.

    Raises:
        BudgetError: BU315 if its party did not sign it, or had signed another one before.
    """
    require_statement(statement, pem, verify)
    kept = [s for s in statements(file, statement.plan) if s.key == statement.key]
    for other in kept:
        if other.kind is statement.kind:
            if (other.number, other.head) != (statement.number, statement.head):
                raise BudgetError("BU315", what=f"two statements of {statement.name}")
            return False
    kinds = {s.kind for s in kept} | {statement.kind}
    if kinds >= {StatementKind.SPENT, StatementKind.UNOPENED}:
        raise BudgetError("BU315", what=f"two statements of {statement.name}")
    keep_certificate(file, statement.key, pem)
    file.insert(
        "INSERT INTO statements VALUES (?, ?, ?, ?, ?, ?, ?)",
        statement.plan,
        statement.key,
        statement.kind.value,
        statement.number,
        statement.head,
        statement.name,
        statement.signature,
    )
    return True


def keep_countersignature(
    file: LedgerFile, given: Countersignature, pem: str, verify: Verifier
) -> None:
    """Keep a signature under a statement that is kept here, inside ``writing``.

    Raises:
        BudgetError: BU315 if it does not fit, or there is no such statement.
    """
    under = [
        s for s in statements(file, given.plan) if s.key == given.key and s.kind is given.kind
    ]
    fits = (
        under
        and given.signer != given.key
        and key_of(pem) == given.signer
        and verify(pem, under[0].countersigned_content(given.signer), given.signature)
    )
    if not fits:
        raise BudgetError("BU315", what="a countersignature")
    keep_certificate(file, given.signer, pem)
    file.insert(
        "INSERT OR IGNORE INTO countersignatures VALUES (?, ?, ?, ?, ?)",
        given.plan,
        given.key,
        given.kind.value,
        given.signer,
        given.signature,
    )


def statements(file: LedgerFile, plan: str = "") -> tuple[Statement, ...]:
    """Return all kept statements, or those about one plan.

    Raises:
        BudgetError: BU309 if one of them is damaged.
    """
    where = " WHERE plan = ?" if plan else ""
    listing = f"SELECT plan, key, kind, number, head, name, signature FROM statements{where}"  # noqa: S608 - constants
    rows = file.rows(f"{listing} ORDER BY plan, key, kind", *((plan,) if plan else ()))
    return tuple(
        Statement(
            plan=str(p),
            key=str(k),
            kind=_kind(kind),
            number=number if isinstance(number, int) else -1,
            head=str(head),
            name=str(name),
            signature=sig if isinstance(sig, bytes) else b"",
        )
        for p, k, kind, number, head, name, sig in rows
    )


def countersignatures(file: LedgerFile, plan: str = "") -> tuple[Countersignature, ...]:
    """Return all kept countersignatures, or those about one plan.

    Raises:
        BudgetError: BU309 if one of them is damaged.
    """
    where = " WHERE plan = ?" if plan else ""
    listing = f"SELECT plan, key, kind, signer, signature FROM countersignatures{where}"  # noqa: S608 - constants
    rows = file.rows(f"{listing} ORDER BY plan, key, kind, signer", *((plan,) if plan else ()))
    return tuple(
        Countersignature(
            plan=str(p),
            key=str(k),
            kind=_kind(kind),
            signer=str(s),
            signature=sig if isinstance(sig, bytes) else b"",
        )
        for p, k, kind, s, sig in rows
    )


def _kind(stored: object) -> StatementKind:
    try:
        return StatementKind(str(stored))
    except ValueError:
        raise BudgetError("BU309", file="ledger", reason="it is damaged") from None


def require_statements_sound(
    found: Iterable[Statement],
    under: Iterable[Countersignature],
    certificates: Mapping[str, str],
    verify: Verifier,
) -> None:
    """Check every kept statement and every signature under one.

    Raises:
        BudgetError: BU315 with the first that does not fit.
    """
    known = {}
    for statement in found:
        require_statement(statement, certificates.get(statement.key, ""), verify)
        known[statement.plan, statement.key, statement.kind] = statement
    for given in under:
        statement_of = known.get((given.plan, given.key, given.kind))
        pem = certificates.get(given.signer, "")
        if (
            statement_of is None
            or key_of(pem) != given.signer
            or not verify(pem, statement_of.countersigned_content(given.signer), given.signature)
        ):
            raise BudgetError("BU315", what="a countersignature")


def all_unopened(found: Iterable[Statement], keys: Iterable[str]) -> bool:
    """Tell whether every one of these parties stated that nothing of the plan was opened."""
    unopened = {s.key for s in found if s.kind is StatementKind.UNOPENED}
    spent = {s.key for s in found if s.kind is StatementKind.SPENT}
    wanted = set(keys)
    return bool(wanted) and wanted <= unopened and not spent & wanted
