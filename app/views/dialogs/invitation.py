"""Invitations: hand one out, and take one in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from app.presenters.invited import SUFFIX, InvitedPresenter
from app.presenters.records import write_table
from app.presenters.wording import day, say
from app.settings import Settings
from app.theme import current_theme
from app.views.widgets import (
    Banner,
    Dialog,
    Light,
    announce,
    button,
    col,
    comment,
    field,
    framed,
    glyph,
    para,
    row,
)
from core.messages.study_events import InvitationMade

FILTER = f"Invitations (*{SUFFIX});;All files (*)"


class InvitationDialog(Dialog):
    """One invitation for one hospital: to be copied or saved, shown this once."""

    def __init__(self, parent: QWidget, made: InvitationMade, settings: Settings) -> None:
        super().__init__(
            parent,
            say("Invitation for one hospital"),
            note=say(
                "Send it to one person of one hospital, and make another for the next. It works "
                "until {day}.",
                day=day(made.expires),
            ),
            width=680,
        )
        self._made = made
        self._settings = settings
        self._text = QPlainTextEdit(made.text)
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(current_theme().size(112))
        self._said = Light("idle", say("Not copied or saved yet."), "caption")
        copy = button(say("Copy text"), "secondary", "copy")
        save = button(say("Save as file"), "secondary", "export")
        close = button(say("Done"), "primary")
        self.add(
            field(say("The invitation as text"), self._text),
            row(copy, save, (self._said, 1)),
            Banner(
                "accent",
                say("What it contains"),
                (
                    "",
                    say(
                        "Title and purpose, names of the genes, diagnoses, privacy level, "
                        "where to meet, the fingerprint of this hospital, and a secret that lets "
                        "one hospital ask to join, once. No key and nothing about a patient."
                    ),
                ),
                (
                    say("If it is stolen,"),
                    say(
                        "the thief can ask to join in their place: that is why you compare six "
                        "words by telephone before you accept anybody."
                    ),
                ),
            ),
        )
        self.set_actions(None, close, default=close)
        copy.clicked.connect(self._copy)
        save.clicked.connect(self._save)
        close.clicked.connect(self.accept)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._made.text)
        self._tell("ok", say("Copied. Paste it into a message to one hospital."))

    def _save(self) -> None:
        start = str(self._settings.last_folder / self._made.file_name)
        path, _kind = QFileDialog.getSaveFileName(self, say("Save invitation"), start, FILTER)
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Write the invitation into a file."""
        target = Path(path if path.endswith(SUFFIX) else path + SUFFIX)
        problem = write_table(target, self._made.content)
        if problem is not None:
            self._tell("fail", problem.text)
            return
        self._settings.last_folder = target.parent
        self._tell("ok", say("Saved as {name}", name=target.name))

    def _tell(self, light: str, words: str) -> None:
        self._said.set_state("ok" if light == "ok" else "fail", words)
        announce(self, words)


class JoinDialog(Dialog):
    """Take an invitation in: choose the file, drop it, or paste the text."""

    opened = Signal()

    def __init__(self, parent: QWidget, invited: InvitedPresenter, settings: Settings) -> None:
        super().__init__(
            parent,
            say("Join with invitation"),
            note=say(
                "An invitation comes from the hospital that coordinates the study. Opening it "
                "contacts nobody; you read first what is asked."
            ),
        )
        self._invited = invited
        self._settings = settings
        self.setAcceptDrops(True)
        choose = button(say("Choose file"), "secondary", "file")
        drop = framed(
            row(
                glyph("link", "accent", 26, ground="sunken"),
                (para(say("An invitation file. You can also drop it here.")), 1),
                choose,
                gap="m",
            ),
            "drop",
            pad=18,
        )
        self._text = comment(say("Paste the text of the invitation"), lines=5)
        self._field = field(say("Or the invitation as text"), self._text)
        later = button(say("Not now"), "ghost")
        self._go = button(say("Open invitation"), "primary")
        self.add(col(drop), self._field)
        self.set_actions(later, None, self._go, default=self._go)
        later.clicked.connect(self.reject)
        choose.clicked.connect(self._choose)
        self._go.clicked.connect(self._open)
        self._text.textChanged.connect(self._show)
        invited.changed.connect(self._follow)
        invited.opened.connect(self._opened)
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the dropped file."""
        self._invited.take_file(event.mimeData().urls()[0].toLocalFile())

    def done(self, result: int) -> None:
        """Listen no longer."""
        self._invited.changed.disconnect(self._follow)
        self._invited.opened.disconnect(self._opened)
        super().done(result)

    def _choose(self) -> None:
        start = str(self._settings.last_folder)
        path, _kind = QFileDialog.getOpenFileName(
            self, say("Choose the invitation"), start, FILTER
        )
        if path:
            self._settings.last_folder = Path(path).parent
            self._invited.take_file(path)

    def _open(self) -> None:
        self._invited.take_text(self._text.toPlainText().strip())

    def _show(self) -> None:
        written = bool(self._text.toPlainText().strip())
        self._go.set_blocked(None if written else say("Choose a file or paste the text first"))

    def _follow(self) -> None:
        problem = self._invited.state.problem
        self._field.set_error(f"{problem.text} {problem.remedy}" if problem is not None else None)
        self._show()

    def _opened(self) -> None:
        self.opened.emit()
        self.accept()
