"""Data card and reports: complete, self-contained, the same bytes twice, readable by machines."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.theme.tokens import LIGHT
from core.errors import InternalError, PlanError
from core.model.budget import CapState
from core.model.candidate import Candidate
from core.model.plan import Plan
from core.release.pages import ink
from core.release.pages.candidates import recipes_said
from core.release.pages.document import Audience, Document, Grid, Notice, Paragraph, Section
from core.release.pages.documents import data_card
from core.release.pages.html import html_of
from core.release.pages.lettering import truetype
from core.release.pages.local import LocalReport
from core.release.pages.markdown import markdown_of
from core.release.pages.pdf import pdf_of
from core.release.pages.writing import external_files, internal_files
from tests.gui.script_report import quality
from tests.unit.privacy.signing import new_seals
from tests.unit.release import conftest
from tests.unit.release.released import Released, joint_plan, release_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "data-card-2.md"
KEYS = [new_seals().signer for _ in range(3)]
VOID = {"meta", "br", "rect", "circle", "path", "use", "line", "img"}


class Outline(HTMLParser):
    """What a browser and a screen reader see: tags in order, and whether they close."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def all(self, name: str) -> list[dict[str, str]]:
        return [attrs for tag, attrs in self.tags if tag == name]


def outline(content: bytes) -> Outline:
    found = Outline()
    found.feed(content.decode())
    assert found.open == []
    return found


@pytest.fixture(scope="module")
def released() -> Released:
    return release_of(joint_plan(conftest.a_plan(), KEYS), KEYS)


@pytest.fixture(scope="module")
def pages(released) -> dict[str, bytes]:
    public = released.report()
    local = LocalReport(released=public, quality=quality(), cap=CapState(cap=4.0, spent=1.0))
    return {**external_files(public), **internal_files(local)}


def test_pages_are_self_contained_and_marked_for_screen_readers(pages) -> None:
    for name in ("report.html", "internal-report.html"):
        content = pages[name]
        found = outline(content)
        kinds = [tag for tag, _ in found.tags]
        assert kinds.count("main") == kinds.count("h1") == kinds.count("header") == 1
        assert kinds.count("table") == kinds.count("caption") > 3
        assert all(attrs.get("scope") in {"col", "row"} for attrs in found.all("th"))
        labels = [a["aria-label"] for a in found.all("svg") if a.get("role") == "img"]
        assert len(labels) == kinds.count("figure") + 1
        assert all(len(label) > 20 for label in labels)
        ids = {a["id"] for _, a in found.tags if "id" in a and a["id"].startswith("s")}
        for section in found.all("section"):
            assert section["aria-labelledby"] in {*ids, "label"}
        text = content.decode()
        assert "@page" in text
        assert "@media print" in text
        assert 'lang="en"' in text
        outside = re.findall(r'(?:src|href)\s*=\s*"(?!#|data:)[^"]+', text)
        assert outside == []
        assert not re.search(r"url\((?!data:|#)", text)
        assert not any(tag in kinds for tag in ("script", "link", "iframe", "object"))


def test_names_are_shown_and_never_run(pages) -> None:
    text = pages["report.html"].decode()
    assert "Subtypes &lt;of&gt; *breast* cancer" in text
    assert "<of>" not in text


def test_the_label_stands_first_and_says_what_is_spent(pages) -> None:
    outside, inside = (pages[n].decode() for n in ("report.html", "internal-report.html"))
    for text in (outside, inside):
        assert text.index("Privacy label") < text.index('<h2 id="s1"')
        assert "At most 74 in 100 instead of 50" in text
        for words in ("epsilon 1", "one patient&#x27;s record", "1 of the 3", "semi-honest"):
            assert words in text
    assert "1 of 4 units" in inside
    assert "Not public" in outside
    assert "1 of 4 units" not in outside


def test_the_same_report_gives_the_same_bytes(released) -> None:
    assert external_files(released.report()) == external_files(released.report())


def test_pdfs_are_pdfs(pages) -> None:
    for name in ("report.pdf", "internal-report.pdf"):
        content = pages[name]
        assert content.startswith(b"%PDF-1.")
        assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 3


def test_a_report_without_a_study_has_no_label(released) -> None:
    few = internal_files(LocalReport(released=None, quality=quality(few=True), name="other.csv"))
    text = few["internal-report.html"].decode()
    assert "Privacy label" not in text
    assert "other.csv" in text
    assert "too few patients" in text
    none = internal_files(LocalReport(released=released.report(), quality=None))
    assert b"No comparison with real patients" in none["internal-report.html"]


