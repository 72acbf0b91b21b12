"""The privacy ledger: append-only, chained, durable before anything is opened."""

from core.privacy.ledger.account_book import CLOCK_TOLERANCE_S, MOST_DETAIL, Ledger
from core.privacy.ledger.charges import charge_of, counts_charge
from core.privacy.ledger.cohorts import DEFAULT_CAP, CohortRecord
from core.privacy.ledger.entries import Charge, Decision, Entry, EntryKind, Topic, Words
from core.privacy.ledger.heads import HeadPlace, NoHeadPlace
from core.privacy.ledger.seals import Seals
from core.privacy.ledger.statements import Countersignature, Statement, StatementKind

__all__ = [
    "CLOCK_TOLERANCE_S",
    "DEFAULT_CAP",
    "MOST_DETAIL",
    "Charge",
    "CohortRecord",
    "Countersignature",
    "Decision",
    "Entry",
    "EntryKind",
    "HeadPlace",
    "Ledger",
    "NoHeadPlace",
    "Seals",
    "Statement",
    "StatementKind",
    "Topic",
    "Words",
    "charge_of",
    "counts_charge",
]
