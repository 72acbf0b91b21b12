"""One number of a quality report, with what it takes to read it. Plain values.

A measure that was computed on real patients is a LocalView: it is shown on that hospital's screen
and never logged, stored elsewhere or sent to a peer.

References:
    quality.md; resources/decisions/012-measures.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import InternalError

#: Of every interval in a report.
CONFIDENCE: Final = 0.95


class Direction(StrEnum):
    """Which values of a measure are good."""

    HIGHER = "higher"
    LOWER = "lower"
    NEAR = "near"


class Group(StrEnum):
    """What a measure is about; one tab of the results each."""

    USEFULNESS = "usefulness"
    RESEMBLANCE = "resemblance"
    BIOLOGY = "biology"
    ATTACKS = "attacks"


class Yardstick(StrEnum):
    """What the reference of a measure is."""

    #: The same number for real held-out against real training patients.
    HELD_OUT = "held-out"
    #: The same number for a model trained on real patients.
    TRAINED_ON_REAL = "trained-on-real"
    #: What guessing reaches.
    CHANCE = "chance"


class Reason(StrEnum):
    """Why a number cannot be computed."""

    FEW_PATIENTS = "few-patients"
    FEW_SYNTHETIC = "few-synthetic"
    SMALL_CLASSES = "small-classes"
    NOTHING_TO_FIND = "nothing-to-find"
    NO_MEASUREMENTS = "no-measurements"
    NO_PATHWAYS = "no-pathways"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a number would lie in 95 of 100 repetitions.

    Attributes:
        low: Lower end.
        high: Upper end.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse ends that are not finite or out of order.

        Raises:
            InternalError: IN901.
        """
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise InternalError("IN901", rule="an interval has two finite ends in order")

    def holds(self, value: float) -> bool:
        """Tell whether ``value`` lies in it.

        >>> Interval(low=0.4, high=0.6).holds(0.5)
        True
        """
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number about the synthetic cohort, with what to compare it to. LocalView.

    Invariant: every number is finite, an interval holds its value, and a reason stands only where
    there is no value.

    Attributes:
        key: Which measure, such as ``wasserstein``; the wording table explains it.
        group: What it is about.
        value: For the synthetic cohort; None when it cannot be computed.
        interval: Of the value; None where it has none.
        reference: What to compare it to; None when it cannot be computed.
        yardstick: What the reference is.
        better: Higher, lower, or near the reference.
        low: Lower end of the scale on which it is drawn.
        high: Upper end.
        matched: The value with as many synthetic patients as there are held-out ones, for measures
            that depend on how many are compared: next to the reference, like for like. None where
            it makes no difference or cannot be computed.
        reason: Why there is no value; None where there is one.
    """

    key: str
    group: Group
    value: float | None
    reference: float | None
    better: Direction
    low: float
    high: float
    interval: Interval | None = None
    yardstick: Yardstick = Yardstick.HELD_OUT
    matched: float | None = None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that are not finite or contradict each other.

        Raises:
            InternalError: IN901.
        """
        maybe = (self.value, self.reference, self.matched)
        numbers = (self.low, self.high, *(v for v in maybe if v is not None))
        if not all(math.isfinite(v) for v in numbers) or self.low >= self.high:
            raise InternalError("IN901", rule=f"the measure {self.key} is finite")
        if self.interval and (self.value is None or not self.interval.holds(self.value)):
            raise InternalError("IN901", rule=f"the interval of {self.key} holds its value")
        if self.reason is not None and self.value is not None:
            raise InternalError("IN901", rule=f"{self.key} has a value or a reason, not both")
