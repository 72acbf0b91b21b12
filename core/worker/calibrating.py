"""Where privacy meets study: from an agreement to calibrated stages, and back from a plan to its
claim.
"""

from __future__ import annotations

from core.model.plan import Plan
from core.privacy.accountant import Account
from core.privacy.calibration import Calibration, calibrate, verify
from core.privacy.explain import explain, explain_release
from core.study.drafting import Agreement
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called


def design_of(agreement: Agreement) -> Design:
    """Return the public numbers from which the recipe derives its stages."""
    return Design(
        n_genes=len(agreement.genes),
        n_classes=len(agreement.classes),
        n_max=agreement.n_max,
        budget=agreement.budget,
        parameters=agreement.recipe_parameters,
        reference=agreement.reference,
    )


def calibrated(agreement: Agreement, n_parties: int, top_bits: int) -> Calibration:
    """Choose the noise of every stage.

    Args:
        agreement: What people decided.
        n_parties: Parties of the study.
        top_bits: 400, or 155 for the economy family (about 5 % more noise, less than half the
        bits).

    Raises:
        BudgetError: BU303 or BU310 if no certified noise fits.
    """
    recipe = recipe_called(agreement.recipe)
    return calibrate(
        recipe.requests(design_of(agreement)),
        agreement.budget,
        top_bits=top_bits,
        n_max=agreement.n_max,
        n_parties=n_parties,
    )


def checked_claim(plan: Plan) -> Account:
    """Recompute everything a plan claims, as every party does before it takes part.

    Raises:
        PlanError: If a length or sensitivity is not the recipe's.
        BudgetError: If the recomputed epsilon is above the plan's.
    """
    recipe_called(plan.recipe).check_plan(plan)
    return verify(plan)


def explained(plan: Plan, account: Account) -> tuple[str, ...]:
    """Return one paragraph for each stage and one for the release, for window and terminal."""
    paragraphs = [
        f"{e.name}. {e.opened} {e.sensitivity} {e.noise} {e.inequality}"
        for e in explain(plan, account)
    ]
    return (*paragraphs, explain_release(account))
