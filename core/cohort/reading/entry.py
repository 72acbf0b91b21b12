"""The door: one function for all formats."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from core.cohort.reading.h5ad import read_h5ad
from core.cohort.reading.labels import read_labels
from core.cohort.reading.parquet import read_parquet
from core.cohort.reading.task import Task
from core.cohort.reading.text_table import read_text
from core.cohort.records import Cohort
from core.errors import CohortError
from core.model.cohort import FileFormat, Layout


def _nobody(_read: int, _expected: int) -> None:
    """Report progress to nobody."""


def _never() -> bool:
    """Do not stop."""
    return False


def read(
    path: Path,
    layout: Layout,
    *,
    wanted_genes: Collection[str] | None = None,
    on_progress: Callable[[int, int], None] = _nobody,
    stop: Callable[[], bool] = _never,
) -> Cohort:
    """Read a cohort file.

    Cells that are missing or not a number become NaN and are listed in the cohort's evidence:
    ``checks.check`` reports them and ``checks.refuse_problems`` raises them. Records without a
    label are left out and counted.

    Args:
        path: The file.
        layout: From ``inspection.inspect``, corrected where needed. An empty label reads no
            labels.
        wanted_genes: Keep these genes only, in file order (library sizes are over all genes in any
            case).
        on_progress: Gets (records read, records expected) now and then, and at the end.
        stop: Asked often; a true answer ends the reading.

    Returns:
        The cohort, values float32, about 4 bytes x records x kept genes.

    Raises:
        CohortError: CH101 to CH104, CH106 (label file), CH110, CH113, CH116, CH117, CH120.
    """
    before = _identity(path)
    labels = read_labels(layout, stop) if layout.label_file and layout.label else None
    task = Task(
        path=path,
        layout=layout,
        wanted=wanted_genes,
        labels=labels,
        on_progress=on_progress,
        stop=stop,
    )
    try:
        cohort = _by_format(task)
    except MemoryError:
        raise CohortError(
            "CH120", file=path.name, needed_mb="more", available_mb="too few"
        ) from None
    if _identity(path) != before:
        raise CohortError("CH117", file=path.name)
    return cohort


def _by_format(task: Task) -> Cohort:
    match task.layout.file_format:
        case FileFormat.CSV | FileFormat.TSV | FileFormat.GCT:
            return read_text(task)
        case FileFormat.PARQUET:
            return read_parquet(task)
        case FileFormat.H5AD:
            return read_h5ad(task)


def _identity(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except OSError:
        raise CohortError("CH101", file=path.name) from None
    if not path.is_file():
        raise CohortError("CH101", file=path.name)
    return facts.st_size, facts.st_mtime_ns
