"""Two further tables of a joint evaluation: how the synthetic cohort's differences between classes
agree with the held-out patients, and how far those lie from it. Released, like all of
``core.model.evaluation``.

References:
    privacy.md section 3 row (c); resources/decisions/012.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, Self

from core.errors import InternalError

#: The columns of the table of agreement: share of the named genes on the expected side.
LEVELS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
#: What guessing a side for each gene reaches on average.
CHANCE: Final = 0.5
#: Between these quantiles of the synthetic records' own nearest distances lie the columns of the
#: table of distances; the first column is below the first, the last beyond the last.
QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)


ALL: Final = "All diagnoses"


def distance_names() -> tuple[str, ...]:
    """Return the names of the columns of the table of distances, from near to far.

    >>> distance_names()
    ('nearest 5', '5 to 25', '25 to 50', '50 to 75', '75 to 95', 'beyond 95')
    """
    ends = [round(100 * q) for q in QUANTILES]
    between = [f"{a} to {b}" for a, b in pairwise(ends)]
    return (f"nearest {ends[0]}", *between, f"beyond {ends[-1]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class JointShare:
    """A proportion or a mean of proportions among the held-out patients of all hospitals.

    Attributes:
        value: 0 to 1.
        low: Lower end of the interval, which covers the noise and the sampling of patients.
        high: Upper end.
        synthetic: The same number for the synthetic records themselves: public.
    """

    value: float
    low: float
    high: float
    synthetic: float

    def __post_init__(self) -> None:
        """Refuse a value outside its interval or not between 0 and 1.

        Raises:
            InternalError: IN901.
        """
        if not (0 <= self.low <= self.value <= self.high <= 1 and 0 <= self.synthetic <= 1):
            raise InternalError("IN901", rule="a joint share lies within its interval, 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class JointAgreement:
    """In how many of the genes that the table names for their class the patients agree with it.

    Attributes:
        n_genes: Most genes that are named for one class.
        counts: One row for each class, one column for each of ``LEVELS``, patients. They are
            noisy: fractions and values below 0 occur.
        noise_sd: Standard deviation of the noise on each count, patients.
        overall: Mean share over all patients; ``CHANCE`` is what guessing reaches.
        by_class: Mean share over the patients of each class.
    """

    n_genes: int
    counts: tuple[tuple[float, ...], ...]
    noise_sd: float
    overall: JointShare
    by_class: tuple[JointShare, ...]

    def __post_init__(self) -> None:
        """Refuse a table of another shape.

        Raises:
            InternalError: IN901.
        """
        _require_counts(self.counts, len(LEVELS), self.noise_sd)
        if len(self.by_class) != len(self.counts) or self.n_genes < 1:
            raise InternalError("IN901", rule="agreement has a share for each class")

    def rows(self, classes: Sequence[str]) -> tuple[tuple[str, JointShare], ...]:
        """Return what is shown: all patients, then those of each class, with names."""
        return ((ALL, self.overall), *zip(classes, self.by_class, strict=True))

    @property
    def above_chance(self) -> bool:
        """Whether the interval of the mean over all patients lies above what guessing reaches."""
        return self.overall.low > CHANCE

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Return what ``dataclasses.asdict`` and JSON have made plain.

        Raises:
            InternalError: IN901; KeyError or TypeError where a field is missing or unknown.
        """
        found = {
            "counts": tuple(tuple(row) for row in tree["counts"]),
            "overall": JointShare(**tree["overall"]),
            "by_class": tuple(JointShare(**share) for share in tree["by_class"]),
        }
        return cls(**{**tree, **found})


class DistanceReading(StrEnum):
    """What the distances say, if the noise lets them say anything."""

    #: Patients lie where the table has nobody.
    MISSES = "misses"
    #: The synthetic records are spread more widely than patients are.
    SPREADS = "spreads"
    #: No difference stands out of the noise.
    ALIKE = "alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class JointDistances:
    """How far the held-out patients lie from their nearest synthetic records.

    Attributes:
        edges: Root mean square difference per gene, normalised scale: the ``QUANTILES`` of the
            synthetic records' distances to the nearest other synthetic record; not decreasing.
        counts: Patients at most as far as the first edge, up to the second, ..., beyond the last;
            noisy.
        synthetic: Proportion of the synthetic records in each column, by their own distances.
        noise_sd: Standard deviation of the noise on each count, patients.
        closer: Proportion of patients at most as far as the middle edge.
        further: Proportion of patients beyond the last edge.
    """

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    synthetic: tuple[float, ...]
    noise_sd: float
    closer: JointShare
    further: JointShare

    def __post_init__(self) -> None:
        """Refuse a histogram of another shape.

        Raises:
            InternalError: IN901.
        """
        columns = len(QUANTILES) + 1
        _require_counts((self.counts,), columns, self.noise_sd)
        ordered = sorted(self.edges) == list(self.edges) and all(map(math.isfinite, self.edges))
        if not ordered or (len(self.edges), len(self.synthetic)) != (columns - 1, columns):
            raise InternalError("IN901", rule="joint distances have edges in order")

    @property
    def reading(self) -> DistanceReading:
        """What they say: only what lies outside the interval is said."""
        if self.further.low > self.further.synthetic:
            return DistanceReading.MISSES
        if self.closer.low > self.closer.synthetic:
            return DistanceReading.SPREADS
        return DistanceReading.ALIKE

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> Self:
        """Return what ``dataclasses.asdict`` and JSON have made plain.

        Raises:
            InternalError: IN901; KeyError or TypeError where a field is missing or unknown.
        """
        found = {name: tuple(tree[name]) for name in ("edges", "counts", "synthetic")}
        shares = {name: JointShare(**tree[name]) for name in ("closer", "further")}
        return cls(**{**tree, **found, **shares})


def _require_counts(rows: tuple[tuple[float, ...], ...], columns: int, noise_sd: float) -> None:
    whole = bool(rows) and all(len(row) == columns for row in rows)
    finite = all(math.isfinite(v) for row in rows for v in row)
    if not (whole and finite and 0 < noise_sd < math.inf):
        raise InternalError("IN901", rule="a joint table has the planned columns and is finite")
