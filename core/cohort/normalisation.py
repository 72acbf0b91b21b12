"""Bring records onto the common scale, one at a time.

A record's normalised values depend on that record and on the plan's gene list only: the privacy
guarantee counts on it. So the functions here take one record per call, copy it into memory of its
own and sum with exactly rounded sums: the result has the same bits whoever else is in the file, in
whatever order, and however the file is stored.

References:
    formats.md "Cohort to numbers"; privacy.md section 1.
"""

from __future__ import annotations

import contextlib
import csv
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.cohort.inspection import inspect
from core.cohort.reading import read
from core.cohort.records import Cohort
from core.errors import CohortError, InternalError, PlanError, WorkerError
from core.model.cohort import Layout, Scale
from core.model.gene_names import canonical
from core.model.plan import Plan

#: Name of this normalisation in a plan.
NORMALISATION: Final = "log2-cpm-record-z"
PER_MILLION: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TrainingRecords:
    """Normalised records of one hospital. Invariant: one length, read-only, hidden from repr.

    Attributes:
        values: Shape (n_records, n_genes), float64; each row has mean 0 and standard deviation 1.
        class_index: Shape (n_records,), int64, index into the plan's classes.
        levels: Shape (n_records, 2), float64, log2 units: each row's mean and standard deviation
            before they were taken out.
        identifiers: Patient codes, for the keyed choice of the holdout.
    """

    values: NDArray[np.float64]
    class_index: NDArray[np.int64]
    levels: NDArray[np.float64]
    identifiers: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse lengths that do not agree, and lock the arrays.

        Raises:
            InternalError: IN901.
        """
        n = len(self.identifiers)
        shapes = self.class_index.shape == (n,) and self.levels.shape == (n, 2)
        if self.values.ndim != 2 or len(self.values) != n or not shapes:
            raise InternalError("IN901", rule="training records have one length")
        for array in (self.values, self.class_index, self.levels):
            array.setflags(write=False)

    def __repr__(self) -> str:
        """Hide the contents."""
        return "TrainingRecords(hidden)"

    def __reduce__(self) -> NoReturn:
        """Refuse pickling: patients do not leave the process."""
        message = "training records cannot be pickled"
        raise TypeError(message)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class NormalisedRecord:
    """One record on the common scale, and what was taken out of it.

    Attributes:
        values: Shape (n_genes,), float64, mean 0, standard deviation 1.
        level: The mean, log2 units.
        spread: The standard deviation (ddof 0), log2 units, positive.
    """

    values: NDArray[np.float64]
    level: float
    spread: float


def normalise_record(
    values: ArrayLike, *, scale: Scale, library_size: float, file_name: str = "", row: str = ""
) -> NDArray[np.float64]:
    """Bring one record onto the common scale; see ``levelled_record``, whose values these are."""
    return levelled_record(
        values, scale=scale, library_size=library_size, file_name=file_name, row=row
    ).values


def levelled_record(
    values: ArrayLike, *, scale: Scale, library_size: float, file_name: str = "", row: str = ""
) -> NormalisedRecord:
    """Bring one record onto the common scale and keep what is taken out of it.

    Counts become log2(CPM + 1), with CPM over all genes of the file; log values stay as they are.
    Then the record's own mean over the panel is subtracted and its own standard deviation
    (ddof 0) divides.

    >>> found = levelled_record([1.0, 2.0, 3.0], scale=Scale.LOG, library_size=6.0)
    >>> found.values.round(4).tolist(), found.level, round(found.spread, 4)
    ([-1.2247, 0.0, 1.2247], 2.0, 0.8165)
    >>> counts = normalise_record([0.0, 500_000.0], scale=Scale.COUNTS, library_size=1e6)
    >>> counts.tolist()
    [-1.0, 1.0]

    Args:
        values: Shape (n_genes,), the panel's values of one patient as in the file.
        scale: Counts or log.
        library_size: Sum of the record's counts over all genes of its file; unused for log values.
        file_name: For the error text.
        row: Where the record stands, for the error text.

    Returns:
        The values with mean 0 and standard deviation 1, and both as they were.

    Raises:
        CohortError: CH107 if all values are the same or a count record has no counts.
        InternalError: IN901 if a value is not finite or the shape is not that of one record.
    """
    record = np.array(values, dtype=np.float64, order="C")
    if record.ndim != 1 or not np.isfinite(record).all():
        raise InternalError("IN901", rule="one record of finite values is normalised at a time")
    if scale is Scale.COUNTS:
        if not library_size > 0:
            raise CohortError("CH107", row=row, file=file_name)
        record = np.log2(record * (PER_MILLION / library_size) + 1.0)
    if not record.size or record.min() == record.max():
        raise CohortError("CH107", row=row, file=file_name)
    level = math.fsum(record.tolist()) / record.size
    centred = record - level
    spread = math.sqrt(math.fsum((centred * centred).tolist()) / record.size)
    if not spread > 0:
        raise CohortError("CH107", row=row, file=file_name)
    return NormalisedRecord(values=centred / spread, level=level, spread=spread)


def panel_columns(cohort: Cohort, genes: Sequence[str]) -> NDArray[np.int64]:
    """Return where the plan's genes stand in the cohort, in the plan's order.

    Raises:
        CohortError: CH108 for a missing gene, CH112 for one that stands twice.
    """
    at = {name: i for i, name in enumerate(cohort.genes)}
    wanted = [canonical(gene) for gene in genes]
    missing = [gene for gene in wanted if gene not in at]
    if missing:
        raise CohortError(
            "CH108",
            gene=missing[0],
            file=cohort.file_name,
            missing=len(missing),
            wanted=len(wanted),
        )
    twice = set(wanted) & set(cohort.gene_names.duplicates)
    if twice:
        raise CohortError("CH112", gene=min(twice), file=cohort.file_name)
    return np.array([at[gene] for gene in wanted], dtype=np.int64)


def normalised_values(cohort: Cohort, genes: Sequence[str]) -> NDArray[np.float64]:
    """Return all records on the common scale, each computed alone.

    Returns:
        Shape (n_records, n_genes), float64.

    Raises:
        CohortError: CH105, CH107, CH108, CH111 or CH112.
    """
    return _levelled_values(cohort, genes)[0]


def _levelled_values(
    cohort: Cohort, genes: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values, shape (n_records, n_genes), and levels, shape (n_records, 2)."""
    columns = panel_columns(cohort, genes)
    values = np.empty((cohort.n_records, len(genes)))
    levels = np.empty((cohort.n_records, 2))
    for i in range(cohort.n_records):
        record = cohort.values[i, columns]
        _refuse_cells(cohort, i, record, genes)
        one = levelled_record(
            record,
            scale=cohort.scale,
            library_size=float(cohort.library_size[i]),
            file_name=cohort.file_name,
            row=cohort.row_text(i),
        )
        values[i], levels[i] = one.values, (one.level, one.spread)
    return values, levels


