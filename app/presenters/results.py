"""Step 5: the release, compared with the hospital's own held-out patients."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from PySide6.QtCore import QObject

from app.link import Link
from app.presenters.gene_choice import GeneChoice, gene_of
from app.presenters.presenter import Presenter
from app.presenters.selection import genes_of
from app.presenters.side_by_side import SecondRelease
from app.presenters.wording import Problem, problem_of
from core.messages.commands import AskGene, AskReport, OpenCohort
from core.messages.events import Refused
from core.messages.report_events import (
    GeneShown,
    ReportEvent,
    ReportGrew,
    ReportProgressed,
    ReportReady,
)
from core.model.cohort import Layout

NOT_NOW: Final = "WO604"
#: The cohort's file is not known, not where it was, or another one than was checked.
FILE_CODES: Final = (NOT_NOW, "CH101", "CH117")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsState:
    """What is known about a release.

    Attributes:
        digest: Of the plan.
        step: What the comparison is doing, in words.
        done: Steps done.
        total: Steps in all.
        ready: The comparison; None until it is there.
        part: What the comparison holds so far; None before its first step and after its last.
        steps: The steps that ``part`` holds.
        genes: Whose curves are on the screen.
        second: The release that stands beside it in the comparison of two; None without one.
        reading: Whether the cohort's file is being read anew for the comparison.
        problem: Why there is no comparison.
    """

    digest: str = ""
    step: str = ""
    done: int = 0
    total: int = 0
    ready: ReportReady | None = None
    part: ReportReady | None = None
    steps: tuple[str, ...] = ()
    genes: GeneChoice = field(default_factory=GeneChoice)
    second: SecondRelease | None = None
    reading: bool = False
    problem: Problem | None = None

    @property
    def loading(self) -> bool:
        """Whether the comparison is awaited."""
        return bool(self.digest) and self.ready is None and self.problem is None

    @property
    def shown(self) -> ReportReady | None:
        """What there is to look at: the whole comparison, or a part of it."""
        return self.ready or self.part

    def has(self, step: str) -> bool:
        """Whether a step of the comparison is done."""
        return self.ready is not None or step in self.steps

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

    def find_gene(self, typed: str) -> None:
        """Show a gene of the panel, by its name."""
        shown = self._state.shown
        if shown is None or not typed.strip():
            return
        gene, choice = gene_of(typed, genes_of(shown)), self._state.genes
        if gene is None:
            choice = choice.unknown(typed.strip())
        elif shown.report.curve(gene) is not None or any(c.gene == gene for c in choice.fetched):
            choice = choice.with_gene(gene)
        else:
            choice = choice.waiting(gene)
            self.send(AskGene(digest=self._state.digest, gene=gene))
        self._set(replace(self._state, genes=choice))

    def show_telling_genes(self) -> None:
        """Show the six genes again that tell the diagnoses apart best."""
        chosen = replace(self._state.genes, chosen=(), awaited="", said="")
        self._set(replace(self._state, genes=chosen))

    def compare_with(self, digest: str, title: str) -> None:
        """Put another release beside this one; no digest takes it away."""
        second = self._state.second
        known = second.digest if second is not None and second.problem is None else ""
        if self._state.ready is None or known == digest:
            return
        if not digest:
            self._set(replace(self._state, second=None))
            return
        self._set(replace(self._state, second=SecondRelease(digest=digest, title=title)))
        self.send(AskReport(digest=digest))

    def clear(self) -> None:
        """Show nothing."""
        self._set(ResultsState())

    def abandon(self, problem: Problem) -> None:
        """The worker is gone: what was awaited does not come."""
        second = self._state.second
        if second is not None and second.ready is None:
            second = replace(second, problem=problem)
            self._set(replace(self._state, second=second))
        if self._state.loading:
            self._set(replace(self._state, problem=problem))

    def receive(self, event: ReportEvent) -> None:
        """Take what the worker says about the release, or about the one beside it."""
        state, digest = self._state, digest_of(event)
        if state.second is not None and digest == state.second.digest:
            self._set(replace(state, second=_grown(state.second, event)))
            return
        if digest != state.digest:
            return
        match event:
            case ReportProgressed():
                step, done, total = event.step, event.done, event.total
                state = replace(state, step=step, done=done, total=total)
            case ReportGrew():
                state = replace(state, part=event.ready, steps=event.steps)
            case ReportReady():
                state = replace(state, ready=event, part=None)
            case GeneShown():
                state = replace(state, genes=state.genes.with_curve(event.gene, event.curve))
            case _:
                assert_never(event)
        self._set(state)

    def refuse(self, event: Refused) -> None:
        """The comparison or a gene was refused."""
        problem, state = problem_of(event.code, event.fields), self._state
        if event.command == AskGene.__name__:
            self._set(replace(state, genes=replace(state.genes, awaited="", said=problem.text)))
        elif state.ready is None:
            self._set(replace(state, problem=problem, part=None))
        elif state.second is not None and state.second.ready is None:
            self._set(replace(state, second=replace(state.second, problem=problem)))

    def _set(self, state: ResultsState) -> None:
        if state is not self._state:
            self._state = state
            self.changed.emit()


def digest_of(event: ReportEvent) -> str:
    """Return the plan an event is about."""
    return event.ready.digest if isinstance(event, ReportGrew) else event.digest


def _grown(second: SecondRelease, event: ReportEvent) -> SecondRelease:
    match event:
        case ReportProgressed():
            return replace(second, step=event.step, done=event.done, total=event.total)
        case ReportReady():
            return replace(second, ready=event)
        case ReportGrew() | GeneShown():
            return second
        case _:
            assert_never(event)
