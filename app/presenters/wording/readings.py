"""How the measures of a report read.

Readings come from fixed thresholds in this file; nothing here depends on mood or model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from app.presenters.wording.states import LightName
from core.model.measures import Measure

_Reading = tuple[LightName, str]


def reading(measure: Measure) -> _Reading:
    """Return the light and the words of a measure, from fixed thresholds."""
    if measure.value is None:
        return "idle", say("Too few patients to tell")
    judge = _READINGS.get(measure.key)
    if judge is None:
        return "idle", say("No reading")
    light, words = judge(measure.value, measure.reference)
    return light, say(words)


def _near(value: float, reference: float | None) -> _Reading:
    limit = max(1.5 * reference, reference + 0.1) if reference is not None else 0.15
    if value <= limit:
        return "ok", "Close"
    return "warn", "Differs" if value <= 2 * limit else "Far from real"


def _told_apart(value: float, _reference: float | None) -> _Reading:
    off = abs(value - 0.5)
    if off <= 0.15:
        return "ok", "Hard to tell apart"
    return "warn", "Can be told apart" if off <= 0.35 else "Easily told apart"


def _found(value: float, reference: float | None) -> _Reading:
    if reference is not None and reference < 0.05:
        return "idle", "Too few patients to tell"
    share = value / reference if reference else value
    if share >= 0.8:
        return "ok", "Close"
    return "warn", "Weaker than real" if share >= 0.5 else "Use with care"


def _false(value: float, reference: float | None) -> _Reading:
    if value <= (reference or 0.0) + 0.05:
        return "ok", "Close"
    return "warn", "More false findings"


def _useful(value: float, _reference: float | None) -> _Reading:
    if value >= 0.9:
        return "ok", "Close"
    return "warn", "Weaker than real" if value >= 0.75 else "Use with care"


def _chance(value: float, _reference: float | None) -> _Reading:
    if value <= 0.55:
        return "ok", "No better than chance"
    return "warn", "Look closer"


def _copies(value: float, reference: float | None) -> _Reading:
    if value <= (reference or 0.0) + 0.01:
        return "ok", "No more than by chance"
    return "warn", "Look closer"


_READINGS: Final[Mapping[str, Callable[[float, float | None], _Reading]]] = MappingProxyType(
    {
        "wasserstein": _near,
        "kolmogorov-smirnov": _near,
        "correlation-error": _near,
        "correlation-error-strongest": _near,
        "discriminator-auroc": _told_apart,
        "coexpression-recall": _found,
        "coexpression-precision": _found,
        "differential-tpr": _found,
        "differential-fpr": _false,
        "usefulness-ratio": _useful,
        "membership-distance": _chance,
        "near-copies": _copies,
    }
)
