"""The measures of a report: what they mean and how their numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.presenters.wording.language import say
from core.model.measures import Interval

PER_CENT: Final = "per-cent"
OF_100: Final = "of-100"
NUMBER: Final = "number"
FINE: Final = "fine"
CLASSIFIERS: Final = {
    "logistic-regression": "Logistic regression",
    "random-forest": "Random forest",
}
SCORES: Final = {
    "accuracy": "Accuracy",
    "macro-f1": "Macro-F1",
    "weighted-f1": "Weighted F1",
    "auroc": "AUROC",
    "aupr": "AUPR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWords:
    """One measure in words.

    Attributes:
        group: Resemblance, Biology, Usefulness or Privacy.
        title: Its name.
        means: What it means, short.
        unit: ``per-cent``, ``of-100``, ``number`` or ``fine`` (four decimals).
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
        if self.unit == FINE:
            return f"{value:.4f}"
        return f"{100 * value:.0f}" if self.unit == OF_100 else f"{value:.2f}"

    def written_interval(self, interval: Interval | None) -> str:
        """Return both ends of an interval; empty where there is none."""
        if interval is None:
            return ""
        low, high = self.written(interval.low), self.written(interval.high)
        return say("{low} to {high}", low=low.removesuffix(" %"), high=high)

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
        "kullback-leibler": (
            "Resemblance",
            "Information lost per gene",
            "divergence of the gene curves, in nats",
            NUMBER,
            _HELD_OUT,
        ),
        "mmd-squared": (
            "Resemblance",
            "Distance of all genes at once",
            "squared mean discrepancy, 0 is none",
            FINE,
            _HELD_OUT,
        ),
        "precision": (
            "Resemblance",
            "Lie where real patients lie",
            "of the synthetic patients",
            PER_CENT,
            _HELD_OUT,
        ),
        "recall": (
            "Resemblance",
            "Real patients that are imitated",
            "lie where synthetic patients lie",
            PER_CENT,
            _HELD_OUT,
        ),
        "density": (
            "Resemblance",
            "Density near real patients",
            "synthetic neighbours per real one, 1 is alike",
            NUMBER,
            _HELD_OUT,
        ),
        "coverage": (
            "Resemblance",
            "Real patients with a synthetic neighbour",
            "among their five nearest",
            PER_CENT,
            _HELD_OUT,
        ),
        "discriminator-f1": (
            "Resemblance",
            "Real patients recognised",
            "F1 of a trained model, of 100",
            OF_100,
            "{value} is guessing",
        ),
        "discriminator-auroc": (
            "Resemblance",
            "Told apart from real patients",
            "by a trained model, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "correlation-error": (
            "Resemblance",
            "Gene pairs differ by",
            "average error of a correlation",
            NUMBER,
            _HELD_OUT,
        ),
        "correlation-error-strongest": (
            "Resemblance",
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
        "coexpression-strong-recall": (
            "Biology",
            "Strong gene pairs",
            "correlated above 0.5, found again",
            PER_CENT,
            _HELD_OUT,
        ),
        "coexpression-strong-precision": (
            "Biology",
            "Strong gene pairs that are real",
            "of those found in synthetic patients",
            PER_CENT,
            _HELD_OUT,
        ),
        "differential-precision": (
            "Biology",
            "Disease genes that are real",
            "of those found in synthetic patients",
            PER_CENT,
            _HELD_OUT,
        ),
        "differential-raw-tpr": (
            "Biology",
            "Disease genes found again, p < 0.05",
            "without correction for many tests",
            PER_CENT,
            _HELD_OUT,
        ),
        "differential-raw-fpr": (
            "Biology",
            "False disease genes, p < 0.05",
            "without correction for many tests",
            PER_CENT,
            _HELD_OUT,
        ),
        "differential-raw-precision": (
            "Biology",
            "Disease genes that are real, p < 0.05",
            "without correction for many tests",
            PER_CENT,
            _HELD_OUT,
        ),
        "statistic-correlation": (
            "Biology",
            "Differences agree in size",
            "correlation of t statistics, 1 is alike",
            NUMBER,
            _HELD_OUT,
        ),
        "pathway-kolmogorov-smirnov": (
            "Biology",
            "Gene sets differ by",
            "largest gap of their scores, average over sets",
            NUMBER,
            _HELD_OUT,
        ),
        "feature-overlap": (
            "Usefulness",
            "Same telling genes",
            "top 10 per diagnosis, share in common",
            PER_CENT,
            "{value} between halves of the real patients",
        ),
        "rarest-class": (
            "Usefulness",
            "Rarest diagnosis recognised",
            "F1, of 100",
            OF_100,
            "{value} trained on real",
        ),
        "usefulness-ratio": (
            "Usefulness",
            "Diagnosis predicted right",
            "model trained on synthetic, tried on real",
            PER_CENT,
            "{value} trained on real",
        ),
        "membership-distance": (
            "Privacy",
            "Guessing who took part",
            "from distances, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "membership-monte-carlo": (
            "Privacy",
            "Guessing from synthetic patients nearby",
            "of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "membership-density-ratio": (
            "Privacy",
            "Guessing from densities",
            "synthetic against real, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "membership-classifier": (
            "Privacy",
            "Guessing from a model's confidence",
            "trained on synthetic patients, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "membership-likelihood": (
            "Privacy",
            "Guessing from what was opened",
            "the noisy totals themselves, of 100",
            OF_100,
            "{value} is a coin toss",
        ),
        "exact-copies": (
            "Privacy",
            "The same as a real patient",
            "of the synthetic patients",
            PER_CENT,
            "{value} among new real patients",
        ),
        "nearest-distance": (
            "Privacy",
            "Distance to the nearest patient",
            "of a typical synthetic patient, 1 is a new patient's",
            NUMBER,
            _HELD_OUT,
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
    "membership-distance",
    "near-copies",
)


def measure_words(key: str) -> MeasureWords:
    """Return the words of a measure; one of a later version gets its key."""
    plain = key.replace("-", " ").capitalize()
    unknown = ("Resemblance", plain, "", NUMBER, _HELD_OUT)
    found = _MEASURES.get(key) or _scored(key) or unknown
    group, title, means, unit, reference = found
    return MeasureWords(
        group=say(group),
        title=say(title),
        means=say(means) if means else "",
        unit=unit,
        reference=say(reference),
    )


def _scored(key: str) -> tuple[str, str, str, str, str] | None:
    """Return the words of a classifier's score; None for another measure."""
    for classifier, name in CLASSIFIERS.items():
        score = SCORES.get(key.removeprefix(f"{classifier}-"))
        if score is not None:
            means = "trained on synthetic, tried on real, of 100"
            return "Usefulness", f"{name}, {score}", means, OF_100, "{value} trained on real"
    return None
