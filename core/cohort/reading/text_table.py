"""CSV, TSV and GCT, patients as rows or as columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.gathering import GeneCollector, RecordCollector
from core.cohort.genes import GeneNames
from core.cohort.reading.labels import missing_column
from core.cohort.reading.memory import refuse_too_large
from core.cohort.reading.task import Task
from core.cohort.records import Cohort
from core.cohort.text import (
    Survey,
    fitted_header,
    named_columns,
    rows_of,
    survey,
    usable_delimiter,
)
from core.errors import CohortError
from core.model.cohort import FileFormat
from core.model.gene_names import canonical

REPORT_EVERY: Final = 16
Row = tuple[int, list[str]]


def read_text(task: Task) -> Cohort:
    """Read a text table.

    Raises:
        CohortError: As ``entry.read``.
    """
    layout = task.layout
    found = survey(task.path, gzipped=layout.gzipped, stop=task.stop)
    is_gct = layout.file_format is FileFormat.GCT
    delimiter = "\t" if is_gct else usable_delimiter(task.path, layout.delimiter)
    with rows_of(
        task.path, gzipped=layout.gzipped, encoding=found.encoding, delimiter=delimiter
    ) as raw:
        rows = ((n, row) for n, row in enumerate(raw, start=1) if any(map(str.strip, row)))
        if layout.transposed or is_gct:
            return _read_genes_as_rows(task, found, rows)
        return _read_records_as_rows(task, found, rows)


def numbers(cells: list[str], decimal: str) -> NDArray[np.float64]:
    """Turn cells into numbers, NaN where a cell is none.

    >>> numbers(["1", "2.5", "NA", "1_0", " 3 "], ".").tolist()
    [1.0, 2.5, nan, nan, 3.0]
    """
    if decimal == ",":
        cells = [c.replace(",", ".") for c in cells]
    if "_" not in "".join(cells):  # Python reads 1_0 as ten
        try:
            return np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            pass
    return np.fromiter(map(_number, cells), np.float64, len(cells))


def _number(cell: str) -> float:
    try:
        return float("nan") if "_" in cell else float(cell)
    except ValueError:
        return float("nan")


def _header_and_first(task: Task, rows: Iterator[Row]) -> tuple[tuple[str, ...], Row]:
    """Return the column names and the first row below them."""
    header = next(rows, None)
    first = next(rows, None)
    if header is None or first is None:
        raise CohortError("CH110", file=task.path.name)
    if len(header[1]) < 2 and len(first[1]) < 2:
        raise task.damaged("it has one column only; check the separator between columns")
    return named_columns(fitted_header(header[1], first[1])), first


def _after(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _column(task: Task, name: str, columns: tuple[str, ...]) -> int:
    if name not in columns:
        raise missing_column(task.path.name, name)
    return columns.index(name)


# ---- patients as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Which field of a row is what."""

    code_at: int
    label_at: int | None
    genes_at: tuple[int, ...]
    genes_from: int | None  # first gene when the genes are one block to the end of the row


def _columns(task: Task, names: tuple[str, ...]) -> _Columns:
    layout = task.layout
    code_at = _column(task, layout.identifier, names) if layout.identifier else 0
    label_at = _column(task, layout.label, names) if task.label_in_file else None
    apart = {code_at, label_at, *(_column(task, name, names) for name in layout.ignored)}
    genes_at = tuple(i for i in range(len(names)) if i not in apart)
    if not genes_at:
        raise task.no_genes()
    block = genes_at == tuple(range(genes_at[0], len(names)))
    return _Columns(
        code_at=code_at,
        label_at=label_at,
        genes_at=genes_at,
        genes_from=genes_at[0] if block else None,
    )


def _read_records_as_rows(task: Task, found: Survey, rows: Iterator[Row]) -> Cohort:
    names, first = _header_and_first(task, rows)
    columns = _columns(task, names)
    raw_names = tuple(names[i] for i in columns.genes_at)
    genes = GeneNames.of(raw_names, task.wanted)
    expected = found.n_lines - 1
    refuse_too_large(task.path.name, expected, len(genes.kept))
    collector = RecordCollector(task.source(found.fingerprint), genes, raw_names, expected)
    n_read = 0
    for number, row in _after(first, rows):
        task.check_stop()
        if len(row) != len(names):
            raise task.damaged(f"row {number} has {len(row)} fields instead of {len(names)}")
        n_read += 1
        if n_read % REPORT_EVERY == 0:
            task.on_progress(n_read, max(expected, n_read))
        code = row[columns.code_at].strip()
        label = row[columns.label_at].strip() if columns.label_at is not None else None
        if task.labels is not None:
            label = task.labels.label(code)
        if collector.wants(label):
            cells = (
                row[columns.genes_from :]
                if columns.genes_from is not None
                else [row[i] for i in columns.genes_at]
            )
            collector.add(number, code, label, numbers(cells, task.layout.decimal))
    task.on_progress(n_read, n_read)
    return collector.cohort(task.layout.label)


