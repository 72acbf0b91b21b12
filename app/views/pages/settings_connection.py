"""Cards of the settings about the way to other hospitals: relay, proxy, a relay of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSpinBox, QWidget

from app.presenters.connection import HOSTED_PORT, ConnectionPresenter, ConnectionState
from app.presenters.wording import say
from app.presenters.wording.connection import password_words, proxy_words, relay_words
from app.settings import PORT_MAX, Settings
from app.theme import current_theme
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Banner,
    Light,
    Pairs,
    announce,
    button,
    card,
    clear,
    col,
    edit,
    field,
    para,
    row,
    side,
)
from app.views.widgets.layout import Item, fill
from core.model.invitation import MeetingPoint

_PROXY_PORT = 8080
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


class RelayCard(QWidget):
    """The relay at which studies that begin here meet."""

    chosen = Signal(str, int, str)
    check_wanted = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._host = edit(settings.relay_host, "relay.example.org", longest=253)
        self._port = port_box(settings.relay_port)
        self._pin = edit(settings.relay_fingerprint, longest=200)
        for box in (self._host, self._pin, self._port):
            box.editingFinished.connect(self._tell)
        hint = say("SHA-256 of its certificate; empty if a public authority vouches for it.")
        self._check = button(say("Check the connection"), "secondary", "link")
        self._check.clicked.connect(self.check_wanted)
        self._pin_field = field(say("Fingerprint"), self._pin, hint)
        self._host.textChanged.connect(self._show)
        self._pin.textChanged.connect(self._show)
        self._show()
        self.setLayout(
            col(
                card(
                    say("Relay"),
                    side(
                        (field(say("Address"), self._host), 3), (field(say("Port"), self._port), 1)
                    ),
                    self._pin_field,
                    row(self._check, None),
                    note=say(
                        "Studies that begin here meet at this relay. It joins connections and "
                        "sees only encrypted bytes. Invitations bring their own."
                    ),
                ),
                gap="none",
            )
        )

    def _show(self) -> None:
        named = bool(self._host.text().strip())
        pin = self._pin.text().replace(":", "").replace(" ", "")
        wrong = say("A fingerprint has 64 digits, 0 to 9 and a to f.")
        bad = bool(pin) and not _SHA256.fullmatch(pin)
        self._pin_field.set_error(wrong if bad else None)
        unnamed = None if named else say("Type the address of a relay first")
        self._check.set_blocked(wrong if bad else unnamed)

    def _tell(self) -> None:
        self.chosen.emit(self._host.text(), self._port.value(), self._pin.text())


class ProxyCard(QWidget):
    """How this computer dials out. Invariant: what the environment names is offered, not taken."""

    check_wanted = Signal()

    def __init__(self, connection: ConnectionPresenter, has_relay: Callable[[], bool]) -> None:
        super().__init__()
        self._connection = connection
        self._has_relay = has_relay
        self._shown: ConnectionState | None = None
        self._filled = False
        self._host = edit("", "proxy.hospital.example", longest=253)
        self._port = port_box(_PROXY_PORT)
        self._user = edit("", longest=200)
        self._pass = edit(secret=True)
        self._pass_field = field(say("Password"), self._pass)
        self._now = Light("busy", say("One moment"), "caption", wrap=True)
        self._offer = col(gap="s")
        self._use = button(say("Use this proxy"), "secondary")
        self._none = button(say("Dial directly"), "ghost")
        self._check = button(say("Check with this proxy"), "secondary", "link")
        self._use.clicked.connect(self._set)
        self._none.clicked.connect(self._unset)
        self._check.clicked.connect(self.check_wanted)
        self._host.textChanged.connect(self._block)
        self.setLayout(
            col(
                card(
                    say("Proxy"),
                    self._now,
                    self._offer,
                    side(
                        (field(say("Address of the proxy"), self._host), 3),
                        (field(say("Port of the proxy"), self._port), 1),
                    ),
                    side((field(say("User name"), self._user), 1), (self._pass_field, 1)),
                    row(self._use, self._none, None),
                    row(self._check, None),
                    note=say(
                        "Only if this hospital lets computers out through a proxy. Without a "
                        "login or with user name and password (Basic); for NTLM or Kerberos, ask "
                        "the IT department for an exception or a local proxy such as Px or Cntlm."
                    ),
                ),
                gap="none",
            )
        )
        connection.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter; what is being typed stays."""
        state = self._connection.state
        if state == self._shown:
            return
        self._shown = state
        shown = state.shown
        if shown is not None:
            lacks = bool(shown.proxy_user and not shown.has_password)
            self._now.set_state("warn" if lacks else "ok", proxy_words(shown))
            self._pass_field.set_hint(password_words(shown))
            if not self._filled:
                self._filled = True
                self._host.setText(shown.proxy_host)
                self._port.setValue(shown.proxy_port or _PROXY_PORT)
                self._user.setText(shown.proxy_user)
        clear(self._offer)
        fill(self._offer, self._offers(state), "s")
        self._block()

    def _offers(self, state: ConnectionState) -> tuple[Item, ...]:
        items: list[Item] = []
        if state.proxy_problem is not None:
            items.append(problem_banner(state.proxy_problem))
        shown = state.shown
        if shown is not None and shown.environment and not shown.proxy_host:
            take = button(say("Use it"), "secondary")
            take.clicked.connect(self._take_environment)
            items.append(
                Banner(
                    "accent",
                    say("This computer names a proxy: {place}", place=shown.environment),
                    ("", say("It is not used unless you say so.")),
                    actions=(take,),
                )
            )
        return tuple(items)

    def follow_relay(self) -> None:
        """The relay of the settings is another one."""
        self._block()

    def _block(self) -> None:
        state = self._connection.state
        busy = say("One moment") if state.saving or state.shown is None else None
        named = None if self._host.text().strip() else say("Type the address of the proxy first")
        self._use.set_blocked(busy or named)
        direct = state.shown is not None and not state.shown.proxy_host
        self._none.set_blocked(busy or (say("No proxy is used") if direct else None))
        somewhere = self._has_relay() or state.relay is not None
        self._check.set_blocked(None if somewhere else say("Type the address of a relay first"))

    def _set(self) -> None:
        self._connection.use_proxy(
            host=self._host.text(),
            port=self._port.value(),
            user=self._user.text(),
            password=self._pass.text(),
        )
        self._pass.clear()

    def _take_environment(self) -> None:
        self._filled = False  # then the fields show what is used
        self._connection.use_environment()

    def _unset(self) -> None:
        for box in (self._host, self._user, self._pass):
            box.clear()
        self._connection.dial_directly()


