"""How far do held-out patients lie from the synthetic records, beside those from each other?

A patient's distance is the root mean square difference per gene, on the normalised scale, to the
nearest synthetic record. The columns of the table lie between quantiles of the same distance of
each *synthetic* record to the nearest other one: they follow from the released table alone.

A table like the patients has as many of them in each column as synthetic records. Patients beyond
the last edge lie where the table has nobody: it misses part of the variety of patients. Patients
who are closer than the records are to each other: the records are spread more widely than
patients are. **No copy can be seen here.** A copied training patient lies near other training
patients, not near the held-out ones, and asking training patients would cost them; the attacks of
each hospital's own report look for copies.

References:
    quality.md "Attacks" (nearest distances); privacy.md section 3 row (c).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.evaluation.classifiers import some_records
from core.evaluation.whole import UNITS, whole
from core.model.joint_tables import QUANTILES
from core.model.release import SyntheticCohort
from core.statistics.statistic import PatientRecord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DistanceTable:
    """Distance to the nearest synthetic record, in columns. Public but for the records it is
    asked about.

    Attributes:
        values: Shape (n, n_genes): the synthetic records that are compared with, at most as many
            as classifiers are trained on.
        squares: Shape (n,): their sums of squares.
        edges: Shape (5,), not decreasing: quantiles of their own distances; zeros where there are
            fewer than two.
        own: Shape (6,), int64: how many of them lie in each column, by their own distances.
    """

    values: NDArray[np.float64]
    squares: NDArray[np.float64]
    edges: NDArray[np.float64]
    own: NDArray[np.int64]

    @classmethod
    def of(cls, table: SyntheticCohort) -> DistanceTable:
        """Measure the synthetic records among themselves."""
        chosen = some_records(table)
        values = table.values[chosen]
        apart = _own_distances(whole(table)[chosen], len(table.genes))
        edges = np.zeros(len(QUANTILES))
        if len(apart):
            ranks = [max(0, math.ceil(q * len(apart)) - 1) for q in QUANTILES]
            edges = np.sort(apart)[ranks]
        columns = np.searchsorted(edges, apart, side="left")
        return cls(
            values=values,
            squares=(values**2).sum(axis=1),
            edges=edges,
            own=np.bincount(columns, minlength=len(QUANTILES) + 1).astype(np.int64),
        )

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(QUANTILES) + 1

    def cell(self, record: PatientRecord) -> int:
        """Return the column of one patient; the last one where the table has no records."""
        if not len(self.values):
            return len(QUANTILES)
        own = float(record.values @ record.values)
        nearest = float((self.squares - 2.0 * (self.values @ record.values)).min()) + own
        distance = math.sqrt(max(0.0, nearest) / len(record.values))
        return int(np.searchsorted(self.edges, distance, side="left"))


def _own_distances(values: NDArray[np.float64], n_genes: int) -> NDArray[np.float64]:
    """Return each record's distance to the nearest other one; none below two records.

    Args:
        values: In whole units: every sum below is exact.
        n_genes: Columns.
    """
    if len(values) < 2:
        return np.zeros(0)
    squares = (values**2).sum(axis=1)
    apart = squares[:, None] + squares[None, :] - 2.0 * (values @ values.T)
    np.fill_diagonal(apart, np.inf)
    found: NDArray[np.float64] = np.sqrt(apart.min(axis=1) / n_genes) / UNITS
    return found
