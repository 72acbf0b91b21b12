"""The measures of a report: what they mean, how their numbers are written, how they read.

Readings come from fixed thresholds in this file; nothing here depends on mood or model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from app.presenters.wording.states import LightName
from core.model.quality import Measure

PER_CENT: Final = "per-cent"
OF_100: Final = "of-100"
NUMBER: Final = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWords:
    """One measure in words.

    Attributes:
        group: Resemblance, Biology, Usefulness or Privacy.
        title: Its name.
        means: What it means, short.
        unit: ``per-cent``, ``of-100`` or ``number``.
        reference: What the reference value is; `{value}` marks it.
    """

    group: str
    title: str
    means: str
    unit: str
    reference: str

    def written(self, value: float | None) -> str:
        """Return a value as it is read; a dash where there is none."""
        if value is None:
            return "–"
        if self.unit == PER_CENT:
            return f"{100 * value:.0f} %"
        return f"{100 * value:.0f}" if self.unit == OF_100 else f"{value:.2f}"

    def written_reference(self, value: float | None) -> str:
        """Return the reference with its words; empty where there is none."""
        return self.reference.format(value=self.written(value)) if value is not None else ""


_HELD_OUT: Final = "{value} in held-out real patients"
_MEASURES: Final[Mapping[str, tuple[str, str, str, str, str]]] = MappingProxyType(
    {
        "wasserstein": (
            "Resemblance",
            "Gene distributions differ by",
            "distance between the curves of a gene",
            NUMBER,
            _HELD_OUT,
        ),
        "kolmogorov-smirnov": (
            "Resemblance",
            "Largest gap between gene curves",
            "average over genes, 0 is none",
            NUMBER,
            _HELD_OUT,
        ),
        "discriminator-auroc": (
            "Resemblance",
            "Told apart from real patients",
            "by a trained model, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "correlation-error": (
            "Biology",
            "Gene pairs differ by",
            "average error of a correlation",
            NUMBER,
            _HELD_OUT,
        ),
        "correlation-error-strongest": (
            "Biology",
            "Strongest gene pairs differ by",
            "average error of the strongest 5 %",
            NUMBER,
            _HELD_OUT,
        ),
        "coexpression-recall": (
            "Biology",
            "Gene pairs that move together",
            "of the real ones, found again",
            PER_CENT,
            _HELD_OUT,
        ),
        "coexpression-precision": (
            "Biology",
            "Gene pairs that are real",
            "of those found in synthetic patients",
            PER_CENT,
            _HELD_OUT,
        ),
        "differential-tpr": (
            "Biology",
            "Disease genes found again",
            "of genes that differ between diagnoses",
            PER_CENT,
            _HELD_OUT,
        ),
        "differential-fpr": (
            "Biology",
            "False disease genes",
            "of genes that do not differ",
            PER_CENT,
            _HELD_OUT,
        ),
        "usefulness-ratio": (
            "Usefulness",
            "Diagnosis predicted right",
            "model trained on synthetic, tried on real",
            PER_CENT,
            "{value} trained on real",
        ),
        "membership-auroc": (
            "Privacy",
            "Guessing who took part",
            "from distances, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "near-copies": (
            "Privacy",
            "Suspiciously near to a real patient",
            "of the synthetic patients",
            PER_CENT,
            "{value} among new real patients",
        ),
    }
)
#: Rows of the overview, in order.
OVERVIEW: Final = (
    "wasserstein",
    "discriminator-auroc",
    "differential-tpr",
    "coexpression-recall",
    "usefulness-ratio",
    "membership-auroc",
    "near-copies",
)

_Reading = tuple[LightName, str]


def measure_words(key: str) -> MeasureWords:
    """Return the words of a measure; one of a later version gets its key."""
    plain = key.replace("-", " ").capitalize()
    found = _MEASURES.get(key, ("Resemblance", plain, "", NUMBER, _HELD_OUT))
    group, title, means, unit, reference = found
    return MeasureWords(
        group=say(group),
        title=say(title),
        means=say(means) if means else "",
        unit=unit,
        reference=say(reference),
    )


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
        "membership-auroc": _chance,
        "near-copies": _copies,
    }
)
