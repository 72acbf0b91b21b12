"""The two people who decide: who asks, and the second person; each with a passphrase of their own.

A lost passphrase of the second person is replaced by the one who asks, in the open: it is a line
of the ledger, and the new passphrase counts only after a waiting time in which everybody who
reads the ledger, its export or its backup can object. A lost passphrase of the one who asks is
replaced by the second person with a recovery code that a third person keeps, and waits as long.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from core.errors import StudyError
from core.messages.ledger_commands import Consent, ReplaceApprover, ReplaceRequester
from core.ports import Clock
from core.privacy.ledger import Decision, Entry, Topic
from core.privacy.ledger.entries import utc_seconds
from core.randomness import NoiseSource
from core.study.approvals import Approver, attempt, set_up
from core.worker.installation.recovery_code import RecoveryCode
from core.worker.installation.second_person import SecondPerson, derive, require_waited
from core.worker.installation.session_shelf import SessionShelf, Whose

#: From a lost passphrase to the first approval with the new one.
WAIT_S: Final = 72 * 3600.0


_NAMED_REPLACED: Final[dict[Whose, tuple[Topic, Topic]]] = {
    "approver": (Topic.SECOND_PERSON_NAMED, Topic.SECOND_PERSON_REPLACED),
    "requester": (Topic.REQUESTER_NAMED, Topic.REQUESTER_REPLACED),
}


def waits_until(entries: tuple[Entry, ...], whose: Whose) -> float:
    """Return from when a person's passphrase counts, seconds since the epoch; 0: now.

    Read from the ledger, which nobody can change unnoticed.
    """
    named, replaced = _NAMED_REPLACED[whose]
    last = next((e for e in reversed(entries) if e.topic in {named, replaced}), None)
    if last is None or last.topic == named:
        return 0.0
    return utc_seconds(last.time) + WAIT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """From when each passphrase counts, seconds since the epoch; 0: from the beginning."""

    approver: float = 0.0
    requester: float = 0.0

    @property
    def both(self) -> float:
        """From when the two can decide together."""
        return max(self.approver, self.requester)


_NO_WAITS: Final = Waits()


class TwoPeople:
    """Checks both passphrases. Invariant: a try is counted on disk before its answer is known."""

    def __init__(
        self, shelf: SessionShelf, clock: Clock, source: NoiseSource, person: SecondPerson
    ) -> None:
        """Keep the requester on ``shelf``, beside the second person."""
        self._shelf, self._clock, self._source = shelf, clock, source
        self._person = person
        self._code = RecoveryCode(shelf, clock, source)

    def requester(self) -> str:
        """Return who asks for decisions; empty if nobody is set up."""
        present = self._shelf.requester()
        return present.name if present is not None else ""

    def set_up_requester(
        self, name: str, passphrase: str, old: str, waits: Waits = _NO_WAITS
    ) -> tuple[str, str]:
        """Name who asks; a present one gives its passphrase first, and while a replacement waits
        the one before.

        Returns:
            Their name, and the recovery code, which is kept nowhere.

        Raises:
            StudyError: ST709, ST710, ST711 without a second person, ST716, ST731 or ST732.
        """
        approver = self._person.named()
        if approver is None:
            raise StudyError("ST711")
        taken_back = self._person.is_former("requester", old, waits.requester)
        if self._shelf.requester() is not None and not taken_back:
            self._require_requester("", old)
        if hmac.compare_digest(derive(passphrase, approver.salt), approver.derived):
            raise StudyError("ST731")
        made = set_up(name, approver.name, passphrase, self._source.token(16), derive)
        code = self._code.new_code(made)
        self._shelf.keep_requester(made)
        self._shelf.keep_waits("requester", 0.0)
        self._shelf.keep_former("requester", None)
        return made.name, code

    def require(self, consent: Consent, waits: Waits) -> Decision:
        """Return the decision of both.

        Args:
            consent: Names and passphrases.
            waits: From when their passphrases count, see ``waits_until``.

        Raises:
            BudgetError: BU308 for one person, BU314 without a reason.
            StudyError: ST709, ST710, ST711, ST732 or ST733.
        """
        decision = Decision(
            requester=consent.requester, approver=consent.approver, reason=consent.reason
        )
        require_waited(self._clock.now(), waits.both)
        requester = self._require_requester(consent.requester, consent.requester_passphrase)
        approver = self._person.require(consent.approver, consent.approver_passphrase)
        return Decision(requester=requester, approver=approver, reason=decision.reason)

    def replace_approver(self, command: ReplaceApprover, waits: Waits) -> Approver:
        """Arrange another second person without the old passphrase; the caller writes it down.

        Raises:
            StudyError: ST706 without a reason, ST709, ST710, ST716, ST731, ST732 or ST733.
        """
        if not command.reason.strip():
            raise StudyError("ST706")
        require_waited(self._clock.now(), waits.requester)
        present = self._shelf.requester()
        requester = self._require_requester(command.requester, command.requester_passphrase)
        if present is not None and hmac.compare_digest(
            derive(command.passphrase, present.salt), present.derived
        ):
            raise StudyError("ST731")
        salt = self._source.token(16)
        return set_up(command.name, requester, command.passphrase, salt, derive)

    def keep_approver(self, approver: Approver, until: float) -> None:
        """Keep an arranged second person, after the ledger says so.

        Who it was before can take it back until it counts; arranged anew meanwhile, still they.
        """
        if self._clock.now() >= self._shelf.waits("approver"):
            self._shelf.keep_former("approver", self._person.named())
        self._shelf.keep_waits("approver", until)
        self._shelf.keep_approver(approver)

    def replace_requester(self, command: ReplaceRequester, waits: Waits) -> Approver:
        """Arrange another passphrase of the one who asks; the caller writes it down.

        Raises:
            StudyError: ST706 without a reason, ST709, ST710, ST711, ST716, ST731, ST732, ST741 or
                ST742.
        """
        if not command.reason.strip():
            raise StudyError("ST706")
        require_waited(self._clock.now(), waits.both)
        approver = self._person.require(command.approver, command.approver_passphrase)
        self._code.require(command.recovery_code)
        if hmac.compare_digest(command.passphrase, command.approver_passphrase):
            raise StudyError("ST731")
        return set_up(command.name, approver, command.passphrase, self._source.token(16), derive)

    def keep_requester(self, requester: Approver, until: float) -> str:
        """Keep an arranged one who asks, after the ledger says so; return a new recovery code.

        Who asked before can take it back until it counts.
        """
        self._shelf.keep_waits("requester", until)
        self._shelf.keep_former("requester", self._shelf.requester())
        code = self._code.new_code(requester)
        self._shelf.keep_requester(requester)
        return code

    def waits(self) -> Waits:
        """Return from when the passphrases count as kept beside the ledger, for the time in which
        the ledger does not open.
        """
        return Waits(
            approver=self._shelf.waits("approver"), requester=self._shelf.waits("requester")
        )

    def _require_requester(self, name: str, passphrase: str) -> str:
        present = self._shelf.requester()
        if present is None:
            raise StudyError("ST733")
        tried = attempt(present, name or present.name, passphrase, self._clock.now(), derive)
        self._shelf.keep_requester(tried.approver)
        if not tried.right:
            raise StudyError("ST709", left=tried.approver.tries_left)
        return present.name
