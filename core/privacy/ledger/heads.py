"""What remembers how far the ledger had come, so that an older copy of its file is noticed.

The newest line's number and fingerprint are kept outside the file: by the system's key store (or a
file of its own where there is none), and by the partners, in the statements that they
countersigned. A ledger that does not contain a remembered line is older than it, or another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.errors import BudgetError
from core.privacy.ledger.entries import Entry

Head = tuple[int, str]


class HeadPlace(Protocol):
    """One text, kept outside the ledger's file."""

    def read(self) -> str:
        """Return what is kept; empty if nothing is."""
        ...

    def write(self, text: str) -> None:
        """Keep ``text``. A place that does not answer keeps what it had; that is never newer."""
        ...


class NoHeadPlace:
    """Remembers nothing: practice, rehearsals, and files that are only looked at."""

    def read(self) -> str:
        """Return nothing."""
        return ""

    def write(self, text: str) -> None:
        """Keep nothing."""


def head_text(head: Head) -> str:
    """Return a head as text."""
    return f"{head[0]}:{head[1]}"


def head_from(text: str) -> Head | None:
    """Read ``head_text`` back; None for anything else."""
    number, _, sha256 = text.partition(":")
    if number.isascii() and number.isdigit() and len(number) <= 15 and len(sha256) == 64:
        return int(number), sha256
    return None


def holds(entries: Sequence[Entry], head: Head) -> bool:
    """Tell whether a line of this number and fingerprint is among ``entries``."""
    number, sha256 = head
    return number == 0 or (number <= len(entries) and entries[number - 1].sha256 == sha256)


def require_not_older(entries: Sequence[Entry], head: Head | None, who: str) -> None:
    """Refuse a history that lacks a remembered line.

    Args:
        entries: The whole history.
        head: What is remembered; None: nothing is.
        who: Who remembers it, as the subject of a sentence.

    Raises:
        BudgetError: BU312.
    """
    if head is not None and not holds(entries, head):
        raise BudgetError("BU312", who=who, entry=head[0], entries=len(entries))
