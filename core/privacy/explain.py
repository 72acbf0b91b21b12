"""The guarantee in words, stage by stage: what is opened, how far a patient moves it, its noise.

The window and the command line show these texts as they are; every number in them is public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from core.errors import InternalError
from core.model.plan import Patients, Plan, StagePlan
from core.privacy.accountant import Account, StageLoss
from core.privacy.calibration import FIELD_MODULUS

_GROUP: Final = {Patients.TRAINING: "training patients", Patients.HOLDOUT: "held-out patients"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageExplanation:
    """One stage in words.

    Attributes:
        name: Name of the stage.
        opened: What every party learns.
        sensitivity: How far one patient can move it.
        noise: What is added, and by whom.
        inequality: Why this stage costs what it costs.
        span: Why a total cannot wrap around.
        proportion: Part of the mu^2 of the stages on the same patients, 0 to 1.
    """

    name: str
    opened: str
    sensitivity: str
    noise: str
    inequality: str
    span: str
    proportion: float


def explain_stage(
    stage: StagePlan, loss: StageLoss, total_mu_sq: float, n_total: int
) -> StageExplanation:
    """Return the words for one stage.

    Args:
        stage: The planned stage.
        loss: Its part of the account.
        total_mu_sq: Gaussian loss of all stages on the same patients.
        n_total: Most patients of all hospitals together.
    """
    sigma = stage.noise.variance**0.5
    largest = n_total * stage.linf + stage.noise.half_width
    exactly = "exactly" if stage.exact_shift else "at most"
    return StageExplanation(
        name=stage.name,
        opened=(
            f"{stage.values:,} noisy total(s), each the sum over all {_GROUP[stage.patients]} of "
            "all hospitals plus noise; nothing else of this stage is opened."
        ),
        sensitivity=(
            f"One patient changes at most {stage.touched:,} of them, each by {exactly} "
            f"{stage.linf:,} integer units, with a sum of squares of at most {stage.l2_sq:,}. "
            "Every hospital checks this for every patient, in whole numbers."
        ),
        noise=(
            f"Standard deviation {stage.sigma_real:.4g} in the unit of the statistic "
            f"({sigma:.5g} integer units), drawn jointly from {stage.noise.bits} secret bits for "
            "each value; no hospital knows it."
        ),
        inequality=(
            f"mu^2 = {loss.kappa:.4f} x {stage.l2_sq:,} / {stage.noise.variance:.7g} = "
            f"{loss.mu_sq:.4g}; the factor {loss.kappa:.4f} is the largest over every possible "
            f"move of this noise against a Gaussian one. Noise beyond {loss.cut:,} units is "
            f"charged to delta: {loss.delta_tail:.2g}."
        ),
        span=(
            f"No total can wrap around: it stays within {largest:,}, since {n_total:,} patients "
            f"at most move it by {stage.linf:,} each and the noise by {stage.noise.half_width:,}; "
            f"twice that is below {FIELD_MODULUS:,}."
        ),
        proportion=loss.mu_sq / total_mu_sq,
    )


def explain(plan: Plan, account: Account) -> tuple[StageExplanation, ...]:
    """Return the words for every stage of ``plan``.

    Raises:
        InternalError: IN901 if the account belongs to another plan.
    """
    losses = {loss.name: (loss, a) for a in account.groups for loss in a.stages}
    pairs = [(s, losses[s.name]) for s in plan.stages if s.name in losses]
    if len(pairs) != len(plan.stages) or any(s.patients is not a.patients for s, (_, a) in pairs):
        raise InternalError("IN901", rule="an account is explained beside its own plan")
    return tuple(
        explain_stage(stage, loss, group.mu_sq, plan.n_max * len(plan.parties))
        for stage, (loss, group) in pairs
    )


def explain_claim(plan: Plan) -> str:
    """Return whom the guarantee protects, and against whom it holds."""
    m, t = len(plan.parties), plan.threshold
    return (
        "Protected is one patient's record at one hospital, by adding or removing it (the plan "
        f"says {plan.adjacency.value}). It holds against every recipient of the results together "
        f"with up to {t} of the {m} computing parties, if all follow the protocol and no patient "
        "is at two hospitals of the study. Facts about a hospital as a whole are not protected."
    )


def explain_release(account: Account) -> str:
    """Return the words for the release as a whole.

    >>> from core.privacy.accountant import Exposure, compose
    >>> from core.privacy.noise import certified_ladder
    >>> noise = certified_ladder(10)
    >>> one = Exposure(name="n", noise=noise, l2_sq=1, linf=1, touched=1, exact_shift=True)
    >>> explain_release(compose([one], 1e-5)).startswith("Together the 1 stage(s)")
    True
    """
    alone = "".join(f" {_beside(account, other)}" for other in account.beside)
    return _group_words(account) + alone


def _group_words(account: Account) -> str:
    theorem = "the Gaussian bound (theorem B)"
    if account.epsilon_renyi is not None:
        theorem = f"the Renyi bound (theorem A) at order {account.order:g}"
    return (
        f"Together the {len(account.stages)} stage(s){_on(account)} have mu = {account.mu:.4g}. "
        f"At delta = {account.delta:g}, of which "
        f"{account.delta_tail + account.extra_delta:.2g} covers the tails of the noise, "
        f"{theorem} gives epsilon = {account.epsilon:.4f} for adding or removing one patient at "
        "one hospital."
    )


def _on(account: Account) -> str:
    """Name the group where there are two."""
    two = account.beside or account.patients is not Patients.TRAINING
    return f" on {_GROUP[account.patients]}" if two else ""


def _beside(account: Account, other: Account) -> str:
    return (
        f"The {len(other.stages)} stage(s) on {_GROUP[other.patients]} have mu = {other.mu:.4g} "
        f"and epsilon = {other.epsilon:.4f}. They add nothing: a keyed hash of each patient "
        "alone, with a secret key that never changes, says who is held out, so one patient is in "
        f"one of the groups only. The larger, {account.epsilon:.4f}, holds for everybody."
    )