def test_the_data_card_is_the_golden_one(released) -> None:
    """Hospitals sign it: the same release must give the same card on every computer."""
    card = markdown_of(data_card(released.report())).decode()
    for part, golden in (
        (released.plan.digest, "a" * 64),
        (released.plan.digest[:16], "a" * 16),
    ):
        card = card.replace(part, golden)
    assert card == GOLDEN.read_text(encoding="utf-8")
    for words in ("Known weaknesses", "differential expression", "How to cite", "Licence"):
        assert words in card


def test_a_card_without_joint_scores_says_so(plan) -> None:
    bare = release_of(joint_plan(plan, KEYS, rehearsal=True), KEYS, joint=False)
    card = markdown_of(data_card(bare.report())).decode()
    assert "No measure of quality was released" in card
    assert "This is a rehearsal" in card


def test_strange_letters_and_long_tables_do_not_break_paper() -> None:
    grid = Grid(
        caption="Long",
        heads=("Gene", "Value"),
        rows=tuple((f"G{n}·Ελλάς·白血病", f"{n}") for n in range(120)),
    )
    document = Document(
        kind="Kind",
        title="T" * 80,
        subtitle="s",
        audience=Audience.HOSPITAL,
        label=None,
        sections=(
            Section(title="One", blocks=(grid, Paragraph(text="word" * 60))),
            Section(title="Two", blocks=(Notice(title="Read.", text="<b>& so on"),)),
        ),
        footer="foot",
    )
    assert pdf_of(document).count(b"/Type /Page\n") >= 3 or pdf_of(document).startswith(b"%PDF")
    assert "<b>&amp; so on" not in html_of(document).decode()


def test_a_table_with_a_short_row_is_refused() -> None:
    with pytest.raises(InternalError, match="IN901"):
        Grid(caption="c", heads=("a", "b"), rows=(("1",),))


def test_digits_are_all_equally_wide() -> None:
    import io

    from fontTools.ttLib import TTFont

    for weight in (400, 600):
        font = TTFont(io.BytesIO(truetype(weight, "0123456789")))
        names = [font.getBestCmap()[ord(d)] for d in "0123456789"]
        widths = [font["hmtx"][name][0] for name in names]
        assert max(widths) - min(widths) < 0.002 * font["head"].unitsPerEm


def test_paper_has_the_colours_of_the_light_theme() -> None:
    for name in ("TEXT", "MUTED", "SUBTLE", "SURFACE", "SUNKEN", "BORDER", "ACCENT", "WARN"):
        assert getattr(ink, name) == getattr(LIGHT, name.lower())
    for name in ("ACCENT_SOFT", "WARN_SOFT", "REAL", "HIGH", "OK", "OK_SOFT"):
        assert getattr(ink, name) == getattr(LIGHT, name.lower())


def test_the_licence_that_the_hospitals_signed_stands_in_card_and_manifest(plan) -> None:
    signed = release_of(replace(joint_plan(plan, KEYS), licence="CC BY 4.0"), KEYS)
    assert "CC BY 4.0" in markdown_of(data_card(signed.report())).decode()
    assert json.loads(signed.files["manifest.json"])["licence"] == "CC BY 4.0"
    bare = release_of(joint_plan(plan, KEYS), KEYS)
    assert bare.plan.digest != signed.plan.digest
    assert b"licence" not in bare.plan.canonical_bytes()
    assert Plan.from_bytes(signed.plan.canonical_bytes()) == signed.plan
    for wrong in ("", "x" * 300, "two\nlines"):
        with pytest.raises(PlanError, match="licence"):
            replace(bare.plan, licence=wrong)
    with pytest.raises(PlanError, match="licence"):
        replace(signed.plan, format_version=2)


def test_settings_that_differ_in_bins_are_told_apart():
    """All with the usual number: the page of earlier releases, which knew no other."""
    usual = Candidate(recipe="marginals", recipe_parameters=(("bins", 4),), n_genes=3)
    finer = replace(usual, recipe_parameters=(("bins", 6),))
    other = Candidate(recipe="moments", recipe_parameters=(), n_genes=3)
    assert recipes_said((usual, other)) == ("marginals", "moments")
    assert recipes_said((usual, finer, other)) == (
        "marginals, 4 bins",
        "marginals, 6 bins",
        "moments",
    )
