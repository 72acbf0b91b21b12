"""From what a recipe asks to integer stages with certified noise, and the check of another's plan.

The noise has a fixed distribution; the statistics are scaled to it. Each stage has noise that is
drawn jointly, or for very many values noise that every party adds itself (core/model/drawing.py).
``calibrate`` proposes the stages of a plan, ``verify`` is what every hospital computes for itself
before it agrees to one.

References:
    privacy.md sections 3 (grid), 6 (calibration) and 7 (range of the field).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from core.errors import BudgetError, PlanError
from core.model.budget import Budget
from core.model.drawing import NoiseChoice, drawn_locally
from core.model.plan import Patients, Plan, StagePlan, largest_threshold
from core.model.request import StageRequest
from core.model.stage import StageNoise
from core.privacy.accountant import Account, Exposure, account, compose, larger
from core.privacy.conversion import gaussian_mu
from core.privacy.local_noise import LOCAL_STEPS, local_noise
from core.privacy.noise import DEFAULT_TOP_BITS, LADDER_STEPS, certified_ladder, is_certified

#: The field of the joint computation; sums and noise must stay within half of it either side of 0.
FIELD_MODULUS: Final = 2**61 - 1

#: A coordinate of the largest patient is at least this many integer units, or small ones vanish.
_LEAST_UNITS: Final = 4.0
#: Rounding noise of the whole sum, as a proportion of the variance of the noise.
_MOST_ROUNDING: Final = 0.01
#: Counts are scaled by a whole number; at 100 the whole number wastes less than 1 %.
_LEAST_COUNT_SCALE: Final = 100
#: Noises are chosen with this much more noise than an exact Gaussian would need.
_GRID_RESERVE: Final = 1.10
#: Beyond this factor over an exact Gaussian the noise family does not suit the plan.
_MOST_OVERHEAD: Final = 3.0
_GROWTH: Final = 1.03
#: What whole numbers leave over never makes other noise smaller than by a quarter.
_STEPS_DOWN: Final = 10
_BISECTIONS: Final = 14
#: Two computers may differ in the last digits of a logarithm; nobody may differ by more.
_AGREEMENT: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFamily:
    """Which noise the stages of a plan may have.

    Attributes:
        top_bits: Bits of the top weight of joint noise: 400, or 155 for less traffic and about
            5 % more noise.
        choice: Which stages have noise that the parties add themselves instead.
    """

    top_bits: int = DEFAULT_TOP_BITS
    choice: NoiseChoice = NoiseChoice.AUTO

    def members(self, values: int, n_parties: int) -> tuple[StageNoise, ...]:
        """Return the noises for a stage of so many values, from coarse to fine.

        All ``n_parties`` add local noise, with patients or without.
        """
        if not drawn_locally(self.choice, values):
            return tuple(certified_ladder(step, self.top_bits) for step in LADDER_STEPS)
        t = largest_threshold(n_parties)
        return tuple(local_noise(step, n_parties, t) for step in LOCAL_STEPS)


#: Joint noise with 400 bits, and local noise for very many values.
DEFAULT_FAMILY: Final = NoiseFamily()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Stages with noise, and what they cost. Invariant: the epsilon is within the budget."""

    stages: tuple[StagePlan, ...]
    account: Account


