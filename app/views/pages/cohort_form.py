"""How a file is to be read: recognised by the application, corrected by the steward."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.presenters.cohort import CohortState
from app.presenters.wording import say
from app.theme import current_theme
from app.views.widgets import (
    Check,
    Field,
    ScrollPage,
    button,
    card,
    choose,
    col,
    edit,
    field,
    framed,
    row,
    side,
    text,
)
from core.model.cohort import FileFormat, Layout, Scale

_DELIMITERS: Final = (
    (",", "Comma"),
    (";", "Semicolon"),
    ("\t", "Tab"),
    (" ", "Space"),
    ("|", "Bar"),
)
_SCALES: Final[tuple[tuple[Scale | None, str], ...]] = (
    (None, "Let the checks decide"),
    (Scale.COUNTS, "Integer counts"),
    (Scale.LOG, "Log values"),
)
_ROWS_SHOWN: Final = 5
_TICKS_MAX: Final = 200


class LayoutForm(QWidget):
    """Compact, one choice per question; nothing is read before the button is pressed."""

    accepted = Signal(object, str)
    """A `Layout` and the cohort's name."""
    cancelled = Signal()
    label_file_wanted = Signal()
    """The diagnoses are in a second file, still to be chosen."""
    label_file_dropped = Signal()
    """The diagnoses are in the same file after all."""

    def __init__(self, state: CohortState) -> None:
        super().__init__()
        layout = state.layout or Layout(file_format=FileFormat.CSV)
        preview = state.preview
        names = preview.column_names if preview is not None else ()
        candidates = preview.label_candidates if preview is not None else ()
        self._layout_before = layout
        self._name = edit(state.name, longest=80)
        self._second = state.label_file_name
        self._label = _columns(
            () if self._second else names,
            layout.label,
            first=say("Choose the column"),
            ahead=state.label_columns if self._second else candidates,
        )
        self._identifier = _columns(names, layout.identifier, first=say("The first column"))
        self._ignored = _Ticks(names, layout.ignored)
        sides = (say("Rows are patients"), say("Rows are genes, columns are patients"))
        self._orientation = choose(*sides, chosen=int(layout.transposed))
        self._delimiter = choose(*[say(words) for _sign, words in _DELIMITERS])
        signs = [sign for sign, _words in _DELIMITERS]
        self._delimiter.setCurrentIndex(
            signs.index(layout.delimiter) if layout.delimiter in signs else 0
        )
        self._decimal = choose(say("Point, as in 2.5"), say("Comma, as in 2,5"))
        self._decimal.setCurrentIndex(int(layout.decimal == ","))
        self._scale = choose(*[say(words) for _scale, words in _SCALES])
        self._scale.setCurrentIndex([scale for scale, _words in _SCALES].index(layout.scale))
        self._label_field = field(
            say("Diagnosis column"),
            self._label,
            say("A column of {file}.", file=self._second)
            if self._second
            else say("The column whose values are the diagnoses."),
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
            last.insert(1, (field(say("Decimal sign"), self._decimal), 1))
        name = field(say("Cohort name"), self._name, say("Only you see this name."))
        codes = field(
            say("Patient code column"),
            self._identifier,
            say("Used to find double entries; it stays on this computer."),
        )
        turned = field(say("The table lies like this"), self._orientation)
        ignored = col(
            text(say("Columns to leave out"), "label", "text"),
            self._ignored,
            text(
                say(
                    "Neither gene nor diagnosis, such as age or stage. Tick what is to be ignored."
                ),
                "caption",
                wrap=True,
            ),
            gap="xs",
        )
        words = say("Diagnoses are in another file")
        other = button(words, "ghost", "file")
        other.clicked.connect(self.label_file_wanted)
        if self._second:
            other.set_words(say("Diagnoses are in the same file"))
            other.clicked.disconnect()
            other.clicked.connect(self.label_file_dropped)
        label = col(self._label_field, row(other, None), gap="xs")
        return col(
            card(
                say("How to read this file"),
                side((name, 1), (label, 1)),
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
        ignored = tuple(name for name in self._ignored.ticked() if name != label)
        layout = replace(
            self._layout_before,
            label=str(label),
            identifier=str(self._identifier.currentData() or ""),
            ignored=ignored,
            transposed=bool(self._orientation.currentIndex()),
            scale=_SCALES[self._scale.currentIndex()][0],
        )
        if self._layout_before.file_format in (FileFormat.CSV, FileFormat.TSV):
            sign = _DELIMITERS[self._delimiter.currentIndex()][0]
            decimal = ",."[self._decimal.currentIndex() == 0]
            layout = replace(layout, delimiter=sign, decimal=decimal)
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


def _aligned(boxes: list[Check]) -> QVBoxLayout:
    return col(*[row(box, None) for box in boxes], None, gap="none")


class _Ticks(QWidget):
    """Columns with a tick each, in two columns, scrolled when there are many."""

    def __init__(self, names: tuple[str, ...], chosen: tuple[str, ...]) -> None:
        super().__init__()
        every = tuple(dict.fromkeys((*chosen, *names)))[:_TICKS_MAX]
        self._boxes = [Check(name, checked=name in chosen) for name in every]
        half = -(-len(self._boxes) // 2)
        left, right = self._boxes[:half], self._boxes[half:]
        grid = row((_aligned(left), 1), (_aligned(right), 1), gap="m")
        size = current_theme().size
        if half > _ROWS_SHOWN:
            area = ScrollPage(grid, (10, 6), ground="sunken")
            area.setFixedHeight(size(34) * _ROWS_SHOWN)
            self.setLayout(col(area))
        else:
            self.setLayout(col(framed(grid, "well", pad=(10, 6))))

    def ticked(self) -> tuple[str, ...]:
        """Names with a tick."""
        return tuple(box.accessibleName() for box in self._boxes if box.isChecked())
