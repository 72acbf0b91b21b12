"""A figure as a card: the picture, its reading, the table behind it, larger, and as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from app.plots import PlotCanvas, save_figure
from app.presenters.report_tables import ReportTable
from app.presenters.report_values import FigureValues
from app.presenters.wording import say
from app.settings import Settings
from app.views.widgets import Button, Column, Para, Pill, Table, button, card, row
from app.views.widgets.layout import Item
from core.figures.style import FigureStyle

#: Endings a figure is saved with, and what the reader is told about them.
KINDS = ((".png", "PNG picture"), (".svg", "SVG drawing"), (".csv", "CSV numbers"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A figure with everything that belongs to it.

    Attributes:
        title: Of the card.
        make: Builds the picture in a style.
        says: The finding, in a sentence.
        table: What can be read instead of the picture.
        values: What is drawn, for a CSV file.
        released: Whether all numbers are released ones; otherwise they stay on this computer.
        height: Pixels at 100 % text size.
    """

    title: str
    make: Callable[[FigureStyle], Figure]
    says: str
    table: ReportTable
    values: FigureValues
    released: bool = False
    height: int = 340


class FigureDesk(QObject):
    """What can be done with a figure of the page: enlarge it, or write it into a file."""

    enlarge_wanted = Signal(object)
    """A `Sheet` to show larger."""
    written = Signal(str, bool)
    """Name of the file a figure was written into, and whether all its numbers are released."""
    failed = Signal(str)
    """Name of a file that could not be written."""

    def __init__(self, page: QWidget, settings: Settings, study: str) -> None:
        super().__init__(page)
        self._page, self._settings, self._study = page, settings, study

    def save(self, sheet: Sheet, suffix: str) -> None:
        """Ask for a file and write a figure into it."""
        start = self._settings.last_folder / f"{_plain(sheet.title)}{suffix}"
        words = say(dict(KINDS)[suffix])
        path, _kind = QFileDialog.getSaveFileName(
            self._page,
            say("Save “{title}”", title=sheet.title),
            str(start),
            f"{words} (*{suffix})",
        )
        if path:
            self.write(sheet, Path(path).with_suffix(suffix))

    def write(self, sheet: Sheet, path: Path) -> None:
        """Write a figure as PNG, SVG or CSV, as the file's ending says."""
        self._settings.last_folder = path.parent
        try:
            if path.suffix == ".csv":
                path.write_text(sheet.values.csv(self.note(sheet)), encoding="utf-8")
            else:
                save_figure(sheet.make, self.note(sheet), path)
        except OSError:
            self.failed.emit(path.name)
        else:
            self.written.emit(path.name, sheet.released)

    def note(self, sheet: Sheet) -> str:
        """What stands in every file: what it is, and how far it may go."""
        if sheet.released:
            return say("{study}: released numbers", study=self._study)
        return say(
            "{study}: computed on real patients of this hospital, without a privacy guarantee; "
            "keep it here",
            study=self._study,
        )


def _plain(title: str) -> str:
    kept = "".join(c if c.isalnum() else "-" for c in title.lower())
    return "-".join(part for part in kept.split("-") if part)


class FigureView(QWidget):
    """A picture whose place its table can take."""

    turned = Signal(bool)
    """Whether the table is shown now."""

    def __init__(self, sheet: Sheet, height: int) -> None:
        super().__init__()
        self.canvas = PlotCanvas(sheet.make, sheet.says, height=height)
        self.canvas.setAccessibleDescription(
            say("Plus and minus zoom, arrows move, 0 shows all. The menu key saves.")
        )
        self.table = fitted_table(sheet.table, sheet.title)
        self.table.hide()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.canvas, 1)
        box.addWidget(self.table)

    def show_table(self, wanted: bool) -> None:  # noqa: FBT001 - Qt's signal
        """Show the table, or the picture."""
        self.canvas.setVisible(not wanted)
        self.table.setVisible(wanted)
        self.turned.emit(wanted)


def table_button(view: FigureView, sheet: Sheet) -> Button:
    """The switch between a picture and its table; not there without rows."""
    switch = button(
        say("Show as table"),
        "ghost",
        "table",
        name=say("Show as table, {title}", title=sheet.title),
    )
    switch.setCheckable(True)
    switch.setVisible(bool(sheet.table.rows))

    def turn(as_table: bool) -> None:  # noqa: FBT001 - Qt's signal
        view.show_table(as_table)
        switch.set_words(say("Show as picture") if as_table else say("Show as table"))

    switch.toggled.connect(turn)
    return switch


def fitted_table(table: ReportTable, name: str) -> Table:
    """A table as high as its rows, words left, numbers right."""
    columns = [
        Column(title=head, right=number > 0, width=0 if number == 0 else _width(table, number))
        for number, head in enumerate(table.heads)
    ]
    return Table(name, columns, table.rows, fitted=True)


def _width(table: ReportTable, number: int) -> int:
    longest = max((len(cells[number]) for cells in table.rows), default=0)
    return min(170, max(84, 24 + 8 * longest))


def figure_card(
    desk: FigureDesk, sheet: Sheet, *above: Item, below: tuple[Item, ...] = ()
) -> QFrame:
    """A figure with its reading.

    Args:
        desk: Takes what is asked of the figure.
        sheet: The figure.
        above: Stands between title and picture: what is drawn can be chosen there.
        below: Stands under the reading.
    """
    view = FigureView(sheet, sheet.height)
    switch = table_button(view, sheet)
    larger = button(
        say("Enlarge"), "ghost", "search", name=say("Enlarge {title}", title=sheet.title)
    )
    larger.clicked.connect(lambda: desk.enlarge_wanted.emit(sheet))
    _add_menu(view, switch, desk, sheet)
    tools = row(None, switch, larger, gap="xs")
    badge = released() if sheet.released else stays()
    items = (*above, (view, 1), Para(sheet.says), tools, *below)
    return card(sheet.title, *items, aside=badge, gap="s")


def stays() -> Pill:
    """The badge of numbers that were computed on real patients."""
    return Pill(say("Stays on this computer"), "ok", "lock")


def released() -> Pill:
    """The badge of numbers that every hospital and every reader may see."""
    return Pill(say("Released numbers"), "accent", "export")


def _add_menu(view: FigureView, switch: Button, desk: FigureDesk, sheet: Sheet) -> None:
    """The menu of the context key."""
    view.canvas.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    table = QAction(say("Show as table"), view.canvas)
    table.triggered.connect(switch.toggle)
    larger = QAction(say("Enlarge"), view.canvas)
    larger.triggered.connect(lambda: desk.enlarge_wanted.emit(sheet))
    view.canvas.addActions([table, larger])
    for suffix, words in KINDS:
        save = QAction(say("Save as {kind}", kind=say(words)), view.canvas)
        save.triggered.connect(lambda _checked=False, suffix=suffix: desk.save(sheet, suffix))
        view.canvas.addAction(save)
