"""Handing a release on: what is in it, for whom, and whether the second person has agreed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.results import ResultsPresenter
from app.presenters.wording import Problem, problem_of
from core.errors import WorkerError
from core.messages.events import Event, Refused
from core.messages.release_commands import ApproveRelease, DropRelease, PrepareRelease
from core.messages.release_events import (
    ReleaseEvent,
    ReleaseHandedOn,
    ReleasePrepared,
    ReleaseSignedByAll,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseState:
    """Where handing on stands.

    Attributes:
        wish: What was asked for last; None before.
        preparing: Whether the package is being put together.
        prepared: What waits for the second person; None if nothing does.
        approving: Whether the passphrase is being checked, or files are written.
        handed_on: What was written last; None before.
        folder: Name of the folder it lies in, without the way to it.
        problem: Why it could not be put together.
        approval_problem: Why it was not approved.
    """

    wish: PrepareRelease | None = None
    preparing: bool = False
    prepared: ReleasePrepared | None = None
    approving: bool = False
    handed_on: ReleaseHandedOn | None = None
    folder: str = ""
    problem: Problem | None = None
    approval_problem: Problem | None = None


class ReleasePresenter(Presenter):
    """Invariant: what can be approved is what was asked for last."""

    def __init__(self, link: Link, results: ResultsPresenter) -> None:
        """Hand on what ``results`` shows."""
        super().__init__(link, results)
        self._results = results
        self._state = ReleaseState()
        results.changed.connect(self._follow)
        link.told.connect(self._hear)
        link.ended.connect(self._abandon)

    @property
    def state(self) -> ReleaseState:
        """What is on the screen."""
        return self._state

    def prepare(self, wish: PrepareRelease) -> None:
        """Put a package together; cancels one that waits."""
        self._set(ReleaseState(wish=wish, preparing=True, folder=Path(wish.folder).name))
        self.send(wish)

    def approve(self, *, requester: str, approver: str, passphrase: str, reason: str) -> None:
        """Let the second person agree to what waits."""
        prepared = self._state.prepared
        if prepared is None or self._state.approving:
            return
        self._set(replace(self._state, approving=True, approval_problem=None))
        self.send(
            ApproveRelease(
                digest=prepared.digest,
                contents=prepared.contents,
                requester=requester,
                approver=approver,
                passphrase=passphrase,
                reason=reason,
            )
        )

    def drop(self) -> None:
        """Cancel what waits; nothing was handed on."""
        prepared, wish = self._state.prepared, self._state.wish
        if wish is not None and (prepared is not None or self._state.preparing):
            self.send(DropRelease(digest=wish.digest))
        self._set(ReleaseState(handed_on=self._state.handed_on, folder=self._state.folder))

    def _follow(self) -> None:
        """Show nothing of a release that is not on the screen any more."""
        wish = self._state.wish
        if wish is not None and wish.digest != self._results.state.digest:
            self._set(ReleaseState())

    def _abandon(self, error: WorkerError) -> None:
        """The worker is gone: what was awaited does not come."""
        if self._state.preparing or self._state.approving:
            self._set(ReleaseState(problem=problem_of(error.code, error.fields)))

    def _hear(self, event: Event) -> None:
        if isinstance(event, ReleaseEvent):
            self.receive(event)
        elif isinstance(event, Refused):
            self.refuse(event)

    def receive(self, event: ReleaseEvent) -> None:
        """Take what the worker says, if it is about what was asked for."""
        wish = self._state.wish
        if wish is None or event.digest != wish.digest:
            return
        match event:
            case ReleasePrepared():
                self._set(replace(self._state, preparing=False, prepared=event))
            case ReleaseSignedByAll():
                pass  # the next package holds the signatures
            case ReleaseHandedOn():
                folder = self._state.folder
                self._set(ReleaseState(wish=wish, handed_on=event, folder=folder))
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """It was not put together, or not approved."""
        problem = problem_of(event.code, event.fields)
        if event.command == PrepareRelease.__name__:
            self._set(replace(self._state, preparing=False, problem=problem))
        elif event.command == ApproveRelease.__name__:
            self._set(replace(self._state, approving=False, approval_problem=problem))

    def _set(self, state: ReleaseState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
