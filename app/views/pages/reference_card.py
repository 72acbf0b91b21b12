"""The public reference of a study, as the Privacy step and the draft page show it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QFrame, QWidget

from app.presenters.reference import ReferencePresenter, ReferenceState
from app.presenters.wording import count, say
from app.presenters.wording.references import no_protection, view_facts
from app.settings import Settings
from app.views.dialogs.reference import BuildReferenceDialog
from app.views.widgets import Button, Light, LightState, Pairs, button, card, col, para, row, text
from app.views.widgets.layout import Item
from core.model.reference import ReferenceView

FILTER: Final = "Public references (*.json);;All files (*)"
#: Part of the panel below which a reference helps with little of it.
_MOST_OF_IT: Final = 0.8


class ReferenceCards:
    """Builds the card for a page, and opens what it asks for."""

    def __init__(self, page: QWidget, reference: ReferencePresenter, settings: Settings) -> None:
        """Build for ``page``; the files start in the last folder of ``settings``."""
        self._page = page
        self._reference = reference
        self._settings = settings

    @property
    def shape(self) -> tuple[object, ...]:
        """What the card depends on."""
        state = self._reference.state
        return (
            state.path,
            state.view,
            state.asking,
            state.problem,
            state.n_covered,
            state.n_panel,
            state.earlier,
        )

    def card(self) -> QFrame:
        """The card as things stand."""
        state = self._reference.state
        title = say("Public reference (optional)")
        if not state.path:
            return card(title, *_missed(state), *self._none(), gap="s")
        actions = row(self._choose(say("Choose another")), self._remove(), None)
        if state.problem is not None:
            mark = Light("fail", state.problem.title, "label", wrap=True)
            said = para(f"{state.problem.text} {state.problem.remedy}")
            return card(title, mark, said, actions, gap="s")
        if state.view is None:
            words = (
                say("Checking whether it covers the genes, and that none of your patients are in "
                    "it. This happens on this computer.")
                if state.asking
                else say("It is checked as soon as the genes of the study are known.")
            )  # fmt: skip
            light: LightState = "busy" if state.asking else "idle"
            return card(title, Light(light, words, "label", wrap=True), actions, gap="s")
        return card(title, *_used(state, state.view), actions, gap="s")

    def choose(self) -> None:
        """Let the steward choose a reference file."""
        start = str(self._settings.last_folder)
        title = say("Choose the public reference")
        path, _kind = QFileDialog.getOpenFileName(self._page, title, start, FILTER)
        if path:
            self._settings.last_folder = Path(path).parent
            self._reference.use(path)

    def build(self) -> None:
        """Open the form in which a reference is built."""
        BuildReferenceDialog(self._page, self._reference, self._settings).open()

    def _none(self) -> list[Item]:
        what = say(
            "The summary of an **open** cohort of the same kind. It lets the study take the genes "
            "that vary most, and the same noise hides less, above all at strict levels. It says "
            "nothing about your patients, and costs nothing of the cap."
        )
        build = button(say("Build one from an open cohort"), "secondary", "plus")
        build.clicked.connect(self.build)
        return [para(what), row(self._choose(say("Use a reference")), build, None)]

    def _choose(self, words: str) -> Button:
        choose = button(words, "secondary", "file")
        choose.clicked.connect(self.choose)
        return choose

    def _remove(self) -> Button:
        remove = button(say("Remove"), "ghost")
        remove.clicked.connect(self._reference.remove)
        return remove


def _missed(state: ReferenceState) -> list[Item]:
    """Say which reference the study had that is planned again, if its file has to be chosen."""
    if state.earlier is None:
        return []
    words = say(
        "The earlier study used “{title}”. Where its file is, is not known here: choose it again, "
        "or plan without it.",
        title=state.earlier.title,
    )
    return [Light("warn", words, "label", wrap=True)]


def _used(state: ReferenceState, view: ReferenceView) -> list[Item]:
    enough = state.n_covered >= _MOST_OF_IT * state.n_panel
    covered = say(
        "It has {n} of the {panel} genes of the study.",
        n=count(state.n_covered),
        panel=count(state.n_panel),
    )
    if not enough:
        covered += " " + say("The others are measured without its help.")
    lights = [
        Light("ok" if enough else "warn", covered, "label", wrap=True),
        Light("ok", say("None of your patients was recognised in it."), "label", wrap=True),
        Light(
            "ok", say("Its values are expression, not centred gene by gene."), "label", wrap=True
        ),
    ]
    if view.classes:
        named = (
            say("It names {names} as your file does.", names=", ".join(state.shared))
            if state.shared
            else say("It names none of your diagnoses as your file does.")
        )
        lights.append(Light("ok" if state.shared else "warn", named, "label", wrap=True))
    if state.another and state.earlier is not None:
        other = say("The earlier study used another one: “{title}”.", title=state.earlier.title)
        lights.append(Light("warn", other, "label", wrap=True))
    return [
        Pairs(*view_facts(view)),
        col(*lights, gap="xs"),
        text(no_protection(), "label", wrap=True),
    ]
