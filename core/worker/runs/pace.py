"""Time left of a run, from measured speed only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from core.model.plan import StagePlan
from core.model.stage import LocalGaussian
from core.ports import Clock, StageProgress

#: Nothing is estimated before so many seconds were measured (ui.md, Run).
MEASURED_FIRST_S = 5.0
#: Proportion of a stage's work that each step is, in their order, from the benchmark of the
#: engine: drawing the bits of joint noise dominates; noise of one's own is drawn before all else.
JOINT_STEPS: Final = MappingProxyType({"share": 0.02, "noise": 0.96, "open": 0.02})
LOCAL_STEPS: Final = MappingProxyType({"noise": 0.2, "share": 0.5, "open": 0.3})
#: Sharing and opening a value takes as long as so many bits of joint noise.
_VALUE_BITS: Final = 20


class Pace:
    """Estimates from finished work: a stage's work is its values times what each takes."""

    def __init__(self, stages: Sequence[StagePlan], clock: Clock) -> None:
        """Start measuring now."""
        self._work = {s.name: float(s.values * (s.noise.bits + _VALUE_BITS)) for s in stages}
        self._steps: dict[str, Mapping[str, float]] = {
            s.name: LOCAL_STEPS if isinstance(s.noise, LocalGaussian) else JOINT_STEPS
            for s in stages
        }
        self._finished: set[str] = set()
        self._clock = clock
        self._start = clock.monotonic()

    def finish(self, stage: str) -> None:
        """Count a stage as done."""
        self._finished.add(stage)

    def proportion(self, progress: StageProgress) -> float:
        """Return how much of the whole run's work is done, 0 to 1."""
        done = sum(work for name, work in self._work.items() if name in self._finished)
        if progress.stage in self._work and progress.stage not in self._finished:
            before = 0.0
            for step, part in self._steps[progress.stage].items():
                if step == progress.step:
                    before += part * (progress.done / progress.total if progress.total else 0.0)
                    break
                before += part
            done += self._work[progress.stage] * before
        return min(1.0, done / sum(self._work.values()))

    def seconds_left(self, progress: StageProgress) -> float:
        """Return the seconds left, or -1 while too little was measured."""
        elapsed = self._clock.monotonic() - self._start
        proportion = self.proportion(progress)
        if elapsed < MEASURED_FIRST_S or proportion <= 0.01:
            return -1.0
        return elapsed * (1.0 - proportion) / proportion
