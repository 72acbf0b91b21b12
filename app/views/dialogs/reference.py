"""Build a public reference from an open cohort's file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget

from app.presenters.reference import TEXT_MAX, Building, BuildPhase, ReferencePresenter
from app.presenters.wording import count, say
from app.settings import Settings
from app.views.widgets import (
    Dialog,
    Light,
    Progress,
    button,
    choose,
    col,
    edit,
    field,
    para,
    row,
    text,
)

COHORT_FILTER: Final = "Cohorts (*.csv *.tsv *.txt *.gz *.parquet *.h5ad *.gct);;All files (*)"
TARGET_FILTER: Final = "Public references (*.json)"
_TITLE_MAX: Final = 120


class BuildReferenceDialog(Dialog):
    """The form follows the presenter; closing it stops what is under way."""

    def __init__(self, parent: QWidget, reference: ReferencePresenter, settings: Settings) -> None:
        super().__init__(
            parent,
            say("Build a public reference"),
            note=say(
                "From a cohort whose patients are public already, such as TCGA or GEO. The file "
                "that is written holds averages and common patterns of its genes, no patient. "
                "Whoever is in it has no protection: never take patients of a hospital."
            ),
        )
        self._reference = reference
        self._settings = settings
        building = reference.state.building
        self._file = text("", "label", "text", wrap=True)
        self._choose_file = button(say("Choose the file"), "secondary", "file")
        self._choose_file.clicked.connect(self._choose)
        self._label: QComboBox = choose(say("No diagnoses"))
        self._title = edit(building.title, say("Such as: TCGA breast cancer"), longest=_TITLE_MAX)
        self._origin = edit(
            building.provenance, say("Such as: GDC data portal, release 40"), longest=TEXT_MAX
        )
        self._licence = edit(building.licence, say("Such as: CC0"), longest=_TITLE_MAX)
        self._light = Light("idle", "", "label", wrap=True)
        self._why = para("")
        self._bar = Progress(None, "")
        self._save = button(say("Build and save as"), "primary")
        self._stop = button(say("Close"), "ghost")
        self._save.clicked.connect(self._choose_target)
        self._stop.clicked.connect(self._stop_or_close)
        self._title.textChanged.connect(lambda words: reference.describe(title=words))
        self._origin.textChanged.connect(lambda words: reference.describe(provenance=words))
        self._licence.textChanged.connect(lambda words: reference.describe(licence=words))
        self._label.activated.connect(self._take_label)
        self.add(
            row((self._file, 1), self._choose_file),
            field(
                say("Column with the diagnosis"),
                self._label,
                say(
                    "With it the reference also says how diagnoses differ. As much of that is "
                    "believed as your study bears out."
                ),
            ),
            field(say("What it is"), self._title),
            field(
                say("Where it comes from"),
                self._origin,
                say("Every hospital reads this and the licence before it signs."),
            ),
            field(say("Licence"), self._licence),
            col(self._light, self._why, self._bar, gap="xs"),
        )
        self.set_actions(self._stop, None, self._save, default=self._save)
        reference.changed.connect(self._show)
        self.finished.connect(reference.forget_building)
        self._show()

    def _show(self) -> None:
        building = self._reference.state.building
        if building.phase is BuildPhase.BUILT:
            self.accept()
            return
        busy = building.phase is BuildPhase.BUILDING
        name = Path(building.path).name if building.path else say("No file chosen")
        self._file.setText(name)
        labels = [say("No diagnoses"), *building.labels]
        if [self._label.itemText(i) for i in range(self._label.count())] != labels:
            self._label.clear()
            self._label.addItems(labels)
            at = labels.index(building.label) if building.label in building.labels else 0
            self._label.setCurrentIndex(at)
        for line, words in (
            (self._title, building.title),
            (self._origin, building.provenance),
            (self._licence, building.licence),
        ):
            if line.text() != words:
                line.setText(words)
        for box in (self._label, self._title, self._origin, self._licence):
            box.setEnabled(not busy)
        self._choose_file.set_blocked(say("It is being built") if busy else None)
        self._bar.setVisible(busy)
        self._show_state(building)
        self._stop.set_words(say("Stop") if busy else say("Close"))
        self._save.set_blocked(say("It is being built") if busy else building.reason or None)

    def _show_state(self, building: Building) -> None:
        problem = building.problem
        self._why.setVisible(problem is not None)
        if problem is not None:
            self._light.set_state("fail", problem.title)
            self._why.set_words(f"{problem.text} {problem.remedy}")
        elif building.phase is BuildPhase.BUILDING:
            total = building.total
            words = (
                say("{n} of {total} records read", n=count(building.read), total=count(total))
                if total
                else say("{n} records read", n=count(building.read))
            )
            self._bar.set_fraction(building.read / total if total else None, words)
            self._light.set_state("busy", words)
        elif building.reason:
            self._light.set_state("idle", building.reason)
        else:
            self._light.set_state("ok", say("Ready to be built."))

    def _take_label(self, number: int) -> None:
        labels = self._reference.state.building.labels
        self._reference.describe(label=labels[number - 1] if number else "")

    def _choose(self) -> None:
        start, title = str(self._settings.last_folder), say("Choose the open cohort")
        path, _kind = QFileDialog.getOpenFileName(self, title, start, COHORT_FILTER)
        if path:
            self._settings.last_folder = Path(path).parent
            self._reference.inspect(path)

    def _choose_target(self) -> None:
        name = Path(self._reference.state.building.path).name.split(".")[0]
        start = str(self._settings.last_folder / f"{name}-reference.json")
        title = say("Save the public reference")
        path, _kind = QFileDialog.getSaveFileName(self, title, start, TARGET_FILTER)
        if path:
            self._settings.last_folder = Path(path).parent
            self._reference.build(path)

    def _stop_or_close(self) -> None:
        if self._reference.state.building.phase is BuildPhase.BUILDING:
            self._reference.stop()
        else:
            self.reject()
