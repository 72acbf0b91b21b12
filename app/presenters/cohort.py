"""Step 1: a file becomes a checked cohort."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, assert_never

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of, say
from core.messages.commands import InspectFile, OpenCohort, OpenExample, StopReading
from core.messages.events import CohortChecked, FileInspected, ReadingProgressed, Refused
from core.model.cohort import Check, CheckState, CohortSummary, Layout, Preview
from core.model.study import CohortView

CohortEvent = FileInspected | ReadingProgressed | CohortChecked
STOPPED: Final = "CH116"


class CohortPhase(StrEnum):
    """Which of the step's pictures is on the screen."""

    EMPTY = "empty"
    INSPECTING = "inspecting"
    DESCRIBING = "describing"
    READING = "reading"
    CHECKED = "checked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortState:
    """What is known about the file.

    Attributes:
        phase: Picture on the screen.
        path: Full path; never shown.
        name: The cohort's own name on this computer.
        practice: Whether these are the simulated patients.
        layout: How the file is read, as recognised or corrected.
        preview: Its first rows.
        read: Records read so far.
        total: About how many there are; 0 while unknown.
        cohort: The checked cohort.
        problem: Why the file was refused.
        correcting: Whether the form with the layout is open.
        label_path: Full path of a second file with the diagnoses; never shown.
        label_columns: Columns of that file, likely ones first.
    """

    phase: CohortPhase = CohortPhase.EMPTY
    path: str = ""
    name: str = ""
    practice: bool = False
    layout: Layout | None = None
    preview: Preview | None = None
    read: int = 0
    total: int = 0
    cohort: CohortView | None = None
    problem: Problem | None = None
    correcting: bool = False
    label_path: str = ""
    label_columns: tuple[str, ...] = ()

    @property
    def label_file_name(self) -> str:
        """Name of the second file without its folder; empty when there is none."""
        return Path(self.layout.label_file).name if self.layout is not None else ""

    @property
    def file_name(self) -> str:
        """Name without folder."""
        if self.summary is not None:
            return self.summary.file_name
        return Path(self.path).name if self.path else say("the example file")

    @property
    def summary(self) -> CohortSummary | None:
        """What the checks found."""
        return self.cohort.summary if self.cohort is not None else None

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks, problems first."""
        return self.summary.checks if self.summary is not None else ()

    @property
    def n_problems(self) -> int:
        """Checks that keep the steward from going on."""
        return sum(c.state is CheckState.PROBLEM for c in self.checks)

    @property
    def n_notes(self) -> int:
        """Checks that found something worth knowing."""
        return sum(c.state is CheckState.NOTE for c in self.checks)

    @property
    def busy(self) -> bool:
        """Whether the worker is reading."""
        return self.phase in (CohortPhase.INSPECTING, CohortPhase.READING)

    @property
    def valid(self) -> bool:
        """Whether the steward may go on."""
        found = self.summary
        return self.phase is CohortPhase.CHECKED and found is not None and found.usable


class CohortPresenter(Presenter):
    """Invariant: answers to a file that was replaced meanwhile change nothing."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = CohortState()

    @property
    def state(self) -> CohortState:
        """What is on the screen."""
        return self._state

    def choose_file(self, path: str) -> None:
        """Look at a file that the steward chose or dropped."""
        name = Path(path).name.split(".")[0].replace("_", " ").strip() or Path(path).name
        self._set(CohortState(phase=CohortPhase.INSPECTING, path=path, name=name[:80]))
        self.send(InspectFile(path=path))

    def use_example(self) -> None:
        """Open the simulated patients."""
        state = CohortState(phase=CohortPhase.READING, name=say("Example cohort"), practice=True)
        self._set(state)
        self.send(OpenExample())

    def read(self, layout: Layout, name: str) -> None:
        """Read the chosen file with a layout that the steward has seen."""
        if not self._state.path:
            return
        self._set(
            replace(
                self._state,
                phase=CohortPhase.READING,
                name=name.strip()[:80] or self._state.name,
                layout=layout,
                read=0,
                total=0,
                cohort=None,
                problem=None,
                correcting=False,
            )
        )
        self.send(OpenCohort(path=self._state.path, layout=layout, name=self._state.name))

    def correct(self) -> None:
        """Open the form with the layout."""
        if self._state.layout is not None and not self._state.busy:
            self._set(replace(self._state, correcting=True))

    def keep(self) -> None:
        """Close the form without a change."""
        self._set(replace(self._state, correcting=False))

    def add_label_file(self, path: str) -> None:
        """Take the diagnoses from a second file: look at its columns first."""
        if self._state.layout is not None and not self._state.busy:
            phase = CohortPhase.INSPECTING
            self._set(
                replace(self._state, phase=phase, label_path=path, problem=None, correcting=False)
            )
            self.send(InspectFile(path=path))

    def drop_label_file(self) -> None:
        """Take the diagnoses from the same file again."""
        layout = self._state.layout
        if layout is not None and not self._state.busy:
            layout = replace(layout, label_file="", label="")
            self._set(
                replace(
                    self._state, layout=layout, label_path="", label_columns=(), correcting=True
                )
            )

    def stop(self) -> None:
        """Stop reading."""
        if self._state.busy:
            self.send(StopReading())
            self._set(CohortState())

    def reset(self) -> None:
        """Forget the file; the cohort stays known to the worker."""
        self._set(CohortState())

    def adopt(self, cohort: CohortView) -> None:
        """Go on with a cohort that was checked in this session."""
        self._set(
            CohortState(
                phase=CohortPhase.CHECKED,
                name=cohort.name,
                practice=cohort.practice,
                layout=cohort.layout,
                cohort=cohort,
            )
        )

    def receive(self, event: CohortEvent) -> None:
        """Take what the worker says about the file."""
        match event:
            case FileInspected():
                self._inspected(event)
            case ReadingProgressed():
                if self._state.phase is CohortPhase.READING:
                    read, total = event.records_read, event.records_total
                    self._set(replace(self._state, read=read, total=total))
            case CohortChecked():
                self._checked(event)
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """The file cannot be used as it is."""
        if not self._state.busy:
            return
        if event.code == STOPPED:
            self._set(CohortState())
            return
        problem = problem_of(event.code, event.fields)
        phase = CohortPhase.REFUSED
        self._set(
            replace(self._state, phase=phase, problem=problem, correcting=False, label_path="")
        )

    def _inspected(self, event: FileInspected) -> None:
        if self._state.phase is not CohortPhase.INSPECTING:
            return
        if self._state.label_path and self._state.layout is not None:
            self._label_file_inspected(event, self._state.layout)
            return
        self._set(
            replace(
                self._state,
                phase=CohortPhase.DESCRIBING,
                layout=event.layout,
                preview=event.preview,
                correcting=not event.layout.label,
            )
        )
        if event.layout.label:
            self.read(event.layout, self._state.name)

    def _label_file_inspected(self, event: FileInspected, layout: Layout) -> None:
        found = event.preview
        columns = tuple(dict.fromkeys((*found.label_candidates, *found.column_names)))
        layout = replace(layout, label_file=self._state.label_path, label=event.layout.label)
        self._set(
            replace(
                self._state,
                phase=CohortPhase.DESCRIBING,
                layout=layout,
                label_columns=columns,
                correcting=True,
            )
        )

    def _checked(self, event: CohortChecked) -> None:
        if self._state.phase is not CohortPhase.READING:
            return
        self._set(
            replace(
                self._state,
                phase=CohortPhase.CHECKED,
                name=event.cohort.name or self._state.name,
                practice=event.cohort.practice,
                layout=event.cohort.layout,
                preview=event.preview,
                cohort=event.cohort,
                problem=None,
                correcting=False,
            )
        )

    def _set(self, state: CohortState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
