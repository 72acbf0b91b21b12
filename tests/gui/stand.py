"""The whole application over a script, for tests and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.presenters.desk import Desk
from app.presenters.preferences import PreferencesPresenter
from app.settings import Settings
from app.views.router import Router
from app.views.shell import MainWindow
from core.messages import events as said
from core.model.study import StudyState
from tests.gui import script, script_lists

#: Of the plan that a gallery's study has.
DIGEST = "d" * 64


@dataclass(frozen=True, kw_only=True)
class Stand:
    """The whole application over a script."""

    link: script.ScriptLink
    desk: Desk
    window: MainWindow
    router: Router
    settings: Settings


def stand(folder: Path) -> Stand:
    """Build the application as its composition root does, but over a script."""
    settings = Settings(folder)
    settings.hospital_name = script.HOSPITALS[0]
    settings.steward_name = "steward"
    link = script.ScriptLink()
    preferences = PreferencesPresenter(settings, link, "0.1.0")
    desk = Desk(link, lambda: script.NOW)
    window = MainWindow(settings)
    router = Router(window, desk, settings, preferences)
    preferences.setParent(window)
    desk.setParent(window)
    link.setParent(window)
    return Stand(link=link, desk=desk, window=window, router=router, settings=settings)


def ready(s: Stand, *states: StudyState) -> None:
    s.link.play(
        script.READY,
        script_lists.studies(*states),
        said.CohortsListed(cohorts=()),
        script_lists.activity(),
    )
