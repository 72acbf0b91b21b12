"""Parquet: read some columns at a time, because a row group holds all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.gathering import GeneCollector
from core.cohort.genes import GeneNames
from core.cohort.reading.labels import missing_column
from core.cohort.reading.memory import refuse_too_large
from core.cohort.reading.task import Task
from core.cohort.records import Cohort
from core.cohort.text import fingerprint, named_columns
from core.errors import CohortError
from core.model.gene_names import canonical

BLOCK_COLUMNS: Final = 256
FIRST_ROW: Final = 2  # of the values, as a spreadsheet would show it


@contextmanager
def opened_parquet(task_path: Any) -> Iterator[Any]:  # noqa: ANN401 - pyarrow ships no types
    """Open a Parquet file.

    Raises:
        CohortError: CH101 if it cannot be opened, CH103 if it is damaged.
    """
    import pyarrow as pa  # noqa: PLC0415 - only a Parquet file costs its start
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(task_path) as table:
            yield table
    except (pa.ArrowException, pa.ArrowInvalid):
        raise CohortError(
            "CH103", file=task_path.name, reason="it is not a whole Parquet file"
        ) from None
    except OSError:
        raise CohortError(
            "CH103", file=task_path.name, reason="a part of it cannot be decoded"
        ) from None


def read_parquet(task: Task) -> Cohort:
    """Read a Parquet table.

    Raises:
        CohortError: As ``entry.read``.
    """
    digest = fingerprint(task.path, task.stop)
    with opened_parquet(task.path) as table:
        names = list(table.schema_arrow.names)
        shown = named_columns(names)
        if len(set(names)) < len(names):
            raise CohortError(
                "CH112", gene=next(n for n in names if names.count(n) > 1), file=task.path.name
            )
        if task.layout.transposed:
            return _read_genes_as_rows(task, digest, table, names, shown)
        return _read_records_as_rows(task, digest, table, names, shown)


def cell_text(value: object) -> str:
    """Return a stored value as a person would type it; empty if it is missing.

    >>> cell_text(1.0), cell_text(True), cell_text(None), cell_text(b"AML")
    ('1', 'True', '', 'AML')
    """
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return ""
        return str(int(value)) if float(value).is_integer() else str(value)
    return str(value).strip()


def _texts(table: Any, name: str) -> list[str]:  # noqa: ANN401
    return [cell_text(v) for v in table.read(columns=[name]).column(0).to_pylist()]


def _numbers(column: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Return one column as numbers, NaN where it holds none."""
    import pyarrow as pa  # noqa: PLC0415 - here only once a file is open

    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return np.array(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
    out = np.full(len(column), np.nan)
    for i, value in enumerate(column.to_pylist()):
        try:
            out[i] = float(value) if isinstance(value, str) else np.nan
        except ValueError:
            continue
    return out


def _blocks(
    task: Task,
    table: Any,  # noqa: ANN401
    names: list[str],
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield (position in ``names``, values) column by column."""
    for start in range(0, len(names), BLOCK_COLUMNS):
        task.check_stop()
        block = names[start : start + BLOCK_COLUMNS]
        part = table.read(columns=block, use_threads=False)
        for i, name in enumerate(block):
            yield start + i, _numbers(part.column(name))


def _read_records_as_rows(
    task: Task,
    digest: str,
    table: Any,  # noqa: ANN401
    names: list[str],
    shown: tuple[str, ...],
) -> Cohort:
    layout = task.layout
    for name in (*layout.ignored, layout.identifier, layout.label if task.label_in_file else ""):
        if name and name not in shown:
            raise missing_column(task.path.name, name)
    code_name = layout.identifier or shown[0]
    apart = {code_name, *layout.ignored, *([layout.label] if task.label_in_file else [])}
    genes_at = [i for i, name in enumerate(shown) if name not in apart]
    if not genes_at:
        raise task.no_genes()
    codes = _texts(table, names[shown.index(code_name)])
    labels: list[str] | None = None
    if task.labels is not None:
        labels = [task.labels.label(code) for code in codes]
    elif layout.label:
        labels = _texts(table, names[shown.index(layout.label)])
    genes = GeneNames.of([shown[i] for i in genes_at], task.wanted)
    kept = set(genes.kept)
    refuse_too_large(task.path.name, len(codes), len(kept))
    collector = GeneCollector(
        task.source(digest), codes, list(range(FIRST_ROW, len(codes) + FIRST_ROW)), len(kept)
    )
    for at, values in _blocks(task, table, [names[i] for i in genes_at]):
        collector.add(0, shown[genes_at[at]], values, keep=at in kept)
        if at % BLOCK_COLUMNS == 0:
            task.on_progress(len(codes) * at // len(genes_at), len(codes))
    task.on_progress(len(codes), len(codes))
    return collector.cohort(genes, labels, layout.label)


def _read_genes_as_rows(
    task: Task,
    digest: str,
    table: Any,  # noqa: ANN401
    names: list[str],
    shown: tuple[str, ...],
) -> Cohort:
    """Read patients as columns: the whole table at once, as float64, then gene by gene."""
    layout = task.layout
    used = [i for i, name in enumerate(shown) if name not in layout.ignored]
    if len(used) < 2:
        raise CohortError("CH110", file=task.path.name)
    gene_names = _texts(table, names[used[0]])
    codes = [shown[i] for i in used[1:]]
    if task.label_in_file and layout.label not in gene_names:
        raise missing_column(task.path.name, layout.label)
    refuse_too_large(task.path.name, 3 * len(codes), len(gene_names))
    matrix = np.empty((len(gene_names), len(codes)))
    for at, values in _blocks(task, table, [names[i] for i in used[1:]]):
        matrix[:, at] = values
        task.on_progress(at, len(codes))
    labels = None if task.labels is None else [task.labels.label(code) for code in codes]
    if task.label_in_file:
        row = gene_names.index(layout.label)
        labels = [_texts(table, names[i])[row] for i in used[1:]]
    chosen = [
        i
        for i, name in enumerate(gene_names)
        if name not in layout.ignored and not (task.label_in_file and name == layout.label)
    ]
    if not chosen:
        raise task.no_genes()
    wanted = None if task.wanted is None else {canonical(w) for w in task.wanted}
    collector = GeneCollector(task.source(digest), codes, [i + 1 for i in used[1:]], len(chosen))
    for i in chosen:
        task.check_stop()
        keep = wanted is None or canonical(gene_names[i]) in wanted
        collector.add(i + FIRST_ROW, gene_names[i], matrix[i], keep=keep)
    genes = GeneNames.of([gene_names[i] for i in chosen], task.wanted)
    return collector.cohort(genes, labels, layout.label)
