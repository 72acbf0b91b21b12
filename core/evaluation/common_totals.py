"""All tables of an evaluation are about the same patients: so are their noisy totals, made alike.

Every by-class table has the same true number of patients of each class, every table the same true
number of patients. The noisy tables are moved to common totals by the orthogonal projection onto
the vectors that have them: linear, so still unbiased, and the totals lose most of their noise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.evaluation.stages import Shape

Array = NDArray[np.float64]


def parted(values: Array, planned: Sequence[Shape]) -> tuple[Array, ...]:
    """Cut vectors into their tables.

    Args:
        values: Shape (..., cells of all tables).
        planned: The tables in their order.

    Returns:
        One array for each table, shape (..., rows, columns).
    """
    ends = np.cumsum([shape.cells for shape in planned])[:-1]
    before = values.shape[:-1]
    return tuple(
        part.reshape(*before, shape.rows, shape.columns)
        for part, shape in zip(np.split(values, ends, axis=-1), planned, strict=True)
    )


def agreed(tables: Sequence[Array]) -> tuple[Array, ...]:
    """Move tables to their common totals; linear, orthogonal.

    First the by-class tables to common row sums: the mean of theirs, each weighted by one over its
    number of columns (the inverse of the variance of its row sum). Then the tables of one row and
    the others to a common total, weighted likewise.

    Args:
        tables: Shape (..., rows, columns) each; the first is by class, and so are all that have as
            many rows; those of one row are not.
    """
    n_classes = tables[0].shape[-2]
    by_class = [table for table in tables if table.shape[-2] == n_classes]
    undivided = [table for table in tables if table.shape[-2] != n_classes]
    precision = sum(1 / table.shape[-1] for table in by_class)
    rows = _weighted(
        [table.sum(axis=-1) for table in by_class],
        [1 / table.shape[-1] / precision for table in by_class],
    )
    sure = precision / n_classes  # of the sum of all rows
    sures = [sure, *(1 / table.shape[-1] for table in undivided)]
    whole = _weighted(
        [rows.sum(axis=-1), *(table.sum(axis=(-2, -1)) for table in undivided)],
        [one / sum(sures) for one in sures],
    )
    rows = rows + ((whole - rows.sum(axis=-1)) / n_classes)[..., np.newaxis]
    moved = []
    for table in tables:
        wanted = rows if table.shape[-2] == n_classes else whole[..., np.newaxis]
        apart = (wanted - table.sum(axis=-1))[..., np.newaxis]
        moved.append(table + apart / table.shape[-1])
    return tuple(moved)


def _weighted(values: Sequence[Array], weights: Sequence[float]) -> Array:
    found = values[0] * weights[0]
    for value, weight in zip(values[1:], weights[1:], strict=True):
        found = found + value * weight
    return found


def spread_of_row(planned: Sequence[Shape], noise_sd: float) -> float:
    """Return the standard deviation of a common row sum, patients (at most: other totals may
    lower it further).
    """
    n_classes = planned[0].rows
    return noise_sd / float(np.sqrt(sum(1 / s.columns for s in planned if s.rows == n_classes)))
