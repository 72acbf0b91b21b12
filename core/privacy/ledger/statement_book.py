"""The part of a ledger that speaks with the other parties' ledgers: signed statements, and what a
partner remembers of this one.
"""

from __future__ import annotations

from typing import Final

from core.errors import BudgetError
from core.ports import Verifier
from core.privacy.ledger.entries import EntryKind, Topic, Words
from core.privacy.ledger.heads import Head, holds
from core.privacy.ledger.journal import Journal
from core.privacy.ledger.patients import PatientBook
from core.privacy.ledger.seals import Seals
from core.privacy.ledger.statements import (
    Countersignature,
    Statement,
    StatementKind,
    countersignatures,
    keep_countersignature,
    keep_statement,
    require_statement,
    stated,
    statements,
)
from core.randomness import NoiseSource

#: What the plan's last line may say where its party states this.
_RIGHT: Final = {
    StatementKind.SPENT: (EntryKind.SPENT,),
    StatementKind.UNOPENED: (EntryKind.RESERVED, EntryKind.RETURNED),
    StatementKind.RETURNED: (EntryKind.RETURNED,),
}


class StatementBook(PatientBook):
    """Keeps statements beside the lines. Invariant: each was verified before it was kept."""

    def __init__(self, journal: Journal, source: NoiseSource) -> None:
        """Take over an open journal; without a key nothing is stated."""
        super().__init__(journal, source)
        self._seals: Seals | None = None

    @property
    def head(self) -> Head:
        """Number and fingerprint of the newest line."""
        return self._journal.index.head

    def statements(self, plan_digest: str = "") -> tuple[Statement, ...]:
        """Return what the parties stated about one plan, or about all."""
        return statements(self._file, plan_digest)

    def countersignatures(self, plan_digest: str = "") -> tuple[Countersignature, ...]:
        """Return who countersigned what."""
        return countersignatures(self._file, plan_digest)

    def state_own(
        self, plan_digest: str, kind: StatementKind, name: str, seals: Seals | None = None
    ) -> Statement:
        """Sign and keep the own statement about a plan; the same again if it was made before.

        Args:
            plan_digest: The plan.
            kind: What is stated.
            name: Of this party in the plan.
            seals: The identity with which the study was joined; None: the present one.

        Raises:
            BudgetError: BU308 if no key is open, or the plan's last line says something else.
        """
        seals = seals or self._seals
        if seals is None:
            raise BudgetError("BU308", step="state", state="without the installation's key")
        entry = self._journal.index.states.get(plan_digest)
        if entry is not None and entry.kind not in _RIGHT[kind]:
            raise BudgetError("BU308", step=f"state {kind.value}", state=entry.kind)
        own = seals.signer.certificate_sha256
        for kept in self.statements(plan_digest):
            if kept.key == own and kept.kind is kind:
                return kept
        statement = stated(seals, plan_digest, kind, self.head, name)
        self.keep_statement(statement, seals.signer.certificate_pem, seals.verify)
        return statement

    def promised_unopened(self, plan_digest: str) -> bool:
        """Tell whether this installation signed that nothing of a plan will ever be opened."""
        if self._seals is None:
            return False
        own = self._seals.signer.certificate_sha256
        kept = self.statements(plan_digest)
        return any(s.key == own and s.kind is StatementKind.UNOPENED for s in kept)

    def keep_statement(self, statement: Statement, pem: str, verify: Verifier) -> None:
        """Keep a party's statement.

        Raises:
            BudgetError: BU315 if its party did not sign it, or had signed another one before.
        """
        with self._file.writing():
            keep_statement(self._file, statement, pem, verify)

    def countersign(self, statement: Statement, seals: Seals | None = None) -> Countersignature:
        """Sign under another party's statement that is kept here.

        Raises:
            BudgetError: BU308 if no key is open, BU315 if it is not kept here.
        """
        seals = seals or self._seals
        if seals is None:
            raise BudgetError("BU308", step="countersign", state="without the installation's key")
        signer = seals.signer
        given = Countersignature(
            plan=statement.plan,
            key=statement.key,
            kind=statement.kind,
            signer=signer.certificate_sha256,
            signature=signer.sign(statement.countersigned_content(signer.certificate_sha256)),
        )
        self.keep_countersignature(given, signer.certificate_pem, seals.verify)
        return given

    def keep_countersignature(self, given: Countersignature, pem: str, verify: Verifier) -> None:
        """Keep a signature under a statement that is kept here.

        Raises:
            BudgetError: BU315 if it does not fit.
        """
        with self._file.writing():
            keep_countersignature(self._file, given, pem, verify)

    def reminded(self, statement: Statement, pem: str, verify: Verifier, partner: str) -> bool:
        """Compare an own statement that a partner kept with the lines here.

        If the line that it names is missing, this ledger is an older copy: the loss is recorded,
        and every cohort is held until two people decide on it.

        Returns:
            Whether lines are missing.

        Raises:
            BudgetError: BU315 if this installation did not sign it.
        """
        require_statement(statement, pem, verify)
        if holds(self._journal.index.entries, (statement.number, statement.head)):
            return False
        known = self.statements(statement.plan)
        if any(k.content() == statement.content() for k in known):
            return True  # recorded before
        self.keep_statement(statement, pem, verify)
        lacking = max(1, statement.number - self.head[0])
        note = f"{partner} holds entry {statement.number} of this ledger, which is missing here"
        self.hold_all(Words(note=note[:300], topic=Topic.LINES_MISSING), lacking)
        return True
