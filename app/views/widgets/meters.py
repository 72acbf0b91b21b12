"""Painted measures: icon array, cap bar, range bar, progress, legend keys.

They ask for their colours while painting, so they follow the theme by themselves. Each can be
set again while it is shown. What colour says, shape or hatch says too.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from app.theme import Ink, current_theme
from app.views.widgets.layout import Item, row
from app.views.widgets.text import announce, text

HATCH_STEP: Final = 7
_STEPS_OF_PROGRESS: Final = 1000
_QUARTERS: Final = 4
_SLACK: Final = 1e-9


class Painted(QWidget):
    """A measure of one line: as wide as there is room, as high as the text size asks."""

    def __init__(self, height: int, says: str) -> None:
        super().__init__()
        self._height = height
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(says)

    def sizeHint(self) -> QSize:
        """Height follows the text size."""
        return QSize(120, current_theme().size(self._height))

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(40, current_theme().size(self._height))

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new text size."""
        if event.type() is QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def painter(self) -> QPainter:
        """A painter without outline."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        return painter


class IconArray(QWidget):
    """One hundred dots: right by a fair guess, added by the release at most, still wrong.

    Grey discs are the same in every array; what the release adds is drawn as squares.
    """

    def __init__(self, odds: int, *, base: int = 50, columns: int = 20) -> None:
        """Draw the odds.

        Args:
            odds: Right answers in 100, at most.
            base: Right answers in 100 by a fair guess.
            columns: Dots per line.
        """
        super().__init__()
        self._odds, self._base, self._columns = odds, base, columns
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name()

    def set_odds(self, odds: int) -> None:
        """Draw other odds."""
        if odds != self._odds:
            self._odds = odds
            self._name()
            self.update()

    def sizeHint(self) -> QSize:
        """Grows a little with the text, not beyond a quarter."""
        pitch = self._dot() + 3
        return QSize(self._columns * pitch, (100 // self._columns) * pitch)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the dots."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dot = self._dot()
        for number in range(100):
            line, place = divmod(number, self._columns)
            left, top = place * (dot + 3) + 0.75, line * (dot + 3) + 0.75
            box = QRectF(left, top, dot - 0.5, dot - 0.5)
            painter.setPen(Qt.PenStyle.NoPen)
            if number < self._base:
                painter.setBrush(theme.colour("real"))
                painter.drawEllipse(box)
            elif number < self._odds:
                painter.setBrush(theme.colour("high"))
                painter.drawRoundedRect(box, 1.5, 1.5)
            else:
                painter.setPen(QPen(theme.colour("edge"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(box)

    @staticmethod
    def _dot() -> int:
        return round(6.6 * min(current_theme().tokens.scale, 1.25))

    def _name(self) -> None:
        self.setAccessibleName(
            f"{self._odds} of 100 dots filled; {self._base} would be filled by a fair guess"
        )


class CapBar(Painted):
    """A lifetime cap in units: spent, this study or a proposal, left.

    Numbers are always written below it by the page. Over the cap the piece turns to danger and
    a line stands at the cap.
    """

    def __init__(self, spent: float, this: float, cap: float, *, height: int = 16) -> None:
        super().__init__(height, "")
        self._spent, self._this, self._cap = spent, this, cap
        self._name()

    def set_values(self, spent: float, this: float, cap: float) -> None:
        """Show other units."""
        self._spent, self._this, self._cap = spent, this, cap
        self._name()
        self.update()

    @property
    def is_over(self) -> bool:
        """Whether more would be spent than the cap allows."""
        return self._spent + self._this > self._cap + _SLACK

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bar."""
        theme, painter = current_theme(), self.painter()
        width, height = self.width(), self.height()
        whole = max(self._cap, self._spent + self._this) or 1.0
        painter.setBrush(theme.colour("sunken"))
        painter.setPen(QPen(theme.colour("edge"), 1))
        painter.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        edge = self._spent / whole * width
        if self._spent > _SLACK:
            painter.setBrush(theme.colour("real"))
            painter.drawRoundedRect(QRectF(1, 1, max(4.0, edge - 2), height - 2), 4, 4)
        if self._this > _SLACK:
            start = edge + 1
            piece = QRectF(start, 1, max(4.0, self._this / whole * width - 2), height - 2)
            painter.setBrush(theme.colour("danger" if self.is_over else "high"))
            painter.drawRoundedRect(piece, 4, 4)
            paint_hatch(painter, piece)
        if self.is_over:
            line = self._cap / whole * width
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.drawLine(QPointF(line, 0), QPointF(line, height))

    def _name(self) -> None:
        left = max(0.0, self._cap - self._spent - self._this)
        words = f"{self._spent:g} spent, {self._this:g} for this study, "
        words += f"{left:g} left of {self._cap:g} units"
        self.setAccessibleName(words + (", over the cap" if self.is_over else ""))


def paint_hatch(painter: QPainter, box: QRectF) -> None:
    """Paint slanting lines over a box, in the colour of the ground."""
    painter.save()
    painter.setPen(QPen(current_theme().colour("surface"), 1.2))
    painter.setClipRect(box)
    height = box.height()
    place = box.left() - height
    while place < box.right():
        painter.drawLine(QPointF(place, box.bottom()), QPointF(place + height, box.top()))
        place += HATCH_STEP
    painter.restore()


