"""Files that are broken, foreign or odd: each ends with one clear error, or is read rightly."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from core.cohort.checks import refuse_problems
from core.cohort.inspection import inspect, named_layout
from core.cohort.reading import read
from core.errors import CohortError, SynCohortError
from core.model.cohort import FileFormat, Layout

GOOD = (
    "patient,diagnosis,TP53,MPO,CD19\n"
    "P-7,AML,100,2,3\nP-3,ALL,4,50,6\nP-9,ALL,7,80,9\nP-2,AML,7,9,3\n"
)
CSV = Layout(file_format=FileFormat.CSV, delimiter=",", label="diagnosis")


def attempt(path: Path) -> None:
    refuse_problems(read(path, named_layout(path, label="diagnosis")))


def refusal(path: Path) -> SynCohortError:
    with pytest.raises(CohortError) as refused:
        attempt(path)
    return refused.value


def stored(folder: Path, content: bytes, name: str = "cohort.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_the_good_file_is_good(tmp_path: Path) -> None:
    attempt(stored(tmp_path, GOOD.encode()))


HEADER = "patient,diagnosis,TP53,MPO,CD19\n"


@pytest.mark.parametrize(
    ("content", "code", "word"),
    [
        (b"", "CH102", "empty"),
        (b"\n\n  \n", "CH102", "empty"),
        (HEADER.encode(), "CH110", "no record"),
        (b"\0\1\2\3" * 5000, "CH102", "not text"),
        (bytes(range(256)) * 50, "CH102", "not text"),
        (b"PK\3\4" + b"x" * 100, "CH102", "Excel"),
        (b"%PDF-1.7 ...", "CH102", "PDF"),
        (b"patient\nP-1\nP-2\n", "CH102", "one column"),
        ((HEADER + "P-1,AML,1,2\n").encode(), "CH103", "row 2 has 4 fields instead of 5"),
        ((GOOD + "P-1,AML,1,2,3,4\n").encode(), "CH103", "row 6 has 6 fields instead of 5"),
        ((HEADER + 'P-1,"AML,1,2,3\nP-2,ALL,1,2,3\n').encode(), "CH103", "quotation"),
        (b"0.5,1.5,2.5\n0.1,0.2,0.3\n0.4,0.5,0.6\n", "CH102", "first line holds values"),
        (b"patient,diagnosis\nP-1,AML\nP-2,ALL\n", "CH113", "no gene column"),
        (GOOD.replace("AML", "").replace("ALL", "NA").encode(), "CH110", "no record"),
        (GOOD.replace("MPO", "TP53").encode(), "CH112", "TP53"),
        (GOOD.replace("diagnosis", "subtype").encode(), "CH104", "subtype"),
        (gzip.compress(GOOD.encode() * 500, mtime=0)[:-40], "CH103", "ends early"),
        (b"\x1f\x8b\x08\0broken gzip stream", "CH103", "compressed"),
        (gzip.compress(b"", mtime=0), "CH102", "empty"),
        (b"PAR1 but nothing more", "CH103", "Parquet"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 50, "CH103", "decoded"),
        (b"#1.2\nnonsense\n", "CH103", "GCT"),
        (b"#1.3\n2\t2\t0\n1\t2\n3\t4\n", "CH103", "GCT"),
        ((HEADER + "P-1," + "A" * 200_000 + ",1,2,3\nP-2,B,1,2,3\n").encode(), "CH103", "field"),
    ],
)
def test_wrong_content(tmp_path: Path, content: bytes, code: str, word: str) -> None:
    error = refusal(stored(tmp_path, content))
    assert error.code == code
    assert word in str(error)
    assert str(tmp_path) not in str(error)
    assert "cohort.csv" in error.text


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.csv", tmp_path):
        for door in (inspect, lambda p: read(p, CSV)):
            with pytest.raises(CohortError) as refused:
                door(path)
            assert refused.value.code == "CH101"
    labels = stored(tmp_path, GOOD.encode())
    with pytest.raises(CohortError, match="CH101"):
        inspect(labels, tmp_path / "nothing.csv")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_and_byte_order_marks(
    tmp_path: Path, ending: str, mark: str, encoding: str
) -> None:
    text = GOOD.replace("\n", ending)
    if encoding == "utf-8":
        text = mark + text
    path = stored(tmp_path, text.encode(encoding))
    cohort = read(path, named_layout(path, label="diagnosis"))
    assert cohort.identifiers == ("P-7", "P-3", "P-9", "P-2")
    assert cohort.genes == ("TP53", "MPO", "CD19")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_umlauts_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    path = stored(tmp_path, GOOD.replace("ALL", "Leukämie").encode(encoding))
    assert set(read(path, named_layout(path, label="diagnosis")).labels) == {"AML", "Leukämie"}


def test_latin_1_after_the_first_megabyte(tmp_path: Path) -> None:
    rows = "".join(f"P-{i * 7},AML,1,2,3\n" for i in range(100_000))
    path = stored(tmp_path, (HEADER + rows + "P-x,Leukämie,1,2,3\n").encode("latin-1"))
    assert read(path, CSV).labels[-1] == "Leukämie"


def test_quoted_commas_and_line_breaks_inside_quotes(tmp_path: Path) -> None:
    text = GOOD.replace("AML", '"AML, ""M3"""').replace("ALL", '"ALL\nB"')
    path = stored(tmp_path, text.encode())
    assert read(path, named_layout(path, label="diagnosis")).labels[:2] == ('AML, "M3"', "ALL\nB")


