"""The base of every dialog: quiet, modal to its window, with a safe way out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QDialog, QLabel, QWidget

from app.theme import current_theme
from app.theme.tokens import SCRIM_RGBA
from app.views.widgets.boxes import ScrollPage
from app.views.widgets.buttons import Button
from app.views.widgets.layout import Item, col, framed, row
from app.views.widgets.text import Para, set_property, text

PAD: Final = 26
WIDTH_MAX: Final = 1000
_MARGIN: Final = 16
_BODY_MIN: Final = 80
_SLACK: Final = 14
"""Room of a scroll bar: words that wrap only beside one would otherwise keep it there."""


class Scrim(QWidget):
    """Darkens a window while a dialog or a drawer is over it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint half-transparent night."""
        QPainter(self).fillRect(self.rect(), QColor(*SCRIM_RGBA))


class Dialog(QDialog):
    """A title, a body that scrolls if it must, and buttons at the foot.

    Escape and closing reject, so rejecting must always be the safe way out. The focus goes to
    the first field or, without one, to the default button, and back to the opener at the end.
    Use `open()`; `accepted` and `rejected` tell the outcome.
    """

    def __init__(
        self,
        parent: QWidget,
        title: str,
        *,
        note: str = "",
        width: int = 620,
        aside: QWidget | None = None,
    ) -> None:
        """Make an empty dialog.

        Args:
            parent: A widget of the window it belongs to.
            title: A question or the name of what is done.
            note: One paragraph below the title.
            width: Pixels at 100 % text size, at most `WIDTH_MAX` on the screen.
            aside: Stands at the right of the title.
        """
        super().__init__(parent.window())
        self._wanted_width = width
        self._scrim: Scrim | None = None
        self._opener: QWidget | None = None
        self._body: QBoxLayout = col(gap="l")
        self._actions: QBoxLayout = row(gap="s")
        self._default: Button | None = None
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setWindowFlags(Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._note = Para(note)
        self._note.setVisible(bool(note))
        right: tuple[Item, ...] = () if aside is None else (aside,)
        head = row((text(title, "h1", wrap=True), 1), *right)
        self._head = framed(col(head, self._note, gap="xs"), pad=(PAD, 0))
        self._scroll = ScrollPage(self._body, (PAD, 0), ground="surface")
        self._scroll.content.installEventFilter(self)
        self._foot = framed(self._actions, pad=(PAD, 0))
        self._inside = col(self._head, (self._scroll, 1), self._foot, gap="l")
        self._outside = col(framed(self._inside, "dialog", pad=(1, PAD)))
        self.setLayout(self._outside)

    def set_note(self, note: str) -> None:
        """Say something else below the title."""
        self._note.set_words(note)
        self._note.setVisible(bool(note))
        self.refit()

    def add(self, *items: QWidget | QBoxLayout) -> None:
        """Add to the body, from top to bottom."""
        for item in items:
            if isinstance(item, QWidget):
                self._body.addWidget(item)
            else:
                self._body.addLayout(item)

    def set_actions(self, *items: Button | None, default: Button | None = None) -> None:
        """Put the buttons at the foot, once.

        Args:
            items: From left to right; None takes the room in between.
            default: What Enter presses; never a danger button.
        """
        for item in items:
            if item is None:
                self._actions.addStretch(1)
            else:
                self._actions.addWidget(item)
        self._default = default
        if default is not None:
            default.setAutoDefault(True)
            default.setDefault(True)

    def refit(self) -> None:
        """Take the height that the content needs, within the window."""
        window = self.parentWidget()
        theme = current_theme()
        room = window.width() - 2 * _MARGIN if window else WIDTH_MAX
        width = min(theme.size(self._wanted_width), WIDTH_MAX, max(320, room))
        body = self._scroll.needed_height(width - 2 - _SLACK)
        whole = self._height_with(body, width)
        highest = (window.height() if window else whole) - 2 * _MARGIN
        if whole > highest:
            whole = self._height_with(max(_BODY_MIN, body - (whole - highest)), width)
        self.setFixedSize(width, whole)
        if window is not None and self.isVisible():
            centre = window.mapToGlobal(window.rect().center())
            self.move(centre - QPoint(width // 2, whole // 2))

    def _height_with(self, body: int, width: int) -> int:
        """Height of the dialog with a body of that height; layouts forget what they knew."""
        self._scroll.setFixedHeight(body)
        self._inside.activate()
        self._outside.activate()
        return self._outside.totalHeightForWidth(width)

    def showEvent(self, event: QShowEvent) -> None:
        """Darken the window, take the right size and the focus."""
        if self._opener is None:
            self._opener = QApplication.focusWidget()
        window = self.parentWidget()
        if window is not None and self._scrim is None:
            self._scrim = Scrim(window)
        self.ensurePolished()
        self.refit()
        super().showEvent(event)
        self._first_focus()

    def event(self, event: QEvent) -> bool:
        """Fit again when something inside grew or shrank."""
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self.isVisible():
            self.refit()
        return done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit again when something was added to the body."""
        if event.type() is QEvent.Type.LayoutRequest and self.isVisible():
            self.refit()
        return super().eventFilter(watched, event)

    def done(self, result: int) -> None:
        """Clear the window and give the focus back to whoever opened the dialog."""
        if self._scrim is not None:
            self._scrim.hide()
            self._scrim.deleteLater()
            self._scrim = None
        opener, self._opener = self._opener, None
        super().done(result)
        if opener is not None and opener.isVisible():
            opener.window().activateWindow()
            opener.setFocus(Qt.FocusReason.PopupFocusReason)

    def _first_focus(self) -> None:
        kinds = Qt.FocusPolicy.TabFocus
        for widget in self._scroll.content.findChildren(QWidget):
            usable = widget.isEnabled() and widget.isVisibleTo(self)
            takes = bool(widget.focusPolicy() & kinds) and not isinstance(widget, QLabel)
            if usable and takes:
                self._take_focus(widget)
                return
        if self._default is not None:
            self._take_focus(self._default)

    @staticmethod
    def _take_focus(widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.OtherFocusReason)
        set_property(widget, "ring", value=True)  # activation alone would not show it
