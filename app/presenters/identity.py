"""Who this hospital is to others: its six words, its key, and the two people who decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from core.messages.events import Refused
from core.messages.identity_commands import (
    AskIdentity,
    BackUpIdentity,
    RenewIdentity,
    RestoreIdentity,
)
from core.messages.study_commands import SetUpApprover
from core.messages.study_events import (
    ApproverSetUp,
    IdentityBackedUp,
    IdentityReplaced,
    IdentityShown,
)

PASSPHRASE_MIN: Final = 12
BACKUP_SUFFIX: Final = ".syncohort-identity"
_CHOOSE: Final = "WO612"
_LOCKED: Final = (_CHOOSE, "WO613", "WO615")
_CHANGES: Final = tuple(c.__name__ for c in (BackUpIdentity, RestoreIdentity, RenewIdentity))


class Need(StrEnum):
    """What the identity needs from its steward."""

    NOTHING = "nothing"
    CHOOSE = "choose"
    UNLOCK = "unlock"
    REPAIR = "repair"
    RENEW_NOW = "renew-now"
    RENEW_SOON = "renew-soon"
    JOIN_AGAIN = "join-again"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityState:
    """What is known about the own identity.

    Attributes:
        shown: Who this installation is; None until the worker answered.
        locked: Whether the key needs a passphrase, because the system has no keyring.
        first: Whether that passphrase is still to be chosen: there is no identity yet.
        why_locked: Why there is a passphrase and no keyring.
        problem: Why the identity is not there.
        saving: Whether a second person is being set up.
        approver_problem: Why the second person was not set up.
        changing: Whether a backup, a restoration or a renewal is under way.
        change_problem: Why the last of them was refused.
        present: Six words of the identity that a restoration would replace; empty otherwise.
        restored: Six words of the backup it would be replaced by.
        backed_up: Name of the backup that was just written.
        replaced: What the last restoration or renewal changed.
    """

    shown: IdentityShown | None = None
    locked: bool = False
    first: bool = False
    why_locked: str = ""
    problem: Problem | None = None
    saving: bool = False
    approver_problem: Problem | None = None
    changing: bool = False
    change_problem: Problem | None = None
    present: str = ""
    restored: str = ""
    backed_up: str = ""
    replaced: IdentityReplaced | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The six words, in order."""
        return tuple(self.shown.words.split()) if self.shown is not None else ()

    @property
    def approver(self) -> str:
        """Name of the second person; empty while there is none."""
        return self.shown.approver if self.shown is not None else ""

    @property
    def need(self) -> Need:
        """What the steward has to do about the identity."""
        if self.shown is None:
            if self.locked:
                return Need.CHOOSE if self.first else Need.UNLOCK
            return Need.NOTHING if self.problem is None else Need.REPAIR
        if self.shown.expired:
            return Need.RENEW_NOW
        if self.shown.lost_studies:
            return Need.JOIN_AGAIN
        return Need.RENEW_SOON if self.shown.due else Need.NOTHING


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

    # ---- backup, restoration, renewal

    def back_up(self, path: str, passphrase: str) -> None:
        """Write the identity into a file."""
        whole = path if path.endswith(BACKUP_SUFFIX) else path + BACKUP_SUFFIX
        self._begin()
        self.send(BackUpIdentity(path=whole, passphrase=passphrase))

    def restore(self, path: str, passphrase: str, *, replacing: bool) -> None:
        """Take the identity of a backup; ``replacing`` once the steward has read what goes."""
        self._begin()
        self.send(RestoreIdentity(path=path, passphrase=passphrase, replace=replacing))

    def renew(self, passphrase: str) -> None:
        """Make a new key."""
        self._begin()
        self.send(RenewIdentity(passphrase=passphrase))

    def forget_change(self) -> None:
        """The dialog is closed, or something else was chosen in it."""
        self._set(
            replace(
                self._state,
                changing=False,
                change_problem=None,
                present="",
                restored="",
                backed_up="",
                replaced=None,
            )
        )

    def _begin(self) -> None:
        self.forget_change()
        self._set(replace(self._state, changing=True))

    # ---- what the worker says

    def receive(
        self, event: IdentityShown | ApproverSetUp | IdentityBackedUp | IdentityReplaced
    ) -> None:
        """Take what the worker says about the identity."""
        state = self._state
        match event:
            case IdentityShown():
                self._set(replace(state, shown=event, locked=False, first=False, problem=None))
            case IdentityBackedUp():
                self._set(replace(state, changing=False, backed_up=event.file_name))
            case IdentityReplaced():
                self._set(replace(state, changing=False, replaced=event, problem=None))
            case ApproverSetUp():
                shown = state.shown
                if shown is not None:
                    shown = replace(shown, approver=event.name)
                self._set(replace(state, shown=shown, saving=False, approver_problem=None))
                self.refresh()

    def refuse(self, event: Refused) -> None:
        """The identity is locked or damaged, or a change of it was refused."""
        problem, fields = problem_of(event.code, event.fields), dict(event.fields)
        state = self._state
        if event.command == SetUpApprover.__name__:
            self._set(replace(state, saving=False, approver_problem=problem))
        elif event.command in _CHANGES:
            self._set(
                replace(
                    state,
                    changing=False,
                    change_problem=problem,
                    present=fields.get("present", ""),
                    restored=fields.get("restored", ""),
                )
            )
        else:
            locked = event.code in _LOCKED
            first = event.code == _CHOOSE or (event.code == "WO613" and state.first)
            why = fields.get("reason", "") if not state.why_locked else state.why_locked
            self._set(replace(state, locked=locked, first=first, why_locked=why, problem=problem))

    def _set(self, state: IdentityState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
