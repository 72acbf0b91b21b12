"""The navigation rail: five sections, always in words, and for whom this computer acts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QSizePolicy

from app.theme import current_theme
from app.views.widgets import Button, Glyph, col, framed, row, rule, text

RAIL_WIDTH: Final = 208
_SCALE_MAX: Final = 1.5


class Section(StrEnum):
    """Where the reader can go; the value names the icon as well."""

    STUDIES = "studies"
    COHORTS = "cohorts"
    LEDGER = "ledger"
    ACTIVITY = "activity"
    SETTINGS = "settings"


TITLES: Final[tuple[tuple[Section, str], ...]] = (
    (Section.STUDIES, "Studies"),
    (Section.COHORTS, "Cohorts"),
    (Section.LEDGER, "Privacy ledger"),
    (Section.ACTIVITY, "Activity"),
    (Section.SETTINGS, "Settings"),
)


class _Entry(Button):
    """One section. It is checked by the window, not by the click."""

    def __init__(self, section: Section, title: str, number: int) -> None:
        super().__init__(title, "nav", section.value)
        self.section = section
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(f"{title} (Ctrl+{number})")
        self.refresh_icon()

    def set_words(self, words: str) -> None:
        """Leave more room after the icon than other buttons do."""
        super().set_words(words)
        self.setText("\u2002" + self.text().strip())

    def nextCheckState(self) -> None:
        """Clicking does not check."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys move between the sections."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        parent = self.parentWidget()
        entries = parent.findChildren(_Entry) if parent is not None else [self]
        other = entries[(entries.index(self) + step) % len(entries)]
        other.setFocus(Qt.FocusReason.TabFocusReason)


class Rail(QFrame):
    """Mark, sections, and at the foot the hospital and the person."""

    chosen = Signal(str)
    """Value of the `Section` that the reader wants to see."""

    def __init__(self, hospital: str, steward: str) -> None:
        super().__init__()
        self.setProperty("ground", "rail")
        self.setProperty("edge", "right")
        self.setAccessibleName("Sections")
        scale = min(current_theme().tokens.scale, _SCALE_MAX)
        self.setFixedWidth(round(RAIL_WIDTH * scale))
        self._entries = [
            _Entry(section, title, number)
            for number, (section, title) in enumerate(TITLES, start=1)
        ]
        for entry in self._entries:
            entry.clicked.connect(self._tell)
        mark = row(Glyph("mark", "accent", 22, ground="rail"), (text("SynCohort", "h2"), 1))
        self._hospital = text("", "label", "text", wrap=True)
        self._steward = text("", "caption", wrap=True)
        self._signed = framed(
            row(Glyph("lock", "muted", 14, ground="rail"), (self._steward, 1), gap="xs")
        )
        who = framed(
            col(text("This computer acts for", "caption"), self._hospital, self._signed, gap="xs"),
            pad=(10, 8),
        )
        box = col(mark, 14, *self._entries, None, rule(), who, gap="xs")
        box.setContentsMargins(12, 18, 12, 10)
        self.setLayout(box)
        self.set_identity(hospital, steward)

    def set_identity(self, hospital: str, steward: str) -> None:
        """Say for whom this computer acts, and who uses it."""
        self._hospital.setText(hospital or "No hospital yet")
        self._steward.setText(f"Signed in as {steward}")
        self._signed.setVisible(bool(steward))

    def set_current(self, section: Section) -> None:
        """Mark where the reader is."""
        for entry in self._entries:
            entry.setChecked(entry.section is section)
            here = entry.section is section
            entry.setAccessibleDescription("Shown now" if here else "")

    def focus(self) -> None:
        """Give the focus to the section that is shown."""
        shown = next((e for e in self._entries if e.isChecked()), self._entries[0])
        shown.setFocus(Qt.FocusReason.TabFocusReason)

    def _tell(self) -> None:
        sender = self.sender()
        if isinstance(sender, _Entry):
            self.chosen.emit(sender.section.value)
