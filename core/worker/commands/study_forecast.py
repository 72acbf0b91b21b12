"""What ``syncohort-cli study create`` says of a study before it makes it."""

from __future__ import annotations

from core.messages.forecast_messages import AskForecast, ForecastShown
from core.messages.study_commands import CreateStudy
from core.worker.commands.judging_arguments import width_lines
from core.worker.commands.open_studies import predicted
from core.worker.commands.split_arguments import sites_lines, split_lines
from core.worker.headless import HeadlessHospital


async def forecast_lines(wish: CreateStudy, hospital: HeadlessHospital) -> list[str]:
    """Return what the study can be expected to give, if the smallest class was planned, and how
    what it spends is shared out, a line each.

    Raises:
        SynCohortError: What is wrong with the plan; nothing was made.
    """
    smallest = wish.planned_smallest_class
    shown = await hospital.answer(
        AskForecast(
            question="create",
            recipe=wish.recipe,
            cohort_id=wish.cohort_id,
            genes=wish.genes,
            n_genes=wish.n_genes,
            n_classes=len(wish.classes),
            epsilon=wish.epsilon,
            delta=wish.delta,
            n_max=wish.n_max,
            planned_smallest_class=smallest,
            reference=wish.reference,
            shares=wish.shares,
            centre_sites=wish.centre_sites,
        ),
        ForecastShown,
    )
    lines = []
    if shown.usefulness is not None:
        known = f"{shown.n_genes} genes, {smallest} patients in the smallest class (planned)"
        lines.append(predicted(wish.epsilon, known, shown.usefulness, shown.alone))
    lines += width_lines(wish.judging, shown)
    lines += split_lines(shown.split, shown.reason, own=bool(wish.shares))
    return lines + sites_lines(wish.epsilon, centred=wish.centre_sites)
