"""Train on synthetic, test on real (TSTR), beside train on real, test on real (TRTR). LocalView.

References:
    quality.md "Usefulness"; Esteban, Hyland & Raetsch 2017 (TSTR).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.model.measures import Interval, Reason
from core.model.quality import ClassScore, Depth, UtilityScore
from core.quality import scores
from core.quality.intervals import draws, percentile, wilson
from core.quality.tables import Table, Trio

LOGISTIC: Final = "logistic-regression"
FOREST: Final = "random-forest"
SCORES: Final = ("accuracy", "macro-f1", "weighted-f1", "auroc", "aupr")
#: A class with fewer held-out patients has no score: it would be chance, and would point at
#: persons.
LEAST_TEST: Final = 10
_TREES: Final = {Depth.FULL: 200, Depth.QUICK: 100}
#: A forest grows its trees on so many cores; the same trees on any number of them.
_CORES: Final = 2
_SEED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """What one trained classifier says about some patients.

    Attributes:
        labels: Shape (n,).
        proportions: Shape (n, n_classes); a class that was not in the training set has 0.
    """

    labels: NDArray[np.int64]
    proportions: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classifier:
    """A trained classifier.

    Attributes:
        model: Of scikit-learn, which ships no types.
        seen: The classes of its training set, increasing.
        n_classes: Of the plan.
    """

    model: Any
    seen: NDArray[np.int64]
    n_classes: int

    def ask(self, values: NDArray[np.float64]) -> Predictions:
        """Return what it says about patients, shape (n, n_genes)."""
        proportions = np.zeros((len(values), self.n_classes))
        proportions[:, self.seen] = self.model.predict_proba(values)
        return Predictions(labels=proportions.argmax(axis=1), proportions=proportions)

    def coefficients(self) -> NDArray[np.float64]:
        """Return a logistic regression's coefficients, shape (n_classes, n_genes), SD units.

        0 for a class it has not seen. Of two classes one is the other's opposite.
        """
        each = self.model[-1].estimators_
        found = np.zeros((self.n_classes, each[0].coef_.shape[1]))
        if len(self.seen) == 2:
            found[self.seen] = np.concatenate((-each[0].coef_, each[0].coef_))
        else:
            found[self.seen] = np.concatenate([one.coef_ for one in each])
        return found


def trained(classifier: str, train: Table, n_classes: int, depth: Depth) -> Classifier | None:
    """Train a classifier; None if there are fewer than two classes.

    Logistic regression one-vs-rest (max_iter 1000) on genes scaled by the training set; random
    forest of 200 trees (100 for a quick report).
    """
    seen = np.unique(train.labels)
    if len(seen) < 2:
        return None
    model = _logistic() if classifier == LOGISTIC else _forest(depth)
    model.fit(train.values, train.labels)
    return Classifier(model=model, seen=seen, n_classes=n_classes)


def predict(
    classifier: str, train: Table, test: Table, n_classes: int, depth: Depth
) -> Predictions | None:
    """Train a classifier and ask it about ``test``; None if it saw fewer than two classes."""
    if len(test) == 0:
        return None
    found = trained(classifier, train, n_classes, depth)
    return found.ask(test.values) if found else None


def _logistic() -> Any:  # noqa: ANN401 (scikit-learn ships no types)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (heavy, reports only)
    from sklearn.multiclass import OneVsRestClassifier  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    each = OneVsRestClassifier(LogisticRegression(max_iter=1000), n_jobs=1)
    return make_pipeline(StandardScaler(), each)


def _forest(depth: Depth) -> Any:  # noqa: ANN401 (scikit-learn ships no types)
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 (heavy, reports only)

    return RandomForestClassifier(_TREES[depth], random_state=_SEED, n_jobs=_CORES)


def f1_per_class(
    truth: NDArray[np.int64], said: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64]:
    """Return F1 of each class, 0 where nobody is of it or said to be, shape (n_classes,).

    >>> f1_per_class(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).round(3).tolist()
    [0.667, 0.667]
    """
    once = np.ones((1, len(truth)))
    return np.concatenate([scores.f1(once, truth == c, said == c) for c in range(n_classes)])


def macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64], n_classes: int) -> float:
    """Return the mean F1 over the classes that the held-out patients have."""
    present = np.unique(truth)
    return float(f1_per_class(truth, said, n_classes)[present].mean())


def macro_auroc(truth: NDArray[np.int64], proportions: NDArray[np.float64]) -> float | None:
    """Return the mean one-vs-rest AUROC over the classes present; None if only one is."""
    found = float(scores.area_means(np.ones((1, len(truth))), truth, proportions)[0][0])
    return found if np.isfinite(found) else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Usefulness:
    """What was trained, and how well it does on the held-out patients.

    Attributes:
        scores: Of both classifiers.
        class_scores: Of each class, logistic regression.
        ratio: Macro-F1 of both classifiers, synthetic over real; None if there is none.
        ratio_interval: Of it.
        reason: Why there is no ratio; None where there is one.
        on_synthetic: Logistic regression trained on synthetic patients; None without two classes.
        on_real: Trained on real training patients.
    """

    scores: tuple[UtilityScore, ...]
    class_scores: tuple[ClassScore, ...]
    ratio: float | None
    ratio_interval: Interval | None
    reason: Reason | None
    on_synthetic: Classifier | None
    on_real: Classifier | None


#: Scores of one classifier on the patients and on each draw: score -> shape (n_draws,).
_Drawn = Mapping[str, NDArray[np.float64]]


def utility(
    trio: Trio, classes: tuple[str, ...], depth: Depth, pause: Callable[[], None]
) -> Usefulness:
    """Return the scores of both classifiers, and of each class (logistic regression).

    Without at least 10 held-out patients of two classes every score is None: not computable.
    Chance is: accuracy, always the commonest class; macro-F1, guessing in proportion (1 / number
    of classes); weighted F1 and AUPR, guessing in proportion; AUROC, one half.

    Args:
        trio: Tables with all genes.
        classes: Of the plan.
        depth: ``quick`` has smaller forests.
        pause: Called between trainings; raises if the report is to stop.
    """
    train, holdout, synthetic = trio.train, trio.holdout, trio.synthetic
    n_classes = len(classes)
    counts = np.bincount(holdout.labels, minlength=n_classes)
    models = {}
    for kind in (LOGISTIC, FOREST):
        for origin, table in (("synthetic", synthetic), ("real", train)):
            pause()
            models[kind, origin] = trained(kind, table, n_classes, depth)
    reason = _reason(counts, models[LOGISTIC, "synthetic"])
    testable = reason not in {Reason.FEW_PATIENTS, Reason.SMALL_CLASSES}
    said = {
        key: model.ask(holdout.values) if testable and model else None
        for key, model in models.items()
    }
    drawn = {key: _drawn(holdout.labels, found) for key, found in said.items()}
    ratio = _ratio(drawn)
    return Usefulness(
        scores=_scores(drawn, _chances(counts), reason, len(holdout)),
        class_scores=_class_scores(
            classes, counts, holdout, said[LOGISTIC, "synthetic"], said[LOGISTIC, "real"]
        ),
        ratio=float(ratio[0]) if ratio is not None else None,
        ratio_interval=percentile(ratio) if ratio is not None else None,
        reason=(reason or Reason.FEW_PATIENTS) if ratio is None else None,
        on_synthetic=models[LOGISTIC, "synthetic"],
        on_real=models[LOGISTIC, "real"],
    )


def _reason(counts: NDArray[np.int64], on_synthetic: Classifier | None) -> Reason | None:
    if counts.sum() < LEAST_TEST:
        return Reason.FEW_PATIENTS
    if (counts > 0).sum() < 2:
        return Reason.SMALL_CLASSES
    return Reason.FEW_SYNTHETIC if on_synthetic is None else None


def _drawn(truth: NDArray[np.int64], said: Predictions | None) -> _Drawn | None:
    """Return every score, for the patients as they are and for 500 draws of them."""
    if said is None:
        return None
    weights = draws(len(truth))
    macro, weighted = scores.f1_means(weights, truth, said.labels)
    auroc, aupr = scores.area_means(weights, truth, said.proportions)
    return {
        "accuracy": scores.accuracy(weights, truth, said.labels),
        "macro-f1": macro,
        "weighted-f1": weighted,
        "auroc": auroc,
        "aupr": aupr,
    }


def _chances(counts: NDArray[np.int64]) -> Mapping[str, float]:
    shares = counts / max(1, int(counts.sum()))
    n_present = max(1, int((counts > 0).sum()))
    return {
        "accuracy": float(shares.max()),
        "macro-f1": 1.0 / n_present,
        "weighted-f1": float((shares**2).sum()),
        "auroc": 0.5,
        "aupr": 1.0 / n_present,
    }


def _scores(
    drawn: Mapping[tuple[str, str], _Drawn | None],
    chances: Mapping[str, float],
    reason: Reason | None,
    n_test: int,
) -> tuple[UtilityScore, ...]:
    found = []
    for kind in (LOGISTIC, FOREST):
        ours, theirs = drawn[kind, "synthetic"], drawn[kind, "real"]
        for score in SCORES:
            a = ours[score] if ours else None
            b = theirs[score] if theirs else None
            found.append(
                UtilityScore(
                    classifier=kind,
                    score=score,
                    synthetic=float(a[0]) if a is not None else None,
                    real=float(b[0]) if b is not None else None,
                    chance=chances[score],
                    interval=_interval(score, a, n_test) if a is not None else None,
                    real_interval=_interval(score, b, n_test) if b is not None else None,
                    ratio_interval=_over(a, b) if a is not None and b is not None else None,
                    reason=reason if a is None else None,
                )
            )
    return tuple(found)


def _interval(score: str, drawn: NDArray[np.float64], n_test: int) -> Interval | None:
    """Return Wilson's interval of an accuracy, which is a proportion; of others, by draws."""
    return wilson(float(drawn[0]), n_test) if score == "accuracy" else percentile(drawn)


