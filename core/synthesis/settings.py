"""What a plan's recipes understand: each candidate as a plan of its own.

A recipe knows of one plan, one panel and its own stages. So each candidate of a plan is handed to
its recipe as such a plan: its recipe, parameters and genes, its stages under the recipe's names,
with shares that sum to 1, and the part of the budget that is its own. A plan without candidates is
its only setting. Everything here follows from the plan, so every party derives the same.

References:
    resources/decisions/021-choosing-among-candidates.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.errors import InternalError
from core.model.budget import Budget
from core.model.candidate import letter_of, own_name, stage_of
from core.model.measurement import Measurement
from core.model.plan import FORMAT_VERSION, Candidate, Patients, Plan, StagePlan
from core.model.request import StageRequest
from core.privacy.conversion import epsilon_of_part
from core.synthesis.recipe import Design, Recipe
from core.synthesis.reference.cutting import narrowed_reference
from core.synthesis.registry import recipe_called


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One way in which a plan's table may be made.

    Attributes:
        letter: Of the candidate; empty where the plan has one recipe.
        plan: As its recipe understands it; the plan itself where there is one recipe.
        whole: The plan itself.
    """

    letter: str
    plan: Plan
    whole: Plan

    @property
    def recipe(self) -> Recipe:
        """Its recipe.

        Raises:
            PlanError: PL208 if this version does not know it.
        """
        return recipe_called(self.plan.recipe)

    def own(self, stage: StagePlan) -> StagePlan | None:
        """Return a stage of the whole plan as the recipe understands it; None if it is not its
        own.
        """
        if not self.letter:
            return stage if stage.patients is Patients.TRAINING else None
        name = own_name(self.letter, stage.name)
        return None if name is None else _inside(stage, name, len(self.whole.candidates))

    def next_stage(self, measurements: Sequence[Measurement]) -> StagePlan | None:
        """Return the plan's stage that is this setting's next one, or None when all are measured.

        Args:
            measurements: What was opened so far, of any setting.
        """
        own = self.recipe.next_stage(self.plan, self.understood(measurements))
        if own is None or not self.letter:
            return own
        return self.whole.stage(stage_of(self.letter, own.name))

    def measured(self, measurements: Sequence[Measurement]) -> tuple[Measurement, ...]:
        """Return what was opened for this setting, as the plan names it."""
        return tuple(m for m in measurements if self.own(m.stage) is not None)

    def understood(self, measurements: Sequence[Measurement]) -> tuple[Measurement, ...]:
        """Return what was opened for this setting, as its recipe understands it."""
        pairs = [(self.own(m.stage), m) for m in measurements]
        return tuple(Measurement(stage=s, totals=m.totals) for s, m in pairs if s is not None)


@lru_cache(maxsize=8)
def settings_of(plan: Plan) -> tuple[Setting, ...]:
    """Return the settings of a plan, in its order.

    Raises:
        PlanError: PL201 if the plan's reference does not serve a candidate's genes.
    """
    if not plan.candidates:
        return (Setting(letter="", plan=plan, whole=plan),)
    letters = [letter_of(i) for i in range(len(plan.candidates))]
    return tuple(
        Setting(letter=x, plan=_alone(plan, x, c), whole=plan)
        for x, c in zip(letters, plan.candidates, strict=True)
    )


def setting_of(plan: Plan, letter: str) -> Setting:
    """Return the setting called ``letter``.

    Raises:
        InternalError: IN901 if the plan has none of that letter.
    """
    for setting in settings_of(plan):
        if setting.letter == letter:
            return setting
    raise InternalError("IN901", rule="a plan's table is made with one of its settings")


def _alone(plan: Plan, letter: str, candidate: Candidate) -> Plan:
    """Return a candidate as a plan of its own; it judges nothing."""
    parts = len(plan.candidates)
    budget = budget_part(plan.budget, parts)
    named = [(own_name(letter, s.name), s) for s in plan.recipe_stages]
    return replace(
        plan,
        format_version=FORMAT_VERSION,
        recipe=candidate.recipe,
        recipe_parameters=candidate.recipe_parameters,
        genes=plan.genes[: candidate.n_genes],
        reference=narrowed_reference(plan.reference, len(plan.genes), candidate.n_genes),
        budget=budget,
        epsilon_accounted=budget.epsilon,
        stages=tuple(_inside(s, name, parts) for name, s in named if name is not None),
        judging=None,
        candidates=(),
    )


def _inside(stage: StagePlan, name: str, parts: int) -> StagePlan:
    return replace(stage, name=name, share=min(1.0, stage.share * parts))


def budget_part(budget: Budget, parts: int) -> Budget:
    """Return the budget of one of ``parts`` equal settings: what its recipe designs by."""
    return Budget(epsilon=epsilon_of_part(budget.epsilon, budget.delta, parts), delta=budget.delta)


def candidate_design(whole: Design, candidate: Candidate, parts: int) -> Design:
    """Return the public numbers of one candidate.

    Args:
        whole: Of the study, with its panel and its budget.
        candidate: One of the study's.
        parts: How many candidates there are.
    """
    return replace(
        whole,
        n_genes=candidate.n_genes,
        budget=budget_part(whole.budget, parts),
        parameters=candidate.recipe_parameters,
        reference=narrowed_reference(whole.reference, whole.n_genes, candidate.n_genes),
    )


def candidate_requests(whole: Design, candidates: Sequence[Candidate]) -> tuple[StageRequest, ...]:
    """Return the stages of all candidates to calibrate, each with its part of the budget.

    Args:
        whole: Of the study.
        candidates: Of the study; two or three.
    """
    parts = len(candidates)
    return tuple(
        replace(r, name=stage_of(letter_of(i), r.name), share=r.share / parts)
        for i, c in enumerate(candidates)
        for r in recipe_called(c.recipe).requests(candidate_design(whole, c, parts))
    )
