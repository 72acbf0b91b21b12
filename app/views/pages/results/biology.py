"""Biology: genes that differ between diagnoses, genes that move together, sets of genes."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QComboBox, QFrame, QVBoxLayout

from app.presenters.report_tables import correlations_table, fold_table, pathways_table
from app.presenters.report_values import correlation_values, fold_values
from app.presenters.wording import measure_words, say
from app.views.figures import Sheet, figure_card
from app.views.pages.results.parts import Look, numbers, stays, waiting, wide_table
from app.views.widgets import RangeBar, beside, card, choose, para, row, text
from app.views.widgets.layout import Item
from core.figures.biology import fold_changes
from core.figures.findings import FigureKind, finding, fold_finding
from core.figures.resemblance import correlation_maps
from core.model.comparison import FoldChanges
from core.model.measures import Group, Interval

_FOLDS: Final = "Disease genes"
_TOGETHER: Final = "Genes that move together"
_PAIRS: Final = ("coexpression-recall", "coexpression-precision", "correlation-error")


def biology(look: Look) -> list[Item]:
    """Fold changes, maps, numbers, gene sets."""
    note = say(
        "Disease genes are those that differ between two diagnoses. Finding one again is not "
        "enough: false ones count as well. Do not test synthetic patients as if they were real."
    )
    return [
        beside(_folds(look), _maps(look)),
        para(note),
        numbers(look, say("All numbers of biology"), Group.BIOLOGY, "biology", "correlations"),
        *_pathways(look),
    ]


def _folds(look: Look) -> QFrame:
    if not look.state.has("biology"):
        return waiting(say(_FOLDS))
    return FoldCard(look)


class FoldCard(QFrame):
    """The fold changes of one pair of diagnoses, which can be chosen."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._pairs = look.ready.report.fold_changes
        names = [f"{p.first} – {p.second}" for p in self._pairs]
        self._choice: QComboBox = choose(*names)
        self._choice.setAccessibleName(say("Two diagnoses to compare"))
        self._choice.setVisible(len(names) > 1)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._card: QFrame | None = None
        self._show(0)
        self._choice.currentIndexChanged.connect(self._show)

    def _show(self, number: int) -> None:
        pair = self._pairs[number] if self._pairs else None
        had_focus = self._choice.hasFocus()
        before, self._card = (
            self._card,
            figure_card(self._look.desk, fold_sheet(pair), self._choice),
        )
        self._box.addWidget(self._card)
        if before is not None:
            before.hide()
            before.deleteLater()
        if had_focus:
            self._choice.setFocus()


def fold_sheet(pair: FoldChanges | None) -> Sheet:
    """The figure of one pair of diagnoses."""
    title = say(_FOLDS)
    if pair is not None:
        title = say(
            "Disease genes: {first} against {second}", first=pair.first, second=pair.second
        )
    return Sheet(
        title=title,
        make=lambda style: fold_changes(pair, style),
        says=fold_finding(pair),
        table=fold_table(pair),
        values=fold_values(pair),
    )


def _maps(look: Look) -> QFrame:
    if not (look.state.has("pictures") and look.state.has("correlations")):
        return waiting(say(_TOGETHER))
    report = look.ready.report
    sheet = Sheet(
        title=say(_TOGETHER),
        make=lambda style: correlation_maps(report, style),
        says=finding(FigureKind.CORRELATIONS, report),
        table=correlations_table(report),
        values=correlation_values(report),
    )
    return figure_card(look.desk, sheet, below=_agreement(look))


def _agreement(look: Look) -> tuple[Item, ...]:
    """How many pairs are found again, beside held-out patients, as bars."""
    lines: list[Item] = []
    for key in _PAIRS:
        measure = look.ready.report.measure(key)
        if measure is None or measure.value is None:
            continue
        words = measure_words(key)
        value, reference = words.written(measure.value), words.written(measure.reference)
        said = say("{value}, real {reference}", value=value, reference=reference)
        ends = measure.interval or Interval(low=measure.value, high=measure.value)
        bar = RangeBar(
            ends.low,
            ends.high,
            measure.reference,
            scale=(measure.low, measure.high),
            says=f"{words.title}: {said}",
        )
        title = text(words.title, "caption", "text", wrap=True)
        lines.append(row((title, 5), (bar, 5), (text(said, "caption"), 3), gap="m"))
    return tuple(lines)


def _pathways(look: Look) -> tuple[Item, ...]:
    table = pathways_table(look.ready.report)
    if not table.rows:
        return ()
    title = say("Sets of genes")
    return (card(title, wide_table(table, title), aside=stays()),)
