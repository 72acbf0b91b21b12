"""How the measures of a report read, and why one cannot be computed.

Readings come from fixed thresholds in this file; nothing here depends on mood or model. A measure
without a reference has no reading: nothing is good or bad by itself. Where a number depends on how
many patients are compared, the one for as many synthetic as held-out patients is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from app.presenters.wording.states import LightName
from core.model.difference import Difference
from core.model.measures import Direction, Measure, Reason

_Reading = tuple[LightName, str]
_Judge = Callable[[float, float], _Reading]


def reading(measure: Measure) -> _Reading:
    """Return the light and the words of a measure, from fixed thresholds."""
    if measure.value is None:
        return "idle", say("Too few patients to tell")
    judge = _READINGS.get(measure.key)
    if judge is None or measure.reference is None:
        return "idle", say("No reading")
    value = measure.value if measure.matched is None else measure.matched
    light, words = judge(value, measure.reference)
    if judge is _chance and measure.interval is not None and measure.interval.low <= 0.5:
        light, words = "ok", "No better than chance"
    return light, say(words)


def attack_reading(measure: Measure, odds: int) -> _Reading:
    """Return the light and the words of an attack, beside a coin and beside the promise.

    The area under the curve of any attack on one patient is at most e^epsilon / (1 + e^epsilon),
    the promised odds: the corner that differential privacy leaves lies at these odds.

    Args:
        measure: The attack's AUROC.
        odds: Promised at most, of 100.
    """
    if measure.value is not None:
        low = measure.value if measure.interval is None else measure.interval.low
        if low > odds / 100:
            return "fail", say("Above the promise")
    return reading(measure)


def reason_words(reason: Reason | None) -> str:
    """Return why a number cannot be computed; empty without a reason."""
    return say(_REASONS[reason]) if reason is not None else ""


def difference_words(found: Difference) -> _Reading:
    """Return the light and the words of a difference between two synthetic cohorts."""
    if found.value is None:
        return "idle", say("Not computable")
    if found.interval is None:
        return "idle", say("No interval to judge by")
    if found.nearer is None:
        return "idle", say("No clear difference")
    return ("ok", say("The second is better")) if found.nearer else ("warn", say("Worse"))


_REASONS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.FEW_PATIENTS: "Not computable: too few real patients at this hospital.",
        Reason.FEW_SYNTHETIC: "Not computable: too few synthetic patients.",
        Reason.SMALL_CLASSES: "Not computable: a diagnosis has fewer than 10 patients here.",
        Reason.NOTHING_TO_FIND: "Not computable: nothing of the kind is found in real patients.",
        Reason.NO_MEASUREMENTS: "Not made: the opened totals are not on this computer.",
        Reason.NO_PATHWAYS: "Not made: no file of gene sets was given.",
    }
)


def _within(slack: float) -> _Judge:
    """Judge a distance: close up to half more than the reference, or the reference and a slack."""

    def judge(value: float, reference: float) -> _Reading:
        limit = max(1.5 * reference, reference + slack)
        if value <= limit:
            return "ok", "Close"
        return "warn", "Differs" if value <= 2 * limit else "Far from real"

    return judge


def _told_apart(value: float, _reference: float) -> _Reading:
    off = abs(value - 0.5)
    if off <= 0.15:
        return "ok", "Hard to tell apart"
    return "warn", "Can be told apart" if off <= 0.35 else "Easily told apart"


def _found(value: float, reference: float) -> _Reading:
    if reference < 0.05:
        return "idle", "Too few patients to tell"
    share = value / reference
    if share >= 0.8:
        return "ok", "Close"
    return "warn", "Weaker than real" if share >= 0.5 else "Use with care"


def _false(value: float, reference: float) -> _Reading:
    if value <= reference + 0.05:
        return "ok", "Close"
    return "warn", "More false findings"


def _useful(value: float, reference: float) -> _Reading:
    share = value / reference if reference else value
    if share >= 0.9:
        return "ok", "Close"
    return "warn", "Weaker than real" if share >= 0.75 else "Use with care"


def _chance(value: float, _reference: float) -> _Reading:
    if value <= 0.55:
        return "ok", "No better than chance"
    return "warn", "Look closer"


def _copies(value: float, reference: float) -> _Reading:
    if value <= reference + 0.01:
        return "ok", "No more than by chance"
    return "warn", "Look closer"


def _apart(value: float, reference: float) -> _Reading:
    if value >= 0.9 * reference:
        return "ok", "No nearer than a new patient"
    return "warn", "Look closer"


_READINGS: Final[Mapping[str, _Judge]] = MappingProxyType(
    {
        "wasserstein": _within(0.1),
        "kolmogorov-smirnov": _within(0.1),
        "kullback-leibler": _within(0.2),
        "mmd-squared": _within(0.01),
        "correlation-error": _within(0.1),
        "correlation-error-strongest": _within(0.1),
        "pathway-kolmogorov-smirnov": _within(0.1),
        "precision": _found,
        "recall": _found,
        "density": _found,
        "coverage": _found,
        "discriminator-auroc": _told_apart,
        "coexpression-recall": _found,
        "coexpression-precision": _found,
        "coexpression-strong-recall": _found,
        "coexpression-strong-precision": _found,
        "differential-tpr": _found,
        "differential-precision": _found,
        "differential-raw-tpr": _found,
        "differential-raw-precision": _found,
        "differential-fpr": _false,
        "differential-raw-fpr": _false,
        "statistic-correlation": _found,
        "feature-overlap": _found,
        "usefulness-ratio": _useful,
        "rarest-class": _found,
        **{
            f"membership-{kind}": _chance
            for kind in ("distance", "monte-carlo", "density-ratio", "classifier", "likelihood")
        },
        "exact-copies": _copies,
        "near-copies": _copies,
        "nearest-distance": _apart,
    }
)


def direction_words(better: Direction) -> str:
    """Return which values are good, in one word."""
    return {
        Direction.HIGHER: say("higher"),
        Direction.LOWER: say("lower"),
        Direction.NEAR: say("nearer"),
    }[better]