def _over(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Interval | None:
    """Return the interval of a ratio, both from the same draws."""
    ratio = np.divide(ours, theirs, out=np.full_like(ours, np.nan), where=theirs > 0)
    return percentile(ratio)


def _ratio(drawn: Mapping[tuple[str, str], _Drawn | None]) -> NDArray[np.float64] | None:
    """Return macro-F1 of both classifiers, synthetic over real, for each draw; None without."""
    pairs = [(drawn[kind, "synthetic"], drawn[kind, "real"]) for kind in (LOGISTIC, FOREST)]
    ours = [a["macro-f1"] for a, b in pairs if a is not None and b is not None]
    theirs = [b["macro-f1"] for a, b in pairs if a is not None and b is not None]
    if not ours or sum(b[0] for b in theirs) <= 0:
        return None
    a, b = np.sum(ours, axis=0), np.sum(theirs, axis=0)
    ratio: NDArray[np.float64] = np.divide(a, b, out=np.full_like(a, np.nan), where=b > 0)
    return ratio


def _class_scores(
    classes: tuple[str, ...],
    counts: NDArray[np.int64],
    holdout: Table,
    synthetic: Predictions | None,
    real: Predictions | None,
) -> tuple[ClassScore, ...]:
    def of(said: Predictions | None, c: int) -> float | None:
        if said is None or counts[c] < LEAST_TEST:
            return None
        return float(f1_per_class(holdout.labels, said.labels, len(classes))[c])

    return tuple(
        ClassScore(label=name, n_test=int(counts[c]), synthetic=of(synthetic, c), real=of(real, c))
        for c, name in enumerate(classes)
    )
