"""The three files that ``syncohort-cli quality`` compares, brought onto one scale.

Real patients are normalised as in a study, record by record over the genes that all three files
have. A synthetic cohort may come from any software: its columns in any order, more or fewer of
them, on the normalised scale already, on a log scale or as counts. What was done to it is said in
the report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.cohort.grids import grid_of
from core.cohort.inspection import counts_rows, named_layout
from core.cohort.normalisation import TrainingRecords, normalised, panel_columns
from core.cohort.reading import read
from core.cohort.records import Cohort
from core.cohort.value_checks import scale as scale_findings
from core.errors import CohortError, PlanError
from core.model.cohort import FileFormat, Layout
from core.model.comparison import Remark, RemarkKey
from core.model.gene_names import canonical
from core.model.release import SyntheticCohort
from core.study.panel import common_classes, common_panel

MOST_NAMES: Final = 20
#: How far the typical record of a cohort on the normalised scale may be from mean 0 and SD 1.
_NORMAL_MEAN: Final = 0.2
_NORMAL_SD: Final = (0.7, 1.4)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Compared:
    """What is compared. LocalView.

    Attributes:
        train: Real patients with whom the synthetic cohort was made.
        holdout: Real patients whom it has never seen.
        synthetic: The cohort to judge, on the same scale.
        remarks: What was done to bring them together.
        sha256: Of each file, by its role.
    """

    train: TrainingRecords
    holdout: TrainingRecords
    synthetic: SyntheticCohort
    remarks: tuple[Remark, ...]
    sha256: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The command's files.

    Attributes:
        real: Training patients.
        real_test: Held-out patients.
        synthetic: The cohort to judge.
        label: Column with the diagnosis, in all three.
        ignored: Columns that are neither gene nor label; a file need not have them.
    """

    real: Path
    real_test: Path
    synthetic: Path
    label: str
    ignored: tuple[str, ...] = ()


def gathered(files: Files, stop: Callable[[], bool]) -> Compared:
    """Read and align the three files.

    Raises:
        CohortError: What is wrong with a file; CH109 if the synthetic cohort has a class that no
            real patient has; CH127 if a patient is in both real files.
        PlanError: PL206 without a common gene, PL207 with fewer than two genes or classes.
    """
    real = _read(files.real, files, stop)
    test = _read(files.real_test, files, stop, real.genes)
    made = _read(files.synthetic, files, stop, real.genes)
    _refuse_shared(real, test)
    panel = common_panel([real.genes, test.genes, made.genes])
    if len(panel) < 2:
        raise PlanError("PL207", needed=2, what="genes", found=len(panel))
    classes = common_classes([real.labels, test.labels])
    synthetic, aligned = _synthetic(made, panel, classes)
    return Compared(
        train=normalised(real, panel, classes),
        holdout=normalised(test, panel, classes),
        synthetic=synthetic,
        remarks=(*_columns_remarks(real, made, panel), *_class_remarks(made, classes), *aligned),
        sha256=tuple(
            (role, cohort.fingerprint)
            for role, cohort in (("real", real), ("real_test", test), ("synthetic", made))
        ),
    )


def _read(
    path: Path, files: Files, stop: Callable[[], bool], genes: Collection[str] = ()
) -> Cohort:
    if not path.is_file():
        raise CohortError("CH101", file=path.name)
    cohort = read(path, _layout(path, files, genes), stop=stop)
    for finding in scale_findings(cohort):
        if finding.error is not None:
            raise finding.error
    return cohort


def _layout(path: Path, files: Files, genes: Collection[str]) -> Layout:
    """Return how to read a file of which the label is known, and genes if another file was read.

    A synthetic cohort often has no patient codes. Where no column looks like codes the first one
    is taken for them, or one that a stray text makes look like it: a gene would be lost. The label
    stands in for the codes then. A heading that is the label says that patients are rows, whatever
    the table's shape.
    """
    grid = grid_of(path)
    there = {*grid.names, *grid.skipped}
    ignored = tuple(name for name in files.ignored if name in there)
    layout = named_layout(path, label=files.label, ignored=ignored)
    if layout.transposed and layout.file_format in {FileFormat.CSV, FileFormat.TSV}:
        upright = replace(layout, transposed=False)
        grid = grid_of(path, upright)
        layout = upright if files.label in grid.names else layout
    if layout.transposed:
        return layout
    codes = layout.identifier or grid.names[0]
    if codes == files.label or canonical(codes) in genes:
        layout = replace(layout, identifier=files.label, ignored=(*ignored, *grid.skipped))
    # What stands before the codes is ignored, but not a gene.
    kept = (name for name in layout.ignored if canonical(name) not in genes or name in ignored)
    return replace(layout, ignored=tuple(dict.fromkeys(kept)))


def _refuse_shared(real: Cohort, test: Cohort) -> None:
    """Refuse held-out patients who are training patients: nothing would be held out.

    Row numbers, and codes that are no patient's because a file has none, say nothing.
    """
    codes = [c.identifiers for c in (real, test)]
    if any(counts_rows(c) or c == k.labels for c, k in zip(codes, (real, test), strict=True)):
        return
    shared = set(codes[0]) & set(codes[1])
    if shared:
        raise CohortError("CH127", count=len(shared), real=real.file_name, test=test.file_name)


def _synthetic(
    made: Cohort, panel: Sequence[str], classes: Sequence[str]
) -> tuple[SyntheticCohort, tuple[Remark, ...]]:
    """Return the cohort to judge: as it is if it is on the normalised scale, else normalised."""
    values = np.asarray(made.values[:, panel_columns(made, panel)], dtype=np.float64)
    index = {name: i for i, name in enumerate(classes)}
    for i, label in enumerate(made.labels):
        if label not in index:
            raise CohortError("CH109", row=made.row_text(i), file=made.file_name)
    remarks: tuple[Remark, ...] = ()
    if not is_normalised(values):
        values = normalised(made, panel, classes).values
        remarks = (Remark(key=RemarkKey.ALIGNED_SCALE, count=made.n_records),)
    cohort = SyntheticCohort(
        label_name=made.label_name,
        classes=tuple(classes),
        genes=tuple(panel),
        class_index=np.array([index[label] for label in made.labels], dtype=np.int64),
        values=values,
    )
    return cohort, remarks


def is_normalised(values: NDArray[np.float64]) -> bool:
    """Tell whether the typical record has mean 0 and standard deviation 1 over its genes."""
    if not np.isfinite(values).all():
        return False
    mean = abs(float(np.median(values.mean(axis=1))))
    spread = float(np.median(values.std(axis=1)))
    return mean <= _NORMAL_MEAN and _NORMAL_SD[0] <= spread <= _NORMAL_SD[1]


def _columns_remarks(real: Cohort, made: Cohort, panel: Sequence[str]) -> list[Remark]:
    kept, there = set(panel), set(made.genes)
    missing = [g for g in real.genes if g not in there]
    extra = [g for g in made.genes if g not in kept]
    return [
        Remark(key=key, count=len(names), names=tuple(names[:MOST_NAMES]))
        for key, names in (
            (RemarkKey.MISSING_GENES, missing),
            (RemarkKey.EXTRA_COLUMNS, extra),
        )
        if names
    ]


def _class_remarks(made: Cohort, classes: Sequence[str]) -> list[Remark]:
    missing = [name for name in classes if name not in set(made.labels)]
    if not missing:
        return []
    return [
        Remark(
            key=RemarkKey.MISSING_CLASSES, count=len(missing), names=tuple(missing[:MOST_NAMES])
        )
    ]
