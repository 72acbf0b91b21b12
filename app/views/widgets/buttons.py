"""Buttons: primary, secondary, ghost, danger, and the small kinds of the shell."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QIcon
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QPushButton, QSizePolicy, QWidget

from app.theme import Ink, current_theme
from app.views.widgets.layout import row
from app.views.widgets.text import set_property

Kind = Literal["primary", "secondary", "ghost", "danger", "nav", "segment", "step"]

ICON_PIXELS: Final = 16
_GAP: Final = "\u2005"
"""Qt leaves no room between icon and words: a quarter of an em does."""
_SILENT: Final = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)


def show_ring(widget: QWidget, event: QFocusEvent) -> None:
    """Show the focus ring to whoever uses the keyboard, not to the mouse."""
    if event.reason() not in _SILENT:
        set_property(widget, "ring", event.reason() is not Qt.FocusReason.MouseFocusReason)


class Button(QPushButton):
    """A button with words, perhaps an icon; never an icon alone.

    A button that cannot be pressed always says why.
    """

    def __init__(
        self,
        words: str,
        kind: Kind = "secondary",
        icon: str | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Make a button.

        Args:
            words: A verb; what it returns should use the same word.
            kind: `primary` at most once per view; `danger` is never the default.
            icon: A drawing of `resources/icons`.
            name: Accessible name where the words alone are not enough ("Open, Sepsis study").
        """
        super().__init__()
        self._icon, self._kind = icon, kind
        self._name = name
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        self.set_words(words)
        self.refresh_icon()

    def set_words(self, words: str) -> None:
        """Change what the button says; an ampersand is an ampersand."""
        shown = words.replace("&", "&&")
        self.setText(_GAP + shown if self._icon else shown)
        self.setAccessibleName(self._name or words)

    def set_icon(self, name: str | None) -> None:
        """Show another icon, or none."""
        words = self.text().removeprefix(_GAP).replace("&&", "&")
        self._icon = name
        self.set_words(words)
        self.refresh_icon()

    def set_blocked(self, why: str | None) -> None:
        """Disable with the reason, or enable with None."""
        self.setEnabled(why is None)
        self.setToolTip(why or "")
        self.setAccessibleDescription(why or "")

    def icon_inks(self) -> tuple[Ink, Ink | None]:
        """Ink of the icon, and its ink when checked."""
        inks: dict[str, Ink] = {"primary": "on_accent", "ghost": "accent", "danger": "danger"}
        return inks.get(self._kind, "muted"), "accent" if self.isCheckable() else None

    def icon_pixels(self) -> int:
        """Side of the icon at 100 % text size."""
        return 18 if self._kind == "nav" else ICON_PIXELS

    def refresh_icon(self) -> None:
        """Draw the icon in the colours of the theme."""
        if self._icon is None:
            self.setIcon(QIcon())
            return
        theme = current_theme()
        side = theme.size(self.icon_pixels())
        ink, on = self.icon_inks()
        self.setIcon(theme.icon(self._icon, side, ink, on=on))
        self.setIconSize(QSize(side, side))

    def changeEvent(self, event: QEvent) -> None:
        """Follow a new theme or text size."""
        if event.type() is QEvent.Type.StyleChange and self._icon is not None:
            self.refresh_icon()
        super().changeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring for the keyboard."""
        show_ring(self, event)
        super().focusInEvent(event)


def button(
    words: str,
    kind: Kind = "secondary",
    icon: str | None = None,
    *,
    name: str | None = None,
    why: str | None = None,
) -> Button:
    """A `Button`; with `why` it is disabled and says why."""
    made = Button(words, kind, icon, name=name)
    if why is not None:
        made.set_blocked(why)
    return made


class Check(QCheckBox):
    """A check box that shows its focus ring to the keyboard only."""

    def __init__(self, words: str, *, checked: bool = False) -> None:
        super().__init__(words.replace("&", "&&"))
        self.setAccessibleName(words)
        self.setChecked(checked)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring for the keyboard."""
        show_ring(self, event)
        super().focusInEvent(event)


class Segments(QWidget):
    """A few choices in a row, one chosen; one Tab stop, arrow keys move inside."""

    chosen = Signal(int)
    """Number of the segment the reader chose."""

    def __init__(self, name: str, *options: str, chosen: int = 0) -> None:
        """Make the row.

        Args:
            name: What is chosen here, for screen readers.
            options: The words, left to right.
            chosen: Number of the first choice.
        """
        super().__init__()
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        buttons = []
        for number, words in enumerate(options):
            segment = Button(words, "segment", name=f"{name}: {words}")
            segment.setCheckable(True)
            self._group.addButton(segment, number)
            buttons.append(segment)
        self.setLayout(row(*buttons, gap="xs"))
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.choose(chosen)
        self._group.idClicked.connect(self.chosen)
        self._group.idToggled.connect(self._keep_one_stop)

    @property
    def current(self) -> int:
        """Number of the chosen segment."""
        return self._group.checkedId()

    def choose(self, number: int) -> None:
        """Choose a segment without a signal."""
        self._group.button(number).setChecked(True)
        self._keep_one_stop()

    def _keep_one_stop(self) -> None:
        one_tab_stop(self._group)


def one_tab_stop(group: QButtonGroup) -> None:
    """Leave Tab to the checked button of a group; without one, to the first that is enabled."""
    buttons = group.buttons()
    stop = group.checkedButton() or next((b for b in buttons if b.isEnabled()), None)
    for one in buttons:
        strong = one is stop
        one.setFocusPolicy(Qt.FocusPolicy.StrongFocus if strong else Qt.FocusPolicy.ClickFocus)
