"""Back up, restore and renew the identity: each says first what it means."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QBoxLayout, QFileDialog, QFrame, QWidget

from app.presenters.identity import BACKUP_SUFFIX, PASSPHRASE_MIN, IdentityPresenter, Need
from app.presenters.wording import day, say
from app.settings import Settings
from app.views.widgets import (
    Banner,
    Check,
    Dialog,
    Light,
    Pairs,
    button,
    col,
    edit,
    field,
    row,
    text,
    well,
)
from app.views.widgets import side as beside_each_other
from app.views.widgets.fields import toggle_secret
from core.messages.study_events import IdentityReplaced

FILTER = f"Identity backups (*{BACKUP_SUFFIX});;All files (*)"


class _IdentityDialog(Dialog):
    """Follows the identity while it is open. Invariant: leaves no passphrase behind."""

    def __init__(
        self, parent: QWidget, identity: IdentityPresenter, title: str, note: str
    ) -> None:
        super().__init__(parent, title, note=note, width=640)
        self._identity = identity
        self._secrets = [edit(secret=True)]
        identity.forget_change()
        identity.changed.connect(self._follow)

    def _follow(self) -> None:
        raise NotImplementedError

    def done(self, result: int) -> None:
        """Leave no passphrase behind."""
        self._identity.changed.disconnect(self._follow)
        for box in self._secrets:
            box.clear()
        self._identity.forget_change()
        super().done(result)


class BackUpDialog(_IdentityDialog):
    """A passphrase, a file; then where it is and how to keep it."""

    def __init__(self, parent: QWidget, identity: IdentityPresenter, settings: Settings) -> None:
        note = say(
            "A file with the key of this hospital, locked with a passphrase. With both, this "
            "hospital keeps its six words on another computer."
        )
        super().__init__(parent, identity, say("Back up the identity"), note)
        self._settings = settings
        self._one, self._two = self._secrets[0], edit(secret=True)
        self._secrets.append(self._two)
        self._shown = Check(say("Show what is typed"))
        hint = say("At least {n} characters; several words are easy to keep.", n=PASSPHRASE_MIN)
        self._one_field = field(say("Passphrase of the backup"), self._one, hint)
        self._two_field = field(say("The same once more"), self._two)
        self._said = Light("idle", say("Not written yet."), "caption")
        self._close = button(say("Not now"), "ghost")
        self._go = button(say("Save backup"), "primary", "export")
        self.add(
            beside_each_other((self._one_field, 1), (self._two_field, 1)),
            self._shown,
            Banner(
                "accent",
                say("What it holds, and what not"),
                (
                    say("In it:"),
                    say("the key and the certificate. No study, no patient, no ledger."),
                ),
                (
                    say("Whoever has both"),
                    say(
                        "can sign as this hospital. Keep file and passphrase apart, away from "
                        "this computer, and send neither by e-mail."
                    ),
                ),
            ),
            self._said,
        )
        self.set_actions(self._close, None, self._go, default=self._go)
        self._close.clicked.connect(self.reject)
        self._go.clicked.connect(self._choose)
        self._shown.toggled.connect(self._toggle)
        for box in (self._one, self._two):
            box.textChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        one, two = self._one.text(), self._two.text()
        self._two_field.set_error(say("The two differ.") if two and one != two else None)
        if len(one) < PASSPHRASE_MIN:
            words = say("The passphrase needs at least {n} characters", n=PASSPHRASE_MIN)
            self._go.set_blocked(words)
        else:
            self._go.set_blocked(None if one == two else say("The two passphrases differ"))

    def _toggle(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal
        for box in self._secrets:
            toggle_secret(box, shown=shown)

    def _choose(self) -> None:
        name = self._settings.hospital_name or "hospital"
        start = str(self._settings.last_folder / f"{name}{BACKUP_SUFFIX}")
        path, _kind = QFileDialog.getSaveFileName(self, say("Save backup"), start, FILTER)
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Write the backup."""
        self._settings.last_folder = Path(path).parent
        self._identity.back_up(path, self._one.text())

    def _follow(self) -> None:
        state = self._identity.state
        if state.changing:
            self._said.set_state("busy", say("Writing, and reading it again"))
        elif state.change_problem is not None:
            problem = state.change_problem
            self._said.set_state("fail", f"{problem.text} {problem.remedy}")
        elif state.backed_up:
            words = say("Written and read again: {name}", name=state.backed_up)
            self._said.set_state("ok", words)
            self._close.set_words(say("Done"))


