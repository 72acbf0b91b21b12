"""Marks by which a record is known again in another file, without its values.

A mark is a hash of the order of a record's genes: the same for counts and for their logarithms,
in whatever order records and columns stand. It is made of an open cohort's records, for a public
reference; a hospital compares its own with them on its own computer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Bytes of one mark: two cohorts of 10,000 records meet by chance once in three million times.
MARK_BYTES: Final = 6
#: Genes that are looked at, by name; and different values that make an order a record's own.
_MOST_GENES: Final = 2_000
_LEAST_VALUES: Final = 50


def record_marks(values: ArrayLike, genes: Sequence[str]) -> frozenset[bytes]:
    """Return the marks of records; a record with few different values has none.

    >>> one = record_marks([[float(i) for i in range(60)]], [f"G{i:02}" for i in range(60)])
    >>> other = record_marks([[2.0**-i for i in range(60)]], [f"G{59 - i:02}" for i in range(60)])
    >>> one == other, record_marks([[1.0, 2.0]], ["A", "B"])
    (True, frozenset())

    Args:
        values: Shape (n_records, n_genes), finite, any scale that keeps the order.
        genes: Their names.
    """
    columns = sorted(range(len(genes)), key=lambda i: genes[i])[:_MOST_GENES]
    named = hashlib.sha256("\n".join(genes[i] for i in columns).encode()).digest()
    table: NDArray[np.float64] = np.asarray(values, dtype=np.float64)[:, columns]
    marks = set()
    for record in table:
        if len(np.unique(record)) >= _LEAST_VALUES:
            order = np.argsort(record, kind="stable").astype("<u4")
            marks.add(hashlib.sha256(named + order.tobytes()).digest()[:MARK_BYTES])
    return frozenset(marks)
