"""A study that meets at the relay of this computer, while that relay does not run."""

from __future__ import annotations

from dataclasses import replace

from app.presenters.connection import ConnectionPresenter
from app.presenters.wording import say
from app.views.pages.step import problem_banner
from app.views.widgets import Banner, button
from core.model.lobby import LobbyView, Phase

_OVER = (Phase.FINISHED, Phase.FAILED, Phase.ENDED)


def own_relay_banners(connection: ConnectionPresenter, view: LobbyView) -> list[Banner]:
    """Return what to say and to press until the relay runs again; nothing otherwise."""
    state = connection.state
    if view.phase in _OVER or not state.lacks_relay(view.meeting):
        return []
    start = button(say("Start the relay"), "secondary", "computer")
    start.set_blocked(say("The relay is starting") if state.hosting else None)
    port = view.meeting.port
    start.clicked.connect(lambda: connection.host(port))
    if state.hosting_problem is not None:
        remedy = say(
            "End the program that uses this port, then start the relay again: the invitations "
            "name this port."
        )
        return [problem_banner(replace(state.hosting_problem, remedy=remedy), start)]
    return [
        Banner(
            "warn",
            say("The relay of this study does not run"),
            (
                say("What happened."),
                say("It is a relay on this computer, and it ended when SynCohort was closed."),
            ),
            (
                say("What you can do."),
                say("Start it: the hospitals find it where it was and connect by themselves."),
            ),
            actions=(start,),
        )
    ]
