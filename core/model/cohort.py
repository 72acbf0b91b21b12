"""What may be said about a hospital's file on its own screen: layout, checks, summary. No rows.

Everything here is the steward's own view (LocalView): it never leaves the hospital.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FileFormat(StrEnum):
    """The formats SynCohort reads."""

    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    H5AD = "h5ad"
    GCT = "gct"


class Scale(StrEnum):
    """What the numbers are: raw counts, or values that are already on a log scale."""

    COUNTS = "counts"
    LOG = "log"


class GeneNaming(StrEnum):
    """Which kind of gene name the columns carry (formats.md)."""

    SYMBOL = "symbol"
    ENSEMBL = "ensembl"
    ENTREZ = "entrez"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How to read one file; recognised by the application, correctable by the steward.

    Attributes:
        file_format: Container of the table.
        delimiter: Field separator of a text table, one character; empty for binary formats.
        decimal: Decimal mark of a text table, ``.`` or ``,``.
        gzipped: Whether the text is gzip-compressed.
        transposed: Whether genes are rows and patients are columns.
        identifier: Column (or obs field) with the patient codes; empty means the first column.
        label: Column (or obs field) with the diagnosis; empty while it is not known.
        ignored: Columns that are neither gene nor label.
        scale: Counts or log values; None lets the checks decide.
        label_file: File name of a second table with patient codes and labels, as a full path;
            empty when the labels are in the same file.
    """

    file_format: FileFormat
    delimiter: str = ""
    decimal: str = "."
    gzipped: bool = False
    transposed: bool = False
    identifier: str = ""
    label: str = ""
    ignored: tuple[str, ...] = ()
    scale: Scale | None = None
    label_file: str = ""


class CheckState(StrEnum):
    """The outcome of one check."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a file: a key that the wording table translates, its outcome and
    public-to-the-steward facts.

    Attributes:
        key: Such as ``duplicates``, ``values``, ``constant-genes``, ``rare-classes``, ``scale``,
            ``gene-names``, ``index-column``, ``missing-labels``, ``orientation``.
        state: ok, note or problem.
        text: What was found, one plain English sentence without any expression value.
        advice: What to do, one sentence; empty when there is nothing to do.
        code: Error code for a problem, else empty.
    """

    key: str
    state: CheckState
    text: str
    advice: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows as the steward would read them; patient codes hidden ("Hidden 001").
    LocalView only.

    Attributes:
        columns: Column headings shown.
        rows: At most three rows of display texts.
        more_columns: Number of gene columns that are not shown.
        label_candidates: Columns that could be the label, best first.
        column_names: All (non-gene-like first) column names to choose identifier, label and
            ignored ones from, at most 200.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more_columns: int
    label_candidates: tuple[str, ...]
    column_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSummary:
    """What one checked file holds, for the hospital's own screen. Counts in it are exact:
    LocalView only.

    Attributes:
        file_name: Name without folder.
        n_records: Records with a label and values.
        n_left_out: Records without a label.
        n_genes: Gene columns.
        scale: Counts or log.
        naming: Kind of gene names.
        label_name: Heading of the label column.
        class_counts: (label, records) pairs, most frequent first.
        checks: All checks, problems first.
        fingerprint: SHA-256 of the file's bytes, 64 hex digits.
    """

    file_name: str
    n_records: int
    n_left_out: int
    n_genes: int
    scale: Scale
    naming: GeneNaming
    label_name: str
    class_counts: tuple[tuple[str, int], ...]
    checks: tuple[Check, ...]
    fingerprint: str

    @property
    def usable(self) -> bool:
        """Whether no check found a problem."""
        return all(c.state is not CheckState.PROBLEM for c in self.checks)
