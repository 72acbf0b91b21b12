"""Stages of work: the stepper of a study and the timeline of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.theme import Ink, current_theme
from app.views.widgets.buttons import Button
from app.views.widgets.layout import Item, clear, col, row, rule
from app.views.widgets.status import LIGHTS, LightState
from app.views.widgets.text import Glyph, set_property, text

ONE_ROW_SCALE: Final = 1.5
"""Above this text scale five steps do not fit into one row."""
STEPS: Final = ("Cohort", "Privacy", "Join", "Run", "Results")


class _Step(Button):
    """One step: done with a tick, current with half a disc, later ones closed."""

    def __init__(self, number: int, title: str) -> None:
        self._state = "later"
        self._number, self._title = number, title
        super().__init__(title, "step")
        self.setCheckable(True)

    def show_state(self, state: str, *, before: str) -> None:
        """Show `done`, `current`, `open` or `later`."""
        words = self._title if state == "done" else f"{self._number + 1}  {self._title}"
        spoken = {"done": "done", "current": "current", "open": "open", "later": "not yet open"}
        name = f"Step {self._number + 1}, {self._title}, {spoken[state]}"
        self._state, self._name = state, name
        drawing = {"done": "light-ok", "current": "light-busy"}.get(state)
        self.set_icon(drawing)
        self.set_words(words)
        self.setChecked(state == "current")
        self.set_blocked(f"Opens after {before}" if state == "later" else None)

    def icon_inks(self) -> tuple[Ink, Ink | None]:
        """Green tick, petrol half disc."""
        return ("ok", "ok") if self._state == "done" else ("accent", "accent")

    def icon_pixels(self) -> int:
        """A little smaller than other icons."""
        return 15

    def nextCheckState(self) -> None:
        """Clicking does not check: the page decides where it goes."""


class Stepper(QWidget):
    """The five steps of a study. Done steps can be opened again; later ones say when they open.

    `current` is the step on the screen, `reached` the furthest that is open; they differ while a
    done step is being read again.
    """

    chosen = Signal(int)
    """Number of a step, 0 to 4, that the reader wants to see."""

    def __init__(self, current: int = 0, reached: int | None = None) -> None:
        super().__init__()
        self._current, self._reached = 0, 0
        self._steps = [_Step(number, title) for number, title in enumerate(STEPS)]
        for step in self._steps:
            step.clicked.connect(self._tell)
        halves = (self._steps[:3], self._steps[3:])
        huge = current_theme().tokens.scale > ONE_ROW_SCALE
        rows = [self._row(steps) for steps in halves] if huge else [self._row(self._steps)]
        self.setLayout(col(*rows, gap="none"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_step(current, reached)

    @property
    def current(self) -> int:
        """Number of the step on the screen."""
        return self._current

    @property
    def reached(self) -> int:
        """Number of the furthest open step."""
        return self._reached

    def set_step(self, current: int, reached: int | None = None) -> None:
        """Show where the study is.

        Args:
            current: Step on the screen, 0 to 4.
            reached: Furthest open step; `current` if left out.
        """
        self._current = current
        self._reached = current if reached is None else max(current, reached)
        for number, step in enumerate(self._steps):
            before = STEPS[number - 1] if number else ""
            step.show_state(self._state(number), before=before)
        self.setAccessibleName(f"Step {current + 1} of {len(STEPS)}: {STEPS[current]}")

    def _state(self, number: int) -> str:
        if number == self._current:
            return "current"
        if number < self._reached:
            return "done"
        return "open" if number == self._reached else "later"

    def _tell(self) -> None:
        sender = self.sender()
        for number, step in enumerate(self._steps):
            if step is sender and number != self._current:
                self.chosen.emit(number)

    @staticmethod
    def _row(steps: list[_Step]) -> QHBoxLayout:
        items: list[Item] = []
        for number, step in enumerate(steps):
            if number:
                line = rule()
                line.setFixedWidth(10 if current_theme().tokens.stacked else 26)
                items.append(line)
            items.append(step)
        return row(*items, None, gap="xs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One line of a timeline.

    Attributes:
        state: Its light.
        title: What is done in it.
        detail: Counts, in words.
        note: Duration, at the right.
    """

    state: LightState
    title: str
    detail: str = ""
    note: str = ""


class Timeline(QWidget):
    """Stages of a run under each other, joined by a line; set again as often as needed."""

    def __init__(self, stages: Sequence[Stage] = ()) -> None:
        super().__init__()
        self._lines: list[_StageLine] = []
        self._box: QVBoxLayout = col(gap="xs")
        self.setLayout(self._box)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.set_stages(stages)

    def set_stages(self, stages: Sequence[Stage]) -> None:
        """Show stages; lines that are already there are only changed."""
        if len(stages) != len(self._lines):
            clear(self._box)
            self._lines = []
            for number in range(len(stages)):
                line = _StageLine(last=number == len(stages) - 1)
                self._lines.append(line)
                self._box.addWidget(line)
        for line, stage in zip(self._lines, stages, strict=True):
            line.show_stage(stage)
        said = "; ".join(", ".join(filter(None, (s.title, s.detail, s.note))) for s in stages)
        self.setAccessibleName(f"Stages: {said}")


class _StageLine(QWidget):
    def __init__(self, *, last: bool) -> None:
        super().__init__()
        self._stage: Stage | None = None
        self._glyph = Glyph("light-idle", "subtle", 18)
        self._title = text("", "body", wrap=True)
        self._detail = text("", "caption", wrap=True)
        self._note = text("", "caption")
        self._thread = _Thread()
        below: Item = None if last else (self._thread, 1)
        self._thread.setVisible(not last)
        foot: tuple[Item, ...] = () if last else (8,)
        words = col(self._title, self._detail, *foot, None, gap="xxs")
        lead = col(self._glyph, below, gap="xs")
        right = col(self._note, None, gap="none")
        self.setLayout(row(lead, (words, 1), right, gap="m"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def show_stage(self, stage: Stage) -> None:
        if stage == self._stage:
            return
        self._stage = stage
        self._glyph.set_drawing(*LIGHTS[stage.state])
        loud = stage.state in ("busy", "warn", "fail")
        set_property(self._title, "role", "strong" if loud else "body")
        set_property(self._title, "tone", "subtle" if stage.state == "idle" else "text")
        for label, words in (
            (self._title, stage.title),
            (self._detail, stage.detail),
            (self._note, stage.note),
        ):
            if label.text() != words:
                label.setText(words)
        self._detail.setVisible(bool(stage.detail))
        self._thread.set_done(done=stage.state == "ok")
        spoken = {"ok": "done", "busy": "running", "warn": "needs attention"}
        spoken |= {"fail": "failed", "idle": "not yet"}
        self.setAccessibleName(f"{stage.title}, {spoken[stage.state]}")


class _Thread(QWidget):
    """The line between two stages: solid when the upper one is done, dotted before."""

    def __init__(self) -> None:
        super().__init__()
        self._done = False
        self.setFixedWidth(current_theme().size(18))
        self.setMinimumHeight(6)

    def set_done(self, *, done: bool) -> None:
        if done != self._done:
            self._done = done
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        pen = QPen(current_theme().colour("ok" if self._done else "edge"), 1.5)
        if not self._done:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        middle = self.width() / 2
        painter.drawLine(QPointF(middle, 0), QPointF(middle, self.height()))
