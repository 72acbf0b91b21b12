"""What the lobby says above everything else: the end, a lost line, void signatures, refusals."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.interrupted import interruption
from app.presenters.next_step import cap_sentence
from app.presenters.wording import say, seated, title_of, void_words, warning_words
from app.presenters.wording.connection import concerns_connection
from app.views.pages.interrupted import InterruptedBanner
from app.views.widgets import Banner, Button, button, col
from app.views.widgets.status import BannerTone
from core.messages.study_events import ContinuationAwaited
from core.model.lobby import LobbyView, ParticipantView, Phase


class LobbyBanners(QWidget):
    """The banners of a study between hospitals, the gravest first."""

    again_wanted = Signal()
    """Dial once more."""
    check_wanted = Signal()
    """Look at the connection."""
    remove_wanted = Signal(str)
    """Go on without the hospital of this key."""
    change_wanted = Signal()
    """Begin a changed study in the place of this one."""
    results_wanted = Signal()
    """See the results that are here although the study was interrupted."""

    def __init__(
        self, view: LobbyView, *, awaited: ContinuationAwaited | None, voided: bool
    ) -> None:
        """Make them.

        Args:
            view: The study.
            awaited: What an interrupted study waits for by itself.
            voided: Whether what was signed here has lost its meaning.
        """
        super().__init__()
        items: list[QWidget] = []
        banners: list[Banner] = []
        found = interruption(view, awaited)
        if found is not None:
            stopped = InterruptedBanner(found, *self._checks(view))
            stopped.remove_wanted.connect(self.remove_wanted)
            stopped.results_wanted.connect(self.results_wanted)
            items.append(stopped)
        if view.phase in (Phase.FAILED, Phase.ENDED):
            banners.append(_over(view, self._checks(view)))
        elif not view.online and view.phase is not Phase.FINISHED:
            banners.append(self._offline(view))
        refusing = [p for p in seated(view) if p.refusal]
        banners += [self._refused(view, who) for who in refusing]
        if voided and not refusing:  # a refusal says so itself
            banners.append(_voided(view))
        banners += [
            Banner("danger", title, ("", words))
            for kind, title, words in warning_words(view)
            if kind != "refused"
        ]
        items += banners
        self.any = bool(items)
        self.setLayout(col(*items, gap="m"))

    def _checks(self, view: LobbyView) -> tuple[Button, ...]:
        """Offer the connection doctor where the connection may be at fault."""
        if view.phase is not Phase.ENDED and (concerns_connection(view.code) or not view.code):
            check = button(say("Check the connection"), "secondary", "link")
            check.clicked.connect(self.check_wanted)
            return (check,)
        return ()

    def _offline(self, view: LobbyView) -> Banner:
        again = button(say("Try again"), "secondary", "refresh")
        again.clicked.connect(self.again_wanted)
        coordinator = next((p.name for p in view.participants if p.coordinator), "")
        if view.coordinating:
            title = say("The other hospitals cannot reach this study now")
            words = say("This computer is not connected to the meeting point. Nothing is lost.")
        else:
            title = say("Not connected to {name}", name=coordinator)
            words = say(
                "This computer dials until the coordinator’s application answers. Everything that "
                "was agreed is kept on both sides."
            )
        return Banner("warn", title, ("", words), actions=(again, *self._checks(view)))

    def _refused(self, view: LobbyView, who: ParticipantView) -> Banner:
        """A refusal with its reason; the coordinator reads what can be done about it."""
        planned = view.phase is not Phase.ROSTER_CLOSED
        if who.own:
            title = say("You refused the plan")
        else:
            title = (
                say("{name} refused the plan before", name=who.name)
                if planned
                else say("{name} refused the plan", name=who.name)
            )
        lines = [
            (say("The reason."), say("“{reason}”", reason=who.refusal)),
            (say("Privacy cap."), say("Nothing was spent. All signatures are void.")),
        ]
        actions: tuple[Button, ...] = ()
        if view.coordinating and not who.own and not planned:
            lines.append(
                (
                    say("What you can do."),
                    say(
                        "Speak to them, then **ask again** with the same plan. **Begin a changed "
                        "study** if its terms were refused: everybody agreed to these terms, so "
                        "they cannot change under the same invitation. Or go on **without them**: "
                        "the list opens again and a new plan is made."
                    ),
                )
            )
            actions = self._ways_out(who)
        return Banner("warn", title, *lines, actions=actions)

    def _ways_out(self, who: ParticipantView) -> tuple[Button, ...]:
        change = button(say("Begin a changed study"))
        change.clicked.connect(self.change_wanted)
        remove = button(say("Go on without them"), name=say("Go on without {name}", name=who.name))
        remove.setProperty("key", who.key)
        remove.clicked.connect(self._remove)
        return change, remove

    def _remove(self) -> None:
        self.remove_wanted.emit(str(self.sender().property("key")))


def _voided(view: LobbyView) -> Banner:
    happened, lost = void_words(view)
    return Banner(
        "warn",
        say("What was signed here no longer counts"),
        (say("What happened."), f"{happened} {lost}"),
        (say("What you can do."), say("Read the plan again when it is there. Nothing was spent.")),
    )


def _over(view: LobbyView, checks: tuple[Button, ...]) -> Banner:
    cap = (say("Privacy cap."), cap_sentence(view))
    if view.phase is Phase.FAILED:
        reason = view.reason or say("The run ended early.")
        happened = (say("What happened."), reason)
        title = title_of(view.code)
        return Banner("danger", title, happened, cap, actions=checks, details=view.code)
    reason = view.reason or say("No reason was given.")
    tone: BannerTone = "accent"
    return Banner(tone, say("This study has ended"), (say("What happened."), reason), cap)
