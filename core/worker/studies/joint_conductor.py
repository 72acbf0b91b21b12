"""The coordinator's conducting of one run: all prepare, all start, all report.

The coordinator decides when, never what: each party starts only the plan that it has signed, that
all have approved, with run certificates that their installations vouched for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import SynCohortError
from core.messages.events import Event, HospitalChanged, RunEnded
from core.messages.lobby import RunSeat
from core.model.plan import Plan
from core.model.study import HospitalState, HospitalView, StudyState
from core.study.rules import was_lost
from core.study.session import StudySession
from core.worker.studies.joint_run import JointRun
from core.worker.studies.remote_member import RemoteMember
from core.worker.together import all_of

#: After the first party has failed, time for the others to notice by themselves, seconds: while
#: they compute with each other, and while they still wait to be connected.
_GRACE_S: Final = 10.0
_PROMPT_S: Final = 1.0
#: After the own run has ended, time for the others to write what came out and to say so, seconds.
_REPORT_S: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conducted:
    """How one run ended.

    Attributes:
        own: Here.
        others: Error codes of the other parties; empty for those that finished.
        lost: Whether a party, a line or the relay was lost: worth another try.
    """

    own: RunEnded
    others: tuple[str, ...]
    lost: bool


class Conductor:
    """Conducts one run. Invariant: every party's outcome is told once."""

    def __init__(
        self, run: JointRun, members: Sequence[RemoteMember], emit: Callable[[Event], None]
    ) -> None:
        """``members`` are the other parties: numbers 1, 2, ... in order."""
        self._run, self._members, self._emit = run, tuple(members), emit

    async def prepare(self, session: StudySession) -> tuple[RunSeat, ...]:
        """Let everybody start a run worker; return all seats, verified.

        Raises:
            SynCohortError: The first refusal; nothing was started.
        """
        plan = session.require_runnable()
        steps: list[Coroutine[Any, Any, RunSeat]] = [self._run.prepare(session)]
        steps += [m.prepare(plan.digest, i) for i, m in enumerate(self._members, start=1)]
        try:
            seats = tuple(await all_of(steps))
            await self._run.accept(session, seats)
        except BaseException:
            await self.call_off(plan.digest)
            raise
        return seats

    async def call_off(self, digest: str) -> None:
        """End what was prepared; nothing was started."""
        self._cancel_others(digest)
        await self._run.put_away()

    async def run(self, plan: Plan, seats: tuple[RunSeat, ...]) -> Conducted:
        """Start everybody and wait for every outcome."""
        own = asyncio.create_task(self._run.start(plan, seats))
        others = [
            asyncio.create_task(self._one(plan, i, m, seats))
            for i, m in enumerate(self._members, start=1)
        ]
        watch = asyncio.create_task(self._end_after_failure(plan, [own, *others]))
        try:
            ended = await asyncio.gather(own, *others)
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        return Conducted(
            own=ended[0],
            others=tuple(e.code for e in ended[1:]),
            lost=any(was_lost(e.code, e.fields) for e in ended),
        )

    async def _one(
        self, plan: Plan, number: int, member: RemoteMember, seats: tuple[RunSeat, ...]
    ) -> RunEnded:
        try:
            ended = await member.start(plan.digest, seats)
        except SynCohortError as wrong:
            ended = RunEnded(
                digest=plan.digest,
                state=StudyState.FAILED,
                spent=True,
                code=wrong.code,
                fields=wrong.fields,
            )
        party = plan.parties[number]
        state = HospitalState.FINISHED
        if ended.code:
            lost = ended.code == "SE401"
            state = HospitalState.LOST if lost else HospitalState.REFUSED
        self._emit(
            HospitalChanged(
                hospital=HospitalView(
                    number=number,
                    name=party.name,
                    has_cohort=party.has_cohort,
                    own=False,
                    state=state,
                    code=ended.code,
                )
            )
        )
        return ended

    async def _end_after_failure(
        self, plan: Plan, tasks: Sequence[asyncio.Task[RunEnded]]
    ) -> None:
        """A party that never connects must not keep the others until their own time is over, and
        one that never says how its run ended must not keep this one for ever.
        """
        own, pending, told = tasks[0], set(tasks), True
        while pending and told and not any(map(_failed, tasks)):
            limit_s = _REPORT_S if own.done() else None
            done, pending = await asyncio.wait(
                pending, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
            )
            told = bool(done)
        if pending and told:
            grace_s = _GRACE_S if self._run.connected else _PROMPT_S
            await asyncio.wait(pending, timeout=grace_s)
            if not all(t.done() for t in tasks):
                self._cancel_others(plan.digest)
                await self._run.cancel()
            await asyncio.wait(tasks, timeout=_REPORT_S)
        for member in self._members:
            member.lost()

    def _cancel_others(self, digest: str) -> None:
        for member in self._members:
            member.cancel(digest)


def _failed(task: asyncio.Task[RunEnded]) -> bool:
    return task.done() and bool(task.cancelled() or task.exception() or task.result().code)
