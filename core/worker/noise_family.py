"""Which noise the stages of a study may have: the default, or the economy family of joint noise
where the default would take long.

It is written into the plan, printed, and shown with the noise it costs.
"""

from __future__ import annotations

from core.model.drawing import NoiseChoice, drawn_locally
from core.model.plan import Plan
from core.model.stage import LocalGaussian, StagePlan
from core.privacy.calibration import NoiseFamily
from core.privacy.noise import DEFAULT_TOP_BITS, ECONOMY_TOP_BITS
from core.study.cost import LOOPBACK, StageWork, predicted
from core.study.drafting import Agreement
from core.worker.calibrating import stage_requests

#: Secret signs of one value of the default family: 400 and four on each of eight lower levels.
_DEFAULT_SIGNS = 432
#: Where the default is predicted to take longer on two cores, the economy family is taken.
_LONGEST_S = 60.0
_CORES = 2


def family_for(
    agreement: Agreement, n_parties: int, choice: NoiseChoice = NoiseChoice.AUTO
) -> NoiseFamily:
    """Return the family of joint noise: 400 bits, or 155 where 400 would keep two cores busy for
    more than about a minute; and which stages have it, as ``choice`` says.
    """
    requests = stage_requests(agreement)
    work = [
        StageWork(values=r.values, signs=0 if drawn_locally(choice, r.values) else _DEFAULT_SIGNS)
        for r in requests
    ]
    cost = predicted(work, n_parties, LOOPBACK, parties_per_core=n_parties / _CORES)
    top_bits = ECONOMY_TOP_BITS if cost.seconds > _LONGEST_S else DEFAULT_TOP_BITS
    return NoiseFamily(top_bits=top_bits, choice=choice)


def noise_of(stage: StagePlan) -> NoiseChoice:
    """Say who draws the noise of a planned stage: ``JOINT`` or ``LOCAL``."""
    return NoiseChoice.LOCAL if isinstance(stage.noise, LocalGaussian) else NoiseChoice.JOINT


def family_words(plan: Plan, family: NoiseFamily) -> str:
    """Say in one line who draws the noise of a plan's stages."""
    local = [s.name for s in plan.stages if noise_of(s) is NoiseChoice.LOCAL]
    drawn = "drawn inside the joint computation: nobody knows it"
    joint = f"Noise family N = {family.top_bits}, {drawn}"
    if not local:
        return joint
    own = f"each of the {len(plan.parties)} parties adds noise of its own"
    if len(local) == len(plan.stages):
        return f"Every stage: {own}"
    return f"{joint}; {', '.join(local)}: {own}"
