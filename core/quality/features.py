"""On which genes do models recognise the classes? LocalView.

References:
    quality.md "Usefulness", feature overlap.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.comparison import TopGenes
from core.quality.utility import Classifier

N_TOP: Final = 10


def top_of(classifier: Classifier) -> NDArray[np.int64]:
    """Return the ten genes with the largest absolute coefficients of each class.

    Returns:
        Shape (n_classes seen, at most 10), largest first, ties in the panel's order.
    """
    size = np.abs(classifier.coefficients()[classifier.seen])
    found: NDArray[np.int64] = np.argsort(-size, axis=1, kind="stable")[:, :N_TOP]
    return found


def feature_overlap(real: Classifier, other: Classifier) -> float:
    """Return which share of the real model's top genes is among the other's.

    #(A and B) / #A, A and B being the unions over classes of the top 10 of either model.
    """
    truth, found = set(top_of(real).reshape(-1)), set(top_of(other).reshape(-1))
    return len(truth & found) / len(truth)


def top_genes(
    real: Classifier, other: Classifier, genes: tuple[str, ...], classes: tuple[str, ...]
) -> tuple[TopGenes, ...]:
    """Return the top genes of each class that both models have seen."""
    rows = {
        name: dict(zip(model.seen.tolist(), top_of(model).tolist(), strict=True))
        for name, model in (("real", real), ("other", other))
    }
    return tuple(
        TopGenes(
            label=label,
            real=tuple(genes[j] for j in rows["real"][c]),
            synthetic=tuple(genes[j] for j in rows["other"][c]),
        )
        for c, label in enumerate(classes)
        if c in rows["real"] and c in rows["other"]
    )
