"""Comparing a release with the hospital's own held-out patients, and exporting it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from core.messages.commands import ExportRelease
from core.messages.events import Event, ReleaseExported, ReportProgressed, ReportReady
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.home import Home
from core.worker.runs.release_shelf import ReleaseShelf

Emit = Callable[[Event], None]


class ReportDesk:
    """Makes local reports. Everything it emits about real patients is a LocalView."""

    def __init__(self, home: Home, cohorts: CohortDesk, shelf: ReleaseShelf, emit: Emit) -> None:
        """Start idle."""
        self._home = home
        self._cohorts = cohorts
        self._shelf = shelf
        self._emit = emit
        self._stop = threading.Event()

    def stop(self) -> None:
        """Stop a report that is being made."""
        self._stop.set()

    async def report(self, digest: str, cohort_id: str) -> ReportReady:
        """Compare the release with the holdout, write report.json and return the screen's view.

        Raises:
            WorkerError: If the release is not there.
        """
        from core.quality.evaluate import Extras, evaluate  # noqa: PLC0415 - scikit-learn loads only when a report is made
        from core.worker.runs.opened import released_stages  # noqa: PLC0415 - with it

        self._stop.clear()
        loop = asyncio.get_running_loop()

        def progress(step: str, done: int, total: int) -> None:
            loop.call_soon_threadsafe(
                self._emit, ReportProgressed(digest=digest, step=step, done=done, total=total)
            )

        plan = self._home.read_plan(digest)
        release = self._shelf.release(digest)
        synthetic = await asyncio.to_thread(self._shelf.synthetic, digest)
        split = await asyncio.to_thread(self._cohorts.split, cohort_id, plan)
        stages = released_stages(plan, self._shelf.measurements(plan))
        report = await asyncio.to_thread(
            evaluate,
            split.training,
            split.holdout,
            synthetic,
            extras=Extras(released=stages),
            progress=progress,
            stop=self._stop.is_set,
        )
        cap = self._cohorts.cap_of(cohort_id)
        await asyncio.to_thread(self._shelf.keep_report, plan, report, cap)
        await asyncio.to_thread(self._shelf.keep_external, plan)
        return ReportReady(
            digest=digest,
            plan=plan,
            release=release,
            cap=cap,
            report=report,
        )

    async def export(self, ask: ExportRelease) -> ReleaseExported:
        """Write the released cohort into a folder of the steward's choice.

        Raises:
            WorkerError: WO603 if the folder cannot be written, WO604 for an unknown format.
        """
        plan = self._home.read_plan(ask.digest)
        files = await asyncio.to_thread(self._shelf.export, plan, Path(ask.folder), ask.formats)
        return ReleaseExported(digest=ask.digest, files=files)
