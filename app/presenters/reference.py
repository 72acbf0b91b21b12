"""A public reference for the study that is open: chosen, checked, removed, or built anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.cohort import STOPPED
from app.presenters.presenter import Presenter
from app.presenters.wording import Problem, problem_of, say
from core.messages.events import Refused
from core.messages.reference_messages import (
    AskReference,
    BuildReference,
    InspectOpenFile,
    OpenFileInspected,
    ReferenceBuilt,
    ReferenceEvent,
    ReferenceProgressed,
    ReferenceShown,
    StopBuilding,
)
from core.model.reference import ReferenceNote, ReferenceView

#: A reference's texts stand in every plan that uses it.
TEXT_MAX = 400


class BuildPhase(Enum):
    """Where the building of a reference stands."""

    CHOOSING = "choosing"
    INSPECTING = "inspecting"
    DESCRIBING = "describing"
    BUILDING = "building"
    BUILT = "built"


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A reference that is being built.

    Attributes:
        phase: Where it stands.
        path: Of the open cohort's file.
        labels: Columns that could hold its diagnoses.
        label: The chosen one; empty: no class means.
        title: What the open cohort is.
        provenance: Where it comes from.
        licence: Under which terms it may be used.
        target: Where it is written.
        read: Records read so far.
        total: Records expected; 0 while it is not known.
        problem: Why it was not built.
    """

    phase: BuildPhase = BuildPhase.CHOOSING
    path: str = ""
    labels: tuple[str, ...] = ()
    label: str = ""
    title: str = ""
    provenance: str = ""
    licence: str = ""
    target: str = ""
    read: int = 0
    total: int = 0
    problem: Problem | None = None

    @property
    def reason(self) -> str:
        """What is missing before it can be built; empty when nothing is."""
        checks = (
            (self.phase is BuildPhase.CHOOSING, say("Choose the open cohort’s file.")),
            (self.phase is BuildPhase.INSPECTING, say("The file is being looked at.")),
            (not self.title.strip(), say("Say what the open cohort is.")),
            (not self.provenance.strip(), say("Say where it comes from.")),
            (not self.licence.strip(), say("Say under which terms it may be used.")),
        )
        return next((words for missing, words in checks if missing), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceState:
    """The reference of the study on the screen.

    Attributes:
        path: Of its file; empty without one.
        view: What it is; None while it is checked or cannot be used.
        n_panel: Genes of the planned panel.
        n_covered: Of them, in the reference.
        shared: Diagnoses that it and the own file name.
        asking: Whether it is being checked.
        problem: Why it cannot be used.
        earlier: The reference of the study that is planned again; None where there is none.
        building: A reference that is being built.
    """

    path: str = ""
    view: ReferenceView | None = None
    n_panel: int = 0
    n_covered: int = 0
    shared: tuple[str, ...] = ()
    asking: bool = False
    problem: Problem | None = None
    earlier: ReferenceNote | None = None
    building: Building = Building()

    @property
    def used(self) -> str:
        """Path of the reference that the study will use; empty without one."""
        return self.path if self.view is not None and self.problem is None else ""

    @property
    def another(self) -> bool:
        """Whether it is another one than that of the study that is planned again."""
        view, note = self.view, self.earlier
        if view is None or note is None:
            return False
        return (view.title, view.n_records, view.provenance) != (
            note.title,
            note.n_records,
            note.provenance,
        )

    @property
    def reason(self) -> str:
        """Why the study cannot go on; empty if nothing is in the way."""
        if self.problem is not None:
            return say("Remove the public reference, or choose another.")
        return say("The public reference is being checked.") if self.asking else ""


class ReferencePresenter(Presenter):
    """Invariant: a reference is used after the worker found none of the own patients in it."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(link, parent)
        self._state = ReferenceState()
        self._asked = AskReference(path="", cohort_id="", genes=(), n_genes=None)

    @property
    def state(self) -> ReferenceState:
        """What is on the screen."""
        return self._state

    def plan_for(self, *, cohort_id: str, genes: tuple[str, ...], n_genes: int | None) -> None:
        """The study is planned with these genes; a chosen reference is checked against them.

        Args:
            cohort_id: The own cohort; empty without one.
            genes: The panel to choose from; empty takes the own columns.
            n_genes: How many of them; None for all.
        """
        asked = replace(self._asked, cohort_id=cohort_id, genes=genes, n_genes=n_genes)
        if asked != self._asked:
            self._asked = asked
            if self._state.path:
                self._ask()

    def use(self, path: str) -> None:
        """Take a reference file for the study."""
        self._asked = replace(self._asked, path=path)
        building, earlier = self._state.building, self._state.earlier
        self._set(ReferenceState(path=path, earlier=earlier, building=building))
        self._ask()

    def recall(self, path: str, note: ReferenceNote) -> None:
        """Take the reference of a study that is planned again; it is checked as if it were new.

        Args:
            path: Of its file; empty where this computer does not know it.
            note: What that study says of it.
        """
        self._set(replace(self._state, earlier=note))
        if path:
            self.use(path)

    def remove(self) -> None:
        """Plan the study without a reference."""
        self._asked = replace(self._asked, path="")
        self._set(ReferenceState(building=self._state.building))

    def reset(self) -> None:
        """Forget the study; a reference that is being built goes on."""
        self._asked = AskReference(path="", cohort_id="", genes=(), n_genes=None)
        self.remove()

    def _ask(self) -> None:
        known = bool(self._asked.cohort_id or self._asked.genes)
        self._set(replace(self._state, asking=known, problem=None))
        if known:
            self.send(self._asked)

    # ---- building

    def inspect(self, path: str) -> None:
        """Look at the columns of an open cohort's file."""
        title = self._state.building.title or Path(path).name.split(".")[0]
        building = replace(self._state.building, phase=BuildPhase.INSPECTING, path=path,
                           labels=(), label="", title=title, problem=None)  # fmt: skip
        self._build(building)
        self.send(InspectOpenFile(path=path))

    def describe(self, **changes: str) -> None:
        """Take what the steward typed or chose.

        Args:
            changes: Attributes of `Building` with their new values.
        """
        self._build(replace(self._state.building, **changes))  # type: ignore[arg-type]

    def build(self, target: str) -> None:
        """Write the reference to ``target``."""
        building = self._state.building
        if building.reason or building.phase is BuildPhase.BUILDING:
            return
        self._build(
            replace(building, phase=BuildPhase.BUILDING, target=target, read=0, problem=None)
        )
        self.send(
            BuildReference(
                path=building.path,
                label=building.label,
                title=building.title.strip(),
                provenance=" ".join(building.provenance.split()),
                licence=building.licence.strip(),
                target=target,
            )
        )

    def stop(self) -> None:
        """Stop building."""
        if self._state.building.phase is BuildPhase.BUILDING:
            self.send(StopBuilding())

    def forget_building(self) -> None:
        """Start with an empty form the next time."""
        self.stop()
        self._build(Building())

    # ---- what the worker says

    def receive(self, event: ReferenceEvent) -> None:
        """Take what the worker says about references."""
        building = self._state.building
        match event:
            case OpenFileInspected():
                if building.phase is BuildPhase.INSPECTING:
                    label = event.labels[0] if event.labels else ""
                    described = replace(building, phase=BuildPhase.DESCRIBING, label=label)
                    self._build(replace(described, labels=event.labels))
            case ReferenceProgressed():
                if building.phase is BuildPhase.BUILDING:
                    read, total = event.records_read, event.records_total
                    self._build(replace(building, read=read, total=total))
            case ReferenceBuilt():
                if building.phase is BuildPhase.BUILDING:
                    self._build(replace(building, phase=BuildPhase.BUILT))
                    self.use(building.target)
            case ReferenceShown():
                self._shown(event)
            case _:
                assert_never(event)

    def refuse(self, event: Refused) -> None:
        """A reference cannot be used, or was not built."""
        problem = problem_of(event.code, event.fields)
        building = self._state.building
        if event.command == AskReference.__name__ and not self._state.path:
            return  # it was removed meanwhile
        if event.command == AskReference.__name__:
            self._set(replace(self._state, view=None, asking=False, problem=problem))
        elif event.command == InspectOpenFile.__name__:
            self._build(replace(building, phase=BuildPhase.CHOOSING, path="", problem=problem))
        else:
            stopped = None if event.code == STOPPED else problem
            self._build(replace(building, phase=BuildPhase.DESCRIBING, problem=stopped))

    def _shown(self, event: ReferenceShown) -> None:
        asked = self._asked
        answered = (event.view.file_name, event.cohort_id, event.n_panel)
        wanted = (Path(asked.path).name, asked.cohort_id, asked.n_genes or event.n_panel)
        if answered != wanted:
            return  # to an earlier question
        self._set(
            replace(
                self._state,
                view=event.view,
                n_panel=event.n_panel,
                n_covered=event.n_covered,
                shared=event.shared,
                asking=False,
                problem=None,
            )
        )

    def _build(self, building: Building) -> None:
        self._set(replace(self._state, building=building))

    def _set(self, state: ReferenceState) -> None:
        if state != self._state:
            self._state = state
            self.changed.emit()
