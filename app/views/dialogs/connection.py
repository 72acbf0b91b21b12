"""The connection doctor: one row for each check, and a text for the hospital's IT."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.presenters.connection import ConnectionPresenter, ConnectionState, Subject
from app.presenters.wording import say
from app.presenters.wording.connection import (
    checked_words,
    checking_note,
    verdict_light,
    verdict_words,
)
from app.views.widgets import (
    Banner,
    Dialog,
    Light,
    Skeleton,
    announce,
    button,
    clear,
    col,
    para,
    row,
    rule,
    text,
    well,
)
from app.views.widgets.layout import Item, fill
from core.model.connection import ConnectionRow


class ConnectionDialog(Dialog):
    """Looks at once; stays until it is closed. Closing it leaves everything as it was."""

    def __init__(self, parent: QWidget, connection: ConnectionPresenter, subject: Subject) -> None:
        self._outcome = Light("busy", say("Checking"), "label")
        super().__init__(
            parent,
            subject.title,
            note=checking_note(asks_coordinator=bool(subject.content)),
            width=720,
            aside=self._outcome,
        )
        self._connection = connection
        self._subject = subject
        self._shown: ConnectionState | None = None
        body = QWidget()
        self._rows = col(gap="m")
        body.setLayout(self._rows)
        self.add(body)
        self._copy = button(say("Copy text for hospital IT"), "secondary", "copy")
        self._close = button(say("Close"), "ghost")
        self._again = button(say("Check again"), "primary", "refresh")
        self.set_actions(self._copy, None, self._close, self._again, default=self._again)
        self._copy.clicked.connect(self._copy_text)
        self._close.clicked.connect(self.reject)
        self._again.clicked.connect(self._check)
        connection.changed.connect(self._show)
        self._check()

    def done(self, result: int) -> None:
        """Listen no longer."""
        self._connection.changed.disconnect(self._show)
        super().done(result)

    def _check(self) -> None:
        self._connection.check(self._subject)

    def _show(self) -> None:
        state = self._connection.state
        if state.subject is not self._subject or state == self._shown:
            return
        self._shown = state
        waits = say("The check is under way") if state.checking else None
        self._again.set_blocked(waits)
        nothing = say("There is nothing to copy yet")
        self._copy.set_blocked(waits or (None if state.checked is not None else nothing))
        clear(self._rows)
        fill(self._rows, self._picture(state), "m")
        self.refit()

    def _picture(self, state: ConnectionState) -> tuple[Item, ...]:
        if state.check_problem is not None:
            self._outcome.set_state("fail", say("Could not check"))
            problem = state.check_problem
            return (
                Banner(
                    "danger",
                    problem.title,
                    (say("What happened."), problem.text),
                    (say("What you can do."), problem.remedy),
                    details=problem.details,
                ),
            )
        if state.checked is None:
            self._outcome.set_state("busy", say("Checking"))
            return (
                para(say("Looking step by step, from this computer outwards. Up to a minute.")),
                Skeleton(4, say("Checking")),
            )
        rows = state.checked.rows
        self._outcome.set_state(*checked_words(rows))
        announce(self, checked_words(rows)[1])
        items: list[Item] = []
        for number, found in enumerate(rows):
            if number:
                items.append(rule())
            items.append(_row(found))
        return (well(*items, gap="s"),)

    def _copy_text(self) -> None:
        checked = self._connection.state.checked
        if checked is not None:
            QGuiApplication.clipboard().setText(checked.text)
            self._copy.set_words(say("Copied"))
            announce(self, say("Copied. Paste it into a message to the IT department."))


def _row(found: ConnectionRow) -> QWidget:
    box = QWidget()
    light = Light(verdict_light(found.verdict), say(found.name), "strong", ground="sunken")
    said: list[Item] = [text(say(found.finding), "muted", "text", wrap=True)]
    if found.advice:
        said.append(text(say(found.advice), "muted", wrap=True))
    told = QWidget()
    told.setLayout(col(*said, gap="xs"))
    box.setLayout(row((col(light, None, gap="none"), 2), (told, 5), gap="m"))
    words = f"{say(found.name)}, {verdict_words(found.verdict)}: {found.finding} {found.advice}"
    box.setAccessibleName(words.strip())
    return box
