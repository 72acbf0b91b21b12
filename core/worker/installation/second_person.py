"""The second person at this installation: scrypt, tries, and the file that counts them."""

from __future__ import annotations

import hmac
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import StudyError
from core.ports import Clock
from core.privacy.ledger.entries import utc_text
from core.randomness import NoiseSource
from core.study.approvals import Approver, attempt, set_up
from core.worker.installation.session_shelf import SessionShelf, Whose

_SCRYPT_N: Final = 1 << 15  # 32 MiB


def derive(passphrase: str, salt: bytes) -> bytes:
    """Return scrypt of a passphrase, 32 bytes; about a tenth of a second."""
    kdf = Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=8, p=1)
    return kdf.derive(passphrase.encode("utf-8"))


class SecondPerson:
    """Checks the second person's passphrase. Invariant: a try is counted on disk before its answer
    is known to anybody.
    """

    def __init__(self, shelf: SessionShelf, clock: Clock, source: NoiseSource) -> None:
        """Keep the approver on ``shelf``."""
        self._shelf, self._clock, self._source = shelf, clock, source

    def named(self) -> Approver | None:
        """Return who is set up."""
        return self._shelf.approver()

    def set_up(
        self, name: str, steward: str, passphrase: str, old: str, waits: float = 0.0
    ) -> Approver:
        """Name the second person; a present one gives its passphrase first, and while a
        replacement waits the one before: that takes it back.

        Raises:
            StudyError: ST709, ST710, ST716, ST731 for the requester's passphrase, or ST732.
        """
        present, taken_back = self._shelf.approver(), self.is_former("approver", old, waits)
        if present is not None and not taken_back:
            self.require(present.name, old)
        requester = self._shelf.requester()
        if requester is not None and hmac.compare_digest(
            derive(passphrase, requester.salt), requester.derived
        ):
            raise StudyError("ST731")
        approver = set_up(name, steward, passphrase, self._source.token(16), derive)
        self._shelf.keep_approver(approver)
        return approver

    def is_former(self, whose: Whose, passphrase: str, waits: float) -> bool:
        """Tell whether a replacement waits, and this passphrase is the one before it.

        Raises:
            StudyError: ST732 while a replacement waits and it is not, ST709 after too many tries.
        """
        now = self._clock.now()
        if now >= waits:
            return False
        former = self._shelf.former(whose)
        if former is not None:
            tried = attempt(former, former.name, passphrase, now, derive)
            self._shelf.keep_former(whose, tried.approver)
            if tried.right:
                return True
        require_waited(now, waits)
        return False

    def require(self, name: str, passphrase: str) -> str:
        """Return the second person's name if this is they.

        Raises:
            StudyError: ST711 if nobody is set up, ST710 for another person, ST709 for another
                passphrase.
        """
        present = self._shelf.approver()
        if present is None:
            raise StudyError("ST711")
        tried = attempt(present, name, passphrase, self._clock.now(), derive)
        self._shelf.keep_approver(tried.approver)
        if not tried.right:
            raise StudyError("ST709", left=tried.approver.tries_left)
        return present.name


def require_waited(now: float, waits: float) -> None:
    """Refuse people of whom one has a new passphrase that does not count yet.

    Raises:
        StudyError: ST732.
    """
    if now < waits:
        raise StudyError("ST732", time=utc_text(waits)[:16].replace("T", " ") + " UTC")
