"""Opens the connection doctor for whatever is on the screen, and asks before a relay ends."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.presenters.connection import Subject
from app.presenters.desk import Desk
from app.presenters.kinds import Kind
from app.presenters.wording import say
from app.settings import Settings
from app.views.dialogs.connection import ConnectionDialog
from app.views.dialogs.relay import StopRelayDialog
from app.views.shell import MainWindow
from core.errors import SynCohortError
from core.model.invitation import MeetingPoint


class ConnectionDoor(QObject):
    """Between router and connection. Invariant: a dialog is about what the reader looks at."""

    def __init__(self, window: MainWindow, desk: Desk, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._desk, self._settings = window, desk, settings

    @property
    def holds(self) -> bool:
        """Whether closing the window would end a relay that others use."""
        return self._desk.connection.state.relay is not None

    def check_study(self) -> None:
        """Look at the way of the study on the screen."""
        study = self._desk.study
        lobby, invited = study.lobby, study.invited.state
        if lobby is not None:
            title = say("Connection of this study")
            self._open(Subject(title=title, study_id=lobby.study_id))
        elif study.kind is Kind.JOIN and invited.content and invited.view is not None:
            title = say("Connection to {name}", name=invited.view.coordinator)
            self._open(Subject(title=title, content=invited.content))
        else:
            self._place(study.draft.state.meeting)

    def check_settings(self) -> None:
        """Look at the relay of the settings, or at the one that runs here."""
        self._place(self._of_settings() or self._desk.connection.state.relay)

    def ask_stop(self) -> None:
        """Ask before the relay is stopped."""
        shown = self._desk.connection.state.shown
        if shown is not None and shown.relay is not None:
            dialog = StopRelayDialog(self._window, shown, closing=False)
            dialog.accepted.connect(self._desk.connection.stop_hosting)
            dialog.open()

    def ask_close(self) -> None:
        """Ask before the window and with it the relay is closed."""
        shown = self._desk.connection.state.shown
        if shown is not None:
            dialog = StopRelayDialog(self._window, shown, closing=True)
            dialog.accepted.connect(self._window.close_for_good)
            dialog.open()

    def _place(self, meeting: MeetingPoint | None) -> None:
        if meeting is None:
            return  # the button says what is missing and cannot be pressed
        what = say("relay {host}", host=meeting.host) if meeting.relay else meeting.host
        self._open(Subject(title=say("Connection to {what}", what=what), meeting=meeting))

    def _of_settings(self) -> MeetingPoint | None:
        settings = self._settings
        pin = settings.relay_fingerprint.replace(":", "").replace(" ", "").lower()
        try:
            return MeetingPoint(
                host=settings.relay_host,
                port=settings.relay_port,
                relay=True,
                certificate_sha256=pin,
            )
        except SynCohortError:
            return None

    def _open(self, subject: Subject) -> None:
        ConnectionDialog(self._window, self._desk.connection, subject).open()
