"""What is said about usefulness: expected before a study, measured after. Plain values.

``Usefulness`` follows from public numbers. Everything in ``QualityReport`` is computed on the
hospital's own real
patients: it is a LocalView, shown on that hospital's screen and never logged, stored elsewhere or
sent to a peer.

References:
    generators.md "Usefulness before spending"; quality.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InternalError


class Advice(StrEnum):
    """Which sentence goes with an expected usefulness."""

    GOOD = "good"
    FEWER_GENES = "fewer-genes"
    AGAINST = "against"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usefulness:
    """What a study can be expected to give, from public numbers only.

    Attributes:
        ratio: Expected score of a classifier trained on synthetic patients over one trained on
            real ones, 0 to 1.
        low: Lower end of the range seen on cohorts that the rule was not made with.
        high: Upper end.
        signal: J = n_min mu / sqrt(genes); below .5 the advice is not to run.
        genes_for_good: Most genes with which a ratio of .9 is expected; 0 if none.
        advice: Key of the advice sentence.
    """

    ratio: float
    low: float
    high: float
    signal: float
    genes_for_good: int
    advice: Advice

    def __post_init__(self) -> None:
        """Refuse an expectation that is not one.

        Raises:
            InternalError: IN901.
        """
        if not 0 <= self.low <= self.ratio <= self.high <= 1 or not math.isfinite(self.signal):
            raise InternalError("IN901", rule="an expected usefulness lies within its range")
