"""Records brought onto the scale of the first genes of their panel, one at a time.

A candidate setting with fewer genes than its plan sees each record as if it had been normalised
over these genes alone. What a record's own mean and spread took out of all its values takes the
same out of the first ones, so normalising the normalised values again gives just that. As in
``core.cohort.normalisation``, a record's result depends on that record and on public numbers only.

References:
    formats.md "Cohort to numbers"; resources/decisions/021-choosing-among-candidates.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.cohort.normalisation import NormalisedRecord, TrainingRecords, levelled_record
from core.cohort.records import Cohort
from core.model.cohort import Scale


def narrowed_record(
    values: NDArray[np.float64], n_genes: int, *, file_name: str = "", row: str = ""
) -> NormalisedRecord:
    """Bring one normalised record onto the scale of its first genes.

    Args:
        values: Shape (n_all,), on the scale of the whole panel.
        n_genes: How many of them are kept.
        file_name: For the error text.
        row: Where the record stands, for the error text.

    Returns:
        The values, and level and spread in the unit of ``values``.

    Raises:
        CohortError: CH107 if all kept values are the same.
    """
    first = values[:n_genes]
    return levelled_record(first, scale=Scale.LOG, library_size=0.0, file_name=file_name, row=row)


def narrowed(
    records: TrainingRecords,
    n_genes: int,
    *,
    file_name: str = "",
    row_text: Callable[[int], str] = str,
) -> TrainingRecords:
    """Bring records onto the scale of the first genes of their panel, each alone.

    Args:
        records: On the scale of the whole panel.
        n_genes: How many genes are kept; all: the records stay as they are.
        file_name: For the error text.
        row_text: Where a record stands, for the error text.

    Raises:
        CohortError: CH107 if all kept values of a record are the same.
    """
    n_records, n_all = records.values.shape
    if n_genes == n_all:
        return records
    values, levels = np.empty((n_records, n_genes)), np.empty((n_records, 2))
    for i in range(n_records):
        one = narrowed_record(records.values[i], n_genes, file_name=file_name, row=row_text(i))
        level, spread = records.levels[i].tolist()
        values[i] = one.values
        levels[i] = level + spread * one.level, spread * one.spread
    return TrainingRecords(
        values=values,
        levels=levels,
        class_index=records.class_index,
        identifiers=records.identifiers,
    )


def require_narrowable(records: TrainingRecords, sizes: Sequence[int], cohort: Cohort) -> None:
    """Refuse a record that the first genes of some candidate setting do not tell from a constant.

    Args:
        records: Of ``cohort``, in its order.
        sizes: Numbers of first genes.
        cohort: Names file and rows.

    Raises:
        CohortError: CH107 naming the row.
    """
    for n_genes in sizes:
        narrowed(records, n_genes, file_name=cohort.file_name, row_text=cohort.row_text)
