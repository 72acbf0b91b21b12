"""Step 4 between hospitals: a run that was interrupted goes on, is planned again, or ends."""

from __future__ import annotations

from app.presenters.desk import Desk
from app.presenters.interrupted import Interruption, interruption
from app.presenters.next_step import next_step
from app.presenters.run import RunState
from app.presenters.wording import say
from app.settings import Settings
from app.views.pages.interrupted import InterruptedBanner
from app.views.pages.lobby_asks import LobbyAsks
from app.views.pages.run import RunPage
from app.views.widgets import Banner, Button, button
from app.views.widgets.layout import Item


class JointRunPage(RunPage):
    """The page of a run, and what follows when it was interrupted."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._lobbies = desk.study.lobbies
        super().__init__(desk.study)
        self.asks = LobbyAsks(self, desk, settings)
        self._end.clicked.connect(self.asks.leave)
        self._continue.clicked.connect(self._go_on)
        self._lobbies.changed.connect(self.show_state)

    def _more_actions(self) -> tuple[Button, ...]:
        self._end = button(say("End the study"), "ghost")
        self._continue = button(say("Continue the study"))
        return self._end, self._continue

    @property
    def _found(self) -> Interruption | None:
        view = self.study.lobby
        if view is None or not self.study.run.state.over:
            return None
        return interruption(view, self._lobbies.state.awaited_in(view.study_id))

    def _shape_of(self, state: RunState) -> tuple[object, ...]:
        return (*super()._shape_of(state), self._found)

    def _notices(self, state: RunState) -> list[Item]:
        found = self._found
        if found is None:
            return [*super()._notices(state), *_continued(state)]
        banner = InterruptedBanner(found, *self._checks(state))
        banner.remove_wanted.connect(self._plan_again)
        banner.results_wanted.connect(self.study.open_results)
        return [banner]

    def _show_bar(self, state: RunState) -> None:
        super()._show_bar(state)
        view, found = self.study.lobby, self._found
        own = view is not None and view.coordinating
        self._end.setVisible(found is not None)
        self._end.set_words(say("End the study") if own else say("Leave the study"))
        self._continue.setVisible(found is not None and own)
        if view is None or found is None:
            return
        step = next_step(view, self._lobbies.state, confirmed=False, approver="")
        self._continue.set_blocked(None if step.ready else step.sentence)
        if not found.released:
            self.bar.say(step.sentence, step.light)

    def _go_on(self) -> None:
        view = self.study.lobby
        if view is not None:
            self._lobbies.run(view.study_id)

    def _plan_again(self, key: str) -> None:
        self.asks.remove(key)


def _continued(state: RunState) -> list[Item]:
    """Say that this run goes on with what an earlier one left."""
    going = state.continued
    if going is None or state.over:
        return []
    kept = say(
        "{kept} of {n} stages were opened before and are kept. Nothing that was paid is paid "
        "again.",
        kept=going.kept,
        n=going.stages,
    )
    return [Banner("accent", say("The study goes on where it stopped"), ("", kept))]
