"""The guarantee in words, stage by stage: what is opened, how far a patient moves it, its noise.

The window and the command line show these texts as they are; every number in them is public.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, assert_never

from core.errors import InternalError
from core.model.candidate import letter_of, setting_line
from core.model.judging import VotePolicy
from core.model.plan import NoiseLadder, Patients, Plan, StagePlan
from core.model.stage import LocalGaussian
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
    exactly = "exactly" if stage.exact_shift else "at most"
    return StageExplanation(
        name=stage.name,
        opened=(
            f"{stage.values:,} noisy total(s), each the sum over all {_GROUP[stage.patients]} of "
            "all hospitals plus noise; nothing else of this stage is opened."
        ),
        sensitivity=(
            f"Adding or removing one patient changes at most {stage.touched:,} of them, each by "
            f"{exactly} {stage.linf:,} integer units, with a sum of squares of at most "
            f"{stage.l2_sq:,}. "
            "Every hospital checks this for every patient, in whole numbers."
        ),
        noise=_noise(stage),
        inequality=_inequality(stage, loss),
        span=_span(stage, n_total),
        proportion=loss.mu_sq / total_mu_sq,
    )


def _noise(stage: StagePlan) -> str:
    noise = stage.noise
    spread = f"Standard deviation {stage.sigma_real:.4g} in the unit of the statistic"
    seen = f"{math.sqrt(noise.opened_variance):.5g} integer units"
    match noise:
        case NoiseLadder():
            return (
                f"{spread} ({seen}), drawn jointly from {noise.bits} secret bits for each value; "
                "no hospital knows it."
            )
        case LocalGaussian():
            m, t = noise.contributors, noise.colluders
            ratio = math.sqrt(m / (m - t))
            return (
                f"{spread} ({seen}): each of the {m} parties, with patients or without, adds "
                "discrete Gaussian noise of its own to its totals before they are shared, "
                f"standard deviation {1 << noise.own_exponent:,} units. A party knows its own "
                f"part, so those that collude, t = {t} of them at most, can subtract theirs; what "
                f"the other {m - t} add is left, with the variance {m - t} x "
                f"{noise.own_variance:,} = {noise.sigma_sq:,}, and only that is counted here. "
                f"Recipients who know no part of it meet {ratio:.3f} times its standard deviation."
            )
    assert_never(noise)


def _inequality(stage: StagePlan, loss: StageLoss) -> str:
    bound = (
        f"mu^2 = {loss.kappa:.4f} x {stage.l2_sq:,} / {stage.noise.variance:.7g} = "
        f"{loss.mu_sq:.4g}"
    )
    if isinstance(stage.noise, LocalGaussian):
        return (
            f"{bound}, against every recipient and up to t = {stage.noise.colluders} of the "
            f"parties together; the factor {loss.kappa:.4f} covers every possible move of the sum "
            "of the other parties' noise against a Gaussian one. Nothing is charged to delta."
        )
    return (
        f"{bound}; the factor {loss.kappa:.4f} is the largest over every possible "
        f"move of this noise against a Gaussian one. Noise beyond {loss.cut:,} units is "
        f"charged to delta: {loss.delta_tail:.2g}."
    )


def _span(stage: StagePlan, n_total: int) -> str:
    wide = stage.noise.half_width
    certain = f"since {n_total:,} patients at most move it by {stage.linf:,} each and the noise by"
    largest = n_total * stage.linf + wide
    if isinstance(stage.noise, LocalGaussian):
        return (
            f"No total wraps around: it stays within {largest:,}, {certain} {wide:,}, twenty "
            "standard deviations of every party, but for a chance below 2^-270; twice that is "
            f"below {FIELD_MODULUS:,}."
        )
    return (
        f"No total can wrap around: it stays within {largest:,}, {certain} {wide:,}; "
        f"twice that is below {FIELD_MODULUS:,}."
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


def explain_vote(plan: Plan) -> tuple[str, ...]:
    """Return what a private vote opens and why it costs nothing; nothing without one."""
    bits = {
        VotePolicy.YES_NO: "its yes or no, cast before the run",
        VotePolicy.MINIMUM: "whether the opened, noisy joint score reaches its minimum, fixed "
        "before the run",
    }
    if plan.vote not in bits:
        return ()
    words = (
        f"Before the release the hospitals vote. Each puts in one secret bit: {bits[plan.vote]}. "
        "It follows from no patient, so the vote costs nothing. Opened is one number, 0 if all "
        "agree and else uniformly random: not who refuses, nor how many. Without agreement "
        "nothing is released and the study counts as spent."
    )
    return (words,)


def explain_candidates(plan: Plan) -> tuple[str, ...]:
    """Return what choosing among candidate settings costs; nothing where there are none."""
    if not plan.candidates:
        return ()
    k = len(plan.candidates)
    settings = "; ".join(
        f"{letter_of(i)}: {setting_line(c.recipe, c.n_genes, c.recipe_parameters)}"
        for i, c in enumerate(plan.candidates)
    )
    words = (
        f"The plan has {k} candidate settings ({settings}). Each has 1 / {k} of the training "
        f"patients' mu^2, so each is made with {math.sqrt(k):.2f} times the noise that it would "
        f"have alone; on held-out patients the tables of all {k} are one stage, with the same "
        "factor. All of it is counted above. The setting with the largest mean of the opened, "
        "noisy macro-F1 scores is released, the first of equals. That follows from opened numbers "
        "alone, so choosing costs nothing more. The largest of several noisy scores is on average "
        "too high; its interval holds for all settings at once."
    )
    return (words,)


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
