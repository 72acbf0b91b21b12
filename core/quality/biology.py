"""Are the same genes found to differ between classes? LocalView.

References:
    quality.md "Biology"; Wilcoxon 1945, Mann & Whitney 1947; Benjamini & Hochberg 1995; Welch
    1947.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.quality.tables import Table

FALSE_DISCOVERY: Final = 0.05
LEAST_PER_CLASS: Final = 5
_TINY: Final = 1e-12


def benjamini_hochberg(
    p: NDArray[np.float64], level: float = FALSE_DISCOVERY
) -> NDArray[np.bool_]:
    """Return which hypotheses are rejected with false discovery rate ``level``.

    The largest k with p_(k) <= k level / n, and all p up to p_(k).

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.9])).tolist()
    [True, False, False, False]
    """
    ordered = np.sort(p)
    passes = np.flatnonzero(ordered <= level * np.arange(1, len(p) + 1) / len(p))
    if len(passes) == 0:
        return np.zeros(len(p), dtype=np.bool_)
    rejected: NDArray[np.bool_] = p <= ordered[passes[-1]]
    return rejected


def rank_sums(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one-sided p-values of the Wilcoxon rank sum, gene by gene.

    Normal approximation with ties and continuity corrected, as scipy's ``mannwhitneyu`` has it;
    both sides from one ranking, which is most of the work.

    Args:
        one: Shape (n, n_genes).
        other: Shape (m, n_genes).

    Returns:
        Shape (2, n_genes): that ``one`` is higher, and that it is lower. 1 for a gene that is
        constant in both: it does not differ.
    """
    from scipy.special import ndtr  # noqa: PLC0415 (heavy, reports only)
    from scipy.stats import rankdata  # noqa: PLC0415

    n, m = len(one), len(other)
    ranks = rankdata(np.concatenate((one, other)), axis=0)
    above = ranks[:n].sum(axis=0) - n * (n + 1) / 2
    # Ties of t records shrink the ranks' sum of squares by (t^3 - t) / 12.
    total = n + m
    ties = 2 * total * (total + 1) * (2 * total + 1) - 12 * (ranks**2).sum(axis=0)
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    spread = np.sqrt(np.maximum(variance, 0.0))
    off = above - n * m / 2
    p = []
    for gap in (off, -off):
        z = np.divide(gap - 0.5, spread, out=np.full_like(gap, -np.inf), where=spread > _TINY)
        p.append(ndtr(-z))
    found: NDArray[np.float64] = np.stack(p)
    return found


def differing(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which genes are higher, and which are lower, in ``one``: Wilcoxon rank sum, BH 5 %.

    Args:
        one: Shape (n, n_genes).
        other: Shape (m, n_genes).

    Returns:
        Shape (2, n_genes): higher, lower.
    """
    return np.stack([benjamini_hochberg(p) for p in rank_sums(one, other)])


def welch(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Welch's t statistic of each gene, positive where ``one`` is higher.

    Returns:
        Shape (n_genes,); not a number for a gene that is constant in both.
    """
    error = one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other)
    gap = one.mean(axis=0) - other.mean(axis=0)
    t: NDArray[np.float64] = np.divide(
        gap, np.sqrt(error), out=np.full_like(gap, np.nan), where=error > _TINY * _TINY
    )
    return t


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far the genes found in one table are those found in another, over pairs and directions.

    Attributes:
        hits: Found in both, #(S and R).
        found: Found in the other table, #S.
        truths: Found in the real one, #R.
        tests: Genes x pairs x 2 directions.
    """

    hits: int
    found: int
    truths: int
    tests: int

    @property
    def precision(self) -> float | None:
        """#(S and R) / #S."""
        return self.hits / self.found if self.found else None

    @property
    def tpr(self) -> float | None:
        """#(S and R) / #R."""
        return self.hits / self.truths if self.truths else None

    @property
    def fpr(self) -> float | None:
        """#(S minus R) / (tests - #R)."""
        nulls = self.tests - self.truths
        return (self.found - self.hits) / nulls if nulls else None

    def and_also(self, other: Agreement) -> Agreement:
        """Return the counts of both."""
        return Agreement(
            hits=self.hits + other.hits,
            found=self.found + other.found,
            truths=self.truths + other.truths,
            tests=self.tests + other.tests,
        )


