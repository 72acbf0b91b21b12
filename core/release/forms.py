"""The synthetic table in other forms, written and read back.

A form holds the same records as ``synthetic.csv``, digit by digit, and the manifest beside them.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import InternalError
from core.model.release import SyntheticCohort


class Form(StrEnum):
    """What the table can be handed on as, besides CSV; the value is the file's suffix."""

    PARQUET = "parquet"
    H5AD = "h5ad"


def form_bytes(form: Form, cohort: SyntheticCohort, manifest: dict[str, object]) -> bytes:
    """Return the table in another form; the manifest stands inside."""
    match form:
        case Form.PARQUET:
            return _parquet(cohort, manifest)
        case Form.H5AD:
            return _h5ad(cohort, manifest)


def read_form(form: Form, content: bytes) -> SyntheticCohort | None:
    """Read another form of the table back; None if it is not one. Untrusted.

    The readers of both formats warn and raise in many ways about bytes that nobody wrote.
    """
    wrong = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
    try:
        with warnings.catch_warnings(action="ignore"):
            match form:
                case Form.PARQUET:
                    return _of_parquet(content)
                case Form.H5AD:
                    return _of_h5ad(content)
    except (*wrong, InternalError):
        return None


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


def _of_parquet(content: bytes) -> SyntheticCohort:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    table = parquet.read_table(pa.BufferReader(content))
    label, genes = table.column_names[0], table.column_names[1:]
    return _cohort(
        label, genes, table[label].to_pylist(), np.column_stack([table[g] for g in genes])
    )


def _of_h5ad(content: bytes) -> SyntheticCohort:
    import anndata  # noqa: PLC0415 (heavy, and needed for this format only)

    with tempfile.TemporaryDirectory(prefix="syncohort-") as room:
        path = Path(room) / "synthetic.h5ad"
        path.write_bytes(content)
        table = anndata.read_h5ad(path)
    label = table.obs.columns[0]
    labels = table.obs[label].astype(str).tolist()
    return _cohort(label, table.var_names, labels, np.asarray(table.X, dtype=np.float64))


def _cohort(
    label: str,
    genes: Sequence[object],
    labels: Sequence[str],
    values: NDArray[np.float64],
) -> SyntheticCohort:
    classes = tuple(sorted(set(labels)))
    index = np.array([classes.index(name) for name in labels], dtype=np.int64)
    return SyntheticCohort(
        label_name=str(label),
        classes=classes,
        genes=tuple(map(str, genes)),
        class_index=index,
        values=values,
    )
