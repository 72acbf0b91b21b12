"""The installation's key and the ledger: opened without asking where that is possible."""

from __future__ import annotations

import contextlib

from core.errors import BudgetError, WorkerError
from core.model.plan import Plan
from core.network.installation import verify
from core.ports import Clock
from core.privacy.ledger import MOST_DETAIL, Seals
from core.privacy.ledger.account_book import require_reason
from core.worker.cohorts.books import Books
from core.worker.installation.identity_desk import IdentityDesk
from core.worker.installation.second_person import require_waited
from core.worker.installation.two_people import waits_until


class Sealing:
    """Signs the ledger and writes into it what people said about a plan."""

    def __init__(self, identity: IdentityDesk, books: Books, clock: Clock) -> None:
        """Open nothing yet."""
        self._identity, self._books, self._clock = identity, books, clock

    def seals(self) -> Seals | None:
        """Return the installation's key, if it opens without a passphrase; made now if none is
        there.
        """
        with contextlib.suppress(WorkerError):
            return Seals(signer=self._identity.open(), verify=verify)
        return None

    def seal_ledger(self) -> BudgetError | None:
        """Sign the ledger from now on, if there is a key and it opens; return what is wrong with
        it. No key is made for this: a new computer may be about to get its identity from a backup.
        """
        seals = self.seals() if self._identity.exists() else None
        try:
            if seals is not None:
                self._books.main()
                self._books.seal_with(seals)
        except BudgetError as wrong:
            return wrong
        return None

    def waits(self) -> float:
        """Return from when the second person's passphrase counts."""
        return waits_until(self._books.main().entries(), "approver")

    def require_waited(self) -> None:
        """Refuse a second person whose replaced passphrase does not count yet.

        Raises:
            StudyError: ST732.
        """
        require_waited(self._clock.now(), self.waits())

    def keep_reason(self, cohort_id: str, plan: Plan, reason: str) -> None:
        """Write down why a plan has its level, before it is signed.

        Raises:
            BudgetError: BU314 if the level is above Most detail and nobody says why.
        """
        if not cohort_id or not (reason or plan.budget.epsilon > MOST_DETAIL):
            return
        require_reason(plan.budget.epsilon, reason)
        ledger = self._books.main()
        if ledger.state(plan.digest) is None:
            ledger.propose(cohort_id, plan, reason)
