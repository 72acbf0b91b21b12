"""Noise that is drawn before the stage that uses it is asked for.

Noise depends on the plan and on keys, on no patient. So the run's parties draw the stages' noise
in the plan's order from the moment they are connected, while each hospital still computes what it
puts in. Of joint noise each draws its shares, together with the others; noise that it adds itself
each draws alone.

Each noise value is used at most once, whatever happens. It exists only in the memory of run worker
processes, joint noise as shares; the keys behind it were drawn by this run, live in the same
memory and are written nowhere. A stage's noise leaves this store when it is taken, before it is
used, and cannot be put back; when the process ends, of itself or by force, noise and keys are gone
together and the next run draws new ones. So the record that must be durable before use (privacy.md
8.1) is the absence of any copy: nothing that could be used a second time outlives the first use.
What a run stores to go on later is the finished noisy sum, which is opened to the same totals or
not at all.

References:
    privacy.md section 8.1. resources/decisions/006.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NoReturn

from core.errors import InternalError, SynCohortError
from core.model.stage import StagePlan
from core.protocol.field import Words

#: Noise values that may wait to be taken; a stage is drawn ahead if it still fits.
MOST_AHEAD: Final = 200_000

Draw = Callable[[int, StagePlan, Callable[[int], None]], Coroutine[Any, Any, Words]]


class NoiseAhead:
    """Draws the noise of a run's stages in order and hands out each once, joint or local.

    Invariant: a stage's noise is drawn once and taken once, in the plan's order; at most
    ``MOST_AHEAD`` values wait, beside those of the stage that is asked for.
    """

    def __init__(
        self,
        stages: Sequence[StagePlan],
        draw: Draw,
        on_failure: Callable[[SynCohortError], None],
    ) -> None:
        """Prepare; nothing is drawn yet.

        Args:
            stages: Of the plan, in order.
            draw: Draws one stage's noise, together with the other parties if it is joint.
            on_failure: Gets what ended the drawing.
        """
        self._stages, self._draw, self._on_failure = tuple(stages), draw, on_failure
        self._tasks: dict[int, asyncio.Task[Words]] = {}
        self._running: asyncio.Task[Words] | None = None
        self._next = self._taken = 0
        self._ready = [0] * len(self._stages)
        self._listener: Callable[[int], None] | None = None
        self._stopped = False

    @property
    def waiting(self) -> int:
        """Number of values that are drawn, or being drawn, and were not asked for."""
        return sum(self._stages[i].values for i in self._tasks if i >= self._taken)

    def begin_at(self, first: int) -> None:
        """Begin to draw, leaving out the stages before ``first``, which need no new noise; only
        the first call says which.
        """
        if not self._next:
            self._next = self._taken = first
        self.advance()

    def advance(self) -> None:
        """Begin to draw the next stage, unless one is being drawn or enough values wait."""
        index = self._next
        if self._stopped or self._running is not None or index == len(self._stages):
            return
        stage = self._stages[index]
        if index >= self._taken and self.waiting + stage.values > MOST_AHEAD:
            return
        self._next = index + 1
        task = asyncio.create_task(self._draw(index, stage, self._teller(index)))
        self._tasks[index] = self._running = task
        task.add_done_callback(self._finished)

    def stop(self) -> None:
        """Draw no more and forget what waits."""
        self._stopped = True
        for task in (*self._tasks.values(), self._running):
            if task is not None:
                task.cancel()
        self._tasks.clear()

    async def take(self, index: int, on_values: Callable[[int], None]) -> Words:
        """Wait for a stage's noise and take it out.

        Args:
            index: Of the stage in the plan: 0, 1, 2 ..., one call each.
            on_values: Told the number of values whose noise is ready.

        Returns:
            This party's shares, or its own local noise; elements, shape (stage.values,).

        Raises:
            InternalError: If it was taken before, is not the next, or the drawing has stopped.
            SynCohortError: What ended the drawing.
        """
        if index != self._taken or self._stopped:
            raise InternalError("IN901", rule="each stage's noise is taken once, in order")
        self._taken = index + 1
        self._listener = on_values
        self.advance()
        on_values(self._ready[index])
        noise = await self._tasks.pop(index)
        self.advance()
        return noise

    def _finished(self, task: asyncio.Task[Words]) -> None:
        self._running = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self.advance()
            return
        self._stopped = True
        if isinstance(error, SynCohortError):
            self._on_failure(error)
            return
        unexpected = InternalError("IN902", kind=type(error).__name__)
        unexpected.__cause__ = error  # for the log of this process: kind and place only
        self._on_failure(unexpected)

    def _teller(self, index: int) -> Callable[[int], None]:
        def tell(values: int) -> None:
            self._ready[index] = values
            if self._listener is not None and self._taken == index + 1:
                self._listener(values)

        return tell

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or stored: that would be the same noise twice."""
        raise InternalError("IN901", rule="noise drawn ahead stays in the run's memory")
