"""How a file is to be read: recognised by the application, corrected by the steward."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget
from PySide6.QtCore import Qt

from app.presenters.cohort import CohortState
from app.presenters.wording import say
from app.theme import current_theme
from app.views.widgets import Field, button, card, choose, col, edit, field, row, side
from core.model.cohort import FileFormat, Layout, Scale

_DELIMITERS: Final = ((",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), (" ", "Space"), ("|", "Bar"))
_SCALES: Final[tuple[tuple[Scale | None, str], ...]] = (
    (None, "Let the checks decide"),
    (Scale.COUNTS, "Integer counts"),
    (Scale.LOG, "Log values"),
)
_ROWS_SHOWN: Final = 5


class LayoutForm(QWidget):
    """Compact, one choice per question; nothing is read before the button is pressed."""

    accepted = Signal(object, str)
    """A `Layout` and the cohort's name."""
    cancelled = Signal()

    def __init__(self, state: CohortState) -> None:
        super().__init__()
        layout = state.layout or Layout(file_format=FileFormat.CSV)
        preview = state.preview
        names = preview.column_names if preview is not None else ()
        candidates = preview.label_candidates if preview is not None else ()
        self._layout_before = layout
        self._name = edit(state.name, longest=80)
        self._label = _columns(names, layout.label, first=say("Choose the column"), ahead=candidates)
        self._identifier = _columns(names, layout.identifier, first=say("The first column"))
        self._ignored = _ignored(names, layout.ignored)
        sides = (say("Rows are patients"), say("Rows are genes, columns are patients"))
        self._orientation = choose(*sides, chosen=int(layout.transposed))
        self._delimiter = choose(*[say(words) for _sign, words in _DELIMITERS])
        signs = [sign for sign, _words in _DELIMITERS]
        self._delimiter.setCurrentIndex(signs.index(layout.delimiter) if layout.delimiter in signs else 0)
        self._scale = choose(*[say(words) for _scale, words in _SCALES])
        self._scale.setCurrentIndex([scale for scale, _words in _SCALES].index(layout.scale))
        self._label_field = field(
            say("Diagnosis column"),
            self._label,
            say("The column whose values are the diagnoses."),
        )
        self.setLayout(self._column())

    def _column(self) -> QVBoxLayout:
        go = button(say("Read the file like this"), "primary")
        go.clicked.connect(self._accept)
        stop = button(say("Never mind"), "ghost")
        stop.clicked.connect(self.cancelled)
        text_table = self._layout_before.file_format in (FileFormat.CSV, FileFormat.TSV)
        scale = field(say("Numbers are"), self._scale, say("Counts become log2(CPM + 1)."))
        last: list[tuple[Field, int]] = [(scale, 1)]
        if text_table:
            last.insert(0, (field(say("Values are separated by"), self._delimiter), 1))
        name = field(say("Cohort name"), self._name, say("Only you see this name."))
        codes = field(
            say("Patient code column"),
            self._identifier,
            say("Used to find double entries; it stays on this computer."),
        )
        turned = field(say("The table lies like this"), self._orientation)
        ignored = field(
            say("Columns to leave out"),
            self._ignored,
            say("Neither gene nor diagnosis, such as age or stage. Tick what is to be ignored."),
        )
        return col(
            card(
                say("How to read this file"),
                side((name, 1), (self._label_field, 1)),
                side((codes, 1), (turned, 1)),
                side(*last),
                ignored,
                row(go, stop, None),
                gap="l",
            )
        )

    def _accept(self) -> None:
        label = self._label.currentData()
        if not label:
            self._label_field.set_error(say("Choose the column with the diagnosis."))
            self._label.setFocus()
            return
        ignored = tuple(
            item.text()
            for item in (self._ignored.item(n) for n in range(self._ignored.count()))
            if item.checkState() is Qt.CheckState.Checked and item.text() != label
        )
        layout = replace(
            self._layout_before,
            label=str(label),
            identifier=str(self._identifier.currentData() or ""),
            ignored=ignored,
            transposed=bool(self._orientation.currentIndex()),
            scale=_SCALES[self._scale.currentIndex()][0],
        )
        if self._layout_before.file_format in (FileFormat.CSV, FileFormat.TSV):
            layout = replace(layout, delimiter=_DELIMITERS[self._delimiter.currentIndex()][0])
        self.accepted.emit(layout, self._name.text())


def _columns(
    names: tuple[str, ...], chosen: str, *, first: str, ahead: tuple[str, ...] = ()
) -> QComboBox:
    box = choose(first)
    box.setItemData(0, "")
    for name in dict.fromkeys((*ahead, *names)):
        box.addItem(name, name)
    if chosen and box.findData(chosen) < 0:
        box.addItem(chosen, chosen)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


def _ignored(names: tuple[str, ...], chosen: tuple[str, ...]) -> QListWidget:
    box = QListWidget()
    for name in dict.fromkeys((*chosen, *names)):
        item = QListWidgetItem(name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        ticked = Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked
        item.setCheckState(ticked)
        box.addItem(item)
    rows = max(2, min(_ROWS_SHOWN, box.count()))
    box.setFixedHeight(current_theme().size(26) * rows + 10)
    return box
