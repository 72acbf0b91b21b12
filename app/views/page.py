"""A page: its header, a body that scrolls, and in a study the action bar."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from app.theme import Tone
from app.views.widgets import (
    Button,
    Glyph,
    Light,
    LightState,
    Pill,
    Stepper,
    col,
    framed,
    row,
    set_property,
    text,
)

BODY_PAD: Final = 28


class PageHeader(QFrame):
    """Title, one sentence and perhaps buttons."""

    def __init__(self, title: str, note: str = "", *actions: Button) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.title = text(title, "h1", wrap=True)
        self.note = text(note, "muted", wrap=True)
        self.note.setVisible(bool(note))
        box = row((col(self.title, self.note, gap="xs"), 1), *actions)
        box.setContentsMargins(BODY_PAD, 18, BODY_PAD, 14)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)


class StudyHeader(QFrame):
    """The way back, the name of the study, a fact about it, and its five steps."""

    back_wanted = Signal()
    """The reader wants to see all studies."""
    step_chosen = Signal(int)
    """Number of a step, 0 to 4, that the reader wants to see."""

    def __init__(self, title: str, current: int = 0, reached: int | None = None) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "bottom")
        back = Button("Studies", "ghost", name="Back to all studies")
        back.clicked.connect(self.back_wanted)
        self.title = text(title, "h2", wrap=True)
        self._badge = Pill("")
        self._badge.hide()
        self.stepper = Stepper(current, reached)
        self.stepper.chosen.connect(self.step_chosen)
        crumb = row(
            back, Glyph("chevron", "subtle", 12, ground="canvas"), (self.title, 1), self._badge,
            gap="xs",
        )  # fmt: skip
        box = col(crumb, self.stepper, gap="xxs")
        box.setContentsMargins(20, 8, 20, 8)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def set_step(self, current: int, reached: int | None = None) -> None:
        """Show where the study is; see `Stepper.set_step`."""
        self.stepper.set_step(current, reached)

    def set_badge(self, words: str, tone: Tone = "muted", icon: str | None = None) -> None:
        """State a fact beside the name; no words hide it."""
        self._badge.set_state(words, tone, icon)
        self._badge.setVisible(bool(words))


class ActionBar(QFrame):
    """One sentence at the left, at most three buttons at the right, the primary one last.

    The primary button can only be disabled together with a sentence that says why.
    """

    def __init__(self, sentence: str, *actions: Button) -> None:
        """Make the bar.

        Args:
            sentence: What happens next, or what is missing.
            actions: From left to right; the last one is the primary.
        """
        super().__init__()
        self.setProperty("edge", "top")
        self.setProperty("ground", "surface")
        self._actions = actions
        self._plain = text("", "caption", wrap=True)
        self._light = Light("idle", "", "caption", wrap=True)
        box = row((self._plain, 1), (self._light, 1), *actions)
        box.setAlignment(self._light, Qt.AlignmentFlag.AlignVCenter)
        box.setContentsMargins(BODY_PAD, 11, BODY_PAD, 11)
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.say(sentence)

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._plain.text() or self._light.words

    @property
    def primary(self) -> Button | None:
        """The last button."""
        return self._actions[-1] if self._actions else None

    def say(self, sentence: str, state: LightState | None = None) -> None:
        """Say something, with a light or plainly."""
        self._plain.setText(sentence if state is None else "")
        self._light.set_state(state or "idle", "" if state is None else sentence)
        self._plain.setVisible(state is None)
        self._light.setVisible(state is not None)

    def block(self, reason: str, state: LightState | None = "warn") -> None:
        """Disable the primary button and say why."""
        self.say(reason, state)
        if self.primary is not None:
            self.primary.set_blocked(reason)

    def allow(self, sentence: str, state: LightState | None = None) -> None:
        """Enable the primary button and say what it does."""
        self.say(sentence, state)
        if self.primary is not None:
            self.primary.set_blocked(None)


class Page(QWidget):
    """What stands between the rail and the boundary panel.

    A page is built for the theme's text size and thrown away after use; what must last is kept
    by its presenter. It listens to signals with its own bound methods only, so that Qt takes the
    connections away with it.
    """

    def __init__(
        self,
        header: PageHeader | StudyHeader,
        body: QWidget,
        actions: ActionBar | None = None,
        *,
        under_header: QWidget | None = None,
        wants_panel: bool = False,
        help_topic: str = "",
    ) -> None:
        """Put a page together.

        Args:
            header: What it is.
            body: Usually `scroll(col(...))`.
            actions: The sticky bar of a study.
            under_header: Tabs, for instance.
            wants_panel: Whether the boundary panel stands beside it if there is room.
            help_topic: What F1 opens.
        """
        super().__init__()
        self.header = header
        self.action_bar = actions
        self.wants_panel = wants_panel
        self.help_topic = help_topic
        self.setProperty("ground", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        tabs = () if under_header is None else (under_header,)
        foot = () if actions is None else (actions,)
        self.setLayout(col(header, *tabs, (body, 1), *foot, gap="none"))
        self.setAccessibleName(self.title.text())

    @property
    def title(self) -> QLabel:
        """The label that takes the focus when the page opens."""
        return self.header.title

    def go_to_search(self) -> None:
        """Go to the search field; a page that has one says how (Ctrl+F)."""

    def export(self) -> None:
        """Export what is shown; a page that can says how (Ctrl+E)."""


def tab_strip(tabs: QWidget) -> QFrame:
    """Set tabs under a study header."""
    frame = framed(row(tabs, None), pad=(BODY_PAD - 8, 0), ground="canvas", edge="bottom")
    set_property(frame, "edge", "bottom")
    return frame
