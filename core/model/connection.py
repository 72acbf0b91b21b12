"""What the connection doctor found, row by row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """One check of the way to the other hospitals.

    Attributes:
        name: What was checked.
        verdict: ``pass``, ``warn``, ``fail``, or ``wait`` for what was not reached.
        finding: What was found, one sentence.
        advice: What to do, one sentence; empty if nothing.
    """

    name: str
    verdict: str
    finding: str
    advice: str
