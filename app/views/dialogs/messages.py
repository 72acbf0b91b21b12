"""Every message of the study so far: what left, how much, and what was opened."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.presenters.run import RunState
from app.presenters.study import StudyPresenter
from app.presenters.wording import count, say, size, stage_words
from app.views.widgets import Column, Dialog, Table, button, para, text


class MessagesDialog(Dialog):
    """A table of the run's messages; before a run, what the setting up has sent."""

    def __init__(self, parent: QWidget, study: StudyPresenter) -> None:
        super().__init__(
            parent,
            say("Messages sent"),
            note=say("Everything that has left this computer for the study that is open."),
            width=760,
        )
        run = study.run.state
        hospitals = study.join.state.hospitals
        lobby = study.lobby
        others = [h.name for h in hospitals if not h.own]
        if lobby is not None:
            others = [p.name for p in lobby.participants if not p.own]
        if others:
            names = ", ".join(others)
            setup = say(
                "To {names}: name and certificate, names of genes and diagnoses, the plan and its "
                "fingerprint. No number about a patient is among it.",
                names=names,
            )
            self.add(para(setup, tone="text"))
        if run.stages:
            self.add(_table(run))
            words = say(
                "{sent} sent and {received} received in all, all of it encrypted between the "
                "computers.",
                sent=size(run.bytes_sent),
                received=size(run.bytes_received),
            )
            self.add(text(words, "caption", wrap=True))
        if not others and not run.stages:
            self.add(para(say("Nothing has been sent."), tone="text"))
        close = button(say("Close"), "primary")
        close.clicked.connect(self.accept)
        self.set_actions(None, close, default=close)


def _table(run: RunState) -> Table:
    columns = [
        Column(title=say("Stage")),
        Column(title=say("Shares sent"), width=160, right=True),
        Column(title=say("Totals opened"), width=150, right=True),
        Column(title=say("Sent"), width=90, right=True),
    ]
    rows = [
        [
            stage_words(s.name).title,
            say("{done} of {total}", done=count(s.shared), total=count(s.values)),
            say("{done} of {total}", done=count(s.opened), total=count(s.values)),
            size(s.bytes_sent) if s.state == "ok" else "",
        ]
        for s in run.stages
    ]
    return Table(say("Messages sent, stage by stage"), columns, rows, fitted=True)
