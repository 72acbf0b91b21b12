"""Read a whole ledger and refuse one whose history was changed."""

from __future__ import annotations

from core.errors import BudgetError
from core.privacy.ledger.cohorts import cohort_digest
from core.privacy.ledger.entries import EntryKind
from core.privacy.ledger.index import Index
from core.privacy.ledger.store import LedgerFile


def audit(file: LedgerFile) -> Index:
    """Check chain, head, cohorts and the stored state of the second book.

    Returns:
        What the lines add up to.

    Raises:
        BudgetError: BU304 with the first line that does not fit, BU307 for the second book.
    """
    index = Index.of(file.entries())
    entries = index.entries
    last = index.last
    head = file.meta("head").decode("ascii", "replace")
    if head != (f"{last.number}:{last.sha256}" if last else ""):
        raise BudgetError("BU304", entry=len(entries) + 1)
    remarked = file.rows("SELECT count(*) FROM remarks")[0][0]
    if remarked != sum(e.version == 2 for e in entries):
        raise BudgetError("BU304", entry=len(entries) + 1)
    _audit_cohorts(file, index)
    spends = [
        (e.number, e.cohort_id, e.epsilon, e.delta) for e in entries if e.kind is EntryKind.SPENT
    ]
    if file.rows("SELECT * FROM second_book ORDER BY number") != spends:
        raise BudgetError("BU307")
    return index


def _audit_cohorts(file: LedgerFile, index: Index) -> None:
    """Compare what is stored about every cohort with its last decision in the chain."""
    named = {e.cohort_id for e in index.entries if e.cohort_id}
    places = (("cohorts", "id"), ("marks", "cohort_id"), ("overlaps", "cohort_id"))
    for table, column in places:
        named |= {str(c) for (c,) in file.rows(f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608 - constants
    for cohort_id in sorted(named):
        decision = index.decided.get(cohort_id)
        if decision is None or decision.digest != cohort_digest(file, cohort_id):
            raise BudgetError("BU304", entry=decision.number if decision else len(index.entries))
