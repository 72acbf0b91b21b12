"""core.synthesis.reference: old files are read for ever, unfit ones refused with the reason."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.cohort.prints import record_marks
from core.errors import PlanError, WorkerError
from core.model.reference import MOST_BYTES, PublicReference
from core.synthesis.reference.file import ReferenceFile, build_reference, marks_of
from core.synthesis.reference.panel import panel_reference

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
FACTS = {"title": "Open", "provenance": "here", "licence": "CC0", "source_sha256": "a" * 64}
GENES = tuple(f"G{i:02}" for i in range(60))


def values(n_records: int = 20, n_genes: int = 60) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.normal(rng.uniform(0, 9, n_genes), 1.0, (n_records, n_genes)).round(3)


def built(**more) -> ReferenceFile:
    table = values()
    return build_reference(table, GENES, **FACTS, marks=record_marks(table, GENES), **more)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_the_golden_files_are_read_for_ever(version: int) -> None:
    content = (GOLDEN / f"reference-{version}.json").read_bytes()
    file = ReferenceFile.from_bytes(content, "golden")
    assert (file.title, file.licence, file.n_records) == ("Open", "CC0", 20)
    assert file.classes == (() if version == 1 else ("A", "B"))
    assert len(file.marks) == (20 if version == 3 else 0)
    np.testing.assert_allclose(file.mean, values().mean(axis=0), rtol=1e-6)
    if version == 3:
        assert file.to_bytes() == content
    cut = file.for_panel(GENES[:30])
    assert panel_reference(cut, 30) is not None


def test_records_are_known_again_in_another_order_and_scale() -> None:
    table = values()
    marks = record_marks(table, GENES)
    order = np.random.default_rng(2).permutation(60)
    again = record_marks(np.exp2(table[::-1][:, order]), [GENES[i] for i in order])
    assert marks == again
    assert len(marks) == 20
    changed = table.copy()
    changed[:, 0] += 20
    assert not marks & record_marks(changed, GENES)
    assert not record_marks(np.round(table / 5), GENES)  # too few values to be a record's own


def test_the_plan_carries_the_marks() -> None:
    cut = built().for_panel(GENES[:30])
    assert marks_of(cut.record_marks) == record_marks(values(), GENES)
    for wrong in ("AAAA", 7):
        tree = {**json.loads(built().to_bytes()), "record_marks": wrong}
        with pytest.raises(WorkerError, match="WO606"):
            ReferenceFile.from_bytes(json.dumps(tree).encode(), "changed")


def test_values_without_each_genes_own_height_are_no_reference() -> None:
    table = values()
    with pytest.raises(PlanError, match="centred gene by gene"):
        build_reference(table - table.mean(axis=0), GENES, **FACTS)
    with pytest.raises(PlanError, match="3 usable genes"):
        build_reference(table[:, :2], GENES[:2], **FACTS)
    with pytest.raises(PlanError, match="10 records"):
        build_reference(table[:9], GENES, **FACTS)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"title": ""}, "reference.title"),
        ({"licence": "x" * 401}, "reference.licence"),
        ({"provenance": "GEO\nhere"}, "reference.provenance"),
        ({"labels": [f"C{i // 5}" for i in range(20)] + ["x" * 300] * 5}, "reference.classes"),
        ({"labels": [f"age {i // 5}" for i in range(300)]}, "names 60 diagnoses"),
    ],
)
def test_what_no_plan_could_carry_is_refused_before_it_is_written(more, reason: str) -> None:
    n = len(more.get("labels", range(20)))
    with pytest.raises(PlanError, match="PL201") as refused:
        build_reference(values(n), GENES, **{**FACTS, **more})
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("genes", "reason"),
    [
        ([f"X{i}" for i in range(30)], "has 0 of the 30 genes"),
        ([f"ENSG{i:011}" for i in range(30)], "by symbol, the study by ensembl"),
        ([g.lower() for g in GENES], "those of another species"),
    ],
)
def test_a_panel_that_it_lacks_is_refused_with_the_likely_reason(genes, reason: str) -> None:
    with pytest.raises(PlanError, match="PL201") as refused:
        built().for_panel(genes)
    assert reason in str(refused.value)


def test_a_long_panel_keeps_fewer_factors_and_a_longer_one_is_refused() -> None:
    genes = tuple(f"G{i}" for i in range(30_000))
    rng = np.random.default_rng(0)
    table = rng.normal(rng.uniform(0, 9, len(genes)), 1.0, (30, len(genes)))
    file = build_reference(table, genes, **FACTS, labels=["A"] * 15 + ["B"] * 15)
    cut = file.for_panel(genes)
    assert 1 < cut.n_factors < 29
    assert len(cut.content) + len(cut.class_content) <= MOST_BYTES
    assert isinstance(cut, PublicReference)
    many = replace(file, classes=tuple(f"C{i}" for i in range(20)), away=np.zeros((30_000, 20)))
    with pytest.raises(PlanError, match="too large for 30000 genes"):
        many.for_panel(genes)


def test_marks_are_whole() -> None:
    assert marks_of(base64.b64encode(b"123456abcdef").decode()) == {b"123456", b"abcdef"}
    with pytest.raises(ValueError, match="whole marks"):
        marks_of("AAAA")
