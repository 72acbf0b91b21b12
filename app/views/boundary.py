"""The boundary of the hospital, always in sight: a panel, a strip, a drawer.

All three show the same `Leaves`. The panel stands at the right; where it does not fit it folds
into the strip, and the strip's button opens the panel as a drawer over the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.presenters.boundary import Crossing, Leaves
from app.theme import SPACE, Tone, current_theme
from app.views.widgets import (
    Button,
    Glyph,
    Para,
    Pill,
    Scrim,
    announce,
    clear,
    col,
    framed,
    row,
    rule,
    scroll,
    text,
)

PANEL_WIDTH: Final = 272
DRAWER_WIDTH: Final = 328
BODY_PAD: Final = 28
SENTENCE_WIDTH: Final = 150
"""Narrowest sentence of the strip at 100 % text size before it takes a line of its own."""
TITLE: Final = "What leaves this computer"
_STATES: Final[Mapping[Crossing, tuple[Tone, str, str]]] = MappingProxyType(
    {
        Crossing.QUIET: ("ok", "lock", "Nothing is leaving"),
        Crossing.TALKING: ("accent", "link", "Setting up only"),
        Crossing.SENDING: ("accent", "out", "Encrypted shares are leaving"),
        Crossing.STOPPED: ("warn", "lock", "Sending has stopped"),
    }
)


def state_words(state: Crossing) -> str:
    """The few words of the pill."""
    return _STATES[state][2]


class _Part(QFrame):
    """One side of the boundary: a heading and lines of (what, how much)."""

    def __init__(self, icon: str, title: str) -> None:
        super().__init__()
        self._lines: tuple[tuple[str, str], ...] = ()
        self._labels: list[tuple[QWidget, QWidget]] = []
        self._title = text(title, "label", "text", wrap=True)
        self._box: QVBoxLayout = col(gap="s")
        head = row(Glyph(icon, "muted", 16), (self._title, 1))
        self.setLayout(col(rule(), head, self._box, gap="s"))
        self.hide()

    def show_lines(self, title: str, lines: Sequence[tuple[str, str]]) -> None:
        """Show lines; what is already there is only changed."""
        self._title.setText(title)
        wanted = tuple(lines)
        if wanted == self._lines:
            return
        same_shape = [bool(much) for _what, much in wanted] == [
            bool(much) for _what, much in self._lines
        ]
        self._lines = wanted
        if not same_shape:
            clear(self._box)
            for what, much in wanted:
                self._box.addWidget(_Line(what, much))
            self.setVisible(bool(wanted))
            return
        for number, (what, much) in enumerate(wanted):
            item = self._box.itemAt(number)
            line = item.widget() if item is not None else None
            if isinstance(line, _Line):
                line.show_words(what, much)


class _Line(QWidget):
    def __init__(self, what: str, much: str) -> None:
        super().__init__()
        self._what = text(what, "caption", "text", wrap=True)
        self._much = text(much, "caption", "subtle", wrap=True)
        self._much.setVisible(bool(much))
        indent = current_theme().size(24)
        box = col(self._what, self._much, gap="xxs")
        self.setLayout(box)
        box.setContentsMargins(indent, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def show_words(self, what: str, much: str) -> None:
        for label, words in ((self._what, what), (self._much, much)):
            if label.text() != words:
                label.setText(words)


class LeavesPanel(QFrame):
    """The boundary as two sides: what stays and what crosses."""

    messages_wanted = Signal()
    """The reader wants to see every message that was sent."""

    def __init__(self, leaves: Leaves) -> None:
        super().__init__()
        self.setProperty("edge", "left")
        self.setProperty("ground", "surface")
        self.setFixedWidth(current_theme().size(PANEL_WIDTH))
        self.setAccessibleName(TITLE)
        self._leaves: Leaves | None = None
        self._pill = Pill("")
        self._headline = Para("")
        self._stays = _Part("computer", "Stays here")
        self._sent = _Part("out", "")
        self._opened = _Part("eye", "")
        self._caveat = text("", "caption", wrap=True)
        self._caveat_line = rule()
        self._every = Button("Show every message sent", "ghost", "activity")
        self._every.clicked.connect(self.messages_wanted)
        self.head = text(TITLE, "h3", wrap=True)
        self._top = row((self.head, 1))
        column = col(
            self._top,
            row(self._pill, None),
            self._headline,
            self._stays,
            self._sent,
            self._opened,
            self._caveat_line,
            self._caveat,
            None,
            row(self._every, None),
            gap="s",
        )
        self.setLayout(col(scroll(column, (18, 18), ground="surface")))
        self.set_leaves(leaves)

    def add_beside_title(self, widget: QWidget) -> None:
        """Put something at the right of the title; the drawer does."""
        self._top.addWidget(widget)

    def set_leaves(self, leaves: Leaves) -> None:
        """Show another state of the boundary; cheap when little changed."""
        if leaves == self._leaves:
            return
        before, self._leaves = self._leaves, leaves
        if before is None or before.state is not leaves.state:
            tone, icon, words = _STATES[leaves.state]
            self._pill.set_state(words, tone, icon)
        self._headline.set_words(leaves.headline)
        self._stays.show_lines("Stays here", [(words, "") for words in leaves.stays])
        encrypted = leaves.state in (Crossing.SENDING, Crossing.STOPPED)
        title = "Leaves, encrypted" if encrypted else "Leaves, readable by the study"
        self._sent.show_lines(title, leaves.sent)
        self._opened.show_lines("Opened to all hospitals", leaves.opened)
        self._caveat.setText(leaves.caveat)
        self._caveat.setVisible(bool(leaves.caveat))
        self._caveat_line.setVisible(bool(leaves.caveat))


class LeavesStrip(QFrame):
    """The same in one line, for pages that need the width.

    With large text in a small window the sentence moves into a second line, and at last gives
    way altogether: the drawer and the accessible name keep it.
    """

    opened = Signal()
    """The reader wants to see the whole panel."""

    def __init__(self, leaves: Leaves) -> None:
        super().__init__()
        self.setProperty("edge", "top")
        self.setProperty("ground", "surface")
        self._pill = Pill("")
        self._words = text("", "caption", "muted", wrap=True)
        self.button = Button(TITLE, "ghost", "chevron")
        self.button.clicked.connect(self.opened)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(BODY_PAD, 4, BODY_PAD - 12, 5)
        self._grid.setHorizontalSpacing(SPACE["m"])
        self._grid.setVerticalSpacing(SPACE["none"])
        self._grid.setColumnStretch(1, 1)
        self._lines = 0
        self.setLayout(self._grid)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._arrange(1)
        self.set_leaves(leaves)

    def set_leaves(self, leaves: Leaves) -> None:
        """Show another state of the boundary."""
        tone, icon, words = _STATES[leaves.state]
        self._pill.set_state(words, tone, icon)
        large = current_theme().tokens.stacked
        self._words.setText(leaves.brief if large else leaves.headline)
        self.setAccessibleName(f"{TITLE}: {leaves.headline}")
        self._fold()

    def minimumSizeHint(self) -> QSize:
        """Never the reason why a window cannot be narrow: it folds instead."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold when the width asks for it."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        ends = self._pill.sizeHint().width() + self.button.sizeHint().width()
        free = self.width() - ends - 2 * BODY_PAD - 2 * SPACE["m"]
        sentence = current_theme().size(SENTENCE_WIDTH)
        self._arrange(1 if free >= sentence else 2 if free >= 0 else 3)

    def _arrange(self, lines: int) -> None:
        if lines == self._lines:
            return
        self._lines = lines
        for widget in (self._pill, self._words, self.button):
            self._grid.removeWidget(widget)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if lines == 1:
            self._grid.addWidget(self._pill, 0, 0)
            self._grid.addWidget(self._words, 0, 1)
            self._grid.addWidget(self.button, 0, 2)
        elif lines == 2:
            self._grid.addWidget(self._pill, 0, 0)
            self._grid.addWidget(self.button, 0, 2)
            self._grid.addWidget(self._words, 1, 0, 1, 3)
        else:
            self._grid.addWidget(self._pill, 0, 0, 1, 3, left)
            self._grid.addWidget(self.button, 1, 0, 1, 3, right)
        self._words.setVisible(lines < 3)


