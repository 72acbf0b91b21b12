"""Two classifiers trained on the synthetic table, asked about one record at a time.

scikit-learn trains them; asking is written here, because a batch of records must not go through
one matrix product: its last bits could depend on who else is in the batch (privacy.md section 1).
A prediction is a function of one record and of the released table.

Two hospitals may train slightly different classifiers from the same bytes, on another processor or
with another release of scikit-learn. The sum over hospitals is then still a valid evaluation of
the table, and nobody's protection rests on it: a patient falls into one cell of each table,
whatever is predicted.

References:
    quality.md "Usefulness".
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from core.evaluation.stages import CLASSIFIERS, FOREST
from core.model.release import SyntheticCohort
from core.randomness import SamplingSource

#: More synthetic records change a classifier little and its time much.
MOST_RECORDS: Final = 2_000
_TREES: Final = 200
_SEED: Final = 7
_LEAF: Final = -1


class Classifier(Protocol):
    """Something that names a class for one record."""

    def says(self, values: NDArray[np.float64]) -> int:
        """Return the predicted class of one record, shape (n_genes,), normalised scale."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linear:
    """One logistic regression against the rest for each class that the table has.

    Attributes:
        classes: Shape (k,), int64: the class of each row of ``weights``.
        mean: Shape (n_genes,): of the synthetic records.
        scale: Shape (n_genes,), positive: their standard deviation.
        weights: Shape (k, n_genes).
        offsets: Shape (k,).
    """

    classes: NDArray[np.int64]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def says(self, values: NDArray[np.float64]) -> int:
        """Return the class of the largest log odds."""
        odds = self.weights @ ((values - self.mean) / self.scale) + self.offsets
        return int(self.classes[int(odds.argmax())])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Forest:
    """All trees of a random forest as one table of nodes.

    Attributes:
        classes: Shape (k,), int64: the class of each column of ``proportions``.
        roots: Shape (n_trees,), int64: the first node of each tree.
        feature: Shape (n_nodes,), int64: which gene a node asks for.
        threshold: Shape (n_nodes,): at most this goes left.
        left: Shape (n_nodes,), int64; -1 at a leaf.
        right: Shape (n_nodes,), int64; -1 at a leaf.
        proportions: Shape (n_nodes, k): of the classes at a node.
    """

    classes: NDArray[np.int64]
    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    proportions: NDArray[np.float64]

    def says(self, values: NDArray[np.float64]) -> int:
        """Return the class with the largest mean proportion over the trees' leaves."""
        narrow = values.astype(np.float32)  # as the trees were grown
        node = self.roots.copy()
        inner = np.flatnonzero(self.left[node] != _LEAF)
        while len(inner):
            at = node[inner]
            goes_left = narrow[self.feature[at]] <= self.threshold[at]
            node[inner] = np.where(goes_left, self.left[at], self.right[at])
            inner = inner[self.left[node[inner]] != _LEAF]
        return int(self.classes[int(self.proportions[node].sum(axis=0).argmax())])


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Says one class: the table has no other."""

    label: int

    def says(self, _values: NDArray[np.float64]) -> int:
        """Return that class."""
        return self.label


def some_records(table: SyntheticCohort) -> NDArray[np.intp]:
    """Return the places of at most ``MOST_RECORDS`` records, the same ones at every hospital."""
    return SamplingSource(_SEED).generator.permutation(table.n_records)[:MOST_RECORDS]


def trained(table: SyntheticCohort) -> tuple[Classifier, ...]:
    """Train every classifier of the evaluation on the synthetic table.

    Reveals:
        Nothing beyond the table.
    """
    order = some_records(table)
    values, labels = table.values[order], table.class_index[order]
    seen = np.unique(labels)
    if len(seen) < 2:
        label = int(seen[0]) if len(seen) else 0
        return tuple(Always(label=label) for _ in CLASSIFIERS)
    return tuple(
        _forest(values, labels) if name == FOREST else _linear(values, labels, seen)
        for name in CLASSIFIERS
    )


def _linear(
    values: NDArray[np.float64], labels: NDArray[np.int64], seen: NDArray[np.int64]
) -> Linear:
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415 (heavy, evaluations only)
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    mean, spread = values.mean(axis=0), values.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    standard = (values - mean) / scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 1,000 steps are the definition
        fits: list[Any] = [
            LogisticRegression(max_iter=1000).fit(standard, labels == label) for label in seen
        ]
    return Linear(
        classes=seen,
        mean=mean,
        scale=scale,
        weights=np.concatenate([fit.coef_ for fit in fits]),
        offsets=np.concatenate([fit.intercept_ for fit in fits]),
    )


def _forest(values: NDArray[np.float64], labels: NDArray[np.int64]) -> Forest:
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415 (heavy, evaluations only)

    fit: Any = RandomForestClassifier(_TREES, random_state=_SEED, n_jobs=1).fit(values, labels)
    trees = [estimator.tree_ for estimator in fit.estimators_]
    starts = np.concatenate([[0], np.cumsum([tree.node_count for tree in trees])[:-1]])

    def child(name: str) -> NDArray[np.int64]:
        sides = [getattr(tree, name).astype(np.int64) for tree in trees]
        moved = [np.where(s == _LEAF, _LEAF, s + b) for s, b in zip(sides, starts, strict=True)]
        return np.concatenate(moved)

    counts = np.concatenate([tree.value[:, 0, :] for tree in trees])
    return Forest(
        classes=fit.classes_.astype(np.int64),
        roots=starts.astype(np.int64),
        feature=np.concatenate([tree.feature for tree in trees]).astype(np.int64),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        left=child("children_left"),
        right=child("children_right"),
        proportions=counts / counts.sum(axis=1, keepdims=True),
    )
