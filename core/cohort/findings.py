"""What a check found: a sentence for the screen and, for a problem, the error behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import CohortError
from core.model.cohort import Check, CheckState

NAMED: Final = 3  # examples in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check and, for a problem, the error that a headless run ends with."""

    check: Check
    error: CohortError | None = None


def listed(names: Sequence[str]) -> str:
    """Return a few names and how many more there are.

    >>> listed(["A", "B"]), listed(["A", "B", "C", "D", "E"])
    ('A and B', 'A, B, C and 2 more')
    """
    if len(names) > NAMED:
        return ", ".join(names[:NAMED]) + f" and {len(names) - NAMED:,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def counted(number: int, one: str, many: str) -> str:
    """Return a number with the words that fit it.

    >>> counted(1, "patient has", "patients have"), counted(2000, "patient has", "patients have")
    ('1 patient has', '2,000 patients have')
    """
    return f"{number:,} {one if number == 1 else many}"


def ok(key: str, text: str) -> list[Finding]:
    """Return one finding: nothing to do."""
    return [Finding(check=Check(key=key, state=CheckState.OK, text=text))]


def note(key: str, text: str, advice: str) -> list[Finding]:
    """Return one finding: worth knowing."""
    return [Finding(check=Check(key=key, state=CheckState.NOTE, text=text, advice=advice))]


def problem(key: str, error: CohortError, text: str, advice: str) -> list[Finding]:
    """Return one finding: the file cannot be used like this."""
    check = Check(key=key, state=CheckState.PROBLEM, text=text, advice=advice, code=error.code)
    return [Finding(check=check, error=error)]
