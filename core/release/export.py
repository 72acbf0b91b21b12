"""Hand a release on: CSV, Parquet or AnnData, the manifest always beside it.

Only what the manifest vouches for is exported: the table's hash is checked first.
"""

from __future__ import annotations

import json
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from core.errors import PlanError, WorkerError
from core.model.release import SyntheticCohort
from core.model.stage import is_text
from core.release.manifest import readable, sha256
from core.release.table import parse_csv
from core.release.writing import write_file

TABLE: Final = "synthetic.csv"
EXPRESSION: Final = "synthetic-log2.csv"
MANIFEST: Final = "manifest.json"
REPORT: Final = "report.json"


class ExportFormat(StrEnum):
    """What a synthetic cohort can be handed on as; the value is the file's suffix."""

    CSV = "csv"
    LOG2_CSV = "log2.csv"
    PARQUET = "parquet"
    H5AD = "h5ad"


def load_release(folder: Path) -> tuple[SyntheticCohort, dict[str, object]]:
    """Read a written release and check it against its manifest.

    Returns:
        The synthetic cohort and the manifest.

    Raises:
        WorkerError: WO606 if a file is missing, changed or not ours.
    """
    content, classes, manifest = _checked(folder)
    return parse_csv(content, classes, TABLE), manifest


def export(folder: Path, target: Path, export_format: ExportFormat) -> tuple[Path, Path]:
    """Write the synthetic cohort of a release to ``target``, and its manifest beside it.

    Args:
        folder: Where the release was written.
        target: The new file; never overwritten.
        export_format: CSV, Parquet or AnnData.

    Returns:
        The paths of the file and of its manifest.

    Raises:
        PlanError: PL210 if one of the two files is already there.
        WorkerError: WO603 if the disk refuses, WO606 if the release was changed.
    """
    beside = target.with_name(target.name + ".manifest.json")
    if target.exists() or beside.exists():
        raise PlanError("PL210", folder=target.parent.name)
    cohort, manifest = load_release(folder)
    content = _as(export_format, folder, cohort, manifest)
    exported = {"name": target.name, "sha256": sha256(content), "size_bytes": len(content)}
    write_file(target, content)
    write_file(beside, readable({**manifest, "exported": exported}))
    return target, beside


def _as(
    export_format: ExportFormat, folder: Path, cohort: SyntheticCohort, manifest: dict[str, object]
) -> bytes:
    match export_format:
        case ExportFormat.CSV:
            return (folder / TABLE).read_bytes()
        case ExportFormat.LOG2_CSV:
            return _expression(folder, manifest)
        case ExportFormat.PARQUET:
            return _parquet(cohort, manifest)
        case ExportFormat.H5AD:
            return _h5ad(cohort, manifest)


def _expression(folder: Path, manifest: dict[str, object]) -> bytes:
    """Return the log2 table after checking it against the manifest."""
    stated = _stated(manifest)
    try:
        content = (folder / EXPRESSION).read_bytes()
    except OSError:
        reason = "this release has the normalised scale only"
        raise WorkerError("WO606", file=EXPRESSION, reason=reason) from None
    if stated.get(EXPRESSION) != sha256(content):
        raise WorkerError("WO606", file=EXPRESSION, reason="its SHA-256 is not the manifest's")
    return content


def _stated(manifest: dict[str, Any]) -> dict[str, str]:
    return {f["name"]: f["sha256"] for f in manifest["files"]}


def _checked(folder: Path) -> tuple[bytes, tuple[str, ...], dict[str, object]]:
    """Return the table, its classes and the manifest."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        content = (folder / TABLE).read_bytes()
        stated = _stated(manifest)
        classes = tuple(manifest["sample"]["classes"])
        known = manifest["format"] == "syncohort-manifest" and all(map(is_text, classes))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise WorkerError("WO606", file=MANIFEST, reason=type(wrong).__name__) from None
    if not known or stated.get(TABLE) != sha256(content):
        raise WorkerError("WO606", file=TABLE, reason="its SHA-256 is not the manifest's")
    return content, classes, manifest


def _parquet(cohort: SyntheticCohort, manifest: dict[str, object]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 (heavy, and needed for this format only)
    from pyarrow import parquet  # noqa: PLC0415

    labels = [cohort.classes[k] for k in cohort.class_index.tolist()]
    columns = [pa.array(labels, pa.string())]
    columns += [pa.array(cohort.values[:, j]) for j in range(len(cohort.genes))]
    table = pa.table(columns, names=[cohort.label_name, *cohort.genes])
    table = table.replace_schema_metadata({"syncohort-manifest": json.dumps(manifest)})
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _h5ad(cohort: SyntheticCohort, manifest: dict[str, object]) -> bytes:
    import anndata  # noqa: PLC0415 (heavy, and needed for this format only)
    import pandas as pd  # noqa: PLC0415

    names = [f"synthetic-{k + 1:06d}" for k in range(cohort.n_records)]
    labels = pd.Categorical.from_codes(cohort.class_index, categories=list(cohort.classes))
    table = anndata.AnnData(
        X=cohort.values,
        obs=pd.DataFrame({cohort.label_name: labels}, index=names),
        var=pd.DataFrame(index=list(cohort.genes)),
        uns={"syncohort_manifest": json.dumps(manifest)},
    )
    with tempfile.TemporaryDirectory(prefix="syncohort-") as room:
        path = Path(room) / "synthetic.h5ad"
        table.write_h5ad(path)
        return path.read_bytes()
