"""Export the ledger for the privacy officer."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.ledger import LedgerPresenter
from app.presenters.wording import say
from app.views.dialogs.decision import DecisionDialog
from app.views.widgets import Banner, Check, Pairs, button, col, row, text

_FORMATS: Final = (
    ("pdf", "PDF, to read and to print"),
    ("csv", "CSV, for a spreadsheet"),
    ("json", "Signed JSON, which can be verified on any computer"),
)


class LedgerExportDialog(DecisionDialog):
    """Formats and a folder; the worker checks the whole ledger before it writes."""

    folder_wanted = Signal()

    def __init__(self, parent: QWidget, ledger: LedgerPresenter, folder: Path) -> None:
        note = say(
            "All entries with their signatures, the caps and who decided. The whole ledger is "
            "checked again before anything is written."
        )
        super().__init__(parent, ledger, say("Export for the privacy officer"), note=note)
        self._folder = folder
        self._ticks = [(key, Check(say(words), checked=True)) for key, words in _FORMATS]
        self._where = Pairs((say("Save in"), folder.name or str(folder)))
        other = button(say("Choose another folder"), "secondary", "folder")
        other.clicked.connect(self.folder_wanted)
        for _key, tick in self._ticks:
            tick.toggled.connect(self.follow_fields)
        self.add(
            col(text(say("Formats"), "label", "text"), *[t for _key, t in self._ticks], gap="xxs"),
            row((self._where, 1), other),
            Banner(
                "accent",
                say("Only the signed JSON proves anything"),
                (
                    "",
                    say(
                        "Paper and tables can be changed. The signed file can be checked on a "
                        "computer that has nothing else, with syncohort-cli ledger verify and "
                        "the fingerprint of your key. Tell the fingerprint by telephone."
                    ),
                ),
                (
                    "",
                    say(
                        "No patients, no marks and no secret keys are in it. Files of the same "
                        "name in the folder are replaced."
                    ),
                ),
            ),
        )
        self.finish(say("Export"), say("Not now"))

    def set_folder(self, folder: str) -> None:
        """Save in another folder."""
        self._folder = Path(folder)
        self._where.set_value(say("Save in"), self._folder.name or folder)

    @property
    def formats(self) -> tuple[str, ...]:
        """Keys of the ticked formats."""
        return tuple(key for key, tick in self._ticks if tick.isChecked())

    def missing(self) -> str:
        """Return what is missing."""
        return "" if self.formats else say("Choose at least one format")

    def send(self) -> None:
        """Give the command to the presenter."""
        self._ledger.export(str(self._folder), self.formats)
