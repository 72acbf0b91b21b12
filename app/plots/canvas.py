"""A figure as a widget: drawn at its own size, again after a change of size or theme."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PySide6.QtCore import QEvent, QSize, QTimer
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.style import figure_style
from app.theme import current_theme
from core.figures.style import DPI, FigureStyle

REDRAW_MS: Final = 120


class PlotCanvas(QWidget):
    """Draws when it is first painted, then only when size, theme or text size changed.

    While the size is changing the last picture is stretched, so that dragging a window stays
    smooth. The accessible name states the finding.
    """

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
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(REDRAW_MS)
        self._later.timeout.connect(self._redraw)
        self.setAccessibleName(says)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        current_theme().changed.connect(self._redraw)

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
