"""core.cohort.normalisation: the common scale, and that nobody moves anybody else's values."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from core.cohort.inspection import inspect, named_layout
from core.cohort.normalisation import (
    NORMALISATION,
    TrainingRecords,
    normalise_file,
    normalise_record,
    normalised,
    panel_columns,
)
from core.cohort.reading import read
from core.cohort.records import Cohort
from core.errors import CohortError, InternalError, PlanError, SynCohortError, WorkerError
from core.model.budget import Budget
from core.model.cohort import Scale
from core.model.plan import NoiseLadder, Plan, PlanParty, StagePlan

N_GENES = 41
PANEL = ("GENE-B", "GENE-Q", "GENE-A", *(f"GENE{k}" for k in range(3, 33)))
CLASSES = ("AML", "ALL")


def frame(n: int, scale: Scale, seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    names = ["GENE-A", "GENE-B", "GENE-Q", *(f"GENE{k}" for k in range(3, N_GENES))]
    if scale is Scale.COUNTS:
        values = draw.negative_binomial(2, 0.01, (n, N_GENES))
    else:
        values = np.round(draw.normal(6, 2, (n, N_GENES)), 4)
    table = pd.DataFrame(values, columns=names)
    table.insert(0, "patient", [f"P-{seed}-{i * 7919 % 10_007}" for i in range(n)])
    table.insert(1, "diagnosis", [CLASSES[i % 2] for i in range(n)])
    return table


def stored(folder: Path, table: pd.DataFrame, kind: str) -> Cohort:
    path = folder / f"cohort.{kind}"
    genes = table.drop(columns=["patient", "diagnosis"])
    match kind:
        case "csv":
            table.to_csv(path, index=False)
        case "parquet":
            table.to_parquet(path)
        case "turned":
            table.set_index("patient").T.to_csv(path)
        case _:
            matrix = {"h5ad": np.array, "csr": sparse.csr_matrix, "csc": sparse.csc_matrix}[kind]
            obs = table[["diagnosis"]].set_index(table["patient"]).rename_axis(None)
            var = pd.DataFrame(index=list(genes.columns))
            store = anndata.AnnData(matrix(genes.to_numpy(float)), obs=obs, var=var)
            store.write_h5ad(path)
    return read(path, inspect(path)[0])


def bits(cohort: Cohort) -> dict[str, bytes]:
    """Return each patient's normalised vector as bytes."""
    records = normalised(cohort, PANEL, CLASSES)
    pairs = zip(records.identifiers, records.values, strict=True)
    return {code: values.tobytes() for code, values in pairs}


@pytest.mark.parametrize("scale", Scale)
@pytest.mark.parametrize("kind", ["csv", "parquet", "turned", "h5ad", "csr", "csc"])
def test_no_patient_moves_another_patients_values(tmp_path: Path, kind: str, scale: Scale) -> None:
    """Metamorphic: add, remove, reorder, leave alone; every other vector keeps its bits."""
    table = frame(37, scale)
    alone = bits(stored(tmp_path, table, kind))
    assert len(alone) == 37
    added = pd.concat([table.iloc[:20], frame(1, scale, seed=2), table.iloc[20:]])
    heavy = frame(1, scale, seed=3)
    heavy.iloc[0, 2:] = heavy.iloc[0, 2:] * 7 + 0 * np.arange(N_GENES)
    for other in (
        added,
        pd.concat([table, heavy]),
        table.iloc[1:],
        table.iloc[::-1],
        table.sample(frac=1, random_state=4),
        table.iloc[:3],
        table.iloc[8:9],
    ):
        again = bits(stored(tmp_path, other.reset_index(drop=True), kind))
        assert all(again[code] == alone[code] for code in again.keys() & alone.keys())
        assert len(again.keys() & alone.keys()) >= min(len(other), 36) - 1


@pytest.mark.parametrize("scale", Scale)
def test_the_way_of_storing_does_not_matter(tmp_path: Path, scale: Scale) -> None:
    table = frame(9, scale)
    kinds = ("csv", "parquet", "turned", "h5ad", "csr", "csc")
    answers = [bits(stored(tmp_path, table, kind)) for kind in kinds]
    assert all(answer == answers[0] for answer in answers)


def test_a_record_on_any_memory_has_the_same_bits() -> None:
    draw = np.random.default_rng(5)
    values = draw.gamma(2, 40, 1001)
    plain = normalise_record(values, scale=Scale.COUNTS, library_size=9e4)
    for offset in range(8):
        room = np.zeros(8 * 1001 + 64, dtype=np.uint8)
        moved = room[offset : offset + 8 * 1001].view(np.float64)
        moved[:] = values
        strided = np.zeros((1001, 3))
        strided[:, 1] = values
        for same in (moved, strided[:, 1], values[::-1][::-1], values.tolist()):
            again = normalise_record(same, scale=Scale.COUNTS, library_size=9e4)
            assert again.tobytes() == plain.tobytes()


