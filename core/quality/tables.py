"""The tables that are compared, cut to a size that is judged within seconds. LocalView."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.release import SyntheticCohort
from core.randomness import SamplingSource
from core.statistics.statistic import Records

#: More records or genes than these change a report's numbers little and its time much.
MOST_RECORDS: Final = 5_000
MOST_GENES: Final = 1_000
#: Where every record is compared with every other one.
MOST_IN_PAIRS: Final = 2_000
_SEED: Final = 20_260_427
_TINY: Final = 1e-12


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
        return Table(values=self.values[:, spaced(n_genes, most)], labels=self.labels)

    def first(self, n: int) -> Table:
        """Return the first ``n`` records: a random subset, because tables are shuffled."""
        return Table(values=self.values[:n], labels=self.labels[:n])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Trio:
    """The three tables of a report on one scale, same genes. LocalView.

    Attributes:
        train: Real training patients.
        holdout: Real held-out patients.
        synthetic: Synthetic patients.
    """

    train: Table
    holdout: Table
    synthetic: Table

    def in_units_of(self, yardstick: Table) -> Trio:
        """Return the tables with genes in SD units of one of them, centred on it.

        A gene that is constant there keeps its unit. Distances between whole records then weigh
        genes alike and do not depend on the unit of the file.

        NB: attacks take the synthetic patients' units. In the training patients' own, training
        patients lie a little nearer to everything than held-out ones, whatever was released.
        """
        if len(yardstick) == 0:
            return self
        middle, spread = yardstick.values.mean(axis=0), yardstick.values.std(axis=0)
        spread = np.where(spread > _TINY, spread, 1.0)

        def on_scale(table: Table) -> Table:
            return Table(values=(table.values - middle) / spread, labels=table.labels)

        return Trio(
            train=on_scale(self.train),
            holdout=on_scale(self.holdout),
            synthetic=on_scale(self.synthetic),
        )

    def some_genes(self) -> Trio:
        """Return at most MOST_GENES genes, the same in all three."""
        return Trio(
            train=self.train.some_genes(),
            holdout=self.holdout.some_genes(),
            synthetic=self.synthetic.some_genes(),
        )

    def for_pairs(self) -> Trio:
        """Return at most MOST_IN_PAIRS records of each."""
        return Trio(
            train=self.train.first(MOST_IN_PAIRS),
            holdout=self.holdout.first(MOST_IN_PAIRS),
            synthetic=self.synthetic.first(MOST_IN_PAIRS),
        )

    def matched(self) -> Table:
        """Return as many synthetic patients as there are held-out ones."""
        return self.synthetic.first(len(self.holdout))


def spaced(n_genes: int, most: int = MOST_GENES) -> NDArray[np.int64]:
    """Return at most ``most`` places, evenly spaced over ``n_genes``.

    >>> spaced(5, 3).tolist()
    [0, 2, 4]
    """
    if n_genes <= most:
        return np.arange(n_genes)
    places: NDArray[np.int64] = np.linspace(0, n_genes - 1, most).round().astype(np.int64)
    return places


def shuffled(records: Records | SyntheticCohort) -> Table:
    """Return at most MOST_RECORDS records in an order that no file decides."""
    order = shuffled_order(len(records.class_index))
    return Table(
        values=np.asarray(records.values, dtype=np.float64)[order],
        labels=np.asarray(records.class_index)[order],
    )


def shuffled_order(n_records: int) -> NDArray[np.int64]:
    """Return the places of at most MOST_RECORDS records, in the order of ``shuffled``."""
    order: NDArray[np.int64] = SamplingSource(_SEED).generator.permutation(n_records)
    return order[:MOST_RECORDS]


def together(one: Table, other: Table) -> Table:
    """Return both tables as one."""
    return Table(
        values=np.concatenate((one.values, other.values)),
        labels=np.concatenate((one.labels, other.labels)),
    )
