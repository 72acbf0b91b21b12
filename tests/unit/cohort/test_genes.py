"""core.cohort.genes: kinds of names, and which side of a table they are on."""

from __future__ import annotations

import pytest

from core.cohort.genes import (
    GeneNames,
    is_clinical,
    is_counter_row,
    is_date,
    likeness,
    naming_of,
)
from core.model.cohort import GeneNaming
from core.model.gene_names import canonical

SYMBOLS = (
    "A2ML1 ABAT AR BCL2 C10orf54 HLA-DRA MIR21 NKX2-1 SEPT2 MARCH1 DEC1 OCT4 JUN MARCKS DECR1 MAPT"
)


@pytest.mark.parametrize("name", SYMBOLS.split())
def test_gene_symbols_are_neither_dates_nor_clinical(name: str) -> None:
    assert not is_date(name)
    assert not is_clinical(name)
    assert canonical(name) == name


@pytest.mark.parametrize(
    "name",
    ["age", "Sex", "os_months", "Overall.Survival", "batch", "TSS site", "Unnamed: 0", "index"],
)
def test_headings_of_the_patient(name: str) -> None:
    assert is_clinical(name)


def test_counting_programs() -> None:
    names = ("__no_feature", "__alignment_not_unique", "N_unmapped", "N_noFeature")
    assert all(map(is_counter_row, names))
    assert not is_counter_row("NOTCH1")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (SYMBOLS.split(), GeneNaming.SYMBOL),
        (["ENSG00000141510.17", "ENSG00000182378.15_PAR_Y"], GeneNaming.ENSEMBL),
        (["ENSMUSG00000059552"], GeneNaming.ENSEMBL),
        (["7157", "29974"], GeneNaming.ENTREZ),
        (["1007_s_at", "1053_at"], GeneNaming.OTHER),
        (["V1", "V2", "TP53"], GeneNaming.OTHER),
        ([], GeneNaming.OTHER),
    ],
)
def test_naming(names: list[str], kind: GeneNaming) -> None:
    assert naming_of(names) is kind


def test_the_two_copies_of_a_sex_chromosome_stay_apart() -> None:
    names = GeneNames.of(["ENSG00000182378.15", "ENSG00000182378.15_PAR_Y"], None)
    assert names.duplicates == ()
    assert names.versioned == 2


@pytest.mark.parametrize(
    "codes",
    [
        [f"TCGA-A{i % 9}-A0{'SDEGHJ'[i % 6]}{i % 8}" for i in range(60)],
        [f"NOR-{i * 131}" for i in range(60)],
        [str(i) for i in range(1, 60)],
        [f"s{i}" for i in range(60)],
        [f"GSM{i + 330151}.CEL" for i in range(60)],
    ],
)
def test_genes_look_more_like_genes_than_patient_codes(codes: list[str]) -> None:
    assert likeness(SYMBOLS.split()) > likeness(codes) + 0.4


def test_kept_genes_are_found_by_their_canonical_name() -> None:
    names = GeneNames.of(["ENSG00000141510.17", "ENSG00000005381.8"], ["ENSG00000005381.1", "X"])
    assert (names.names, names.kept, names.in_file) == (("ENSG00000005381",), (1,), 2)
