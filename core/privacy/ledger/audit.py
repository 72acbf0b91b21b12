"""Read a whole ledger and refuse one whose history was changed."""

from __future__ import annotations

from core.errors import BudgetError
from core.privacy.ledger.cohorts import cohort_digest
from core.privacy.ledger.entries import Entry, EntryKind, verify_chain
from core.privacy.ledger.store import LedgerFile


def audit(file: LedgerFile) -> tuple[list[Entry], dict[str, Entry]]:
    """Check chain, head, cohorts and the stored state of the second book.

    Returns:
        All lines, and the last line of every plan by its digest.

    Raises:
        BudgetError: BU304 with the first line that does not fit, BU307 for the second book.
    """
    entries = file.entries()
    states = verify_chain(entries)
    head = file.meta("head").decode("ascii", "replace")
    if head != (f"{entries[-1].number}:{entries[-1].sha256}" if entries else ""):
        raise BudgetError("BU304", entry=len(entries) + 1)
    _audit_cohorts(file, entries)
    spends = [
        (e.number, e.cohort_id, e.epsilon, e.delta) for e in entries if e.kind is EntryKind.SPENT
    ]
    if file.rows("SELECT * FROM second_book ORDER BY number") != spends:
        raise BudgetError("BU307")
    return list(entries), states


def _audit_cohorts(file: LedgerFile, entries: tuple[Entry, ...]) -> None:
    """Compare what is stored about every cohort with its last decision in the chain."""
    decided = {e.cohort_id: e for e in entries if e.kind is EntryKind.DECISION}
    named = {e.cohort_id for e in entries}
    for table, column in (("cohorts", "id"), ("marks", "cohort_id")):
        named |= {str(c) for (c,) in file.rows(f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608 - constants
    for cohort_id in sorted(named):
        decision = decided.get(cohort_id)
        if decision is None or decision.digest != cohort_digest(file, cohort_id):
            raise BudgetError("BU304", entry=decision.number if decision else len(entries))
