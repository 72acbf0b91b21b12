"""What noise costs that every party adds to its own total: a bound that holds against t colluders.

    own noise       a discrete Gaussian of variance V at each of the m parties
    what protects   the noise of the m - t that do not collude: variance sigma^2 = V (m - t)

A coalition knows its own t contributions and subtracts them; sized with m instead of m - t, the
rest would be too little, and nothing would show it.

**The sum of k = m - t of them is a discrete Gaussian up to a factor 1 +- 1e-1000, at every
integer.** The probability of n is proportional to the sum of exp(-|x|^2 / 2V) over the integer
vectors x of length k with sum n. With x = (n/k)(1, .., 1) + y this is exp(-n^2 / 2kV) times the
sum of exp(-|y|^2 / 2V) over a shift of the lattice {x : sum x = 0}, the root lattice A_(k-1). By
Poisson summation that sum is a constant times 1 + e with |e| <= sum over w of exp(-2 pi^2 V
|w|^2), w the non-zero vectors of the dual lattice, the shortest of which have |w|^2 = (k - 1)/k >=
1/2: for V >= 256 and k <= 10 below 1e-1000, whatever n is. So it bounds every ratio of two
probabilities, and of two tails, however far out.

**Theorem A.** A discrete Gaussian moved by s has Renyi divergence at most alpha s^2 / (2 sigma^2)
at every order (Canonne, Kamath and Steinke 2020), and the factor above adds less than 1e-990 at
the orders used, far less than 0.0005 of that. So kappa = 1.0005 covers every shift, without a cut.

**Theorem B.** Let Psi(y) be minus the normal quantile of P(Z >= y). The noise and the noise moved
by s are no easier to tell apart than N(mu, 1) and N(0, 1) if mu >= Psi(y) - Psi(y - s) at every
integer y: these are the vertices of the trade-off, because the likelihood ratio grows with y (by
a factor exp(s / sigma^2) a step, against which 1e-1000 is nothing). A difference over s steps is
the sum of s differences over one, so it is enough that no single step is above sqrt(1.0005) /
sigma. A step is (1 + 1/(24 sigma^2)) / sigma next to 0 and falls from there outwards: computed
with 40 digits, as far as y = 8 sigma^2, in tests/statistics/test_local_noise_oracle.py. At the
smallest sigma that a plan may have, 16 sqrt(2), that is kappa = 1.00017.

Both are statements about every shift and every integer, so nothing is charged to delta.

References:
    privacy.md sections 5 and 7. Kairouz, Liu and Steinke 2021, "The Distributed Discrete Gaussian
    Mechanism".
"""

from __future__ import annotations

from typing import Final

from core.model.plan import LocalGaussian

#: Loss of the sum of at least two such noises, against a Gaussian of the same variance.
SUM_KAPPA: Final = 1.0005
#: Own standard deviations 2^9 to 2^15 that a plan is calibrated to, from coarse to fine.
LOCAL_STEPS: Final = (9, 11, 13, 15)


def local_noise(step: int, n_parties: int, threshold: int) -> LocalGaussian:
    """Return the noise of a plan with ``n_parties``, each adding a standard deviation 2^step.

    >>> local_noise(9, 3, 1).sigma_sq == 2 * 512**2
    True

    Raises:
        PlanError: PL201 if it would not protect.
    """
    return LocalGaussian(
        sigma_sq=(n_parties - threshold) << 2 * step,
        contributors=n_parties,
        colluders=threshold,
    )
