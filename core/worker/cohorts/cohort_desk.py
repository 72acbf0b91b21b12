"""The hospital's cohorts: inspecting and reading files, registering patients, and splitting off
the holdout.
"""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.cohort.checks import check, refuse_problems
from core.cohort.guards import refuse_changed, refuse_too_many
from core.cohort.inspection import inspect
from core.cohort.narrowing import require_narrowable
from core.cohort.normalisation import NORMALISATION, TrainingRecords, class_index, normalised
from core.cohort.reading import read
from core.cohort.records import Cohort
from core.errors import PlanError, WorkerError
from core.messages.events import (
    CohortChecked,
    CohortsListed,
    FileInspected,
    PanelShown,
    ReadingProgressed,
)
from core.model.budget import CapState
from core.model.cohort import CohortSummary, Layout, Preview
from core.model.invitation import StudyTerms
from core.model.plan import Plan
from core.model.reference import PublicReference
from core.model.study import CohortView
from core.privacy.holdout import in_holdout
from core.privacy.ledger import Ledger
from core.worker.cohorts.books import Books
from core.worker.cohorts.cohort_shelf import CohortShelf, view_of
from core.worker.cohorts.layouts import with_label
from core.worker.cohorts.public_patients import refuse_public
from core.worker.home import Home

REHEARSAL_COHORT = "rehearsal"
EXAMPLE_FILES = ("hospital-north.csv", "hospital-river.csv", "hospital-lake.csv")
EXAMPLE_LABEL = "diagnosis"
EXAMPLE = "Example hospital North"
_FIRST_CAP = 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OpenedCohort:
    """A file that was read in this session, and where its patients are registered.

    Attributes:
        view: What the steward sees.
        cohort: The rows.
        holdout_key: Secret key of the split; None in a rehearsal until the run starts.
        path: The file.
    """

    view: CohortView
    cohort: Cohort
    holdout_key: bytes | None
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Split:
    """A hospital's records for one plan: those that enter, and those that never do."""

    training: TrainingRecords
    holdout: TrainingRecords


def example_file(name: str) -> Path:
    """Return the path of one of the simulated example files."""
    return Path(str(resources.files("resources") / "sample" / name))


def _unheard(_event: ReadingProgressed) -> None:
    """Nobody watches this reading."""


