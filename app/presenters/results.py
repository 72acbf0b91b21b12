"""Step 5: the release, compared with the hospital's own held-out patients, and its export."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, assert_never

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of
from core.messages.commands import AskReport, ExportRelease, OpenCohort
from core.messages.events import Refused, ReleaseExported, ReportProgressed, ReportReady
from core.model.cohort import Layout

NOT_NOW: Final = "WO604"
#: The cohort's file is not known, not where it was, or another one than was checked.
FILE_CODES: Final = (NOT_NOW, "CH101", "CH117")
ResultsEvent = ReportProgressed | ReportReady | ReleaseExported


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsState:
    """What is known about a release.

    Attributes:
        digest: Of the plan.
        step: What the comparison is doing, in words.
        done: Steps done.
        total: Steps in all.
        ready: The comparison; None until it is there.
        exporting: Whether files are being written.
        folder: Name of the last export's folder, without the way to it.
        files: Names of the files in it.
        reading: Whether the cohort's file is being read anew for the comparison.
        problem: Why there is no comparison.
        export_problem: Why nothing was exported.
    """

    digest: str = ""
    step: str = ""
    done: int = 0
    total: int = 0
    ready: ReportReady | None = None
    exporting: bool = False
    folder: str = ""
    files: tuple[str, ...] = ()
    reading: bool = False
    problem: Problem | None = None
    export_problem: Problem | None = None

    @property
    def loading(self) -> bool:
        """Whether the comparison is awaited."""
        return bool(self.digest) and self.ready is None and self.problem is None

    @property
    def needs_file(self) -> bool:
        """Whether choosing the cohort's file again would help."""
        return self.problem is not None and self.problem.code in FILE_CODES


class ResultsPresenter(Presenter):
    """Invariant: what is shown belongs to the digest on the screen."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = ResultsState()

    @property
    def state(self) -> ResultsState:
        """What is on the screen."""
        return self._state

    def load(self, digest: str) -> None:
        """Ask for the comparison of a release."""
        if digest != self._state.digest or self._state.problem is not None:
            self._set(ResultsState(digest=digest))
            self.send(AskReport(digest=digest))

    def read_file(self, path: str, layout: Layout, name: str) -> None:
        """Read the cohort's file anew, as it was read before, then compare."""
        digest = self._state.digest
        self._set(ResultsState(digest=digest, reading=True))
        self.send(OpenCohort(path=path, layout=layout, name=name))

    def file_was_read(self, cohort_id: str, wanted: str) -> None:
        """Compare with the file that was read, if it holds the study's patients."""
        if cohort_id == wanted:
            self._set(ResultsState(digest=self._state.digest))
            self.send(AskReport(digest=self._state.digest))
        else:
            other = (("step", "compare"), ("reason", "the file holds other patients"))
            self.file_was_refused(problem_of(NOT_NOW, other))

    def file_was_refused(self, problem: Problem) -> None:
        """There is no comparison without the file."""
        self._set(ResultsState(digest=self._state.digest, problem=problem))

    def clear(self) -> None:
        """Show nothing."""
        self._set(ResultsState())

    def abandon(self, problem: Problem) -> None:
        """The worker is gone: what was awaited does not come."""
        if self._state.loading:
            self._set(replace(self._state, problem=problem))
        elif self._state.exporting:
            self._set(replace(self._state, exporting=False, export_problem=problem))

    def export(self, folder: str, formats: tuple[str, ...]) -> None:
        """Write the released cohort for others."""
        if not formats or self._state.exporting:
            return
        name = Path(folder).name
        self._set(replace(self._state, exporting=True, folder=name, files=(), export_problem=None))
        digest = self._state.digest
        self.send(ExportRelease(digest=digest, folder=folder, formats=formats))

    def receive(self, event: ResultsEvent) -> None:
        """Take what the worker says about the release."""
        if event.digest != self._state.digest:
            return
        match event:
            case ReportProgressed():
                step, done, total = event.step, event.done, event.total
                self._set(replace(self._state, step=step, done=done, total=total))
            case ReportReady():
                self._set(replace(self._state, ready=event))
            case ReleaseExported():
                self._set(replace(self._state, exporting=False, files=event.files))
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """The comparison or the export was refused."""
        problem = problem_of(event.code, event.fields)
        if event.command == ExportRelease.__name__:
            self._set(replace(self._state, exporting=False, export_problem=problem))
        elif self._state.ready is None:
            self._set(replace(self._state, problem=problem))

    def _set(self, state: ResultsState) -> None:
        if state is not self._state:
            self._state = state
            self.changed.emit()
