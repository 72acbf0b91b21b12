"""Where privacy meets study: from an agreement to calibrated stages, and back from a plan to its
claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import InternalError, PlanError
from core.evaluation import stages
from core.evaluation.words import explain_tables
from core.messages.engine import MAX_TABLE_BYTES
from core.model.candidate import Candidate, CandidateWish, require_number
from core.model.plan import NoiseLadder, Plan, Scalar
from core.model.request import StageRequest
from core.privacy.accountant import Account
from core.privacy.calibration import Calibration, NoiseFamily, calibrate, verify
from core.privacy.explain import (
    explain,
    explain_candidates,
    explain_claim,
    explain_release,
    explain_vote,
)
from core.release.table import longest_table, most_records
from core.study.drafting import Agreement
from core.study.panel import first_genes
from core.study.site_centring import SITE_BLOCKS, for_parties, with_site_centring
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called
from core.synthesis.settings import candidate_design, candidate_requests, settings_of
from core.worker.shares import split_parameters, with_own

#: delta is the chance that the promise fails; it stays below one in ten times as many patients.
_PATIENTS_PER_DELTA: Final = 10
#: Shifts to be certified times values of the noise: half a minute. A plan that asks for more
#: comes from nobody who wants it to run.
_MOST_WORK: Final = 4_000_000_000
#: Ledger, plan, manifest and report, and some.
_ROOM_BESIDE_TABLE: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a steward wishes the table to be made.

    Attributes:
        recipe: Name of the one recipe; does not count with candidates.
        candidates: Two or three settings of which the joint evaluation chooses one; empty: none.
        centre_sites: Whether what each hospital's pipeline adds to a gene is taken out.
        shares: As in ``core.worker.shares.split_parameters``.
        n_min: Planned size of the smallest class over all hospitals; None if nobody planned it.
    """

    recipe: str
    candidates: tuple[CandidateWish, ...] = ()
    centre_sites: bool = False
    shares: tuple[tuple[str, float], ...] = ()
    n_min: int | None = None


def made_as(agreement: Agreement, wish: Making, n_parties: int) -> Agreement:
    """Return the agreement with recipe and split, or with candidates.

    Args:
        agreement: What else people decided; its recipe and parameters are replaced.
        wish: How its table is to be made.
        n_parties: Of the study; ``ONE_EACH`` for terms that are read before it is known who joins.

    Raises:
        PlanError: PL201 for a recipe that cannot take out what pipelines add, or shares that do
            not fit; else as in ``with_split`` and ``with_candidates``.
    """
    if wish.candidates:
        if wish.shares:
            reason = "with candidate settings each recipe splits its own part of the budget"
            raise PlanError("PL201", field="shares", reason=reason)
        blocks = _site_blocks(wish.candidates) if wish.centre_sites else ()
        asked = replace(agreement, recipe_parameters=for_parties(blocks, n_parties))
        return with_candidates(asked, wish.candidates, wish.n_min)
    recipe = recipe_called(wish.recipe)
    plain = recipe.parameters()
    parameters = with_site_centring(plain, recipe.name) if wish.centre_sites else plain
    parameters = for_parties(parameters, n_parties)
    asked = replace(agreement, recipe=recipe.name, recipe_parameters=parameters)
    return with_split(asked, wish.n_min, wish.shares)


def design_of(agreement: Agreement) -> Design:
    """Return the public numbers from which the recipe derives its stages; with candidates those of
    the whole study.
    """
    return Design(
        n_genes=len(agreement.genes),
        n_classes=len(agreement.classes),
        n_max=agreement.n_max,
        budget=agreement.budget,
        parameters=agreement.recipe_parameters,
        reference=agreement.reference,
    )


def with_split(
    agreement: Agreement,
    n_min: int | None = None,
    shares: Sequence[tuple[str, float]] = (),
) -> Agreement:
    """Return the agreement with the budget split for its genes, classes, level and reference.

    Args:
        agreement: What people decided; its recipe parameters are replaced.
        n_min: Planned size of the smallest class over all hospitals, if somebody planned it.
        shares: As in ``core.worker.shares.split_parameters``.

    Raises:
        PlanError: As there.
    """
    recipe = recipe_called(agreement.recipe)
    parameters = split_parameters(recipe, design_of(agreement), n_min, shares)
    return replace(agreement, recipe_parameters=parameters)


def with_candidates(
    agreement: Agreement, wishes: Sequence[CandidateWish], n_min: int | None = None
) -> Agreement:
    """Return the agreement with candidate settings instead of one recipe.

    Args:
        agreement: What people decided; its panel is cut to the largest candidate, its recipe and
            parameters do not count, but for ``site_blocks``.
        wishes: Two or three.
        n_min: Planned size of the smallest class over all hospitals, if somebody planned it.

    Raises:
        PlanError: PL207 for fewer or more genes than there are, PL208 for an unknown recipe, PL201
            for a parameter that the recipe does not have.
    """
    genes = first_genes(agreement.genes, _most_genes(wishes))
    if agreement.reference is not None and len(genes) != len(agreement.genes):
        raise InternalError("IN901", rule="a reference is cut to the panel of its candidates")
    whole = replace(agreement, recipe="", recipe_parameters=(), genes=genes, candidates=())
    blocks = dict(agreement.recipe_parameters).get(SITE_BLOCKS, 0)
    found = tuple(
        _candidate(wish, design_of(whole), len(wishes), n_min, blocks) for wish in wishes
    )
    return replace(whole, candidates=found)


