"""Which certified noise family a local study uses: the default, or the economy one where the
default would take long.

The family is written into the plan, printed, and shown with the noise it costs.
"""

from __future__ import annotations

from core.study.drafting import Agreement
from core.synthesis.registry import recipe_called
from core.worker.calibrating import design_of

DEFAULT_TOP_BITS = 400
ECONOMY_TOP_BITS = 155
#: Above so many secret bits, summed over the parties' own work, the economy family is taken
#: (about a minute on 2 cores).
_MOST_BIT_PARTIES = 60_000_000


def top_bits_for(agreement: Agreement, n_parties: int) -> int:
    """Return 400, or 155 where 400 would keep two cores busy for more than about a minute."""
    values = sum(r.values for r in recipe_called(agreement.recipe).requests(design_of(agreement)))
    return ECONOMY_TOP_BITS if values * 430 * n_parties > _MOST_BIT_PARTIES else DEFAULT_TOP_BITS
