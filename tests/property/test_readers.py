"""Readers: what is written in any shape is read back, and garbage never ends in a crash."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import math
import tempfile
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from core.cohort.checks import check
from core.cohort.inspection import inspect
from core.cohort.reading import read
from core.cohort.reading.text_table import numbers
from core.cohort.records import is_missing
from core.errors import CohortError
from core.model.cohort import FileFormat, Layout

WORDS = st.text(
    st.characters(whitelist_categories=("L", "N"), whitelist_characters=" ,;\"'.-_|\t/(é"),
    min_size=1,
    max_size=12,
).filter(lambda t: t == t.strip() and not is_missing(t) and t.isprintable())
#: float32 values, so that float32 reading gives them back exactly.
VALUES = st.floats(-1e6, 1e6, width=32)


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[list[str], list[str], list[str], np.ndarray]:
    """Codes, labels, genes and values of a small cohort."""
    n = draw(st.integers(1, 7))
    d = draw(st.integers(1, 9))
    headings = draw(st.lists(WORDS, min_size=n + d, max_size=n + d, unique_by=str.lower))
    headings = [f"{h}x" for h in headings]  # never a heading of ours
    labels = draw(st.lists(WORDS, min_size=n, max_size=n))
    values = draw(arrays(np.float32, (n, d), elements=VALUES))
    return headings[:n], labels, headings[n:], values


def opened_or_refused(path: Path) -> None:
    """Any other error than the cohort's own fails the test."""
    with contextlib.suppress(CohortError):
        layout, preview = inspect(path)
        check(read(path, layout), preview.label_candidates)


def text_of(rows: list[list[str]], delimiter: str, ending: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return stream.getvalue()


def table(
    codes: list[str], labels: list[str], genes: list[str], values: np.ndarray
) -> list[list[str]]:
    rows = [["patient", "diagnosis", *genes]]
    rows += [[c, v, *map(repr, x.tolist())] for c, v, x in zip(codes, labels, values, strict=True)]
    return rows


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    cohort=cohorts(),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    gzipped=st.booleans(),
    transposed=st.booleans(),
)
def test_text_round_trip(
    cohort: tuple[list[str], list[str], list[str], np.ndarray],
    delimiter: str,
    ending: str,
    encoding: str,
    *,
    gzipped: bool,
    transposed: bool,
) -> None:
    codes, labels, genes, values = cohort
    rows = table(codes, labels, genes, values)
    if transposed:
        rows = [list(column) for column in zip(*rows, strict=True)]
    content = text_of(rows, delimiter, ending).encode(encoding)
    layout = Layout(
        file_format=FileFormat.CSV,
        delimiter=delimiter,
        gzipped=gzipped,
        transposed=transposed,
        label="diagnosis",
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort"
        path.write_bytes(gzip.compress(content, mtime=0) if gzipped else content)
        got = read(path, layout)
    assert got.identifiers == tuple(codes)
    assert got.labels == tuple(labels)
    assert len(got.genes) == len(genes)
    assert (
        got.values.tobytes() == np.ascontiguousarray(values).tobytes()
        or (got.values == values).all()
    )
    assert got.library_size == pytest.approx(values.astype(float).sum(axis=1), rel=1e-9, abs=1e-3)
    assert got.evidence.n_bad == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(cohort=cohorts(), kind=st.sampled_from(["parquet", "dense", "csr", "csc", "gct"]))
def test_other_formats_round_trip(
    cohort: tuple[list[str], list[str], list[str], np.ndarray], kind: str
) -> None:
    codes, labels, genes, values = cohort
    genes = [g.replace("/", "-").replace("\t", " ") for g in genes]
    codes = [c.replace("\t", " ") for c in codes]
    labels = [c.replace("\t", " ") for c in labels]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"cohort.{kind}"
        match kind:
            case "parquet":
                frame = pd.DataFrame(values, columns=genes)
                frame.insert(0, "patient", codes)
                frame.insert(1, "diagnosis", labels)
                frame.to_parquet(path)
                layout = Layout(file_format=FileFormat.PARQUET, label="diagnosis")
            case "gct":
                rows = [["#1.3"], [str(len(genes)), str(len(codes)), "0", "1"], ["id", *codes]]
                rows.append(["diagnosis", *labels])
                rows += [[g, *map(repr, x)] for g, x in zip(genes, values.T.tolist(), strict=True)]
                path.write_text(text_of(rows, "\t", "\n"), encoding="utf-8")
                layout = Layout(file_format=FileFormat.GCT, label="diagnosis")
            case _:
                matrix = {"dense": np.array, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}
                obs = pd.DataFrame({"diagnosis": labels}, index=codes)
                store = anndata.AnnData(
                    matrix[kind](values), obs=obs, var=pd.DataFrame(index=genes)
                )
                store.write_h5ad(path)
                layout = Layout(file_format=FileFormat.H5AD, label="diagnosis")
        got = read(path, layout)
    assert (got.identifiers, got.labels) == (tuple(codes), tuple(labels))
    assert (got.values == values).all()


@settings(max_examples=150)
@given(cells=st.lists(st.one_of(WORDS, st.floats().map(repr), st.just("")), max_size=6))
def test_a_cell_is_a_number_or_nothing(cells: list[str]) -> None:
    got = numbers(cells, ".")
    assert len(got) == len(cells)
    for value, cell in zip(got.tolist(), cells, strict=True):
        try:
            expected = float(cell) if "_" not in cell else float("nan")
        except ValueError:
            expected = float("nan")
        assert value == expected or (math.isnan(value) and math.isnan(expected))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.sampled_from(
        [b"", b"a,b,c\n1,2,3\n", b"\x1f\x8b", b"PAR1", b"\x89HDF\r\n\x1a\n", b"#1.3\n"]
    ),
    garbage=st.binary(max_size=300),
)
def test_garbage_ends_in_one_of_our_errors(start: bytes, garbage: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort"
        path.write_bytes(start + garbage)
        opened_or_refused(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(cohort=cohorts(), at=st.integers(0, 5000), byte=st.integers(0, 255), gzipped=st.booleans())
def test_one_flipped_byte_never_crashes_the_reader(
    cohort: tuple[list[str], list[str], list[str], np.ndarray],
    at: int,
    byte: int,
    *,
    gzipped: bool,
) -> None:
    content = text_of(table(*cohort), ",", "\n").encode()
    content = bytearray(gzip.compress(content, mtime=0) if gzipped else content)
    content[at % len(content)] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort"
        path.write_bytes(bytes(content))
        opened_or_refused(path)
