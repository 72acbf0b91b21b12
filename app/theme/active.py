"""The theme that is on the screen: which colours, which text size, whether things may move."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from app.settings import TEXT_SIZES, ThemeMode
from app.theme.icons import IconSet
from app.theme.sheet import qt_palette, style_sheet, type_sheet
from app.theme.tokens import DARK, FONT_MONO, FONT_UI, LIGHT, TYPE, Ink, Role, Tokens
from core.errors import InternalError

HALF: Final = 0.5
_MARKS: Final[tuple[tuple[str, Ink], ...]] = (
    ("check", "on_accent"),
    ("dot", "accent"),
    ("fold", "muted"),
)


class Theme(QObject):
    """The active tokens, held by the application as its child.

    Colours follow at once on every widget: the style sheet is set anew and painted widgets ask
    for their colours while painting. A new text size changes layouts as well, so whoever owns a
    page builds it again on `rescaled`.
    """

    changed = Signal()
    """Colours, text size or motion are new and already applied."""
    rescaled = Signal()
    """The text size is new: build pages again. Comes after `changed`."""

    def __init__(
        self,
        application: QApplication,
        *,
        mode: ThemeMode = ThemeMode.SYSTEM,
        text_size: int = TEXT_SIZES[0],
        reduce_motion: bool = False,
    ) -> None:
        """Dress the application.

        Args:
            application: Becomes the owner; there is one theme per application.
            mode: The system's colours, or always light or dark.
            text_size: Per cent, one of `TEXT_SIZES`.
            reduce_motion: Whether nothing may move by itself.
        """
        super().__init__(application)
        self._application = application
        self._mode = mode
        self._text_size = text_size
        self._reduce_motion = reduce_motion
        self._icons = IconSet()
        self._drawn: dict[tuple[str, int, float, str, str], QPixmap] = {}
        self._marks = QTemporaryDir()
        self._tokens = Tokens()
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._apply)
        self._ask_system()
        self._apply()

    @property
    def tokens(self) -> Tokens:
        """What is on the screen now."""
        return self._tokens

    @property
    def mode(self) -> ThemeMode:
        """What the reader asked for."""
        return self._mode

    @property
    def text_size(self) -> int:
        """Text size in per cent."""
        return self._text_size

    @property
    def reduce_motion(self) -> bool:
        """Whether nothing may move by itself."""
        return self._reduce_motion

    @property
    def is_dark(self) -> bool:
        """Whether the dark palette is on the screen."""
        return self._tokens.palette is DARK

    def set_mode(self, mode: ThemeMode) -> None:
        """Follow the system, or be light or dark always."""
        if mode is not self._mode:
            self._mode = mode
            self._ask_system()
            self._apply()

    def set_text_size(self, percent: int) -> None:
        """Change the text size; anything but one of `TEXT_SIZES` means 100."""
        wanted = percent if percent in TEXT_SIZES else TEXT_SIZES[0]
        if wanted != self._text_size:
            self._text_size = wanted
            self._apply()
            self.rescaled.emit()

    def set_reduce_motion(self, *, wanted: bool) -> None:
        """Forbid or allow movement."""
        if wanted != self._reduce_motion:
            self._reduce_motion = wanted
            self.changed.emit()

    def colour(self, ink: Ink) -> QColor:
        """Colour of a token now."""
        return QColor(self._tokens.palette.ink(ink))

    def size(self, pixels: float) -> int:
        """Scale a length that holds text."""
        return self._tokens.size(pixels)

    def font(self, role: Role) -> QFont:
        """Font of a type role, for painted words and plots."""
        font = QFont(FONT_MONO if role == "mono" else FONT_UI)
        font.setPixelSize(self._tokens.type_px(role))
        font.setWeight(QFont.Weight(TYPE[role][1]))
        return font

    def paint_icon(
        self, painter: QPainter, box: QRectF, name: str, ink: Ink, *, ground: Ink = "surface"
    ) -> None:
        """Paint a line icon into a box; `ground` fills what is cut out of filled marks."""
        palette = self._tokens.palette
        self._icons.paint(painter, box, name, ink=palette.ink(ink), ground=palette.ink(ground))

    def pixmap(self, name: str, pixels: int, ink: Ink, *, ground: Ink = "surface") -> QPixmap:
        """A square line icon, `pixels` wide on the screen, sharp on dense screens."""
        ratio, palette = self._application.devicePixelRatio(), self._tokens.palette
        key = (name, pixels, ratio, palette.ink(ink), palette.ink(ground))
        if key not in self._drawn:  # a page has a hundred icons, of a few kinds
            self._drawn[key] = self._draw_icon(name, pixels, ink, ground)
        return self._drawn[key]

    def _draw_icon(self, name: str, pixels: int, ink: Ink, ground: Ink) -> QPixmap:
        ratio = self._application.devicePixelRatio()
        picture = QPixmap(QSize(pixels, pixels) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint_icon(painter, QRectF(0, 0, pixels, pixels), name, ink, ground=ground)
        painter.end()
        return picture

    def icon(self, name: str, pixels: int, ink: Ink, *, on: Ink | None = None) -> QIcon:
        """An icon for a button: own ink, `on` when checked, subtle when disabled."""
        icon = QIcon(self.pixmap(name, pixels, ink))
        if on is not None:
            checked = self.pixmap(name, pixels, on)
            icon.addPixmap(checked, QIcon.Mode.Normal, QIcon.State.On)
        icon.addPixmap(self.pixmap(name, pixels, "subtle"), QIcon.Mode.Disabled)
        return icon

    def _ask_system(self) -> None:
        scheme = {
            ThemeMode.SYSTEM: Qt.ColorScheme.Unknown,
            ThemeMode.LIGHT: Qt.ColorScheme.Light,
            ThemeMode.DARK: Qt.ColorScheme.Dark,
        }[self._mode]
        self._application.styleHints().setColorScheme(scheme)

    def _wants_dark(self) -> bool:
        if self._mode is ThemeMode.SYSTEM:
            return self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._mode is ThemeMode.DARK

    def _apply(self) -> None:
        application = self._application
        scale = self._text_size / 100
        if self._high_contrast():
            application.setStyleSheet("")
            application.setPalette(QPalette())  # the system's own
            ground = application.palette().color(QPalette.ColorRole.Window)
            palette = DARK if ground.lightnessF() < HALF else LIGHT
            self._tokens = Tokens(palette=palette, scale=scale)
            application.setStyleSheet(type_sheet(self._tokens))
        else:
            palette = DARK if self._wants_dark() else LIGHT
            self._tokens = Tokens(palette=palette, scale=scale)
            application.setPalette(qt_palette(palette))
            application.setStyleSheet(style_sheet(self._tokens, self._draw_marks()))
        application.setFont(self.font("body"))
        self.changed.emit()

    def _high_contrast(self) -> bool:
        style_hints = self._application.styleHints()  # NB: must outlive what it hands out
        hints = style_hints.accessibility()
        return hints.contrastPreference() is Qt.ContrastPreference.HighContrast

    def _draw_marks(self) -> str:
        """Style sheets take a tick and an arrow only from files: draw them per palette."""
        palette = self._tokens.palette
        folder = Path(self._marks.path()) / palette.name
        folder.mkdir(exist_ok=True)
        for name, ink in _MARKS:
            drawing = self._icons.svg(name, ink=palette.ink(ink), ground=palette.surface)
            (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")
        return folder.as_posix()


def current_theme() -> Theme:
    """The theme of the running application.

    Raises:
        InternalError: If no theme was made before the first widget.
    """
    application = QApplication.instance()
    only_direct = Qt.FindChildOption.FindDirectChildrenOnly
    theme = application.findChild(Theme, options=only_direct) if application else None
    if theme is None:
        raise InternalError("IN901", rule="the theme is made before the first widget")
    return theme
