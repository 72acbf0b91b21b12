"""Rows 18 to 20: a plan that promises what it does not keep is refused, and nothing is spent."""

import asyncio
import dataclasses

import pytest

from core.errors import SynCohortError
from core.messages.commands import ProposePlan
from core.model.budget import Budget
from core.model.plan import LocalGaussian, NoiseLadder
from core.privacy.noise import certified_ladder
from core.worker.calibrating import checked_claim


def with_stage(plan, index, **changes):
    stages = list(plan.stages)
    stages[index] = dataclasses.replace(stages[index], **changes)
    return dataclasses.replace(plan, stages=tuple(stages))


def with_parameter(plan, name, value):
    pairs = tuple((k, value if k == name else v) for k, v in plan.recipe_parameters)
    return dataclasses.replace(plan, recipe_parameters=pairs)


def own_noise(exponent, colluders=1):
    """Noise that three parties add themselves, each with a standard deviation 2^exponent."""
    sigma_sq = (3 - colluders) << 2 * exponent
    return LocalGaussian(sigma_sq=sigma_sq, contributors=3, colluders=colluders)


TINY = NoiseLadder(levels=((1, 4), (2, 4)))
WIDE = NoiseLadder(levels=((1, 4), (2, 4), (4, 400)))

#: What a coordinator may try -> how.
TRICKS = {
    "hardly any noise": lambda p: with_stage(p, 3, noise=TINY),
    "hardly any noise of the parties' own": lambda p: with_stage(p, 3, noise=own_noise(4)),
    "noise of the parties' own for one colluder less": lambda p: with_stage(
        p, 3, noise=own_noise(15, colluders=0)
    ),
    "a noise nobody certified": lambda p: with_stage(p, 3, noise=WIDE),
    "less epsilon than it costs": lambda p: dataclasses.replace(p, epsilon_accounted=1.0),
    "counts that weigh double": lambda p: with_stage(
        p,
        0,
        units=2.0 * p.stages[0].units,
        linf=2 * p.stages[0].linf,
        l2_sq=4 * p.stages[0].l2_sq,
    ),
    "sums that weigh double": lambda p: with_stage(p, 1, units=2.0 * p.stages[1].units),
    "a bound that nobody enforces": lambda p: with_stage(p, 1, linf=p.stages[1].linf - 1),
    "tables of another size": lambda p: with_stage(p, 3, values=p.stages[3].values * 2),
    "patients who touch one cell only": lambda p: with_stage(
        p, 3, touched=1, l2_sq=p.stages[3].linf ** 2
    ),
    "a stage left out": lambda p: dataclasses.replace(
        p,
        stages=(*p.stages[:2], dataclasses.replace(p.stages[3], share=0.75)),
    ),
    "stages in another order": lambda p: dataclasses.replace(p, stages=p.stages[::-1]),
    "a stage of the coordinator's own": lambda p: with_stage(p, 0, name="maximum"),
    "clipping as good as off": lambda p: with_parameter(p, "centre_clip", 1e9),
    "a norm ten times as large": lambda p: with_parameter(p, "scale_norm", 9.0),
    "other bins": lambda p: with_parameter(p, "bins", 400),
    "another recipe": lambda p: dataclasses.replace(p, recipe="everything"),
    "another normalisation": lambda p: dataclasses.replace(p, normalisation="cohort-quantiles"),
    "more colluders than the plan says": lambda p: dataclasses.replace(p, threshold=2),
    "a table that fills the memory": lambda p: dataclasses.replace(p, n_records=1_000_000),
    "hours of accounting": lambda p: with_stage(
        p, 1, noise=certified_ladder(10), linf=50_000, l2_sq=50_000**2, units=50_000 / 2
    ),
    "a delta for fewer patients": lambda p: dataclasses.replace(p, n_max=1_000_000),
    "a certificate that is not ours": lambda p: dataclasses.replace(
        p,
        parties=(
            dataclasses.replace(p.parties[0], certificate_sha256="f" * 64),
            *p.parties[1:],
        ),
    ),
    "a seat without patients": lambda p: dataclasses.replace(
        p,
        sampler=1,
        parties=(dataclasses.replace(p.parties[0], has_cohort=False), *p.parties[1:]),
    ),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_every_trick_is_refused_and_nothing_is_spent(hospital, cohort_file, plan, trick):
    one = hospital()
    cohort_id = one.open(cohort_file())

    async def propose():
        await one.desk.prepare("Hospital 0")
        changed = TRICKS[trick](plan)
        await one.desk.accept(ProposePlan(plan=changed, own_number=0, cohort_id=cohort_id))

    with pytest.raises(SynCohortError) as refused:
        asyncio.run(propose())
    assert refused.value.code[:2] in {"PL", "BU", "PR"}
    assert one.desk.accepted is None
    assert [e.kind.value for e in one.books.main().entries()] == ["decision"]


def test_the_honest_plan_is_accepted(hospital, cohort_file, plan):
    one = hospital()
    cohort_id = one.open(cohort_file())

    async def propose():
        await one.desk.prepare("Hospital 0")
        return await one.desk.accept(ProposePlan(plan=plan, own_number=0, cohort_id=cohort_id))

    assert asyncio.run(propose()).plan == plan
    assert checked_claim(plan).epsilon <= plan.budget.epsilon


def test_a_plan_that_would_take_hours_to_certify_is_refused_at_once(plan):
    with pytest.raises(SynCohortError, match=r"centre\.linf.*certified in time"):
        checked_claim(TRICKS["hours of accounting"](plan))


def test_delta_stays_below_one_in_ten_times_the_patients(plan):
    large = dataclasses.replace(plan, budget=Budget(epsilon=2.0, delta=1e-5), n_max=10_001)
    with pytest.raises(SynCohortError, match="delta"):
        checked_claim(large)
