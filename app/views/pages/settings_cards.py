"""Cards of the settings about studies with other hospitals: people, relay."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from app.presenters.identity import IdentityState
from app.presenters.wording import say
from app.settings import PORT_MAX, Settings
from app.theme import current_theme
from app.views.widgets import (
    Light,
    button,
    card,
    col,
    edit,
    field,
    row,
    rule,
    side,
    text,
)


class PeopleCard(QWidget):
    """The steward, who signs, and the second person, who approves."""

    set_up_wanted = Signal()

    def __init__(self, state: IdentityState, steward: str) -> None:
        super().__init__()
        shown = state.shown
        first = (shown.steward if shown is not None else "") or steward or say("Not named yet")
        second = state.approver
        light = (
            Light("ok", say("Passphrase set"), "caption")
            if second
            else Light("warn", say("Not set up"), "caption")
        )
        set_up = button(
            say("Change the second person") if second else say("Set up the second person"),
            "secondary",
            "people",
        )
        set_up.clicked.connect(self.set_up_wanted)
        set_up.set_blocked(None if shown is not None else say("The identity is not open yet"))
        self.setLayout(
            col(
                card(
                    say("People who decide"),
                    row((_person(first, say("data steward, signs plans")), 1)),
                    rule(),
                    row(
                        (_person(second or say("Second person"), say("approves plans")), 1), light
                    ),
                    row(set_up, None),
                    note=say("Two people agree to each study; the second has a passphrase."),
                ),
                gap="none",
            )
        )


class RelayCard(QWidget):
    """The relay at which studies that begin here meet."""

    chosen = Signal(str, int, str)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._host = edit(settings.relay_host, "relay.example.org", longest=253)
        self._port = QSpinBox()
        self._port.setRange(1, PORT_MAX)
        self._port.setValue(settings.relay_port)
        # NB: QSpinBox.NoButtons leaves the inner field one pixel wide under a style sheet.
        self._port.lineEdit().setTextMargins(10, 0, 10, 0)
        self._port.setMinimumWidth(current_theme().size(96))
        self._pin = edit(settings.relay_fingerprint, longest=200)
        for box in (self._host, self._pin, self._port):
            box.editingFinished.connect(self._tell)
        hint = say("SHA-256 of its certificate; empty if a public authority vouches for it.")
        self.setLayout(
            col(
                card(
                    say("Relay"),
                    side(
                        (field(say("Address"), self._host), 3), (field(say("Port"), self._port), 1)
                    ),
                    field(say("Fingerprint"), self._pin, hint),
                    note=say(
                        "Studies that begin here meet at this relay. It joins connections and "
                        "sees only encrypted bytes. Invitations bring their own."
                    ),
                ),
                gap="none",
            )
        )

    def _tell(self) -> None:
        self.chosen.emit(self._host.text(), self._port.value(), self._pin.text())


def _person(name: str, what: str) -> QWidget:
    box = QWidget()
    box.setLayout(
        col(text(name, "strong", wrap=True), text(what, "caption", wrap=True), gap="none")
    )
    return box
