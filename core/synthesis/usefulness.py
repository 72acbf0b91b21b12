"""What may be expected of a study before anything is spent: one rule, constants per recipe.

The ratio of macro-F1, trained on synthetic over trained on real patients, follows
1 - exp(-(J / J0)^exponent) with J = n_min mu / sqrt(genes).

References:
    generators.md "Usefulness before spending".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.model.quality import Advice, Usefulness
from core.privacy.conversion import gaussian_epsilon, gaussian_mu
from core.synthesis.recipe import Design

GOOD_RATIO: Final = 0.9
#: A plan is called good where even the lower end of what may be expected is this; below it, fewer
#: genes are advised.
FAIR_RATIO: Final = 0.8
#: No rule reaches 1: what a very uncertain one must expect for a good plan is at most this.
_MOST_RATIO: Final = 0.99
HOPELESS_SIGNAL: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The rule of one recipe.

    Attributes:
        j0: The J at which the ratio is 1 - 1/e.
        exponent: How steeply it grows.
        rmse: How far it was off on cohorts that it was not made with.
    """

    j0: float
    exponent: float
    rmse: float

    def ratio(self, signal: float) -> float:
        """Return the expected ratio for J = ``signal``.

        >>> round(Rule(j0=1.6, exponent=0.7, rmse=0.1).ratio(1.6), 3)
        0.632
        """
        return -math.expm1(-((signal / self.j0) ** self.exponent)) if signal > 0 else 0.0

    def signal_for(self, ratio: float) -> float:
        """Return the J at which ``ratio`` is expected: the inverse of ``ratio``.

        >>> rule = Rule(j0=0.69, exponent=0.6, rmse=0.1)
        >>> round(rule.ratio(rule.signal_for(0.9)), 6)
        0.9
        """
        return float(self.j0 * (-math.log1p(-ratio)) ** (1 / self.exponent))

    def predict(self, design: Design, n_min: int) -> Usefulness:
        """Return the expected usefulness; see ``Recipe.predict``."""
        n_min = max(0, n_min)
        mu, delta = gaussian_mu(design.budget.epsilon, design.budget.delta), design.budget.delta
        strength = n_min * mu
        good = self.signal_for(max(GOOD_RATIO, min(FAIR_RATIO + self.rmse, _MOST_RATIO)))
        needed = good * math.sqrt(design.n_genes)
        signal = strength / math.sqrt(design.n_genes)
        ratio = self.ratio(signal)
        if signal < HOPELESS_SIGNAL:
            advice = Advice.AGAINST
        elif ratio - self.rmse < FAIR_RATIO:
            advice = Advice.FEWER_GENES
        else:
            advice = Advice.GOOD
        return Usefulness(
            ratio=ratio,
            low=max(0.0, ratio - self.rmse),
            high=min(1.0, ratio + self.rmse),
            signal=signal,
            genes_for_good=int((strength / good) ** 2),
            advice=advice,
            patients_for_good=math.ceil(needed / mu),
            epsilon_for_good=gaussian_epsilon(needed / max(1, n_min), delta),
        )
