"""Class counts that hospitals chose to publish with noise, so that a study can be planned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.model.quality import Usefulness
from core.model.stage import is_hex, require

#: 1 / epsilon of each offer, the strictest first: epsilon .05, .1 and .2.
SCALES: Final = (20, 10, 5)
#: Noise of these scales is never as large; more is no count of patients.
MOST_COUNT: Final = 10_000_000
MOST_CLASSES: Final = 100


def epsilon_of(scale: int) -> float:
    """Return the privacy level of a scale.

    >>> epsilon_of(20)
    0.05
    """
    return 1.0 / scale


def units_of(scale: int) -> float:
    """Return what publishing at a scale charges to the cap: epsilon, rounded up to hundredths.

    >>> units_of(20), units_of(5)
    (0.05, 0.2)
    """
    return math.ceil(100 / scale) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalCounts:
    """What one hospital published: noisy, so it may be shown to anybody.

    Attributes:
        key: SHA-256 of the hospital's certificate, 64 hex digits.
        counts: Patients of each class of the study, each with noise of its own; may be negative.
        scale: 1 / epsilon of the release.
    """

    key: str
    counts: tuple[int, ...]
    scale: int

    def __post_init__(self) -> None:
        """Refuse what no hospital could have published.

        Raises:
            PlanError: PL201.
        """
        require(is_hex(self.key, 64), "counts", "not a hospital's key")
        require(0 < len(self.counts) <= MOST_CLASSES, "counts", "no class, or too many")
        sound = all(type(c) is int and abs(c) <= MOST_COUNT for c in self.counts)
        require(sound, "counts", "not counts of patients")
        require(self.scale in SCALES, "counts", "noise of no known scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyCounts:
    """All that is known of one study's counts.

    Attributes:
        hospitals: At most one release of each hospital, its newest.
    """

    hospitals: tuple[HospitalCounts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountsView:
    """The sum over the hospitals that published, as far as it is known here, and what follows.

    Attributes:
        published: Names of those hospitals, in the order of the roster.
        silent: Names of hospitals with patients that published nothing; empty at a participant,
            who knows its own counts only.
        own_epsilon: Of this hospital's own release; 0 if it published none.
        classes: The study's classes.
        totals: Noisy sums, one for each class, not below 0.
        margin: With probability .95, every true sum is at most this far from ``totals``.
        usefulness: Expected for the noisy size of the smallest class.
        usefulness_low: The same at the lower end of what it may be.
        usefulness_high: The same at the upper end.
    """

    published: tuple[str, ...]
    silent: tuple[str, ...]
    own_epsilon: float
    classes: tuple[str, ...]
    totals: tuple[int, ...]
    margin: int
    usefulness: Usefulness
    usefulness_low: Usefulness
    usefulness_high: Usefulness

    @property
    def smallest(self) -> int:
        """Noisy size of the smallest class."""
        return min(self.totals)
