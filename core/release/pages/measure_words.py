"""The measures of a report in words, for pages; the application has its own, to be translated."""

from __future__ import annotations

from typing import Final

from core.model.comparison import RemarkKey
from core.model.measures import Direction, Group, Measure, Reason, Yardstick

GROUPS: Final = {
    Group.USEFULNESS: "Usefulness",
    Group.RESEMBLANCE: "Resemblance",
    Group.BIOLOGY: "Biology",
    Group.ATTACKS: "Attack tests",
}
_TITLES: Final = {
    "usefulness-ratio": "Usefulness: trained on synthetic over trained on real",
    "wasserstein": "Distance of gene distributions (Wasserstein)",
    "kolmogorov-smirnov": "Largest gap of gene distributions (Kolmogorov-Smirnov)",
    "kullback-leibler": "Information lost per gene (Kullback-Leibler, nats)",
    "mmd-squared": "Distance of all genes at once (squared MMD)",
    "precision": "Synthetic patients that lie where real ones lie",
    "recall": "Real patients that lie where synthetic ones lie",
    "density": "Density of synthetic patients near real ones",
    "coverage": "Real patients with a synthetic neighbour",
    "exact-copies": "Exact copies of real patients",
    "nearest-distance": "Distance to the nearest real patient",
    "feature-overlap": "Genes that classifiers rely on, found again",
    "correlation-error": "Error of gene-gene correlations",
    "correlation-error-strongest": "Error of the strongest correlations",
    "statistic-correlation": "Agreement of test statistics",
    "differential-precision": "Gene differences that are right",
    "differential-raw-precision": "The same, tested naively on records",
    "differential-raw-tpr": "Found again, tested naively",
    "differential-raw-fpr": "Found falsely, tested naively",
    "coexpression-strong-recall": "Strong co-expression found again",
    "coexpression-strong-precision": "Strong co-expression that is right",
    "pathway-kolmogorov-smirnov": "Largest gap of pathway scores",
    "discriminator-f1": "Real told from synthetic: F1",
    "discriminator-auroc": "Real told from synthetic: AUROC",
    "differential-tpr": "Gene differences that are found again",
    "differential-fpr": "Gene differences that are found falsely",
    "coexpression-recall": "Co-expressed pairs that are found again",
    "coexpression-precision": "Co-expressed pairs that are right",
    "near-copies": "Synthetic patients nearer to a real one than new patients are",
    "membership-distance": "Who took part, by distance: AUROC",
    "membership-monte-carlo": "Who took part, by counting neighbours: AUROC",
    "membership-density-ratio": "Who took part, by density: AUROC",
    "membership-classifier": "Who took part, by a classifier: AUROC",
    "membership-likelihood": "Who took part, by likelihood: AUROC",
}
_BETTER: Final = {
    Direction.HIGHER: "higher",
    Direction.LOWER: "lower",
    Direction.NEAR: "nearer",
}
_YARDSTICKS: Final = {
    Yardstick.HELD_OUT: "held-out real patients",
    Yardstick.TRAINED_ON_REAL: "trained on real",
    Yardstick.CHANCE: "guessing",
}
_REASONS: Final = {
    Reason.FEW_PATIENTS: "too few patients",
    Reason.FEW_SYNTHETIC: "too few synthetic patients",
    Reason.SMALL_CLASSES: "too few patients in a diagnosis",
    Reason.NOTHING_TO_FIND: "nothing to find in the real patients",
    Reason.NO_MEASUREMENTS: "needs what was opened",
    Reason.NO_PATHWAYS: "no gene sets were given",
}
_REMARKS: Final = {
    RemarkKey.SMALL_CLASSES: "diagnoses with too few patients to be judged",
    RemarkKey.CONSTANT_GENES: "genes do not vary in the real patients and were left out",
    RemarkKey.CONSTANT_SYNTHETIC_GENES: "genes do not vary in the synthetic patients",
    RemarkKey.SOME_PATIENTS: "patients were drawn for the measures that need much time",
    RemarkKey.SOME_GENES: "genes were chosen for the measures that need much time",
    RemarkKey.MISSING_GENES: "genes of the real file are not in the synthetic one",
    RemarkKey.EXTRA_COLUMNS: "columns of the synthetic file are not in the real one",
    RemarkKey.MISSING_CLASSES: "diagnoses of the real file are not in the synthetic one",
    RemarkKey.ALIGNED_SCALE: "synthetic patients were normalised as the real ones",
}


def title_of(key: str) -> str:
    """Return the title of a measure; one of a later version gets its key.

    >>> title_of("some-new-one"), title_of("random-forest-macro-f1")
    ('Some new one', 'Random forest: macro-F1')
    """
    for name in ("logistic-regression", "random-forest"):
        if key.startswith(name + "-"):
            score = key.removeprefix(name + "-")
            known = {"auroc": "AUROC", "aupr": "AUPR", "accuracy": "accuracy"}
            words = known.get(score, score.replace("-f1", "-F1"))
            return f"{name.replace('-', ' ').capitalize()}: {words}"
    return _TITLES.get(key, key.replace("-", " ").capitalize())


def row_of(measure: Measure) -> tuple[str, str, str, str, str, str]:
    """Return title, what the reference is, what is better, value, interval and reference.

    The value for as many synthetic patients as there are held-out ones stands in parentheses.
    """
    reason = _REASONS[measure.reason] if measure.reason is not None else "not computable"
    interval = measure.interval
    return (
        title_of(measure.key),
        _yardstick(measure),
        _BETTER[measure.better],
        _value(measure) or reason,
        f"{number(interval.low)} to {number(interval.high)}" if interval is not None else "–",
        number(measure.reference) if measure.reference is not None else "–",
    )


def _value(measure: Measure) -> str:
    """Return the value, and in parentheses the one for as many patients as are held out."""
    if measure.value is None:
        return ""
    value, like = number(measure.value), measure.matched
    return value if like is None or number(like) == value else f"{value} ({number(like)})"


def _yardstick(measure: Measure) -> str:
    return _YARDSTICKS[measure.yardstick] if measure.reference is not None else "–"


def number(value: float) -> str:
    """Return a number to three places, or in powers where that would be nothing.

    >>> number(0.5), number(0.00012), number(0.0)
    ('0.500', '1.2e-04', '0.000')
    """
    return f"{value:.1e}" if 0 < abs(value) < 5e-4 else f"{value:.3f}"


def remark_words(key: RemarkKey, count: int, names: tuple[str, ...]) -> str:
    """Return one remark as a sentence."""
    listed = f": {', '.join(names)}" if names else ""
    return f"{count:,} {_REMARKS[key]}{listed}."
