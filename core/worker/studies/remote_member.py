"""A joiner of a study as its coordinator sees it: one line, and what is awaited on it."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from core.errors import SessionError, StudyError
from core.messages.events import RunEnded
from core.messages.lobby import (
    CancelAsked,
    EndorsementsShown,
    PlanProposed,
    RosterShown,
    RunPrepareAsked,
    RunPrepared,
    RunReported,
    RunSeat,
    StartAsked,
)
from core.model.study import StudyState
from core.worker.lines.lobby_line import LobbyLine

T = TypeVar("T")
_UNKNOWN = "Its own ledger says what it has spent."
PREPARE_S = 60.0


class RemoteMember:
    """Talks to one joiner over one line. Invariant: after ``lost`` nothing is awaited any more."""

    def __init__(self, line: LobbyLine, slot: str) -> None:
        """Take over an authenticated line."""
        self.line = line
        self.slot = slot
        self.name = "a hospital"
        self.joined = False
        self._roster: RosterShown | None = None
        self._endorsements: EndorsementsShown | None = None
        self._prepared: asyncio.Future[RunPrepared] | None = None
        self._reported: asyncio.Future[RunReported] | None = None
        self._over = False

    @property
    def key(self) -> str:
        """SHA-256 of its certificate."""
        return self.line.peer_key

    def show(
        self,
        roster: RosterShown,
        plan: PlanProposed | None,
        endorsements: EndorsementsShown | None,
    ) -> None:
        """Say what it does not know yet."""
        if roster != self._roster:
            self.line.say(roster)
            if plan is not None and (
                self._roster is None or self._roster.plan_digest != roster.plan_digest
            ):
                self.line.say(plan)
            self._roster = roster
        if endorsements is not None and endorsements != self._endorsements:
            self.line.say(endorsements)
            self._endorsements = endorsements

    async def prepare(self, digest: str, number: int) -> RunSeat:
        """Let it start its run worker.

        Raises:
            SessionError: SE401 if its line ends or it does not answer in time.
            StudyError: ST708 if it says that it cannot run this plan.
        """
        self._require_line()
        self._prepared = asyncio.get_running_loop().create_future()
        self.line.say(RunPrepareAsked(digest=digest))
        try:
            ready = await asyncio.wait_for(self._prepared, PREPARE_S)
        except TimeoutError:
            raise self._gone() from None
        return RunSeat(
            number=number,
            route=ready.route,
            certificate_pem=ready.certificate_pem,
            voucher=ready.voucher,
        )

    async def start(self, digest: str, seats: tuple[RunSeat, ...]) -> RunEnded:
        """Let it run, and return how it ended.

        Raises:
            SessionError: SE401 if its line ends before it has said so.
        """
        self._require_line()
        self._reported = asyncio.get_running_loop().create_future()
        self.line.say(StartAsked(digest=digest, peers=seats))
        said = await self._reported
        known = {s.value for s in StudyState}
        return RunEnded(
            digest=digest,
            state=StudyState(said.state) if said.state in known else StudyState.FAILED,
            spent=said.spent,
            code=said.code,
            fields=(),
        )

    def cancel(self, digest: str) -> None:
        """Let it end its part of the run."""
        self.line.say(CancelAsked(digest=digest))

    # ---- what it says

    def has_prepared(self, word: RunPrepared) -> None:
        """Its run worker is there."""
        _settle(self._prepared, word)

    def has_reported(self, word: RunReported) -> None:
        """Its run ended, or it could not start."""
        _settle(self._reported, word)
        if self._prepared is not None and not self._prepared.done():
            self._prepared.set_exception(
                StudyError("ST708", party=self.name, what=f"prepared ({word.code[:5]})")
            )

    def ended(self) -> None:
        """The line ended."""
        self._over = True
        self.lost()

    def lost(self) -> None:
        """The line ended, or it never said how its run ended."""
        for future in (self._prepared, self._reported):
            if future is not None and not future.done():
                future.set_exception(self._gone())
                future.exception()  # whoever waits gets it; nobody else needs to

    def _require_line(self) -> None:
        """Refuse to wait for an answer that cannot come."""
        if self._over:
            raise self._gone()

    def _gone(self) -> SessionError:
        return SessionError("SE401", party=self.name, spent=_UNKNOWN)


def _settle(future: asyncio.Future[T] | None, value: T) -> None:
    if future is not None and not future.done():
        future.set_result(value)
