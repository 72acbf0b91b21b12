"""Do the differences between classes that the synthetic table shows hold for held-out patients?

The question of differential expression, asked of one patient at a time. For each class c the
synthetic table names genes: those whose mean in class c lies furthest from the mean of all other
records, in standard deviations within the two groups, leaving out any gene whose correlation
within the groups with one named before is above ``MOST_CORRELATED``; at most ``MOST_GENES`` and at
most half of the panel. For each of them it says a side: above or below the midpoint of the two
means. A held-out patient of class c *agrees* in a gene if the patient's value is on that side (a
value exactly at the midpoint counts half). The patient's **agreement** is the share of the named
genes in which the patient agrees, 0 to 1.

*Why not a count of genes found again.* "How many of the table's genes does a test among the
held-out patients confirm" is a function of all these patients together: whether one gene passes
depends on everybody, so one patient can move the count by as many genes as there are, and it is no
sum of what single patients add. Agreement is a function of one record and of public values, so its
histogram is a sum in which a patient is one count.

*What guessing reaches.* A side drawn at random for each gene is right for half of the genes on
average, so 0.5 is chance. In a table that knows nothing, genes that move together are all right or
all wrong, so one such table could lie far from chance by luck alone: with shuffled labels on two
real cohorts the 50 strongest genes reach 0.46 to 0.49 on average with a standard deviation of 0.06
to 0.09 over tables. That is why correlated genes are left out: 0.48 to 0.49 with 0.03, while an
honest table still reaches 0.65 to 0.70. What the synthetic records themselves reach with the sides
that were read off them stands beside it, too: an upper end, since they fit themselves.

*Why rounding needs a coin.* The table has one column for each quarter, and a share lies between
two of them. It goes to the upper one with the probability that leaves the mean as it is; the coin
is a hash of the patient's own values, so the cell stays a function of this record alone.

References:
    quality.md "Biology" (direction of effects); privacy.md section 1 and section 3 row (c).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.classifiers import some_records
from core.evaluation.whole import UNITS, whole
from core.model.joint_tables import CHANCE, LEVELS
from core.model.release import SyntheticCohort
from core.statistics.statistic import PatientRecord

MOST_GENES: Final = 50
#: Within the two groups, absolute.
MOST_CORRELATED: Final = 0.3
#: Genes of a class among which so many uncorrelated ones are looked for.
_LOOKED_AT: Final = 400
_COIN_BITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Named:
    """What the table says of one class. Public.

    Attributes:
        genes: Shape (k,), int64; k is 0 where the table has no record of the class or none of
            another.
        sides: Shape (k,), int64: 1 above, -1 below the midpoint, 0 for neither.
        midpoints: Shape (k,), normalised scale.
    """

    genes: NDArray[np.int64]
    sides: NDArray[np.int64]
    midpoints: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgreementTable:
    """True class x share of the named genes on the expected side, in quarters. Public but for
    the records it is asked about.

    Attributes:
        named: Of each class. A patient of a class of which nothing is named counts as chance.
    """

    named: tuple[Named, ...]

    @classmethod
    def of(cls, table: SyntheticCohort) -> AgreementTable:
        """Name the genes of each class."""
        chosen = some_records(table)
        values, labels = whole(table)[chosen], table.class_index[chosen]
        return cls(named=tuple(_named(values, labels == k) for k in range(len(table.classes))))

    @property
    def n_genes(self) -> int:
        """Most genes that are named for one class."""
        return max(len(one.genes) for one in self.named)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.named) * len(LEVELS)

    def halves(self, values: NDArray[np.float64], label: int) -> tuple[int, int]:
        """Return twice the number of genes that agree, and twice the number of genes asked for.

        A value at the midpoint counts once instead of twice; so does a gene without a side. Where
        nothing is named it is one of two: chance.

        Args:
            values: Shape (n_genes,), normalised scale: one record.
            label: Its class.
        """
        one = self.named[label]
        if not len(one.genes):
            return 1, 2
        beside = np.sign(values[one.genes] - one.midpoints) * one.sides
        return int(len(beside) + beside.sum()), 2 * len(beside)

    def cell(self, record: PatientRecord) -> int:
        """Return class and quarter of one patient."""
        agree, asked = self.halves(record.values, record.class_index)
        steps = len(LEVELS) - 1
        # floor(steps * share + coin), exactly: the coin is below 1.
        upper = ((steps * agree << _COIN_BITS) + _coin(record.values) * asked) // (
            asked << _COIN_BITS
        )
        return record.class_index * len(LEVELS) + upper

    def own(self, table: SyntheticCohort) -> tuple[float, tuple[float, ...]]:
        """Return what the table's own records reach: all of them, and by class.

        A class without records stands at chance.
        """
        agree = np.zeros(len(self.named), dtype=np.int64)
        asked = np.zeros(len(self.named), dtype=np.int64)
        for values, label in zip(table.values, table.class_index.tolist(), strict=True):
            found = self.halves(values, label)
            agree[label] += found[0]
            asked[label] += found[1]
        by_class = np.divide(agree, asked, out=np.full(len(asked), CHANCE), where=asked > 0)
        overall = int(agree.sum()) / int(asked.sum()) if asked.any() else CHANCE
        return overall, tuple(by_class.tolist())


def named_genes(n_genes: int) -> int:
    """Return how many genes are named for each class.

    >>> [named_genes(n) for n in (2, 12, 500)]
    [1, 6, 50]
    """
    return min(MOST_GENES, n_genes // 2)


def _named(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> Named:
    """Name the genes of one class.

    Args:
        values: Shape (n_records, n_genes), whole units: every sum below is exact.
        inside: Which records are of the class.
    """
    most = named_genes(values.shape[1])
    if not inside.any() or inside.all():
        return Named(
            genes=np.zeros(0, dtype=np.int64),
            sides=np.zeros(0, dtype=np.int64),
            midpoints=np.zeros(0),
        )
    mean, spread = _moments(values[inside])
    others, spread_others = _moments(values[~inside])
    apart, both = mean - others, spread + spread_others
    within = np.sqrt(both / len(values))
    far = np.divide(np.abs(apart), within, out=np.where(apart == 0, 0.0, np.inf), where=within > 0)
    order = np.argsort(-far, kind="stable")[:_LOOKED_AT]
    looked, left = values[:, order], np.ones(len(order), dtype=bool)
    n = int(inside.sum())
    centre = (n * mean[order], (len(values) - n) * others[order])
    genes: list[int] = []
    for place, gene in enumerate(order.tolist()):
        if not left[place]:
            continue
        genes.append(gene)
        if len(genes) == most:
            break
        shared = looked.T @ values[:, gene] - centre[0] * mean[gene] - centre[1] * others[gene]
        left &= shared**2 <= MOST_CORRELATED**2 * both[order] * both[gene]
    chosen = np.array(genes, dtype=np.int64)
    return Named(
        genes=chosen,
        sides=np.sign(apart[chosen]).astype(np.int64),
        midpoints=(mean + others)[chosen] / 2 / UNITS,
    )


def _moments(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and sum of squared differences from it, for each gene; sums without rounding."""
    n = len(values)
    mean = values.sum(axis=0) / n
    squares: NDArray[np.float64] = np.maximum((values**2).sum(axis=0) - n * mean**2, 0.0)
    return mean, squares


def _coin(values: NDArray[np.float64]) -> int:
    """Return 64 bits that follow from one record."""
    digest = hashlib.sha256(b"syncohort-agreement-1:" + values.tobytes()).digest()
    return int.from_bytes(digest[: _COIN_BITS // 8], "big")
