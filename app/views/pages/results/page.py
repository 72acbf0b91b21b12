"""Step 5, Results: five tabs over one release, and handing it on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.presenters.records import RecordsPresenter
from app.presenters.release import ReleaseState
from app.presenters.results import ResultsState
from app.presenters.side_by_side import comparable
from app.presenters.study import StudyPresenter
from app.presenters.wording import Problem, count, report_step_words, say, time_of_day
from app.settings import Settings
from app.views.dialogs.figure import FigureDialog
from app.views.dialogs.release import ReleaseApprovalDialog, ReleaseDialog
from app.views.figures import FigureDesk, Sheet
from app.views.page import ActionBar, StudyHeader, tab_strip
from app.views.pages.cohort import FILE_FILTER
from app.views.pages.results.biology import biology
from app.views.pages.results.compare import compare
from app.views.pages.results.overview import overview
from app.views.pages.results.parts import Look
from app.views.pages.results.privacy import privacy
from app.views.pages.results.resemblance import resemblance
from app.views.pages.results.usefulness import usefulness
from app.views.pages.step import StepPage, problem_banner
from app.views.widgets import Banner, Progress, Skeleton, Tabs, button, card, text
from app.views.widgets.layout import Item
from core.model.study import CohortView

_TABS = ("Overview", "Resemblance", "Biology", "Usefulness", "Privacy", "Compare")
#: The first step of the comparison that gives a tab something to show.
_OPENS = ("genes", "genes", "correlations", "utility", "closeness", "")
_BUILD = (overview, resemblance, biology, usefulness, privacy, compare)


class ResultsPage(StepPage):
    """Everything here was computed on the hospital's own patients and stays on this computer."""

    def __init__(
        self, study: StudyPresenter, records: RecordsPresenter, settings: Settings
    ) -> None:
        self._records = records
        self._export = button(say("Release synthetic data"), "primary", "export")
        self._tabs = Tabs(say("Results"), *[say(title) for title in _TABS])
        bar = ActionBar("", self._export)
        super().__init__(
            study, bar, help_topic="results", panel=False, under_header=tab_strip(self._tabs)
        )
        self._settings = settings
        self._shown: tuple[object, ...] = ()
        self._progress: Progress | None = None
        self._said = text("", "caption")
        self._dialog: ReleaseDialog | None = None
        self._desk = FigureDesk(self, settings, study.title)
        self._desk.enlarge_wanted.connect(self._enlarge)
        self._desk.written.connect(self._say_written)
        self._desk.failed.connect(self._say_failed)
        self._tabs.currentChanged.connect(self._show_tab)
        self._export.clicked.connect(self.export)
        study.release.changed.connect(self._show_release)
        study.results.changed.connect(self.show_state)
        records.changed.connect(self.show_state)
        self._badge()
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        state, picture = self.study.results.state, self._picture()
        if picture != self._shown:
            self._shown = picture
            self._fill(state)
        elif state.loading:
            self._show_progress(state)
        self._show_bar(state)

    def export(self) -> None:
        """Ask who gets the release and what goes along; then let it be approved."""
        ready = self.study.results.state.ready
        if ready is None or self.study.release.state.preparing:
            return
        dialog = ReleaseDialog(self, self.study.release, ready, self._settings.last_folder)
        dialog.folder_wanted.connect(self._choose_folder)
        dialog.accepted.connect(self._ask_second_person)
        self._dialog = dialog
        dialog.open()

    def _ask_second_person(self) -> None:
        steward = self._settings.steward_name
        ReleaseApprovalDialog(self, self.study.release, steward).open()

    def _show_release(self) -> None:
        """Say what was handed on."""
        if self.study.release.state.handed_on is not None:
            self._fill(self.study.results.state)

    def _choose_folder(self) -> None:
        start = str(self._settings.last_folder)
        folder = QFileDialog.getExistingDirectory(self, say("Choose a folder"), start)
        if folder and self._dialog is not None:
            self._dialog.set_folder(folder)

    def _show_tab(self, _number: int) -> None:
        self._fill(self.study.results.state)
        self.body.verticalScrollBar().setValue(0)

    def _fill(self, state: ResultsState) -> None:
        items: list[Item] = []
        if state.problem is not None and state.needs_file and self._known is not None:
            items.append(self._file_needed(state.problem))
        elif state.problem is not None:
            again = button(say("Try again"), "primary", "refresh")
            again.clicked.connect(self._again)
            items.append(problem_banner(state.problem, again))
        if self.study.release.state.handed_on is not None:
            items.append(_handed_on(self.study.release.state))
        self._open_tabs(state)
        if state.loading:
            items += self._loading(state)
        if state.shown is not None:
            look = Look(
                state=state,
                ready=state.shown,
                results=self.study.results,
                desk=self._desk,
                studies=self._records.state.studies or (),
            )
            items += _BUILD[max(0, self._tabs.currentIndex())](look)
        elif state.loading:
            items += [card(None, Skeleton(4)), card(None, Skeleton(3))]
        self.refill(*items)

    def _picture(self) -> tuple[object, ...]:
        """What the page is built from; progress alone only moves a bar."""
        state = self.study.results.state
        return (
            state.ready,
            state.part,
            state.problem,
            state.loading,
            state.genes,
            state.second,
            comparable(self._records.state.studies or (), state.digest),
        )

    def _open_tabs(self, state: ResultsState) -> None:
        """A tab opens with its first figure."""
        for number, step in enumerate(_OPENS):
            here = state.has(step) if step else state.ready is not None
            self._tabs.set_ready(number, None if here or number == 0 else say("Being compared"))

    def _enlarge(self, sheet: Sheet) -> None:
        FigureDialog(self, self._desk, sheet).open()

    def _say_written(self, name: str, released: bool) -> None:  # noqa: FBT001 - Qt's signal
        words = say("It is on this computer. It shows your patients: keep it in this hospital.")
        if released:
            words = say("It is on this computer and holds released numbers only.")
        self.set_notice(Banner("ok", say("Saved “{name}”", name=name), ("", words)))

    def _say_failed(self, name: str) -> None:
        words = say("Choose a folder that you may write into, on a disk with room.")
        self.set_notice(Banner("danger", say("“{name}” was not saved", name=name), ("", words)))

    def _loading(self, state: ResultsState) -> tuple[Item, ...]:
        self._said = text("", "strong", wrap=True)
        self._progress = Progress(None, say("Comparing"))
        note = text(
            say("The synthetic patients are finished. Now they are compared with your own."),
            "caption",
            wrap=True,
        )
        self._show_progress(state)
        return (card(None, self._said, self._progress, note, gap="s"),)

    def _show_progress(self, state: ResultsState) -> None:
        if self._progress is None:
            return
        words = report_step_words(state.step) if state.step else say("Reading the release")
        words = say("Reading the cohort’s file") if state.reading else words
        share = state.done / state.total if state.total else None
        self._said.setText(words)
        self._progress.set_fraction(share, words)

    def _show_bar(self, state: ResultsState) -> None:
        if state.ready is None:
            why = say("Opens when the comparison is done")
            self.bar.block(
                why if state.loading else say("There is no comparison to show."),
                "busy" if state.loading else "idle",
            )
            return
        release, plan = state.ready.release, state.ready.plan
        words = say(
            "{n} synthetic patients, {genes} genes, {classes} diagnoses.",
            n=count(release.n_records),
            genes=count(release.n_genes),
            classes=len(plan.classes),
        )
        self.bar.allow(words)

    def _badge(self) -> None:
        past, run = self.study.past, self.study.run.state
        ended = past.finished if past is not None else run.ended
        header = self.header
        if ended and isinstance(header, StudyHeader):
            header.set_badge(say("Run finished {time}", time=time_of_day(ended)), "ok", "check")

    @property
    def _known(self) -> CohortView | None:
        """The cohort of a study that was opened from the list."""
        past = self.study.past
        return self._records.state.cohort(past.cohort_id) if past is not None else None

    def _file_needed(self, problem: Problem) -> Banner:
        choose = button(say("Choose the cohort’s file"), "primary", "file")
        choose.clicked.connect(self.choose_file)
        name = self._known.name if self._known is not None else ""
        return Banner(
            "accent",
            say("The comparison needs the file of “{name}”", name=name),
            (say("What happened."), problem.text),
            (
                say("What you can do."),
                say(
                    "Choose the file again. Comparisons are made anew from your patients; this "
                    "shares nothing and uses nothing of the cap."
                ),
            ),
            actions=(choose,),
            details=problem.details,
        )

    def choose_file(self) -> None:
        """Let the steward choose the cohort's file."""
        start = str(self._settings.last_folder)
        title = say("Choose the cohort’s file")
        path, _kind = QFileDialog.getOpenFileName(self, title, start, FILE_FILTER)
        if path:
            self.take_file(path)

    def take_file(self, path: str) -> None:
        """Read the cohort's file as it was read before."""
        known = self._known
        if known is not None:
            self._settings.last_folder = Path(path).parent
            self.study.results.read_file(path, known.layout, known.name)

    def _again(self) -> None:
        self.study.results.load(self.study.results.state.digest)


def _handed_on(state: ReleaseState) -> Banner:
    done = state.handed_on
    name, who = (done.name, done.approver) if done is not None else ("", "")
    check = say(
        "Whoever receives it can check it with “syncohort-cli release verify”; the data card in "
        "it says what it is and what it is not."
    )
    agreed = say("{who} agreed; it stands in the privacy ledger.", who=who) if who else ""
    return Banner(
        "ok",
        say("Released: “{name}” in the folder “{folder}”", name=name, folder=state.folder),
        ("", f"{agreed} {check}".strip()),
    )
