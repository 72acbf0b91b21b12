"""What the lobby says above everything else: the end, a lost line, void signatures, warnings."""

from __future__ import annotations

from app.presenters.wording import say, title_of, warning_words
from app.views.widgets import Banner, Button
from app.views.widgets.status import BannerTone
from core.model.lobby import LobbyView, Phase


def lobby_banners(view: LobbyView, again: Button, *, voided: bool) -> list[Banner]:
    """Return the banners of a study between hospitals, the gravest first.

    Args:
        view: The study.
        again: Dials once more; used while there is no line.
        voided: Whether what was signed here has lost its meaning.
    """
    items: list[Banner] = []
    if view.phase in (Phase.FAILED, Phase.ENDED):
        items.append(_over(view))
    elif not view.online and view.phase is not Phase.FINISHED:
        items.append(_offline(view, again))
    if voided:
        items.append(
            Banner(
                "warn",
                say("Something changed: every signature and approval is void"),
                (say("What happened."), say("Hospitals or plan are not what you agreed to.")),
                (
                    say("What you can do."),
                    say("Read the plan again when it is there. Nothing was spent."),
                ),
            )
        )
    for kind, title, words in warning_words(view):
        tone: BannerTone = "warn" if kind == "refused" else "danger"
        items.append(Banner(tone, title, ("", words)))
    return items


def cap_sentence(view: LobbyView) -> str:
    """Say what a study that is over did to the cap."""
    if view.spent:
        return say("The study is over. Its units of the cap count as spent.")
    return say("The study is over. None of the cap was used.")


def _offline(view: LobbyView, again: Button) -> Banner:
    coordinator = next((p.name for p in view.participants if p.coordinator), "")
    if view.coordinating:
        title = say("The other hospitals cannot reach this study now")
        words = say("This computer is not connected to the meeting point. Nothing is lost.")
    else:
        title = say("Not connected to {name}", name=coordinator)
        words = say(
            "This computer dials until the coordinator’s application answers. Everything that was "
            "agreed is kept on both sides."
        )
    return Banner("warn", title, ("", words), actions=(again,))


def _over(view: LobbyView) -> Banner:
    cap = (say("Privacy cap."), cap_sentence(view))
    if view.phase is Phase.FAILED:
        reason = view.reason or say("The run ended early.")
        happened = (say("What happened."), reason)
        return Banner("danger", title_of(view.code), happened, cap, details=view.code)
    reason = view.reason or say("No reason was given.")
    return Banner("accent", say("This study has ended"), (say("What happened."), reason), cap)
