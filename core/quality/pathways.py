"""Do sets of genes behave alike? Sets from a GMT file, a score per patient and set. LocalView.

References:
    quality.md "Biology"; the GMT format of the Broad Institute; Lee et al. 2008 (combined
    z-score).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import CohortError
from core.model.comparison import PathwayRow
from core.quality.jackknife import reaches
from core.quality.resemblance import kolmogorov
from core.quality.tables import Table, Trio

#: A score of fewer genes is those genes; more sets than these change nothing.
LEAST_GENES: Final = 5
MOST_SETS: Final = 2_000
_LEAST_RECORDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneSet:
    """One line of a GMT file.

    Attributes:
        name: Of the set.
        genes: Names, without repetition.
    """

    name: str
    genes: tuple[str, ...]


def gene_sets(text: str, file: str) -> tuple[GeneSet, ...]:
    r"""Read GMT: per line a name, a description and genes, separated by tabs.

    >>> gene_sets("APOPTOSIS\tnote\tBAX\tBCL2\n", "a.gmt")[0].genes
    ('BAX', 'BCL2')

    Args:
        text: Of the file.
        file: Its name, for the error.

    Raises:
        CohortError: CH126 naming the first line that is none.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, *rest = (cell.strip() for cell in line.split("\t"))
        genes = tuple(dict.fromkeys(cell for cell in rest[1:] if cell))
        if not name or not genes:
            raise CohortError("CH126", file=file, line=str(number))
        found.append(GeneSet(name=name, genes=genes))
    if not found:
        raise CohortError("CH126", file=file, line="1")
    return tuple(found)


def set_scores(
    values: NDArray[np.float64], members: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Return each patient's score of each set: the sum of its genes over the root of their number.

    Args:
        values: Shape (n, n_genes), in SD units of the training patients.
        members: Places of each set's genes.

    Returns:
        Shape (n, n_sets).
    """
    weights = np.zeros((values.shape[1], len(members)))
    for k, places in enumerate(members):
        weights[places, k] = 1.0 / np.sqrt(len(places))
    scores: NDArray[np.float64] = values @ weights
    return scores


def pathway_rows(
    scaled: Trio, genes: tuple[str, ...], sets: Sequence[GeneSet]
) -> tuple[PathwayRow, ...]:
    """Compare the scores of every set with at least five genes of the panel, worst first.

    Args:
        scaled: Tables in SD units of the training patients.
        genes: Names of their genes.
        sets: Of which the first 2,000 are used.

    Returns:
        Nothing with too few real or synthetic patients.
    """
    usable = _usable(genes, sets)
    if min(len(scaled.train), len(scaled.synthetic)) < _LEAST_RECORDS or not usable:
        return ()
    members = [places for _, places in usable]
    train, holdout, synthetic = (
        set_scores(t.values, members) for t in (scaled.train, scaled.holdout, scaled.synthetic)
    )
    gaps = kolmogorov(train, synthetic)
    held = kolmogorov(train, holdout) if len(holdout) >= _LEAST_RECORDS else None
    rows = [
        PathwayRow(
            name=name,
            n_genes=len(places),
            kolmogorov_smirnov=float(gaps[k]),
            reference=float(held[k]) if held is not None else None,
        )
        for k, (name, places) in enumerate(usable)
    ]
    return tuple(sorted(rows, key=lambda row: -row.kolmogorov_smirnov))


def reach(scaled: Trio, genes: tuple[str, ...], sets: Sequence[GeneSet]) -> float | None:
    """Return how far the interval of the mean distance over sets reaches to either side.

    Args:
        scaled: As ``pathway_rows``.
        genes: Likewise.
        sets: Likewise.
    """
    members = [places for _, places in _usable(genes, sets)]
    if not members:
        return None
    train, synthetic = (
        Table(values=set_scores(t.values, members), labels=t.labels)
        for t in (scaled.train, scaled.synthetic)
    )
    return reaches(train, synthetic, _mean_distance).get("mean")


def _mean_distance(real: Table, other: Table) -> dict[str, float | None]:
    return {"mean": float(kolmogorov(real.values, other.values).mean())}


def _usable(
    genes: tuple[str, ...], sets: Sequence[GeneSet]
) -> list[tuple[str, NDArray[np.int64]]]:
    """Return name and places of each set that has enough of the genes."""
    place = {name: j for j, name in enumerate(genes)}
    usable = [
        (s.name, np.array([place[g] for g in s.genes if g in place], dtype=np.int64))
        for s in sets[:MOST_SETS]
    ]
    return [(name, places) for name, places in usable if len(places) >= LEAST_GENES]
