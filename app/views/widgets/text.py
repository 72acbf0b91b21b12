"""Words and line icons: labels in the type roles, paragraphs, glyphs, announcements."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.theme import Ink, Role, Tone, current_theme
from app.theme.tokens import LEADING_PERCENT


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property and let the style sheet look again, if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)
        widget.update()


def text(
    words: str, role: Role = "body", tone: Tone | None = None, *, wrap: bool = False
) -> QLabel:
    """A plain label; it never reads its words as markup.

    Args:
        words: What it says.
        role: Type size and weight.
        tone: Ink other than the role's own.
        wrap: Whether long words may take several lines.
    """
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    if tone is not None:
        label.setProperty("tone", tone)
    label.setWordWrap(wrap)
    return label


class Para(QLabel):
    """A wrapped paragraph with open leading that understands **bold** and nothing else."""

    def __init__(self, words: str, role: Role = "muted", tone: Tone | None = None) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setProperty("role", role)
        if tone is not None:
            self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._words = ""
        self.set_words(words)

    @property
    def words(self) -> str:
        """The paragraph without its markup."""
        return self._words.replace("**", "")

    def set_words(self, words: str) -> None:
        """Say something else."""
        if words == self._words:
            return
        self._words = words
        parts = escape(words).split("**")
        html = "".join(
            f'<span style="font-weight:600">{part}</span>' if number % 2 else part
            for number, part in enumerate(parts)
        )
        self.setText(f'<div style="line-height:{LEADING_PERCENT}%">{html}</div>')
        self.setAccessibleName(self.words)


def para(words: str, role: Role = "muted", tone: Tone | None = None) -> Para:
    """A `Para`; reads like the other builders."""
    return Para(words, role, tone)


class Glyph(QWidget):
    """A line icon. It carries no meaning alone, so screen readers do not hear of it."""

    def __init__(
        self, name: str, ink: Ink = "muted", pixels: int = 18, *, ground: Ink = "surface"
    ) -> None:
        """Draw an icon.

        Args:
            name: A drawing of `resources/icons`.
            ink: Its colour.
            pixels: Side at 100 % text size.
            ground: What it stands on; shines through the marks of filled drawings.
        """
        super().__init__()
        self._name, self._ink, self._ground, self._pixels = name, ink, ground, pixels
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_drawing(self, name: str, ink: Ink) -> None:
        """Show another icon."""
        if (name, ink) != (self._name, self._ink):
            self._name, self._ink = name, ink
            self.update()

    def set_ground(self, ground: Ink) -> None:
        """Stand on another ground."""
        if ground != self._ground:
            self._ground = ground
            self.update()

    def sizeHint(self) -> QSize:
        """Square, growing with the text."""
        side = current_theme().size(self._pixels)
        return QSize(side, side)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new theme or text size."""
        if event.type() is QEvent.Type.StyleChange:
            self.updateGeometry()
            self.update()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint in the colours of the theme."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        ink: Ink = self._ink if self.isEnabled() else "subtle"
        theme.paint_icon(painter, box, self._name, ink, ground=self._ground)


def glyph(name: str, ink: Ink = "muted", pixels: int = 18, *, ground: Ink = "surface") -> Glyph:
    """A `Glyph`; reads like the other builders."""
    return Glyph(name, ink, pixels, ground=ground)


def announce(widget: QWidget, words: str, *, assertive: bool = False) -> None:
    """Let a screen reader say something once.

    Args:
        widget: Where it happened.
        words: What is said.
        assertive: Interrupt what is being read; only for a stopped run.
    """
    event = QAccessibleAnnouncementEvent(widget, words)
    kind = QAccessible.AnnouncementPoliteness
    event.setPoliteness(kind.Assertive if assertive else kind.Polite)
    QAccessible.updateAccessibility(event)
