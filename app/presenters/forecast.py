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
_MARK: Final = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastState:
    """What is known of what was written down last.

    Attributes:
        asked: What is planned with one setting; None while too little was written.
        shown: What it gives; of an earlier question while ``asking``.
        settings: The settings that are tried, each with its part of what is spent; may be none.
        found: What each of them gives; None while it is not known.
        asking: Whether an answer is awaited.
        problem: Why there is none.
    """

    asked: AskForecast | None = None
    shown: ForecastShown | None = None
    settings: tuple[AskForecast, ...] = ()
    found: tuple[ForecastShown | None, ...] = ()
    asking: bool = False
    problem: Problem | None = None

    @property
    def epsilon(self) -> float | None:
        """With what a setting is made where several share what is spent; None while not known."""
        return min((f.epsilon for f in self.found if f is not None), default=None)


class ForecastPresenter(Presenter):
    """Invariant: what is shown without ``asking`` answers the last question."""

    def __init__(
        self, link: Link, parent: QObject | None = None, *, delay_ms: int = ASK_DELAY_MS
    ) -> None:
        super().__init__(link, parent)
        self._state = ForecastState()
        self._number = 0
        self._awaited: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self._ask)

    @property
    def state(self) -> ForecastState:
        """What is on the screen."""
        return self._state

    def plan_for(self, asked: AskForecast | None, settings: tuple[AskForecast, ...] = ()) -> None:
        """Follow what is written down.

        Args:
            asked: The study with one setting; None while it is too little to ask about.
            settings: Those that are tried beside each other, if there are some.
        """
        state = self._state
        if (asked, settings) == (state.asked, state.settings):
            return
        if asked is None:
            self._timer.stop()
            self._awaited.clear()
            self._set(ForecastState())
            return
        self._awaited.clear()
        same = len(settings) == len(state.settings)
        found = state.found if same else (None,) * len(settings)
        self._set(replace(state, asked=asked, settings=settings, found=found, asking=True))
        self._timer.start()

    def receive(self, event: ForecastShown) -> None:
        """Take an answer to the last questions."""
        if event.question not in self._awaited:
            return
        self._awaited.discard(event.question)
        at = event.question.partition(_MARK)[2]
        state = replace(self._state, asking=bool(self._awaited) or self._timer.isActive())
        if at:
            found = tuple(event if i == int(at) else f for i, f in enumerate(state.found))
            self._set(replace(state, found=found))
        else:
            self._set(replace(state, shown=event, problem=None))

    def refuse(self, event: Refused) -> None:
        """What was written down is no plan."""
        problem = problem_of(event.code, event.fields)
        found = (None,) * len(self._state.settings)
        asking = self._timer.isActive()
        self._awaited.clear()
        state = replace(self._state, shown=None, found=found, asking=asking, problem=problem)
        self._set(state)

    def _ask(self) -> None:
        if self._state.asked is None:
            return
        self._number += 1
        whole = replace(self._state.asked, question=str(self._number))
        parts = [
            replace(one, question=f"{self._number}{_MARK}{i}")
            for i, one in enumerate(self._state.settings)
        ]
        self._awaited = {q.question for q in (whole, *parts)}
        for question in (whole, *parts):
            self.send(question)

    def _set(self, state: ForecastState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