# ---- genes as rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What stands around the values of a table with genes as rows.

    Attributes:
        names: Column headings; patient codes and what stands before them.
        name_at: Column with the gene names.
        codes_at: Columns of the patients.
        n_meta_rows: Rows below the header that describe patients (GCT 1.3).
    """

    names: tuple[str, ...]
    name_at: int
    codes_at: tuple[int, ...]
    n_meta_rows: int


def _frame(task: Task, rows: Iterator[Row]) -> tuple[_Frame, Iterator[Row]]:
    if task.layout.file_format is FileFormat.GCT:
        return _gct_frame(task, rows)
    names, first = _header_and_first(task, rows)
    ignored = {names.index(n) for n in task.layout.ignored if n in names}
    used = [i for i in range(len(names)) if i not in ignored]
    if len(used) < 2:
        raise CohortError("CH110", file=task.path.name)
    frame = _Frame(names=names, name_at=used[0], codes_at=tuple(used[1:]), n_meta_rows=0)
    return frame, _after(first, rows)


def gct_sizes(preface: list[list[str]]) -> tuple[int, int] | None:
    """Return how many columns describe genes and rows describe patients; None if not GCT.

    >>> gct_sizes([["#1.2"], ["20", "3"]]), gct_sizes([["#1.3"], ["20", "3", "1", "2"]])
    ((1, 0), (1, 2))
    """
    if len(preface) < 2 or not preface[0]:
        return None
    sizes = [int(c) for c in preface[1] if c.strip().isdecimal()]
    match preface[0][0].strip():
        case "#1.2":
            return (1, 0) if len(sizes) >= 2 else None
        case "#1.3":
            return (sizes[2], sizes[3]) if len(sizes) >= 4 else None
        case _:
            return None


def _gct_frame(task: Task, rows: Iterator[Row]) -> tuple[_Frame, Iterator[Row]]:
    preface = [row for _, row in (next(rows, (0, [])), next(rows, (0, [])))]
    sizes = gct_sizes(preface)
    header = next(rows, None)
    if sizes is None or header is None:
        raise task.damaged("its first two lines are not those of GCT 1.2 or 1.3")
    names = named_columns(header[1])
    codes_at = tuple(range(1 + sizes[0], len(names)))
    if not codes_at:
        raise CohortError("CH110", file=task.path.name)
    return _Frame(names=names, name_at=0, codes_at=codes_at, n_meta_rows=sizes[1]), rows


def _read_genes_as_rows(task: Task, found: Survey, rows: Iterator[Row]) -> Cohort:
    frame, rows = _frame(task, rows)
    codes = [frame.names[i] for i in frame.codes_at]
    wanted = None if task.wanted is None else {canonical(w) for w in task.wanted}
    capacity = found.n_lines if wanted is None else min(len(wanted), found.n_lines)
    refuse_too_large(task.path.name, len(codes), capacity)
    places = [i + 1 for i in frame.codes_at]
    collector = GeneCollector(task.source(found.fingerprint), codes, places, capacity)
    labels: list[str] | None = None
    if task.labels is not None:
        labels = [task.labels.label(code) for code in codes]
    gene_names: list[str] = []
    meta_names: list[str] = []
    for n_read, (number, row) in enumerate(rows):
        task.check_stop()
        if n_read % REPORT_EVERY == 0:
            task.on_progress(len(codes) * n_read // found.n_lines, len(codes))
        if len(row) != len(frame.names):
            raise task.damaged(f"row {number} has {len(row)} fields instead of {len(frame.names)}")
        name = row[frame.name_at].strip() or f"Unnamed: {number}"
        cells = [row[i] for i in frame.codes_at]
        is_label = task.label_in_file and name == task.layout.label
        if is_label:
            labels = [cell.strip() for cell in cells]
        if is_label or n_read < frame.n_meta_rows or name in task.layout.ignored:
            meta_names.append(name)
            continue
        keep = wanted is None or canonical(name) in wanted
        collector.add(number, name, numbers(cells, task.layout.decimal), keep=keep)
        gene_names.append(name)
    if task.label_in_file and labels is None:
        raise missing_column(task.path.name, task.layout.label, tuple(meta_names))
    if not gene_names:
        raise task.no_genes()
    task.on_progress(len(codes), len(codes))
    return collector.cohort(GeneNames.of(gene_names, task.wanted), labels, task.layout.label)
