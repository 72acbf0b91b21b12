"""Collect a file's values record by record or gene by gene into one read-only cohort.

Every number kept about a patient (library size, smallest and largest value) is computed from that
patient's values alone: by an exactly rounded sum over the record, or element by element over the
patients while genes arrive.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.genes import GeneNames
from core.cohort.records import Cohort, Evidence, is_missing, letters
from core.errors import CohortError
from core.model.cohort import Layout, Scale

LARGEST: Final = 1e30  # beyond it a cell is not an expression value, and float32 could overflow
LOG_LIMIT: Final = 50.0  # no expression value on a log scale is larger
MAX_POSITIONS: Final = 20  # bad cells that are named; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is known of a file before its values.

    Attributes:
        file_name: Name without folder.
        layout: How it is read.
        fingerprint: SHA-256 of its bytes.
    """

    file_name: str
    layout: Layout
    fingerprint: str


class _PerRecord:
    """Facts per record; arrays of shape (capacity,)."""

    def __init__(self, capacity: int) -> None:
        self.low = np.full(capacity, np.inf)
        self.high = np.full(capacity, -np.inf)
        self.whole = np.ones(capacity, dtype=bool)
        self.n_bad = np.zeros(capacity, dtype=np.int64)
        self.first_bad = np.full(capacity, -1, dtype=np.int64)
        self.first_negative = np.full(capacity, -1, dtype=np.int64)
        self.library = np.zeros(capacity)

    def select(self, chosen: NDArray[np.int64]) -> None:
        """Keep the chosen records only."""
        for name, column in vars(self).items():
            setattr(self, name, column[chosen])


