"""The words of the command line about candidate settings."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from core.errors import PlanError, WorkerError
from core.model.candidate import (
    DEFAULT_BINS,
    LEAST_BINS,
    MOST_BINS,
    MOST_CANDIDATES,
    Candidate,
    CandidateWish,
    Scalar,
    letter_of,
    require_number,
    setting_line,
)
from core.model.plan import Plan
from core.model.quality import Usefulness
from core.model.selection import Selection
from core.study.drafting import Agreement
from core.study.trying import trade_of
from core.synthesis.registry import recipe_called, recipe_names
from core.synthesis.settings import candidate_design, setting_of
from core.worker.calibrating import design_of

_EXAMPLE: Final = "recipe=moments,genes=200"


def add_candidates(parser: argparse.ArgumentParser) -> None:
    """Add the option that names candidate settings."""
    parser.add_argument(
        "--candidate",
        action="append",
        default=[],
        metavar="recipe=NAME[,genes=N][,bins=N][,PARAMETER=VALUE]",
        help=f"repeat, 2 or {MOST_CANDIDATES} times, instead of --recipe: settings of which the "
        "joint evaluation chooses the one with the best score; each gets an equal part of the "
        "budget, so two are each sqrt(2) times as noisy as one alone; marginals "
        f"counts each gene in {LEAST_BINS} to {MOST_BINS} bins ({DEFAULT_BINS} if not said)",
    )


def candidates_of(arguments: argparse.Namespace) -> tuple[CandidateWish, ...]:
    """Return the candidate settings as typed; none where there is one recipe.

    Raises:
        WorkerError: WO605 for words that are no setting, or that do not go with candidates.
        PlanError: PL201 for one candidate, or more than three.
    """
    wishes = tuple(_wish(words) for words in arguments.candidate)
    if not wishes:
        return ()
    require_number(len(wishes))
    refused = (
        (arguments.recipe is not None, "--recipe", "each candidate names its own"),
        (bool(arguments.share), "--share", "each recipe splits its own part of the budget"),
        (arguments.evaluate is False, "--no-evaluate", "the joint evaluation chooses"),
    )
    for given, option, why in refused:
        if given:
            raise WorkerError("WO605", reason=f"{option} does not go with --candidate: {why}")
    return wishes


def recipe_of(arguments: argparse.Namespace) -> str:
    """Return the recipe of a study without candidates."""
    return str(arguments.recipe or recipe_names()[0])


def _wish(words: str) -> CandidateWish:
    given: dict[str, str] = {}
    for part in words.split(","):
        name, mark, value = (p.strip() for p in part.partition("="))
        if not name or not mark or not value:
            _refuse(words, f"it is not NAME=VALUE,..., such as {_EXAMPLE}")
        if name in given:
            _refuse(words, f"it says {name} twice")
        given[name] = value
    recipe, genes = given.pop("recipe", ""), given.pop("genes", "")
    if recipe not in recipe_names():
        _refuse(words, f"its recipe is none of {', '.join(recipe_names())}")
    if genes and not genes.isdigit():
        _refuse(words, "its number of genes is none")
    parameters = tuple((name, _number(words, name, value)) for name, value in given.items())
    n_genes = int(genes) if genes else None
    return CandidateWish(recipe=recipe, n_genes=n_genes, parameters=parameters)


def _number(words: str, name: str, value: str) -> Scalar:
    if value.isdigit():
        return int(value)
    try:
        return float(value)
    except ValueError:
        _refuse(words, f"its {name} is no number")


def _refuse(words: str, reason: str) -> NoReturn:
    raise WorkerError("WO605", reason=f"--candidate {words}: {reason}") from None


# ---- before the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What one setting may give.

    Attributes:
        words: Recipe, genes and, where it counts in some, bins.
        among: With its part of the budget.
        alone: If it were the only one.
    """

    words: str
    among: Usefulness
    alone: Usefulness


def _words(candidate: Candidate) -> str:
    return setting_line(candidate.recipe, candidate.n_genes, candidate.recipe_parameters)


def promises_of(agreement: Agreement, n_min: int) -> list[Promise]:
    """Return what each candidate of an agreement may give; ``n_min`` is planned, never counted."""
    whole, parts = design_of(agreement), len(agreement.candidates)
    found = []
    for candidate in agreement.candidates:
        recipe = recipe_called(candidate.recipe)
        among = candidate_design(whole, candidate, parts)
        found.append(
            Promise(
                words=_words(candidate),
                among=recipe.predict(among, n_min),
                alone=recipe.predict(replace(among, budget=whole.budget), n_min),
            )
        )
    return found


def promise_lines(promises: Sequence[Promise]) -> list[str]:
    """Return what each setting may give as one of several and alone, and whether to try several.

    A wrong guess loses at most what the settings are expected to differ; trying all of them loses
    what the smaller part of the budget costs the best one.
    """
    lines = [
        f"Setting {letter_of(i)} ({p.words}): expected to reach {p.among.ratio:.0%} of what real "
        f"patients would ({p.among.low:.0%} to {p.among.high:.0%}) as one of {len(promises)}, "
        f"{p.alone.ratio:.0%} alone"
        for i, p in enumerate(promises)
    ]
    trade = trade_of([p.among.ratio for p in promises], [p.alone.ratio for p in promises])
    said = (
        f"Trying {len(promises)} settings makes each noisier by sqrt({len(promises)}): it is "
        f"expected to cost {trade.price:.0%}; the settings are expected to differ by "
        f"{trade.stake:.0%}."
    )
    if not trade.pays:
        return [*lines, f"{said} Advice: take {promises[trade.best].words} alone."]
    return [*lines, f"{said} Choosing may pay, unless you are sure which is best."]


# ---- after the run


def selection_lines(
    selection: Selection | None, candidates: Sequence[Candidate] = ()
) -> list[str]:
    """Return how the candidates scored and which is released, a line each; with ``candidates``
    also what each is.
    """
    if selection is None:
        return []
    known = [f" ({_words(c)})" for c in candidates]
    n = len(selection.candidates)
    lines = [
        f"Setting {letter_of(i)}{what}: joint macro-F1 {s.value:.2f} ({s.low:.2f} to {s.high:.2f})"
        for i, (what, s) in enumerate(zip(known or [""] * n, selection.candidates, strict=True))
    ]
    chosen = (
        f"Chosen: setting {selection.letter}. The largest of {n} noisy scores is on average too "
        f"high; the intervals hold for all {n} settings at once."
    )
    return [*lines, chosen]


def made_with(plan: Plan, letter: str) -> Plan:
    """Return the plan as the recipe of a release understands it.

    Args:
        plan: Of the study.
        letter: Of the setting that the manifest names; empty where the plan has none.

    Raises:
        PlanError: PL201 if the plan has no such setting, or has some and none is named.
    """
    known = [letter_of(i) for i in range(len(plan.candidates))]
    if letter not in (known or [""]):
        reason = "it has no candidate settings"
        if known:
            reason = f"name its setting, {' or '.join(known)}: the release's manifest says which"
        raise PlanError("PL201", field="candidates", reason=reason)
    return setting_of(plan, letter).plan
