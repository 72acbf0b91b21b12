"""Comparing a release with the hospital's own held-out patients, and exporting it."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from core.cohort.normalisation import TrainingRecords
from core.errors import WorkerError
from core.messages.events import Event
from core.messages.report_events import (
    GeneShown,
    ReportGrew,
    ReportProgressed,
    ReportReady,
)
from core.model.plan import Plan
from core.model.quality import QualityReport
from core.randomness import SamplingSource
from core.synthesis.moments.public import public_alone
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.home import Home
from core.worker.runs.release_shelf import ReleaseShelf

#: A reference that names fewer of the plan's diagnoses cannot tell any apart.
_LEAST_NAMED: Final = 2
#: Enough records to train on; more would only take longer.
_MOST_DRAWN: Final = 2_000

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
        setting = self._shelf.setting(plan)
        synthetic = await asyncio.to_thread(self._shelf.synthetic, digest)
        split = await asyncio.to_thread(self._cohorts.split, cohort_id, setting.plan)
        stages = released_stages(setting, self._shelf.measurements(plan))
        cap = self._cohorts.cap_of(cohort_id)
        steps: list[str] = []

        def grew(step: str, report: QualityReport) -> None:
            steps.append(step)
            ready = ReportReady(digest=digest, plan=plan, release=release, cap=cap, report=report)
            event = ReportGrew(ready=ready, steps=tuple(steps))
            loop.call_soon_threadsafe(self._emit, event)

        report = await asyncio.to_thread(
            evaluate,
            split.training,
            split.holdout,
            synthetic,
            extras=Extras(released=stages, on_part=grew),
            progress=progress,
            stop=self._stop.is_set,
        )
        report = await asyncio.to_thread(self._beside_public, setting.plan, split.holdout, report)
        await asyncio.to_thread(self._shelf.keep_report, plan, report, cap)
        await asyncio.to_thread(self._shelf.keep_external, plan)
        return ReportReady(digest=digest, plan=plan, release=release, cap=cap, report=report)

    async def gene(self, digest: str, cohort_id: str, gene: str) -> GeneShown:
        """Compare one gene of the panel with the training patients.

        Reveals:
            Nothing: LocalView.

        Raises:
            WorkerError: WO604 if the gene is not in the panel or the release is not there.
        """
        from core.quality.pictures import one_gene  # noqa: PLC0415 - scipy loads only here
        from core.quality.tables import shuffled  # noqa: PLC0415

        plan = self._shelf.setting(self._home.read_plan(digest)).plan
        if gene not in plan.genes:
            raise WorkerError("WO604", step="the gene", reason="it is not in the panel")
        synthetic = await asyncio.to_thread(self._shelf.synthetic, digest)
        split = await asyncio.to_thread(self._cohorts.split, cohort_id, plan)
        curve = await asyncio.to_thread(
            one_gene, shuffled(split.training), shuffled(synthetic), synthetic.genes, gene
        )
        return GeneShown(digest=digest, gene=gene, curve=curve)

    def _beside_public(
        self, plan: Plan, holdout: TrainingRecords, report: QualityReport
    ) -> QualityReport:
        """Add what the public reference alone would reach, if it can tell diagnoses apart.

        Raises:
            WorkerError: WO604 if the report was stopped.
        """
        from core.quality.public_alone import public_scores  # noqa: PLC0415 - as above

        reference = plan.reference
        named = set(reference.classes) & set(plan.classes) if reference is not None else set()
        if reference is None or len(named) < _LEAST_NAMED:
            return report

        def pause() -> None:
            if self._stop.is_set():
                raise WorkerError("WO604", step="the report", reason="it was stopped")

        n_records = min(report.n_synthetic, _MOST_DRAWN)
        seed = SamplingSource(hashlib.sha256(plan.digest.encode("ascii")).digest())
        alone = public_alone(reference, plan.genes, plan.classes).sample(n_records, seed)
        scores = public_scores(alone, holdout, report.utility, report.depth, pause)
        return replace(report, public_alone=scores)