class CohortDesk:
    """Reads files for this hospital. Invariant: rows stay in this object; only views leave it."""

    def __init__(self, home: Home, books: Books) -> None:
        """Start with nothing opened."""
        self._home = home
        self._books = books
        self._shelf = CohortShelf(home)
        self._opened: dict[str, OpenedCohort] = {}
        self._stop = threading.Event()

    # ---- reading

    def inspect(self, path: str) -> FileInspected:
        """Recognise a file from its head.

        Raises:
            CohortError: CH101 to CH103.
        """
        layout, preview = inspect(Path(path))
        return FileInspected(file_name=Path(path).name, layout=layout, preview=preview)

    def stop(self) -> None:
        """Stop the reading that is under way."""
        self._stop.set()

    def open_example(self, progress: Callable[[ReadingProgressed], None]) -> CohortChecked:
        """Open the first example hospital into a fresh practice ledger."""
        self._books.fresh_practice()
        self._opened = {k: o for k, o in self._opened.items() if not o.view.practice}
        path = example_file(EXAMPLE_FILES[0])
        layout, _ = inspect(path)
        return self.open(
            str(path),
            with_label(layout, EXAMPLE_LABEL),
            EXAMPLE,
            progress,
            practice=True,
        )

    def read(
        self, path: str, layout: Layout, progress: Callable[[ReadingProgressed], None]
    ) -> tuple[Cohort, CohortSummary, Preview]:
        """Read and check a file; safe to call in a thread, touches no ledger.

        Raises:
            CohortError: What is wrong with the file, CH116 if it was stopped.
        """
        self._stop.clear()
        file_name = Path(path).name

        def report(done: int, total: int) -> None:
            progress(
                ReadingProgressed(file_name=file_name, records_read=done, records_total=total)
            )

        cohort = read(Path(path), layout, on_progress=report, stop=self._stop.is_set)
        if self._home.rehearsal:
            refuse_problems(cohort)
        _, preview = inspect(Path(path), layout=layout)
        return cohort, check(cohort), preview

    def register(
        self,
        path: str,
        layout: Layout,
        name: str,
        cohort: Cohort,
        summary: CohortSummary,
        *,
        practice: bool = False,
    ) -> CohortView:
        """Register a read cohort's patients in the ledger and keep it open.

        In a rehearsal registration waits until the run starts, so that bad input leaves nothing
        behind.
        """
        if self._home.rehearsal:
            cohort_id, key, cap = REHEARSAL_COHORT, None, CapState(cap=_FIRST_CAP, spent=0.0)
        elif not summary.usable:
            cohort_id, key, cap = "", None, CapState(cap=_FIRST_CAP, spent=0.0)
        else:
            ledger = self._books.of(practice=practice)
            record = ledger.register_cohort(
                name, Path(path).name, cohort.fingerprint, cohort.identifiers
            )
            cohort_id, key, cap = (
                record.id,
                record.holdout_key,
                ledger.cap_state(record.id),
            )
            if not practice:
                self._shelf.remember(cohort_id, name, path, layout, cohort.fingerprint)
        view = CohortView(
            cohort_id=cohort_id,
            name=name,
            practice=practice,
            file_present=True,
            layout=layout,
            summary=summary,
            cap=cap,
        )
        self._opened[cohort_id] = OpenedCohort(
            view=view, cohort=cohort, holdout_key=key, path=Path(path)
        )
        return view

    def open(
        self,
        path: str,
        layout: Layout,
        name: str,
        progress: Callable[[ReadingProgressed], None],
        *,
        practice: bool = False,
    ) -> CohortChecked:
        """Read, check and register in one step."""
        cohort, summary, preview = self.read(path, layout, progress)
        return CohortChecked(
            cohort=self.register(path, layout, name, cohort, summary, practice=practice),
            preview=preview,
        )

    async def reopen(
        self, cohort_id: str, progress: Callable[[ReadingProgressed], None] = _unheard
    ) -> None:
        """Open a cohort of an earlier session again, from where its file was.

        Raises:
            WorkerError: WO604 if the cohort is not known here.
            CohortError: CH101 if the file is gone, CH117 if it has changed.
        """
        if cohort_id in self._opened:
            return
        practice = cohort_id in {r.id for r in self._books.practice().cohorts()}
        if practice:
            path = str(example_file(EXAMPLE_FILES[0]))
            layout, name, known = with_label(inspect(Path(path))[0], EXAMPLE_LABEL), EXAMPLE, ""
        else:
            entry = self._shelf.entry(cohort_id)
            path, name, known = (str(entry[k]) for k in ("path", "name", "fingerprint"))
            layout = view_of(entry, CapState(cap=_FIRST_CAP, spent=0.0)).layout
        cohort, summary, _ = await asyncio.to_thread(self.read, path, layout, progress)
        if known:
            refuse_changed(cohort, known)
        self.register(path, layout, name, cohort, summary, practice=practice)

    # ---- using

    def opened(self, cohort_id: str) -> OpenedCohort:
        """Return an open cohort.

        Raises:
            WorkerError: WO604 if it was not opened in this session.
        """
        if cohort_id not in self._opened or not cohort_id:
            raise WorkerError("WO604", step="use the cohort", reason="its file was not opened yet")
        return self._opened[cohort_id]

    def panel(self, cohort_id: str) -> PanelShown:
        """Name the genes and labels of an open cohort."""
        cohort = self.opened(cohort_id).cohort
        return PanelShown(
            cohort_id=cohort_id, genes=cohort.genes, labels=tuple(sorted(set(cohort.labels)))
        )

    def file_of(self, cohort_id: str) -> Path:
        """Return the file that an open cohort was read from."""
        return self.opened(cohort_id).path

    def fingerprints(self) -> frozenset[str]:
        """Return the SHA-256 of every file that is or was a cohort of this hospital."""
        known = {record.fingerprint for record in self._books.main().cohorts()}
        return frozenset(known | {str(entry["fingerprint"]) for entry in self._shelf.remembered()})

    def ledger_of(self, cohort_id: str) -> Ledger:
        """Return the ledger that holds this cohort's cap."""
        return self._books.of(practice=self.opened(cohort_id).view.practice)

    def cap_of(self, cohort_id: str) -> CapState:
        """Return what a registered cohort has left; in a rehearsal the untouched cap."""
        opened = self.opened(cohort_id)
        return (
            opened.view.cap
            if opened.holdout_key is None
            else self.ledger_of(cohort_id).cap_state(cohort_id)
        )

    def register_rehearsal(self, cap_units: float) -> str:
        """Register the rehearsal's patients now, with the plan's own charge as their cap."""
        opened = self.opened(REHEARSAL_COHORT)
        ledger = self._books.main()
        record = ledger.register_cohort(
            opened.view.name,
            opened.cohort.file_name,
            opened.cohort.fingerprint,
            opened.cohort.identifiers,
            cap=cap_units,
        )
        self._opened[record.id] = replace(opened, holdout_key=record.holdout_key)
        return record.id

    def check_against(self, cohort_id: str, plan: Plan) -> None:
        """Refuse a plan that this cohort cannot serve: missing genes, unknown labels, too many
        records.

        Raises:
            CohortError: CH107, CH108, CH109, CH110 or CH115; CH125 if the plan's public reference
                was made from this cohort or from some of its patients.
        """
        if plan.reference is not None:
            self.refuse_public(cohort_id, plan.reference)
        if plan.normalisation != NORMALISATION:
            raise PlanError("PL201", field="normalisation", reason="unknown to this version")
        sizes = [c.n_genes for c in plan.candidates]
        self.check_panel(cohort_id, plan.genes, plan.classes, plan.n_max, sizes)

    def check_panel(
        self,
        cohort_id: str,
        genes: tuple[str, ...],
        classes: tuple[str, ...],
        n_max: int,
        sizes: Sequence[int] = (),
    ) -> None:
        """Refuse a study that this cohort cannot serve; ``sizes``: genes of candidates."""
        cohort = self.opened(cohort_id).cohort
        refuse_too_many(cohort, n_max)
        require_narrowable(normalised(cohort, genes, classes), sizes, cohort)

    def refuse_public(self, cohort_id: str, reference: PublicReference) -> None:
        """Refuse a public reference that holds patients of this cohort.

        Raises:
            CohortError: CH125.
        """
        refuse_public(self.opened(cohort_id).cohort, reference)

    def class_counts(self, cohort_id: str, terms: StudyTerms) -> NDArray[np.int64]:
        """Count this hospital's training patients of each class of a study.

        Returns:
            Shape (n_classes,), int64: exact, so it never leaves this process.

        Raises:
            CohortError: CH109 for a label that the study does not know, CH121 without labels.
            WorkerError: WO604 if the patients are not registered yet.
        """
        opened = self.opened(cohort_id)
        index = class_index(opened.cohort, terms.classes)
        held = _held(opened, opened.cohort.identifiers, terms.holdout_share)
        counted = np.bincount(index[~held], minlength=len(terms.classes))
        return counted.astype(np.int64)

    def split(self, cohort_id: str, plan: Plan) -> Split:
        """Normalise record by record and split by the keyed hash of each patient's identifier.

        Raises:
            WorkerError: WO604 if the patients are not registered yet.
        """
        opened = self.opened(cohort_id)
        records = normalised(opened.cohort, plan.genes, plan.classes)
        held = _held(opened, records.identifiers, plan.holdout_share)
        return Split(
            training=_chosen(records, ~held),
            holdout=_chosen(records, held),
        )

    # ---- remembering where files are

    def listed(self) -> CohortsListed:
        """Return all cohorts of this hospital, those of earlier sessions without their checks."""
        views = [o.view for o in self._opened.values() if o.view.cohort_id]
        seen = {v.cohort_id for v in views}
        ledger = self._books.main()
        views += [
            view_of(entry, ledger.cap_state(str(entry["cohort_id"])))
            for entry in self._shelf.remembered()
            if entry["cohort_id"] not in seen
        ]
        current = tuple(
            CohortView(
                cohort_id=v.cohort_id,
                name=v.name,
                practice=v.practice,
                file_present=v.file_present,
                layout=v.layout,
                summary=v.summary,
                cap=self._books.of(practice=v.practice).cap_state(v.cohort_id),
            )
            for v in views
        )
        return CohortsListed(cohorts=current)


def _held(opened: OpenedCohort, identifiers: tuple[str, ...], share: float) -> NDArray[np.bool_]:
    """Return which records are kept aside, shape (n_records,), each decided by itself."""
    key = opened.holdout_key
    if key is None:
        reason = "its patients are not registered"
        raise WorkerError("WO604", step="use the cohort", reason=reason)
    codes = [unicodedata.normalize("NFC", i).strip() for i in identifiers]
    return np.array([in_holdout(key, code, share) for code in codes], dtype=bool)


def _chosen(records: TrainingRecords, mask: NDArray[np.bool_]) -> TrainingRecords:
    return TrainingRecords(
        values=records.values[mask],
        class_index=records.class_index[mask],
        levels=records.levels[mask],
        identifiers=tuple(i for i, kept in zip(records.identifiers, mask, strict=True) if kept),
    )