class RestoreDialog(_IdentityDialog):
    """File and passphrase; if another identity is here, both are shown before one goes."""

    def __init__(self, parent: QWidget, identity: IdentityPresenter, settings: Settings) -> None:
        note = say(
            "Take the identity of a backup to this computer. The backup is opened and checked "
            "first; nothing changes before that."
        )
        super().__init__(parent, identity, say("Restore an identity"), note)
        self._settings = settings
        self._pass = self._secrets[0]
        self._path = edit("", say("No file chosen"), longest=4096)
        choose = button(say("Choose file"), "secondary", "file")
        self._file_field = field(say("Backup"), self._path)
        self._pass_field = field(say("Passphrase of the backup"), self._pass)
        self._said = col()
        self._room = QWidget()
        self._room.setLayout(self._said)
        self._close = button(say("Not now"), "ghost")
        self._replace = button(say("Replace the identity"), "danger")
        self._replace.hide()
        self._go = button(say("Check and restore"), "primary")
        lower = col(None, choose, gap="none")
        self.add(row((self._file_field, 1), lower), self._pass_field, self._room)
        self.set_actions(self._close, None, self._replace, self._go, default=self._go)
        self._close.clicked.connect(self.reject)
        choose.clicked.connect(self._choose)
        self._go.clicked.connect(self._check)
        self._replace.clicked.connect(self._put)
        for box in (self._path, self._pass):
            box.textChanged.connect(self._typed)
        self._typed()

    def _typed(self) -> None:
        """Something else is chosen: what was found of the former choice is void."""
        if self._identity.state.present:
            self._identity.forget_change()
        if not self._path.text().strip():
            self._go.set_blocked(say("Choose the backup first"))
        else:
            missing = say("Type the passphrase first") if not self._pass.text() else None
            self._go.set_blocked(missing)

    def _choose(self) -> None:
        start = str(self._settings.last_folder)
        path, _kind = QFileDialog.getOpenFileName(self, say("Choose the backup"), start, FILTER)
        if path:
            self._settings.last_folder = Path(path).parent
            self._path.setText(path)

    def _check(self) -> None:
        self._identity.restore(self._path.text().strip(), self._pass.text(), replacing=False)

    def _put(self) -> None:
        self._identity.restore(self._path.text().strip(), self._pass.text(), replacing=True)

    def _follow(self) -> None:
        state = self._identity.state
        problem = state.change_problem
        wrong = problem is not None and problem.code == "WO613"
        self._pass_field.set_error(problem.text if problem is not None and wrong else None)
        asks = bool(state.present) and state.replaced is None
        self._replace.setVisible(asks)
        self._go.setVisible(not asks and state.replaced is None)
        _clear(self._said)
        if state.replaced is not None:
            self._said.addWidget(replaced_banner(state.replaced))
            self._close.set_words(say("Done"))
        elif asks:
            self._said.addWidget(self._question())
        elif problem is not None and not wrong:
            self._said.addWidget(
                Banner("danger", problem.title, ("", f"{problem.text} {problem.remedy}"))
            )

    def _question(self) -> Banner:
        state = self._identity.state
        shown = state.shown
        studies = ", ".join(shown.studies) if shown is not None else ""
        if shown is None:
            then = say(
                "The present identity is locked and cannot be kept: studies that were joined "
                "with it have to be joined again."
            )
        elif studies:
            then = say(
                "Studies under way go on with the present key until they end: {names}. New ones "
                "use the restored words.",
                names=studies,
            )
        else:
            then = say("No study under way needs the present identity.")
        return Banner(
            "warn",
            say("Another identity is on this computer"),
            (say("Here now:"), state.present),
            (say("In the backup:"), state.restored),
            (say("If you replace it,"), then),
        )


