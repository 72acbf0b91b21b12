"""The commands that need no study: build a public reference, predict usefulness, compare recipes.

They touch open cohorts only, or no patient at all.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import WorkerError
from core.model.budget import DEFAULT_DELTA, Budget
from core.release.writing import write_file
from core.study.drafting import DEFAULT_N_MAX
from core.synthesis.recipe import Design
from core.synthesis.registry import recipe_called, recipe_names
from core.worker.commands.comparing import Comparison, compare
from core.worker.commands.comparison_files import require_free, write_comparison
from core.worker.commands.predicted_words import predicted
from core.worker.references.reading import OpenFile, read_reference, reference_from


def add_open_commands(
    commands: argparse._SubParsersAction[Any], parser_class: type[argparse.ArgumentParser]
) -> None:
    """Add the three commands to the command line."""
    reference = commands.add_parser("reference", help="what an open cohort says about genes")
    steps = reference.add_subparsers(dest="step", required=True, parser_class=parser_class)
    _add_build(
        steps.add_parser("build", help="summarise an open cohort for the plans of later studies")
    )
    _add_predict(
        commands.add_parser("predict", help="what a study can be expected to give, from the plan")
    )
    _add_compare(
        commands.add_parser("compare", help="recipes side by side on open cohorts, no network")
    )


def _add_build(build: argparse.ArgumentParser) -> None:
    add = build.add_argument
    add("public", type=Path, metavar="PUBLIC", help="a cohort file whose patients are public")
    add(
        "--label",
        metavar="COLUMN",
        help="diagnosis: class means join the summary",
    )
    add("--ignore", action="append", default=[], metavar="COLUMN")
    add("--title", help="what the cohort is; default the file's name")
    add("--provenance", default="not stated", help="where it comes from")
    add("--licence", default="not stated", help="under which terms it may be used")
    add("--out", required=True, type=Path, metavar="FILE")


def _add_predict(predict: argparse.ArgumentParser) -> None:
    add = predict.add_argument
    add(
        "--smallest-class",
        required=True,
        type=int,
        metavar="N",
        help="patients of the rarest diagnosis, all hospitals together; never counted exactly",
    )
    add(
        "--smallest-from",
        default="planned",
        choices=("planned", "public", "noisy"),
        help="how that number is known; it is said in the answer",
    )
    add("--genes", required=True, type=int, metavar="N")
    add("--n-classes", type=int, default=4)
    add("--epsilons", default="1,2,4,10", metavar="LIST")
    add("--delta", type=float, default=DEFAULT_DELTA)
    add("--recipe", default=recipe_names()[0], choices=recipe_names())
    add("--reference", type=Path, metavar="FILE")


def _add_compare(compare_: argparse.ArgumentParser) -> None:
    add = compare_.add_argument
    add("--cohort", action="append", required=True, type=Path, metavar="FILE")
    add("--label", required=True, metavar="COLUMN")
    add("--ignore", action="append", default=[], metavar="COLUMN")
    add("--recipes", default=",".join(recipe_names()), metavar="LIST")
    add("--epsilons", default="1,2,4,10", metavar="LIST")
    add("--delta", type=float, default=DEFAULT_DELTA)
    add("--repeats", type=int, default=5, metavar="R")
    add("--genes", type=int, metavar="N")
    add("--reference", type=Path, metavar="FILE")
    add("--out", required=True, type=Path, metavar="DIR")


def run_open_command(arguments: argparse.Namespace) -> None:
    """Do one of the three.

    Raises:
        SynCohortError: What is wrong; then nothing is written.
    """
    match arguments.command:
        case "reference":
            _build(arguments)
        case "predict":
            _predict(arguments)
        case _:
            _compare(arguments)


def _build(arguments: argparse.Namespace) -> None:
    built = reference_from(
        OpenFile(
            path=arguments.public,
            label=arguments.label or "",
            ignored=tuple(arguments.ignore),
            title=arguments.title or arguments.public.name.split(".")[0],
            provenance=arguments.provenance,
            licence=arguments.licence,
        )
    )
    write_file(arguments.out, built.to_bytes())
    sys.stderr.write(
        f"Written: {arguments.out} ({len(built.genes)} genes, {built.n_records} public records, "
        f"{built.loadings.shape[1]} factors)\n"
    )


def _predict(arguments: argparse.Namespace) -> None:
    recipe = recipe_called(arguments.recipe)
    reference = None
    if arguments.reference is not None:
        file = read_reference(arguments.reference)
        reference = file.for_panel(file.by_spread(file.genes)[: arguments.genes])
    n_min = arguments.smallest_class
    known = f"{n_min} patients in the smallest class ({arguments.smallest_from})"
    for epsilon in _numbers(arguments.epsilons):
        design = Design(
            n_genes=arguments.genes,
            n_classes=arguments.n_classes,
            n_max=DEFAULT_N_MAX,
            budget=Budget(epsilon=epsilon, delta=arguments.delta),
            parameters=recipe.parameters(),
            reference=reference,
        )
        alone = recipe.predict(replace(design, reference=None), n_min) if reference else None
        line = predicted(epsilon, known, recipe.predict(design, n_min), alone)
        sys.stdout.write(f"{line}\n  {recipe.proposed(design, n_min).reason}\n")


def _compare(arguments: argparse.Namespace) -> None:
    recipes = tuple(name.strip() for name in arguments.recipes.split(","))
    for name in recipes:
        recipe_called(name)
    if arguments.repeats < 1:
        raise WorkerError("WO605", reason="--repeats must be at least 1")
    asked = Comparison(
        cohorts=tuple(arguments.cohort),
        label=arguments.label,
        ignored=tuple(arguments.ignore),
        recipes=recipes,
        epsilons=_numbers(arguments.epsilons),
        delta=arguments.delta,
        repeats=arguments.repeats,
        n_genes=arguments.genes,
        reference=arguments.reference,
    )
    require_free(arguments.out)
    scores = compare(asked, _say)
    sys.stdout.write(write_comparison(scores, arguments.out))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise WorkerError("WO605", reason=f"{text} is not a list of numbers") from None
