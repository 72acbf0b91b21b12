"""Cards of the settings about studies with other hospitals: people."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.identity import IdentityState
from app.presenters.wording import say
from app.views.widgets import (
    Light,
    button,
    card,
    col,
    row,
    rule,
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


def _person(name: str, what: str) -> QWidget:
    box = QWidget()
    box.setLayout(
        col(text(name, "strong", wrap=True), text(what, "caption", wrap=True), gap="none")
    )
    return box
