"""The results: a tab at a time, any gene, a second release, files of figures."""

from __future__ import annotations

import csv
import doctest
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

import app.plots.view
import app.presenters.gene_choice
from app.plots import PlotCanvas, PlotView
from app.presenters.report_values import FigureValues
from app.presenters.side_by_side import measure_pairs_of, pairs_finding, pairs_table
from app.presenters.wording import attack_reading, reading
from app.views.dialogs.figure import FigureDialog
from app.views.pages.results.biology import fold_sheet
from app.views.pages.results.compare import ReleaseChoice
from app.views.widgets import Banner, Button, Pill, Skeleton, Table
from core.messages import commands as ask
from core.messages import events as said
from core.messages import report_events as reported
from core.model.measures import Interval
from core.model.study import StudyState
from tests.gui import script_lists
from tests.gui.stand import DIGEST
from tests.gui.walk import refused

SECOND = f"{1:064x}"


@pytest.fixture
def results(desk, link):
    link.play(script_lists.studies(StudyState.FINISHED, StudyState.FINISHED))
    desk.study.reopen(desk.records.state.studies[0])
    return desk.study.results


def press(widget, name: str) -> None:
    (found,) = [b for b in widget.findChildren(Button) if b.accessibleName() == name]
    found.click()
    QApplication.processEvents()


# ---- genes by name


def test_a_gene_of_the_report_is_shown_at_once(results, link) -> None:
    link.play(script_lists.report(results.state.digest))
    assert len(results.state.genes.curves(results.state.shown.report)) == 6
    results.find_gene(" gata3 ")
    assert results.state.genes.chosen == ("GATA3",)
    (curve,) = results.state.genes.curves(results.state.shown.report)
    assert curve.gene == "GATA3"
    assert "AskGene" not in link.names()


def test_any_other_gene_of_the_panel_is_asked_of_the_worker(results, link) -> None:
    digest = results.state.digest
    link.play(script_lists.report(digest))
    results.find_gene("GENE77")
    assert link.last(ask.AskGene) == ask.AskGene(digest=digest, gene="GENE77")
    assert results.state.genes.awaited == "GENE77"
    curve = replace(script_lists.report(digest).report.curves[0], gene="GENE77")
    link.play(reported.GeneShown(digest=digest, gene="GENE77", curve=curve))
    assert results.state.genes.curves(results.state.shown.report) == (curve,)
    results.find_gene("CD19")
    results.find_gene("GENE77")
    assert results.state.genes.chosen == ("GENE77", "CD19")
    assert link.names().count("AskGene") == 1


def test_a_gene_without_a_curve_or_of_another_panel_is_said_to_be_one(results, link) -> None:
    digest = results.state.digest
    link.play(script_lists.report(digest))
    results.find_gene("GENE5")
    link.play(reported.GeneShown(digest=digest, gene="GENE5", curve=None))
    assert "one value" in results.state.genes.said
    results.find_gene("TP53")
    assert "not among the genes" in results.state.genes.said
    results.find_gene("GENE6")
    link.play(refused("AskGene", "WO604", step="the gene", reason="the file is gone"))
    assert results.state.genes.said
    assert results.state.genes.chosen == ()
    assert results.state.problem is None


def test_the_seventh_gene_takes_the_place_of_the_first(results, link) -> None:
    link.play(script_lists.report(results.state.digest))
    for gene in ("CD19", "MPO", "CD3E", "MS4A1", "CD34", "FLT3", "GATA3"):
        results.find_gene(gene)
    assert results.state.genes.chosen[0] == "GATA3"
    assert len(results.state.genes.chosen) == 6
    assert "CD19" not in results.state.genes.chosen
    results.show_telling_genes()
    assert results.state.genes.chosen == ()


def test_a_gene_is_found_with_the_keyboard(reach) -> None:
    made = reach("results_resemblance")
    (line,) = [
        w for w in made.window.page.findChildren(QLineEdit) if w.accessibleName() == "Find a gene"
    ]
    line.setFocus()
    QTest.keyClicks(line, "esr1")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert made.desk.study.results.state.genes.chosen == ("ESR1",)
    canvases = [c.accessibleName() for c in made.window.page.findChildren(PlotCanvas)]
    assert any(name.startswith("ESR1 ") or "ESR1" in name for name in canvases)


# ---- tab by tab


