"""The head of a file as a small table of texts, patients as rows, whatever the format."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.cohort.genes import likeness
from core.cohort.reading.h5ad import Axis, Matrix, opened_h5ad
from core.cohort.reading.labels import best_delimiter, is_gzip
from core.cohort.reading.parquet import cell_text, opened_parquet
from core.cohort.reading.text_table import gct_sizes, numbers
from core.cohort.text import (
    FOREIGN,
    csv_reason,
    fields,
    fitted_header,
    head,
    named_columns,
    opened,
    usable_delimiter,
)
from core.errors import CohortError
from core.model.cohort import FileFormat, Layout

HEAD_BYTES: Final = 4 << 20
MAX_RECORDS: Final = 300
MIN_RECORDS: Final = 20
MAX_CELLS: Final = 500_000  # looked at; so a wide file is recognised in a second
SHOWN_GENES: Final = 40  # of a binary file; a text file's head has them all
#: How much more one side must look like genes than the other (genes.likeness) to be believed.
SURE: Final = 0.8
FAINT: Final = 0.1
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_PARQUET: Final = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The head of one file.

    Attributes:
        file_format: Container.
        delimiter: Field separator of text.
        gzipped: Whether the text is compressed.
        transposed: Whether genes were rows; ``names`` and ``rows`` are turned already.
        names: Column names, patients being rows; the first is the patient code.
        rows: Cells, one list per patient.
        not_genes: Columns that the format itself says are not genes.
        skipped: Columns of a transposed file that are neither patients nor gene names.
        n_more: Genes that are not among ``names``.
        whole: Whether ``rows`` are all patients.
    """

    file_format: FileFormat
    delimiter: str = ""
    gzipped: bool = False
    transposed: bool = False
    names: tuple[str, ...]
    rows: list[list[str]]
    not_genes: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    n_more: int = 0
    whole: bool = False


def grid_of(path: Path, layout: Layout | None = None) -> Grid:
    """Recognise a file and return its head, separators and orientation as a ``layout`` says.

    Raises:
        CohortError: CH101, CH102, CH103 or CH110.
    """
    with opened(path, gzipped=False) as stream:
        start = stream.read(16)
    if not start.strip():
        raise CohortError("CH102", file=path.name, reason="it is empty")
    for magic, reason in FOREIGN:
        if start.startswith(magic):
            raise CohortError("CH102", file=path.name, reason=reason)
    if start.startswith(_HDF5):
        return _h5ad_grid(path, layout)
    if start.startswith(_PARQUET):
        return _parquet_grid(path, layout)
    return text_grid(path, layout)


# ---- text


