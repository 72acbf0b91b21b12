"""The privacy ledger: append-only, chained, durable before anything is opened."""

from core.privacy.ledger.account_book import CLOCK_TOLERANCE_S, Ledger
from core.privacy.ledger.charges import charge_of
from core.privacy.ledger.cohorts import DEFAULT_CAP, CohortRecord
from core.privacy.ledger.entries import Charge, Entry, EntryKind

__all__ = [
    "CLOCK_TOLERANCE_S",
    "DEFAULT_CAP",
    "Charge",
    "CohortRecord",
    "Entry",
    "EntryKind",
    "Ledger",
    "charge_of",
]
