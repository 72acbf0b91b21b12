"""Public references between files and plans: building one, and reading one back."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.inspection import inspect, named_layout
from core.cohort.normalisation import PER_MILLION
from core.cohort.reading.entry import read
from core.cohort.records import Cohort
from core.errors import CohortError, WorkerError
from core.model.cohort import Scale
from core.synthesis.reference.file import ReferenceFile, build_reference

#: Larger than any reference of 30,000 genes.
_LARGEST_FILE: Final = 64 * 1024 * 1024


def reference_from(
    path: Path,
    *,
    label: str | None,
    ignored: tuple[str, ...],
    title: str,
    provenance: str,
    licence: str,
) -> ReferenceFile:
    """Summarise an open cohort's file.

    Genes with a cell that is not a number are left out: the reference need not cover a panel.

    Raises:
        CohortError: What is wrong with the file.
        PlanError: PL207 if there are fewer than ten records.
    """
    if not path.is_file():
        raise CohortError("CH101", file=path.name)
    if label:
        layout = named_layout(path, label=label, ignored=ignored)
    else:
        layout, _ = inspect(path)
    cohort = read(path, layout)
    values = _log_values(cohort)
    twice = set(cohort.gene_names.duplicates)
    usable = np.isfinite(values).all(axis=0)
    usable &= np.array([gene not in twice for gene in cohort.genes])
    return build_reference(
        values[:, usable],
        [gene for gene, ok in zip(cohort.genes, usable, strict=True) if ok],
        title=title,
        provenance=provenance,
        licence=licence,
        source_sha256=cohort.fingerprint,
        labels=cohort.labels,
    )


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
        WorkerError: WO606 if it cannot be read or is not one.
    """
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST_FILE else b""
    except OSError:
        raise WorkerError("WO606", file=path.name, reason="it cannot be read") from None
    return ReferenceFile.from_bytes(content, path.name)