class LeavesDrawer(QWidget):
    """The panel over the page. Escape, a click beside it, or Close puts it away.

    Tab stays inside while it is open; the focus goes back to whoever opened it.
    """

    closed = Signal()
    messages_wanted = Signal()

    def __init__(self, window: QWidget, leaves: Leaves) -> None:
        super().__init__(window)
        self._is_open = True
        self._scrim = Scrim(window)
        self._panel = LeavesPanel(leaves)
        self._close = Button("Close", "ghost")
        self._close.clicked.connect(self.put_away)
        self._panel.add_beside_title(self._close)
        self._panel.setFixedWidth(min(current_theme().size(DRAWER_WIDTH), window.width()))
        self._panel.messages_wanted.connect(self.messages_wanted)
        self._panel.messages_wanted.connect(self.put_away)
        self._opener: QWidget | None = window.focusWidget()
        self.setLayout(row(framed(row()), self._panel, gap="none"))
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self._close.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_leaves(self, leaves: Leaves) -> None:
        """Show another state of the boundary."""
        self._panel.set_leaves(leaves)

    def follow(self, window: QWidget) -> None:
        """Cover the window after it changed its size."""
        self._scrim.setGeometry(window.rect())
        self.setGeometry(window.rect())

    def put_away(self) -> None:
        """Close and give the focus back."""
        if self.isHidden():
            return
        self._is_open = False
        if self._opener is not None and self._opener.isVisible():
            self._opener.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self._scrim.hide()
        self._scrim.deleteLater()
        self.deleteLater()
        self.closed.emit()

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's signature
        """Keep Tab inside while it is open; hiding asks as well, and must get out."""
        if not self._is_open:
            return super().focusNextPrevChild(forward)
        stops = [b for b in self.findChildren(Button) if b.isEnabled() and b.isVisible()]
        here = self.focusWidget()
        at = stops.index(here) if isinstance(here, Button) and here in stops else -1
        step = 1 if forward else -1
        reason = Qt.FocusReason.TabFocusReason
        stops[(at + step) % len(stops)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the panel puts it away."""
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.put_away()


class Boundary:
    """Keeps panel, strip and drawer of one window on the same `Leaves`.

    A change of state is announced to screen readers once.
    """

    def __init__(self, window: QWidget, leaves: Leaves) -> None:
        self._window = window
        self._leaves = leaves
        self._drawer: LeavesDrawer | None = None
        self.panel = LeavesPanel(leaves)
        self.strip = LeavesStrip(leaves)
        self.strip.opened.connect(self.open_drawer)

    @property
    def leaves(self) -> Leaves:
        """What is shown."""
        return self._leaves

    @property
    def drawer(self) -> LeavesDrawer | None:
        """The drawer while it is open."""
        return self._drawer

    def set_leaves(self, leaves: Leaves) -> None:
        """Show another state of the boundary everywhere."""
        if leaves == self._leaves:
            return
        new_state = leaves.state is not self._leaves.state
        self._leaves = leaves
        for part in (self.panel, self.strip, self._drawer):
            if part is not None:
                part.set_leaves(leaves)
        if new_state:
            announce(self._window, f"{state_words(leaves.state)}. {leaves.headline}")

    def open_drawer(self) -> None:
        """Open the panel over the page."""
        if self._drawer is None:
            self._drawer = LeavesDrawer(self._window, self._leaves)
            self._drawer.closed.connect(self._forget_drawer)
            self._drawer.messages_wanted.connect(self.panel.messages_wanted)

    def close_drawer(self) -> None:
        """Put the drawer away, if it is open."""
        if self._drawer is not None:
            self._drawer.put_away()

    def follow(self) -> None:
        """Keep the drawer over the whole window."""
        if self._drawer is not None:
            self._drawer.follow(self._window)

    def _forget_drawer(self) -> None:
        self._drawer = None
