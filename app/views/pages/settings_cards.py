"""Cards of the settings about studies with other hospitals: identity, people, relay."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from app.presenters.identity import PASSPHRASE_MIN, IdentityState
from app.presenters.wording import say
from app.settings import PORT_MAX, Settings
from app.theme import current_theme
from app.views.pages.step import problem_banner
from app.views.widgets import (
    Light,
    Pairs,
    Skeleton,
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
from app.views.widgets.layout import Item


class IdentityCard(QWidget):
    """Six words that other hospitals hear on the telephone."""

    unlock_wanted = Signal(str)

    def __init__(self, state: IdentityState) -> None:
        super().__init__()
        items: list[Item] = []
        if state.shown is not None:
            items.append(text(" · ".join(state.words), "strong", wrap=True))
            kept = (
                say("the keyring of this computer")
                if state.shown.in_keyring
                else say("a file, encrypted under the passphrase")
            )
            key = state.shown.certificate_sha256
            spaced = " ".join(key[at : at + 4] for at in range(0, 32, 4))
            items.append(Pairs((say("Key is kept in"), kept), (say("Fingerprint"), spaced + " …")))
        elif state.locked:
            items += self._locked(state)
        elif state.problem is not None:
            items.append(problem_banner(state.problem))
        else:
            items.append(Skeleton(2))
        note = say("Other hospitals hear these words by telephone and know that it is you.")
        self.setLayout(col(card(say("Your six words"), *items, note=note), gap="none"))

    def _locked(self, state: IdentityState) -> list[Item]:
        why = say(
            "This computer has no keyring, so the key of this hospital is kept in a file that "
            "only a passphrase opens. Choose it at the first time; it is asked at every start."
        )
        self._pass = edit(secret=True)
        wrong = state.problem.text if state.problem and state.problem.code != "WO612" else None
        hint = say("At least {n} characters.", n=PASSPHRASE_MIN)
        self._go = button(say("Open the identity"), "secondary", "lock")
        self._go.set_blocked(say("Type the passphrase first"))
        self._pass.textChanged.connect(self._show)
        self._go.clicked.connect(self._unlock)
        box = field(say("Passphrase of this hospital"), self._pass, hint, wrong)
        return [text(why, "muted", wrap=True), box, row(self._go, None)]

    def _show(self, typed: str) -> None:
        self._go.set_blocked(None if typed else say("Type the passphrase first"))

    def _unlock(self) -> None:
        self.unlock_wanted.emit(self._pass.text())


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
