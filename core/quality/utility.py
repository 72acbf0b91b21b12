"""Train on synthetic, test on real (TSTR), beside train on real, test on real (TRTR). LocalView.

References:
    quality.md "Usefulness".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.model.quality import ClassScore, Depth, UtilityScore
from core.quality.tables import Table

LOGISTIC: Final = "logistic-regression"
FOREST: Final = "random-forest"
#: A class with fewer held-out patients has no score: it would be chance, and would point at
#: persons.
LEAST_TEST: Final = 10
_TREES: Final = {Depth.FULL: 200, Depth.QUICK: 100}
_SEED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """What one trained classifier says about the held-out patients.

    Attributes:
        labels: Shape (n_test,).
        proportions: Shape (n_test, n_classes); a class that was not in the training set has 0.
    """

    labels: NDArray[np.int64]
    proportions: NDArray[np.float64]


def predict(
    classifier: str, train: Table, test: Table, n_classes: int, depth: Depth
) -> Predictions | None:
    """Train a classifier and ask it about ``test``; None if it saw fewer than two classes.

    Logistic regression one-vs-rest (max_iter 1000) on genes scaled by the training set; random
    forest of 200 trees (100 for a quick report).
    """
    seen = np.unique(train.labels)
    if len(seen) < 2 or len(test) == 0:
        return None
    model = _logistic() if classifier == LOGISTIC else _forest(depth)
    model.fit(train.values, train.labels)
    proportions = np.zeros((len(test), n_classes))
    proportions[:, seen] = model.predict_proba(test.values)
    return Predictions(labels=proportions.argmax(axis=1), proportions=proportions)


def _logistic() -> Any:  # noqa: ANN401 (scikit-learn ships no types)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (heavy, reports only)
    from sklearn.multiclass import OneVsRestClassifier  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    each = OneVsRestClassifier(LogisticRegression(max_iter=1000), n_jobs=1)
    return make_pipeline(StandardScaler(), each)


def _forest(depth: Depth) -> Any:  # noqa: ANN401 (scikit-learn ships no types)
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 (heavy, reports only)

    return RandomForestClassifier(_TREES[depth], random_state=_SEED, n_jobs=1)


def f1_per_class(
    truth: NDArray[np.int64], said: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64]:
    """Return F1 = 2 hits / (patients of the class + patients said to be), 0 if both are none.

    >>> f1_per_class(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).round(3).tolist()
    [0.667, 0.667]
    """
    hits = np.bincount(truth[truth == said], minlength=n_classes)
    either = np.bincount(truth, minlength=n_classes) + np.bincount(said, minlength=n_classes)
    found: NDArray[np.float64] = np.divide(
        2.0 * hits, either, out=np.zeros(n_classes), where=either > 0
    )
    return found


def macro_f1(truth: NDArray[np.int64], said: NDArray[np.int64], n_classes: int) -> float:
    """Return the mean F1 over the classes that the held-out patients have."""
    present = np.unique(truth)
    return float(f1_per_class(truth, said, n_classes)[present].mean())


def macro_auroc(truth: NDArray[np.int64], proportions: NDArray[np.float64]) -> float | None:
    """Return the mean one-vs-rest AUROC over the classes present; None if only one is."""
    from scipy.stats import rankdata  # noqa: PLC0415 (heavy, reports only)

    each = []
    for c in np.unique(truth):
        mine = truth == c
        n_mine, n_rest = int(mine.sum()), int((~mine).sum())
        if n_rest:
            ranks = rankdata(proportions[:, c])[mine].sum()
            each.append((ranks - n_mine * (n_mine + 1) / 2) / (n_mine * n_rest))
    return float(np.mean(each)) if each else None


def utility(
    train: Table, holdout: Table, synthetic: Table, classes: tuple[str, ...], depth: Depth
) -> tuple[tuple[UtilityScore, ...], tuple[ClassScore, ...]]:
    """Return the scores of both classifiers, and of each class (logistic regression).

    Without at least 10 held-out patients of two classes every score is None: not computable.
    Chance is: accuracy, always the commonest class; macro-F1, guessing in proportion (1 / number
    of classes); AUROC, one half.
    """
    n_classes = len(classes)
    counts = np.bincount(holdout.labels, minlength=n_classes)
    enough = len(holdout) >= LEAST_TEST and int((counts > 0).sum()) > 1
    said: dict[tuple[str, str], Predictions | None] = {
        (kind, origin): predict(kind, table, holdout, n_classes, depth) if enough else None
        for kind in (LOGISTIC, FOREST)
        for origin, table in (("synthetic", synthetic), ("real", train))
    }
    chance = {
        "accuracy": float(counts.max() / max(1, counts.sum())),
        "macro-f1": 1.0 / max(1, int((counts > 0).sum())),
        "auroc": 0.5,
    }
    scores = tuple(
        UtilityScore(
            classifier=kind,
            score=score,
            synthetic=_score(score, said[kind, "synthetic"], holdout, n_classes),
            real=_score(score, said[kind, "real"], holdout, n_classes),
            chance=chance[score],
        )
        for kind in (LOGISTIC, FOREST)
        for score in chance
    )
    return scores, _class_scores(
        classes, counts, holdout, said[LOGISTIC, "synthetic"], said[LOGISTIC, "real"]
    )


def _score(score: str, said: Predictions | None, holdout: Table, n_classes: int) -> float | None:
    if said is None:
        return None
    match score:
        case "accuracy":
            return float((said.labels == holdout.labels).mean())
        case "macro-f1":
            return macro_f1(holdout.labels, said.labels, n_classes)
        case _:
            return macro_auroc(holdout.labels, said.proportions)


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
