"""Intervals of numbers that are averages over genes: leaving out groups of records. LocalView.

Genes are no sample of patients: an average over a thousand genes that move together is not a
thousand observations. What varies are the records. So both cohorts are cut into ten groups at
random, each group is left out once from both, and the spread of the ten numbers gives the standard
error of the number for the whole (delete-a-group jackknife); the interval is Student's with nine
degrees of freedom. It says where the number would lie with other training patients and another
draw of synthetic records, as many of each; it does not correct what a number owes to how many are
compared (``Measure.matched`` is beside the reference for that).

A bootstrap would put every record into a draw up to several times, and distances between
distributions grow with such ties; leaving out has no ties. The groups are taken on at most 200
evenly spaced genes: the standard error of an average over fewer genes is as large or larger, and
the time is a fifth.

Nothing here is sound for numbers that jump with one record: a density of nearest neighbours, or
the overlap of two lists of ten. They have no interval, and the report says so.

References:
    Efron and Stein 1981; Kott 2001 (groups); Abadie and Imbens 2008 (not for nearest neighbours).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.model.measures import Interval
from core.quality.tables import Table

N_GROUPS: Final = 10
MOST_GENES: Final = 200
#: Student's, 97.5 %, nine degrees of freedom.
STUDENT: Final = 2.2621571627409915
#: Of each cohort: two of each group.
LEAST_RECORDS: Final = 2 * N_GROUPS

Numbers = Mapping[str, float | None]
Of = Callable[[Table, Table], Numbers]


def reaches(
    real: Table, other: Table, of: Of, pause: Callable[[], None] = lambda: None
) -> dict[str, float]:
    """Return how far each number's interval reaches to either side.

    Args:
        real: Real records, in an order that no file decides.
        other: The others, likewise.
        of: The numbers of two tables, by name; None where one cannot be computed.
        pause: Called before each group.

    Returns:
        Nothing for a number that could not be computed without every group, and nothing at all
        below 20 records of either cohort.
    """
    if min(len(real), len(other)) < LEAST_RECORDS:
        return {}
    few = real.some_genes(MOST_GENES), other.some_genes(MOST_GENES)
    found = []
    for group in range(N_GROUPS):
        pause()
        found.append(of(*(_without(table, group) for table in few)))
    by_name = {name: [numbers[name] for numbers in found] for name in found[0]}
    return {
        name: far
        for name, numbers in by_name.items()
        if (far := reach([v for v in numbers if v is not None])) is not None
    }


def reach(numbers: Sequence[float]) -> float | None:
    """Return how far an interval reaches from the numbers without each group; None unless there
    is one of every group, all finite.

    >>> reach([1.0] * 9)
    >>> round(reach([0.0, 1.0] * 5), 3)
    3.393
    """
    if len(numbers) != N_GROUPS or not np.isfinite(numbers).all():
        return None
    spread = np.asarray(numbers) - np.mean(numbers)
    return float(STUDENT * np.sqrt((N_GROUPS - 1) / N_GROUPS * (spread**2).sum()))


def around(
    value: float | None, far: float | None, low: float = 0.0, high: float = np.inf
) -> Interval | None:
    """Return the interval within its possible range; None without a value or a reach.

    Args:
        value: Of the whole.
        far: From ``reaches``.
        low: Least possible value.
        high: Largest possible value.
    """
    if value is None or far is None:
        return None
    return Interval(low=min(value, max(low, value - far)), high=max(value, min(high, value + far)))


def group_sums(n: int) -> NDArray[np.float64]:
    """Return which of n records is in which group, shape (10, n), ones and zeros."""
    member: NDArray[np.float64] = (
        np.arange(n)[None, :] % N_GROUPS == np.arange(N_GROUPS)[:, None]
    ).astype(np.float64)
    return member


def _without(table: Table, group: int) -> Table:
    kept = np.arange(len(table)) % N_GROUPS != group
    return Table(values=table.values[kept], labels=table.labels[kept])
