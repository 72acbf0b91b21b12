"""A figure as a widget: drawn at its own size, again after a change of size or theme."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.style import figure_style
from app.plots.view import STEP, PlotView
from app.theme import current_theme
from app.theme.tokens import FOCUS_WIDTH
from core.figures.style import DPI, FigureStyle

REDRAW_MS: Final = 120
_ARROW: Final = 0.2
_ARROWS: Final = {
    Qt.Key.Key_Left: (-_ARROW, 0.0),
    Qt.Key.Key_Right: (_ARROW, 0.0),
    Qt.Key.Key_Up: (0.0, _ARROW),
    Qt.Key.Key_Down: (0.0, -_ARROW),
}


class PlotCanvas(QWidget):
    """Draws when it is first painted, then only when size, theme or text size changed.

    While the size is changing the last picture is stretched, so that dragging a window stays
    smooth. The accessible name states the finding. Plus and minus, or Ctrl and the wheel, zoom;
    arrows or the mouse move what was zoomed; 0 or a double click shows all again.
    """

    zoomed = Signal()
    """Another piece of the figure is on the screen."""

    def __init__(
        self, make: Callable[[FigureStyle], Figure], says: str, *, height: int = 300
    ) -> None:
        """Prepare, without drawing.

        Args:
            make: Builds the figure in a style.
            says: What the figure shows, as a sentence.
            height: Least height in pixels at 100 % text size.
        """
        super().__init__()
        self._make = make
        self._height = height
        self._image: QImage | None = None
        self._stale = True
        self._view = PlotView()
        self._grip: QPointF | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REDRAW_MS)
        self._later.timeout.connect(self._redraw)
        self.setAccessibleName(says)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        current_theme().changed.connect(self._redraw)

    @property
    def make(self) -> Callable[[FigureStyle], Figure]:
        """What builds the figure, for a file of it."""
        return self._make

    @property
    def view(self) -> PlotView:
        """Which piece is on the screen."""
        return self._view

    def set_figure(self, make: Callable[[FigureStyle], Figure], says: str) -> None:
        """Draw another figure, all of it."""
        self._make = make
        self._view = PlotView()
        self.setAccessibleName(says)
        self._redraw()

    def set_view(self, view: PlotView) -> None:
        """Show another piece."""
        if view != self._view:
            self._view = view
            self._redraw()
            self.zoomed.emit()

    def sizeHint(self) -> QSize:
        """Grows with the text, but slower."""
        scale = 1 + (current_theme().tokens.scale - 1) / 2
        return QSize(360, round(self._height * scale))

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(240, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw again when the size has settled."""
        super().resizeEvent(event)
        if self._image is not None:
            self._later.start()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new text size."""
        if event.type() is QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom and move; arrows scroll the page while all is shown."""
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_view(self._view.zoomed(STEP))
        elif key == Qt.Key.Key_Minus:
            self.set_view(self._view.zoomed(1 / STEP))
        elif key == Qt.Key.Key_0:
            self.set_view(PlotView())
        elif key in _ARROWS and not self._view.whole:
            self.set_view(self._view.moved(*_ARROWS[Qt.Key(key)]))
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom where the pointer is, with Ctrl; the bare wheel scrolls the page."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        at = event.position()
        x, y = at.x() / max(1, self.width()), 1 - at.y() / max(1, self.height())
        factor = STEP if event.angleDelta().y() > 0 else 1 / STEP
        self.set_view(self._view.zoomed(factor, x, y))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of what was zoomed."""
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and not self._view.whole:
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Put it down where the pointer is now."""
        super().mouseReleaseEvent(event)
        if self._grip is not None:
            way, self._grip = event.position() - self._grip, None
            self.unsetCursor()
            across, up = -way.x() / max(1, self.width()), way.y() / max(1, self.height())
            self.set_view(self._view.moved(across, up))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all again."""
        super().mouseDoubleClickEvent(event)
        self.set_view(PlotView())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Show the picture."""
        if self._image is None:  # layouts settle in several steps: draw once, after the last
            QTimer.singleShot(0, self, self._first)
            return
        if self._stale and self._roomy():
            self._image, self._stale = self._draw(), False
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._image)
        if self.hasFocus():
            painter.setPen(QPen(current_theme().colour("focus"), FOCUS_WIDTH))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def _first(self) -> None:
        if self._image is None and self._roomy():
            self._image, self._stale = self._draw(), False
            self.update()

    def _roomy(self) -> bool:
        least = self.minimumSizeHint()
        return self.width() >= least.width() and self.height() >= least.height()

    def _redraw(self) -> None:
        self._stale = True
        self.update()

    def _draw(self) -> QImage:
        ratio = self.devicePixelRatioF()
        figure = self._make(figure_style())
        self._view.apply(figure)
        figure.set_size_inches(self.width() / DPI, self.height() / DPI)
        figure.set_dpi(DPI * ratio)
        canvas = FigureCanvasAgg(figure)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="constrained_layout not applied")
            canvas.draw()  # type: ignore[no-untyped-call]
        pixels = canvas.buffer_rgba()  # type: ignore[no-untyped-call]
        rows, columns = pixels.shape[0], pixels.shape[1]
        kind = QImage.Format.Format_RGBA8888
        image = QImage(bytes(pixels), columns, rows, 4 * columns, kind).copy()
        image.setDevicePixelRatio(ratio)
        return image
