"""Which lines of the activity a reader asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.presenters.wording import activity_sentence, say, title_of
from core.model.study import ActivityLine

#: Words of a period, and its length in days; 0 leaves nothing out.
PERIODS: Final = (
    ("All the time", 0),
    ("The last 24 hours", 1),
    ("The last 7 days", 7),
    ("The last 30 days", 30),
    ("The last 12 months", 365),
)
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for; empty words and 0 days leave nothing out.

    Attributes:
        kind: Of the lines.
        days: How far back.
        who: Whose acts.
        words: Letters that stand somewhere in the line, in any case.
    """

    kind: str = ""
    days: int = 0
    who: str = ""
    words: str = ""


def nobody() -> str:
    """Return who did what nobody asked for."""
    return say("The program")


def shown_lines(
    lines: Iterable[ActivityLine], wanted: Wanted, now: float
) -> tuple[ActivityLine, ...]:
    """Return the lines that are asked for, in their order.

    Args:
        lines: Newest first.
        wanted: What is asked for.
        now: Seconds since the epoch.
    """
    words = wanted.words.casefold().strip()
    oldest = now - wanted.days * _DAY_S if wanted.days else 0.0
    return tuple(
        line
        for line in lines
        if wanted.kind in ("", line.kind)
        and wanted.who in ("", line.who)
        and line.time >= oldest
        and (not words or words in _text(line))
    )


def _text(line: ActivityLine) -> str:
    """Everything of a line that a reader sees, and the words of the worker."""
    detail = title_of(line.detail) if line.kind == "problem" and line.detail else ""
    parts = (line.who or nobody(), line.text, activity_sentence(line.text), line.detail, detail)
    return " ".join(parts).casefold()