def _site_blocks(wishes: Sequence[CandidateWish]) -> tuple[tuple[str, Scalar], ...]:
    """Return the parameter with which candidates take out what pipelines add, where their recipe
    can.

    Raises:
        PlanError: PL201 if none of their recipes can.
    """
    recipes = [recipe_called(wish.recipe) for wish in wishes]
    able = [r for r in recipes if SITE_BLOCKS in dict(r.parameters())] or recipes
    asked = with_site_centring(able[0].parameters(), able[0].name)
    return tuple((k, v) for k, v in asked if k == SITE_BLOCKS)


def panel_size(wishes: Sequence[CandidateWish], n_genes: int | None, n_listed: int) -> int | None:
    """Return how many of the listed genes the panel takes; None: all, in the order of the list.

    Candidates take the first genes of the panel each, so theirs is always a number: then the panel
    stands in the order of its public spread.

    Args:
        wishes: Two or three candidates; empty: none.
        n_genes: As many as are asked for beside them; None: all.
        n_listed: There are.

    Raises:
        PlanError: PL207 if a candidate would have fewer than two, PL201 for another number of
            candidates.
    """
    return (_most_genes(wishes) or n_genes or n_listed) if wishes else n_genes


def _most_genes(wishes: Sequence[CandidateWish]) -> int | None:
    """Return how many genes of the panel the candidates need; None: all that there are.

    Raises:
        PlanError: PL207 if one would have fewer than two, PL201 for another number of candidates
            than two or three.
    """
    require_number(len(wishes))
    sizes = [w.n_genes for w in wishes]
    for n in sizes:
        if n is not None and n < 2:
            raise PlanError("PL207", needed=2, what="genes", found=n)
    return None if None in sizes else max(n for n in sizes if n is not None)


def _candidate(
    wish: CandidateWish, whole: Design, parts: int, n_min: int | None, blocks: Scalar
) -> Candidate:
    """Return a candidate with the parameters that suit its part of the budget."""
    recipe = recipe_called(wish.recipe)
    n_genes = whole.n_genes if wish.n_genes is None else wish.n_genes
    if n_genes > whole.n_genes:
        raise PlanError("PL207", needed=n_genes, what="genes", found=whole.n_genes)
    defaults = tuple((k, blocks if k == SITE_BLOCKS else v) for k, v in recipe.parameters())
    first = Candidate(recipe=recipe.name, recipe_parameters=defaults, n_genes=n_genes)
    proposed = recipe.proposed(candidate_design(whole, first, parts), n_min).parameters
    chosen = with_own(recipe, proposed, wish.parameters)
    return Candidate(recipe=recipe.name, recipe_parameters=chosen, n_genes=n_genes)


def stage_requests(agreement: Agreement) -> tuple[StageRequest, ...]:
    """Return the stages that make the table, of every candidate where there are some.

    Raises:
        PlanError: PL201 for parameters that a recipe cannot take.
    """
    whole = design_of(agreement)
    if agreement.candidates:
        return candidate_requests(whole, agreement.candidates)
    return recipe_called(agreement.recipe).requests(whole)


def calibrated(agreement: Agreement, n_parties: int, family: NoiseFamily) -> Calibration:
    """Choose the noise of every stage.

    Args:
        agreement: What people decided.
        n_parties: Parties of the study.
        family: Which noise the stages may have.

    Raises:
        BudgetError: BU303 or BU310 if no certified noise fits.
    """
    n_classes, n_candidates = len(agreement.classes), len(agreement.candidates)
    judged = stages.requests(agreement.judging, n_classes, n_candidates)
    return calibrate(
        (*stage_requests(agreement), *judged),
        agreement.budget,
        family=family,
        n_max=agreement.n_max,
        n_parties=n_parties,
    )


def checked_claim(plan: Plan) -> Account:
    """Recompute everything a plan claims, as every party does before it takes part.

    Raises:
        PlanError: If a length or sensitivity is not the recipe's, delta is too large for so many
            patients, or the table that is asked for could not be handed to the other parties.
        BudgetError: If the recomputed epsilon is above the plan's.
    """
    if plan.budget.delta > (1 + 1e-9) / (_PATIENTS_PER_DELTA * plan.n_max):
        reason = f"more than 1 in {_PATIENTS_PER_DELTA * plan.n_max} (ten times n_max)"
        raise PlanError("PL201", field="budget.delta", reason=reason)
    for stage in plan.stages:
        tabled = isinstance(stage.noise, NoiseLadder) and not stage.exact_shift
        if tabled and stage.linf * stage.noise.half_width > _MOST_WORK:
            field = f"stages.{stage.name}.linf"
            raise PlanError("PL201", field=field, reason="too large to be certified in time")
    most = most_records(plan, MAX_TABLE_BYTES)
    if (plan.n_records or 1) > most:
        reason = f"with so many genes a table has at most {most} records"
        raise PlanError("PL201", field="n_records", reason=reason)
    for setting in settings_of(plan):
        setting.recipe.check_plan(setting.plan)
    stages.check_plan(plan)
    return verify(plan)


def room_needed(plan: Plan) -> int:
    """Return how many bytes of disk a study of this plan may need, at most."""
    records = plan.n_records or plan.n_max * len(plan.parties)
    return 4 * longest_table(plan, min(records, most_records(plan, MAX_TABLE_BYTES))) + (
        _ROOM_BESIDE_TABLE
    )


def explained(plan: Plan, account: Account) -> tuple[str, ...]:
    """Return one paragraph for each stage and one for the release, for window and terminal."""
    paragraphs = [
        f"{e.name}. {e.opened} {e.sensitivity} {e.noise} {e.inequality} {e.span}"
        for e in explain(plan, account)
    ]
    return (
        *paragraphs,
        explain_release(account),
        *explain_tables(plan),
        *explain_candidates(plan),
        *explain_vote(plan),
        explain_claim(plan),
    )