def test_counts_by_hand() -> None:
    counts, library = [10, 0, 90], 1000.0
    logs = [math.log2(c / library * 1e6 + 1) for c in counts]
    mean = sum(logs) / 3
    sd = math.sqrt(sum((v - mean) ** 2 for v in logs) / 3)
    got = normalise_record(counts, scale=Scale.COUNTS, library_size=library)
    assert got == pytest.approx([(v - mean) / sd for v in logs], rel=1e-12)
    assert got.dtype == np.float64


def test_log_values_ignore_the_library_size() -> None:
    one = normalise_record([1.0, 2.5, 9.0], scale=Scale.LOG, library_size=0.0)
    two = normalise_record([11.0, 12.5, 19.0], scale=Scale.LOG, library_size=math.nan)
    assert one == pytest.approx(two)
    assert (one.mean(), one.std()) == (pytest.approx(0), pytest.approx(1))


def test_cpm_is_over_all_genes_of_the_file(tmp_path: Path) -> None:
    table = frame(5, Scale.COUNTS)
    path = tmp_path / "cohort.csv"
    table.to_csv(path, index=False)
    layout, _ = inspect(path)
    whole = normalised(read(path, layout), PANEL, CLASSES)
    part = normalised(read(path, layout, wanted_genes=PANEL), PANEL, CLASSES)
    assert whole.values.tobytes() == part.values.tobytes()
    counts = table[list(PANEL)].to_numpy(float)
    library = table.iloc[:, 2:].to_numpy(float).sum(axis=1, keepdims=True)
    logs = np.log2(counts / library * 1e6 + 1)
    expected = (logs - logs.mean(axis=1, keepdims=True)) / logs.std(axis=1, keepdims=True)
    assert whole.values == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert whole.class_index.tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("values", "scale", "library"),
    [
        ([3.3, 3.3, 3.3], Scale.LOG, 9.9),
        ([0.1] * 10, Scale.LOG, 1.0),
        ([0, 0], Scale.COUNTS, 0),
        ([5, 5], Scale.COUNTS, 100),
        ([], Scale.LOG, 1),
        ([1e-320, 0], Scale.LOG, 1),
    ],
)
def test_zero_spread_is_refused_with_its_row(
    values: list[float], scale: Scale, library: float
) -> None:
    with pytest.raises(CohortError) as refused:
        normalise_record(values, scale=scale, library_size=library, file_name="x.csv", row="9")
    assert refused.value.code == "CH107"
    assert dict(refused.value.fields) == {"row": "9", "file": "x.csv"}


@pytest.mark.parametrize("values", [[1, math.nan], [1, math.inf], [[1, 2], [3, 4]]])
def test_only_one_record_of_numbers(values: list[float]) -> None:
    with pytest.raises(InternalError):
        normalise_record(values, scale=Scale.LOG, library_size=1)


def small(folder: Path, text: str) -> Cohort:
    path = folder / "small.csv"
    path.write_text(text, encoding="utf-8")
    return read(path, named_layout(path, label="diagnosis"))


SMALL = "patient,diagnosis,TP53,MPO,CD19\nP-7,AML,1.5,2.5,3.5\nP-3,ALL,4.5,{cell},6.5\n"


@pytest.mark.parametrize(
    ("cell", "genes", "classes", "code", "field"),
    [
        ("5", ("TP53", "KRT5", "FLT3"), CLASSES, "CH108", ("missing", "2")),
        ("5", ("TP53", "MPO"), ("AML",), "CH109", ("row", "3")),
        ("x", ("TP53", "MPO"), CLASSES, "CH105", ("column", "MPO")),
        ("4.5", ("TP53", "MPO"), CLASSES, "CH107", ("row", "3")),
    ],
)
def test_refusals_of_a_panel(
    tmp_path: Path,
    cell: str,
    genes: tuple[str, ...],
    classes: tuple[str, ...],
    code: str,
    field: tuple[str, str],
) -> None:
    with pytest.raises(CohortError) as refused:
        normalised(small(tmp_path, SMALL.format(cell=cell)), genes, classes)
    assert refused.value.code == code
    assert field in refused.value.fields


def test_negative_counts_are_refused(tmp_path: Path) -> None:
    text = "patient,diagnosis,TP53,MPO\nP-1,AML,100,200\nP-2,ALL,300,-1\nP-4,ALL,300,1\n"
    with pytest.raises(CohortError) as refused:
        normalised(small(tmp_path, text), ("TP53", "MPO"), CLASSES)
    assert refused.value.code == "CH111"
    assert ("row", "3") in refused.value.fields


