"""Public parameters of the recipe, its stages before calibration, and what to expect from them.

References:
    formats.md "marginals"; generators.md "Usefulness before spending".
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from core.errors import PlanError
from core.model.candidate import BINS, DEFAULT_BINS, LEAST_BINS, MOST_BINS, bins_in
from core.model.plan import Scalar
from core.model.quality import Usefulness
from core.model.request import StageRequest
from core.synthesis.marginals.stages import CENTRE, CLASS_COUNTS, SCALE, TABLES
from core.synthesis.recipe import Design
from core.synthesis.usefulness import Rule

PARAMETERS: Final[tuple[tuple[str, Scalar], ...]] = (
    (BINS, DEFAULT_BINS),
    ("centre_clip", 6.0),
    ("scale_clip", 9.0),
    ("scale_norm", 2.0),
    ("share_class_counts", 0.05),
    ("share_centre", 0.20),
    ("share_scale", 0.03),
)

#: Usefulness rule of this recipe, fitted to what it does with four bins
#: (resources/benchmarks/usefulness.md); the error is that on cohorts left out of the fit.
RULE: Final = Rule(j0=1.38, exponent=0.78, rmse=0.08)
#: With more bins J0 grows by their ratio to four to this power, read off two cohorts with 6 and 8
#: bins (resources/benchmarks/candidates.md, "Bins"); with fewer it stays. No cohort was left out,
#: so the error is larger.
_BINS_EXPONENT: Final = 1 / 3
_BINS_RMSE: Final = 0.10


def requests(design: Design) -> tuple[StageRequest, ...]:
    """Return the four stages in real units.

    Raises:
        PlanError: PL201 if a parameter is missing, unknown or outside its range.
    """
    number = _numbers(design)
    d, root = design.n_genes, math.sqrt(design.n_genes)
    counts, centre, scale = (number[f"share_{k}"] for k in ("class_counts", "centre", "scale"))
    return (
        StageRequest(
            name=CLASS_COUNTS,
            values=design.n_classes,
            share=counts,
            l2=1.0,
            linf=1.0,
            touched=1,
            counts=True,
        ),
        StageRequest(
            name=CENTRE,
            values=d,
            share=centre,
            l2=root,
            linf=min(number["centre_clip"], root),
            touched=d,
            counts=False,
        ),
        StageRequest(
            name=SCALE,
            values=d,
            share=scale,
            l2=number["scale_norm"] * root,
            linf=min(number["scale_clip"] - 1.0, number["scale_norm"] * root),
            touched=d,
            counts=False,
        ),
        StageRequest(
            name=TABLES,
            values=design.n_classes * d * int(number[BINS]),
            share=1.0 - counts - centre - scale,
            l2=root,
            linf=1.0,
            touched=d,
            counts=True,
        ),
    )


def _numbers(design: Design) -> dict[str, float]:
    """Return the parameters as numbers, all present and in range."""
    known = dict(PARAMETERS)
    given = dict(design.parameters)
    if set(given) != set(known) or len(given) != len(design.parameters):
        _refuse("", "others than this recipe's")
    numbers: dict[str, float] = {}
    for name, value in given.items():
        if isinstance(value, bool | str) or not math.isfinite(value) or value <= 0:
            _refuse(name, "not a positive number")
        numbers[name] = float(value)
    if numbers[BINS] not in range(LEAST_BINS, MOST_BINS + 1):
        _refuse(BINS, f"not a whole number from {LEAST_BINS} to {MOST_BINS}")
    for name, low, high in (
        ("centre_clip", 1, 100),
        ("scale_clip", 2, 100),
        ("scale_norm", 0.5, 10),
    ):
        if not low <= numbers[name] <= high:
            _refuse(name, f"outside {low} to {high}")
    if sum(v for k, v in numbers.items() if k.startswith("share_")) >= 1:
        _refuse("shares", "nothing is left for the tables")
    return numbers


def _refuse(name: str, reason: str) -> None:
    raise PlanError("PL201", field=f"recipe_parameters.{name}".rstrip("."), reason=reason)


def predict(design: Design, n_min: int) -> Usefulness:
    """Return the expected usefulness; see ``Recipe.predict``."""
    return rule_for(bins_in(design.parameters) or DEFAULT_BINS).predict(design, n_min)


def rule_for(n_bins: int) -> Rule:
    """Return the usefulness rule with so many bins; how close the shape of a gene comes is no
    part of it.

    >>> rule_for(4) == RULE, round(rule_for(8).j0, 2), rule_for(2).j0
    (True, 1.74, 1.38)
    """
    if n_bins == DEFAULT_BINS:
        return RULE
    worse = max(1.0, n_bins / DEFAULT_BINS) ** _BINS_EXPONENT
    return replace(RULE, j0=RULE.j0 * worse, rmse=_BINS_RMSE)
