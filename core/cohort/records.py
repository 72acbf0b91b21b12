"""The one value that holds patients: a cohort as read, before any normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from core.cohort.genes import GeneNames
from core.errors import InternalError
from core.model.cohort import Layout, Scale

#: Heading texts that mean "not known" in a label or identifier cell.
MISSING = frozenset(
    {"", "na", "n/a", "nan", "-nan", "null", "<na>", "#n/a", "#na", "#value!", "?", "."}
)


def is_missing(text: str) -> bool:
    """Whether a cell says that nothing is known.

    >>> [is_missing(t) for t in ("", " NA ", "NaN", "None", "negative")]
    [True, True, True, False, False]
    """
    return text.strip().lower() in MISSING


def letters(number: int) -> str:
    """Return the spreadsheet's name of a column, counted from 1.

    >>> letters(1), letters(26), letters(27), letters(703)
    ('A', 'Z', 'AA', 'AAA')
    """
    text = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the values looked like while they were read; positions as a spreadsheet shows them.

    Attributes:
        n_bad: Cells that are missing or not a number.
        bad_cells: (row, column) of the first of them.
        first_negative: (row, column) of the first negative value, or None.
        n_counts: Records that can only be counts (no negative value, one above 50).
        n_log: Records that can only be on a log scale (small, with fractions or negative values).
        n_raw: Records that are neither (large and negative).
        n_small: Records of small whole numbers, which could be either.
        whole: Whether every value is a whole number.
    """

    n_bad: int
    bad_cells: tuple[tuple[int, str], ...]
    first_negative: tuple[int, str] | None
    n_counts: int
    n_log: int
    n_raw: int
    n_small: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cohort:
    """Records of one hospital. Invariant: shapes agree, arrays are read-only, repr hides all.

    Attributes:
        file_name: Name without folder.
        layout: How the file was read.
        identifiers: Patient codes, one per record.
        labels: Diagnoses, one per record; empty while no label column is chosen.
        label_name: Heading of the label column; empty without one.
        gene_names: What is known of the gene names; ``genes`` are the columns of ``values``.
        values: Shape (n_records, n_genes), float32, as in the file; NaN where a cell is not a
            number.
        library_size: Shape (n_records,), float64, sum over all genes of the file, also those not
            kept.
        rows: Spreadsheet row of each record (column, when patients are columns), counted from 1.
        scale: As the layout says, else as recognised.
        n_left_out: Records without a label.
        fingerprint: SHA-256 of the file's bytes, 64 hex digits.
        evidence: What the values looked like.
    """

    file_name: str
    layout: Layout
    identifiers: tuple[str, ...]
    labels: tuple[str, ...]
    label_name: str
    gene_names: GeneNames
    values: NDArray[np.float32]
    library_size: NDArray[np.float64]
    rows: tuple[int, ...]
    scale: Scale
    n_left_out: int
    fingerprint: str
    evidence: Evidence

    def __post_init__(self) -> None:
        """Refuse shapes that do not agree, and lock the arrays.

        Raises:
            InternalError: IN901.
        """
        n = len(self.identifiers)
        same = self.values.shape == (n, len(self.genes)) and self.library_size.shape == (n,)
        if not same or len(self.rows) != n or len(self.labels) not in (0, n):
            raise InternalError("IN901", rule="the parts of a cohort have one length")
        self.values.setflags(write=False)
        self.library_size.setflags(write=False)

    @property
    def genes(self) -> tuple[str, ...]:
        """Names of the kept genes, in file order."""
        return self.gene_names.names

    @property
    def n_records(self) -> int:
        """Number of records. Secret of the hospital."""
        return len(self.identifiers)

    def place(self, record: int) -> str:
        """Say where a record stands in the file, as a spreadsheet shows it."""
        number = self.rows[record]
        return f"column {letters(number)}" if self.layout.transposed else f"row {number}"

    def row_text(self, record: int) -> str:
        """Say the same in the word after "row" of an error text."""
        number = self.rows[record]
        return f"{letters(number)} (a column)" if self.layout.transposed else str(number)

    def __repr__(self) -> str:
        """Hide the contents."""
        return "Cohort(hidden)"

    def __bool__(self) -> NoReturn:
        """Refuse: the truth value would depend on patients."""
        message = "a cohort has no truth value"
        raise TypeError(message)

    def __reduce__(self) -> NoReturn:
        """Refuse pickling: patients do not leave the process."""
        message = "a cohort cannot be pickled"
        raise TypeError(message)
