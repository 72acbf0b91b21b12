"""What every page and dialog must fulfil, as functions that return sentences about faults.

`faults(widget)` runs them all on a widget that is shown. Use it in three looks:

    @pytest.mark.parametrize("look", LOOKS, ids=str)
    def test_page_is_sound(theme, qtbot, look):
        wear(theme, look)
        page = make_page()
        show(qtbot, page)
        assert faults(page) == []
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTabBar,
    QTableView,
    QWidget,
)

from app.settings import ThemeMode
from app.theme import Theme, contrast
from app.theme.tokens import TARGET_MIN, TEXT_NEED

_TABLE_PAD = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A theme and a text size in per cent."""

    mode: ThemeMode
    percent: int

    def __str__(self) -> str:
        return f"{self.mode.value}-{self.percent}"


LOOKS = (
    Look(mode=ThemeMode.LIGHT, percent=100),
    Look(mode=ThemeMode.DARK, percent=100),
    Look(mode=ThemeMode.LIGHT, percent=150),
)


def wear(theme: Theme, look: Look) -> None:
    """Dress the application."""
    theme.set_mode(look.mode)
    theme.set_text_size(look.percent)


def show(qtbot, widget: QWidget, size: tuple[int, int] = (1280, 800)) -> None:
    """Show a widget in the size of the design and let its layout settle."""
    if widget.isWindow():
        qtbot.addWidget(widget)
    widget.resize(*size)
    widget.show()
    qtbot.waitExposed(widget)
    settle()


def settle() -> None:
    """Let layouts that wait for each other come to rest."""
    for _ in range(4):
        QApplication.processEvents()


def faults(widget: QWidget) -> list[str]:
    """Everything that is wrong with a widget on the screen."""
    found: list[str] = []
    for check in (cut_text, unnamed, too_wide, small_targets, unexplained, low_contrast):
        found += check(widget)
    return found


def cut_text(widget: QWidget) -> list[str]:
    """Labels, buttons, tabs and cells whose words do not fit."""
    found: list[str] = []
    for label in _visible(widget, QLabel):
        if label.text():
            found += _cut_label(label)
    for button in _visible(widget, QAbstractButton):
        if button.text() and button.sizeHint().width() > button.width() + 1:
            found.append(f"button {button.width()} < {button.sizeHint().width()}: {button.text()}")
    for tabs in _visible(widget, QTabBar):
        for number in range(tabs.count()):
            need = tabs.fontMetrics().horizontalAdvance(tabs.tabText(number))
            if need > tabs.tabRect(number).width():
                found.append(f"tab too narrow: {tabs.tabText(number)}")
    for table in _visible(widget, QTableView):
        found += _cut_cells(table)
    return found


def _cut_label(label: QLabel) -> Iterator[str]:
    words = label.text()[:70]
    if label.wordWrap():
        need = label.heightForWidth(label.width())
        if need > label.height() + 1:
            yield f"label height {label.height()} < {need}: {words}"
        if label.textFormat() == Qt.TextFormat.PlainText:
            metrics = QFontMetrics(label.font())
            longest = max(label.text().split(), key=metrics.horizontalAdvance, default="")
            if metrics.horizontalAdvance(longest) > label.contentsRect().width() + 1:
                yield f"word wider than its label: {longest}"
    else:
        hint = label.sizeHint()
        if hint.width() > label.width() + 1 or hint.height() > label.height() + 1:
            yield f"label {label.size().toTuple()} < {hint.toTuple()}: {words}"
    parent = label.parentWidget()
    if parent is not None and not label.isWindow():
        if label.geometry().right() > parent.width() or label.geometry().left() < 0:
            yield f"label outside its parent: {words}"
        if label.geometry().bottom() > parent.height():
            yield f"label below its parent: {words}"


