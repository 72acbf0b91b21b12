"""A hospital's own class counts, published with noise so that a study can be planned.

Nothing is counted jointly: each hospital decides for itself, and its counts carry all their noise.

    sensitivity     one patient is in one class: adding or removing them moves one count by 1
    noise           for each class Z with P(Z = z) = (1 - a) / (1 + a) a^|z|, a = exp(-epsilon)
    inequality      P(count + Z = y) changes by a factor of at most exp(epsilon), for every y

So the whole vector is (epsilon, 0)-differentially private, whatever the others know or collude in.
epsilon = 1 / scale with a whole scale: the sampler is exact, no floating point is involved.

References:
    Ghosh, Roughgarden and Sundararajan 2009, "Universally utility-maximizing privacy mechanisms"
    (the geometric mechanism); Canonne, Kamath and Steinke 2020, algorithm 2 (the sampler); Dong,
    Roth and Su 2019, "Gaussian differential privacy" (epsilon as mu). privacy.md section 13.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from core.errors import BudgetError
from core.model.counts import MOST_COUNT, epsilon_of, units_of
from core.privacy.discrete_laplace import IntegerSource, discrete_laplace


def counts_mu_sq(scale: int) -> float:
    """Return the Gaussian loss mu^2 of the release.

    mu is the one whose trade-off curve lies below that of (epsilon, 0): both pass through the
    point at which the two errors are equal, and it is the only corner of the latter.

    >>> round(counts_mu_sq(20), 6)
    0.003927
    """
    mu = 2 * NormalDist().inv_cdf(1 / (1 + math.exp(-epsilon_of(scale))))
    return mu * mu


def noisy_counts(exact: NDArray[np.int64], scale: int, source: IntegerSource) -> tuple[int, ...]:
    """Return the counts with noise.

    Args:
        exact: Patients of each class, shape (n_classes,), int64.
        scale: 1 / epsilon.
        source: Exact uniform integers.

    Reveals:
        To whoever gets the result: the counts, at (1 / scale, 0). The charge must be on the disk
        before this is called.

    Raises:
        BudgetError: BU310 for what are no counts.
    """
    counts = exact.tolist()
    if exact.dtype != np.int64 or exact.ndim != 1 or not counts:
        raise BudgetError("BU310", reason="these are no class counts")
    if any(not 0 <= c <= MOST_COUNT // 2 for c in counts):
        raise BudgetError("BU310", reason="a class count is out of range")
    noisy = (c + discrete_laplace(scale, source) for c in counts)
    return tuple(max(-MOST_COUNT, min(MOST_COUNT, n)) for n in noisy)


def explained_counts(scale: int, n_classes: int) -> str:
    """Return what is opened, the sensitivity, the noise and the inequality, in one paragraph."""
    epsilon, units = epsilon_of(scale), units_of(scale)
    return (
        f"Opened: {n_classes} noisy counts of this hospital's training patients, one for each "
        "diagnosis. Sensitivity: adding or removing one patient moves one count by 1. Noise, "
        f"drawn here for each count: P(Z = z) proportional to exp(-|z| / {scale}), exactly, "
        f"standard deviation {math.sqrt(2) * scale:.0f}. Inequality: P(count + Z = y) changes by "
        f"a factor of at most exp(1 / {scale}) for every y, so epsilon = {epsilon:g} and "
        f"delta = 0. Charged: {units:g} units, before the noise is drawn. Each further "
        "release is charged again."
    )
