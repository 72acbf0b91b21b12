"""AnnData (.h5ad): X in slices, dense or sparse; labels from obs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.gathering import GeneCollector, RecordCollector
from core.cohort.genes import GeneNames
from core.cohort.reading.labels import missing_column
from core.cohort.reading.memory import refuse_too_large
from core.cohort.reading.parquet import FIRST_ROW, cell_text
from core.cohort.reading.task import Task
from core.cohort.records import Cohort
from core.cohort.text import fingerprint
from core.errors import CohortError
from core.model.gene_names import canonical

SLICE: Final = 64


@contextmanager
def opened_h5ad(path: Path) -> Iterator[Any]:
    """Open an h5ad file.

    Raises:
        CohortError: CH103 if it is damaged or not AnnData.
    """
    import h5py  # noqa: PLC0415 - only an h5ad costs its start

    try:
        with h5py.File(path, "r") as store:
            if not {"X", "obs", "var"} <= set(store):
                raise CohortError("CH102", file=path.name, reason="it has no X, obs and var")
            yield store
    except (OSError, KeyError, RuntimeError):
        raise CohortError(
            "CH103", file=path.name, reason="a part of it cannot be decoded"
        ) from None


class Axis:
    """The table of records or of genes beside X: its names and its columns."""

    def __init__(self, store: Any, key: str) -> None:  # noqa: ANN401 - h5py ships no types
        """Read the table ``key`` (obs or var)."""
        from anndata.io import read_elem  # noqa: PLC0415 - takes seconds that only an h5ad costs

        table = read_elem(store[key])
        self.names = [cell_text(v) for v in table.index.tolist()]
        self.index_name = str(table.index.name or "")
        self.columns = tuple(str(c) for c in table.columns)
        self._table = table

    def texts(self, column: str) -> list[str]:
        """Return one column as texts, empty where missing."""
        series = self._table.iloc[:, self.columns.index(column)]
        return [
            "" if gone else cell_text(v)
            for v, gone in zip(series.tolist(), series.isna(), strict=True)
        ]


class Matrix:
    """X, read in slices along the axis in which it is stored.

    Attributes:
        shape: (obs, var).
        by_record: Whether slices are records (dense, CSR) or genes (CSC).
    """

    def __init__(self, x: Any) -> None:  # noqa: ANN401
        """Look at how X is stored."""
        self._x = x
        kind = str(x.attrs.get("encoding-type", x.attrs.get("h5sparse_format", "")))
        self._sparse = not hasattr(x, "shape")  # a dense X is a dataset, a sparse one a group
        self.by_record = not (self._sparse and kind.startswith("csc"))
        shape = x.attrs.get("shape", x.attrs.get("h5sparse_shape")) if self._sparse else x.shape
        self.shape = (int(shape[0]), int(shape[1]))

    def slices(self) -> Iterator[NDArray[np.float64]]:
        """Yield records (``by_record``) or genes, one after the other, as float64."""
        along, across = self.shape if self.by_record else self.shape[::-1]
        starts = self._x["indptr"][:] if self._sparse else None
        for low in range(0, along, SLICE):
            high = min(low + SLICE, along)
            if starts is None:
                yield from np.asarray(self._x[low:high], dtype=np.float64)
                continue
            first, last = int(starts[low]), int(starts[high])
            stored, places = self._x["data"][first:last], self._x["indices"][first:last]
            for i in range(low, high):
                line = np.zeros(across)
                part = slice(int(starts[i]) - first, int(starts[i + 1]) - first)
                line[places[part]] = stored[part]
                yield line


def read_h5ad(task: Task) -> Cohort:
    """Read an AnnData file; ``layout.transposed`` means that obs are genes.

    Raises:
        CohortError: As ``entry.read``.
    """
    digest = fingerprint(task.path, task.stop)
    with opened_h5ad(task.path) as store:
        patients, genes = Axis(store, "obs"), Axis(store, "var")
        matrix = Matrix(store["X"])
        if matrix.shape != (len(patients.names), len(genes.names)):
            raise task.damaged("X does not have the size of obs and var")
        if task.layout.transposed:
            patients, genes = genes, patients
        try:
            return _read(task, digest, matrix, patients, genes)
        except (IndexError, TypeError, ValueError):
            raise task.damaged("X cannot be decoded") from None


def _read(task: Task, digest: str, matrix: Matrix, patients: Axis, genes: Axis) -> Cohort:
    layout = task.layout
    codes = patients.names
    if layout.identifier and layout.identifier != patients.index_name:
        if layout.identifier not in patients.columns:
            raise missing_column(task.path.name, layout.identifier, patients.columns)
        codes = patients.texts(layout.identifier)
    labels: list[str] | None = None
    if task.labels is not None:
        labels = [task.labels.label(code) for code in codes]
    elif layout.label:
        if layout.label not in patients.columns:
            raise missing_column(task.path.name, layout.label, patients.columns)
        labels = patients.texts(layout.label)
    chosen = [i for i, name in enumerate(genes.names) if name not in layout.ignored]
    if not chosen:
        raise task.no_genes()
    names = GeneNames.of([genes.names[i] for i in chosen], task.wanted)
    refuse_too_large(task.path.name, len(codes), len(names.kept))
    if matrix.by_record != layout.transposed:
        return _by_record(task, digest, matrix, codes, labels, (names, genes.names, chosen))
    return _by_gene(task, digest, matrix, codes, labels, (names, genes.names, chosen))


Panel = tuple[GeneNames, list[str], list[int]]


def _by_record(
    task: Task,
    digest: str,
    matrix: Matrix,
    codes: list[str],
    labels: list[str] | None,
    panel: Panel,
) -> Cohort:
    names, all_names, chosen = panel
    raw_names = tuple(all_names[i] for i in chosen)
    columns = np.array(chosen, dtype=np.int64)
    collector = RecordCollector(task.source(digest), names, raw_names, len(codes))
    for i, values in enumerate(matrix.slices()):
        if i % SLICE == 0:
            task.check_stop()
            task.on_progress(i, len(codes))
        label = None if labels is None else labels[i]
        if collector.wants(label):
            line = values if len(chosen) == len(values) else values[columns]
            collector.add(i + FIRST_ROW, codes[i], label, line)
    task.on_progress(len(codes), len(codes))
    return collector.cohort(task.layout.label)


def _by_gene(
    task: Task,
    digest: str,
    matrix: Matrix,
    codes: list[str],
    labels: list[str] | None,
    panel: Panel,
) -> Cohort:
    names, all_names, chosen = panel
    wanted = None if task.wanted is None else {canonical(w) for w in task.wanted}
    places = list(range(FIRST_ROW, len(codes) + FIRST_ROW))
    collector = GeneCollector(task.source(digest), codes, places, len(names.kept))
    of_interest = set(chosen)
    for i, values in enumerate(matrix.slices()):
        if i % SLICE == 0:
            task.check_stop()
            task.on_progress(len(codes) * i // len(all_names), len(codes))
        if i in of_interest:
            keep = wanted is None or canonical(all_names[i]) in wanted
            collector.add(i + FIRST_ROW, all_names[i], values, keep=keep)
    task.on_progress(len(codes), len(codes))
    return collector.cohort(names, labels, task.layout.label)
