"""Who this hospital is to others: its six words, and the two people who decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from core.messages.events import Refused
from core.messages.study_commands import AskIdentity, SetUpApprover
from core.messages.study_events import ApproverSetUp, IdentityShown

PASSPHRASE_MIN: Final = 12
_LOCKED: Final = ("WO612", "WO613")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityState:
    """What is known about the own identity.

    Attributes:
        shown: Who this installation is; None until the worker answered.
        locked: Whether the key needs a passphrase, because the system has no keyring.
        problem: Why the identity is not there.
        saving: Whether a second person is being set up.
        approver_problem: Why the second person was not set up.
    """

    shown: IdentityShown | None = None
    locked: bool = False
    problem: Problem | None = None
    saving: bool = False
    approver_problem: Problem | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The six words, in order."""
        return tuple(self.shown.words.split()) if self.shown is not None else ()

    @property
    def approver(self) -> str:
        """Name of the second person; empty while there is none."""
        return self.shown.approver if self.shown is not None else ""


class IdentityPresenter(Presenter):
    """Invariant: a passphrase goes into a command and is kept nowhere here."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = IdentityState()

    @property
    def state(self) -> IdentityState:
        """What is on the screen."""
        return self._state

    def refresh(self) -> None:
        """Ask who this hospital is."""
        self.send(AskIdentity(passphrase=""))

    def unlock(self, passphrase: str) -> None:
        """Open the key, or make it, with a passphrase."""
        self._set(replace(self._state, problem=None))
        self.send(AskIdentity(passphrase=passphrase))

    def set_approver(self, *, name: str, steward: str, passphrase: str, old: str) -> None:
        """Name the second person."""
        self._set(replace(self._state, saving=True, approver_problem=None))
        self.send(
            SetUpApprover(
                name=name.strip(),
                passphrase=passphrase,
                steward=steward.strip(),
                old_passphrase=old,
            )
        )

    def forget_problem(self) -> None:
        """The dialog with the problem is closed."""
        self._set(replace(self._state, saving=False, approver_problem=None))

    def receive(self, event: IdentityShown | ApproverSetUp) -> None:
        """Take what the worker says about the identity."""
        if isinstance(event, IdentityShown):
            self._set(replace(self._state, shown=event, locked=False, problem=None))
            return
        shown = self._state.shown
        if shown is not None:
            shown = replace(shown, approver=event.name)
        self._set(replace(self._state, shown=shown, saving=False, approver_problem=None))
        self.refresh()

    def refuse(self, event: Refused) -> None:
        """The identity is locked or damaged, or the second person was not set up."""
        problem = problem_of(event.code, event.fields)
        if event.command == SetUpApprover.__name__:
            self._set(replace(self._state, saving=False, approver_problem=problem))
        else:
            locked = event.code in _LOCKED
            self._set(replace(self._state, locked=locked, problem=problem))

    def _set(self, state: IdentityState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
