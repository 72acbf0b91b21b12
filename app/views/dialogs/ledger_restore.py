"""Bring a backup of the ledger back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from app.presenters.desk import Desk
from app.presenters.wording import say
from app.settings import Settings
from app.views.dialogs.decision import ConsentFields, DecisionDialog
from app.views.widgets import Check, Pairs, button, row, well


class RestoreDialog(DecisionDialog):
    """A file, two people, a reason; the file that is here is set aside, never deleted."""

    def __init__(self, parent: QWidget, desk: Desk, settings: Settings) -> None:
        note = say(
            "The backup is checked entry by entry before anything is changed. A backup that is "
            "broken is not taken."
        )
        title = say("Bring back a backup of the ledger")
        super().__init__(parent, desk.ledger, title, note=note, width=700)
        self._settings = settings
        self._path = ""
        self._file = Pairs((say("Backup"), say("Not chosen yet")))
        pick = button(say("Choose the backup"), "secondary", "folder")
        pick.clicked.connect(self._pick)
        self._none = Check(say("There is no backup: go on with the older copy that is here"))
        self._people = ConsentFields(desk.ledger.state.requester, desk.identity.state.approver)
        self.add(
            row((self._file, 1), pick),
            self._none,
            well(
                Pairs(
                    (
                        say("The newest backup"),
                        say("Everything is as it was; studies can start again."),
                    ),
                    (
                        say("An older one"),
                        say(
                            "Entries are missing, and with them what they used. All cohorts are "
                            "held back until two people decide on each cap."
                        ),
                    ),
                    (
                        say("The ledger here now"),
                        say("Is renamed and kept beside the new one, as evidence."),
                    ),
                    (say("The restore"), say("Becomes an entry with both names and the reason.")),
                )
            ),
            self._people,
        )
        self._none.toggled.connect(self.follow_fields)
        self._people.changed.connect(self.follow_fields)
        self.finish(say("Bring it back"), say("Change nothing"))

    def take_file(self, path: str) -> None:
        """Take a file that was chosen."""
        self._path = path
        self._file.set_value(say("Backup"), Path(path).name)
        self._none.setChecked(False)
        self.follow_fields()

    def secrets(self) -> tuple[QLineEdit, ...]:
        """Return the fields with passphrases."""
        return self._people.passes

    def missing(self) -> str:
        """Return what is missing."""
        if not self._path and not self._none.isChecked():
            return say("Choose the backup first")
        return self._people.missing

    def send(self) -> None:
        """Give the command to the presenter."""
        path = "" if self._none.isChecked() else self._path
        self._ledger.restore(path, self._people.consent())

    def _pick(self) -> None:
        start, kind = str(self._settings.last_folder), say("Ledger (*.sqlite);;All files (*)")
        path, _kind = QFileDialog.getOpenFileName(self, say("Choose the backup"), start, kind)
        if path:
            self._settings.last_folder = Path(path).parent
            self.take_file(path)
