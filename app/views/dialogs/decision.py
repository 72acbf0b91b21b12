"""What all decisions about the ledger share: they wait for the worker, and say its refusal."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.presenters.ledger import LedgerPresenter
from app.presenters.wording import say
from app.views.dialogs.reason import REASON_MAX
from app.views.widgets import (
    Button,
    Check,
    Dialog,
    Light,
    button,
    col,
    comment,
    edit,
    field,
    side,
    toggle_secret,
)
from core.messages.ledger_commands import Consent

NAME_MAX = 80


class DecisionDialog(Dialog):
    """One command: the dialog closes when the worker did it, and else says why not, in place.

    A subclass fills the body, says what is missing and sends the command.
    """

    def __init__(
        self, parent: QWidget, ledger: LedgerPresenter, title: str, *, note: str, width: int = 660
    ) -> None:
        super().__init__(parent, title, note=note, width=width)
        self._ledger = ledger
        self._waiting = False
        self._go: Button | None = None
        self._wrong = Light("fail", "", "label", wrap=True)
        self._wrong.hide()
        ledger.changed.connect(self._follow)

    def missing(self) -> str:
        """Return what is missing, in a few words; empty when nothing is."""
        raise NotImplementedError

    def send(self) -> None:
        """Give the command to the presenter."""
        raise NotImplementedError

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases."""
        return ()

    def finish(self, act: str, stay: str, *, danger: bool = False) -> None:
        """Put the problem line and the buttons below the body.

        Args:
            act: Words of the button that does it.
            stay: Words of the safe way out.
            danger: Whether it cannot be undone; then the default is to stay.
        """
        keep = button(stay, "primary" if danger else "ghost")
        go = button(act, "danger" if danger else "primary")
        self._go = go
        keep.clicked.connect(self.reject)
        go.clicked.connect(self._try)
        self.add(self._wrong)
        if danger:
            self.set_actions(None, go, keep, default=keep)
        else:
            self.set_actions(keep, None, go, default=go)
        self.follow_fields()

    def follow_fields(self) -> None:
        """Allow the button when nothing is missing."""
        if self._go is not None and not self._waiting:
            self._go.set_blocked(self.missing() or None)

    def _try(self) -> None:
        self._waiting = True
        self._wrong.hide()
        if self._go is not None:
            self._go.set_blocked(say("It is being checked and written"))
        self.send()

    def _follow(self) -> None:
        state = self._ledger.state
        if not self._waiting or state.doing:
            return
        self._waiting = False
        if state.refused is None:
            self.accept()
            return
        problem = state.refused
        self._wrong.set_state("fail", f"{problem.text} {problem.remedy}")
        self._wrong.show()
        self.follow_fields()
        self.refit()

    def done(self, result: int) -> None:
        """Leave no passphrase behind."""
        self._ledger.changed.disconnect(self._follow)
        for box in self.secrets():
            box.clear()
        self._ledger.forget_problem()
        super().done(result)


class ConsentFields(QWidget):
    """Two people, each with their own passphrase, and a written reason."""

    changed = Signal()

    def __init__(self, requester: str, approver: str) -> None:
        """Make the fields.

        Args:
            requester: Who asks, as far as it is known.
            approver: The second person, as far as it is known.
        """
        super().__init__()
        self._names = (edit(requester, longest=NAME_MAX), edit(approver, longest=NAME_MAX))
        self._passes = (edit(secret=True), edit(secret=True))
        self._why = comment(say("One sentence"), lines=2)
        self._second = field(say("Second person, who agrees"), self._names[1])
        self._second_pass = field(say("Passphrase of the second person"), self._passes[1])
        shown = Check(say("Show what is typed"))
        self.setLayout(
            col(
                side((field(say("Who asks"), self._names[0]), 1), (self._second, 1)),
                side(
                    (field(say("Passphrase of who asks"), self._passes[0]), 1),
                    (self._second_pass, 1),
                ),
                shown,
                field(
                    say("Reason"),
                    self._why,
                    say("It stays in the ledger for ever, with both names. No patients’ names."),
                ),
                gap="m",
            )
        )
        shown.toggled.connect(self._toggle)
        for box in (*self._names, *self._passes):
            box.textChanged.connect(self._tell)
        self._why.textChanged.connect(self._tell)

    @property
    def passes(self) -> tuple[QLineEdit, ...]:
        """The fields with passphrases."""
        return self._passes

    @property
    def reason(self) -> str:
        """What was written, in one line."""
        return " ".join(self._why.toPlainText().split())[:REASON_MAX]

    @property
    def missing(self) -> str:
        """What is missing, in a few words."""
        first, second = (" ".join(n.text().casefold().split()) for n in self._names)
        if not first or not second:
            return say("Name both people")
        if first == second:
            return say("Two different people are needed")
        if not all(box.text() for box in self._passes):
            return say("Both people type their passphrase")
        if self._passes[0].text() == self._passes[1].text():
            return say("The two passphrases must differ")
        if not self.reason:
            return say("Write the reason first")
        return ""

    def consent(self) -> Consent:
        """Return what was typed."""
        return Consent(
            requester=self._names[0].text().strip(),
            requester_passphrase=self._passes[0].text(),
            approver=self._names[1].text().strip(),
            approver_passphrase=self._passes[1].text(),
            reason=self.reason,
        )

    def _tell(self) -> None:
        first, second = (" ".join(n.text().casefold().split()) for n in self._names)
        same = bool(first) and first == second
        self._second.set_error(say("Name somebody else.") if same else None)
        one, two = (box.text() for box in self._passes)
        self._second_pass.set_error(
            say("Each person has a passphrase of their own.") if one and one == two else None
        )
        self.changed.emit()

    def _toggle(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal
        for box in self._passes:
            toggle_secret(box, shown=shown)