def text_grid(path: Path, layout: Layout | None = None) -> Grid:
    """Return the head of a text table.

    Raises:
        CohortError: CH101, CH102, CH103 or CH110.
    """
    gzipped = is_gzip(path)
    text, whole = head(path, gzipped=gzipped, size_bytes=HEAD_BYTES)
    if not text.strip():
        raise CohortError("CH102", file=path.name, reason="it is empty")
    is_gct = text.startswith(("#1.2", "#1.3"))
    stated = "" if layout is None else layout.delimiter
    delimiter = "\t" if is_gct else usable_delimiter(path, stated or best_delimiter(text))
    lines = text.splitlines(keepends=True)
    try:
        table = [row for row in fields(iter(lines), delimiter) if any(map(str.strip, row))]  # type: ignore[arg-type]
    except csv.Error as wrong:
        raise CohortError("CH103", file=path.name, reason=csv_reason(wrong)) from None
    if is_gct:
        return _gct_grid(path, table, gzipped=gzipped, whole=whole)
    if len(table) < 2:
        raise CohortError("CH110", file=path.name)
    names = named_columns(fitted_header(table[0], table[1]))
    if len(names) < 2:
        reason = "it has one column only; columns are separated by comma, semicolon, tab or bar"
        raise CohortError("CH102", file=path.name, reason=reason)
    if _header_holds_values(names):
        reason = "its first line holds values; it must name the columns"
        raise CohortError("CH102", file=path.name, reason=reason)
    rows = [_padded(row, len(names)) for row in table[1:]]
    kind = FileFormat.TSV if delimiter == "\t" else FileFormat.CSV
    transposed = genes_are_rows(names, rows) if layout is None else layout.transposed
    if not transposed:
        shown = max(MIN_RECORDS, min(MAX_RECORDS, MAX_CELLS // len(names)))
        return Grid(
            file_format=kind,
            delimiter=delimiter,
            gzipped=gzipped,
            names=names,
            rows=rows[:shown],
            whole=whole and len(rows) <= shown,
        )
    names, rows, skipped = _turned(names, rows)
    return Grid(
        file_format=kind,
        delimiter=delimiter,
        gzipped=gzipped,
        transposed=True,
        names=names,
        rows=rows[:MAX_RECORDS],
        skipped=skipped,
        whole=len(rows) <= MAX_RECORDS,
    )


def _padded(row: list[str], length: int) -> list[str]:
    return row if len(row) == length else (row + [""] * length)[:length]


def _header_holds_values(names: tuple[str, ...]) -> bool:
    def fraction(name: str) -> bool:
        return "." in name and name.replace(".", "", 1).lstrip("-").isdecimal()

    return sum(map(fraction, names)) > len(names) / 2


def is_numeric(cells: list[str]) -> bool:
    """Whether no cell is a text other than a missing value, with either decimal mark."""
    known = [
        c for c in cells if c.strip() and c.strip().lower() not in {"na", "nan", "n/a", "null"}
    ]
    values = numbers(known, ",")
    return bool(known) and bool((values == values).all())  # noqa: PLR0124 - NaN differs from itself


def genes_are_rows(names: tuple[str, ...], rows: list[list[str]]) -> bool:
    """Whether a text table has genes as rows, judged by its names and by where its texts are.

    A column of words other than the first speaks for patients as rows, a row of words for genes as
    rows.
    """
    firsts = [row[0].strip() for row in rows[:2000]]
    tells = likeness(firsts) - likeness(list(names[1:2001]))
    if abs(tells) > SURE:
        return tells > 0
    body = [row[1:] for row in rows[:40]]
    width = min(len(names) - 1, 60)
    words_in_columns = (
        sum(not is_numeric([r[i] for r in body]) for i in range(width)) if body else 0
    )
    words_in_rows = sum(not is_numeric(r[:width]) for r in body)
    if words_in_columns != words_in_rows:
        return words_in_rows < words_in_columns and words_in_columns == width and words_in_rows > 0
    return tells > 0 if abs(tells) > FAINT else len(rows) > 2 * len(names)


def _turned(
    names: tuple[str, ...], rows: list[list[str]]
) -> tuple[tuple[str, ...], list[list[str]], tuple[str, ...]]:
    """Turn a table with genes as rows; columns of words that are no patients are skipped."""
    numeric_rows = [r for r in rows[:200] if sum(is_numeric([c]) for c in r) > len(r) / 2]
    skipped = tuple(
        names[i]
        for i in range(len(names))
        if i > 0 and numeric_rows and not is_numeric([r[i] for r in numeric_rows])
    )
    at = [i for i, name in enumerate(names) if name not in skipped]
    turned_names = (names[at[0]], *(row[at[0]].strip() for row in rows))
    turned = [[names[i], *(row[i] for row in rows)] for i in at[1:]]
    return turned_names, turned, skipped


def _gct_grid(path: Path, table: list[list[str]], *, gzipped: bool, whole: bool) -> Grid:
    sizes = gct_sizes(table[:2])
    if sizes is None or len(table) < 4:
        reason = "its first two lines are not those of GCT 1.2 or 1.3"
        raise CohortError("CH103", file=path.name, reason=reason)
    names = named_columns(table[2])
    rows = [_padded(row, len(names)) for row in table[3:]]
    at = range(1 + sizes[0], len(names))
    turned = [[names[i], *(row[i] for row in rows)] for i in at]
    n_genes = int(next(c for c in table[1] if c.strip().isdecimal()))
    n_here = len(rows) - sizes[1]
    return Grid(
        file_format=FileFormat.GCT,
        delimiter="\t",
        gzipped=gzipped,
        transposed=True,
        names=(names[0], *(row[0].strip() for row in rows)),
        rows=turned[:MAX_RECORDS],
        not_genes=tuple(row[0].strip() for row in rows[: sizes[1]]),
        n_more=max(0, n_genes - n_here),
        whole=whole and len(turned) <= MAX_RECORDS,
    )


# ---- binary


def _parquet_grid(path: Path, layout: Layout | None) -> Grid:
    with opened_parquet(path) as table:
        schema = table.schema_arrow
        all_names = list(schema.names)
        shown = named_columns(all_names)
        texts = [i for i, f in enumerate(schema) if str(f.type) not in _ARROW_NUMBERS]
        chosen = sorted({*range(min(SHOWN_GENES, len(all_names))), *texts[:SHOWN_GENES]})
        batch = next(table.iter_batches(MAX_RECORDS, columns=[all_names[i] for i in chosen]), None)
        if batch is None or not batch.num_rows or len(all_names) < 2:
            raise CohortError("CH110", file=path.name)
        columns = [[cell_text(v) for v in batch.column(all_names[i]).to_pylist()] for i in chosen]
        n_rows = table.metadata.num_rows
        firsts = [
            cell_text(v)
            for v in next(table.iter_batches(2000, columns=all_names[:1])).column(0).to_pylist()
        ]
    rows = [list(row) for row in zip(*columns, strict=True)]
    transposed = (
        likeness(firsts) > likeness(list(shown[1:2001])) + SURE
        if layout is None
        else layout.transposed
    )
    if transposed:
        names, rows, skipped = _turned(tuple(shown[i] for i in chosen), rows)
        return Grid(
            file_format=FileFormat.PARQUET,
            transposed=True,
            names=names,
            rows=rows,
            skipped=skipped,
            n_more=n_rows - len(names) + 1,
        )
    return Grid(
        file_format=FileFormat.PARQUET,
        names=tuple(shown[i] for i in chosen),
        rows=rows,
        n_more=len(all_names) - len(chosen),
        whole=n_rows <= MAX_RECORDS,
    )


_ARROW_NUMBERS: Final = frozenset(
    [
        "float",
        "halffloat",
        "double",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
    ]
)


def _h5ad_grid(path: Path, layout: Layout | None) -> Grid:
    with opened_h5ad(path) as store:
        obs, var = Axis(store, "obs"), Axis(store, "var")
        transposed = (
            likeness(obs.names[:2000]) > likeness(var.names[:2000]) + SURE
            if layout is None
            else layout.transposed
        )
        patients, genes = (var, obs) if transposed else (obs, var)
        matrix = Matrix(store["X"])
        n = min(MAX_RECORDS, len(patients.names))
        if not n or not genes.names:
            raise CohortError("CH110", file=path.name)
        shown = genes.names[:SHOWN_GENES]
        values = [["…"] * len(shown) for _ in range(n)]
        if matrix.by_record and not transposed:
            for i, line in zip(range(min(n, 3)), matrix.slices(), strict=False):
                values[i] = [cell_text(v) for v in line[: len(shown)]]
    columns = [patients.texts(c) for c in patients.columns]
    rows = [[patients.names[i], *(c[i] for c in columns), *values[i]] for i in range(n)]
    return Grid(
        file_format=FileFormat.H5AD,
        transposed=transposed,
        names=(patients.index_name or "patient", *patients.columns, *shown),
        rows=rows,
        not_genes=patients.columns,
        n_more=len(genes.names) - len(shown),
        whole=n == len(patients.names),
    )
