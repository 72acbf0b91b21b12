"""How the budget is split over the stages: where the next hundredth helps most, from public
numbers alone.

Each stage leaves something unknown. The part that stays unknown, 0 to 1, follows from the noise
that its share buys and from how large the thing itself usually is; how much that costs in the end
was read off real cohorts by making one stage exact at a time
(resources/decisions/019-what-moments-gained.md). Errors of centre and class means add up only
where they are large: they count squared. The shares are whole hundredths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from core.model.plan import Scalar
from core.privacy.conversion import gaussian_mu
from core.synthesis.recipe import Design, Proposal

#: Smallest class of a plan for which nobody said one.
USUAL_SMALLEST: Final = 40
#: Mean size of a class in units of the smallest: what planned studies look like.
_MEAN_CLASS: Final = 2.0
#: Variances on the normalised scale: of a gene within classes, of its centre without and with a
#: reference that has it; and between class means, in units of the first.
_WITHIN: Final = 0.25
_CENTRES: Final = (0.7, 0.2)
_BETWEEN: Final = 0.2
#: Usual variance of a class's score, of the scale's square, and of what loadings differ.
_SCORES: Final = 0.3
_SCALES: Final = 0.06
_LOADINGS: Final = 0.03
#: Relative variance of a class's count that starts to matter, and of the pooled mean.
_COUNTS: Final = 0.15
_POOLED: Final = 0.5
#: Variance between the levels of classes, in squares of the window in which they are measured.
_CLASS_LEVELS: Final = 0.03
_FACTORS: Final = 4
_HUNDRED: Final = 100

#: What each unknown part costs, and the least hundredths of each stage.
_COST: Final = {
    "class_counts": 0.12,
    "class_levels": 0.05,
    "centre": 0.4,
    "scale": 0.05,
    "class_sums": 0.8,
    "class_scores": 0.5,
    "cross": 0.03,
}
_LEAST: Final = {
    "class_counts": 2,
    "class_levels": 2,
    "centre": 5,
    "scale": 1,
    "class_sums": 25,
    "class_scores": 10,
    "cross": 2,
}
_WITH_REFERENCE: Final = ("class_scores", "cross")
_LEAST_COMMON: Final = 3
_WORDS: Final = {
    "class_counts": "the class counts",
    "class_levels": "how classes differ as a whole",
    "centre": "where each gene lies",
    "scale": "how far each gene spreads",
    "class_sums": "the class means of the genes",
    "class_scores": "the class means along the reference's axes",
    "cross": "co-expression",
}


def proposal(
    defaults: tuple[tuple[str, Scalar], ...], design: Design, n_min: int | None
) -> Proposal:
    """Propose how to split a plan's budget.

    Args:
        defaults: Parameters of the recipe; the shares of levels, and all that are no shares, stay.
        design: Public; of its own parameters ``site_blocks`` stays and is paid for.
        n_min: Planned size of the smallest class over all hospitals; None if nobody planned one.
    """
    smallest = max(1, USUAL_SMALLEST if n_min is None else n_min)
    chosen = dict(defaults)
    chosen["site_blocks"] = dict(design.parameters).get("site_blocks", 0)
    others = float(chosen["share_levels"])
    if chosen["site_blocks"]:
        others += float(chosen["share_sites"])
    given = best_split(design, smallest, others)
    shares = {f"share_{name}": given.get(name, _LEAST[name]) / _HUNDRED for name in _COST}
    return Proposal(
        parameters=tuple((name, shares.get(name, value)) for name, value in chosen.items()),
        reason=_reason(design, smallest, given),
    )


def best_split(design: Design, smallest: int, others: float) -> dict[str, int]:
    """Return the hundredths of the stages at which no hundredth helps more elsewhere.

    Args:
        design: Public; its parameters are not looked at.
        smallest: Patients of the smallest class, as planned.
        others: Share that goes to records' levels and sites, whatever the rest is.
    """
    names = [name for name in _COST if design.reference or name not in _WITH_REFERENCE]
    left = _HUNDRED - round(_HUNDRED * others)
    least = dict(_LEAST)
    if design.reference is not None:
        # The spreads of all genes that a reference has, or lacks, are off by one common factor.
        least["scale"] = _LEAST_COMMON
    given = {name: least[name] for name in names}
    given["class_sums"] = left - sum(v for k, v in given.items() if k != "class_sums")
    best = _cost(design, smallest, given)
    while True:
        moves = [
            {**given, a: given[a] - 1, b: given[b] + 1}
            for a in names
            for b in names
            if a != b and given[a] > least[a]
        ]
        costs = [_cost(design, smallest, move) for move in moves]
        if min(costs) >= best:
            break
        best = min(costs)
        given = moves[costs.index(best)]
    return given


def _cost(design: Design, smallest: int, hundredths: Mapping[str, int]) -> float:
    """Return what the unknown parts cost together."""
    unknown = _unknown(design, smallest, hundredths)
    return math.fsum(_COST[name] * part for name, part in unknown.items())


def _unknown(design: Design, smallest: int, hundredths: Mapping[str, int]) -> dict[str, float]:
    """Return what stays unknown of each stage's subject, 0 to 1."""
    mu, d = gaussian_mu(design.budget.epsilon, design.budget.delta), design.n_genes
    n_class = _MEAN_CLASS * smallest
    n_all = design.n_classes * n_class
    bought = {name: mu**2 * v / _HUNDRED for name, v in hundredths.items()}
    covered = 0.0 if design.reference is None else design.reference.n_covered / d
    centres = _CENTRES[0] + covered * (_CENTRES[1] - _CENTRES[0])
    centre = d * min(1.0, centres + _WITHIN) / (bought["centre"] * n_all**2)
    missed = centres * centre / (centres + centre)
    unit = _WITHIN + missed
    sums = d * unit / (bought["class_sums"] * n_class**2)
    pooled = 1 / (1 / missed + design.n_classes / sums)
    parts = {
        "class_counts": _part(1 / (bought["class_counts"] * smallest**2), _COUNTS) ** 2,
        "centre": _part(pooled, _POOLED * _WITHIN) ** 2,
        "scale": _part(4 * d / (bought["scale"] * n_all**2), _SCALES),
        "class_levels": _part(4 / (bought["class_levels"] * n_class**2), _CLASS_LEVELS),
        # Rare classes have twice the mean error and more; half of the sum is theirs.
        "class_sums": _part(2 * sums, _BETWEEN * _WITHIN) ** 2,
    }
    if design.reference is not None:
        scores = _FACTORS / (bought["class_scores"] * n_class**2)
        parts["class_scores"] = _part(2 * scores, _SCORES) ** 2
        crossed = d * _FACTORS / (bought["cross"] * n_all**2)
        parts["cross"] = _part(crossed, _LOADINGS)
    return parts


def _part(noise: float, signal: float) -> float:
    """Return the part of a signal that noise of that variance hides."""
    return noise / (noise + signal)


def _reason(design: Design, smallest: int, hundredths: Mapping[str, int]) -> str:
    first, second = sorted(hundredths, key=lambda name: -hundredths[name])[:2]
    beside = "a" if design.reference else "no"
    return (
        f"For {design.n_genes} genes, {design.n_classes} classes of at least {smallest} patients, "
        f"epsilon {design.budget.epsilon:g} and {beside} public reference, most is gained with "
        f"{hundredths[first]} % for {_WORDS[first]} and {hundredths[second]} % for "
        f"{_WORDS[second]}."
    )
