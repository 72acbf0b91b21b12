"""Tables: a read-only view on rows of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QSizePolicy, QTableView

from app.theme import current_theme

ROW_HEIGHT: Final = 38
HEAD_HEIGHT: Final = 34
_Index = QModelIndex | QPersistentModelIndex
_ROOT: Final = QModelIndex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        title: Head of the column.
        width: Pixels at 100 % text size; 0 takes what is left.
        right: Numbers stand at the right.
        mono: Fingerprints, and nothing else, are set in the mono face.
    """

    title: str
    width: int = 0
    right: bool = False
    mono: bool = False


class RowsModel(QAbstractTableModel):
    """Rows of words under columns."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self._rows: tuple[tuple[str, ...], ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What is shown."""
        return self._rows

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows = tuple(tuple(cells) for cells in rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Number of rows; cells have no children."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Number of columns; cells have no children."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's own type
        """Words, alignment and face of a cell."""
        column = self._columns[index.column()]
        words = self._rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return words
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {words}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return _aligned(column)
            case Qt.ItemDataRole.FontRole if column.mono:
                return current_theme().font("mono")
            case _:
                return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - Qt's own type
        """Titles of the columns."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(self._columns[section])
        return None


def _aligned(column: Column) -> Qt.AlignmentFlag:
    across = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return across | Qt.AlignmentFlag.AlignVCenter


class Table(QTableView):
    """A read-only table. Tab passes over it, arrow keys move in it.

    `fitted` makes it exactly as tall as its rows, for short tables inside cards.
    """

    row_chosen = Signal(int)
    """Number of the row that is the current one now; -1 for none."""

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]] = (),
        *,
        fitted: bool = False,
        row_height: int = ROW_HEIGHT,
    ) -> None:
        """Make a table.

        Args:
            name: What it lists, for screen readers.
            columns: From left to right.
            rows: As many words per row as there are columns.
            fitted: Whether its height follows the rows.
            row_height: Pixels at 100 % text size; words wrap in rows that are high enough.
        """
        super().__init__()
        self._columns = tuple(columns)
        self._row_height = row_height
        self._fitted = fitted
        self._model = RowsModel(columns)
        self.setModel(self._model)
        self.setAccessibleName(name)
        self._behave()
        self._measure()
        self.set_rows(rows)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """What is shown."""
        return self._model.rows

    def set_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show other rows."""
        self._model.set_rows(rows)
        if self._fitted:
            self._fit()

    def choose_row(self, number: int) -> None:
        """Make a row the current one, and show it."""
        self.setCurrentIndex(self._model.index(number, 0))

    def currentChanged(self, now: _Index, before: _Index) -> None:
        """Tell which row the reader went to."""
        super().currentChanged(now, before)
        if now.row() != before.row():
            self.row_chosen.emit(now.row())

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new text size."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and hasattr(self, "_fitted"):
            self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new width among the columns that take what is left."""
        super().resizeEvent(event)
        self._share_width()

    def _behave(self) -> None:
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _measure(self) -> None:
        size = current_theme().size
        self.verticalHeader().setMinimumSectionSize(size(self._row_height))
        self.verticalHeader().setDefaultSectionSize(size(self._row_height))
        self.horizontalHeader().setFixedHeight(size(HEAD_HEIGHT))
        self._share_width()
        if self._fitted:
            self._fit()

    def _share_width(self) -> None:
        size = current_theme().size
        fixed = sum(size(column.width) for column in self._columns)
        free = [number for number, column in enumerate(self._columns) if not column.width]
        share = (self.viewport().width() - fixed) // max(1, len(free))
        for number, column in enumerate(self._columns):
            smallest = self._title_width(column)
            wanted = size(column.width) if column.width else share
            self.setColumnWidth(number, max(smallest, wanted))

    def _title_width(self, column: Column) -> int:
        metrics = self.horizontalHeader().fontMetrics()
        return metrics.horizontalAdvance(column.title) + 28

    def _fit(self) -> None:
        size = current_theme().size
        edge = 2 * (self.frameWidth() or 1)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        rows = self._model.rowCount()
        self.setFixedHeight(size(HEAD_HEIGHT) + rows * size(self._row_height) + edge)
