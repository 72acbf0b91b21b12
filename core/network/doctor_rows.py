"""What the connection doctor's checks have in common: one row each, with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """Of one check."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check.

    Attributes:
        name: What was checked.
        verdict: How it went; WAIT for what could not be checked.
        finding: What was found, one sentence.
        advice: What to do, one sentence; empty if nothing.
    """

    name: str
    verdict: Verdict
    finding: str
    advice: str = ""


def passed(name: str, finding: str) -> CheckRow:
    """Return the row of a check that went well."""
    return CheckRow(name=name, verdict=Verdict.PASS, finding=finding)


def waiting(names: tuple[str, ...], before: str) -> list[CheckRow]:
    """Return the rows of checks that wait until ``before`` is solved."""
    finding = f"Not checked: it needs “{before}” first."
    return [CheckRow(name=n, verdict=Verdict.WAIT, finding=finding) for n in names]
