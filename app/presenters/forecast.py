"""What a study that is being written down can be expected to give, asked of the worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from core.messages.events import Refused
from core.messages.forecast_messages import AskForecast, ForecastShown

ASK_DELAY_MS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastState:
    """What is known of what was written down last.

    Attributes:
        asked: What is planned; None while too little was written.
        shown: What it gives; of an earlier question while ``asking``.
        asking: Whether an answer is awaited.
        problem: Why there is none.
    """

    asked: AskForecast | None = None
    shown: ForecastShown | None = None
    asking: bool = False
    problem: Problem | None = None


class ForecastPresenter(Presenter):
    """Invariant: what is shown without ``asking`` answers the last question."""

    def __init__(
        self, link: Link, parent: QObject | None = None, *, delay_ms: int = ASK_DELAY_MS
    ) -> None:
        super().__init__(link, parent)
        self._state = ForecastState()
        self._number = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self._ask)

    @property
    def state(self) -> ForecastState:
        """What is on the screen."""
        return self._state

    def plan_for(self, asked: AskForecast | None) -> None:
        """Follow what is written down; None while it is too little to ask about."""
        if asked == self._state.asked:
            return
        if asked is None:
            self._timer.stop()
            self._set(ForecastState())
            return
        self._set(replace(self._state, asked=asked, asking=True))
        self._timer.start()

    def receive(self, event: ForecastShown) -> None:
        """Take the answer to the last question."""
        if self._state.asking and event.question == str(self._number):
            self._set(
                replace(self._state, shown=event, asking=self._timer.isActive(), problem=None)
            )

    def refuse(self, event: Refused) -> None:
        """What was written down is no plan."""
        problem = problem_of(event.code, event.fields)
        self._set(replace(self._state, shown=None, asking=self._timer.isActive(), problem=problem))

    def _ask(self) -> None:
        if self._state.asked is not None:
            self._number += 1
            self.send(replace(self._state.asked, question=str(self._number)))

    def _set(self, state: ForecastState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
