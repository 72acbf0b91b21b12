"""A figure as large as the window allows: zoomed, as a table, as a file."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from app.plots import STEP, PlotView
from app.presenters.wording import say
from app.views.figures import KINDS, FigureDesk, FigureView, Sheet, table_button
from app.views.widgets import Dialog, Para, button, row, text

_HEIGHT: Final = 430


class FigureDialog(Dialog):
    """Closing it changes nothing."""

    def __init__(self, parent: QWidget, desk: FigureDesk, sheet: Sheet) -> None:
        super().__init__(parent, sheet.title, width=980)
        self.view = FigureView(sheet, _HEIGHT)
        self._canvas = self.view.canvas
        self._inward = button(say("Zoom in"), "secondary", "plus")
        self._outward = button(say("Zoom out"))
        self._whole = button(say("Show all"))
        self._inward.clicked.connect(self._zoom_in)
        self._outward.clicked.connect(self._zoom_out)
        self._whole.clicked.connect(self._show_all)
        self._canvas.zoomed.connect(self._follow)
        switch = table_button(self.view, sheet)
        switch.toggled.connect(self._follow)
        self.add(
            row(self._inward, self._outward, self._whole, None, switch, gap="xs"),
            self.view,
            Para(sheet.says),
            text(desk.note(sheet), "caption", wrap=True),
        )
        shut = button(say("Close"), "primary")
        shut.clicked.connect(self.reject)
        saves = []
        for suffix, words in KINDS:
            save = button(say("Save {kind}", kind=say(words)), "ghost")
            save.clicked.connect(lambda _checked=False, suffix=suffix: desk.save(sheet, suffix))
            saves.append(save)
        self.set_actions(*saves, None, shut, default=shut)
        self._follow()

    def _zoom_in(self) -> None:
        self._canvas.set_view(self._canvas.view.zoomed(STEP))

    def _zoom_out(self) -> None:
        self._canvas.set_view(self._canvas.view.zoomed(1 / STEP))

    def _show_all(self) -> None:
        self._canvas.set_view(PlotView())

    def _follow(self) -> None:
        """Zooming out and back is possible once something was zoomed; a table is not zoomed."""
        table = say("The table is shown") if self.view.table.isVisibleTo(self.view) else None
        whole = say("All is shown") if self._canvas.view.whole else None
        self._inward.set_blocked(table)
        self._outward.set_blocked(table or whole)
        self._whole.set_blocked(table or whole)
