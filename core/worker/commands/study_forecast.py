"""What ``syncohort-cli study create`` says of a study before it makes it."""

from __future__ import annotations

from dataclasses import replace

from core.messages.forecast_messages import AskForecast, ForecastShown
from core.messages.study_commands import CreateStudy
from core.model.candidate import setting_line
from core.study.site_centring import SITE_BLOCKS
from core.synthesis.registry import recipe_called
from core.worker.commands.candidate_arguments import Promise, promise_lines
from core.worker.commands.judging_arguments import width_lines
from core.worker.commands.predicted_words import predicted
from core.worker.commands.split_arguments import sites_lines, split_lines
from core.worker.headless import HeadlessHospital


async def forecast_lines(wish: CreateStudy, hospital: HeadlessHospital) -> list[str]:
    """Return what the study can be expected to give, if the smallest class was planned, and how
    what it spends is shared out, a line each.

    Raises:
        SynCohortError: What is wrong with the plan; nothing was made.
    """
    if wish.candidates:
        return await _candidate_lines(wish, hospital)
    shown = await hospital.answer(_question(wish, wish.recipe, wish.n_genes), ForecastShown)
    smallest, lines = wish.planned_smallest_class, []
    if shown.usefulness is not None:
        known = f"{shown.n_genes} genes, {smallest} patients in the smallest class (planned)"
        lines.append(predicted(wish.epsilon, known, shown.usefulness, shown.alone))
    lines += width_lines(wish.judging, shown)
    lines += split_lines(shown.split, shown.reason, own=bool(wish.shares))
    return lines + sites_lines(wish.epsilon, centred=wish.centre_sites)


def _question(wish: CreateStudy, recipe: str, n_genes: int | None) -> AskForecast:
    return AskForecast(
        question="create",
        recipe=recipe,
        cohort_id=wish.cohort_id,
        genes=wish.genes,
        n_genes=n_genes,
        n_classes=len(wish.classes),
        epsilon=wish.epsilon,
        delta=wish.delta,
        n_max=wish.n_max,
        planned_smallest_class=wish.planned_smallest_class,
        reference=wish.reference,
        shares=wish.shares,
        centre_sites=wish.centre_sites and _centres(recipe),
    )


async def _candidate_lines(wish: CreateStudy, hospital: HeadlessHospital) -> list[str]:
    """Return what each candidate may give as one of them and alone, and whether to try several."""
    promises, parts, lines = [], len(wish.candidates), []
    epsilon = wish.epsilon
    for one in wish.candidates:
        question = _question(wish, one.recipe, one.n_genes or wish.n_genes)
        shown = await hospital.answer(
            replace(question, parts=parts, parameters=one.parameters), ForecastShown
        )
        if shown.usefulness is not None and shown.undivided is not None:
            known = (*recipe_called(one.recipe).parameters(), *one.parameters)
            words = setting_line(one.recipe, shown.n_genes, known)
            promise = Promise(words=words, among=shown.usefulness, alone=shown.undivided)
            promises.append(promise)
        lines, epsilon = width_lines(wish.judging, shown), shown.epsilon
    lines = promise_lines(promises) + lines if promises else lines
    return lines + sites_lines(epsilon, centred=wish.centre_sites)


def _centres(recipe: str) -> bool:
    return SITE_BLOCKS in dict(recipe_called(recipe).parameters())
