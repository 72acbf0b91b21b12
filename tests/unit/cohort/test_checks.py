"""core.cohort.checks: each fault is found, said plainly, and refused with row and column."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest

from core.cohort.checks import check, refuse_problems
from core.cohort.findings import listed
from core.cohort.guards import refuse_changed, refuse_too_many
from core.cohort.inspection import inspect, named_layout
from core.cohort.reading import read
from core.cohort.records import Cohort
from core.errors import CohortError
from core.model.cohort import Check, CheckState, GeneNaming, Scale

HEADER = ("patient", "diagnosis", "TP53", "MPO", "CD19", "KRT5")


def rows(n: int = 60) -> list[list[str]]:
    """A cohort of counts without any fault."""
    return [
        [
            f"P-{i * 37 + 11}",
            ("AML", "ALL")[i % 2],
            *(str((i * k) % 97 + 60 * k) for k in (3, 5, 7, 11)),
        ]
        for i in range(n)
    ]


def cohort_of(folder: Path, table: list[list[str]], header: tuple[str, ...] = HEADER) -> Cohort:
    path = folder / "cohort.csv"
    path.write_text("\n".join(map(",".join, [list(header), *table])), encoding="utf-8")
    return read(path, named_layout(path, label="diagnosis"))


def found(cohort: Cohort, key: str) -> list[Check]:
    return [c for c in check(cohort).checks if c.key == key]


def only(cohort: Cohort, key: str) -> Check:
    (one,) = found(cohort, key)
    return one


def refusal(cohort: Cohort) -> CohortError:
    with pytest.raises(CohortError) as refused:
        refuse_problems(cohort)
    return refused.value


def test_a_faultless_cohort_has_only_ok_checks(tmp_path: Path) -> None:
    summary = check(cohort_of(tmp_path, rows()))
    assert {c.state for c in summary.checks} == {CheckState.OK}
    assert {c.key for c in summary.checks} == {
        "label",
        "identifiers",
        "duplicates",
        "missing-labels",
        "rare-classes",
        "values",
        "scale",
        "constant-genes",
        "gene-names",
        "index-column",
        "orientation",
    }
    assert summary.usable
    assert (summary.n_records, summary.n_genes, summary.n_left_out) == (60, 4, 0)
    assert summary.class_counts == (("AML", 30), ("ALL", 30))
    assert (summary.scale, summary.naming) == (Scale.COUNTS, GeneNaming.SYMBOL)
    refuse_problems(cohort_of(tmp_path, rows()))


def test_a_patient_twice_is_a_problem(tmp_path: Path) -> None:
    table = rows()
    table[40][0] = table[4][0]
    cohort = cohort_of(tmp_path, table)
    one = only(cohort, "duplicates")
    assert (one.state, one.code) == (CheckState.PROBLEM, "CH106")
    assert "row 42 repeats row 6" in one.text
    assert "half the promised protection" in one.advice
    assert dict(refusal(cohort).fields) == {"row": "42", "file": "cohort.csv", "first_row": "6"}
    assert not check(cohort).usable
    assert check(cohort).checks[0].state is CheckState.PROBLEM


def test_the_same_values_under_two_codes_are_a_note(tmp_path: Path) -> None:
    table = rows()
    table[40][2:] = table[4][2:]
    one = only(cohort_of(tmp_path, table), "duplicates")
    assert one.state is CheckState.NOTE
    assert "row 42 and row 6" in one.text
    refuse_problems(cohort_of(tmp_path, table))


@pytest.mark.parametrize("cell", ["", "NA", "high", "1_000", "inf", "nan", "1e40", "12;5"])
def test_a_missing_or_wordy_value_names_row_and_column(tmp_path: Path, cell: str) -> None:
    table = rows()
    table[12][4] = cell
    table[30][3] = cell
    cohort = cohort_of(tmp_path, table)
    one = only(cohort, "values")
    assert one.code == "CH105"
    assert one.text.startswith("2 values are missing or not a number (first: row 14, column CD19)")
    assert dict(refusal(cohort).fields) == {"row": "14", "column": "CD19", "file": "cohort.csv"}


def test_no_cell_of_the_cohort_is_in_any_text(tmp_path: Path) -> None:
    table = rows()
    table[12][4] = "secret-cell"
    table[13][0] = table[12][0] = "secret-code"
    cohort = cohort_of(tmp_path, table)
    said = str(check(cohort)) + str(refusal(cohort))
    assert "secret" not in said
    assert str(tmp_path) not in said


def test_negative_counts(tmp_path: Path) -> None:
    table = rows()
    table[9][5] = "-4"
    cohort = cohort_of(tmp_path, table)
    assert cohort.scale is Scale.COUNTS
    one = only(cohort, "values")
    assert (one.code, "row 11, column KRT5" in one.text) == ("CH111", True)
    assert only(cohort, "scale").state is CheckState.OK
    assert refusal(cohort).code == "CH111"


def scaled(n: int, change: str) -> list[list[str]]:
    table = rows(n)
    for i, row in enumerate(table):
        for k in range(2, 6):
            value = float(row[k])
            row[k] = {
                "log": f"{value / 100:.3f}",
                "tpm": f"{value + 0.25}",
                "raw": f"{value * (-1) ** (i + k) * 10}",
                "small": f"{int(value) % 9}",
                "mixed": f"{value / 100:.3f}" if i < 9 else row[k],
            }[change]
    return table


@pytest.mark.parametrize(
    ("change", "scale", "state"),
    [
        ("log", Scale.LOG, CheckState.OK),
        ("tpm", Scale.COUNTS, CheckState.NOTE),
        ("raw", Scale.LOG, CheckState.PROBLEM),
        ("small", Scale.COUNTS, CheckState.OK),
        ("mixed", Scale.COUNTS, CheckState.PROBLEM),
    ],
)
def test_scale(tmp_path: Path, change: str, scale: Scale, state: CheckState) -> None:
    cohort = cohort_of(tmp_path, scaled(60, change))
    one = only(cohort, "scale")
    assert (cohort.scale, one.state) == (scale, state)
    if state is CheckState.PROBLEM:
        assert refusal(cohort).code == "CH122"


def test_one_patient_on_another_scale_refuses_the_file_and_changes_nobody_else(
    tmp_path: Path,
) -> None:
    table = rows()
    table[7][2:] = ["1.25", "2.5", "-0.5", "3.5"]
    cohort = cohort_of(tmp_path, table)
    assert cohort.scale is Scale.COUNTS
    assert refusal(cohort).code in {"CH111", "CH122"}
    assert not check(cohort).usable


def test_a_fraction_among_small_whole_numbers_refuses_the_file(tmp_path: Path) -> None:
    """It would turn everybody's counts into log values."""
    table = scaled(60, "small")
    assert cohort_of(tmp_path, table).scale is Scale.COUNTS
    table[7][4] = "2.5"
    assert only(cohort_of(tmp_path, table), "scale").code == "CH122"