def test_blank_lines_keep_the_row_numbers(tmp_path: Path) -> None:
    path = stored(tmp_path, GOOD.replace("P-9", "\n,,,,\nP-9").encode())
    assert read(path, CSV).rows == (2, 3, 6, 7)


def test_a_very_wide_header(tmp_path: Path) -> None:
    n = 60_000
    header = "patient,diagnosis," + ",".join(f"ENSG{i:011d}" for i in range(n))
    rows = [f"P-{k},AML," + ",".join(["61"] * n) for k in (7, 5, 9, 4)]
    path = stored(tmp_path, "\n".join([header, *rows]).encode())
    layout, preview = inspect(path)
    assert preview.more_columns == n - 4
    assert len(preview.column_names) == 200
    assert read(path, layout).values.shape == (4, n)


def test_a_duplicate_label_column_does_not_hide_the_first(tmp_path: Path) -> None:
    path = stored(tmp_path, GOOD.replace("CD19", "diagnosis").encode())
    cohort = read(path, CSV)
    assert cohort.labels == ("AML", "ALL", "ALL", "AML")


def test_a_cut_h5ad_and_one_that_is_not_anndata(tmp_path: Path) -> None:
    path = tmp_path / "cohort.h5ad"
    with h5py.File(path, "w") as store:
        store["something"] = np.zeros(1000)
    assert refusal(path).code == "CH102"
    path.write_bytes(path.read_bytes()[:700])
    assert refusal(path).code == "CH103"


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_cut_parquet(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "cohort.parquet"
    pd.DataFrame({"patient": ["a", "b"], "diagnosis": ["x", "y"], "TP53": [1.0, 2.0]}).to_parquet(
        path
    )
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    assert refusal(path).code in {"CH102", "CH103"}


def test_a_parquet_with_a_broken_middle(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    n = 500
    frame = pd.DataFrame(
        {"patient": [f"P-{i * 7}" for i in range(n)], "diagnosis": ["x", "y"] * (n // 2)}
    )
    frame["TP53"] = np.random.default_rng(1).normal(size=n)
    frame.to_parquet(path)
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(bytes(content))
    assert refusal(path).code == "CH103"


@pytest.mark.parametrize("delimiter", ["", ";;", '"', "\n"])
def test_a_separator_that_is_none(tmp_path: Path, delimiter: str) -> None:
    path = stored(tmp_path, GOOD.encode())
    with pytest.raises(CohortError, match="CH102"):
        read(path, Layout(file_format=FileFormat.CSV, delimiter=delimiter, label="diagnosis"))