def test_the_panel_is_in_the_plans_order_and_without_versions(tmp_path: Path) -> None:
    header = "patient,diagnosis,ENSG00000000003.15,ENSG00000000005.6,ENSG00000000419.14\n"
    cohort = small(tmp_path, header + "P-7,AML,1.5,2.5,3.5\nP-3,ALL,4.5,1.5,6.5\n")
    genes = ("ENSG00000000419", "ENSG00000000003.2")
    assert panel_columns(cohort, genes).tolist() == [2, 0]


def test_training_records_are_locked_and_hidden(tmp_path: Path) -> None:
    records = normalised(small(tmp_path, SMALL.format(cell=5)), ("TP53", "MPO"), CLASSES)
    assert repr(records) == "TrainingRecords(hidden)"
    with pytest.raises(ValueError, match="read-only"):
        records.values[0, 0] = 1
    with pytest.raises(TypeError):
        records.__reduce__()
    with pytest.raises(InternalError):
        TrainingRecords(
            values=np.zeros((2, 2)),
            class_index=np.zeros(1, np.int64),
            levels=np.zeros((2, 2)),
            identifiers=("a", "b"),
        )


# ---- whole files


def plan(genes: tuple[str, ...], normalisation: str = NORMALISATION) -> Plan:
    parties = tuple(
        PlanParty(number=i, name=f"H{i}", has_cohort=True, certificate_sha256=f"{i:064x}")
        for i in range(3)
    )
    stage = StagePlan(
        name="tables",
        values=4,
        share=1.0,
        units=1.0,
        l2_sq=1,
        linf=1,
        touched=1,
        exact_shift=True,
        noise=NoiseLadder(levels=((1, 4),)),
    )
    return Plan(
        study_id="0" * 32,
        title="A study",
        rehearsal=True,
        parties=parties,
        threshold=1,
        recipe="marginals",
        recipe_parameters=(),
        genes=genes,
        label_name="diagnosis",
        classes=CLASSES,
        normalisation=normalisation,
        n_max=1000,
        holdout_share=0.2,
        budget=Budget(epsilon=1.0, delta=1e-6),
        epsilon_accounted=1.0,
        patient_multiplicity=1,
        n_records=None,
        sampler=0,
        stages=(stage,),
    )


def table_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_a_file_becomes_shaped_like_a_release(tmp_path: Path) -> None:
    source, output = tmp_path / "other.csv", tmp_path / "out.csv"
    table = frame(6, Scale.COUNTS).assign(age=[40, 50, 60, 70, 41, 52])
    table.to_csv(source, index=False)
    assert normalise_file(plan(PANEL), source, None, output) == 6
    header, *rows = table_of(output)
    assert header == ["diagnosis", *PANEL]
    assert [r[0] for r in rows] == list(table["diagnosis"])
    expected = normalised(read(source, inspect(source)[0]), PANEL, CLASSES)
    assert np.array([r[1:] for r in rows], dtype=float).tobytes() == expected.values.tobytes()
    assert not any(code in output.read_text() for code in table["patient"])
    assert list(tmp_path.glob(".*")) == []


def test_patient_codes_are_written_only_when_asked_for(tmp_path: Path) -> None:
    source, output = tmp_path / "other.csv", tmp_path / "out.csv"
    table = frame(6, Scale.LOG)
    table.to_csv(source, index=False)
    normalise_file(plan(PANEL), source, None, output, keep_identifiers=True)
    assert [r[0] for r in table_of(output)[1:]] == list(table["patient"])


def test_a_file_without_labels(tmp_path: Path) -> None:
    source, output = tmp_path / "other.csv", tmp_path / "out.csv"
    frame(6, Scale.LOG).drop(columns="diagnosis").to_csv(source, index=False)
    normalise_file(plan(PANEL), source, None, output)
    assert table_of(output)[0] == list(PANEL)


def test_nothing_is_written_when_the_file_is_refused(tmp_path: Path) -> None:
    source, output = tmp_path / "other.csv", tmp_path / "out.csv"
    output.write_text("what was there")
    frame(6, Scale.LOG).to_csv(source, index=False)
    for genes, normalisation, error in (
        (("TP53", "MPO"), NORMALISATION, CohortError),
        (PANEL, "another", PlanError),
    ):
        with pytest.raises(error):
            normalise_file(plan(genes, normalisation), source, None, output)
    with pytest.raises(SynCohortError) as refused:
        normalise_file(plan(PANEL), source, None, tmp_path / "no-folder" / "out.csv")
    assert isinstance(refused.value, WorkerError)
    assert refused.value.code == "WO603"
    assert output.read_text() == "what was there"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other.csv", "out.csv"]