def calibrate(
    requests: Sequence[StageRequest],
    budget: Budget,
    *,
    n_max: int,
    n_parties: int,
    family: NoiseFamily = DEFAULT_FAMILY,
    extra_delta: float = 0.0,
) -> Calibration:
    """Choose scales and noise so that the whole plan costs at most ``budget``.

    The noise of stage i is c l2_i / sqrt(share_i); the smallest c is searched whose integer plan,
    accounted as it will run, stays within the budget. Stages on held-out patients have a budget of
    their own, the same one: nobody is in both groups.

    Args:
        requests: All stages; the shares of each group of patients sum to 1.
        budget: What the study may spend.
        n_max: Largest number of patients of one hospital.
        n_parties: Number of parties of the joint computation.
        family: Which noise the stages may have.
        extra_delta: Cryptographic slack that is part of the budget's delta.

    Raises:
        PlanError: PL201 if the shares do not sum to 1.
        BudgetError: BU303 if no noise fits, BU310 if a bound cannot be certified.
    """
    members = partial(family.members, n_parties=n_parties)
    groups = [
        _calibrate_group(group, budget, n_max * n_parties, members, extra_delta)
        for patients in Patients
        if (group := [r for r in requests if r.patients is patients])
    ]
    found = {stage.name: stage for group in groups for stage in group.stages}
    if len(found) != len(requests) or not found:
        reason = "there are none, their shares are no whole, or a name stands twice"
        raise PlanError("PL201", field="stages", reason=reason)
    return Calibration(
        stages=tuple(found[r.name] for r in requests),
        account=larger([group.account for group in groups]),
    )


