"""A hospital without a window: the same worker, asked by a program instead of a steward."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core import __version__
from core.errors import SessionError, SynCohortError, WorkerError
from core.messages.commands import Command, Introduce
from core.messages.events import Event, Refused, StageProgressed
from core.messages.identity_commands import AskIdentity
from core.messages.study_commands import ListLobbies
from core.messages.study_events import IdentityShown, LobbiesListed, LobbyChanged
from core.model.lobby import LobbyView
from core.worker.clock import SystemClock
from core.worker.home import Home
from core.worker.hospital import Hospital

E = TypeVar("E")


class HeadlessHospital:
    """Owns one hospital in this process. Invariant: a refused command raises its error."""

    def __init__(self, home: Path, on_event: Callable[[Event], None]) -> None:
        """Work in ``home``; ``on_event`` gets everything that the hospital says."""
        self._on_event = on_event
        self._events: list[Event] = []
        self._all: list[Event] = []
        self._changed = asyncio.Event()
        self._refusals: list[Refused] = []
        self._views: dict[str, LobbyView] = {}
        self._hospital = Hospital(
            home=Home(home, rehearsal=False), emit=self._take, clock=SystemClock()
        )

    def _take(self, event: Event) -> None:
        match event:
            case Refused():
                self._refusals.append(event)
            case LobbyChanged():
                self._views[event.lobby.study_id] = event.lobby
            case StageProgressed():
                pass
            case _:
                self._all.append(event)
        self._events.append(event)
        self._changed.set()
        self._on_event(event)

    async def open(self, name: str, passphrase: str) -> IdentityShown:
        """Introduce the hospital and open its identity."""
        await self.ask(Introduce(hospital=name, app_version=__version__))
        return await self.answer(AskIdentity(passphrase=passphrase), IdentityShown)

    async def close(self) -> None:
        """End what is under way."""
        await self._hospital.close()

    async def ask(self, command: Command) -> None:
        """Do one command.

        Raises:
            SynCohortError: Its refusal.
        """
        self._refusals.clear()
        await self._hospital.perform(command)
        for refused in self._refusals:
            if refused.command == type(command).__name__:
                raise SynCohortError.from_code(refused.code, refused.fields)

    async def answer(self, command: Command, kind: type[E]) -> E:
        """Do one command and return its answer."""
        self._events.clear()
        await self.ask(command)
        for event in self._events:
            if isinstance(event, kind):
                return event
        raise WorkerError("WO602", status="no answer")

    async def view(self, study_id: str) -> LobbyView:
        """Return where a study stands; an empty ``study_id`` means the only one.

        Raises:
            WorkerError: WO605 if it must be named.
        """
        listed = await self.views()
        found = [v for v in listed if study_id in ("", v.study_id)]
        if len(found) != 1:
            raise WorkerError("WO605", reason=f"--study must name one of {len(listed)} studies")
        self._views[found[0].study_id] = found[0]
        return found[0]

    async def until(
        self, study_id: str, met: Callable[[LobbyView], bool], timeout_s: float
    ) -> LobbyView:
        """Wait until a study's view is as wanted, or the study is over.

        Raises:
            SynCohortError: What this hospital refused meanwhile.
            SessionError: SE402 if it does not come to that in time.
        """
        end = asyncio.get_running_loop().time() + timeout_s
        while not (study_id in self._views and met(self._views[study_id])):
            self._changed.clear()
            for refused in self._refusals:
                raise SynCohortError.from_code(refused.code, refused.fields)
            left = end - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, left))
            except TimeoutError:
                view = self._views.get(study_id)
                missing = " and ".join(n for _, n in view.waiting_for if n) if view else ""
                raise SessionError(
                    "SE402",
                    party=missing or "The coordinator",
                    seconds=f"{timeout_s:g}",
                    spent="Nothing is spent.",
                ) from None
        return self._views[study_id]

    async def heard(self, kind: type[E], timeout_s: float) -> E | None:
        """Return the last event of a kind, waiting a while for the first; None if none came."""
        end = asyncio.get_running_loop().time() + timeout_s
        while (found := self.last(kind)) is None:
            self._changed.clear()
            left = end - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, left))
            except TimeoutError:
                return None
        return found

    async def views(self) -> tuple[LobbyView, ...]:
        """Return where all studies stand."""
        return (await self.answer(ListLobbies(), LobbiesListed)).lobbies

    def last(self, kind: type[E]) -> E | None:
        """Return the last event of a kind."""
        for event in reversed(self._all):
            if isinstance(event, kind):
                return event
        return None
