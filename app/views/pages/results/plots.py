"""Resemblance, Biology, Usefulness: figures, a reading below each, the table behind each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from matplotlib.figure import Figure
from PySide6.QtWidgets import QFrame, QWidget

from app.plots import PlotCanvas
from app.presenters.report_tables import (
    ReportTable,
    classes_table,
    correlations_table,
    curves_table,
    measures_table,
    pca_table,
    utility_table,
)
from app.presenters.wording import say
from app.views.widgets import Column, Table, button, card, para
from app.views.widgets.layout import Item
from core.figures.findings import FigureKind, finding
from core.figures.resemblance import correlation_maps, gene_curves, pca_overlay
from core.figures.style import FigureStyle
from core.figures.usefulness import class_scores, utility_bars
from core.messages.events import ReportReady
from core.model.quality import QualityReport


def resemblance(ready: ReportReady) -> list[Item]:
    """Patients on two axes, and gene curves."""
    report = ready.report
    return [
        _plot_card(
            say("Patients on two axes"), FigureKind.PCA, report, pca_overlay, pca_table(report)
        ),
        _plot_card(
            say("Gene distributions"), FigureKind.CURVES, report, gene_curves, curves_table(report)
        ),
    ]


def biology(ready: ReportReady) -> list[Item]:
    """Correlation maps, and how many disease genes come back."""
    report = ready.report
    maps = _plot_card(
        say("Genes that move together"),
        FigureKind.CORRELATIONS,
        report,
        correlation_maps,
        correlations_table(report),
    )
    keys = (
        "coexpression-recall",
        "coexpression-precision",
        "correlation-error",
        "correlation-error-strongest",
        "differential-tpr",
        "differential-fpr",
    )
    numbers = measures_table(report, keys)
    note = say(
        "Disease genes are those that differ between two diagnoses. Finding one again is not "
        "enough: false ones count as well. Do not test synthetic patients as if they were real."
    )
    found = card(
        say("Disease genes and gene pairs"),
        _table(numbers, say("Disease genes and gene pairs")),
        para(note),
    )
    return [maps, found]


def usefulness(ready: ReportReady) -> list[Item]:
    """Scores of models trained on synthetic and on real patients."""
    report = ready.report
    left = _plot_card(
        say("Train on synthetic, test on real"),
        FigureKind.UTILITY,
        report,
        utility_bars,
        utility_table(report),
    )
    right = _plot_card(
        say("By diagnosis"), FigureKind.CLASSES, report, class_scores, classes_table(report)
    )
    note = say(
        "All models are tested on the same {n} of your patients, who took no part in the study.",
        n=report.n_holdout,
    )
    return [left, right, para(note)]


_HEIGHTS: Final = {
    FigureKind.PCA: 380,
    FigureKind.CURVES: 380,
    FigureKind.CORRELATIONS: 360,
    FigureKind.UTILITY: 320,
    FigureKind.CLASSES: 300,
}


def _plot_card(
    title: str,
    kind: FigureKind,
    report: QualityReport,
    build: Callable[[QualityReport, FigureStyle], Figure],
    table: ReportTable,
) -> QFrame:
    def make(style: FigureStyle) -> Figure:
        return build(report, style)

    words = finding(kind, report)
    plot = PlotCanvas(make, words, height=_HEIGHTS[kind])
    return _Foldable(title, plot, words, table).frame


class _Foldable:
    """A plot whose place its table can take."""

    def __init__(self, title: str, plot: QWidget, words: str, table: ReportTable) -> None:
        self._plot = plot
        self._table = _table(table, title)
        self._table.hide()
        self._switch = button(
            say("Show as table"), "ghost", "table", name=say("Show as table, {title}", title=title)
        )
        self._switch.setCheckable(True)
        self._switch.setVisible(bool(table.rows))
        self.frame = card(title, plot, self._table, para(words), aside=self._switch, gap="s")
        self.frame.setProperty("holder", self)  # lives as long as the card
        self._switch.toggled.connect(self._turn)

    def _turn(self, as_table: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._plot.setVisible(not as_table)
        self._table.setVisible(as_table)
        self._switch.set_words(say("Show as picture") if as_table else say("Show as table"))


def _table(table: ReportTable, name: str) -> Table:
    columns = [
        Column(title=head, right=number > 0, width=0 if number == 0 else 140)
        for number, head in enumerate(table.heads)
    ]
    return Table(name, columns, table.rows, fitted=True)
