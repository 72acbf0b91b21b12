"""Keys of installations, statements and a study that spent, for the tests of the ledger."""

from __future__ import annotations

import datetime as dt

from core.network.installation import Installation, verify
from core.privacy.ledger import Charge, Ledger, Seals, Statement, StatementKind
from core.privacy.ledger.statements import stated
from core.randomness import NoiseSource

A, B = ("a" * 64, "b" * 64)
PATIENTS = [f"P{i}" for i in range(30)]
NOW = dt.datetime(2023, 11, 14, tzinfo=dt.UTC)


def new_seals() -> Seals:
    return Seals(signer=Installation.new(NoiseSource(), NOW), verify=verify)


class Place:
    """Remembers one text."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def read(self) -> str:
        return self.text

    def write(self, text: str) -> None:
        self.text = text


def spend(ledger: Ledger, unit: Charge, digest: str = A) -> str:
    cohort = ledger.register_cohort("Breast", "breast.csv", "f" * 64, PATIENTS)
    ledger.reserve_charge(cohort.id, digest, unit)
    ledger.spend(digest)
    return cohort.id


def party(seals: Seals, kind: StatementKind, plan: str = A) -> Statement:
    """Return what another party states."""
    return stated(seals, plan, kind, (7, "e" * 64), "River")
