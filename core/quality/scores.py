"""Scores of a classifier, for the patients as they are and for repeated draws of them. LocalView.

``weights`` is always of shape (n_draws, n): how often each patient is in each draw
(``intervals.draws``); every score is of shape (n_draws,).

References:
    quality.md "Usefulness"; Davis & Goadrich 2006 (average precision).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def f1(
    weights: NDArray[np.float64], truth: NDArray[np.bool_], said: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return F1 = 2 hits / (patients of the class + patients said to be); 0 if both are none."""
    hits = weights @ (truth & said).astype(np.float64)
    either = weights @ (truth.astype(np.float64) + said.astype(np.float64))
    return np.divide(2.0 * hits, either, out=np.zeros_like(hits), where=either > 0)


def f1_means(
    weights: NDArray[np.float64], truth: NDArray[np.int64], said: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return macro-F1 and weighted F1 over the classes of the patients drawn.

    Returns:
        The mean over classes, and the mean weighted by the patients of each class.
    """
    classes = np.unique(truth)
    each = np.stack([f1(weights, truth == c, said == c) for c in classes])
    sizes = np.stack([weights @ (truth == c).astype(np.float64) for c in classes])
    macro = (each * (sizes > 0)).sum(axis=0) / (sizes > 0).sum(axis=0)
    return macro, (each * sizes).sum(axis=0) / sizes.sum(axis=0)


def accuracy(
    weights: NDArray[np.float64], truth: NDArray[np.int64], said: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the proportion of patients whose class is said."""
    found: NDArray[np.float64] = weights @ (truth == said).astype(np.float64) / weights.sum(axis=1)
    return found


def areas(
    weights: NDArray[np.float64], own: NDArray[np.bool_], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the areas under the ROC curve and under the precision-recall curve of one class.

    Ties count half for the first; the second is the average precision, ties as one threshold.

    Args:
        weights: Shape (n_draws, n).
        own: Which patients are of the class.
        scores: Higher for patients said to be.

    Returns:
        Not a number for a draw without patients of the class, or without others.
    """
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(scores[order]) != 0)))
    ordered = weights[:, order]
    mine = np.add.reduceat(ordered * own[order], starts, axis=1)
    rest = np.add.reduceat(ordered * ~own[order], starts, axis=1)
    found, false = mine.cumsum(axis=1), rest.cumsum(axis=1)
    n_mine, n_rest = found[:, -1], false[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        beaten = n_rest[:, None] - false + rest / 2
        roc = (mine * beaten).sum(axis=1) / (n_mine * n_rest)
        # A threshold that nobody of this draw has counts nothing.
        exact = np.divide(found, found + false, out=np.zeros_like(found), where=found > 0)
        pr = (mine * exact).sum(axis=1) / n_mine
    return roc, np.where(n_rest > 0, pr, np.nan)


def area_means(
    weights: NDArray[np.float64], truth: NDArray[np.int64], proportions: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean one-vs-rest AUROC and AUPR over the classes of the patients drawn.

    Args:
        weights: Shape (n_draws, n).
        truth: Shape (n,).
        proportions: Shape (n, n_classes).
    """
    each = [areas(weights, truth == c, proportions[:, c]) for c in np.unique(truth)]
    roc, pr = (np.stack([pair[k] for pair in each]) for k in (0, 1))
    return _mean_of_finite(roc), _mean_of_finite(pr)


def _mean_of_finite(each: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = np.isfinite(each)
    n = finite.sum(axis=0)
    summed = np.where(finite, each, 0.0).sum(axis=0)
    means: NDArray[np.float64] = np.divide(
        summed, n, out=np.full(each.shape[1], np.nan), where=n > 0
    )
    return means
