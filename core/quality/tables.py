"""The three tables that are compared, cut to a size that is judged within seconds. LocalView."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.release import SyntheticCohort
from core.randomness import SamplingSource
from core.statistics.statistic import Records

#: More records or genes than these change a report's numbers little and its time much.
MOST_RECORDS: Final = 2_000
MOST_GENES: Final = 1_000
_SEED: Final = 20_260_427


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Table:
    """Records and their classes. LocalView when they are real.

    Attributes:
        values: Shape (n, n_genes), float64.
        labels: Shape (n,), int64.
    """

    values: NDArray[np.float64]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.labels)

    def of_class(self, label: int) -> NDArray[np.float64]:
        """Return the values of one class."""
        chosen: NDArray[np.float64] = self.values[self.labels == label]
        return chosen

    def some_genes(self, most: int = MOST_GENES) -> Table:
        """Return at most ``most`` genes, evenly spaced over the panel: no choice by values."""
        n_genes = self.values.shape[1]
        if n_genes <= most:
            return self
        chosen = np.linspace(0, n_genes - 1, most).round().astype(np.int64)
        return Table(values=self.values[:, chosen], labels=self.labels)

    def first(self, n: int) -> Table:
        """Return the first ``n`` records: a random subset, because tables are shuffled."""
        return Table(values=self.values[:n], labels=self.labels[:n])


def shuffled(records: Records | SyntheticCohort) -> Table:
    """Return at most MOST_RECORDS records in an order that no file decides."""
    n = len(records.class_index)
    order = SamplingSource(_SEED).generator.permutation(n)[:MOST_RECORDS]
    return Table(
        values=np.asarray(records.values, dtype=np.float64)[order],
        labels=np.asarray(records.class_index)[order],
    )


def together(one: Table, other: Table) -> Table:
    """Return both tables as one."""
    return Table(
        values=np.concatenate((one.values, other.values)),
        labels=np.concatenate((one.labels, other.labels)),
    )
