"""The recovery code: what a third person keeps, for the day when the one who asks has lost their
passphrase.

It is drawn when somebody is named, shown once, and only its scrypt hash is kept. By itself it
opens nothing: it is asked for together with the second person's passphrase, so nobody who has one
of the two can take over the other role.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.errors import StudyError
from core.ports import Clock
from core.randomness import NoiseSource
from core.study.approvals import Approver, attempt
from core.worker.installation.second_person import derive
from core.worker.installation.session_shelf import SessionShelf

#: No letter that looks like a digit, and no U.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
#: 20 characters of 5 bits: 100 bits.
_LENGTH, _GROUP = 20, 4


def written(code: str) -> str:
    """Return a code as it is compared, however it was typed.

    >>> written("0i2o-3abc d")
    '01203ABCD'
    """
    return code.strip().upper().translate(_LOOKS)


class RecoveryCode:
    """Draws and checks it. Invariant: a try is counted on disk before its answer is known."""

    def __init__(self, shelf: SessionShelf, clock: Clock, source: NoiseSource) -> None:
        """Keep its hash on ``shelf``."""
        self._shelf, self._clock, self._source = shelf, clock, source

    def new_code(self, requester: Approver) -> str:
        """Draw another code and keep its hash; the one before counts no more."""
        code = "".join(_ALPHABET[self._source.below(len(_ALPHABET))] for _ in range(_LENGTH))
        salt = self._source.token(16)
        fresh = replace(requester, failures=0, locked_until=0.0)
        self._shelf.keep_recovery(replace(fresh, salt=salt, derived=derive(code, salt)))
        return "-".join(code[i : i + _GROUP] for i in range(0, _LENGTH, _GROUP))

    def require(self, code: str) -> None:
        """Refuse another code.

        Raises:
            StudyError: ST741, ST742 if none was made.
        """
        kept = self._shelf.recovery()
        if kept is None:
            raise StudyError("ST742")
        now = self._clock.now()
        if now < kept.locked_until:
            raise StudyError("ST741", left=0)
        tried = attempt(kept, kept.name, written(code), now, derive)
        self._shelf.keep_recovery(tried.approver)
        if not tried.right:
            raise StudyError("ST741", left=tried.approver.tries_left)