def _calibrate_group(
    requests: Sequence[StageRequest],
    budget: Budget,
    n_total: int,
    members: Callable[[int], tuple[StageNoise, ...]],
    extra_delta: float,
) -> Calibration:
    """Choose scales and noise of the stages on one group of patients, who have the whole budget.

    Raises:
        PlanError: PL201 if the shares do not sum to 1.
        BudgetError: BU303 if no noise fits, BU310 if a bound cannot be certified.
    """
    if abs(math.fsum(r.share for r in requests) - 1) > 1e-9:
        raise PlanError("PL201", field="stages", reason="the shares do not sum to 1")
    least = 1.0 / gaussian_mu(budget.epsilon, budget.delta)
    noises = [
        _noise(r, _GRID_RESERVE * least / math.sqrt(r.share), members(r.values), n_total)
        for r in requests
    ]

    search = _Search(
        requests=tuple(requests),
        noises=tuple(noises),
        budget=budget,
        extra_delta=extra_delta,
        least=least,
    )
    stages = search.best(with_renyi=False)
    accounted = account(stages, budget.delta, extra_delta)
    if accounted.epsilon_renyi is not None:
        stages = search.best(with_renyi=True)
        accounted = account(stages, budget.delta, extra_delta)
    if not accounted.epsilon <= budget.epsilon:
        raise BudgetError("BU303", reason="the integer plan costs more than the budget")
    _require_range(stages, n_total)
    own = replace(accounted, patients=requests[0].patients)
    return Calibration(stages=stages, account=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """The search for the noise of all stages at once.

    Attributes:
        requests: The stages asked for.
        noises: The noise of each.
        budget: What they may cost together.
        extra_delta: Cryptographic slack.
        least: The noise multiplier that an exact Gaussian would need.
    """

    requests: tuple[StageRequest, ...]
    noises: tuple[StageNoise, ...]
    budget: Budget
    extra_delta: float
    least: float

    def best(self, *, with_renyi: bool) -> tuple[StagePlan, ...]:
        """Return the stages with the least noise that fits.

        The scales of counts are whole numbers, so a common multiplier leaves some budget over;
        the other stages get it in a second search.
        """
        c = self._smallest(self.least, lambda value: (value, value), with_renyi=with_renyi)
        if len({r.counts for r in self.requests}) == 1:
            return self._plan(c, c)
        others = self._smallest(c, lambda value: (value, c), with_renyi=with_renyi)
        return self._plan(others, c)

    def _plan(self, c: float, c_counts: float) -> tuple[StagePlan, ...]:
        return tuple(
            _quantise(r, (c_counts if r.counts else c) / math.sqrt(r.share), noise)
            for r, noise in zip(self.requests, self.noises, strict=True)
        )

    def _smallest(
        self,
        start: float,
        multipliers: Callable[[float], tuple[float, float]],
        *,
        with_renyi: bool,
    ) -> float:
        """Return nearly the smallest multiplier that fits, looking from ``start`` outwards."""

        def fits(value: float) -> bool:
            exposures = [Exposure.of(s) for s in self._plan(*multipliers(value))]
            accounted = compose(
                exposures, self.budget.delta, self.extra_delta, with_renyi=with_renyi
            )
            return accounted.epsilon <= self.budget.epsilon

        fails, c = start / _GROWTH, start
        for _ in range(_STEPS_DOWN):
            if not fits(fails):
                break
            fails, c = fails / _GROWTH, fails
        while not fits(c):
            fails, c = c, c * _GROWTH
            if c > _MOST_OVERHEAD * self.least:
                raise BudgetError("BU303", reason="the noise family does not suit these stages")
        for _ in range(_BISECTIONS):
            middle = math.sqrt(fails * c)
            if fits(middle):
                c = middle
            else:
                fails = middle
        return c


def _noise(
    request: StageRequest, ratio: float, noises: Sequence[StageNoise], n_total: int
) -> StageNoise:
    """Return the coarsest noise whose grid is fine enough at sigma / l2 = ``ratio``."""
    for noise in noises:
        if request.counts:
            fine = math.sqrt(noise.variance) / (ratio * request.l2) >= _LEAST_COUNT_SCALE
        else:
            l2 = math.sqrt(noise.variance) / ratio
            fine = (
                l2 / math.sqrt(request.touched) >= _LEAST_UNITS
                and n_total / 12.0 <= _MOST_ROUNDING * noise.variance
            )
        if fine:
            return noise
    finest = noises[-1]
    l2 = math.sqrt(finest.variance) / ratio
    if not request.counts and l2 / math.sqrt(request.touched) < _LEAST_UNITS:
        reason = f"the values of {request.name} would be smaller than the grid of the noise"
        raise BudgetError("BU303", reason=reason)
    return finest


def _quantise(request: StageRequest, ratio: float, noise: StageNoise) -> StagePlan:
    """Return the integer stage whose noise is at least ``ratio`` times its L2 bound."""
    units = math.sqrt(noise.variance) / (ratio * request.l2)
    if request.counts:
        units = float(math.floor(units))
        linf = int(units)
        l2_sq = request.touched * linf * linf
    else:
        l2_sq = math.floor((units * request.l2) ** 2)
        linf = min(math.floor(units * request.linf), math.isqrt(l2_sq))
        l2_sq = min(l2_sq, request.touched * linf * linf)
    if linf < 1:
        reason = f"the noise of {request.name} is wider than the finest family"
        raise BudgetError("BU303", reason=reason)
    return StagePlan(
        name=request.name,
        values=request.values,
        share=request.share,
        units=units,
        l2_sq=l2_sq,
        linf=linf,
        touched=request.touched,
        exact_shift=request.counts,
        noise=noise,
        patients=request.patients,
    )


def _require_range(stages: Sequence[StagePlan], n_total: int) -> None:
    """Refuse stages whose largest possible total would wrap around in the field."""
    for stage in stages:
        if 2 * (n_total * stage.linf + stage.noise.half_width) >= FIELD_MODULUS:
            raise BudgetError("BU310", reason=f"the totals of {stage.name} do not fit the field")


def verify(plan: Plan, extra_delta: float = 0.0) -> Account:
    """Recompute what a proposed plan costs, and refuse it if it says less.

    Sensitivities are the recipe's to recheck; this certifies noise, bounds, range and epsilon.

    Raises:
        PlanError: PL201 if the plan states less epsilon than it costs.
        BudgetError: BU310 for noise that is not certified or totals that do not fit the field.
    """
    for stage in plan.stages:
        if not is_certified(stage.noise):
            raise BudgetError("BU310", reason=f"the noise of {stage.name} is not a certified one")
    _require_range(plan.stages, plan.n_max * len(plan.parties))
    accounted = account(plan.stages, plan.budget.delta, extra_delta)
    if not accounted.epsilon <= plan.epsilon_accounted * (1 + _AGREEMENT):
        raise PlanError("PL201", field="epsilon_accounted", reason="less than the plan costs")
    if not plan.epsilon_accounted <= plan.budget.epsilon:
        raise PlanError("PL201", field="epsilon_accounted", reason="more than the budget")
    return accounted