def _refuse_cells(
    cohort: Cohort, record: int, values: NDArray[np.float32], genes: Sequence[str]
) -> None:
    """Raise CH105 or CH111 for a cell of one record that cannot be used."""
    wrong = {"CH105": ~np.isfinite(values)}
    if cohort.scale is Scale.COUNTS:
        wrong["CH111"] = values < 0
    for code, cells in wrong.items():
        if cells.any():
            gene = genes[int(np.argmax(cells))]
            raise CohortError(
                code, row=cohort.row_text(record), column=gene, file=cohort.file_name
            )


def normalised(cohort: Cohort, genes: Sequence[str], classes: Sequence[str]) -> TrainingRecords:
    """Return a cohort as the plan wants it.

    Args:
        cohort: As read, with labels.
        genes: The plan's panel; order of the result's columns.
        classes: The plan's classes.

    Raises:
        CohortError: CH105, CH107, CH108, CH111 or CH112 for values and genes, CH109 for a label
            that the plan does not know, CH121 without labels.
    """
    index = class_index(cohort, classes)
    values, levels = _levelled_values(cohort, genes)
    return TrainingRecords(
        values=values, levels=levels, class_index=index, identifiers=cohort.identifiers
    )


def class_index(cohort: Cohort, classes: Sequence[str]) -> NDArray[np.int64]:
    """Return each record's class as its number among ``classes``, shape (n_records,), int64.

    Raises:
        CohortError: CH109 for a label that is none of them, CH121 without labels.
    """
    if not cohort.labels:
        raise CohortError("CH121", file=cohort.file_name, choices="none is named")
    index = {name: i for i, name in enumerate(classes)}
    for i, label in enumerate(cohort.labels):
        if label not in index:
            raise CohortError("CH109", row=cohort.row_text(i), file=cohort.file_name)
    return np.array([index[label] for label in cohort.labels], dtype=np.int64)


def normalise_file(
    plan: Plan,
    source: Path,
    layout: Layout | None,
    output: Path,
    *,
    keep_identifiers: bool = False,
) -> int:
    """Bring any other cohort onto a plan's scale, in the shape of ``release/synthetic.csv``.

    The label column comes first under its own name, if there is one (labels that the plan does not
    know stay as they are; records without one are left out), then the plan's genes. Patient codes
    are not written unless asked for.

    Args:
        plan: Names the genes, and the label column when there is no layout.
        source: The cohort file.
        layout: How to read it; None recognises it.
        output: Replaced as a whole, or left untouched on any error.
        keep_identifiers: Write the patient codes as the first column.

    Returns:
        Number of records written.

    Raises:
        PlanError: PL201 if the plan wants another normalisation.
        CohortError: What is wrong with the file.
        WorkerError: WO603 if the output cannot be written.
    """
    if plan.normalisation != NORMALISATION:
        raise PlanError("PL201", field="normalisation", reason="unknown to this version")
    if layout is None:
        layout, preview = inspect(source)
        known = plan.label_name in preview.column_names
        layout = replace(layout, label=plan.label_name if known else "")
    cohort = read(source, layout, wanted_genes=plan.genes)
    values = normalised_values(cohort, plan.genes)
    leading = []
    if keep_identifiers:
        leading.append(("patient", cohort.identifiers))
    if cohort.labels:
        leading.append((cohort.label_name, cohort.labels))
    header = [*(name for name, _ in leading), *plan.genes]
    lines = (
        [*(texts[i] for _, texts in leading), *map(repr, values[i].tolist())]
        for i in range(cohort.n_records)
    )
    _write_table(output, header, lines)
    return cohort.n_records


def _write_table(output: Path, header: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write a CSV file whole or not at all."""
    unfinished = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(header)
            table.writerows(lines)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(output)
    except OSError as wrong:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise WorkerError(
            "WO603", file=output.name, reason=wrong.strerror or "the disk refused"
        ) from None
