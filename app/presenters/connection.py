"""The way to the other hospitals: proxy, a relay on this computer, the connection doctor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from app.presenters.wording.connection import hosting_problem
from core.errors import SynCohortError
from core.messages.events import Refused
from core.messages.study_commands import (
    AskConnection,
    CheckConnection,
    HostRelay,
    SetProxy,
    StopRelay,
)
from core.messages.study_events import (
    ConnectionChecked,
    ConnectionShown,
    ProxySet,
    RelayHosted,
    RelayStopped,
)
from core.model.invitation import MeetingPoint
from core.model.peer import ProxySetting

ConnectionEvent = ConnectionShown | ConnectionChecked | ProxySet | RelayHosted | RelayStopped
HOSTED_PORT: Final = 8443
_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - the hospitals of a network dial this computer


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the doctor looks at.

    Attributes:
        title: Names it for the reader.
        meeting: A relay or a coordinator's address; None with an invitation or a study.
        content: An invitation; it holds a secret and is never shown.
        study_id: A study between hospitals.
    """

    title: str
    meeting: MeetingPoint | None = None
    content: str = ""
    study_id: str = ""

    def __repr__(self) -> str:
        """Hide the secret."""
        return f"Subject(title={self.title!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionState:
    """What is known about the way to the others.

    Attributes:
        shown: Proxy and hosted relay; None until the worker answered.
        saving: Whether another proxy is being set.
        proxy_problem: Why it was not set.
        hosting: Whether the relay is being started or stopped.
        hosting_problem: Why it was not.
        subject: What the doctor looks at, or looked at last.
        checking: Whether it is looking.
        checked: What it found.
        check_problem: Why it could not look.
    """

    shown: ConnectionShown | None = None
    saving: bool = False
    proxy_problem: Problem | None = None
    hosting: bool = False
    hosting_problem: Problem | None = None
    subject: Subject | None = None
    checking: bool = False
    checked: ConnectionChecked | None = None
    check_problem: Problem | None = None

    @property
    def relay(self) -> MeetingPoint | None:
        """The relay that runs on this computer."""
        return self.shown.relay if self.shown is not None else None

    def lacks_relay(self, meeting: MeetingPoint) -> bool:
        """Whether a study meets at the relay of this computer, which does not run."""
        shown = self.shown
        if shown is None or shown.relay is not None or not meeting.relay:
            return False
        return meeting.certificate_sha256 == shown.own_relay_sha256 != ""


class ConnectionPresenter(Presenter):
    """Invariant: a password goes into a command and is kept nowhere here; what is shown belongs to
    the subject that was asked about last.
    """

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = ConnectionState()
        self._under_way = 0

    @property
    def state(self) -> ConnectionState:
        """What is on the screen."""
        return self._state

    def refresh(self) -> None:
        """Ask how this computer reaches others."""
        self._under_way = 0
        self._set(ConnectionState())
        self.send(AskConnection())

    # ---- the proxy

    def use_proxy(self, *, host: str, port: int, user: str, password: str) -> None:
        """Dial through a proxy from now on, after a restart, too."""
        try:
            proxy = ProxySetting(
                host=host.strip(), port=port, user=user.strip(), password=password
            )
        except SynCohortError as wrong:
            problem = problem_of(wrong.code, wrong.fields)
            self._set(replace(self._state, proxy_problem=problem))
            return
        self._send_proxy(proxy)

    def use_environment(self) -> None:
        """Take the proxy that the environment names; the steward has said so."""
        named = self._state.shown.environment if self._state.shown is not None else ""
        host, _, port = named.rpartition(":")
        if host:
            self.use_proxy(host=host, port=int(port), user="", password="")

    def dial_directly(self) -> None:
        """Use no proxy, and forget its password."""
        self._send_proxy(None)

    def _send_proxy(self, proxy: ProxySetting | None) -> None:
        self._set(replace(self._state, saving=True, proxy_problem=None))
        self.send(SetProxy(proxy=proxy, keep=True))

    # ---- the relay on this computer

    def host(self, port: int) -> None:
        """Start a relay here."""
        if not self._state.hosting and self._state.relay is None:
            self._set(replace(self._state, hosting=True, hosting_problem=None))
            self.send(HostRelay(listen=_EVERYWHERE, port=port))

    def stop_hosting(self) -> None:
        """End the relay here."""
        self._set(replace(self._state, hosting=True, hosting_problem=None))
        self.send(StopRelay())

    # ---- the doctor

    def check(self, subject: Subject) -> None:
        """Let the doctor look; an answer about something else is not shown."""
        self._under_way += 1
        self._set(
            replace(self._state, subject=subject, checking=True, checked=None, check_problem=None)
        )
        self.send(
            CheckConnection(
                meeting=subject.meeting, content=subject.content, study_id=subject.study_id
            )
        )

    # ---- what the worker says

    def receive(self, event: ConnectionEvent) -> None:
        """Take what the worker says."""
        match event:
            case ConnectionShown():
                self._set(replace(self._state, shown=event, saving=False))
            case ConnectionChecked():
                self._checked(event)
            case ProxySet():
                self._set(replace(self._state, saving=False, proxy_problem=None))
            case RelayHosted():
                self._hosted(event.meeting)
            case RelayStopped():
                self._hosted(None)

    def _hosted(self, place: MeetingPoint | None) -> None:
        shown = self._state.shown
        if shown is not None:
            own = place.certificate_sha256 if place is not None else shown.own_relay_sha256
            shown = replace(
                shown, relay=place, own_relay_sha256=own, relay_connections=0, relay_bytes=0
            )
        self._set(replace(self._state, shown=shown, hosting=False, hosting_problem=None))

    def _checked(self, event: ConnectionChecked) -> None:
        self._under_way = max(0, self._under_way - 1)
        if not self._under_way:
            self._set(replace(self._state, checking=False, checked=event))

    def refuse(self, event: Refused) -> None:
        """A wish was refused."""
        problem = problem_of(event.code, event.fields)
        if event.command == SetProxy.__name__:
            self._set(replace(self._state, saving=False, proxy_problem=problem))
        elif event.command == CheckConnection.__name__:
            self._under_way = max(0, self._under_way - 1)
            self._set(replace(self._state, checking=self._under_way > 0, check_problem=problem))
        else:
            problem = hosting_problem(event.code, event.fields)
            self._set(replace(self._state, hosting=False, hosting_problem=problem))

    def _set(self, state: ConnectionState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
