"""Questions before something that cannot be undone: cancelling a run, closing the window."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.presenters.run import RunState
from app.presenters.wording import left, say
from app.views.widgets import Dialog, Pairs, button, well


def _consequences(state: RunState) -> Pairs:
    opened = (
        say("what was opened so far stays opened; there will be no synthetic patients")
        if state.opened
        else say("none; no total has been opened")
    )
    cap = (
        say("the units of this study stay spent")
        if state.spent
        else say("the units count as spent if shares have left already")
    )
    return Pairs(
        (say("Other hospitals"), say("are told at once and stop too")),
        (say("Privacy cap"), cap),
        (say("Results"), opened),
        (say("To run again"), say("start a new study, which uses the cap again")),
    )


def _progress(state: RunState) -> str:
    percent = f"{int(100 * state.fraction)} %"
    return say(
        "The run is {percent} done. {left}.", percent=percent, left=left(state.seconds_left)
    )


class CancelDialog(Dialog):
    """Cancel the run for everybody? The expected answer is no."""

    def __init__(self, parent: QWidget, state: RunState) -> None:
        title = say("Cancel the run for all {n} hospitals?", n=len(state.hospitals))
        super().__init__(parent, title, note=_progress(state), width=540)
        keep = button(say("Keep running"), "primary")
        stop = button(say("Cancel run"), "danger")
        keep.clicked.connect(self.reject)
        stop.clicked.connect(self.accept)
        self.add(well(_consequences(state)))
        self.set_actions(None, stop, keep, default=keep)


class CloseDialog(Dialog):
    """Close the window while a study runs? The expected answer is no."""

    def __init__(self, parent: QWidget, state: RunState) -> None:
        title = say("A study is running. Close SynCohort and cancel it?")
        super().__init__(parent, title, note=_progress(state), width=560)
        keep = button(say("Keep running"), "primary")
        stop = button(say("Cancel run and close"), "danger")
        keep.clicked.connect(self.reject)
        stop.clicked.connect(self.accept)
        self.add(well(_consequences(state)))
        self.set_actions(None, stop, keep, default=keep)