def test_a_tab_opens_with_its_first_figure(reach) -> None:
    made = reach("results_loading")
    page = made.window.page

    def usable() -> list[bool]:
        return [page._tabs.isTabEnabled(n) for n in range(6)]

    assert usable() == [True, False, False, False, False, False]
    assert page._tabs.tabToolTip(1) == "Being compared"
    made.link.play(script_lists.grew(DIGEST, "genes"))
    assert usable() == [True, True, False, False, False, False]
    page._tabs.setCurrentIndex(1)
    QApplication.processEvents()
    assert len([s for s in page.findChildren(Skeleton) if s.isVisible()]) >= 2
    made.link.play(script_lists.grew(DIGEST, "genes", "pictures", "correlations"))
    assert usable() == [True, True, True, False, False, False]
    QApplication.processEvents()
    assert [c for c in page.findChildren(PlotCanvas) if c.isVisible()]
    made.link.play(script_lists.report(DIGEST))
    QApplication.processEvents()
    assert all(usable())
    assert not [s for s in page.findChildren(Skeleton) if s.isVisible()]


def test_a_part_of_another_report_is_not_shown(results, link) -> None:
    link.play(script_lists.grew("e" * 64, "genes"))
    assert results.state.part is None


# ---- a second release


def test_two_releases_stand_side_by_side(results, link) -> None:
    link.play(script_lists.report(results.state.digest))
    results.compare_with(SECOND, "Lymphoma markers")
    assert link.last(ask.AskReport).digest == SECOND
    link.play(reported.ReportProgressed(digest=SECOND, step="utility", done=4, total=10))
    assert (results.state.second.done, results.state.step) == (4, "")
    link.play(script_lists.second_report(SECOND))
    pairs = measure_pairs_of(results.state.ready.report, results.state.second.ready.report)
    rows = {row[0]: row[1:] for row in pairs_table(pairs).rows}
    assert rows["Gene distributions differ by"] == (
        "0.13",
        "0.43",
        "+0.30",
        "0.23 to 0.37",
        "Worse",
    )
    assert rows["Disease genes found again"][-1] == "The second is better"
    assert rows["Told apart from real patients"][-1] == "No clear difference"
    assert rows["Diagnosis predicted right"][-1] == "No interval to judge by"
    assert rows["Random forest, Macro-F1"][:2] == ("85", "85")
    assert "better in 1 and worse in 2 of" in pairs_finding(pairs)


def test_a_second_release_that_cannot_be_compared_leaves_the_first(results, link) -> None:
    link.play(script_lists.report(results.state.digest))
    results.compare_with(SECOND, "Lymphoma markers")
    link.play(refused("AskReport", "WO604", step="use the cohort", reason="not opened"))
    assert results.state.second.problem.code == "WO604"
    assert results.state.problem is None
    results.compare_with(SECOND, "Lymphoma markers")
    assert link.names().count("AskReport") == 3
    results.compare_with("", "")
    assert results.state.second is None


def test_a_release_is_chosen_in_the_list(reach) -> None:
    made = reach("results_compare")
    (box,) = made.window.page.findChildren(ReleaseChoice)
    assert [box.itemText(n)[:16] for n in range(box.count())] == [
        "Choose a release",
        "Breast tumour su",
        "Lymphoma markers",
    ]
    box.activated.emit(2)
    assert made.link.last(ask.AskReport).digest == SECOND


# ---- pictures, tables, files


def test_doctests() -> None:
    for module in (app.plots.view, app.presenters.gene_choice):
        assert doctest.testmod(module).failed == 0


def test_a_picture_is_zoomed_and_moved_with_the_keyboard(reach) -> None:
    made = reach("results_biology")
    canvas = made.window.page.findChildren(PlotCanvas)[0]
    before = canvas._draw()
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Plus)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.view == PlotView().zoomed(1.5).moved(0.2, 0.0)
    assert canvas._draw() != before
    QTest.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.view.whole
    assert canvas._draw() == before


def test_enlarged_it_has_buttons_and_closes_with_escape(reach) -> None:
    made = reach("dialog_figure")
    (asked,) = [d for d in made.window.findChildren(FigureDialog) if d.isVisible()]
    press(asked, "Zoom in")
    assert asked.view.canvas.view.zoom == 1.5
    press(asked, "Show all")
    assert asked.view.canvas.view.whole
    press(asked, "Show as table, Disease genes: AML against B-ALL")
    (table,) = [t for t in asked.findChildren(Table) if t.isVisible()]
    assert len(table.rows) == 20
    QTest.keyClick(asked, Qt.Key.Key_Escape)
    assert not asked.isVisible()


