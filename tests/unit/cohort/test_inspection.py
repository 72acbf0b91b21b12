"""core.cohort.inspection: what the head of a file tells, and what the preview hides."""

from __future__ import annotations

import gzip
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from core.cohort.inspection import inspect, named_layout
from core.cohort.reading import read
from core.errors import CohortError
from core.model.cohort import FileFormat

GENES = ("TP53", "MPO", "CD19", "KRT5", "HLA-A", "ACTB")
CODES = ("NOR-81", "NOR-17", "NOR-55", "NOR-32", "NOR-29", "NOR-90")
LABELS = ("AML", "ALL", "AML", "ALL", "AML", "AML")


def frame() -> pd.DataFrame:
    values = np.arange(36).reshape(6, 6) * 7 % 101 + 60
    table = pd.DataFrame(values, columns=list(GENES))
    table.insert(0, "patient", CODES)
    table.insert(1, "diagnosis", LABELS)
    return table


def written(folder: Path, text: str, name: str = "cohort.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_identifier_and_label_are_recognised(tmp_path: Path, separator: str) -> None:
    path = written(tmp_path, frame().to_csv(index=False, sep=separator), "cohort.txt")
    layout, preview = inspect(path)
    assert layout.delimiter == separator
    assert layout.file_format is (FileFormat.TSV if separator == "\t" else FileFormat.CSV)
    assert (layout.identifier, layout.label, layout.ignored) == ("patient", "diagnosis", ())
    assert not layout.transposed
    assert preview.columns == ("patient", "diagnosis", "TP53", "MPO", "CD19", "KRT5")
    assert preview.more_columns == 2


def test_patient_codes_are_hidden(tmp_path: Path) -> None:
    _, preview = inspect(written(tmp_path, frame().to_csv(index=False)))
    shown = {cell for row in preview.rows for cell in row}
    assert [row[0] for row in preview.rows] == ["Hidden 001", "Hidden 002", "Hidden 003"]
    assert not shown & set(CODES)
    assert preview.rows[1][1:3] == ("ALL", str(frame()["TP53"][1]))


def test_genes_as_rows(tmp_path: Path) -> None:
    path = written(tmp_path, frame().set_index("patient").T.to_csv())
    layout, preview = inspect(path)
    assert layout.transposed
    assert layout.label == "diagnosis"
    assert preview.columns[1:3] == ("diagnosis", "TP53")
    assert preview.rows[0][:2] == ("Hidden 001", "AML")
    cohort = read(path, layout)
    assert cohort.identifiers == CODES
    assert cohort.labels == LABELS
    assert (cohort.values == frame()[list(GENES)].to_numpy()).all()


def test_genes_as_rows_with_a_description_column(tmp_path: Path) -> None:
    table = frame().drop(columns="diagnosis").set_index("patient").T
    table.insert(0, "description", [f"a gene called {g}" for g in GENES])
    labels = written(tmp_path, frame()[["patient", "diagnosis"]].to_csv(index=False), "labels.csv")
    path = written(tmp_path, table.to_csv(index_label="gene"))
    layout, _ = inspect(path, labels)
    assert layout.transposed
    assert layout.ignored == ("description",)
    assert read(path, layout).labels == LABELS


def test_row_numbers_are_never_the_label_or_the_identifier(tmp_path: Path) -> None:
    path = written(tmp_path, frame().to_csv())
    layout, preview = inspect(path)
    assert layout.identifier == "patient"
    assert layout.label == "diagnosis"
    assert layout.ignored == ("Unnamed: 0",)
    assert "Unnamed: 0" not in preview.label_candidates
    assert read(path, layout).genes == GENES


def test_dates_ages_and_free_texts_are_not_the_label(tmp_path: Path) -> None:
    table = frame()
    table.insert(1, "sample_date", [f"2024-03-{d:02d}" for d in range(10, 16)])
    table.insert(2, "age", [61, 40, 55, 71, 66, 58])
    table.insert(3, "comment", [f"note {i}" for i in range(6)])
    table.insert(4, "sex", ["f", "m", "f", "f", "m", "m"])
    layout, preview = inspect(written(tmp_path, table.to_csv(index=False)))
    assert preview.label_candidates == ("diagnosis", "sex")
    assert set(layout.ignored) == {"sample_date", "age", "comment", "sex"}


def test_a_numbered_diagnosis_is_found_by_its_name(tmp_path: Path) -> None:
    table = frame().assign(diagnosis=[1, 0, 1, 1, 0, 0])
    assert inspect(written(tmp_path, table.to_csv(index=False)))[0].label == "diagnosis"


def test_no_label_is_left_open(tmp_path: Path) -> None:
    path = written(tmp_path, frame().drop(columns="diagnosis").to_csv(index=False))
    layout, preview = inspect(path)
    assert layout.label == ""
    assert preview.label_candidates == ()


def test_decimal_comma(tmp_path: Path) -> None:
    table = frame()
    table[list(GENES)] /= 8
    path = written(tmp_path, table.to_csv(index=False, sep=";", decimal=","))
    layout, _ = inspect(path)
    assert layout.decimal == ","
    assert (read(path, layout).values == frame()[list(GENES)].to_numpy() / 8).all()


def test_gzip_is_told_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_bytes(gzip.compress(frame().to_csv(index=False).encode()))
    layout, _ = inspect(path)
    assert layout.gzipped
    assert read(path, layout).identifiers == CODES


def test_row_names_of_r_have_no_heading(tmp_path: Path) -> None:
    lines = frame().to_csv(index=False).splitlines()
    lines[0] = lines[0].removeprefix("patient,")
    path = written(tmp_path, "\n".join(lines))
    layout, preview = inspect(path)
    assert preview.columns[0] == "Unnamed: 0"
    assert read(path, layout).identifiers == CODES


def test_parquet_with_a_pandas_index(tmp_path: Path) -> None:
    path = tmp_path / "cohort.parquet"
    frame().set_index("patient").rename_axis(None).to_parquet(path)
    layout, preview = inspect(path)
    assert layout.file_format is FileFormat.PARQUET
    assert layout.identifier == "__index_level_0__"
    assert preview.rows[0][0] == "Hidden 001"
    cohort = read(path, layout)
    assert (cohort.identifiers, cohort.labels, cohort.genes) == (CODES, LABELS, GENES)


@pytest.mark.parametrize("turned", [False, True])
def test_h5ad(tmp_path: Path, *, turned: bool) -> None:
    path = tmp_path / "cohort.h5ad"
    obs = pd.DataFrame({"diagnosis": pd.Categorical(LABELS)}, index=list(CODES))
    store = anndata.AnnData(
        frame()[list(GENES)].to_numpy(np.float32), obs=obs, var=pd.DataFrame(index=list(GENES))
    )
    (store.T.copy() if turned else store).write_h5ad(path)
    layout, preview = inspect(path)
    assert layout.transposed is turned
    assert layout.label == "diagnosis"
    assert preview.columns[:2] == ("patient", "diagnosis")
    cohort = read(path, layout)
    assert (cohort.identifiers, cohort.labels, cohort.genes) == (CODES, LABELS, GENES)
    assert (cohort.values == frame()[list(GENES)].to_numpy()).all()


def gct_1_3() -> str:
    rows = [["#1.3"], ["6", "6", "1", "1"], ["id", "description", *CODES]]
    rows.append(["diagnosis", "na", *LABELS])
    for gene in GENES:
        rows.append([gene, "a gene", *map(str, frame()[gene])])
    return "\n".join("\t".join(row) for row in rows) + "\n"


def test_gct_1_3_has_its_labels_above_the_values(tmp_path: Path) -> None:
    path = written(tmp_path, gct_1_3(), "cohort.gct")
    layout, preview = inspect(path)
    assert layout.file_format is FileFormat.GCT
    assert layout.label == "diagnosis"
    assert preview.more_columns == 2
    cohort = read(path, layout)
    assert (cohort.identifiers, cohort.labels, cohort.genes) == (CODES, LABELS, GENES)


def test_gct_1_2_takes_labels_from_a_second_file(tmp_path: Path) -> None:
    lines = ["#1.2", "6\t6", "\t".join(["Name", "Description", *CODES])]
    lines += ["\t".join([g, "na", *map(str, frame()[g])]) for g in GENES]
    path = written(tmp_path, "\n".join(lines), "cohort.gct")
    labels = written(tmp_path, frame()[["patient", "diagnosis"]].to_csv(index=False), "labels.csv")
    assert inspect(path)[0].label == ""
    cohort = read(path, inspect(path, labels)[0])
    assert (cohort.labels, cohort.genes) == (LABELS, GENES)


def test_a_corrected_layout_changes_the_preview_only(tmp_path: Path) -> None:
    path = written(tmp_path, frame().to_csv(index=False))
    proposed, _ = inspect(path)
    corrected = named_layout(path, label="diagnosis", ignored=("MPO",))
    again, preview = inspect(path, layout=corrected)
    assert again == corrected
    assert proposed.ignored == ()
    assert preview.columns == ("patient", "diagnosis", "MPO", "TP53", "CD19", "KRT5", "HLA-A")


def test_a_swapped_orientation_is_shown_as_asked(tmp_path: Path) -> None:
    path = written(tmp_path, frame().to_csv(index=False))
    layout, _ = inspect(path)
    turned = type(layout)(
        file_format=layout.file_format, delimiter=",", transposed=True, label="diagnosis"
    )
    _, preview = inspect(path, layout=turned)
    assert preview.column_names[0] == "patient"
    assert "TP53" not in preview.column_names


def test_named_columns_leave_every_other_one_a_gene(tmp_path: Path) -> None:
    table = frame().assign(er_status="Positive")
    path = written(tmp_path, table.to_csv(index=False))
    assert named_layout(path, label="diagnosis").ignored == ()
    assert named_layout(path, label="diagnosis", ignored=("er_status",)).ignored == ("er_status",)
    cohort = read(path, named_layout(path, label="diagnosis"))
    assert cohort.evidence.bad_cells[0] == (2, "er_status")


def test_a_named_column_must_exist(tmp_path: Path) -> None:
    path = written(tmp_path, frame().to_csv(index=False))
    for label, ignored in (("subtype", ()), ("diagnosis", ("subtype",))):
        with pytest.raises(CohortError) as refused:
            named_layout(path, label=label, ignored=ignored)
        assert refused.value.code == "CH104"
        assert "subtype" in refused.value.text
