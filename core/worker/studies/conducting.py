"""The coordinator's runs of one study: the first, and those that go on where it stopped.

Nothing is decided here about shares or the cap: a run that goes on is the same plan, and what it
does with each stage is agreed between the parties (core/protocol/continuing.py). A run that ended
because a party, a line or the relay was lost is worth another try as soon as all are back; any
other end waits for a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from core.errors import SessionError, StudyError
from core.messages.events import Event
from core.messages.study_events import ContinuationAwaited
from core.model.lobby import Phase
from core.worker.studies.joint_conductor import Conductor
from core.worker.studies.joint_run import JointRun
from core.worker.studies.lobby_host import LobbyHost

#: Runs that begin by themselves after one that a person began.
MOST_BY_ITSELF: Final = 3
_LOOK_S: Final = 0.25


class Conducting:
    """Conducts the runs of the studies that this installation coordinates.

    Invariant: at most one run of a study is conducted, or waited for, at a time.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        """Start with none; ``emit`` gets what happens."""
        self._emit = emit
        self._under_way: set[str] = set()

    async def conduct(self, host: LobbyHost, run: JointRun, patience_s: float) -> None:
        """Run the approved plan, and go on by itself when it was interrupted by a loss.

        Args:
            host: The study's lobby.
            run: This hospital's part in its runs.
            patience_s: Longest wait for everybody to be back, seconds.

        Raises:
            SynCohortError: Why the first run did not start; nothing is spent by that.
        """
        study_id = host.session.study_id
        if study_id in self._under_way or host.session.over:
            reason = "it is over" if host.session.over else "it continues by itself"
            raise StudyError("ST705", phase=host.session.stage.value, reason=reason)
        self._under_way.add(study_id)
        try:
            lost = await self._once(host, run)
            attempt = 1
            while lost and await self._all_back(host, patience_s, attempt):
                try:
                    lost = await self._once(host, run)
                except (SessionError, StudyError):  # somebody went again before it began
                    lost = host.session.phase is Phase.INTERRUPTED
                attempt += 1
        finally:
            self._under_way.discard(study_id)

    async def _once(self, host: LobbyHost, run: JointRun) -> bool:
        """Conduct one run; return whether it is worth another try."""
        session = host.session
        plan = session.require_runnable()
        conductor = Conductor(run, host.members, self._emit)
        seats = await conductor.prepare(session)
        try:
            host.change(session.running())
        except BaseException:
            await conductor.call_off(plan.digest)
            raise
        found = await conductor.run(plan, seats)
        own = found.own
        try:
            host.change(host.session.ran(code=own.code, spent=own.spent, others=found.others))
        finally:  # also when the disk is full
            self._emit(own)
            host.show_held()
        return found.lost and host.session.phase is Phase.INTERRUPTED

    async def _all_back(self, host: LobbyHost, patience_s: float, attempt: int) -> bool:
        """Wait until every party has a line again; return whether it came to that in time."""
        if attempt > MOST_BY_ITSELF or patience_s <= 0:
            return False
        loop = asyncio.get_running_loop()
        end = loop.time() + patience_s
        told: tuple[str, ...] | None = None
        while True:
            if host.session.phase is not Phase.INTERRUPTED:
                return False  # a person decided otherwise
            missing = tuple(n for kind, n in host.view().waiting_for if kind == "online")
            left = max(0.0, end - loop.time())
            if missing != told or not left:
                told = missing
                self._emit(
                    ContinuationAwaited(
                        study_id=host.session.study_id,
                        waiting_for=missing if left else (),
                        seconds=left,
                        attempt=attempt,
                        most=MOST_BY_ITSELF,
                    )
                )
            if not missing or not left:
                return not missing
            await asyncio.sleep(min(_LOOK_S, left))
