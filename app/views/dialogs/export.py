"""Export the synthetic cohort: formats, folder, and what goes with it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.presenters.wording import count, say
from app.views.widgets import (
    Banner,
    Check,
    Dialog,
    Pairs,
    button,
    col,
    row,
    text,
)
from core.messages.report_events import ReportReady

_FORMATS: Final = (
    ("csv", "CSV, for every program"),
    ("log2.csv", "CSV with log2 expression instead of the normalised scale"),
    ("parquet", "Parquet, small and fast"),
    ("h5ad", "AnnData (h5ad), for single-cell and omics tools"),
)
_LOG2: Final = "log2.csv"


class ExportDialog(Dialog):
    """The manifest is always written; the comparison with real patients never leaves."""

    chosen = Signal(str, object)
    """Folder, and a tuple of formats."""
    folder_wanted = Signal()

    def __init__(self, parent: QWidget, ready: ReportReady, folder: Path) -> None:
        note = say(
            "{n} synthetic patients with {genes} genes. Exporting uses nothing more of the "
            "privacy cap.",
            n=count(ready.release.n_records),
            genes=count(ready.release.n_genes),
        )
        super().__init__(parent, say("Export synthetic data"), note=note)
        self._folder = folder
        self._ticks = [
            (key, Check(say(words), checked=number == 0))
            for number, (key, words) in enumerate(_FORMATS)
            if key != _LOG2 or ready.release.log2
        ]
        for _key, tick in self._ticks:
            tick.toggled.connect(self._show)
        self._where = Pairs((say("Save in"), folder.name or str(folder)))
        other = button(say("Choose another folder"), "secondary", "folder")
        other.clicked.connect(self.folder_wanted)
        self._go = button(say("Export"), "primary", "export")
        self._go.clicked.connect(self._accept)
        stop = button(say("Not now"), "ghost")
        stop.clicked.connect(self.reject)
        formats = col(
            text(say("Formats"), "label", "text"), *[tick for _key, tick in self._ticks], gap="xxs"
        )
        self.add(
            formats,
            row((self._where, 1), other),
            Banner(
                "accent",
                say("A manifest goes with the data"),
                (
                    "",
                    say(
                        "It names study, hospitals, privacy level and a fingerprint, so that a "
                        "recipient can check that nothing was changed. The comparison with your "
                        "real patients is not exported: it is not covered by the promise."
                    ),
                ),
            ),
        )
        self.set_actions(stop, None, self._go, default=self._go)
        self._show()

    def set_folder(self, folder: str) -> None:
        """Save in another folder."""
        self._folder = Path(folder)
        self._where.set_value(say("Save in"), self._folder.name or folder)

    @property
    def formats(self) -> tuple[str, ...]:
        """Keys of the ticked formats."""
        return tuple(key for key, tick in self._ticks if tick.isChecked())

    def _show(self) -> None:
        self._go.set_blocked(None if self.formats else say("Choose at least one format"))

    def _accept(self) -> None:
        self.chosen.emit(str(self._folder), self.formats)
        self.accept()