class RenewDialog(_IdentityDialog):
    """What a renewal means, then the new six words."""

    def __init__(self, parent: QWidget, identity: IdentityPresenter) -> None:
        state = identity.state
        note = say(
            "This hospital gets a new key and new six words. The present key signs the new one, "
            "so that the change can be proved."
        )
        super().__init__(parent, identity, say("Renew the identity"), note)
        self._pass = self._secrets[0]
        self._pass_field = field(say("Passphrase of this hospital"), self._pass)
        shown = state.shown
        self._pass_field.setVisible(shown is not None and not shown.in_keyring)
        self._said = col()
        room = QWidget()
        room.setLayout(self._said)
        self._said.addWidget(
            Pairs(
                (say("Other hospitals"), say("compare your new words by telephone, once")),
                (say("Studies under way"), self._under_way()),
                (
                    say("Backups"),
                    say("of the present key do not open the new one: make a new one"),
                ),
            )
        )
        self._close = button(say("Not now"), "ghost")
        self._go = button(say("Renew"), "primary", "lock")
        self.add(room, self._pass_field)
        self.set_actions(self._close, None, self._go, default=self._go)
        self._close.clicked.connect(self.reject)
        self._go.clicked.connect(self._renew)
        self._pass.textChanged.connect(self._typed)
        self._typed()

    def _under_way(self) -> str:
        state = self._identity.state
        if state.shown is None or not state.shown.studies:
            return say("none: this is a good moment")
        names = ", ".join(state.shown.studies)
        if state.need is Need.RENEW_NOW:
            ended = day(state.shown.valid_until)
            return say(
                "must be joined again, since their certificate ended on {day}: {names}",
                day=ended,
                names=names,
            )
        return say("go on with the present key until they end: {names}", names=names)

    def _typed(self) -> None:
        empty = self._pass_field.isVisibleTo(self) and not self._pass.text()
        self._go.set_blocked(say("Type the passphrase first") if empty else None)

    def _renew(self) -> None:
        self._identity.renew(self._pass.text())

    def _follow(self) -> None:
        state = self._identity.state
        if state.changing:
            self._go.set_blocked(say("A new key is being made"))
            return
        self._typed()
        if state.replaced is not None:
            _clear(self._said)
            self._said.addWidget(_word_grid(state.replaced.words))
            self._said.addWidget(replaced_banner(state.replaced))
            self._pass_field.hide()
            self._go.hide()
            self._close.set_words(say("Done"))
        elif state.change_problem is not None:
            problem = state.change_problem
            self._pass_field.setVisible(problem.code in ("WO612", "WO613", "WO615")
                                        or self._pass_field.isVisibleTo(self))  # fmt: skip
            self._pass_field.set_error(f"{problem.text} {problem.remedy}")
            self._typed()


def replaced_banner(changed: IdentityReplaced) -> Banner:
    """Say what a restoration or a renewal changed."""
    renewed = changed.how == "renewed"
    title = say("The identity was renewed") if renewed else say("The identity was restored")
    lines = []
    if changed.former_words == changed.words:
        lines.append(("", say("It is the same as before.")))
    elif renewed:
        lines.append((say("Until now:"), changed.former_words))
        told = say("Tell the hospitals you work with that your words have changed. Back it up.")
        lines.append((say("What to do."), told))
    else:
        lines.append((say("Your words are now:"), changed.words))
    if changed.going_on:
        names = ", ".join(changed.going_on)
        lines.append((say("Go on with the former key:"), names))
    if changed.to_join_again:
        names = ", ".join(changed.to_join_again)
        lines.append(
            (
                say("To be joined again with a new invitation:"),
                say("{names}. Nothing was spent by this.", names=names),
            )
        )
    return Banner("warn" if changed.to_join_again else "accent", title, *lines)


def _word_grid(words: str) -> QFrame:
    """Six words in wells, numbered, as large as headings."""
    cells = [
        well(text(str(n), "caption"), text(word, "h1"), gap="xxs", pad=(14, 10))
        for n, word in enumerate(words.split(), 1)
    ]
    lines = [row(*[(cell, 1) for cell in cells[at : at + 3]]) for at in range(0, len(cells), 3)]
    frame = QFrame()
    frame.setLayout(col(*lines))
    frame.setAccessibleName(say("Six words: {words}", words=words))
    return frame


def _clear(layout: QBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