KINDS = {"counts": "700", "small": "7", "log": "7.5", "below": "-0.5", "raw": "-900"}


def test_in_a_usable_file_no_patient_decides_the_scale_of_others(tmp_path: Path) -> None:
    for kinds in product(KINDS, repeat=3):
        table = rows(3)
        for row, kind in zip(table, kinds, strict=True):
            row[2:] = [KINDS[kind], "3", "4", "5"]
        for row, value in zip(table, ("3", "2", "1"), strict=True):
            row[5] = value
        whole = cohort_of(tmp_path, table)
        if any(c.code in {"CH111", "CH122"} for c in check(whole).checks):
            continue
        for left in combinations(table, 2):
            assert cohort_of(tmp_path, list(left)).scale is whole.scale


def test_constant_genes_are_noted_and_kept(tmp_path: Path) -> None:
    table = rows()
    for row in table:
        row[3] = "77"
    cohort = cohort_of(tmp_path, table)
    one = only(cohort, "constant-genes")
    assert one.state is CheckState.NOTE
    assert "1 gene has the same value in all patients: MPO" in one.text
    assert "MPO" in cohort.genes


def test_a_flat_record_is_a_problem(tmp_path: Path) -> None:
    table = rows()
    table[20][2:] = ["5"] * 4
    cohort = cohort_of(tmp_path, table)
    assert only(cohort, "values").code == "CH107"
    assert dict(refusal(cohort).fields)["row"] == "22"


def test_rare_classes_and_missing_labels_are_notes(tmp_path: Path) -> None:
    table = rows()
    for i in (1, 5, 9):
        table[i][1] = "CML"
    for i in (2, 8):
        table[i][1] = ""
    cohort = cohort_of(tmp_path, table)
    assert only(cohort, "rare-classes").text == "Few patients: “CML” (3)."
    assert "2 patients have no diagnosis" in only(cohort, "missing-labels").text
    assert (check(cohort).n_left_out, check(cohort).n_records) == (2, 58)
    assert check(cohort).usable


@pytest.mark.parametrize(
    "name",
    ["1-Mar", "Mar-01", "2-Sep", "Sep-02", "2001-03-01", "2.31E+13", "1. Mrz", "01/03/2024"],
)
def test_dates_made_by_a_spreadsheet(tmp_path: Path, name: str) -> None:
    cohort = cohort_of(tmp_path, rows(), ("patient", "diagnosis", "TP53", name, "CD19", "KRT5"))
    one = found(cohort, "gene-names")[0]
    assert one.code == "CH114"
    assert name in one.text
    assert dict(refusal(cohort).fields) == {"count": "1", "file": "cohort.csv", "column": name}