class RecordCollector:
    """Takes one record after the other."""

    def __init__(
        self, source: Source, genes: GeneNames, raw_names: tuple[str, ...], capacity: int
    ) -> None:
        """Reserve float32 room for ``capacity`` records of the kept genes."""
        self._source = source
        self._genes = genes
        self._raw_names = raw_names
        self._kept = (
            None if len(genes.kept) == genes.in_file else np.array(genes.kept, dtype=np.int64)
        )
        self._values = np.empty((capacity, len(genes.kept)), dtype=np.float32)
        self._facts = _PerRecord(capacity)
        self._codes: list[str] = []
        self._labels: list[str] = []
        self._rows: list[int] = []
        self._n_left_out = 0

    def wants(self, label: str | None) -> bool:
        """Whether a record with this label is kept; if not, it counts as left out."""
        if label is not None and is_missing(label):
            self._n_left_out += 1
            return False
        return True

    def add(self, row: int, code: str, label: str | None, values: NDArray[np.float64]) -> None:
        """Keep one record.

        Args:
            row: Spreadsheet row, counted from 1.
            code: Patient code.
            label: Diagnosis, or None without a label column.
            values: Shape (genes in file,), float64, NaN where the cell is not a number.
        """
        i = len(self._codes)
        self._grow(i)
        bad = ~(np.abs(values) < LARGEST)
        facts = self._facts
        if bad.any():
            facts.n_bad[i] = int(bad.sum())
            facts.first_bad[i] = int(np.argmax(bad))
            values = np.where(bad, np.nan, values)
            finite = values[~bad]
        else:
            finite = values
        if finite.size:
            facts.low[i], facts.high[i] = finite.min(), finite.max()
            facts.whole[i] = bool((finite == np.floor(finite)).all())
            facts.library[i] = math.fsum(finite.tolist())
        if facts.low[i] < 0:
            facts.first_negative[i] = int(np.argmax(values < 0))
        self._values[i] = values if self._kept is None else values[self._kept]
        self._codes.append(code)
        self._rows.append(row)
        if label is not None:
            self._labels.append(label)

    def _grow(self, needed: int) -> None:
        if needed < len(self._values):
            return
        more = max(16, len(self._values) // 4)
        self._values = np.concatenate(
            [self._values, np.empty((more, self._values.shape[1]), np.float32)]
        )
        longer = _PerRecord(more)
        for name, column in vars(self._facts).items():
            setattr(self._facts, name, np.concatenate([column, getattr(longer, name)]))

    def cohort(self, label_name: str) -> Cohort:
        """Return what was collected.

        Raises:
            CohortError: CH110 if there is no record.
        """
        n = len(self._codes)
        self._facts.select(np.arange(n))
        return _Collected(
            genes=self._genes,
            values=self._values[:n],
            codes=self._codes,
            labels=self._labels,
            label_name=label_name,
            rows=self._rows,
            n_left_out=self._n_left_out,
            evidence=_evidence(
                self._facts, lambda i, gene: (self._rows[i], self._raw_names[gene])
            ),
            library=self._facts.library,
        ).cohort(self._source)


class GeneCollector:
    """Takes one gene of all records after the other; labels may come last."""

    def __init__(self, source: Source, codes: list[str], rows: list[int], capacity: int) -> None:
        """Reserve float32 room for ``capacity`` kept genes of all records."""
        self._source = source
        self._codes = codes
        self._rows = rows
        self._values = np.empty((capacity, len(codes)), dtype=np.float32)
        self._n_kept = 0
        self._facts = _PerRecord(len(codes))
        self._gene_places: list[tuple[int, str]] = []

    def add(self, row: int, name: str, values: NDArray[np.float64], *, keep: bool) -> None:
        """Take one gene.

        Args:
            row: Its spreadsheet row, when genes are rows.
            name: Heading as in the file.
            values: Shape (n_records,), float64, NaN where the cell is not a number.
            keep: Whether its values are wanted; its facts are noted in any case.
        """
        gene = len(self._gene_places)
        self._gene_places.append((row, name))
        facts = self._facts
        bad = ~(np.abs(values) < LARGEST)
        if bad.any():
            facts.n_bad += bad
            facts.first_bad[bad & (facts.first_bad < 0)] = gene
            values = np.where(bad, np.nan, values)
        np.fmin(facts.low, values, out=facts.low)
        np.fmax(facts.high, values, out=facts.high)
        facts.whole &= bad | (values == np.floor(values))
        facts.first_negative[(values < 0) & (facts.first_negative < 0)] = gene
        facts.library += np.where(bad, 0.0, values)
        if keep:
            if self._n_kept == len(self._values):
                more = np.empty((max(64, self._n_kept // 4), len(self._codes)), np.float32)
                self._values = np.concatenate([self._values, more])
            self._values[self._n_kept] = values
            self._n_kept += 1

    def cohort(self, genes: GeneNames, labels: list[str] | None, label_name: str) -> Cohort:
        """Return what was collected; records whose label is missing are left out.

        Raises:
            CohortError: CH110 if no record is left.
        """
        everyone = range(len(self._codes))
        chosen = [i for i in everyone if labels is None or not is_missing(labels[i])]
        values = self._values[: self._n_kept]
        index = np.array(chosen, dtype=np.int64)
        if len(chosen) < len(self._codes):
            values = values[:, index]
        rows = [self._rows[i] for i in chosen]
        transposed = self._source.layout.transposed

        def cell(i: int, gene: int) -> tuple[int, str]:
            gene_row, name = self._gene_places[gene]
            return (gene_row, letters(rows[i])) if transposed else (rows[i], name)

        self._facts.select(index)
        return _Collected(
            genes=genes,
            values=values.T,
            codes=[self._codes[i] for i in chosen],
            labels=[] if labels is None else [labels[i].strip() for i in chosen],
            label_name=label_name,
            rows=rows,
            n_left_out=len(self._codes) - len(chosen),
            evidence=_evidence(self._facts, cell),
            library=self._facts.library,
        ).cohort(self._source)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Collected:
    """What both collectors end with."""

    genes: GeneNames
    values: NDArray[np.float32]
    codes: list[str]
    labels: list[str]
    label_name: str
    rows: list[int]
    n_left_out: int
    evidence: Evidence
    library: NDArray[np.float64]

    def cohort(self, source: Source) -> Cohort:
        if not self.codes:
            raise CohortError("CH110", file=source.file_name)
        return Cohort(
            file_name=source.file_name,
            layout=source.layout,
            identifiers=tuple(self.codes),
            labels=tuple(self.labels),
            label_name=self.label_name,
            gene_names=self.genes,
            values=self.values,
            library_size=self.library,
            rows=tuple(self.rows),
            scale=source.layout.scale or _recognised_scale(self.evidence),
            n_left_out=self.n_left_out,
            fingerprint=source.fingerprint,
            evidence=self.evidence,
        )


def _evidence(facts: _PerRecord, cell: Callable[[int, int], tuple[int, str]]) -> Evidence:
    """Sum the records' facts up; ``cell`` maps (record, gene) to where a spreadsheet shows it."""
    holed = np.flatnonzero(facts.n_bad)[:MAX_POSITIONS].tolist()
    negative = np.flatnonzero(facts.first_negative >= 0)[:1].tolist()
    below, above = facts.low < 0, facts.high > LOG_LIMIT
    counts = above & ~below
    log = ~above & np.isfinite(facts.high) & (below | ~facts.whole)
    return Evidence(
        n_bad=int(facts.n_bad.sum()),
        bad_cells=tuple(cell(i, int(facts.first_bad[i])) for i in holed),
        first_negative=cell(negative[0], int(facts.first_negative[negative[0]]))
        if negative
        else None,
        n_counts=int(counts.sum()),
        n_log=int(log.sum()),
        n_raw=int((above & below).sum()),
        n_small=int((~above & np.isfinite(facts.high) & ~below & facts.whole).sum()),
        whole=bool(facts.whole.all()),
    )


def _recognised_scale(evidence: Evidence) -> Scale:
    """Return counts where most telling records can only be counts.

    Records of small whole numbers tell nothing; if all are such, they are counts. NB: checks.py
    refuses every mixture, so that in a usable file no single patient decides the scale of others.
    """
    return Scale.COUNTS if evidence.n_counts >= evidence.n_log + evidence.n_raw else Scale.LOG
