"""Where the hospitals of a new study meet: one card of the draft."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from app.presenters.connection import HOSTED_PORT, ConnectionPresenter
from app.presenters.draft import DraftPresenter
from app.presenters.draft_state import DraftState
from app.presenters.wording import say
from app.settings import PORT_MAX, Settings
from app.views.pages.live import LivePage
from app.views.pages.step import check_button, problem_banner
from app.views.widgets import Button, Light, Segments, button, card, edit, field, row, side, spin
from app.views.widgets.layout import Item


class MeetingCard:
    """Builds the card, and lets this computer run the relay if it is asked to."""

    def __init__(
        self,
        page: LivePage,
        draft: DraftPresenter,
        settings: Settings,
        connection: ConnectionPresenter,
    ) -> None:
        """Build for ``page``."""
        self._page = page
        self._draft = draft
        self._settings = settings
        self._connection = connection
        self._take_hosted = False
        self._check: Button | None = None

    @property
    def shape(self) -> tuple[object, ...]:
        """What the card depends on, beside what is typed into it."""
        state, hosted = self._draft.state, self._connection.state
        here = hosted.relay
        taken = here is not None and (state.host, state.port) == (here.host, here.port)
        return (state.relay, here, taken, hosted.hosting, hosted.hosting_problem)

    def card(self) -> QFrame:
        """The card as things stand."""
        state, write = self._draft.state, self._draft.write
        way = Segments(
            say("Meeting point"), say("At a relay"), say("Directly"), chosen=int(not state.relay)
        )
        way.chosen.connect(lambda n: write(relay=n == 0))
        host = edit(
            state.host, say("relay.example.org") if state.relay else "10.1.2.3", longest=253
        )
        host.textChanged.connect(lambda words: write(host=words))
        port = spin(1, PORT_MAX, state.port)
        port.setGroupSeparatorShown(False)
        port.valueChanged.connect(lambda n: write(port=n))
        note = (
            say(
                "A relay joins connections that hospitals make from inside their networks. It "
                "sees only encrypted bytes."
            )
            if state.relay
            else say("The other hospitals dial this computer: only within one network.")
        )
        items: list[Item] = [row(way, None)]
        title = say("Relay") if state.relay else say("Address of this computer")
        items.append(side((field(title, host), 3), (field(say("Port"), port), 1)))
        if state.relay:
            pin = edit(state.fingerprint, longest=200)
            pin.textChanged.connect(lambda words: write(fingerprint=words))
            hint = say("Its operator tells it; empty if a public authority vouches for the relay.")
            items.append(field(say("Fingerprint of the relay (SHA-256)"), pin, hint))
            items += self._own_relay(state)
        return card(say("Where the hospitals meet"), *items, note=note)

    def show(self) -> None:
        """Say whether the connection can be checked."""
        state = self._draft.state
        if self._check is not None and state.relay:
            self._check.set_blocked(None if state.meeting is not None else state.wrong_meeting)

    def follow_relay(self) -> bool:
        """Follow the relay of this computer; tell whether the draft took its address."""
        if self._take_hosted and self._connection.state.relay is not None:
            self._take_hosted = False
            self._meet_here()
            return True
        if not self._connection.state.hosting:
            self._take_hosted = False
        return False

    def _own_relay(self, state: DraftState) -> list[Item]:
        """Offer the relay of this computer, and the connection doctor."""
        hosted = self._connection.state
        here = hosted.relay
        self._check = check_button(self._page)
        items: list[Item] = []
        if hosted.hosting_problem is not None:
            items.append(problem_banner(hosted.hosting_problem))
        if here is None:
            host = button(say("Run the relay on this computer"), "secondary", "computer")
            host.clicked.connect(self._host)
            host.set_blocked(say("One moment") if hosted.hosting else None)
        elif (state.host, state.port) != (here.host, here.port):
            host = button(say("Meet at the relay of this computer"), "secondary", "computer")
            host.clicked.connect(self._meet_here)
        else:
            words = say("The relay runs on this computer until SynCohort is closed.")
            return [
                *items,
                Light("ok", words, "caption", wrap=True),
                row(self._check, None),
            ]
        return [*items, row(host, self._check, None)]

    def _host(self) -> None:
        self._take_hosted = True
        self._connection.host(self._settings.hosted_port or HOSTED_PORT)

    def _meet_here(self) -> None:
        here = self._connection.state.relay
        if here is not None:
            self._draft.meet_at(here)
