"""Boxes: cards, wells, empty states, skeletons and the page that scrolls."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QSizePolicy, QWidget

from app.theme import SPACE, Gap, Ink, current_theme
from app.views.widgets.buttons import Button
from app.views.widgets.layout import Item, col, framed, row
from app.views.widgets.text import Glyph, Para, text

_BAR_ROOM = 14


def card(
    title: str | None,
    *items: Item,
    note: str | None = None,
    aside: QWidget | None = None,
    gap: Gap = "m",
) -> QFrame:
    """A group of things with a title.

    Its items stay at the top when the card is higher than they are, unless one of them takes the
    rest: None, or (item, stretch).

    Args:
        title: Names the group, also for screen readers.
        items: What is in it, from top to bottom.
        note: One paragraph below the title.
        aside: Stands at the right of the title.
        gap: Distance between items.
    """
    head: list[Item] = []
    if title is not None:
        right: tuple[Item, ...] = () if aside is None else (aside,)
        head.append(row((text(title, "h2", wrap=True), 1), *right))
    if note is not None:
        head.append(Para(note))
    lead: tuple[Item, ...] = (col(*head, gap="xs"),) if head else ()
    takes_rest = any(item is None or isinstance(item, tuple) for item in items)
    foot: tuple[Item, ...] = () if takes_rest else (None,)
    frame = framed(col(*lead, *items, *foot, gap=gap), "card", pad=SPACE["l"])
    if title is not None:
        frame.setAccessibleName(title)
    return frame


def well(*items: Item, gap: Gap = "s", pad: int | tuple[int, int] = 16) -> QFrame:
    """Facts set into a sunken ground."""
    return framed(col(*items, gap=gap), "well", pad=pad)


def empty(icon: str, title: str, words: str, *actions: Button) -> QFrame:
    """What a place is for, and the first thing to do there."""
    centre = Qt.AlignmentFlag.AlignCenter
    head, said = text(title, "h2", wrap=True), text(words, "muted", wrap=True)
    for label in (head, said):
        label.setAlignment(centre)
    said.setFixedWidth(min(current_theme().size(440), 720))
    mark = row(None, Glyph(icon, "accent", 34), None)
    buttons: tuple[Item, ...] = (8, row(None, *actions, None)) if actions else ()
    lines = col(None, mark, head, row(None, said, None), *buttons, None, gap="m")
    return framed(lines, "card", pad=(24, 40))


class Skeleton(QWidget):
    """Grey lines in the place of words that are still being fetched. They do not move."""

    def __init__(self, lines: int = 3, says: str = "Loading") -> None:
        super().__init__()
        self._lines = lines
        self.setAccessibleName(says)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as the words will be."""
        return QSize(160, current_theme().size(22) * self._lines)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new text size."""
        if event.type() is QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint one bar per line, the last one short."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("border"))
        pitch, height = theme.size(22), theme.size(10)
        for number in range(self._lines):
            share = 0.55 if number == self._lines - 1 else 0.95 - 0.08 * (number % 3)
            box = QRectF(0, number * pitch + (pitch - height) / 2, self.width() * share, height)
            painter.drawRoundedRect(box, 4, 4)


class ScrollPage(QScrollArea):
    """Scrolls up and down only, and only when the words need it.

    Qt's own minimum size ignores height-for-width, which would show needless bars or cut words;
    the height that is really needed is set again whenever width or content change. The bar lives
    in the margin, so cards keep their edge.
    """

    def __init__(
        self, layout: QBoxLayout, pad: tuple[int, int] = (28, 16), *, ground: Ink = "canvas"
    ) -> None:
        """Wrap a column.

        Args:
            layout: What scrolls.
            pad: Distance to the edge (sideways, above and below).
            ground: Colour behind it.
        """
        super().__init__()
        self._pad = pad[0]
        self.content = framed(layout, pad=pad, ground=ground)
        self.content.installEventFilter(self)
        self.setWidgetResizable(True)
        self.setWidget(self.content)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure again."""
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Measure when fonts are known."""
        super().showEvent(event)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Measure again when something inside grew or shrank."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave arrow keys to whatever has the focus; page keys scroll."""
        keys = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)
        if event.key() in keys:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def needed_height(self, width: int) -> int:
        """Height in pixels that the content needs at a width."""
        layout = self.content.layout()
        if layout is None:
            return 0
        if layout.hasHeightForWidth():
            return layout.totalHeightForWidth(width)
        return layout.totalMinimumSize().height()

    def fit(self) -> None:
        """Give the content the height it needs at this width; it is measured when it is shown."""
        inner = self.content
        layout = inner.layout()
        if layout is None or not self.isVisible():
            return
        margins = layout.contentsMargins()
        needed = self.needed_height(self.width())
        scrolls = needed > self.height()
        right = max(4, self._pad - _BAR_ROOM) if scrolls else self._pad
        if margins.right() != right:
            margins.setRight(right)
            layout.setContentsMargins(margins)
        if scrolls:
            needed = self.needed_height(self.width() - _BAR_ROOM)
        if inner.minimumHeight() != needed:
            inner.setMinimumHeight(needed)


def scroll(
    layout: QBoxLayout, pad: tuple[int, int] = (28, 16), *, ground: Ink = "canvas"
) -> ScrollPage:
    """A `ScrollPage`; reads like the other builders."""
    return ScrollPage(layout, pad, ground=ground)
