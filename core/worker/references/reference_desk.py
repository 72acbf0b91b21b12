"""This hospital's dealings with public references: building one, and checking one for a study."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

from core.cohort.inspection import inspect
from core.errors import PlanError
from core.messages import reference_messages as say
from core.messages.commands import AskLevels
from core.messages.events import Event
from core.messages.forecast_messages import AskForecast
from core.model.reference import PublicReference, ReferenceView
from core.study.panel import first_genes
from core.synthesis.reference.file import ReferenceFile
from core.worker.cohorts.cohort_desk import CohortDesk
from core.worker.home import write_atomically
from core.worker.references.choosing import chosen_genes
from core.worker.references.reading import OpenFile, read_reference, reference_from


class ReferenceDesk:
    """Reads and writes reference files. Invariant: says of the own cohort only that it may be used
    with a reference, and which of its diagnoses both name.
    """

    def __init__(self, cohorts: CohortDesk, emit: Callable[[Event], None]) -> None:
        """Start with nothing read."""
        self._cohorts = cohorts
        self._emit = emit
        self._stop = threading.Event()

    async def perform(self, command: say.ReferenceCommand) -> None:
        """Do one command and emit its answer.

        Raises:
            SynCohortError: Its refusal.
        """
        match command:
            case say.InspectOpenFile():
                path = Path(command.path)
                _, preview = await asyncio.to_thread(inspect, path)
                labels = preview.label_candidates
                self._emit(say.OpenFileInspected(file_name=path.name, labels=labels))
            case say.BuildReference():
                await self._build(command)
            case say.StopBuilding():
                self._stop.set()
            case say.AskReference():
                self._emit(await asyncio.to_thread(self._check, command))

    async def for_levels(self, ask: AskLevels) -> PublicReference | None:
        """Return the reference that is planned with, cut to the genes that would be chosen; None
        without one.

        Raises:
            SynCohortError: Why it cannot be used.
        """
        if not ask.reference:
            return None
        own = self._cohorts.panel(ask.cohort_id).genes
        return await asyncio.to_thread(_cut, Path(ask.reference), own, ask.n_genes)

    async def for_forecast(self, ask: AskForecast) -> tuple[int, PublicReference | None]:
        """Return how many genes a planned study has, and what its reference says about them.

        Raises:
            SynCohortError: Why there are none, or why the reference cannot be used.
        """
        own = self._cohorts.panel(ask.cohort_id).genes if ask.cohort_id else ()
        genes = ask.genes or own
        if not ask.reference:
            return len(first_genes(genes, ask.n_genes)), None
        cut = await asyncio.to_thread(_cut, Path(ask.reference), genes, ask.n_genes)
        return ask.n_genes or len(genes), cut

    async def _build(self, command: say.BuildReference) -> None:
        self._stop.clear()
        loop = asyncio.get_running_loop()

        def progress(read: int, total: int) -> None:
            event = say.ReferenceProgressed(records_read=read, records_total=total)
            loop.call_soon_threadsafe(self._emit, event)

        asked = OpenFile(
            path=Path(command.path),
            label=command.label,
            ignored=(),
            title=command.title,
            provenance=command.provenance,
            licence=command.licence,
        )
        target = Path(command.target)
        built = await asyncio.to_thread(
            reference_from, asked, on_progress=progress, stop=self._stop.is_set
        )
        await asyncio.to_thread(write_atomically, target, built.to_bytes())
        self._emit(say.ReferenceBuilt(view=view_of(built, target.name)))

    def _check(self, command: say.AskReference) -> say.ReferenceShown:
        path = Path(command.path)
        file = read_reference(path)
        own = command.genes
        labels: tuple[str, ...] = ()
        if command.cohort_id:
            panel = self._cohorts.panel(command.cohort_id)
            own, labels = own or panel.genes, panel.labels
        cut = _cut_file(file, own, command.n_genes)
        if command.cohort_id:
            self._cohorts.refuse_public(command.cohort_id, cut)
        return say.ReferenceShown(
            view=view_of(file, path.name),
            cohort_id=command.cohort_id,
            n_panel=command.n_genes or len(own),
            n_covered=cut.n_covered,
            shared=tuple(label for label in labels if label in file.classes),
        )


def view_of(file: ReferenceFile, file_name: str) -> ReferenceView:
    """Return what people see of a reference file."""
    return ReferenceView(
        file_name=file_name,
        sha256=hashlib.sha256(file.to_bytes()).hexdigest(),
        title=file.title,
        provenance=file.provenance,
        licence=file.licence,
        n_records=file.n_records,
        n_genes=len(file.genes),
        classes=file.classes,
    )


def _cut(path: Path, own: tuple[str, ...], n_genes: int | None) -> PublicReference:
    return _cut_file(read_reference(path), own, n_genes)


def _cut_file(file: ReferenceFile, own: tuple[str, ...], n_genes: int | None) -> PublicReference:
    if not own:
        raise PlanError("PL207", needed=2, what="genes", found=0)
    return file.for_panel(chosen_genes(own, n_genes, file))