@pytest.mark.parametrize("name", ["SEPT2", "MARCH1", "DEC1"])
def test_names_that_a_spreadsheet_would_break_are_noted(tmp_path: Path, name: str) -> None:
    cohort = cohort_of(tmp_path, rows(), ("patient", "diagnosis", "TP53", name, "CD19", "KRT5"))
    assert [c.state for c in found(cohort, "gene-names")] == [CheckState.NOTE, CheckState.OK]
    assert check(cohort).usable


@pytest.mark.parametrize("twice", ["TP53", "ENSG00000141510.4"])
def test_duplicate_genes(tmp_path: Path, twice: str) -> None:
    first = twice.replace(".4", ".3")
    cohort = cohort_of(tmp_path, rows(), ("patient", "diagnosis", first, twice, "CD19", "KRT5"))
    assert refusal(cohort).code == "CH112"


@pytest.mark.parametrize("start", [0, 1])
def test_an_index_column_taken_for_a_gene(tmp_path: Path, start: int) -> None:
    table = rows()
    for i, row in enumerate(table):
        row[3] = str(i + start)
    table[3][1] = ""  # a record that is left out must not hide it
    cohort = cohort_of(tmp_path, table, ("patient", "diagnosis", "TP53", "nr", "CD19", "KRT5"))
    assert only(cohort, "index-column").code == "CH124"
    assert dict(refusal(cohort).fields)["column"] == "nr"


def test_a_clinical_column_taken_for_a_gene_is_noted(tmp_path: Path) -> None:
    cohort = cohort_of(
        tmp_path, rows(), ("patient", "diagnosis", "TP53", "age_at_visit", "CD19", "KRT5")
    )
    assert "“age_at_visit” would be used as a gene" in found(cohort, "gene-names")[0].text


@pytest.mark.parametrize("start", [0, 1])
def test_row_numbers_are_refused_as_identifiers(tmp_path: Path, start: int) -> None:
    table = rows()
    for i, row in enumerate(table):
        row[0] = str(i + start)
    table[3][1] = ""
    assert refusal(cohort_of(tmp_path, table)).code == "CH119"


def test_numbers_that_are_codes_are_accepted(tmp_path: Path) -> None:
    table = rows()
    for i, row in enumerate(table):
        row[0] = str(70_311 + i * 13)
    assert only(cohort_of(tmp_path, table), "identifiers").state is CheckState.OK


def test_numbered_codes_are_noted(tmp_path: Path) -> None:
    table = rows()
    for i, row in enumerate(table):
        row[0] = f"s{i + 1}"
    assert only(cohort_of(tmp_path, table), "identifiers").state is CheckState.NOTE


def test_an_empty_code(tmp_path: Path) -> None:
    table = rows()
    table[5][0] = " "
    error = refusal(cohort_of(tmp_path, table))
    assert (error.code, dict(error.fields)["row"]) == ("CH118", "7")


def test_a_label_column_of_dates(tmp_path: Path) -> None:
    table = rows()
    for i, row in enumerate(table):
        row[1] = f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}"
    cohort = cohort_of(tmp_path, table)
    (one,) = [c for c in check(cohort, ("diagnosis", "subtype")).checks if c.key == "label"]
    assert one.code == "CH123"
    assert one.text == "“diagnosis” holds 60 different dates."
    assert one.advice == "Choose the column with the diagnosis; “subtype” looks right."


def test_no_label_column_is_a_problem_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    lines = [[r[0], *r[2:]] for r in [list(HEADER), *rows()]]
    path.write_text("\n".join(map(",".join, lines)), encoding="utf-8")
    assert refusal(read(path, inspect(path)[0])).code == "CH121"


def test_swapped_orientation_is_noted(tmp_path: Path) -> None:
    genes = ["TP53", "MPO", "CD19", "KRT5", "ACTB", "GAPDH", "CD34", "LYZ", "ESR1", "ERBB2"]
    table = [
        [gene, "x" if i % 2 else "y", *(str(60 + i * k) for k in range(1, 5))]
        for i, gene in enumerate(genes)
    ]
    cohort = cohort_of(tmp_path, table, ("gene", "diagnosis", "P-11", "P-83", "P-71", "P-19"))
    one = only(cohort, "orientation")
    assert one.state is CheckState.NOTE
    assert one.text == "The columns look like patients and the rows like genes."


def test_guards(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, rows())
    refuse_too_many(cohort, 60)
    refuse_changed(cohort, cohort.fingerprint)
    with pytest.raises(CohortError, match="CH115"):
        refuse_too_many(cohort, 59)
    with pytest.raises(CohortError, match="CH117"):
        refuse_changed(cohort, "0" * 64)


def test_a_list_of_one() -> None:
    assert listed(["A"]) == "A"
    assert listed(["A", "B", "C"]) == "A, B and C"


def test_a_file_without_any_code_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(",".join(r[1:]) for r in [list(HEADER), *rows()]), encoding="utf-8")
    cohort = read(path, inspect(path)[0])
    assert cohort.label_name == "diagnosis"
    assert refusal(cohort).code == "CH119"
