"""States and facts: lights, pills, banners, key-value pairs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from app.theme import Ink, Role, Tone, current_theme
from app.views.widgets.buttons import Button
from app.views.widgets.layout import col, row
from app.views.widgets.text import Glyph, Para, set_property, text

LightState = Literal["ok", "busy", "warn", "fail", "idle"]
BannerTone = Literal["accent", "ok", "warn", "danger"]

LIGHTS: Final[Mapping[LightState, tuple[str, Tone]]] = MappingProxyType(
    {
        "ok": ("light-ok", "ok"),
        "busy": ("light-busy", "accent"),
        "warn": ("light-warn", "warn"),
        "fail": ("light-fail", "danger"),
        "idle": ("light-idle", "subtle"),
    }
)
"""State: (drawing, ink). The shape differs as well as the colour."""

_BANNER_MARK: Final[Mapping[BannerTone, str]] = MappingProxyType(
    {"danger": "light-fail", "warn": "light-warn", "ok": "light-ok", "accent": "info"}
)
_SOFT: Final[Mapping[str, Ink]] = MappingProxyType(
    {
        "accent": "accent_soft",
        "ok": "ok_soft",
        "warn": "warn_soft",
        "danger": "danger_soft",
    }
)


class Light(QWidget):
    """A state as shape, colour and words, always all three."""

    def __init__(
        self,
        state: LightState,
        words: str,
        role: Role = "label",
        *,
        ground: Ink = "surface",
        wrap: bool = False,
    ) -> None:
        super().__init__()
        drawing, tone = LIGHTS[state]
        self._state = state
        self._glyph = Glyph(drawing, tone, 15, ground=ground)
        self._label = text(words, role, self._tone(state), wrap=wrap)
        lead = col(1, self._glyph, None, gap="none") if wrap else self._glyph
        if wrap:
            self._label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setLayout(row(lead, (self._label, 1), gap="xs"))
        vertical = QSizePolicy.Policy.Minimum if wrap else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Preferred, vertical)

    @property
    def state(self) -> LightState:
        """What it shows."""
        return self._state

    @property
    def words(self) -> str:
        """What it says."""
        return self._label.text()

    def set_state(self, state: LightState, words: str) -> None:
        """Show another state; cheap when nothing changed."""
        if state != self._state:
            self._state = state
            self._glyph.set_drawing(*LIGHTS[state])
            set_property(self._label, "tone", self._tone(state))
        if words != self._label.text():
            self._label.setText(words)

    @staticmethod
    def _tone(state: LightState) -> Tone:
        return "muted" if state == "idle" else LIGHTS[state][1]


class Pill(QFrame):
    """A short fact in a rounded box."""

    def __init__(self, words: str, tone: Tone = "muted", icon: str | None = None) -> None:
        super().__init__()
        self.setProperty("box", "pill")
        self.setProperty("tone", tone)
        self._glyph = Glyph(icon or "dot", tone, 14, ground=_SOFT.get(tone, "sunken"))
        self._glyph.setVisible(icon is not None)
        self._label = text(words, "caption", tone)
        box = row(self._glyph, self._label, gap="xs")
        box.setContentsMargins(9, 3, 9, 3)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_state(self, words: str, tone: Tone, icon: str | None = None) -> None:
        """Say another fact."""
        self._label.setText(words)
        set_property(self._label, "tone", tone)
        set_property(self, "tone", tone)
        self._glyph.setVisible(icon is not None)
        if icon is not None:
            self._glyph.set_ground(_SOFT.get(tone, "sunken"))
            self._glyph.set_drawing(icon, tone)


class Banner(QFrame):
    """What happened, what it means, what to do; it stays until the matter is solved.

    Built from a title, pairs of (lead word, sentence) and at most three buttons. `details` adds
    a last button that unfolds a code and text which may be copied for support; it must hold
    nothing about a patient.
    """

    def __init__(
        self,
        tone: BannerTone,
        title: str,
        *lines: tuple[str, str],
        actions: tuple[Button, ...] = (),
        details: str = "",
    ) -> None:
        super().__init__()
        self.setProperty("box", "banner")
        self.setProperty("tone", tone)
        mark = Glyph(_BANNER_MARK[tone], tone, 18, ground=_SOFT[tone])
        said = [Para(f"**{lead}** {words}" if lead else words) for lead, words in lines]
        body = col(text(title, "h3", wrap=True), *said, gap="xs")
        buttons = list(actions)
        self._details = self._folded(details)
        if details:
            self._unfold = Button("Details", "ghost")
            self._unfold.setCheckable(True)
            self._unfold.toggled.connect(self._details.setVisible)
            buttons.append(self._unfold)
        if buttons:
            body.addSpacing(4)
            body.addLayout(row(*buttons, None))
        body.addWidget(self._details)
        box = row(col(1, mark, None, gap="none"), (body, 1), gap="m")
        box.setContentsMargins(14, 12, 14, 12)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(
            " ".join([title, *(f"{lead} {words}".replace("**", "") for lead, words in lines)])
        )

    @staticmethod
    def _folded(details: str) -> QLabel:
        label = text(details, "mono", "text", wrap=True)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        label.setAccessibleName(details)
        label.setVisible(False)
        return label


class Pairs(QWidget):
    """Key and value lines. Values may be set again while the page is open."""

    def __init__(self, *lines: tuple[str, str], key_width: int = 150) -> None:
        """Make the lines.

        Args:
            lines: (key, value) pairs; keys are unique.
            key_width: Width of the key column at 100 % text size.
        """
        super().__init__()
        self._values: dict[str, QLabel] = {}
        rows = []
        for key, value in lines:
            head = text(key, "muted", "subtle", wrap=True)
            head.setFixedWidth(current_theme().size(key_width))
            head.setAlignment(Qt.AlignmentFlag.AlignTop)
            said = text(value, "muted", "text", wrap=True)
            said.setAlignment(Qt.AlignmentFlag.AlignTop)
            said.setAccessibleName(f"{key}: {value}")
            self._values[key] = said
            rows.append(row(head, (said, 1), gap="m"))
        self.setLayout(col(*rows, gap="s"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def set_value(self, key: str, value: str) -> None:
        """Change one value.

        Raises:
            KeyError: If there is no such line.
        """
        label = self._values[key]
        if label.text() != value:
            label.setText(value)
            label.setAccessibleName(f"{key}: {value}")