class HostCard(QWidget):
    """A relay on this computer, for hospitals of one network."""

    port_chosen = Signal(int)
    stop_wanted = Signal()

    def __init__(self, connection: ConnectionPresenter, port: int) -> None:
        super().__init__()
        self._connection = connection
        self._shape: tuple[object, ...] | None = None
        self._facts: Pairs | None = None
        self._port = port_box(port or HOSTED_PORT)
        self._body = col(gap="m")
        self.setLayout(
            col(
                card(
                    say("A relay on this computer"),
                    self._body,
                    note=say(
                        "For hospitals that can reach this computer, such as within one network: "
                        "they meet here and no server is needed. It sees only encrypted bytes."
                    ),
                ),
                gap="none",
            )
        )
        connection.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter; counts change in place."""
        state = self._connection.state
        shape = (state.relay, state.hosting, state.hosting_problem, state.shown is None)
        if shape != self._shape:
            self._shape = shape
            self._port.setParent(None)
            clear(self._body)
            fill(self._body, self._picture(state), "m")
        if self._facts is not None and state.shown is not None and state.relay is not None:
            self._facts.set_value(say("Now"), relay_words(state.shown))

    def _picture(self, state: ConnectionState) -> tuple[Item, ...]:
        self._facts = None
        items: list[Item] = []
        if state.hosting_problem is not None:
            items.append(problem_banner(state.hosting_problem))
        if state.relay is not None and state.shown is not None:
            return (*items, *self._running(state.relay, relay_words(state.shown), state))
        start = button(say("Start the relay"), "secondary", "computer")
        start.clicked.connect(self._start)
        waits = state.hosting or state.shown is None
        start.set_blocked(say("One moment") if waits else None)
        light = Light("busy", say("Starting"), "caption") if state.hosting else None
        port = field(
            say("Port of this computer"), self._port, say("The firewall has to let it in.")
        )
        return (*items, side((port, 2), (col(22, row(start, light, None), None), 3)))

    def _running(self, place: MeetingPoint, now: str, state: ConnectionState) -> tuple[Item, ...]:
        address = f"{place.host}:{place.port}"
        key = place.certificate_sha256
        spaced = " ".join(key[at : at + 4] for at in range(0, 32, 4)) + " …"
        self._facts = Pairs(
            (say("Others dial"), address), (say("Fingerprint"), spaced), (say("Now"), now)
        )
        copy = button(say("Copy address and fingerprint"), "secondary", "copy")
        copy.clicked.connect(self._copy)
        stop = button(say("Stop the relay"), "danger", "stop")
        stop.clicked.connect(self.stop_wanted)
        stop.set_blocked(say("One moment") if state.hosting else None)
        return (
            Light("ok", say("The relay runs until SynCohort is closed."), "label", wrap=True),
            self._facts,
            para(
                say(
                    "Invitations to studies that meet here carry address and fingerprint by "
                    "themselves."
                )
            ),
            row(copy, None),
            row(stop, None),
        )

    def _start(self) -> None:
        self.port_chosen.emit(self._port.value())
        self._connection.host(self._port.value())

    def _copy(self) -> None:
        place = self._connection.state.relay
        if place is not None:
            words = f"{place.host}:{place.port}\nSHA-256 {place.certificate_sha256}"
            QGuiApplication.clipboard().setText(words)
            announce(self, say("Copied"))


def port_box(value: int) -> QSpinBox:
    """Return a box for a TCP port."""
    box = QSpinBox()
    box.setRange(1, PORT_MAX)
    box.setValue(value)
    # NB: QSpinBox.NoButtons leaves the inner field one pixel wide under a style sheet.
    box.lineEdit().setTextMargins(10, 0, 10, 0)
    box.setMinimumWidth(current_theme().size(96))
    return box