def _cut_cells(table: QTableView) -> Iterator[str]:
    model, metrics = table.model(), table.fontMetrics()
    for column in range(model.columnCount()):
        title = model.headerData(column, Qt.Orientation.Horizontal)
        head = table.horizontalHeader().fontMetrics().horizontalAdvance(str(title))
        if head + 20 > table.columnWidth(column):
            yield f"head too narrow: {title}"
        for line in range(model.rowCount()):
            index = model.index(line, column)
            words = str(index.data() or "")
            face = index.data(Qt.ItemDataRole.FontRole)
            inner = QFontMetrics(face) if face else metrics
            need = inner.horizontalAdvance(words) + _TABLE_PAD
            if need > table.columnWidth(column) and table.rowHeight(line) < 60:
                yield f"cell {table.columnWidth(column)} < {need}: {words}"


def unnamed(widget: QWidget) -> list[str]:
    """Controls of which a screen reader could say nothing."""
    kinds = (
        QAbstractButton,
        QAbstractItemView,
        QAbstractSpinBox,
        QComboBox,
        QLineEdit,
        QPlainTextEdit,
        QTabBar,
    )
    found = []
    for child in _visible(widget, QWidget):
        if not isinstance(child, kinds) or child.focusPolicy() == Qt.FocusPolicy.NoFocus:
            continue
        inside = isinstance(child.parentWidget(), QComboBox | QAbstractSpinBox)
        words = child.accessibleName() or (
            child.text() if isinstance(child, QAbstractButton) else ""
        )
        if not words and not inside:
            found.append(f"no accessible name: {child}")
    return found


def too_wide(widget: QWidget) -> list[str]:
    """Pages that would need to scroll sideways."""
    found = []
    for area in _visible(widget, QScrollArea):
        need, room = area.widget().minimumSizeHint().width(), area.viewport().width()
        if need > room + 1:
            found.append(f"content wider than page: {need} > {room}")
    return found


def small_targets(widget: QWidget) -> list[str]:
    """Buttons that are hard to hit."""
    return [
        f"target {button.size().toTuple()} too small: {button.text() or button.accessibleName()}"
        for button in _visible(widget, QAbstractButton)
        if button.focusPolicy() != Qt.FocusPolicy.NoFocus
        and min(button.width(), button.height()) < TARGET_MIN
    ]


def unexplained(widget: QWidget) -> list[str]:
    """Buttons that are disabled and do not say why."""
    return [
        f"disabled without a reason: {button.text()}"
        for button in _visible(widget, QAbstractButton)
        if not button.isEnabled() and not button.accessibleDescription()
    ]


def low_contrast(widget: QWidget) -> list[str]:
    """Labels whose ink is too near to the ground that is really painted behind them."""
    picture = widget.grab().toImage()
    found = []
    for label in _visible(widget, QLabel):
        if not label.text() or label.pixmap().cacheKey():
            continue
        ground = _ground(picture, widget, label)
        if ground is None:
            continue
        ink = label.palette().color(QPalette.ColorRole.WindowText)
        ratio = contrast(ink.name(), ground.name())
        if ratio < TEXT_NEED:
            found.append(f"contrast {ratio:.2f} {ink.name()} on {ground.name()}: {label.text()}")
    return found


def _ground(picture: QImage, widget: QWidget, label: QLabel) -> QColor | None:
    """The colour that most of a label's visible part has: one corner alone can be a letter's,
    where a label is half scrolled away.
    """
    seen = label.visibleRegion().boundingRect()
    if seen.isEmpty():  # scrolled away
        return None
    at = label.mapTo(widget, seen.topLeft()) if label is not widget else seen.topLeft()
    ratio = picture.devicePixelRatio()
    spots = (
        QPoint(
            round((at.x() + column * (seen.width() - 1) / 7) * ratio),
            round((at.y() + row * (seen.height() - 1) / 3) * ratio),
        )
        for column in range(8)
        for row in range(4)
    )
    colours = Counter(picture.pixel(spot) for spot in spots if picture.rect().contains(spot))
    return QColor.fromRgba(colours.most_common(1)[0][0]) if colours else None


def _visible(widget: QWidget, kind: type) -> list:
    return [
        w for w in (widget, *widget.findChildren(kind)) if isinstance(w, kind) and w.isVisible()
    ]
