"""Which certified noise family a local study uses: the default, or the economy one where the
default would take long.

The family is written into the plan, printed, and shown with the noise it costs.
"""

from __future__ import annotations

from core.study.cost import LOOPBACK, StageWork, predicted
from core.study.drafting import Agreement
from core.synthesis.registry import recipe_called
from core.worker.calibrating import design_of

DEFAULT_TOP_BITS = 400
ECONOMY_TOP_BITS = 155
#: Secret signs of one value of the default family: 400 and four on each of eight lower levels.
_DEFAULT_SIGNS = 432
#: Where the default is predicted to take longer on two cores, the economy family is taken.
_LONGEST_S = 60.0
_CORES = 2


def top_bits_for(agreement: Agreement, n_parties: int) -> int:
    """Return 400, or 155 where 400 would keep two cores busy for more than about a minute."""
    requests = recipe_called(agreement.recipe).requests(design_of(agreement))
    work = [StageWork(values=r.values, signs=_DEFAULT_SIGNS) for r in requests]
    cost = predicted(work, n_parties, LOOPBACK, parties_per_core=n_parties / _CORES)
    return ECONOMY_TOP_BITS if cost.seconds > _LONGEST_S else DEFAULT_TOP_BITS
