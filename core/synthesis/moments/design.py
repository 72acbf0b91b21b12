"""Public parameters of the recipe, its stages before calibration, and what to expect from them.

References:
    generators.md "The recipe moments" and "Usefulness before spending".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import PlanError
from core.model.plan import Scalar
from core.model.quality import Usefulness
from core.model.request import StageRequest
from core.privacy.conversion import gaussian_mu
from core.synthesis.moments.class_levels import (
    CLASS_L2,
    CLASS_LEVELS,
    CLASS_LINF,
    N_CLASS_SUMS,
)
from core.synthesis.moments.levels import L2, LEVELS, LINF, N_SUMS, LevelRange
from core.synthesis.moments.sites import SITES, site_norm
from core.synthesis.moments.stages import (
    CENTRE,
    CLASS_COUNTS,
    CLASS_SCORES,
    CLASS_SUMS,
    CROSS,
    SCALE,
)
from core.synthesis.recipe import Design
from core.synthesis.reference.panel import PanelReference, panel_reference
from core.synthesis.usefulness import Rule

#: The shares of class scores and cross are used with a public reference only, that of sites with
#: site centring only (``site_blocks``, the number of parties), that of class levels where classes
#: have levels of their own (``class_levels`` 1); the rest goes to class sums.
PARAMETERS: Final[tuple[tuple[str, Scalar], ...]] = (
    ("record_clip", 1.15),
    ("value_clip", 6.0),
    ("scale_clip", 9.0),
    ("scale_norm", 2.0),
    ("score_factors", 4),
    ("cross_factors", 4),
    ("factor_strength", 0.3),
    ("level_range", 16.0),
    ("spread_range", 5.0),
    ("share_class_counts", 0.05),
    ("share_centre", 0.16),
    ("share_scale", 0.04),
    ("share_class_scores", 0.20),
    ("share_cross", 0.05),
    ("share_levels", 0.02),
    ("estimators", 2),
    ("site_blocks", 0),
    ("share_sites", 0.10),
    ("class_levels", 1),
    ("level_window", 2.0),
    ("spread_window", 1.0),
    ("share_class_levels", 0.03),
)
#: What a plan means that was agreed before these parameters were there: it is read, measured and
#: fitted as it was then.
BEFORE: Final[tuple[tuple[str, Scalar], ...]] = (
    ("estimators", 1),
    ("site_blocks", 0),
    ("share_sites", 0.10),
    ("class_levels", 0),
    ("level_window", 2.0),
    ("spread_window", 1.0),
    ("share_class_levels", 0.03),
)
#: The estimators that came later: classes are shrunk together, and the part of the genes that do
#: not differ is estimated.
TOGETHER: Final = 2

#: Usefulness rules of this recipe, fitted to what it does (resources/benchmarks/usefulness.md);
#: the error is that on cohorts left out of the fit. All have the exponent of the one without a
#: reference: a reference never promises less, and fitted freely the exponents are off by more.
WITHOUT_REFERENCE: Final = Rule(j0=0.77, exponent=0.87, rmse=0.11)
WITH_REFERENCE: Final = Rule(j0=0.43, exponent=0.87, rmse=0.07)
WITH_LABELS: Final = Rule(j0=0.31, exponent=0.87, rmse=0.09)

#: How far apart two laboratories' gene means lie, in squared normalised units, beside the spread
#: of patients; and what a gene that the reference lacks may have at most.
_LABORATORY: Final = 0.2
_UNKNOWN: Final = 1.0
_CENTRE_SLACK: Final = 1.1
_SCORE_SLACK: Final = 1.25
#: Standard deviation of the finest noise family, and the fewest units that an entry of a record's
#: cross products should have on its grid.
_FINEST_SIGMA: Final = 10_257.0
_LEAST_UNITS: Final = 6.0

_RANGES: Final = (
    ("record_clip", 0.3, 3.0),
    ("value_clip", 1.0, 100.0),
    ("scale_clip", 2.0, 100.0),
    ("scale_norm", 0.5, 10.0),
    ("score_factors", 1, 60),
    ("cross_factors", 1, 60),
    ("factor_strength", 0.0, 1.0),
    ("level_range", 1.0, 100.0),
    ("spread_range", 0.5, 50.0),
    ("estimators", 1, 2),
    ("site_blocks", 0, 100),
    ("class_levels", 0, 1),
    ("level_window", 0.1, 100.0),
    ("spread_window", 0.1, 50.0),
)
#: Parameters that switch something on, and may be 0.
_SWITCHES: Final = ("site_blocks", "class_levels")
_WHOLE: Final = ("score_factors", "cross_factors", "estimators", *_SWITCHES)


def numbers_of(design: Design) -> dict[str, float]:
    """Return the parameters as numbers, all present and in range; those of ``BEFORE`` may lack.

    Raises:
        PlanError: PL201 if a parameter is missing, unknown or outside its range.
    """
    known = dict(PARAMETERS)
    given = {**dict(BEFORE), **dict(design.parameters)}
    if set(given) != set(known) or len(dict(design.parameters)) != len(design.parameters):
        _refuse("", "others than this recipe's")
    numbers: dict[str, float] = {}
    for name, value in given.items():
        least = 0 if name in _SWITCHES else math.ulp(0.0)
        if isinstance(value, bool | str) or not math.isfinite(value) or value < least:
            _refuse(name, "not a positive number")
        numbers[name] = float(value)
    for name, low, high in _RANGES:
        if not low <= numbers[name] <= high:
            _refuse(name, f"outside {low} to {high}")
    for name in _WHOLE:
        if numbers[name] != int(numbers[name]):
            _refuse(name, "not a whole number")
    unused = _unused(design, numbers)
    shares = [v for k, v in numbers.items() if k.startswith("share_") and k not in unused]
    if math.fsum(shares) >= 1:
        _refuse("shares", "nothing is left for the class sums")
    return numbers


def _unused(design: Design, numbers: Mapping[str, float]) -> set[str]:
    """Return the shares of stages that this design does not have."""
    unused = {"share_class_scores", "share_cross"} if design.reference is None else set()
    switches = {"site_blocks": "share_sites", "class_levels": "share_class_levels"}
    return unused | {share for switch, share in switches.items() if not numbers[switch]}


def _refuse(name: str, reason: str) -> None:
    raise PlanError("PL201", field=f"recipe_parameters.{name}".rstrip("."), reason=reason)


def requests(design: Design) -> tuple[StageRequest, ...]:
    """Return the six stages, in real units; up to two more with a public reference, and one with
    site centring. A plan of before has no levels by class, so five.

    Raises:
        PlanError: PL201 if a parameter is missing, unknown or outside its range.
    """
    number = numbers_of(design)
    reference = panel_reference(design.reference, design.n_genes)
    k, crossed = factors_of(design, reference)
    d, root = design.n_genes, math.sqrt(design.n_genes)
    shares = {k.removeprefix("share_"): v for k, v in number.items() if k.startswith("share_")}
    if not number["site_blocks"]:
        del shares["sites"]
    if not number["class_levels"]:
        del shares["class_levels"]
    if reference is None:
        del shares["class_scores"]
    if crossed == 0:
        del shares["cross"]
    record = number["record_clip"] * root
    levels = StageRequest(
        name=LEVELS,
        values=N_SUMS,
        share=shares["levels"],
        l2=L2,
        linf=LINF,
        touched=N_SUMS,
        counts=False,
    )
    first = (
        StageRequest(
            name=CLASS_COUNTS,
            values=design.n_classes,
            share=shares["class_counts"],
            l2=1.0,
            linf=1.0,
            touched=1,
            counts=True,
        ),
        levels,
        *_class_levels(design.n_classes, shares.get("class_levels", 0.0)),
        _sums(CENTRE, d, shares["centre"], centre_norm(reference, d), number["value_clip"]),
        _sums(SCALE, d, shares["scale"], number["scale_norm"] * root, number["scale_clip"] - 1.0),
        *_site_sums(int(number["site_blocks"]), d, shares.get("sites", 0.0), record),
        _sums(
            CLASS_SUMS,
            d,
            1.0 - math.fsum(shares.values()),
            record,
            number["value_clip"],
            blocks=design.n_classes,
        ),
    )
    if reference is None:
        return first
    scores = _sums(
        CLASS_SCORES,
        k,
        shares["class_scores"],
        score_norm(k),
        score_norm(k),
        blocks=design.n_classes,
    )
    if crossed == 0:
        return (*first, scores)
    return (
        *first,
        scores,
        _sums(
            CROSS,
            d * crossed,
            shares["cross"],
            record * score_norm(crossed),
            number["value_clip"] * score_norm(crossed),
        ),
    )


def _site_sums(blocks: int, n_genes: int, share: float, record: float) -> tuple[StageRequest, ...]:
    """Return the stage of site centring, or none."""
    if not blocks:
        return ()
    norm = site_norm(record, n_genes)
    return (_sums(SITES, n_genes + 1, share, norm, norm, blocks=blocks),)


def _class_levels(n_classes: int, share: float) -> tuple[StageRequest, ...]:
    """Return the stage of levels by class, or none."""
    if not share:
        return ()
    return (_sums(CLASS_LEVELS, N_CLASS_SUMS, share, CLASS_L2, CLASS_LINF, blocks=n_classes),)


def _sums(
    name: str, touched: int, share: float, l2: float, linf: float, *, blocks: int = 1
) -> StageRequest:
    return StageRequest(
        name=name,
        values=blocks * touched,
        share=share,
        l2=l2,
        linf=min(linf, l2),
        touched=touched,
        counts=False,
    )


def centre_norm(reference: PanelReference | None, n_genes: int) -> float:
    """Return the clip of a record minus what is expected of it.

    Without a reference a z-scored record has norm sqrt(genes) exactly. With one, what is left is
    the spread of patients and the difference between laboratories.
    """
    if reference is None:
        return math.sqrt(n_genes)
    left = np.where(reference.covered, reference.sd**2 + _LABORATORY, _UNKNOWN)
    return min(math.sqrt(n_genes), _CENTRE_SLACK * math.sqrt(math.fsum(left.tolist())))


def score_norm(n_factors: int) -> float:
    """Return the clip of the scores on ``n_factors`` factors, each of unit variance."""
    return _SCORE_SLACK * math.sqrt(n_factors)


def factors_of(design: Design, reference: PanelReference | None) -> tuple[int, int]:
    """Return on how many factors scores are summed, and how many cross with the genes.

    Both are 0 without a reference. With many genes and little budget the cross products of one
    record would be smaller than the grid of the noise: then there are fewer of them, or none.
    """
    if reference is None:
        return 0, 0
    number = numbers_of(design)
    most = len(reference.variances)
    mu = gaussian_mu(design.budget.epsilon, design.budget.delta)
    norm = _FINEST_SIGMA * mu * math.sqrt(number["share_cross"])
    fine = int((norm / _LEAST_UNITS) ** 2 / design.n_genes)
    return min(int(number["score_factors"]), most), min(int(number["cross_factors"]), most, fine)


def level_range(design: Design) -> LevelRange:
    """Return where the plan expects records' levels and spreads."""
    number = numbers_of(design)
    return LevelRange(level=number["level_range"], spread=number["spread_range"])


def level_window(design: Design) -> NDArray[np.float64]:
    """Return how far from the released means levels and spreads count, shape (2,), log2 units."""
    number = numbers_of(design)
    return np.array([number["level_window"], number["spread_window"]])


def predict(design: Design, n_min: int) -> Usefulness:
    """Return the expected usefulness; see ``Recipe.predict``."""
    reference = design.reference
    if reference is None:
        rule = WITHOUT_REFERENCE
    elif len(reference.classes) < design.n_classes:
        rule = WITH_REFERENCE
    else:
        rule = WITH_LABELS
    return rule.predict(design, n_min)
