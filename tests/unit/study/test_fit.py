"""core.study.fit: every gap between a cohort and a study is named, with advice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model.cohort import Check, CheckState, GeneNaming
from core.model.invitation import StudyTerms
from core.study.fit import Verdict, compare, fits
from core.study.invitation import panel_digest
from tests.gui import joint_script as joint
from tests.gui import script

GENES = ("ENSG00000141510", "ENSG00000005381", "ENSG00000177455")


def terms_for(genes: tuple[str, ...], **changes: object) -> StudyTerms:
    terms = replace(joint.TERMS, n_genes=len(genes), panel_sha256=panel_digest(genes))
    return replace(terms, **changes)  # type: ignore[arg-type]


def found(terms: StudyTerms, genes=(), own=script.GENES, cohort=None, units: float = 1.0):
    return compare(terms, genes, cohort or script.cohort(), own, units)


def with_summary(**changes: object):
    cohort = script.cohort()
    return replace(cohort, summary=replace(cohort.summary, **changes))


def test_a_cohort_that_fits_has_no_advice_to_take() -> None:
    findings = found(terms_for(script.GENES), script.GENES)
    assert fits(findings)
    assert [f.verdict for f in findings] == [Verdict.FITS, Verdict.FITS]


@pytest.mark.parametrize(
    ("changes", "cohort", "text", "advice"),
    [
        ({"n_max": 300}, {}, "more patients than the study allows", "at most 300"),
        ({"classes": ("AML", "ALL")}, {}, "does not know B-ALL", "as the study does (AML, ALL)"),
        (
            {"classes": ("aml", "B ALL", "T-ALL", "CLL", "CML")},
            {},
            "does not know",
            "It writes",
        ),
        ({"classes": ("X", "Y")}, {}, "No diagnosis of the study", "another file"),
        ({}, {"practice": True}, "simulated patients", "patients of your own"),
        ({}, {"spent": 3.5}, "too little left", "other patients"),
    ],
)
def test_each_gap_has_advice(changes, cohort, text: str, advice: str) -> None:
    terms = terms_for(script.GENES, **changes)
    findings = found(terms, script.GENES, cohort=script.cohort(**cohort))
    assert not fits(findings)
    words = [f.words for f in findings if f.verdict is Verdict.FAIL]
    assert any(text in said and advice in todo for said, todo in words), words


def test_a_wrong_scale_is_the_files_own_problem() -> None:
    said = "The values are neither counts nor log values."
    check = Check(key="scale", state=CheckState.PROBLEM, text=said, advice="Export counts.")
    findings = found(terms_for(script.GENES), cohort=with_summary(checks=(check,)))
    assert findings[0].words == (said, "Export counts.")
    assert not fits(findings)


def test_every_missing_gene_is_known_and_some_are_said() -> None:
    genes = tuple(f"NEW{i}" for i in range(12)) + script.GENES
    finding = found(terms_for(genes), genes)[0]
    assert finding.names == genes[:12]
    text, advice = finding.words
    assert text.startswith("12 of the 970 genes of the study are not in your file: NEW0, NEW1")
    assert text.endswith("and 4 more.")
    assert "Export your file with these genes" in advice


def test_another_kind_of_names_is_said() -> None:
    cohort = with_summary(naming=GeneNaming.SYMBOL)
    _, advice = found(terms_for(GENES), GENES, cohort=cohort)[0].words
    assert "by Ensembl identifiers" in advice
    assert "your file by symbols" in advice


def test_versions_of_ensembl_names_do_not_matter() -> None:
    study = tuple(f"{g}.7" for g in GENES)
    findings = found(terms_for(study), study, own=(*GENES, "TP53"))
    assert fits(findings)


def test_without_the_list_its_length_and_fingerprint_speak() -> None:
    terms = terms_for(script.GENES)
    assert fits(found(terms, ()))
    shuffled = terms_for(script.GENES[::-1])
    (warned,) = [f for f in found(shuffled, ()) if f.verdict is Verdict.WARN]
    assert "before the coordinator hears of you" in warned.words[1]
    assert not fits(found(terms_for((*script.GENES, "X")), ()))
    waiting = found(terms, (), own=())
    assert Verdict.WAIT in {f.verdict for f in waiting}
