"""Step 1, Cohort: choose a file, read it back to the steward, check it."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.presenters.cohort import CohortPhase, CohortState
from app.presenters.invited import SUFFIX
from app.presenters.kinds import Kind
from app.presenters.study import StudyPresenter
from app.presenters.wording import (
    check_words,
    count,
    naming_words,
    say,
    scale_words,
    title_of,
)
from app.settings import Settings
from app.views.page import ActionBar
from app.views.pages.cohort_cards import (
    checks_card,
    diagnoses_card,
    preview_card,
    preview_table,
)
from app.views.pages.cohort_form import LayoutForm
from app.views.pages.joint_terms import fit_card
from app.views.pages.step import StepPage, problem_banner
from app.views.widgets import (
    Banner,
    Light,
    Progress,
    beside,
    button,
    card,
    col,
    framed,
    glyph,
    para,
    row,
    text,
)
from app.views.widgets.layout import Item
from core.model.cohort import CheckState, CohortSummary

FILE_FILTER = "Gene matrices (*.csv *.tsv *.txt *.gz *.parquet *.h5ad *.gct);;All files (*)"
_CHECKS_WHILE_READING = ("orientation", "duplicates", "values", "scale", "rare-classes")


class CohortPage(StepPage):
    """Five pictures: nothing yet, reading, describing, checked, refused."""

    def __init__(self, study: StudyPresenter, settings: Settings) -> None:
        self._back = button(say("Back"), "ghost")
        self._on = button(say("Continue to Privacy"), "primary")
        super().__init__(study, ActionBar("", self._back, self._on), help_topic="cohort")
        self._settings = settings
        self._shown: CohortState | None = None
        self._progress: Progress | None = None
        self._said_progress = text("", "caption")
        self.setAcceptDrops(True)
        self._back.clicked.connect(self._go_back)
        self._on.clicked.connect(study.forward)
        study.cohort.changed.connect(self.show_state)
        study.invited.changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Follow the presenter."""
        state, before = self.study.cohort.state, self._shown
        self._shown = state
        reading = CohortPhase.READING
        if before is not None and before.phase is reading and state.phase is reading:
            self._show_progress(state)
            return
        self._progress = None
        if state.correcting:
            self.refill(*self._form(state))
        else:
            self.refill(*self._picture(state))
        self._show_bar(state)

    def choose_file(self) -> None:
        """Let the steward choose a file."""
        start = str(self._settings.last_folder)
        title = say("Choose the gene matrix")
        path, _kind = QFileDialog.getOpenFileName(self, title, start, FILE_FILTER)
        if path:
            self.take_file(path)

    def choose_label_file(self) -> None:
        """Let the steward choose the file with the diagnoses."""
        start = str(self._settings.last_folder)
        title = say("Choose the file with the diagnoses")
        path, _kind = QFileDialog.getOpenFileName(self, title, start, FILE_FILTER)
        if path:
            self.study.cohort.add_label_file(path)

    def take_file(self, path: str) -> None:
        """Look at a chosen or dropped file."""
        self._settings.last_folder = Path(path).parent
        self.study.cohort.choose_file(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].toLocalFile().endswith(SUFFIX):
            event.ignore()  # the window takes invitations
        elif len(urls) == 1 and urls[0].isLocalFile() and not self.study.cohort.state.busy:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at the dropped file."""
        self.take_file(event.mimeData().urls()[0].toLocalFile())

    # ---- pictures

    def _picture(self, state: CohortState) -> tuple[Item, ...]:
        match state.phase:
            case CohortPhase.EMPTY:
                return self._empty()
            case CohortPhase.INSPECTING | CohortPhase.READING | CohortPhase.DESCRIBING:
                return self._reading(state)
            case CohortPhase.CHECKED:
                return self._checked(state)
            case CohortPhase.REFUSED:
                return self._refused(state)
        assert_never(state.phase)

    def _empty(self) -> tuple[Item, ...]:
        choose = button(say("Choose file"), "primary", "file")
        choose.clicked.connect(self.choose_file)
        example = button(say("Use example data"))
        example.clicked.connect(self.study.cohort.use_example)
        drop = framed(
            col(
                glyph("file", "accent", 30, ground="sunken"),
                text(say("Choose the gene matrix"), "h2", wrap=True),
                para(
                    say(
                        "One row per patient, one column per gene, or the other way round. CSV, "
                        "TSV (also gzipped), Parquet, AnnData (.h5ad) or GCT. You can also drop "
                        "the file here."
                    )
                ),
                6,
                row(choose, example, None),
            ),
            "drop",
            pad=28,
        )
        lines = [
            row(col(1, glyph("check", "muted", 16), None, gap="none"), (para(say(words)), 1))
            for words in (
                (
                    "**Raw counts or log values.** The app detects which and shows you before it "
                    "continues."
                ),
                (
                    "**One diagnosis per patient,** in the same file or in a second one with "
                    "the same patient codes."
                ),
                (
                    "**One row per person.** Two samples of one patient would get half the "
                    "promised protection."
                ),
                (
                    "**A patient code of your own.** It is used to find double entries and to "
                    "know the same patients again; it never leaves this computer."
                ),
            )
        ]
        needs = card(say("What the file needs"), *lines)
        if self.study.kind is not Kind.CREATE:
            return drop, needs
        without = button(say("Coordinate without patients"), "secondary", "computer")
        without.clicked.connect(self.study.coordinate_without_patients)
        why = para(
            say(
                "This computer creates the study from a list of genes and only adds shares: a "
                "compute partner that coordinates."
            )
        )
        return drop, needs, card(say("No patients of your own?"), why, row(without, None))

    def _reading(self, state: CohortState) -> tuple[Item, ...]:
        stop = button(say("Stop reading"))
        stop.clicked.connect(self.study.cohort.stop)
        self._said_progress = text("", "caption", wrap=True)
        self._progress = Progress(None, say("Reading the file"))
        name = text(state.file_name, "strong", wrap=True)
        checks = [Light("idle", check_words(key), "body") for key in _CHECKS_WHILE_READING]
        head = row(
            glyph("file", "accent", 22),
            (col(name, self._said_progress, gap="xxs"), 1),
            stop,
            gap="m",
        )
        self._show_progress(state)
        return (card(None, head, self._progress, col(*checks, gap="s")),)

    def _show_progress(self, state: CohortState) -> None:
        if self._progress is None:
            return
        if state.phase is CohortPhase.INSPECTING:
            words, share = say("Looking at the head of the file"), None
        elif state.total > 0:
            share = min(1.0, state.read / state.total)
            words = say(
                "Reading · {done} of about {total} patients",
                done=count(state.read),
                total=count(state.total),
            )
        elif state.read:
            words, share = say("Reading · {done} patients so far", done=count(state.read)), None
        else:
            words, share = say("Reading"), None
        self._said_progress.setText(words)
        self._progress.set_fraction(share, words)

    def _form(self, state: CohortState) -> tuple[Item, ...]:
        form = LayoutForm(state)
        form.accepted.connect(self.study.cohort.read)
        form.label_file_wanted.connect(self.choose_label_file)
        form.label_file_dropped.connect(self.study.cohort.drop_label_file)
        if state.cohort is not None or state.problem is not None:
            form.cancelled.connect(self.study.cohort.keep)
        else:
            form.cancelled.connect(self.study.cohort.reset)
        preview = preview_table(state.preview) if state.preview is not None else None
        head: tuple[Item, ...] = (preview_card(preview, state),) if preview is not None else ()
        return *head, form

    def _checked(self, state: CohortState) -> tuple[Item, ...]:
        found = state.summary
        if found is None:
            return self._reading(state)
        items: list[Item] = []
        if state.n_problems:
            items.append(self._problems(state))
        fits = self.study.fits
        if fits:
            items.append(fit_card(fits))
        items.append(self._file_card(state, found))
        items.append(beside(checks_card(state), diagnoses_card(found)))
        return tuple(items)

    def _problems(self, state: CohortState) -> QWidget:
        first = next(c for c in state.checks if c.state is CheckState.PROBLEM)
        fix = button(say("Change how the file is read"), "primary")
        fix.clicked.connect(self.study.cohort.correct)
        other = button(say("Choose another file"))
        other.clicked.connect(self.choose_file)
        return Banner(
            "danger",
            title_of(first.code) if first.code else check_words(first.key),
            (say("What happened."), first.text),
            (
                say("What was not touched."),
                say("Your file is unchanged, and none of the privacy cap was used."),
            ),
            (
                say("What you can do."),
                first.advice or say("Correct the file and choose it again."),
            ),
            actions=(fix, other) if state.path else (other,),
            details=f"{first.code} {first.key}" if first.code else "",
        )

    def _refused(self, state: CohortState) -> tuple[Item, ...]:
        if state.problem is None:
            return self._empty()
        other = button(
            say("Choose another file"), "primary" if state.layout is None else "secondary"
        )
        other.clicked.connect(self.choose_file)
        actions = [other]
        if state.layout is not None:
            fix = button(say("Change how the file is read"), "primary")
            fix.clicked.connect(self.study.cohort.correct)
            actions.insert(0, fix)
        items: list[Item] = [problem_banner(state.problem, *actions)]
        if state.preview is not None:
            items.append(preview_card(preview_table(state.preview), state))
        return tuple(items)

    def _file_card(self, state: CohortState, found: CohortSummary) -> QWidget:
        facts = say(
            "{patients} patients · {genes} genes ({naming}) · {scale}",
            patients=count(found.n_records),
            genes=count(found.n_genes),
            naming=naming_words(found.naming),
            scale=scale_words(found.scale),
        )
        replace_file = button(say("Replace"))
        replace_file.clicked.connect(self.choose_file)
        actions = [replace_file]
        if state.path:
            change = button(say("Change reading"), "ghost", "settings")
            change.clicked.connect(self.study.cohort.correct)
            actions.insert(0, change)
        names = col(
            text(found.file_name, "strong", wrap=True),
            text(facts, "caption", wrap=True),
            gap="xxs",
        )
        head = row(glyph("file", "accent", 22), (names, 1), *actions, gap="m")
        items: list[Item] = [head]
        if state.preview is not None:
            items.append(preview_table(state.preview))
        return card(None, *items)

    # ---- the bar

    def _go_back(self) -> None:
        if self.study.kind is Kind.JOIN:
            self.study.read_invitation_again()
        else:
            self._leave()

    def _show_bar(self, state: CohortState) -> None:
        if state.phase is CohortPhase.CHECKED and not state.correcting:
            misfits = sum(fit.light == "fail" for fit in self.study.fits)
            if state.valid and misfits:
                self.bar.block(_problems_left(misfits), "fail")
            elif state.valid:
                words = say("Known on this computer as “{name}”.", name=state.name)
                if state.practice:
                    words = say("Simulated patients: practising uses none of your privacy cap.")
                self.bar.allow(words)
            else:
                self.bar.block(_problems_left(state.n_problems), "fail")
        elif state.correcting:
            self.bar.block(say("Say how the file is to be read."))
        elif state.busy:
            self.bar.block(say("You can go on when the checks are done."), "busy")
        elif state.phase is CohortPhase.REFUSED:
            self.bar.block(_problems_left(1), "fail")
        else:
            self.bar.block(say("Choose a file to continue."), "idle")


def _problems_left(n: int) -> str:
    if n == 1:
        return say("1 problem to solve before you can continue")
    return say("{n} problems to solve before you can continue", n=n)
