"""The two people who decide: who asks, and the second person; each with a passphrase of their own.

A lost passphrase of the second person is replaced by the one who asks, in the open: it is a line
of the ledger, and the new passphrase counts only after a waiting time in which everybody who
reads the ledger, its export or its backup can object.
"""

from __future__ import annotations

import hmac
from typing import Final

from core.errors import StudyError
from core.messages.ledger_commands import Consent, ReplaceApprover
from core.ports import Clock
from core.privacy.ledger import Decision, Entry, Topic
from core.privacy.ledger.entries import utc_seconds, utc_text
from core.randomness import NoiseSource
from core.study.approvals import Approver, attempt, set_up
from core.worker.installation.second_person import SecondPerson, derive
from core.worker.installation.session_shelf import SessionShelf

#: From a lost passphrase to the first approval with the new one.
WAIT_S: Final = 72 * 3600.0


def waits_until(entries: tuple[Entry, ...]) -> float:
    """Return from when the second person's passphrase counts, seconds since the epoch; 0: now.

    Read from the ledger, which nobody can change unnoticed.
    """
    topics = {Topic.SECOND_PERSON_NAMED, Topic.SECOND_PERSON_REPLACED}
    last = next((e for e in reversed(entries) if e.topic in topics), None)
    if last is None or last.topic == Topic.SECOND_PERSON_NAMED:
        return 0.0
    return utc_seconds(last.time) + WAIT_S


class TwoPeople:
    """Checks both passphrases. Invariant: a try is counted on disk before its answer is known."""

    def __init__(
        self, shelf: SessionShelf, clock: Clock, source: NoiseSource, person: SecondPerson
    ) -> None:
        """Keep the requester on ``shelf``, beside the second person."""
        self._shelf, self._clock, self._source = shelf, clock, source
        self._person = person

    def requester(self) -> str:
        """Return who asks for decisions; empty if nobody is set up."""
        present = self._shelf.requester()
        return present.name if present is not None else ""

    def set_up_requester(self, name: str, passphrase: str, old: str) -> str:
        """Name who asks; a present one gives its passphrase first.

        Raises:
            StudyError: ST709, ST710, ST711 without a second person, ST716 or ST731.
        """
        approver = self._person.named()
        if approver is None:
            raise StudyError("ST711")
        present = self._shelf.requester()
        if present is not None:
            self._require_requester(present.name, old)
        if hmac.compare_digest(derive(passphrase, approver.salt), approver.derived):
            raise StudyError("ST731")
        made = set_up(name, approver.name, passphrase, self._source.token(16), derive)
        self._shelf.keep_requester(made)
        return made.name

    def require(self, consent: Consent, waits: float) -> Decision:
        """Return the decision of both.

        Args:
            consent: Names and passphrases.
            waits: From when the second person's passphrase counts, see ``waits_until``.

        Raises:
            BudgetError: BU308 for one person, BU314 without a reason.
            StudyError: ST709, ST710, ST711, ST732 or ST733.
        """
        decision = Decision(
            requester=consent.requester, approver=consent.approver, reason=consent.reason
        )
        require_waited(self._clock.now(), waits)
        requester = self._require_requester(consent.requester, consent.requester_passphrase)
        approver = self._person.require(consent.approver, consent.approver_passphrase)
        return Decision(requester=requester, approver=approver, reason=decision.reason)

    def replace_approver(self, command: ReplaceApprover) -> Approver:
        """Arrange another second person without the old passphrase; the caller writes it down.

        Raises:
            StudyError: ST706 without a reason, ST709, ST710, ST716, ST731 or ST733.
        """
        if not command.reason.strip():
            raise StudyError("ST706")
        present = self._shelf.requester()
        requester = self._require_requester(command.requester, command.requester_passphrase)
        if present is not None and hmac.compare_digest(
            derive(command.passphrase, present.salt), present.derived
        ):
            raise StudyError("ST731")
        salt = self._source.token(16)
        return set_up(command.name, requester, command.passphrase, salt, derive)

    def keep_approver(self, approver: Approver, until: float) -> None:
        """Keep an arranged second person, after the ledger says so."""
        self._shelf.keep_waits(until)
        self._shelf.keep_approver(approver)

    def waits(self) -> float:
        """Return from when the second person's passphrase counts as kept beside the ledger, for
        the time in which the ledger does not open.
        """
        return self._shelf.waits()

    def _require_requester(self, name: str, passphrase: str) -> str:
        present = self._shelf.requester()
        if present is None:
            raise StudyError("ST733")
        tried = attempt(present, name, passphrase, self._clock.now(), derive)
        self._shelf.keep_requester(tried.approver)
        if not tried.right:
            raise StudyError("ST709", left=tried.approver.tries_left)
        return present.name


def require_waited(now: float, waits: float) -> None:
    """Refuse a second person whose new passphrase does not count yet.

    Raises:
        StudyError: ST732.
    """
    if now < waits:
        raise StudyError("ST732", time=utc_text(waits)[:16].replace("T", " ") + " UTC")
