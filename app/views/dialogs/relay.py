"""Questions before the relay of this computer ends: the others would lose each other."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.presenters.wording import say
from app.presenters.wording.connection import relay_words
from app.views.widgets import Dialog, Pairs, button, well
from core.messages.study_events import ConnectionShown


class StopRelayDialog(Dialog):
    """Stop the relay, or close the window that runs it? The expected answer is no."""

    def __init__(self, parent: QWidget, shown: ConnectionShown, *, closing: bool) -> None:
        title = (
            say("A relay runs on this computer. Close SynCohort and stop it?")
            if closing
            else say("Stop the relay on this computer?")
        )
        super().__init__(parent, title, note=relay_words(shown) + ".", width=560)
        keep = button(say("Keep it running"), "primary")
        stop = button(
            say("Stop the relay and close") if closing else say("Stop the relay"), "danger"
        )
        keep.clicked.connect(self.reject)
        stop.clicked.connect(self.accept)
        self.add(
            well(
                Pairs(
                    (
                        say("Other hospitals"),
                        say("cannot reach each other; a run that goes through it stops"),
                    ),
                    (say("Studies"), say("are kept; they go on when the relay runs again")),
                    (
                        say("Address"),
                        say("stays the same, if you start it on this computer and port again"),
                    ),
                )
            )
        )
        self.set_actions(None, stop, keep, default=keep)
