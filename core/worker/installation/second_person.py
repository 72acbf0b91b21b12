"""The second person at this installation: scrypt, tries, and the file that counts them."""

from __future__ import annotations

import hmac
from typing import Final

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import StudyError
from core.ports import Clock
from core.randomness import NoiseSource
from core.study.approvals import Approver, attempt, set_up
from core.worker.installation.session_shelf import SessionShelf

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

    def set_up(self, name: str, steward: str, passphrase: str, old: str) -> Approver:
        """Name the second person; a present one gives its passphrase first.

        Raises:
            StudyError: ST709, ST710, ST716, or ST731 for the requester's passphrase.
        """
        present = self._shelf.approver()
        if present is not None:
            self.require(present.name, old)
        requester = self._shelf.requester()
        if requester is not None and hmac.compare_digest(
            derive(passphrase, requester.salt), requester.derived
        ):
            raise StudyError("ST731")
        approver = set_up(name, steward, passphrase, self._source.token(16), derive)
        self._shelf.keep_approver(approver)
        return approver

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
