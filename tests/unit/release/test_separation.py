"""No local number can come into what is written for people outside: by type, and by looking."""

import dataclasses
import inspect
import subprocess
import sys
import typing
from dataclasses import replace
from pathlib import Path

import pytest

from core.model import attack, comparison, measures, quality
from core.model.budget import CapState
from core.model.measures import Direction, Group, Measure
from core.model.quality import Depth, QualityReport
from core.release.pages import documents, writing
from core.release.pages.documents import data_card
from core.release.pages.html import html_of
from core.release.pages.local import LocalReport
from core.release.pages.markdown import markdown_of
from core.release.pages.released import ReleasedReport
from core.release.pages.writing import external_files, internal_files
from tests.unit.privacy.signing import new_seals
from tests.unit.release import conftest
from tests.unit.release.released import Released, joint_plan, release_of

KEYS = [new_seals().signer for _ in range(3)]
#: Numbers that stand nowhere else.
CANARIES = ("98765", "43210", "0.777", "31.25")
CHECKED = """
from core.model.budget import CapState
from core.model.quality import QualityReport
from core.release.pages.documents import data_card
from core.release.pages.local import LocalReport
from core.release.pages.writing import external_files


def leak(local: LocalReport, quality: QualityReport, cap: CapState) -> None:
    external_files(local)
    external_files(quality)
    data_card(local)
    data_card(cap)
"""


@pytest.fixture(scope="module")
def released() -> Released:
    return release_of(joint_plan(conftest.a_plan(), KEYS), KEYS)


def canary() -> QualityReport:
    measure = Measure(
        key="usefulness-ratio",
        group=Group.USEFULNESS,
        value=0.777,
        reference=0.777,
        better=Direction.HIGHER,
        low=0.0,
        high=1.0,
    )
    return QualityReport(
        depth=Depth.QUICK,
        n_train=98765,
        n_holdout=43210,
        n_synthetic=3,
        classes=("Basal", "=Lum"),
        measures=(measure,),
        pca=None,
        curves=(),
        correlations=None,
        utility=(),
        class_scores=(),
    )


def reachable(kind: object, seen: set[object]) -> set[object]:
    """Every class that a value of ``kind`` can hold, at any depth."""
    for inner in typing.get_args(kind):
        reachable(inner, seen)
    if inspect.isclass(kind) and kind not in seen:
        seen.add(kind)
        if dataclasses.is_dataclass(kind):
            for hint in typing.get_type_hints(kind).values():
                reachable(hint, seen)
    return seen


def test_a_released_report_has_no_room_for_a_local_number() -> None:
    found = reachable(ReleasedReport, set())
    local = {
        kind
        for module in (quality, attack, comparison, measures)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if dataclasses.is_dataclass(kind)
    } | {CapState}
    assert len(local) > 15
    assert not found & local
    assert object not in found
    assert not any(kind in {dict, list, set} for kind in found), "a bag could hold anything"
    assert reachable(LocalReport, set()) & local, "the walk sees what it should"


def test_the_external_writers_take_released_reports_only() -> None:
    for function in (writing.external_files, documents.data_card, documents.external_document):
        hints = typing.get_type_hints(function)
        first = next(iter(hints))
        assert hints[first] is ReleasedReport


@pytest.mark.slow
def test_a_type_check_fails_where_a_local_report_would_go_out(tmp_path: Path) -> None:
    """``python -m pytest tests/unit/release/test_separation.py -k type_check``"""
    file = tmp_path / "leak.py"
    file.write_text(CHECKED)
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(root / ".mypy_cache"),
         "--config-file", str(root / "pyproject.toml"), str(file)],
        cwd=root, capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip
    wrong = [line for line in done.stdout.splitlines() if "leak.py" in line and "arg-type" in line]
    assert len(wrong) == 4, done.stdout


def test_canary_numbers_stand_inside_and_nowhere_outside(released: Released) -> None:
    public = released.report()
    cap = CapState(cap=31.25, spent=31.25)
    inside = internal_files(LocalReport(released=public, quality=canary(), cap=cap))
    page = inside["internal-report.html"].decode().replace(",", "")
    for number in CANARIES:
        assert number in page
    assert page.count("Stays at this hospital") == 1
    outside = {
        **external_files(public),
        "data-card.html": html_of(data_card(public)),
        "data-card.md": markdown_of(data_card(public)),
        **released.packed(report=True),
    }
    for name, content in outside.items():
        if name.endswith(".pdf"):
            continue  # compressed: made from the same document as the page beside it
        text = (
            content.decode("utf-8", "ignore").split("base64,")[0]
            + content.decode("utf-8", "ignore").split("truetype')}")[-1]
        )
        for number in CANARIES:
            assert number not in text.replace(",", ""), (name, number)


def test_the_same_document_becomes_page_and_paper(released: Released, monkeypatch) -> None:
    """Since a PDF is compressed, what it is made from is what is looked at."""
    made = []
    monkeypatch.setattr(writing, "pdf_of", lambda d, _letters: made.append(d) or b"")
    monkeypatch.setattr(writing, "html_of", lambda d, _letters: made.append(d) or b"")
    external_files(released.report())
    assert len(made) == 2
    assert made[0] is made[1]


def test_a_released_report_belongs_to_its_plan(released: Released) -> None:
    from core.errors import InternalError

    with pytest.raises(InternalError, match="IN901"):
        replace(released.report(), class_counts=(1,))
    with pytest.raises(InternalError, match="IN901"):
        replace(released.report(), synthetic_sha256="x")
