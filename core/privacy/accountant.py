"""From the stages of a plan to the (epsilon, delta) of the whole release.

Stages may depend on what earlier ones opened; they compose with one delta for everything:

    delta = tails that the two bounds gave up + cryptographic slack + conversion

Both theorems are valid for the same release, so the smaller epsilon is reported. Theorem B
(Gaussian) is cheap. Theorem A (Renyi) is evaluated only as far as it can still be the smaller one:
an order is dropped when a lower bound of its epsilon, from fewer shifts or a lower order, is not
below the best.

Parallel composition. A stage touches training or held-out patients only, and a keyed hash of the
patient alone says who is which, with a secret key fixed before anybody looked. Let one patient
come or go: nobody else changes sides, so the input of every stage on the *other* group stays as it
is. Take the transcript of all stages in order. A stage on the other group is then the same
randomised function of what was opened before, with the patient and without: post-processing. What
is left are the stages on the patient's own group, each still with fresh noise given the history,
which is what both theorems compose. So a release costs a patient what their own group costs, and
the larger of the two holds for everybody. Each group is accounted at the whole delta, for the same
reason. That the two groups have no patient in common is what this rests on:
``core.privacy.holdout`` decides it and ``core.worker.runs.participation`` hands each stage its own
side and nothing else.

References:
    privacy.md sections 1, 4, 6 and 8.2 (disjoint patient sets).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import BudgetError
from core.model.plan import LocalGaussian, Patients, StagePlan
from core.privacy.conversion import ORDERS, gaussian_epsilon, renyi_epsilon, require_delta
from core.privacy.loss import kappa_gaussian, kappa_renyi
from core.privacy.noise import Noise, cut_for, tail_mass

#: Proportion of delta that the tails of the noise may use.
TAIL_PROPORTION: Final = 0.01
#: Every tenth order is looked at first.
_STRIDE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How far one patient moves one noisy vector. Invariant: linf^2 <= l2_sq <= touched linf^2.

    Attributes:
        name: Name of the stage.
        noise: The noise on each value.
        l2_sq: Enforced bound on one patient's sum of squares, integer units squared.
        linf: Enforced bound on one patient's largest absolute value, integer units.
        touched: Most values one patient can change.
        exact_shift: Whether every changed value moves by exactly ``linf``.
    """

    name: str
    noise: Noise
    l2_sq: int
    linf: int
    touched: int
    exact_shift: bool = False

    def __post_init__(self) -> None:
        """Refuse bounds that are no integers or contradict each other.

        Raises:
            BudgetError: BU310.
        """
        bounds = (self.l2_sq, self.linf, self.touched)
        if any(type(b) is not int or b < 1 for b in bounds):
            raise BudgetError("BU310", reason=f"a bound of {self.name} is not a positive integer")
        most = self.touched * self.linf**2
        contradicts = not self.linf**2 <= self.l2_sq <= most
        if contradicts or (self.exact_shift and self.l2_sq != most):
            raise BudgetError("BU310", reason=f"the bounds of {self.name} contradict each other")

    @classmethod
    def of(cls, stage: StagePlan) -> Exposure:
        """Return the exposure that ``stage`` plans."""
        return cls(
            name=stage.name,
            noise=stage.noise,
            l2_sq=stage.l2_sq,
            linf=stage.linf,
            touched=stage.touched,
            exact_shift=stage.exact_shift,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLoss:
    """What one stage adds: ``mu_sq`` to the Gaussian loss and ``delta_tail`` to delta; noise that
    the parties add themselves has no cut and no tail.
    """

    name: str
    cut: int
    kappa: float
    mu_sq: float
    delta_tail: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The privacy loss of a whole release for adding or removing one patient.

    Attributes:
        epsilon: The smaller of the two bounds.
        delta: Delta of the whole release, tails and slack included.
        epsilon_gaussian: Theorem B.
        epsilon_renyi: Theorem A, or None where it was shown not to be the smaller one.
        order: The Renyi order that gave ``epsilon_renyi``.
        mu: Square root of the stages' sum of ``mu_sq``.
        delta_tail: Part of delta used by the tails of the noise.
        extra_delta: Part of delta granted to cryptographic slack.
        stages: The loss of each stage on these patients.
        patients: Whose stages they are.
        beside: The accounts of the other groups of patients: each of them at most as large in
            epsilon.
    """

    epsilon: float
    delta: float
    epsilon_gaussian: float
    epsilon_renyi: float | None
    order: float | None
    mu: float
    delta_tail: float
    extra_delta: float
    stages: tuple[StageLoss, ...]
    patients: Patients = Patients.TRAINING
    beside: tuple[Account, ...] = ()

    @property
    def mu_sq(self) -> float:
        """Sum of the stages' ``mu_sq``."""
        return sum(s.mu_sq for s in self.stages)

    @property
    def groups(self) -> tuple[Account, ...]:
        """Every group's account, the one that counts first."""
        return (self, *self.beside)

    def of(self, patients: Patients) -> Account | None:
        """Return the account of one group, or None if no stage touches it."""
        return next((a for a in self.groups if a.patients is patients), None)


def account(stages: Sequence[StagePlan], delta: float, extra_delta: float = 0.0) -> Account:
    """Compose the stages of a plan at ``delta``: each group of patients by itself, and of both
    the larger epsilon.

    Args:
        stages: The stages in their planned order; later ones may depend on earlier results.
        delta: Delta of the whole release, above 0 and below 1.
        extra_delta: Cryptographic slack that is part of ``delta``.

    Raises:
        BudgetError: BU302 for a delta that is none, BU310 if nothing finite can be certified.
    """
    if not stages:
        raise BudgetError("BU310", reason="no stage")
    found = []
    for patients in Patients:
        group = [Exposure.of(s) for s in stages if s.patients is patients]
        if group:
            found.append(replace(compose(group, delta, extra_delta), patients=patients))
    return larger(found)


def larger(groups: Sequence[Account]) -> Account:
    """Return the account that holds for every patient, the others beside it."""
    largest = max(groups, key=lambda a: a.epsilon)
    return replace(largest, beside=tuple(a for a in groups if a is not largest))


def compose(
    exposures: Sequence[Exposure],
    delta: float,
    extra_delta: float = 0.0,
    *,
    with_renyi: bool = True,
    tail_proportion: float = TAIL_PROPORTION,
) -> Account:
    """Compose exposures; ``with_renyi`` False skips Theorem A (still valid, at most larger).

    >>> from core.privacy.noise import certified_ladder
    >>> table = Exposure(name="n", noise=certified_ladder(10), l2_sq=2700**2, linf=2700, touched=1)
    >>> 0.9 < compose([table], 1e-5).epsilon < 1.1
    True

    Raises:
        BudgetError: BU302 for a delta that is none, BU310 if nothing finite can be certified.
    """
    require_delta(delta)
    if not exposures or not (math.isfinite(extra_delta) and extra_delta >= 0):
        raise BudgetError("BU310", reason="no stage, or a slack that is not a number")
    with_tails = sum(e.touched for e in exposures if not isinstance(e.noise, LocalGaussian))
    tau = tail_proportion * delta / max(1, with_tails)
    losses = tuple(_gaussian_loss(e, tau) for e in exposures)
    delta_tail = math.fsum(s.delta_tail for s in losses)
    left = delta - delta_tail - extra_delta
    if not left > 0:
        raise BudgetError("BU310", reason="tails and slack use up the whole delta")
    mu = math.sqrt(math.fsum(s.mu_sq for s in losses))
    gaussian = gaussian_epsilon(mu, left)
    renyi, order = None, None
    if with_renyi:
        cuts = [s.cut for s in losses]
        renyi, order = _best_order(exposures, cuts, left, gaussian)
    return Account(
        epsilon=gaussian if renyi is None else renyi,
        delta=delta,
        epsilon_gaussian=gaussian,
        epsilon_renyi=renyi,
        order=order,
        mu=mu,
        delta_tail=delta_tail,
        extra_delta=extra_delta,
        stages=losses,
    )


def theorem_a(
    exposures: Sequence[Exposure],
    delta: float,
    extra_delta: float = 0.0,
    *,
    tail_proportion: float = TAIL_PROPORTION,
) -> tuple[float, float]:
    """Return the epsilon of Theorem A alone, minimised over all orders, and its order.

    Raises:
        BudgetError: As ``compose``.
    """
    accounted = compose(
        exposures, delta, extra_delta, with_renyi=False, tail_proportion=tail_proportion
    )
    cuts = [s.cut for s in accounted.stages]
    left = delta - accounted.delta_tail - extra_delta
    epsilon, order = _best_order(exposures, cuts, left, math.inf)
    if epsilon is None or order is None:
        raise BudgetError("BU310", reason="no Renyi order gives a finite epsilon")
    return epsilon, order


def _gaussian_loss(exposure: Exposure, tau: float) -> StageLoss:
    """Return the loss of one stage whose every value may give up tails of probability ``tau``."""
    noise, cut, tail = exposure.noise, 0, 0.0
    if not isinstance(noise, LocalGaussian):  # which gives up none
        cut = cut_for(noise, tau)
        tail = tail_mass(noise, cut)
    kappa = kappa_gaussian(noise, exposure.linf, cut, exact_shift=exposure.exact_shift)
    return StageLoss(
        name=exposure.name,
        cut=cut,
        kappa=kappa,
        mu_sq=kappa * exposure.l2_sq / noise.variance,
        delta_tail=exposure.touched * tail,
    )


def _divergence(
    exposures: Sequence[Exposure], cuts: Sequence[int], order: float, *, bound: bool
) -> float:
    """Return the composed Renyi divergence, or with ``bound`` a quick lower bound of it."""
    total = 0.0
    for e, cut in zip(exposures, cuts, strict=True):
        only = e.exact_shift or bound
        kappa = kappa_renyi(e.noise, e.linf, cut, order, exact_shift=only)
        total += kappa * order * e.l2_sq / (2.0 * e.noise.variance)
    return total


def _best_order(
    exposures: Sequence[Exposure], cuts: Sequence[int], left: float, ceiling: float
) -> tuple[float | None, float | None]:
    """Return the smallest epsilon below ``ceiling`` over all orders, and its order.

    The composed divergence never falls with the order (its moment is log-convex and at most 1 at
    order 1), so the quick bound of a lower order bounds every order above it.
    """
    best: float | None = None
    best_order: float | None = None
    known: dict[int, float] = {}
    strides = [*range(0, len(ORDERS), _STRIDE), *range(len(ORDERS))]
    for index in strides:
        if index in known:
            continue
        order = ORDERS[index]
        below = max((d for i, d in known.items() if i < index), default=0.0)
        limit = ceiling if best is None else best
        if renyi_epsilon(below, order, left) >= limit:
            continue
        known[index] = _divergence(exposures, cuts, order, bound=True)
        if renyi_epsilon(known[index], order, left) >= limit:
            continue
        epsilon = renyi_epsilon(_divergence(exposures, cuts, order, bound=False), order, left)
        if epsilon < limit:
            best, best_order = epsilon, order
    return best, best_order
