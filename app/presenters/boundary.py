"""What crosses the hospital's boundary right now, in words a steward can repeat. No Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Crossing(StrEnum):
    """State of the boundary."""

    QUIET = "quiet"
    """Nothing is leaving."""
    TALKING = "talking"
    """Only what sets the study up is shared."""
    SENDING = "sending"
    """Encrypted shares are leaving."""
    STOPPED = "stopped"
    """Sending has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaves:
    """The content of the panel "What leaves this computer".

    Attributes:
        state: How the boundary stands.
        headline: One or two sentences; the first alone is shown when there is little room.
        stays: What never leaves, one short phrase each.
        sent: (what, how much) of everything that leaves, encrypted or readable by the study.
        opened: (what, how much) of everything that is opened to all hospitals.
        caveat: Who together could break it, or why nothing can happen yet.
    """

    state: Crossing
    headline: str
    stays: tuple[str, ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    opened: tuple[tuple[str, str], ...] = ()
    caveat: str = ""

    @property
    def brief(self) -> str:
        """The first sentence of the headline.

        >>> Leaves(state=Crossing.QUIET, headline="It stays. It is read here.").brief
        'It stays.'
        """
        first, dot, _rest = self.headline.partition(". ")
        return first + "." if dot else self.headline