@pytest.mark.parametrize("suffix", [".png", ".svg", ".csv"])
def test_a_figure_is_saved_with_a_line_that_says_how_far_it_may_go(
    reach, tmp_path, suffix
) -> None:
    made = reach("results_biology")
    sheet = fold_sheet(script_lists.report(DIGEST).report.fold_changes[0])
    path = tmp_path / f"folds{suffix}"
    made.window.page._desk.write(sheet, path)
    note = "computed on real patients of this hospital, without a privacy guarantee"
    if suffix == ".png":
        image = QImage(str(path))
        assert image.width() > 800
        assert image.text("Title").startswith("Acute leukaemia subtypes: " + note)
    else:
        assert note in path.read_text("utf-8")
    if suffix == ".csv":
        lines = path.read_text("utf-8").splitlines()
        rows = list(csv.DictReader(lines[1:]))
        assert len(rows) == 120
        assert float(rows[3]["real"]) == sheet_changes().real[3]
    assert f"folds{suffix}" in banner(made)
    assert "keep it in this hospital" in banner(made)


def banner(made) -> str:
    """Title of the one banner on the page."""
    QApplication.processEvents()
    (found,) = [b for b in made.window.page.findChildren(Banner) if b.isVisible()]
    return found.accessibleName() + " ".join(p.text() for p in found.findChildren(QLabel))


def badges(made) -> list[str]:
    pills = [p for p in made.window.page.body.findChildren(Pill) if p.isVisible()]
    return [label.text() for pill in pills for label in pill.findChildren(QLabel)]


def sheet_changes():
    return script_lists.report(DIGEST).report.fold_changes[0]


def test_a_file_of_released_numbers_says_that_they_are(reach, tmp_path) -> None:
    made = reach("results_usefulness")
    sheet = replace(fold_sheet(sheet_changes()), released=True)
    made.window.page._desk.write(sheet, tmp_path / "x.csv")
    first = tmp_path.joinpath("x.csv").read_text("utf-8").splitlines()[0]
    assert first == "# Acute leukaemia subtypes: released numbers"
    assert "released numbers only" in banner(made)


def test_a_figure_that_cannot_be_saved_says_so(reach, tmp_path) -> None:
    made = reach("results_biology")
    sheet = fold_sheet(sheet_changes())
    made.window.page._desk.write(sheet, tmp_path / "nowhere" / "folds.csv")
    assert "was not saved" in banner(made)


def test_no_cell_of_a_csv_file_is_run_as_a_formula() -> None:
    values = FigureValues(heads=("gene", "x"), rows=(("=1+1", -0.5), ("@cmd", 1.0)))
    assert values.csv("note").splitlines() == ["# note", "gene,x", "'=1+1,-0.5", "'@cmd,1.0"]


# ---- what may be said


def test_released_and_local_numbers_carry_different_badges(reach) -> None:
    shown = badges(reach("results_usefulness"))
    assert shown.count("Released numbers") == 3, "scores, agreement and distances of all hospitals"
    assert shown.count("Stays on this computer") >= 3
    assert "Released numbers" not in badges(reach("results_few_overview"))


def test_nothing_is_good_or_bad_without_its_reference() -> None:
    for measure in script_lists.report(DIGEST).report.all_measures():
        assert reading(replace(measure, reference=None))[0] == "idle"


def test_like_is_compared_with_like_where_the_number_of_patients_matters() -> None:
    (measure,) = [m for m in script_lists.report(DIGEST).report.measures if m.key == "recall"]
    assert reading(measure)[0] == "warn"
    assert reading(replace(measure, matched=measure.reference))[0] == "ok"


@pytest.mark.parametrize(
    ("low", "light"), [(0.45, "ok"), (0.6, "warn"), (0.75, "fail")], ids=["coin", "some", "broken"]
)
def test_an_attack_is_read_beside_the_coin_and_the_promise(low, light) -> None:
    attack = script_lists.report(DIGEST).report.attacks[0].as_measure()
    found = replace(attack, value=low + 0.05, interval=Interval(low=low, high=low + 0.1))
    assert attack_reading(found, 73)[0] == light


def test_progress_of_the_comparison_is_said(reach) -> None:
    made = reach("results_loading")
    made.link.play(said.ReadingProgressed(file_name="x.csv", records_read=1, records_total=2))
    assert made.desk.study.results.state.loading