def agreement(real: NDArray[np.bool_], other: NDArray[np.bool_]) -> Agreement:
    """Count what is found in both, in either, and all that was tested."""
    return Agreement(
        hits=int((real & other).sum()),
        found=int(other.sum()),
        truths=int(real.sum()),
        tests=real.size,
    )


NOTHING: Final = Agreement(hits=0, found=0, truths=0, tests=0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairTests:
    """One pair of classes tested in the real and in the other table.

    Attributes:
        pair: Indices of the two classes.
        real: One-sided p-values, shape (2, n_genes): first class higher, lower.
        other: The same in the other table.
        real_t: Welch's t, shape (n_genes,).
        other_t: The same in the other table.
    """

    pair: tuple[int, int]
    real: NDArray[np.float64]
    other: NDArray[np.float64]
    real_t: NDArray[np.float64]
    other_t: NDArray[np.float64]

    def signs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return 1 where the first class is higher at BH 5 %, -1 where lower: real, other."""
        found = []
        for p in (self.real, self.other):
            higher, lower = (benjamini_hochberg(side).astype(np.int64) for side in p)
            found.append(higher - lower)
        return found[0], found[1]


def pair_tests(real: Table, other: Table, n_classes: int) -> Iterator[PairTests]:
    """Test every pair of classes in both tables.

    Of each class as many records are compared as the rarer of the two tables has, so that both
    tests have the same power. Classes with fewer than five are left out.
    """
    sizes = np.minimum(
        np.bincount(real.labels, minlength=n_classes),
        np.bincount(other.labels, minlength=n_classes),
    )
    usable = [c for c in range(n_classes) if sizes[c] >= LEAST_PER_CLASS]
    for a, b in combinations(usable, 2):
        r = real.of_class(a)[: sizes[a]], real.of_class(b)[: sizes[b]]
        s = other.of_class(a)[: sizes[a]], other.of_class(b)[: sizes[b]]
        yield PairTests(
            pair=(a, b),
            real=rank_sums(*r),
            other=rank_sums(*s),
            real_t=welch(*r),
            other_t=welch(*s),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """Differential expression of two tables compared, over all class pairs and both directions.

    Attributes:
        corrected: At BH 5 %.
        raw: At p < 0.05, as published tables have it.
        t_correlation: Mean over pairs of the correlation of t statistics; None without a pair.
        n_pairs: Pairs of classes that could be compared.
    """

    corrected: Agreement
    raw: Agreement
    t_correlation: float | None
    n_pairs: int


def compared(tests: list[PairTests]) -> Differences:
    """Sum up the tests of all pairs."""
    corrected = raw = NOTHING
    agreeing = []
    for test in tests:
        r, s = (
            np.stack([benjamini_hochberg(side) for side in p]) for p in (test.real, test.other)
        )
        corrected = corrected.and_also(agreement(r, s))
        raw = raw.and_also(agreement(test.real < FALSE_DISCOVERY, test.other < FALSE_DISCOVERY))
        found = _correlation(test.real_t, test.other_t)
        agreeing += [found] if found is not None else []
    return Differences(
        corrected=corrected,
        raw=raw,
        t_correlation=float(np.mean(agreeing)) if agreeing else None,
        n_pairs=len(tests),
    )


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both], other[both]
    if len(a) < 3 or a.std() < _TINY or b.std() < _TINY:
        return None
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1.0, 1.0))


def differential_expression(
    real: Table, other: Table, n_classes: int
) -> tuple[float | None, float | None]:
    """Return TPR and FPR of the genes that differ at BH 5 %, over all pairs and both directions.

    R is found in the real records and S in the others; see ``pair_tests``.

    Returns:
        Two proportions; None where nothing can be counted.
    """
    found = compared(list(pair_tests(real, other, n_classes))).corrected
    return found.tpr, found.fpr
