"""Choices that need room: radio cards with one Tab stop, and tabs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QRadioButton,
    QSizePolicy,
    QTabBar,
    QWidget,
)

from app.theme import current_theme
from app.views.widgets.buttons import one_tab_stop, show_ring
from app.views.widgets.layout import Item, col, row
from app.views.widgets.status import Light
from app.views.widgets.text import set_property


class Radio(QRadioButton):
    """A radio button that shows its focus ring to the keyboard only."""

    def __init__(self, words: str) -> None:
        super().__init__(words.replace("&", "&&"))
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring for the keyboard."""
        show_ring(self, event)
        super().focusInEvent(event)


class ChoiceCard(QFrame):
    """A radio button with a card as its label: the whole card can be clicked.

    A card that cannot be chosen says why in its last line.
    """

    def __init__(
        self, key: str, title: str, *items: Item, says: str = "", blocked: str | None = None
    ) -> None:
        """Make a card.

        Args:
            key: What is reported when it is chosen.
            title: Words of the radio button.
            items: What stands below it.
            says: The card in one sentence, for screen readers.
            blocked: Why it cannot be chosen, if it cannot.
        """
        super().__init__()
        self.key = key
        self.setProperty("box", "choice")
        self.radio = Radio(title)
        self.radio.setProperty("role", "h3")
        self.radio.setAccessibleName(f"{title}: {says}" if says else title)
        self._blocked = Light("fail", "", "caption", wrap=True)
        box = col(self.radio, *items, None, self._blocked, gap="s")
        box.setContentsMargins(12, 12, 12, 12)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.radio.toggled.connect(self._show_choice)
        self.set_blocked(blocked)

    def set_blocked(self, why: str | None) -> None:
        """Refuse the choice with the reason, or allow it with None."""
        self._blocked.set_state("fail", why or "")
        self._blocked.setVisible(why is not None)
        self.radio.setEnabled(why is None)
        self.radio.setAccessibleDescription(why or "")
        self.radio.setToolTip(why or "")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the card that was clicked anywhere."""
        if self.rect().contains(event.position().toPoint()) and self.radio.isEnabled():
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
            self.radio.click()
        super().mouseReleaseEvent(event)

    def _show_choice(self, chosen: bool) -> None:  # noqa: FBT001 - Qt's signal
        set_property(self, "chosen", chosen)


class ChoiceCards(QWidget):
    """Radio cards of which one is chosen; one Tab stop, arrow keys move inside.

    They stand next to each other, and under each other when the text is large.
    """

    chosen = Signal(str)
    """Key of the card the reader chose."""

    def __init__(self, name: str, *cards: ChoiceCard, chosen: str | None = None) -> None:
        """Make the group.

        Args:
            name: The question that is answered here, for screen readers.
            cards: From left to right.
            chosen: Key of the card that is chosen first.
        """
        super().__init__()
        self._cards = {card.key: card for card in cards}
        self._group = QButtonGroup(self)
        for card in cards:
            self._group.addButton(card.radio)
        self.setAccessibleName(name)
        stacked = current_theme().tokens.stacked
        shares: list[Item] = [(card, 1) for card in cards]
        self.setLayout(col(*shares, gap="m") if stacked else row(*shares, gap="m"))
        if chosen is not None:
            self.choose(chosen)
        one_tab_stop(self._group)
        self._group.buttonToggled.connect(self._keep_one_stop)
        self._group.buttonClicked.connect(self._tell)

    @property
    def current(self) -> str | None:
        """Key of the chosen card."""
        return next((k for k, card in self._cards.items() if card.radio.isChecked()), None)

    def card(self, key: str) -> ChoiceCard:
        """The card of a key.

        Raises:
            KeyError: If there is no such card.
        """
        return self._cards[key]

    def choose(self, key: str | None) -> None:
        """Choose a card, or none, without the signal."""
        if key is not None:
            self._cards[key].radio.setChecked(True)
            return
        self._group.setExclusive(False)
        for card in self._cards.values():
            card.radio.setChecked(False)
        self._group.setExclusive(True)

    def _keep_one_stop(self) -> None:
        one_tab_stop(self._group)

    def _tell(self, radio: QAbstractButton) -> None:
        self.chosen.emit(next(k for k, card in self._cards.items() if card.radio is radio))


class Tabs(QTabBar):
    """Tabs as screen readers know them; `currentChanged` tells the number."""

    def __init__(self, name: str, *titles: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        for number, title in enumerate(titles):
            self.addTab(title.replace("&", "&&"))
            self.setAccessibleTabName(number, title)

    def set_ready(self, number: int, why: str | None) -> None:
        """Open a tab with None, or close it with the reason."""
        self.setTabEnabled(number, why is None)
        self.setTabToolTip(number, why or "")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring for the keyboard."""
        show_ring(self, event)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the ring away."""
        set_property(self, "ring", False)
        super().focusOutEvent(event)
