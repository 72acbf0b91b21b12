"""The second person: set up with a passphrase of their own, approving one plan at a time.

An approval is of a plan digest; the steward who signed cannot give it. The passphrase's scrypt
hash comes through a port, since the derivation belongs to the worker.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from core.errors import StudyError
from core.model.stage import is_text, require

LEAST_CHARACTERS: Final = 12
MOST_TRIES: Final = 5
#: After ``MOST_TRIES`` wrong passphrases, seconds until the next try.
LOCK_S: Final = 900.0

#: (passphrase, salt) -> 32 bytes, slow on purpose.
Derive = Callable[[str, bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approver:
    """The second person of one installation.

    Attributes:
        name: Of the second person.
        steward: Of the data steward, another person.
        salt: 16 bytes.
        derived: scrypt of the passphrase.
        failures: Wrong passphrases in a row.
        locked_until: Seconds since the epoch, UTC; 0 while it is not locked.
    """

    name: str
    steward: str
    salt: bytes = field(repr=False)
    derived: bytes = field(repr=False)
    failures: int = 0
    locked_until: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a second person who is the first.

        Raises:
            StudyError: ST710.
            PlanError: PL201 for a name that cannot be shown.
        """
        require(is_text(self.name, 80), "approver", "the name is empty or too long")
        require(is_text(self.steward, 80), "steward", "the name is empty or too long")
        require(len(self.salt) == 16 and len(self.derived) == 32, "approver", "not a scrypt hash")
        if same_person(self.name, self.steward):
            raise StudyError("ST710")

    @property
    def tries_left(self) -> int:
        """How many wrong passphrases are left before the lock."""
        return max(0, MOST_TRIES - self.failures)


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are one person, spaces and case apart.

    >>> same_person("Ada  Byron", "ada byron"), same_person("Ada", "Grace")
    (True, False)
    """
    return one.casefold().split() == other.casefold().split()


def set_up(name: str, steward: str, passphrase: str, salt: bytes, derive: Derive) -> Approver:
    """Return the second person with this passphrase.

    Raises:
        StudyError: ST716 if it is too short, ST710 if the steward would approve alone.
    """
    if len(passphrase) < LEAST_CHARACTERS:
        raise StudyError("ST716", least=LEAST_CHARACTERS)
    if same_person(name, steward):
        raise StudyError("ST710")
    return Approver(name=name, steward=steward, salt=salt, derived=derive(passphrase, salt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try of the second person: what to keep, and whether the passphrase was right."""

    approver: Approver
    right: bool


def attempt(approver: Approver, name: str, passphrase: str, now: float, derive: Derive) -> Try:
    """Check a passphrase; the returned approver counts the tries and must be kept before the
    answer is shown.

    Raises:
        StudyError: ST710 if another than the second person approves; ST709 while it is locked.
    """
    if not same_person(name, approver.name):
        raise StudyError("ST710")
    if now < approver.locked_until:
        raise StudyError("ST709", left=0)
    if approver.locked_until:
        approver = replace(approver, failures=0, locked_until=0.0)
    right = hmac.compare_digest(derive(passphrase, approver.salt), approver.derived)
    if right:
        return Try(approver=replace(approver, failures=0), right=True)
    failures = approver.failures + 1
    locked = now + LOCK_S if failures >= MOST_TRIES else 0.0
    return Try(approver=replace(approver, failures=failures, locked_until=locked), right=False)
