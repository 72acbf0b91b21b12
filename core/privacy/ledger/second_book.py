"""The second book: diffprivlib's accountant, kept beside ours and compared with it.

It knows nothing of our noise; every release enters with its accounted (epsilon, delta) and simply
adds. So it must never report less than our own composition, and it refuses to overspend by itself.
diffprivlib takes seconds to import, so nothing here imports it before a study is reserved.

References:
    privacy.md sections 8.2 and 13.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from core.errors import BudgetError
from core.privacy.conversion import gaussian_epsilon
from core.privacy.ledger.entries import Charge, Entry

#: Amounts that were added in another order may differ by this proportion.
_ADDING: Final = 1e-9


def composed_epsilon(charges: Sequence[Charge | Entry]) -> float:
    """Return the tighter total epsilon of several releases at the sum of their deltas.

    Never more than the sum of their epsilons. Information only: the cap adds units.

    >>> one = Charge(units=1.0, epsilon=0.9946, delta=1e-6, mu_sq=0.05, delta_tail=1e-8)
    >>> 0.9946 < composed_epsilon([one, one]) < 2 * 0.9946
    True
    """
    if not charges:
        return 0.0
    plain = math.fsum(c.epsilon for c in charges)
    left = math.fsum(c.delta - c.delta_tail for c in charges)
    mu = math.sqrt(math.fsum(c.mu_sq for c in charges))
    return min(plain, gaussian_epsilon(mu, left))


def require_agreement(charges: Sequence[Charge | Entry], cap: float) -> None:
    """Enter all releases of one group of patients into diffprivlib's book and compare.

    Args:
        charges: Everything spent, reserved and asked for, in the order of the ledger.
        cap: Units that these patients may spend.

    Raises:
        BudgetError: BU307 if that book refuses, or reports less than ours.
    """
    from diffprivlib.accountant import BudgetAccountant  # noqa: PLC0415 - seconds, and rarely needed
    from diffprivlib.utils import BudgetError as TheirRefusal  # noqa: PLC0415 - see above

    book = BudgetAccountant(epsilon=cap * (1 + _ADDING), delta=1.0)
    try:
        for charge in charges:
            book.spend(charge.epsilon, charge.delta)
    except (TheirRefusal, ValueError):
        raise BudgetError("BU307") from None
    their_epsilon, their_delta = book.total()
    ours = composed_epsilon(charges)
    not_all = 1.0 - math.prod(1.0 - c.delta for c in charges)
    if not (their_epsilon >= ours * (1 - _ADDING) and their_delta >= not_all * (1 - 1e-6)):
        raise BudgetError("BU307")
