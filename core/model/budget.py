"""Privacy levels in the words of a steward, and the odds behind them.

References:
    privacy.md sections 8.2 (units) and 12; ui.md section 5 (the odds sentence).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from core.errors import BudgetError

MAX_EPSILON: Final = 50.0
MAX_DELTA: Final = 1e-5
DEFAULT_DELTA: Final = 1e-6
#: Odds are rounded up after subtracting this slack, so that a preset defined by its odds shows
#: exactly these odds.
_ROUNDING_SLACK: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One (epsilon, delta) that a study may spend. Invariant: 0 < epsilon <= 50, 0 < delta <=
    1e-5.

    Raises:
        BudgetError: BU302 if a value is outside its range or not finite.
    """

    epsilon: float
    delta: float = DEFAULT_DELTA

    def __post_init__(self) -> None:
        """Refuse what is not a privacy level."""
        checks: tuple[tuple[str, object, float], ...] = (
            ("epsilon", self.epsilon, MAX_EPSILON),
            ("delta", self.delta, MAX_DELTA),
        )
        for name, value, most in checks:
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not math.isfinite(value)
            ):
                raise BudgetError("BU302", field=name, value=value, reason="not a finite number")
            if not 0 < value <= most:
                raise BudgetError(
                    "BU302", field=name, value=value, reason=f"outside 0 to {most:g}"
                )

    @property
    def units(self) -> float:
        """Units of the lifetime cap, rounded up to hundredths (1 unit = epsilon 1).

        >>> Budget(epsilon=0.9946).units
        1.0
        """
        return math.ceil(self.epsilon * 100 - _ROUNDING_SLACK) / 100


def odds_in_100(epsilon: float, delta: float = 0.0) -> int:
    """Return the worst-case chance, of 100, that an attacker's guess about one patient's
    participation is right.

    The bound (e^epsilon + delta) / (1 + e^epsilon) for a fair prior, rounded up so that "at most"
    is true.

    >>> odds_in_100(0.9946), odds_in_100(2.5), odds_in_100(4.0)
    (73, 93, 99)
    """
    if not math.isfinite(epsilon) or epsilon < 0 or not 0 <= delta < 1:
        raise BudgetError("BU302", field="epsilon", value=epsilon, reason="not a privacy level")
    chance = (1.0 + delta * math.exp(-epsilon)) / (1.0 + math.exp(-epsilon))
    return min(100, math.ceil(100.0 * min(1.0, chance) - _ROUNDING_SLACK))


class Level(StrEnum):
    """The levels offered by name, and the exact one."""

    STRICTEST = "strictest"
    BALANCED = "balanced"
    MOST_DETAIL = "most-detail"
    EXACT = "exact"


#: Epsilon of each preset: ln(odds / (100 - odds)) for 62, 73 and 88 in 100, rounded down (ui.md
#: section 5).
PRESETS: Final[tuple[tuple[Level, float], ...]] = (
    (Level.STRICTEST, 0.4895),
    (Level.BALANCED, 0.9946),
    (Level.MOST_DETAIL, 1.9924),
)
#: What a preset charges to the cap: its epsilon rounded up to the half unit it is named with.
PRESET_UNITS: Final[dict[Level, float]] = {
    Level.STRICTEST: 0.5,
    Level.BALANCED: 1.0,
    Level.MOST_DETAIL: 2.0,
}


def charged_units(budget: Budget) -> float:
    """Return the units a study with this budget is charged: a preset's round figure, else epsilon
    rounded up.

    >>> charged_units(Budget(epsilon=0.4895)), charged_units(Budget(epsilon=4.0))
    (0.5, 4.0)
    """
    for level, epsilon in PRESETS:
        if budget.epsilon == epsilon:
            return PRESET_UNITS[level]
    return budget.units


@dataclass(frozen=True, slots=True, kw_only=True)
class CapState:
    """What one cohort's patients have used of their lifetime cap, in units. Invariant: 0 <= spent,
    reserved, epsilon; cap > 0.

    Attributes:
        cap: Units that may ever be spent.
        spent: Units charged so far.
        reserved: Units set aside for studies that run.
        epsilon: Sum of the charged releases' own epsilons, reserved ones included; None takes the
            units, which are never less.
    """

    cap: float
    spent: float
    reserved: float = 0.0
    epsilon: float | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Refuse amounts that cannot be a cap state."""
        for name in ("cap", "spent", "reserved"):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0 or (name == "cap" and value == 0):
                raise BudgetError(
                    "BU302", field=name, value=value, reason="not an amount of units"
                )
        if self.epsilon is not None and not 0 <= self.epsilon <= self.spent + self.reserved + 1e-6:
            raise BudgetError(
                "BU302", field="epsilon", value=self.epsilon, reason="more than the units charged"
            )

    @property
    def total_epsilon(self) -> float:
        """Epsilon of everything ever released from these patients, by plain addition.

        >>> CapState(cap=4.0, spent=1.0, epsilon=0.9946).total_epsilon
        0.9946
        >>> CapState(cap=4.0, spent=1.0, reserved=0.5).total_epsilon
        1.5
        """
        return self.spent + self.reserved if self.epsilon is None else self.epsilon

    @property
    def left(self) -> float:
        """Units neither spent nor reserved, never negative.

        >>> CapState(cap=4.0, spent=1.5, reserved=1.0).left
        1.5
        """
        return max(0.0, round(self.cap - self.spent - self.reserved, 9))
