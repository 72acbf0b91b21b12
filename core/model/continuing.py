"""How far each stage of a run came at one hospital, and what a later run of the same plan may do
with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from core.model.stage import is_hex, require


class StageLevel(IntEnum):
    """What one hospital has on its disk of one stage; each level includes the ones before."""

    NONE = 0
    STORED = 1
    OPENING = 2
    OPENED = 3


class Choice(StrEnum):
    """What a run does with a stage: keep what was opened, open the same shares again, or do it
    afresh with new sharing and new noise.
    """

    KEPT = "kept"
    AGAIN = "again"
    AFRESH = "afresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one hospital says of one stage; public.

    Attributes:
        level: STORED: its share of the noisy total is on its disk. OPENING: its share may have
            left. OPENED: the totals are on its disk.
        sharing: Names the run in which the stage was shared, 64 hex digits; empty at NONE.
        totals: Digest of the opened totals, 64 hex digits; empty below OPENED.
    """

    level: StageLevel = StageLevel.NONE
    sharing: str = ""
    totals: str = ""

    def __post_init__(self) -> None:
        """Refuse what no run leaves.

        Raises:
            PlanError: PL201.
        """
        stored, opened = self.level > StageLevel.NONE, self.level is StageLevel.OPENED
        require(is_hex(self.sharing, 64) if stored else not self.sharing, "stage", "its sharing")
        require(is_hex(self.totals, 64) if opened else not self.totals, "stage", "its totals")
