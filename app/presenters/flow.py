"""Where a study is among its five steps: a pure state machine, no Qt, no words.

Up to the start of the run every earlier step may be changed. From then on earlier steps can only
be read again, because all hospitals hold the plan that came out of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from core.errors import WorkerError


class Step(IntEnum):
    """The five steps, in order."""

    COHORT = 0
    PRIVACY = 1
    JOIN = 2
    RUN = 3
    RESULTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The step on the screen and the furthest that is open. Invariant: shown <= reached.

    Attributes:
        shown: Step on the screen.
        reached: Furthest open step.
    """

    shown: Step = Step.COHORT
    reached: Step = Step.COHORT

    def __post_init__(self) -> None:
        """Refuse a screen that is not open yet.

        Raises:
            WorkerError: WO604.
        """
        if self.shown > self.reached:
            raise WorkerError(
                "WO604", step=self.shown.name.lower(), reason="the step before it is not done"
            )

    @property
    def locked(self) -> bool:
        """Whether the steps before the run can only be read."""
        return self.reached >= Step.RUN

    @property
    def read_only(self) -> bool:
        """Whether the step on the screen can only be read."""
        return self.locked and self.shown < Step.RUN

    def advance(self, to: Step) -> Flow:
        """Open a step and show it.

        >>> Flow().advance(Step.PRIVACY).shown.name
        'PRIVACY'
        """
        return Flow(shown=to, reached=max(self.reached, to))

    def open(self, step: Step) -> Flow:
        """Open a step without showing it."""
        return replace(self, reached=max(self.reached, step))

    def show(self, step: Step) -> Flow:
        """Show an open step.

        Raises:
            WorkerError: WO604 if it is not open.
        """
        return replace(self, shown=step)

    def retreat(self, step: Step) -> Flow:
        """Go back to a step and close those after it: what came later no longer holds.

        Raises:
            WorkerError: WO604 once the run has started.
        """
        if self.locked:
            raise WorkerError("WO604", step=step.name.lower(), reason="the run has started")
        return Flow(shown=step, reached=step)
