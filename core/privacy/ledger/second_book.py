"""The second book: diffprivlib's accountant, kept beside ours and compared with it.

It knows nothing of our noise; every release enters with its accounted (epsilon, delta) and simply
adds. So it must never report less than our own composition, and it refuses to overspend by itself.
Only its accountant is loaded, when a study is reserved: its models would bring scikit-learn and
pandas, seconds of every hospital's run for a book of sums.

References:
    privacy.md sections 8.2 and 13.
"""

from __future__ import annotations

import builtins
import importlib.util
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

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
    theirs = their_accountant()
    book = theirs.BudgetAccountant(epsilon=cap * (1 + _ADDING), delta=1.0)
    try:
        for charge in charges:
            book.spend(charge.epsilon, charge.delta)
    except (theirs.BudgetError, ValueError):
        raise BudgetError("BU307") from None
    their_epsilon, their_delta = book.total()
    ours = composed_epsilon(charges)
    not_all = 1.0 - math.prod(1.0 - c.delta for c in charges)
    if not (their_epsilon >= ours * (1 - _ADDING) and their_delta >= not_all * (1 - 1e-6)):
        raise BudgetError("BU307")


@cache
def their_accountant() -> ModuleType:
    """Load ``diffprivlib.accountant`` and what it needs, but not the package around it.

    The files run as they are installed, under names of our own: whoever imports diffprivlib or
    scikit-learn still gets the whole of it. The one thing that they would take from scikit-learn
    seeds the noise of diffprivlib's mechanisms; the accountant draws none.

    Returns:
        A module with ``BudgetAccountant`` and ``BudgetError``.

    Raises:
        ModuleNotFoundError: If diffprivlib is not installed.
    """
    package = importlib.util.find_spec("diffprivlib")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("diffprivlib", name="diffprivlib")
    folder = Path(package.origin).parent
    known: dict[str, object] = {"sklearn.utils": SimpleNamespace(check_random_state=None)}

    def bring(name: str, *how: Any) -> object:  # noqa: ANN401 - as the builtin takes them
        return known[name] if name in known else builtins.__import__(name, *how)

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"{__name__}.{name}", folder / f"{name}.py")
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(name, name=name)
        module = importlib.util.module_from_spec(spec)
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": bring}
        spec.loader.exec_module(module)
        known[f"{package.name}.{name}"] = module
        return module

    *_, accountant = map(load, ("utils", "validation", "accountant"))
    return accountant
