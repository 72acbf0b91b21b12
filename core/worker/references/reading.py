"""Public references between files and plans: building one, and reading one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.inspection import inspect, named_layout
from core.cohort.normalisation import PER_MILLION
from core.cohort.prints import record_marks
from core.cohort.reading.entry import read
from core.cohort.records import Cohort
from core.errors import CohortError, WorkerError
from core.model.cohort import Layout, Scale
from core.synthesis.reference.file import ReferenceFile, build_reference, require_expression
from core.worker.cohorts.layouts import with_label

#: Larger than any reference of 30,000 genes.
_LARGEST_FILE: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """An open cohort's file and what a person says about it.

    Attributes:
        path: The file.
        label: Column with the diagnosis; empty: the reference has no class means.
        ignored: Columns that are neither gene nor label.
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
    """

    path: Path
    label: str
    ignored: tuple[str, ...]
    title: str
    provenance: str
    licence: str


def _nobody(_read: int, _expected: int) -> None:
    """Report progress to nobody."""


def _never() -> bool:
    """Do not stop."""
    return False


def reference_from(
    asked: OpenFile,
    *,
    on_progress: Callable[[int, int], None] = _nobody,
    stop: Callable[[], bool] = _never,
) -> ReferenceFile:
    """Summarise an open cohort's file.

    Genes with a cell that is not a number are left out: the reference need not cover a panel.

    Args:
        asked: The file and what is said about it.
        on_progress: Gets (records read, records expected).
        stop: Asked often; a true answer ends the reading.

    Raises:
        CohortError: What is wrong with the file, CH116 if it was stopped.
        PlanError: PL207 if there are fewer than ten records or three genes, PL201 for values that
            are no expression.
    """
    path = asked.path
    if not path.is_file():
        raise CohortError("CH101", file=path.name)
    cohort = read(path, _layout(asked), on_progress=on_progress, stop=stop)
    if cohort.evidence.n_raw:
        raise CohortError("CH122", file=path.name)
    values = _log_values(cohort)
    twice = set(cohort.gene_names.duplicates)
    usable = np.isfinite(values).all(axis=0)
    usable &= np.array([gene not in twice for gene in cohort.genes], dtype=bool)
    genes = [gene for gene, ok in zip(cohort.genes, usable, strict=True) if ok]
    return build_reference(
        values[:, usable],
        genes,
        title=asked.title,
        provenance=asked.provenance,
        licence=asked.licence,
        source_sha256=cohort.fingerprint,
        labels=cohort.labels,
        marks=record_marks(cohort.values[:, usable], genes),
    )


def _layout(asked: OpenFile) -> Layout:
    """Return how the file is read; what looks like a label and is not named is no gene."""
    if asked.label:
        return named_layout(asked.path, label=asked.label, ignored=asked.ignored)
    layout, preview = inspect(asked.path)
    aside = (layout.label, *preview.label_candidates, *asked.ignored)
    return with_label(layout, "", tuple(name for name in aside if name))


def _log_values(cohort: Cohort) -> NDArray[np.float64]:
    values: NDArray[np.float64] = cohort.values.astype(np.float64)
    if cohort.scale is not Scale.COUNTS:
        return values
    library: NDArray[np.float64] = np.maximum(cohort.library_size, 1.0)
    per_million: NDArray[np.float64] = values * (PER_MILLION / library)[:, None]
    return np.log2(np.maximum(per_million, 0.0) + 1.0)


def read_reference(path: Path) -> ReferenceFile:
    """Read a reference file.

    Raises:
        WorkerError: WO606 if it cannot be read, is too large or is not one.
        PlanError: PL201 if it was made of values that are no expression.
    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            reason = "it is larger than any public reference"
            raise WorkerError("WO606", file=path.name, reason=reason)
        content = path.read_bytes()
    except OSError:
        raise WorkerError("WO606", file=path.name, reason="it cannot be read") from None
    file = ReferenceFile.from_bytes(content, path.name)
    require_expression(file.mean, file.sd)
    return file
