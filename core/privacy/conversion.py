"""From one form of privacy loss to another: Gaussian mu, Renyi divergence, (epsilon, delta).

Every root is returned on its safe side: an epsilon never too small, a mu never too large.

References:
    Balle and Wang 2018 (exact Gaussian delta); Canonne, Kamath and Steinke 2020, proposition 12
    (Renyi to epsilon); privacy.md section 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from core.errors import BudgetError
from core.privacy.normal import log_probability

#: The fixed Renyi orders. Others would be valid too; these lose at most 0.22 % (privacy.md 6).
ORDERS: Final[tuple[float, ...]] = tuple(
    np.concatenate(
        [
            1 + np.geomspace(0.05, 1.0, 12),
            np.arange(2.25, 6, 0.25),
            np.arange(6, 16, 0.5),
            np.geomspace(16, 512, 24),
        ]
    ).tolist()
)

_MOST_MU: Final = 200.0


def require_delta(delta: float) -> None:
    """Refuse what is no failure probability.

    Raises:
        BudgetError: BU302.
    """
    if not (math.isfinite(delta) and 0 < delta < 1):
        raise BudgetError("BU302", field="delta", value=delta, reason="not within 0 and 1")


def gaussian_delta(mu: float, epsilon: float) -> float:
    """Return the smallest delta of N(mu, 1) against N(0, 1) at ``epsilon``.

    >>> round(gaussian_delta(1.0, 0.0), 6)
    0.382925
    """
    if mu <= 0:
        return 0.0
    a = float(log_probability(-epsilon / mu + mu / 2))
    b = epsilon + float(log_probability(-epsilon / mu - mu / 2))
    return math.exp(a) * -math.expm1(b - a) if b < a else 0.0


def _bisect(holds: Callable[[float], bool], fails_at: float, holds_at: float) -> float:
    """Return a point where ``holds``, next to the border between the two ends."""
    middle = 0.5 * (fails_at + holds_at)
    while middle not in (fails_at, holds_at):  # ends: there are finitely many doubles between
        if holds(middle):
            holds_at = middle
        else:
            fails_at = middle
        middle = 0.5 * (fails_at + holds_at)
    return holds_at


def gaussian_epsilon(mu: float, delta: float) -> float:
    """Return the smallest epsilon of N(mu, 1) against N(0, 1) at ``delta``.

    >>> round(gaussian_epsilon(0.25, 1e-5), 6)
    0.926342

    Raises:
        BudgetError: BU302 for a delta outside 0 to 1, BU310 for a mu that is not a number.
    """
    require_delta(delta)
    if not (math.isfinite(mu) and mu >= 0):
        raise BudgetError("BU310", reason="the privacy loss is not a finite number")
    if gaussian_delta(mu, 0.0) <= delta:
        return 0.0
    most = 1.0
    while gaussian_delta(mu, most) > delta:
        most *= 2
    return _bisect(lambda epsilon: gaussian_delta(mu, epsilon) <= delta, 0.0, most)


def gaussian_mu(epsilon: float, delta: float) -> float:
    """Return the largest mu whose Gaussian pair stays within (epsilon, delta).

    >>> round(1 / gaussian_mu(1.0, 1e-5), 3)
    3.731

    Raises:
        BudgetError: BU302 for values that are no privacy level.
    """
    require_delta(delta)
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise BudgetError("BU302", field="epsilon", value=epsilon, reason="not above 0")
    if gaussian_delta(_MOST_MU, epsilon) <= delta:
        raise BudgetError("BU302", field="epsilon", value=epsilon, reason="no protection at all")
    return _bisect(lambda mu: gaussian_delta(mu, epsilon) <= delta, _MOST_MU, 0.0)


def epsilon_of_part(epsilon: float, delta: float, parts: int) -> float:
    """Return the epsilon that a plan of ``1 / parts`` of mu squared would have, to nine digits.

    A number to design by, before anything is calibrated: no guarantee is stated with it.

    >>> epsilon_of_part(4.0, 1e-6, 1), round(epsilon_of_part(4.0, 1e-6, 2), 3)
    (4.0, 2.718)

    Raises:
        BudgetError: BU302 for values that are no privacy level.
    """
    if parts == 1:
        return epsilon
    part = gaussian_epsilon(gaussian_mu(epsilon, delta) / math.sqrt(parts), delta)
    return float(f"{part:.9g}")


def renyi_epsilon(divergence: float, order: float, delta: float) -> float:
    """Return the epsilon that a Renyi divergence of one order certifies at ``delta``.

    >>> round(renyi_epsilon(0.5, 10.0, 1e-5), 4)
    1.418
    """
    slack = math.log1p(-1 / order) - (math.log(delta) + math.log(order)) / (order - 1)
    epsilon = divergence + slack
    return math.inf if math.isnan(epsilon) else max(0.0, epsilon)
