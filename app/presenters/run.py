"""Step 4: the joint computation, as measured: named stages, counts, bytes, time left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, assert_never

from PySide6.QtCore import QObject, QTimer

from app.link import Link
from app.presenters.parties import after_failure, with_hospital
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, predicted_cost, problem_of
from core.messages.commands import CancelRun
from core.messages.events import (
    HospitalChanged,
    Refused,
    ReleaseWritten,
    RunContinued,
    RunEnded,
    RunStarted,
    SpendRecorded,
    StageFinished,
    StageProgressed,
    StageStarted,
)
from core.model.plan import Plan
from core.model.release import Release
from core.model.study import HospitalState, HospitalView, StudyState

OwnEvent = (
    RunStarted
    | SpendRecorded
    | StageStarted
    | StageProgressed
    | StageFinished
    | ReleaseWritten
    | RunEnded
    | RunContinued
)
RunEvent = HospitalChanged | OwnEvent
STEPS: Final = ("share", "noise", "open")
#: Noise of one's own is in the totals before they are shared.
OWN_NOISE_STEPS: Final = ("noise", "share", "open")
OVERDUE: Final = 2.0
TICK_MS: Final = 1000


class RunPhase(StrEnum):
    """Which of the step's pictures is on the screen."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageState:
    """One stage as measured.

    Attributes:
        name: Key in the recipe.
        values: Totals in it.
        bits: Secret random bits that make the noise of one total; 0 where every party adds noise
            of its own.
        state: ``idle``, ``busy``, ``ok`` or ``fail``.
        step: Step that is under way.
        done: Values finished in it.
        total: Values of it.
        seconds: It took, once it is done.
        kept: Whether an earlier run opened it.
        bytes_sent: In it, once it is done.
    """

    name: str
    values: int
    bits: int = 1
    state: str = "idle"
    step: str = ""
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    bytes_sent: int = 0
    kept: bool = False

    @property
    def opened(self) -> int:
        """Noisy totals that are open to all hospitals."""
        if self.state == "ok":
            return self.values
        return self.done if self.step == "open" else 0

    @property
    def own_noise(self) -> bool:
        """Whether every party adds noise of its own, instead of all drawing it together."""
        return self.bits == 0

    @property
    def steps(self) -> tuple[str, str, str]:
        """The steps in their order."""
        return OWN_NOISE_STEPS if self.own_noise else STEPS

    @property
    def computed(self) -> bool:
        """Whether this computer has done its part; the opening needs all hospitals."""
        whole = self.step == self.steps[1] and 0 < self.total <= self.done
        return self.state == "ok" or self.step == "open" or whole

    @property
    def shared(self) -> int:
        """Totals whose shares have left."""
        if self.state == "ok":
            return self.values
        if self.step == "share":
            return self.done
        later = self.step in self.steps[self.steps.index("share") :]
        return self.values if later else 0

    @property
    def work(self) -> tuple[int, int, int]:
        """Numbers to be made in each step, in their order: shares, for the noise, openings."""
        return self.values, self.values * max(1, self.bits), self.values

    @property
    def work_done(self) -> float:
        """Numbers made so far, over all steps."""
        if self.state == "ok":
            return float(sum(self.work))
        if self.step not in STEPS or self.total <= 0:
            return 0.0
        at = self.steps.index(self.step)
        return sum(self.work[:at]) + self.work[at] * min(1.0, self.done / self.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What is known about the run.

    Attributes:
        phase: Picture on the screen.
        digest: Of the plan.
        started: Seconds since the epoch.
        now: Same, of the last second.
        ended: Same; 0 while it runs.
        stages: In order.
        hospitals: By number.
        bytes_sent: By this computer in the session.
        bytes_received: Same, received.
        seconds_left: Estimated from measured speed; negative while unknown.
        predicted_s: The joint computation as predicted from the plan; 0 without one.
        expected_s: Whole run as first estimated; 0 while unknown.
        units: Durably spent; 0 before.
        spent: Whether the units count as spent.
        release: What was written.
        continued: What of earlier runs this one goes on with, if it does.
        problem: Why it ended early.
    """

    phase: RunPhase = RunPhase.WAITING
    digest: str = ""
    started: float = 0.0
    now: float = 0.0
    ended: float = 0.0
    stages: tuple[StageState, ...] = ()
    hospitals: tuple[HospitalView, ...] = ()
    bytes_sent: int = 0
    bytes_received: int = 0
    seconds_left: float = -1.0
    predicted_s: float = 0.0
    expected_s: float = 0.0
    units: float = 0.0
    spent: bool = False
    release: Release | None = None
    continued: RunContinued | None = None
    problem: Problem | None = None

    @property
    def active(self) -> bool:
        """Whether something is being computed."""
        return self.phase in (RunPhase.RUNNING, RunPhase.CANCELLING)

    @property
    def over(self) -> bool:
        """Whether it came to an end, good or bad."""
        return self.phase in (RunPhase.FINISHED, RunPhase.FAILED, RunPhase.CANCELLED)

    @property
    def fraction(self) -> float:
        """Numbers shared, drawn for the noise and opened, of all there are to be; 0 to 1."""
        if self.phase is RunPhase.FINISHED:
            return 1.0
        whole = sum(sum(s.work) for s in self.stages)
        return sum(s.work_done for s in self.stages) / whole if whole else 0.0

    @property
    def current(self) -> StageState | None:
        """The stage that is under way."""
        return next((s for s in self.stages if s.state in ("busy", "fail")), None)

    @property
    def opened(self) -> int:
        """Noisy totals that are open to all hospitals."""
        return sum(s.opened for s in self.stages)

    @property
    def overdue(self) -> bool:
        """Whether it takes more than twice as long as first estimated."""
        return self.expected_s > 0 and self.now - self.started > OVERDUE * self.expected_s


class RunPresenter(Presenter):
    """Invariant: events of another study change nothing."""

    def __init__(
        self, link: Link, clock: Callable[[], float], parent: QObject | None = None
    ) -> None:
        """Wait for a run.

        Args:
            link: To the worker.
            clock: Seconds since the epoch.
            parent: Owner.
        """
        super().__init__(link, parent)
        self._clock = clock
        self._bits: dict[str, int] = {}
        self._state = RunState()
        self._ticker = QTimer(self)
        self._ticker.setInterval(TICK_MS)
        self._ticker.timeout.connect(self._tick)

    @property
    def state(self) -> RunState:
        """What is on the screen."""
        return self._state

    def expect(self, digest: str, plan: Plan | None, hospitals: tuple[HospitalView, ...]) -> None:
        """Wait for the run of an approved plan."""
        now = self._clock()
        self._ticker.stop()
        self._bits = {s.name: s.noise.bits for s in plan.stages} if plan is not None else {}
        predicted_s = predicted_cost(plan).seconds if plan is not None else 0.0
        self._set(
            RunState(
                digest=digest,
                hospitals=hospitals,
                started=now,
                now=now,
                predicted_s=predicted_s,
            )
        )

    def reset(self) -> None:
        """Forget a run that is over."""
        if not self._state.active:
            self._ticker.stop()
            self._set(RunState())

    def cancel(self) -> None:
        """Stop the run everywhere."""
        if self._state.phase is RunPhase.RUNNING:
            self._set(replace(self._state, phase=RunPhase.CANCELLING))
            self.send(CancelRun())

    def abandon(self, problem: Problem) -> None:
        """The worker is gone: whatever ran has ended."""
        if self._state.active or (self._state.phase is RunPhase.WAITING and self._state.digest):
            self._end(replace(self._state, phase=RunPhase.FAILED, problem=problem))

    def receive(self, event: RunEvent) -> None:
        """Take what the worker says about the run."""
        if isinstance(event, HospitalChanged):
            self._hospital(event.hospital)
        elif event.digest == self._state.digest:
            self._of_this_run(event)

    def _of_this_run(self, event: OwnEvent) -> None:
        match event:
            case RunStarted():
                self._started(event)
            case StageStarted():
                self._stage(event.stage, state="busy", total=event.values, done=0)
            case StageProgressed():
                self._progressed(event)
            case StageFinished():
                sent = event.bytes_sent
                took, kept = event.seconds, event.kept
                self._stage(event.stage, state="ok", seconds=took, bytes_sent=sent, kept=kept)
            case SpendRecorded():
                self._set(replace(self._state, units=event.units, spent=True))
            case ReleaseWritten():
                self._set(replace(self._state, release=event.release))
            case RunContinued():
                self._set(replace(self._state, continued=event))
            case RunEnded():
                self._ended(event)
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """Cancelling was refused: the run goes on, or is over already."""
        if self._state.phase is RunPhase.CANCELLING:
            problem = problem_of(event.code, event.fields)
            self._set(replace(self._state, phase=RunPhase.RUNNING, problem=problem))

    def _hospital(self, hospital: HospitalView) -> None:
        if self._state.digest and not self._state.over:
            found = with_hospital(self._state.hospitals, hospital)
            self._set(replace(self._state, hospitals=found))

    def _started(self, event: RunStarted) -> None:
        bits = self._bits
        stages = tuple(StageState(name=n, values=v, bits=bits.get(n, 1)) for n, v in event.stages)
        now = self._clock()
        self._set(
            replace(
                self._state,
                phase=RunPhase.RUNNING,
                started=event.time or now,
                now=now,
                stages=stages,
            )
        )
        self._ticker.start()

    def _progressed(self, event: StageProgressed) -> None:
        expected = self._state.expected_s
        if expected == 0 and event.seconds_left >= 0:
            expected = self._clock() - self._state.started + event.seconds_left
        self._state = replace(
            self._state,
            bytes_sent=event.bytes_sent,
            bytes_received=event.bytes_received,
            seconds_left=event.seconds_left,
            expected_s=expected,
        )
        self._stage(event.stage, state="busy", step=event.step, done=event.done, total=event.total)

    def _ended(self, event: RunEnded) -> None:
        phase = {
            StudyState.FINISHED: RunPhase.FINISHED,
            StudyState.CANCELLED: RunPhase.CANCELLED,
        }.get(event.state, RunPhase.FAILED)
        problem = problem_of(event.code, event.fields) if event.code else None
        state = replace(self._state, phase=phase, spent=event.spent, problem=problem)
        if event.code:
            found = after_failure(state.hospitals, event.code, dict(event.fields))
            state = replace(state, hospitals=found)
        self._end(state)

    def _end(self, state: RunState) -> None:
        self._ticker.stop()
        stages = state.stages
        if state.phase is not RunPhase.FINISHED:
            stages = tuple(replace(s, state="fail") if s.state == "busy" else s for s in stages)
        else:
            gone = (HospitalState.LOST, HospitalState.REFUSED)
            finished = HospitalState.FINISHED
            hospitals = (
                h if h.state in gone else replace(h, state=finished) for h in state.hospitals
            )
            state = replace(state, hospitals=tuple(hospitals))
        now = self._clock()
        self._set(replace(state, stages=stages, ended=now, now=now, seconds_left=-1.0))

    def _stage(self, name: str, **changes: object) -> None:
        stages = tuple(
            replace(s, **changes) if s.name == name else s  # type: ignore[arg-type]
            for s in self._state.stages
        )
        self._set(replace(self._state, stages=stages, now=self._clock()), always=True)

    def _tick(self) -> None:
        left = self._state.seconds_left
        less = left - TICK_MS / 1000 if left >= TICK_MS / 1000 else left
        self._set(replace(self._state, now=self._clock(), seconds_left=less))

    def _set(self, state: RunState, *, always: bool = False) -> None:
        if always or state != self._state:
            self._state = state
            self.changed.emit()
