"""What a run enters with: the ledger's word on its plan, and the record of earlier runs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.errors import WorkerError
from core.model.continuing import StageLevel
from core.model.plan import Plan
from core.privacy.ledger import EntryKind, Ledger
from core.worker.cohorts.cohort_desk import Split
from core.worker.runs.run_record import RunRecord

#: Note of a spend that no opening caused; without it the record must tell of one.
UNOPENED: Final = "it ended before its first opening"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Entered:
    """What a run has of its own hospital.

    Attributes:
        record: What is kept of the plan's runs.
        ledger: None at a compute partner.
        split: The records that enter, and the holdout; None at a compute partner.
        spent: Whether an earlier run of the plan was charged already.
    """

    record: RunRecord
    ledger: Ledger | None = None
    split: Split | None = None
    spent: bool = False


def charge_or_go_on(
    ledger: Ledger, cohort_id: str, plan: Plan, record: RunRecord, reason: str
) -> bool:
    """Reserve a plan, or go on with one that is spent; return whether it was spent before.

    ``reason`` is why the plan has its level, for the ledger; empty where its signing said so.

    Raises:
        BudgetError: As ``Ledger.reserve`` and ``Ledger.resume``.
        WorkerError: WO608 if record and ledger do not tell the same story: one of them is older.
    """
    if not record.durable or ledger.state(plan.digest) is not EntryKind.SPENT:
        if record.level() > StageLevel.NONE:
            raise WorkerError("WO608", reason="its record is newer than the ledger")
        ledger.reserve(cohort_id, plan, reason)
        return False
    charged = ledger.resume(cohort_id, plan.digest)
    if not charged.note and record.level() < StageLevel.OPENING:
        raise WorkerError("WO608", reason="its record is older than the ledger")
    return True
