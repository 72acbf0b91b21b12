"""Whether trying several settings beside each other may pay, from what each may give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What trying several settings costs, and what a wrong choice among them would.

    Attributes:
        best: Number of the setting that promises most alone, from 0.
        price: What the smaller part of the budget is expected to cost the best one, 0 to 1.
        stake: How far the settings are expected to differ alone, 0 to 1: a wrong guess loses no
            more.
    """

    best: int
    price: float
    stake: float

    @property
    def pays(self) -> bool:
        """Whether a wrong guess may lose more than trying costs."""
        return self.price < self.stake


def trade_of(among: Sequence[float], alone: Sequence[float]) -> Trade:
    """Weigh what settings are expected to give, each as one of several and alone.

    >>> trade_of([0.5, 0.6], [0.7, 0.65]).pays, trade_of([0.66, 0.3], [0.7, 0.4]).pays
    (False, True)
    """
    best = max(range(len(alone)), key=lambda number: alone[number])
    return Trade(
        best=best, price=max(0.0, alone[best] - max(among)), stake=alone[best] - min(alone)
    )
