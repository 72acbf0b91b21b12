"""What cards and reports say of agreement and distances: numbers, references, limits."""

from __future__ import annotations

from dataclasses import replace

from core.model.joint_tables import JointAgreement, JointDistances, JointShare
from core.release.pages.document import Grid, Paragraph
from core.release.pages.documents import data_card
from core.release.pages.markdown import markdown_of
from core.release.pages.names import HTML
from core.release.pages.released import ReleasedReport
from core.release.pages.writing import external_files
from tests.unit.release.released import joint_scores


def share(value: float, synthetic: float, low: float | None = None) -> JointShare:
    low = value - 0.05 if low is None else low
    return JointShare(value=value, low=low, high=value + 0.05, synthetic=synthetic)


def judged(plan, *, agreement=True, distances=True):
    joint = joint_scores(plan.classes)
    if agreement:
        joint = replace(joint, agreement=JointAgreement(
            n_genes=40, counts=((1.0, 2.0, 3.0, 20.0, 14.5),) * 2, noise_sd=2.4,
            overall=share(0.76, 0.79), by_class=(share(0.81, 0.83), share(0.71, 0.75)),
        ))  # fmt: skip
    if distances:
        joint = replace(joint, distances=JointDistances(
            edges=(0.4, 0.42, 0.44, 0.45, 0.47), counts=(5.0, 20.0, 25.0, 24.0, 15.0, 12.5),
            synthetic=(0.05, 0.2, 0.25, 0.25, 0.2, 0.05), noise_sd=2.4,
            closer=share(0.5, 0.5), further=share(0.13, 0.05),
        ))  # fmt: skip
    return ReleasedReport(
        plan=plan,
        measurements_digest="a" * 64,
        synthetic_sha256="b" * 64,
        class_counts=(60,) * len(plan.classes),
        joint=joint,
    )


def card_of(report: ReleasedReport) -> str:
    return " ".join(markdown_of(data_card(report)).decode("utf-8").split())


def test_the_card_tells_both_with_their_references(plan) -> None:
    card = card_of(judged(plan))
    assert "up to 40 genes" in card
    assert "76 of 100 of these genes on average (71 to 81)" in card
    assert "Guessing reaches 50 on average; the synthetic records themselves 79." in card
    assert "within 0.44 (root mean square difference per gene; 0: the same, 1.4" in card
    assert "13 of 100 (8 to 18) lie further away than all but 5 of 100 records do" in card
    assert "misses part of the variety of patients" in card
    assert "Copies of patients cannot be seen here" in card
    assert "noise of standard deviation 2.4" in card


def test_what_was_not_asked_is_not_mentioned(plan) -> None:
    card = card_of(judged(plan, agreement=False, distances=False))
    assert "Guessing" not in card
    assert "nearest synthetic record" not in card
    only = card_of(judged(plan, agreement=False))
    assert "nearest synthetic record" in only
    assert "Guessing" not in only


def test_noise_leaves_open_what_it_hides(plan) -> None:
    from core.release.pages.joint_sections import further_blocks

    found = judged(plan, distances=False).joint
    weak = replace(found.agreement, overall=share(0.55, 0.8, low=0.45))
    blocks = further_blocks(replace(found, agreement=weak))
    words, grid = blocks
    assert isinstance(words, Paragraph)
    assert words.text.endswith("The noise leaves open whether it is more than that.")
    assert isinstance(grid, Grid)
    assert grid.rows[0] == ("All diagnoses", "55.0", "45.0", "60.0", "80.0")
    assert grid.rows[1][0] == plan.classes[0]


def test_the_external_report_has_them_too(plan) -> None:
    page = external_files(judged(plan))[HTML].decode("utf-8")
    assert "Genes on the expected side" in page
    assert "Patients by distance" in page