class RangeBar(Painted):
    """An expected range, or one value, with a tick for its reference on a fixed scale."""

    def __init__(
        self,
        low: float,
        high: float,
        reference: float | None = None,
        *,
        scale: tuple[float, float] = (0.0, 100.0),
        says: str = "",
    ) -> None:
        """Draw a range.

        Args:
            low: Start of the range.
            high: End of the range; the same as `low` for one value.
            reference: Value of the real patients, if there is one.
            scale: Ends of the scale, chosen per measure and fixed in code.
            says: The finding in words, for screen readers.
        """
        super().__init__(18, says)
        self._low, self._high, self._reference, self._scale = low, high, reference, scale
        if not says:
            self._name()

    def set_values(
        self, low: float, high: float, reference: float | None = None, says: str = ""
    ) -> None:
        """Show another range."""
        self._low, self._high, self._reference = low, high, reference
        self.setAccessibleName(says)
        if not says:
            self._name()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the scale, the range and the tick."""
        theme, painter = current_theme(), self.painter()
        width, middle = self.width() - 2, self.height() / 2
        floor, ceiling = self._scale

        def place(value: float) -> float:
            share = (value - floor) / (ceiling - floor)
            return 1 + width * min(1.0, max(0.0, share))

        painter.setBrush(theme.colour("border"))
        painter.drawRoundedRect(QRectF(1, middle - 2, width, 4), 2, 2)
        painter.setBrush(theme.colour("accent"))
        start, end = place(self._low), place(self._high)
        if end - start < 5:
            at = min(max((start + end) / 2, 6.0), width - 4.0)
            painter.drawEllipse(QPointF(at, middle), 5, 5)
        else:
            painter.drawRoundedRect(QRectF(start, middle - 5, end - start, 10), 5, 5)
        if self._reference is not None:
            painter.setBrush(theme.colour("text"))
            painter.drawRect(QRectF(place(self._reference) - 1, middle - 8, 2, 16))

    def _name(self) -> None:
        same = self._high - self._low < _SLACK
        words = f"{self._low:g}" if same else f"{self._low:g} to {self._high:g}"
        if self._reference is not None:
            words += f", reference {self._reference:g}"
        self.setAccessibleName(words)


class Progress(QProgressBar):
    """How far something is, from known totals; it never guesses and never moves by itself.

    Quarters are announced to screen readers, nothing in between.
    """

    def __init__(self, fraction: float | None, says: str, *, ink: Ink = "accent") -> None:
        """Show progress.

        Args:
            fraction: 0 to 1; None while the total is not known.
            says: The same in words.
            ink: Colour of the bar.
        """
        super().__init__()
        self._fraction: float | None = 0.0
        self._ink = ink
        self.setRange(0, _STEPS_OF_PROGRESS)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._show(fraction, says)

    @property
    def fraction(self) -> float | None:
        """What is shown, 0 to 1."""
        return self._fraction

    def set_fraction(self, fraction: float | None, says: str) -> None:
        """Show other progress; announce when a quarter is passed."""
        before = self._fraction or 0.0
        self._show(fraction, says)
        if int((self._fraction or 0.0) * _QUARTERS) > int(before * _QUARTERS):
            announce(self, says)

    def set_ink(self, ink: Ink) -> None:
        """Colour the bar, for instance when a run stops."""
        self._ink = ink
        self.update()

    def sizeHint(self) -> QSize:
        """A thin bar."""
        return QSize(120, current_theme().size(8))

    def minimumSizeHint(self) -> QSize:
        """Still readable."""
        return QSize(40, current_theme().size(8))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint track and bar; a hatched track while the total is unknown."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        track = QRectF(self.rect())
        round_by = min(4.0, track.height() / 2)
        painter.setBrush(theme.colour("border"))
        painter.drawRoundedRect(track, round_by, round_by)
        if self._fraction is None:
            paint_hatch(painter, track)
        elif self._fraction > 0:
            bar = QRectF(track)
            bar.setWidth(max(track.height(), track.width() * self._fraction))
            painter.setBrush(theme.colour(self._ink))
            painter.drawRoundedRect(bar, round_by, round_by)

    def _show(self, fraction: float | None, says: str) -> None:
        self._fraction = None if fraction is None else min(1.0, max(0.0, fraction))
        self.setValue(round((self._fraction or 0.0) * _STEPS_OF_PROGRESS))
        self.setAccessibleName(says)
        self.update()


class Swatch(QWidget):
    """A legend key: disc or square, full, hatched or hollow."""

    def __init__(
        self, ink: Ink, *, hatch: bool = False, disc: bool = False, hollow: bool = False
    ) -> None:
        super().__init__()
        self._ink, self._hatch, self._disc, self._hollow = ink, hatch, disc, hollow
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Square, growing with the text."""
        side = current_theme().size(11)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the key."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        if self._hollow:
            painter.setPen(QPen(theme.colour("edge"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(self._ink))
        if self._disc:
            painter.drawEllipse(box)
        else:
            painter.drawRoundedRect(box, 2.5, 2.5)
        if self._hatch:
            painter.setPen(QPen(theme.colour("surface"), 1.2))
            painter.drawLine(box.bottomLeft(), box.topRight())


def legend(*keys: tuple[QWidget, str]) -> QHBoxLayout:
    """Keys and their words in one row."""
    items: list[Item] = []
    for number, (key, words) in enumerate(keys):
        items += [8] if number else []
        items += [key, text(words, "caption")]
    return row(*items, None, gap="xs")
