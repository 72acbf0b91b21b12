"""core.cohort.reading: what is kept, what is left out, and how a reading is stopped."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from core.cohort.inspection import inspect, named_layout
from core.cohort.reading import memory, read
from core.errors import CohortError
from core.model.cohort import FileFormat, Layout, Scale

CSV = Layout(file_format=FileFormat.CSV, delimiter=",", label="diagnosis")
TEXT = """patient,diagnosis,TP53,MPO,CD19
P-7,AML,1,200,3
P-3,,4,50,6
P-9,ALL,7,80,9
P-4,NA,1,1,1
"""


def written(folder: Path, text: str, name: str = "cohort.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_records_without_a_label_are_left_out_and_counted(tmp_path: Path) -> None:
    cohort = read(written(tmp_path, TEXT), CSV)
    assert cohort.identifiers == ("P-7", "P-9")
    assert cohort.labels == ("AML", "ALL")
    assert cohort.n_left_out == 2
    assert cohort.rows == (2, 4)
    assert cohort.values.dtype == np.float32
    assert cohort.values.tolist() == [[1, 200, 3], [7, 80, 9]]
    assert cohort.library_size.tolist() == [204, 96]
    assert cohort.fingerprint == hashlib.sha256(TEXT.encode()).hexdigest()


def test_wanted_genes_do_not_change_the_library_size(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    cohort = read(path, CSV, wanted_genes=["CD19", "MPO", "NOT-THERE"])
    assert cohort.genes == ("MPO", "CD19")
    assert cohort.values.tolist() == [[200, 3], [80, 9]]
    assert cohort.library_size.tolist() == [204, 96]
    assert cohort.gene_names.in_file == 3


def test_the_contents_are_locked_and_hidden(tmp_path: Path) -> None:
    cohort = read(written(tmp_path, TEXT), CSV)
    with pytest.raises(ValueError, match="read-only"):
        cohort.values[0, 0] = 5
    assert repr(cohort) == "Cohort(hidden)"
    with pytest.raises(TypeError):
        bool(cohort)
    with pytest.raises(TypeError):
        cohort.__reduce__()


def test_without_a_label_column_everybody_is_read(tmp_path: Path) -> None:
    layout = Layout(file_format=FileFormat.CSV, delimiter=",", ignored=("diagnosis",))
    cohort = read(written(tmp_path, TEXT), layout)
    assert cohort.n_records == 4
    assert cohort.labels == ()


def test_labels_of_a_second_file_are_matched_by_code(tmp_path: Path) -> None:
    path = written(tmp_path, "patient,TP53,MPO\nP-7,1,2\nP-3,4,5\nP-9,7,8\n")
    labels = written(tmp_path, "code,subtype\nP-9,ALL\nP-5,ALL\nP-7,AML\n", "labels.csv")
    layout, preview = inspect(path, labels)
    assert preview.label_candidates == ("subtype",)
    cohort = read(path, layout)
    assert cohort.identifiers == ("P-7", "P-9")
    assert cohort.labels == ("AML", "ALL")
    assert cohort.n_left_out == 1


def test_a_code_with_two_labels_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "patient,TP53,MPO\nP-7,1,2\nP-3,4,5\n")
    labels = written(tmp_path, "code,subtype\nP-7,ALL\nP-3,AML\nP-7,AML\n", "labels.csv")
    layout = named_layout(path, label="subtype", label_file=labels)
    with pytest.raises(CohortError) as refused:
        read(path, layout)
    assert refused.value.code == "CH106"
    assert dict(refused.value.fields) == {"row": "4", "file": "labels.csv", "first_row": "2"}


def big(folder: Path) -> Path:
    rows = (f"P-{i * 37},AML,{i % 9},{i % 7 + 60},3" for i in range(200))
    return written(folder, "\n".join(["patient,diagnosis,TP53,MPO,CD19", *rows]))


def test_progress_rises_to_the_whole(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    read(big(tmp_path), CSV, on_progress=lambda done, total: calls.append((done, total)))
    assert len(calls) > 10
    assert calls == sorted(calls)
    assert calls[-1] == (200, 200)
    assert {total for _, total in calls} == {200}


def as_format(folder: Path, kind: str) -> Path:
    table = pd.read_csv(big(folder))
    match kind:
        case "parquet":
            table.to_parquet(folder / "c.parquet")
        case "turned":
            table.set_index("patient").T.to_csv(folder / "c.turned")
        case "h5ad" | "csr" | "csc":
            x = table.iloc[:, 2:].to_numpy(np.float32)
            x = {"h5ad": lambda v: v, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}[kind](x)
            obs = table[["diagnosis"]].set_index(table["patient"]).rename_axis(None)
            var = pd.DataFrame(index=list(table.columns[2:]))
            anndata.AnnData(x, obs=obs, var=var).write_h5ad(folder / f"c.{kind}")
        case _:
            table.to_csv(folder / f"c.{kind}", index=False)
    return folder / f"c.{kind}"


def stopping_after(n_questions: int) -> Callable[[], bool]:
    asked = itertools.count()
    return lambda: next(asked) >= n_questions


KINDS = ("csv", "parquet", "turned", "h5ad", "csr", "csc")


@pytest.mark.parametrize("kind", KINDS)
def test_every_reading_can_be_stopped(tmp_path: Path, kind: str) -> None:
    path = as_format(tmp_path, kind)
    layout, _ = inspect(path)
    asked = itertools.count()
    read(path, layout, stop=lambda: next(asked) < 0)
    n_questions = next(asked)
    assert n_questions >= 2
    for moment in {0, n_questions // 2, n_questions - 1}:
        with pytest.raises(CohortError) as refused:
            read(path, layout, stop=stopping_after(moment))
        assert refused.value.code == "CH116"


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_the_same_cohort(tmp_path: Path, kind: str) -> None:
    path = as_format(tmp_path, kind)
    layout, _ = inspect(path)
    cohort, plain = read(path, layout), read(big(tmp_path), CSV)
    assert cohort.identifiers == plain.identifiers
    assert cohort.labels == plain.labels
    assert cohort.genes == plain.genes
    assert (cohort.values == plain.values).all()
    assert (cohort.library_size == plain.library_size).all()
    assert cohort.scale is plain.scale is Scale.COUNTS
    some = read(path, layout, wanted_genes=["CD19"])
    assert (some.values[:, 0] == plain.values[:, 2]).all()
    assert (some.library_size == plain.library_size).all()


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = big(tmp_path)

    def touch(done: int, _total: int) -> None:
        if done == 16:
            path.write_text(path.read_text() + "\nP-late,AML,1,2,3")

    with pytest.raises(CohortError) as refused:
        read(path, CSV, on_progress=touch)
    assert refused.value.code == "CH117"


def test_too_little_memory_is_said_before_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_mb", lambda: 150)
    with pytest.raises(CohortError) as refused:
        read(big(tmp_path), CSV)
    assert refused.value.code == "CH120"
    assert ("available_mb", "150") in refused.value.fields


def test_a_patient_column_is_named_as_a_spreadsheet_does(tmp_path: Path) -> None:
    text = "gene,P-1,P-2\ndiagnosis,AML,ALL\nTP53,1,x\nMPO,3,4\n"
    layout = Layout(file_format=FileFormat.CSV, delimiter=",", transposed=True, label="diagnosis")
    cohort = read(written(tmp_path, text), layout)
    assert cohort.evidence.bad_cells == ((3, "C"),)
    assert cohort.place(1) == "column C"
    assert cohort.row_text(1) == "C (a column)"
    assert np.isnan(cohort.values[1, 0])


def test_ensembl_versions_are_dropped(tmp_path: Path) -> None:
    text = "patient,diagnosis,ENSG00000141510.17,ENSG00000005381.8\nP-1,AML,1,2\nP-2,ALL,3,4\n"
    cohort = read(written(tmp_path, text), CSV, wanted_genes=["ENSG00000005381.11"])
    assert cohort.genes == ("ENSG00000005381",)
    assert cohort.gene_names.versioned == 2
